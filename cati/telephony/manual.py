"""The line without an exchange: the number is shown, the interviewer dials on his own and says what he hears."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from cati.telephony.rules import Capabilities, DialFacts, DialOrder, Limits, LineKind, LineState, unfold

BY_HAND = Limits(ringing=timedelta(minutes=2))  #: from the number on the screen to the key


@dataclass(frozen=True, slots=True)
class ManualLine:
    """It rings from the moment the number is shown, until a key."""

    limits: Limits = BY_HAND

    @property
    def capabilities(self) -> Capabilities:
        """Keys only."""
        return Capabilities(dial=False, listen=False, record=False, manual_keys=True)

    def refusal(self, order: DialOrder) -> str | None:
        """A number of fiction has nobody behind it: outside demonstrations it is a mistake."""
        if order.fictional and not order.demo:
            return (
                "Ce numéro est réservé à la fiction : il ne s’appelle que dans une enquête de démonstration."
            )
        return None

    def state(self, dial: DialFacts, now: datetime) -> LineState:
        """Where the keys pressed up to `now` have led."""
        ringing = LineState(kind=LineKind.RINGING, since=dial.placed_at, rang=True)
        return unfold(ringing, dial, now, limits=self.limits)


def link(number: str) -> str:
    """The address that hands an E.164 number to the telephone of the workstation."""
    return f"tel:{number}"
