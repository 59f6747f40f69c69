"""The line of demonstrations: nobody is called, and what happens is drawn by lot, the same again for the same dial."""

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import blake2b

from cati.cases.rules import LineOutcome
from cati.telephony.rules import (
    Capabilities,
    DialFacts,
    DialOrder,
    Heard,
    Limits,
    LineKind,
    LineState,
    LineStep,
    unfold,
)


class Fate(StrEnum):
    """What becomes of a simulated dial."""

    PERSON = "person"
    NO_ANSWER = "no_answer"
    MACHINE = "machine"
    BUSY = "busy"
    STRANGER = "stranger"
    DEAD_NUMBER = "dead_number"
    LINE_FAULT = "line_fault"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chances:
    """How often each fate comes, as weights: only their proportions count."""

    person: float = 0.45
    no_answer: float = 0.28
    machine: float = 0.12
    busy: float = 0.07
    stranger: float = 0.04
    dead_number: float = 0.03
    line_fault: float = 0.01

    @classmethod
    def only(cls, fate: Fate) -> "Chances":
        """Every dial meets this fate."""
        return cls(**{field.name: float(field.name == fate) for field in fields(cls)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Seconds, each drawn between two bounds: until it rings, until somebody answers, until ringing is given up."""

    setup: tuple[float, float] = (0.4, 1.2)
    ring: tuple[float, float] = (2.0, 6.0)
    unanswered: tuple[float, float] = (12.0, 18.0)


DEMO_PACE = Pace()
FAST_PACE = Pace(setup=(0.05, 0.1), ring=(0.1, 0.2), unanswered=(0.2, 0.3))
BY_MACHINE = Limits(ringing=timedelta(seconds=60))


@dataclass(frozen=True, slots=True)
class SimulatedLine:
    """A pure function of the seed, the dial and the time elapsed: no timer runs anywhere."""

    seed: str = "cati"
    chances: Chances = Chances()
    pace: Pace = DEMO_PACE
    limits: Limits = BY_MACHINE

    @property
    def capabilities(self) -> Capabilities:
        """It dials by itself; there is no voice to listen to."""
        return Capabilities(dial=True, listen=False, record=False, manual_keys=False)

    def refusal(self, order: DialOrder) -> str | None:
        """Outside demonstrations a simulated call would pass for a real one."""
        return None if order.demo else "La ligne simulée ne sert que dans une enquête de démonstration."

    def fate(self, dial: DialFacts) -> Fate:
        """What becomes of this dial, whatever the interviewer does."""
        weights = [getattr(self.chances, fate.value) for fate in Fate]
        drawn = self._draw(dial, "fate") * sum(weights)
        for fate, weight in zip(Fate, weights, strict=True):
            drawn -= weight
            if drawn < 0:
                return fate
        return Fate.PERSON

    def state(self, dial: DialFacts, now: datetime) -> LineState:
        """Where the dial stands at `now`, hung up or not."""
        dialing = LineState(kind=LineKind.DIALING, since=dial.placed_at)
        return unfold(dialing, dial, now, limits=self.limits, steps=self._steps(dial))

    def _steps(self, dial: DialFacts) -> list[LineStep]:
        set_up = dial.placed_at + self._seconds(dial, "setup", self.pace.setup)
        answered = set_up + self._seconds(dial, "ring", self.pace.ring)
        given_up = set_up + self._seconds(dial, "unanswered", self.pace.unanswered)
        fate = self.fate(dial)
        if fate in _AT_ONCE:
            return [LineStep(set_up, LineKind.ENDED, outcome=_AT_ONCE[fate])]
        rings = LineStep(set_up, LineKind.RINGING)
        if fate in _ANSWERS:
            return [rings, LineStep(answered, LineKind.ANSWERED, heard=_ANSWERS[fate])]
        return [rings, LineStep(given_up, LineKind.ENDED, outcome=LineOutcome.NO_ANSWER)]

    def _seconds(self, dial: DialFacts, what: str, bounds: tuple[float, float]) -> timedelta:
        shortest, longest = bounds
        return timedelta(seconds=shortest + (longest - shortest) * self._draw(dial, what))

    def _draw(self, dial: DialFacts, what: str) -> float:
        """A number in [0, 1), always the same for this dial and this question."""
        drawn = blake2b(f"{self.seed}/{dial.dial_id}/{what}".encode(), digest_size=8).digest()
        return int.from_bytes(drawn) / 2**64


_AT_ONCE = {
    Fate.BUSY: LineOutcome.BUSY,
    Fate.DEAD_NUMBER: LineOutcome.INVALID_NUMBER,
    Fate.LINE_FAULT: LineOutcome.LINE_FAULT,
}
_ANSWERS = {Fate.PERSON: Heard.PERSON, Fate.MACHINE: Heard.MACHINE, Fate.STRANGER: Heard.STRANGER}
