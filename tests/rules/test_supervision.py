"""What the board says of a cell and of a desk."""

import math
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cati.cases.rules import InterviewState
from cati.people.rules import StationState
from cati.quotas.rules import Cell
from cati.supervision.rules import (
    Alarm,
    DeskFacts,
    Forecast,
    Pace,
    Seat,
    SeatFacts,
    SeatState,
    alarms,
    elapsed_share,
    forecast,
    judge,
    seat,
)

NOW = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
GONE = MINUTE


def a_cell(done: int = 0, *, held: int = 0, target: int = 100, paused: bool = False) -> Cell:
    return Cell(target=target, margin=0, done=done, reserved=held, promised=0, paused=paused)


@pytest.mark.parametrize(
    ("cell", "left", "elapsed", "pace"),
    [
        (a_cell(0), 300, 0.0, Pace.ON_TIME),  # the first day nobody is late
        (a_cell(50), 300, 0.5, Pace.ON_TIME),  # half done at half-time
        (a_cell(46), 300, 0.5, Pace.ON_TIME),  # a few behind is nothing
        (a_cell(44), 300, 0.5, Pace.WATCH),  # one in ten behind
        (a_cell(37), 300, 0.5, Pace.LATE),  # one in four behind
        (
            a_cell(0, target=8),
            30,
            0.5,
            Pace.WATCH,
        ),  # four interviews behind are not yet late, however small the cell
        (a_cell(50), 49, 0.5, Pace.LATE),  # fewer households than interviews: it cannot fill
        (a_cell(50), 99, 0.5, Pace.WATCH),  # fewer than two households for each interview
        (a_cell(50, held=30), 50, 0.5, Pace.ON_TIME),  # what is under way needs no household
        (a_cell(10, paused=True), 300, 0.5, Pace.PAUSED),  # somebody decided it: not a lateness
        (a_cell(100, paused=True), 0, 0.5, Pace.FULL),  # done is done
        (a_cell(0, target=0), 0, 0.5, Pace.FULL),  # nothing wanted
    ],
)
def test_a_cell_is_judged_by_its_pace_and_by_what_is_left(
    cell: Cell, left: int, elapsed: float, pace: Pace
) -> None:
    assert judge(cell, left, elapsed).pace is pace


def test_a_cell_that_cannot_fill_says_with_what_figures() -> None:
    assert judge(a_cell(50), 49, 0.5).why == "49 foyers à appeler pour 50 entretiens à faire"


@given(
    done=st.integers(0, 100),
    left=st.integers(0, 500),
    elapsed=st.floats(0, 1),
    more=st.integers(0, 100),
)
def test_one_more_interview_or_household_never_makes_a_cell_look_worse(
    done: int, left: int, elapsed: float, more: int
) -> None:
    order = list(Pace)
    before = order.index(judge(a_cell(done), left, elapsed).pace)
    assert order.index(judge(a_cell(min(100, done + more)), left, elapsed).pace) >= before
    assert order.index(judge(a_cell(done), left + more, elapsed).pace) >= before


@pytest.mark.parametrize(
    ("now", "share"),
    [
        (NOW - MINUTE, 0.0),  # not open yet
        (NOW, 0.0),
        (NOW + 25 * MINUTE, 0.25),
        (NOW + 200 * MINUTE, 1.0),  # over
    ],
)
def test_the_share_of_the_field_that_is_over(now: datetime, share: float) -> None:
    assert elapsed_share(NOW, NOW + 100 * MINUTE, now) == share


def facts(
    station: StationState | None = StationState.PRESENT,
    *,
    seen: datetime | None = NOW,
    lease: datetime | None = None,
    placed: datetime | None = None,
    answered: datetime | None = None,
    ended: datetime | None = None,
    interview: InterviewState | None = None,
) -> SeatFacts:
    return SeatFacts(
        station=station,
        station_since=NOW - 9 * MINUTE,
        seen_at=seen,
        lease_until=lease,
        placed_at=placed,
        answered_at=answered,
        ended_at=ended,
        interview=interview,
    )


HELD = NOW + MINUTE
EARLIER = NOW - 3 * MINUTE


@pytest.mark.parametrize(
    ("desk", "state"),
    [
        (facts(None, seen=None), SeatState.AWAY),  # never came
        (facts(StationState.AWAY), SeatState.AWAY),
        (facts(), SeatState.PRESENT),
        (facts(seen=NOW - 2 * MINUTE), SeatState.AWAY),  # closed the lid of his computer
        (
            facts(StationState.PAUSED, seen=NOW - 20 * MINUTE),
            SeatState.PAUSED,
        ),  # a pause gives no sign of life
        (facts(lease=HELD), SeatState.CARD),
        (facts(lease=HELD, placed=EARLIER), SeatState.DIALLING),
        (facts(lease=HELD, placed=EARLIER, answered=EARLIER), SeatState.INTRODUCTION),
        (
            facts(lease=HELD, placed=EARLIER, answered=EARLIER, interview=InterviewState.INTRO),
            SeatState.INTRODUCTION,
        ),
        (
            facts(lease=HELD, placed=EARLIER, answered=EARLIER, interview=InterviewState.OPEN),
            SeatState.INTERVIEW,
        ),
        (facts(lease=HELD, placed=EARLIER, answered=EARLIER, ended=NOW), SeatState.CLOSING),
        (facts(lease=NOW, placed=EARLIER, answered=EARLIER), SeatState.SILENT),  # the lease ran out
    ],
)
def test_a_desk_is_read_from_what_is_recorded_of_it(desk: SeatFacts, state: SeatState) -> None:
    assert seat(desk, NOW, GONE).state is state


def test_every_state_has_a_shape_and_a_word_of_its_own() -> None:
    marks = [pace.mark for pace in Pace]
    assert len(set(marks)) == len(marks)
    assert all(len(mark.split()) >= 2 for mark in [*marks, *(state.mark for state in SeatState)])


DAY = timedelta(days=1)
TODAY = NOW.date()


@pytest.mark.parametrize(
    ("done", "lately", "opened_at", "closes_on", "expected"),
    [
        # a week of two a day, eighteen to do, ten days left
        (82, 14, NOW - 30 * DAY, TODAY + 9 * DAY, (2.0, 1.8, TODAY + 9 * DAY, False)),
        # the same, a day less: it ends after the field
        (82, 14, NOW - 30 * DAY, TODAY + 8 * DAY, (2.0, 2.0, TODAY + 9 * DAY, True)),
        # opened two days ago: too young to warn
        (98, 2, NOW - 2 * DAY, TODAY, (1.0, 2.0, TODAY + 2 * DAY, False)),
        # opened an hour ago: a first interview is one a day, not twenty-four
        (99, 1, NOW - timedelta(hours=1), TODAY + 9 * DAY, (1.0, 0.1, TODAY + DAY, False)),
        # nothing for a week
        (82, 0, NOW - 30 * DAY, TODAY + 9 * DAY, (0.0, 1.8, None, True)),
        # reached: nothing is needed any more
        (100, 14, NOW - 30 * DAY, TODAY, (2.0, 0.0, None, False)),
        # the last day has passed
        (82, 14, NOW - 30 * DAY, TODAY - DAY, (2.0, math.inf, TODAY + 9 * DAY, True)),
        # not open yet
        (0, 0, None, TODAY + 99 * DAY, (0.0, 1.0, None, False)),
    ],
)
def test_where_the_pace_of_the_week_leads_to(
    done: int,
    lately: int,
    opened_at: datetime | None,
    closes_on: date,
    expected: tuple[float, float, date | None, bool],
) -> None:
    found = forecast(a_cell(done), lately, opened_at, closes_on, NOW)
    assert (found.per_day, found.needed, found.ends_on, found.too_late) == expected


def test_a_pace_that_leads_too_late_is_to_be_watched() -> None:
    late = Forecast(per_day=1.0, needed=2.0, ends_on=TODAY, too_late=True)
    assert judge(a_cell(50), 300, 0.5, late).pace is Pace.WATCH
    assert judge(a_cell(37), 300, 0.5, late).pace is Pace.LATE, "what is worse is said"


QUIET = DeskFacts()


@pytest.mark.parametrize(
    ("state", "since", "desk", "raised"),
    [
        (SeatState.PRESENT, 60, QUIET, ()),  # waiting is nothing to look at
        (SeatState.CARD, 2, QUIET, ()),
        (SeatState.CARD, 4, QUIET, (Alarm.TOO_LONG,)),  # reads, and does not call
        (SeatState.DIALLING, 3, QUIET, (Alarm.TOO_LONG,)),
        (SeatState.CLOSING, 4, QUIET, (Alarm.TOO_LONG,)),
        (SeatState.PAUSED, 19, QUIET, ()),
        (SeatState.PAUSED, 21, QUIET, (Alarm.TOO_LONG,)),
        (
            SeatState.INTERVIEW,
            60,
            DeskFacts(shown_at=NOW - 3 * MINUTE),
            (),
        ),  # a long interview, a new question
        (SeatState.INTERVIEW, 60, DeskFacts(shown_at=NOW - 5 * MINUTE), (Alarm.TOO_LONG,)),
        (SeatState.INTERVIEW, 5, DeskFacts(last_answers=timedelta(seconds=29)), (Alarm.TOO_FAST,)),
        (SeatState.INTERVIEW, 5, DeskFacts(last_answers=timedelta(seconds=40)), ()),
        (SeatState.CLOSING, 1, DeskFacts(last_answers=timedelta(seconds=5)), ()),  # it is over
        (SeatState.SILENT, 1, QUIET, (Alarm.SILENT,)),
        (SeatState.AWAY, 1, DeskFacts(in_danger=True), (Alarm.DANGER,)),  # who raised it may have gone home
        (
            SeatState.PAUSED,
            30,
            DeskFacts(asked_help=True, in_danger=True),
            (Alarm.DANGER, Alarm.HELP, Alarm.TOO_LONG),
        ),
    ],
)
def test_a_desk_calls_for_somebody(
    state: SeatState, since: int, desk: DeskFacts, raised: tuple[Alarm, ...]
) -> None:
    assert alarms(Seat(state, NOW - since * MINUTE), desk, NOW) == raised


def test_every_alarm_has_a_shape_and_a_word_of_its_own() -> None:
    assert len({alarm.mark for alarm in Alarm}) == len(Alarm)
    assert [alarm.is_grave for alarm in Alarm] == sorted((alarm.is_grave for alarm in Alarm), reverse=True)
