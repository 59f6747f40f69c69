"""What a supervisor is told of a quota cell and of a desk: a shape and a word, computed from recorded facts. Pure."""

import math
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from cati.cases.rules import InterviewState
from cati.people.rules import StationState
from cati.quotas.rules import Cell


class Pace(StrEnum):
    """How a cell is getting on, worst first: the order of the board."""

    LATE = "late"
    WATCH = "watch"
    PAUSED = "paused"
    ON_TIME = "on_time"
    FULL = "full"

    @property
    def mark(self) -> str:
        """The shape and the word: a colour alone would say nothing to some."""
        return _MARKS[self]


_MARKS = {
    Pace.LATE: "■ en retard",
    Pace.WATCH: "▲ à surveiller",
    Pace.PAUSED: "❚❚ en pause",
    Pace.ON_TIME: "● à l’heure",
    Pace.FULL: "◆ atteint",
}


class Whom(StrEnum):
    """Which interviews under way go on with another version of the questionnaire; the others keep theirs."""

    NOBODY = "nobody"  # interviews that begin from now on, and no other
    UNTOUCHED = "untouched"  # also those that are asked nothing anew of what they have behind them
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The pace of a cell, and why in a few French words ('' when there is nothing to say)."""

    pace: Pace
    why: str = ""


#: Households needed for one interview, about: with fewer left the cell may not fill.
_SCARCE = 2
#: Behind the even pace by this share of what is expected by now, and by this many interviews.
_WATCH_SHARE, _WATCH_AT_LEAST = 0.10, 3
_LATE_SHARE, _LATE_AT_LEAST = 0.25, 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """Where the interviews of the last days lead to."""

    per_day: float  #: interviews a day lately
    needed: float  #: those a day that it takes until the field closes; infinite when no day is left
    ends_on: (
        date | None
    )  #: when the target is reached at that pace; None when nothing was done, or nothing is to do
    too_late: bool = False  #: that is after the field closes, and seen over days enough to say so


#: Over how many days the pace is taken, and from how many on it is worth a warning.
LATELY = timedelta(days=7)
_WORTH_A_WARNING = timedelta(days=3)


def forecast(cell: Cell, lately: int, opened_at: datetime | None, closes_on: date, now: datetime) -> Forecast:
    """From `lately` interviews done in the last days (`LATELY`, or fewer when the field is younger)."""
    seen = min(LATELY, now - opened_at) if opened_at is not None else timedelta(0)
    per_day = lately / max(1.0, seen / timedelta(days=1))
    needed = cell.target - cell.done
    days_left = (closes_on - now.date()).days + 1
    if needed <= 0:
        return Forecast(per_day=per_day, needed=0.0, ends_on=None)
    ends_on = now.date() + timedelta(days=min(3650, math.ceil(needed / per_day))) if per_day else None
    late = ends_on is None or ends_on > closes_on
    return Forecast(
        per_day=per_day,
        needed=needed / days_left if days_left > 0 else math.inf,
        ends_on=ends_on,
        too_late=late and seen >= _WORTH_A_WARNING,
    )


def judge(cell: Cell, left: int, elapsed: float, ahead: Forecast | None = None) -> Verdict:
    """How the cell gets on, with `left` households still to call, this share of its field elapsed (0 to 1), and where
    its pace leads to.
    """
    if cell.done >= cell.target:
        return Verdict(Pace.FULL)
    if cell.paused:
        return Verdict(Pace.PAUSED)
    needed, expected = cell.target - cell.taken, cell.target * elapsed
    behind = expected - cell.done
    scarce = f"{left} foyers à appeler pour {needed} entretiens à faire"
    late = f"{round(behind)} entretiens de retard"
    found = (
        (left < needed, Verdict(Pace.LATE, scarce)),
        (behind >= max(_LATE_AT_LEAST, _LATE_SHARE * expected), Verdict(Pace.LATE, late)),
        (left < _SCARCE * needed, Verdict(Pace.WATCH, scarce)),
        (behind >= max(_WATCH_AT_LEAST, _WATCH_SHARE * expected), Verdict(Pace.WATCH, late)),
        (ahead is not None and ahead.too_late, Verdict(Pace.WATCH, "n’y arrive pas au rythme de la semaine")),
    )
    return next((verdict for applies, verdict in found if applies), Verdict(Pace.ON_TIME))


def elapsed_share(opens: datetime, closes: datetime, now: datetime) -> float:
    """Which share of the field is over, from 0 to 1."""
    whole = (closes - opens) / timedelta(seconds=1)
    return 1.0 if whole <= 0 else min(1.0, max(0.0, (now - opens) / timedelta(seconds=whole)))


class SeatState(StrEnum):
    """What an interviewer is doing, as the floor shows it."""

    AWAY = "away"
    PRESENT = "present"
    PAUSED = "paused"
    CARD = "card"
    DIALLING = "dialling"
    INTRODUCTION = "introduction"
    INTERVIEW = "interview"
    CLOSING = "closing"
    SILENT = "silent"  #: holds a case but gives no sign of life

    @property
    def mark(self) -> str:
        """The shape and the word, as for a cell."""
        return _SEATS[self]


_SEATS = {
    SeatState.AWAY: "○ absent",
    SeatState.PRESENT: "◌ prêt",
    SeatState.PAUSED: "❚❚ en pause",
    SeatState.CARD: "▤ lit la fiche",
    SeatState.DIALLING: "◔ numérote",
    SeatState.INTRODUCTION: "◑ introduction",
    SeatState.INTERVIEW: "● en entretien",
    SeatState.CLOSING: "◕ code l’appel",
    SeatState.SILENT: "■ sans signe de vie",
}

#: With somebody on the line, or about to be.
ON_THE_LINE = frozenset({SeatState.DIALLING, SeatState.INTRODUCTION, SeatState.INTERVIEW})


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatFacts:
    """What is recorded of a desk: its station, its lease, the last dial of its open attempt, the interview."""

    station: StationState | None
    station_since: datetime | None
    seen_at: datetime | None
    lease_until: datetime | None  #: None: no case in hand
    placed_at: datetime | None  #: of the last dial of the open attempt
    answered_at: datetime | None
    ended_at: datetime | None
    interview: InterviewState | None


@dataclass(frozen=True, slots=True)
class Seat:
    """What a desk does, and since when (None when it never opened)."""

    state: SeatState
    since: datetime | None


def seat(facts: SeatFacts, now: datetime, gone_after: timedelta) -> Seat:
    """What the desk does now. Without a case, a desk not seen for `gone_after` is away."""
    if facts.lease_until is None:
        return _free(facts, now, gone_after)
    if facts.lease_until <= now:
        return Seat(SeatState.SILENT, facts.lease_until)
    if facts.placed_at is None:
        return Seat(SeatState.CARD, facts.station_since)
    if facts.ended_at is not None:
        return Seat(SeatState.CLOSING, facts.ended_at)
    if facts.answered_at is None:
        return Seat(SeatState.DIALLING, facts.placed_at)
    begun = facts.interview not in {None, InterviewState.INTRO, InterviewState.SUSPENDED}
    return Seat(SeatState.INTERVIEW if begun else SeatState.INTRODUCTION, facts.answered_at)


def _free(facts: SeatFacts, now: datetime, gone_after: timedelta) -> Seat:
    if facts.station in {None, StationState.AWAY}:
        return Seat(SeatState.AWAY, facts.station_since)
    if facts.station is StationState.PAUSED:
        return Seat(SeatState.PAUSED, facts.station_since)
    if facts.seen_at is None or facts.seen_at < now - gone_after:
        return Seat(SeatState.AWAY, facts.seen_at)
    return Seat(SeatState.PRESENT, facts.station_since)


class Alarm(StrEnum):
    """Why a supervisor should look at a desk, the gravest first."""

    DANGER = "danger"
    HELP = "help"
    SILENT = "silent"
    TOO_LONG = "too_long"
    TOO_FAST = "too_fast"

    @property
    def mark(self) -> str:
        """The shape and the word."""
        return _ALARMS[self]

    @property
    def is_grave(self) -> bool:
        """Whether somebody waits, or may be in danger."""
        return self in {Alarm.DANGER, Alarm.HELP, Alarm.SILENT}


_ALARMS = {
    Alarm.DANGER: "■ danger signalé",
    Alarm.HELP: "■ demande d’aide",
    Alarm.SILENT: "■ sans signe de vie",
    Alarm.TOO_LONG: "▲ trop long",
    Alarm.TOO_FAST: "▲ trop rapide",
}

#: How long a desk may stay in a state before somebody looks.
_LONGEST = {
    SeatState.PAUSED: timedelta(minutes=20),
    SeatState.CARD: timedelta(minutes=3),
    SeatState.DIALLING: timedelta(minutes=2),
    SeatState.INTRODUCTION: timedelta(minutes=10),
    SeatState.CLOSING: timedelta(minutes=3),
}
_LONGEST_QUESTION = timedelta(minutes=4)
LAST_ANSWERS = 10
#: Ten answers in less cannot have been read aloud.
_SHORTEST = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskFacts:
    """What is recorded of a desk beside its state."""

    in_danger: bool = False  #: a danger was raised there, and nobody has dealt with it yet
    asked_help: bool = False
    shown_at: datetime | None = None  #: of the question on the screen
    last_answers: timedelta | None = None  #: what the last ten answers took; None before there are ten


def alarms(found: Seat, desk: DeskFacts, now: datetime) -> tuple[Alarm, ...]:
    """Why somebody should look at the desk, the gravest first."""
    talks = found.state is SeatState.INTERVIEW
    raised = (
        (Alarm.DANGER, desk.in_danger),
        (Alarm.HELP, desk.asked_help),
        (Alarm.SILENT, found.state is SeatState.SILENT),
        (Alarm.TOO_LONG, _is_too_long(found, desk.shown_at, now)),
        (Alarm.TOO_FAST, talks and desk.last_answers is not None and desk.last_answers < _SHORTEST),
    )
    return tuple(alarm for alarm, is_raised in raised if is_raised)


def _is_too_long(found: Seat, shown_at: datetime | None, now: datetime) -> bool:
    if found.state is SeatState.INTERVIEW:
        return shown_at is not None and now - shown_at > _LONGEST_QUESTION
    longest = _LONGEST.get(found.state)
    return longest is not None and found.since is not None and now - found.since > longest
