"""One contract for every line, then what each driver adds."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cati.cases.rules import Disposition, LineOutcome
from cati.telephony.manual import ManualLine, link
from cati.telephony.port import Line
from cati.telephony.rules import (
    DialFacts,
    DialOrder,
    Heard,
    Key,
    KeyPress,
    LineKind,
    LineState,
    LineStep,
    follow,
    suggested,
)
from cati.telephony.simulated import FAST_PACE, Chances, Fate, SimulatedLine

PLACED = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
LINES: dict[str, Line] = {"simulated": SimulatedLine(), "manual": ManualLine()}
every_line = pytest.mark.parametrize("line", LINES.values(), ids=LINES.keys())


def later(seconds: float) -> datetime:
    """So long after the dial was placed."""
    return PLACED + timedelta(seconds=seconds)


presses = st.lists(st.builds(KeyPress, st.sampled_from(Key), st.integers(0, 400).map(later)), max_size=4)
dials = st.builds(DialFacts, dial_id=st.uuids(), placed_at=st.just(PLACED), keys=presses.map(tuple))
seconds = st.integers(0, 4 * 3600)


def a_dial(*keys: tuple[Key, float], number: int = 1) -> DialFacts:
    """A dial on which these keys were pressed so many seconds after it was placed."""
    pressed = tuple(KeyPress(key, later(after)) for key, after in keys)
    return DialFacts(dial_id=UUID(int=number), placed_at=PLACED, keys=pressed)


# --- the contract


@every_line
def test_a_number_of_fiction_is_refused_outside_a_demonstration(line: Line) -> None:
    assert line.refusal(DialOrder(number="+33199001234", fictional=True, demo=False))
    assert line.refusal(DialOrder(number="+33199001234", fictional=True, demo=True)) is None


@every_line
@given(dial=dials, seconds=seconds)
def test_the_same_facts_give_the_same_state(line: Line, dial: DialFacts, seconds: int) -> None:
    assert line.state(dial, later(seconds)) == line.state(dial, later(seconds))


@every_line
@given(dial=dials, moments=st.lists(seconds, min_size=2, max_size=6).map(sorted))
def test_a_dial_only_moves_forward(line: Line, dial: DialFacts, moments: list[int]) -> None:
    states = [line.state(dial, later(moment)) for moment in moments]
    order = list(LineKind)
    assert all(order.index(after.kind) >= order.index(before.kind) for before, after in pairwise(states))
    assert all(after == before for before, after in pairwise(states) if before.kind == LineKind.ENDED)
    assert all(
        after.answered_at == before.answered_at for before, after in pairwise(states) if before.answered_at
    )


@every_line
@given(dial=dials, seconds=seconds)
def test_a_state_holds_together(line: Line, dial: DialFacts, seconds: int) -> None:
    now = later(seconds)
    state = line.state(dial, now)
    assert PLACED <= state.since <= now
    assert (state.kind == LineKind.ENDED) == (state.outcome is not None) == (state.next_change_at is None)
    assert state.kind != LineKind.ANSWERED or state.answered_at is not None
    assert state.next_change_at is None or state.next_change_at > now


@every_line
@given(dial=dials, seconds=seconds)
def test_nothing_changes_before_the_moment_announced(line: Line, dial: DialFacts, seconds: int) -> None:
    now = later(seconds)
    state = line.state(dial, now)
    keys = [press.at for press in dial.keys if press.at > now]
    if state.next_change_at is not None and not keys:
        just_before = state.next_change_at - timedelta(microseconds=1)
        assert line.state(dial, just_before) == state
        assert line.state(dial, state.next_change_at) != state


@every_line
@given(dial=dials)
def test_no_dial_lives_for_ever(line: Line, dial: DialFacts) -> None:
    assert line.state(dial, later(4 * 3600)).kind == LineKind.ENDED


@every_line
@given(dial=dials, seconds=seconds)
def test_hanging_up_ends_any_dial(line: Line, dial: DialFacts, seconds: int) -> None:
    hung_up = DialFacts(
        dial_id=dial.dial_id,
        placed_at=PLACED,
        keys=(*dial.keys, KeyPress(Key.HANG_UP, later(seconds))),
    )
    assert line.state(hung_up, later(seconds)).kind == LineKind.ENDED


@every_line
@pytest.mark.parametrize(
    ("key", "outcome", "offered"),
    [
        (Key.NO_ANSWER, LineOutcome.NO_ANSWER, Disposition.NO_ANSWER),
        (Key.BUSY, LineOutcome.BUSY, Disposition.BUSY),
        (Key.MACHINE, LineOutcome.COMPLETED, Disposition.ANSWERING_MACHINE),
        (Key.WRONG_NUMBER, LineOutcome.COMPLETED, Disposition.WRONG_NUMBER),
        (Key.DEAD_NUMBER, LineOutcome.INVALID_NUMBER, Disposition.WRONG_NUMBER),
        (Key.HANG_UP, LineOutcome.CANCELLED, None),  # the line cannot tell why
    ],
)
def test_what_the_interviewer_hears_ends_the_dial(
    line: Line, key: Key, outcome: LineOutcome, offered: Disposition | None
) -> None:
    state = line.state(a_dial((key, 0.01)), later(1))
    assert (state.outcome, suggested(state)) == (outcome, offered)


@every_line
def test_a_call_that_took_place_is_completed_by_hanging_up(line: Line) -> None:
    state = line.state(a_dial((Key.ANSWERED, 0.1), (Key.HANG_UP, 60)), later(61))
    assert (state.outcome, state.answered_at, state.heard) == (
        LineOutcome.COMPLETED,
        later(0.1),
        Heard.PERSON,
    )


@pytest.mark.parametrize("line", [SimulatedLine(chances=Chances.only(Fate.PERSON)), ManualLine()])
def test_an_answered_call_is_lost_after_three_hours(line: Line) -> None:
    state = line.state(a_dial((Key.ANSWERED, 10)), later(4 * 3600))
    assert state.outcome == LineOutcome.LOST
    assert state.answered_at is not None
    assert state.since == state.answered_at + timedelta(hours=3)


# --- by hand


def test_by_hand_it_rings_until_a_key() -> None:
    state = ManualLine().state(a_dial(), later(60))
    assert (state.kind, state.rang) == (LineKind.RINGING, True)


def test_by_hand_a_dial_that_nobody_ends_is_lost() -> None:
    state = ManualLine().state(a_dial(), later(3600))
    assert (state.outcome, state.since) == (LineOutcome.LOST, later(120))


def test_by_hand_a_real_number_may_be_dialled() -> None:
    assert ManualLine().refusal(DialOrder(number="+33320000000", fictional=False, demo=False)) is None
    assert link("+33320000000") == "tel:+33320000000"


def test_each_line_says_what_it_can_do() -> None:
    by_hand, simulated = ManualLine().capabilities, SimulatedLine().capabilities
    assert (by_hand.manual_keys, by_hand.dial, by_hand.listen) == (True, False, False)
    assert (simulated.manual_keys, simulated.dial, simulated.record) == (False, True, False)


# --- simulated


def test_the_simulated_line_never_works_outside_demonstrations() -> None:
    assert SimulatedLine().refusal(DialOrder(number="+33320000000", fictional=False, demo=False))


@pytest.mark.parametrize(
    ("fate", "kind", "outcome", "heard", "offered"),
    [
        (Fate.PERSON, LineKind.ANSWERED, None, Heard.PERSON, None),
        (Fate.MACHINE, LineKind.ANSWERED, None, Heard.MACHINE, Disposition.ANSWERING_MACHINE),
        (Fate.STRANGER, LineKind.ANSWERED, None, Heard.STRANGER, Disposition.WRONG_NUMBER),
        (Fate.NO_ANSWER, LineKind.ENDED, LineOutcome.NO_ANSWER, None, Disposition.NO_ANSWER),
        (Fate.BUSY, LineKind.ENDED, LineOutcome.BUSY, None, Disposition.BUSY),
        (Fate.DEAD_NUMBER, LineKind.ENDED, LineOutcome.INVALID_NUMBER, None, Disposition.WRONG_NUMBER),
        (Fate.LINE_FAULT, LineKind.ENDED, LineOutcome.LINE_FAULT, None, Disposition.NOT_PLACED),
    ],
)
def test_every_fate_of_a_simulated_dial(
    fate: Fate,
    kind: LineKind,
    outcome: LineOutcome | None,
    heard: Heard | None,
    offered: Disposition | None,
) -> None:
    state = SimulatedLine(chances=Chances.only(fate)).state(a_dial(), later(30))
    assert (state.kind, state.outcome, state.heard) == (kind, outcome, heard)
    assert suggested(state) == offered


def test_a_simulated_call_dials_then_rings_then_is_answered() -> None:
    line = SimulatedLine(chances=Chances.only(Fate.PERSON))
    seen = [line.state(a_dial(), later(tenths / 10)).kind for tenths in range(100)]
    assert list(dict.fromkeys(seen)) == [LineKind.DIALING, LineKind.RINGING, LineKind.ANSWERED]


def test_the_chances_are_those_asked_for() -> None:
    line = SimulatedLine(seed="autumn")
    fates = Counter(line.fate(a_dial(number=number)) for number in range(4000))
    assert 0.42 < fates[Fate.PERSON] / 4000 < 0.48
    assert set(fates) == set(Fate)


def test_another_seed_is_another_story() -> None:
    stories = [
        [SimulatedLine(seed=seed).fate(a_dial(number=each)) for each in range(50)] for seed in ("a", "b")
    ]
    assert stories[0] != stories[1]


def test_the_fast_pace_answers_within_a_third_of_a_second() -> None:
    line = SimulatedLine(chances=Chances.only(Fate.PERSON), pace=FAST_PACE)
    assert all(line.state(a_dial(number=each), later(0.3)).kind == LineKind.ANSWERED for each in range(50))


# --- what a line tells late or twice


def test_late_and_repeated_news_change_nothing() -> None:
    answered = LineState(
        kind=LineKind.ANSWERED, since=PLACED, answered_at=PLACED, heard=Heard.PERSON, rang=True
    )
    assert follow(answered, LineStep(later(1), LineKind.RINGING)) == answered
    assert follow(answered, LineStep(later(1), LineKind.ANSWERED, heard=Heard.MACHINE)) == answered


def test_a_line_that_ends_an_answered_call_completes_it() -> None:
    answered = LineState(
        kind=LineKind.ANSWERED, since=PLACED, answered_at=PLACED, heard=Heard.PERSON, rang=True
    )
    ended = follow(answered, LineStep(later(90), LineKind.ENDED, outcome=LineOutcome.NO_ANSWER))
    assert ended.outcome == LineOutcome.COMPLETED
