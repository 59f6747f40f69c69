"""States of a wave and what a bailleur's part in it is founded on."""

from enum import StrEnum


class WaveState(StrEnum):
    """A wave is prepared, then called, then closed; it never goes back."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"


class LegalBasis(StrEnum):
    """Why the bailleur may have his tenants called (GDPR art. 6.1 e or f): OPH act in the public interest."""

    PUBLIC_INTEREST = "public_interest"
    LEGITIMATE_INTEREST = "legitimate_interest"


class LineDriver(StrEnum):
    """What carries the calls of a wave."""

    SIMULATED = "simulated"
    MANUAL = "manual"
