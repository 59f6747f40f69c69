"""What a line says of a dial, and what follows from it: states only move forward, and the interviewer's keys win."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from cati.cases.rules import Disposition, LineOutcome


class LineKind(StrEnum):
    """Where a dial stands."""

    DIALING = "dialing"
    RINGING = "ringing"
    ANSWERED = "answered"
    ENDED = "ended"


class Key(StrEnum):
    """What the interviewer may tell the line: what he hears, or that he hangs up."""

    ANSWERED = "answered"
    NO_ANSWER = "no-answer"
    BUSY = "busy"
    MACHINE = "machine"
    WRONG_NUMBER = "wrong-number"
    DEAD_NUMBER = "dead-number"
    HANG_UP = "hangup"


class Heard(StrEnum):
    """Who or what answered."""

    PERSON = "person"
    MACHINE = "machine"
    STRANGER = "stranger"  #: a person, but not of the household: a wrong number


@dataclass(frozen=True, slots=True)
class KeyPress:
    """A key of the interviewer, recorded before anything is derived from it."""

    key: Key
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DialOrder:
    """A number to be called; `fictional` says it is reserved for fiction and can't ring."""

    number: str
    fictional: bool
    demo: bool  #: the wave is a demonstration


@dataclass(frozen=True, slots=True, kw_only=True)
class DialFacts:
    """What is recorded of a dial: all that its state is computed from."""

    dial_id: UUID
    placed_at: datetime
    keys: tuple[KeyPress, ...] = ()


@dataclass(frozen=True, slots=True)
class LineStep:
    """What the line itself tells: it rings, somebody or something answers, it is over."""

    at: datetime
    kind: LineKind
    heard: Heard | None = None
    outcome: LineOutcome | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a dial may live: beyond, nobody told us its end, and it is lost."""

    ringing: timedelta
    call: timedelta = timedelta(hours=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineState:
    """Where a dial stands. `next_change_at` is the next moment worth asking again; an ended dial has none."""

    kind: LineKind
    since: datetime
    outcome: LineOutcome | None = None  #: of an ended dial
    heard: Heard | None = None
    rang: bool = False
    answered_at: datetime | None = None
    next_change_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a line can do; screens hide what it cannot."""

    dial: bool
    listen: bool
    record: bool
    manual_keys: bool  #: the interviewer says what he hears


def suggested(state: LineState) -> Disposition | None:
    """The disposition offered first on the closing screen; the interviewer decides. None when the line can't tell."""
    if state.outcome in _SUGGESTED:
        return _SUGGESTED[state.outcome]
    match state.heard:
        case Heard.MACHINE:
            return Disposition.ANSWERING_MACHINE
        case Heard.STRANGER:
            return Disposition.WRONG_NUMBER
    return None


def unfold(
    start: LineState, dial: DialFacts, now: datetime, *, limits: Limits, steps: Sequence[LineStep] = ()
) -> LineState:
    """Where a dial that began as `start` stands at `now`, after what the line told and the interviewer pressed."""
    told: list[LineStep | KeyPress] = [*steps, *dial.keys]
    happened = sorted((one for one in told if one.at <= now), key=lambda one: one.at)
    state = start
    for one in happened:
        state = _cut_at_limit(state, dial, limits, one.at)
        state = press(state, one) if isinstance(one, KeyPress) else follow(state, one)
    state = _cut_at_limit(state, dial, limits, now)
    if state.kind == LineKind.ENDED:
        return state
    to_come = [step.at for step in steps if step.at > now]
    return replace(state, next_change_at=min((*to_come, _limit(state, dial, limits))))


def press(state: LineState, pressed: KeyPress) -> LineState:
    """The state after a key. An ended dial stays as it ended, and a call that was answered can't become unanswered."""
    if state.kind == LineKind.ENDED:
        return state
    match pressed.key:
        case Key.ANSWERED:
            return _answer(state, pressed.at, Heard.PERSON)
        case Key.MACHINE | Key.WRONG_NUMBER:
            return _hang_up(_answer(state, pressed.at, _HEARD[pressed.key]), pressed.at)
        case Key.BUSY | Key.NO_ANSWER:
            return _end_unanswered(state, pressed.at, _UNANSWERED[pressed.key])
        case Key.DEAD_NUMBER:
            # even « answered »: a recorded voice says that nobody has this number
            return _end(replace(state, heard=None), pressed.at, LineOutcome.INVALID_NUMBER)
        case Key.HANG_UP:
            return _hang_up(state, pressed.at)


def follow(state: LineState, step: LineStep) -> LineState:
    """The state after a step of the line. States only move forward: what comes late or twice changes nothing."""
    if _RANK[step.kind] <= _RANK[state.kind]:
        return state
    match step.kind:
        case LineKind.ANSWERED:
            return _answer(state, step.at, step.heard or Heard.PERSON)
        case LineKind.ENDED:
            return _end_unanswered(state, step.at, step.outcome or LineOutcome.LOST)
    return replace(state, kind=step.kind, since=step.at, rang=step.kind == LineKind.RINGING)


_HEARD = {Key.MACHINE: Heard.MACHINE, Key.WRONG_NUMBER: Heard.STRANGER}
_UNANSWERED = {Key.BUSY: LineOutcome.BUSY, Key.NO_ANSWER: LineOutcome.NO_ANSWER}
_SUGGESTED: dict[LineOutcome | None, Disposition] = {
    LineOutcome.BUSY: Disposition.BUSY,
    LineOutcome.REJECTED: Disposition.BUSY,
    LineOutcome.NO_ANSWER: Disposition.NO_ANSWER,
    LineOutcome.UNREACHABLE: Disposition.NO_ANSWER,
    LineOutcome.INVALID_NUMBER: Disposition.WRONG_NUMBER,
    LineOutcome.LINE_FAULT: Disposition.NOT_PLACED,
}
_RANK = {kind: rank for rank, kind in enumerate(LineKind)}


def _answer(state: LineState, at: datetime, heard: Heard) -> LineState:
    """Somebody or something answers; told again, it only says better who."""
    if state.answered_at is not None:
        return replace(state, heard=heard)
    return replace(state, kind=LineKind.ANSWERED, since=at, answered_at=at, heard=heard, rang=True)


def _end(state: LineState, at: datetime, outcome: LineOutcome) -> LineState:
    return replace(state, kind=LineKind.ENDED, since=at, outcome=outcome, next_change_at=None)


def _end_unanswered(state: LineState, at: datetime, outcome: LineOutcome) -> LineState:
    return _end(state, at, outcome) if state.answered_at is None else _hang_up(state, at)


def _hang_up(state: LineState, at: datetime) -> LineState:
    """A call that took place is completed, a dial without an answer is cancelled."""
    answered = state.answered_at is not None
    return _end(state, at, LineOutcome.COMPLETED if answered else LineOutcome.CANCELLED)


def _cut_at_limit(state: LineState, dial: DialFacts, limits: Limits, now: datetime) -> LineState:
    limit = _limit(state, dial, limits)
    return state if state.kind == LineKind.ENDED or now < limit else _end(state, limit, LineOutcome.LOST)


def _limit(state: LineState, dial: DialFacts, limits: Limits) -> datetime:
    if state.answered_at is not None:
        return state.answered_at + limits.call
    return dial.placed_at + limits.ringing
