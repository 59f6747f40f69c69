"""What every telephone line offers, whatever carries the voice."""

from datetime import datetime
from typing import Protocol

from cati.telephony.rules import Capabilities, DialFacts, DialOrder, LineState


class Line(Protocol):
    """A line is asked, never runs by itself: the state of a dial follows from recorded facts and the time."""

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""
        ...

    def refusal(self, order: DialOrder) -> str | None:
        """None when the number may be dialled, else the reason to tell the interviewer, in French."""
        ...

    def state(self, dial: DialFacts, now: datetime) -> LineState:
        """Where the dial stands at `now`."""
        ...
