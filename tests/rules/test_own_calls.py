"""A tenant who calls, a supervisor who takes a case up again: what still closes the case, what the caps count."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cati.cases.rules import (
    AttemptFact,
    CaseFacts,
    CaseState,
    DialFact,
    Direction,
    Disposition,
    Outcome,
    OwnCall,
    RefusalKind,
    on_own_call,
    outcome,
    outcome_at_end,
    why_not_reopened,
)
from cati.phone import one_number
from cati.scheduling.rules import (
    STANDARD,
    Appointment,
    BackAsItWas,
    Calendar,
    after_attempt,
    booked,
    caps_reached,
    counted_attempts,
    may_dial,
    taken_up,
)

NOW = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
LILLE = Calendar(1, "Europe/Paris", "")
D = Disposition
IN, OUT = Direction.INBOUND, Direction.OUTBOUND


def an_attempt(
    disposition: Disposition,
    day: int,
    direction: Direction = OUT,
    *,
    kind: RefusalKind | None = None,
    dials: int = 1,
) -> AttemptFact:
    opened = NOW + timedelta(days=day)
    return AttemptFact(
        attempt_id=day,
        interviewer_id=7,
        disposition=disposition,
        opened_at=opened,
        closed_at=opened + timedelta(minutes=2),
        direction=direction,
        refusal_kind=kind,
        dials=tuple(
            DialFact(phone_id=1, placed_at=opened + timedelta(seconds=rank), answered=True)
            for rank in range(dials)
        ),
    )


REFUSED = an_attempt(D.REFUSAL_PERSON, 1, kind=RefusalKind.HARD)


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        ([REFUSED, an_attempt(D.APPOINTMENT_SOFT, 2, IN)], None),  # he takes his refusal back
        ([REFUSED, an_attempt(D.BREAK_OFF, 2, IN)], None),  # he agreed to the interview
        ([REFUSED, an_attempt(D.CALLBACK, 2, IN)], Outcome.REFUSAL_PERSON),  # a third person cannot
        ([REFUSED, an_attempt(D.NO_ANSWER, 2, IN)], Outcome.REFUSAL_PERSON),  # a silent line says nothing
        ([REFUSED, an_attempt(D.APPOINTMENT_SOFT, 2, OUT)], Outcome.REFUSAL_PERSON),  # we had no right to ask
        (
            [an_attempt(D.OPPOSITION, 1), an_attempt(D.APPOINTMENT_SOFT, 2, IN)],
            Outcome.OPPOSITION,
        ),  # dpo only
        ([an_attempt(D.WITHDRAWN, 1), an_attempt(D.APPOINTMENT_SOFT, 2, IN)], Outcome.WITHDRAWN),
        # what he says after that closes it as ever
        ([REFUSED, an_attempt(D.APPOINTMENT_SOFT, 2, IN), an_attempt(D.MOVED, 3)], Outcome.MOVED),
    ],
)
def test_a_call_of_his_own_undoes_what_closed_his_case(
    history: Sequence[AttemptFact], expected: Outcome | None
) -> None:
    assert outcome(history, CaseFacts()) == expected


def test_a_reopened_case_is_closed_by_what_comes_after() -> None:
    reopened = CaseFacts(reopened_at=NOW + timedelta(days=2))
    assert outcome([REFUSED], reopened) is None
    assert outcome([REFUSED, an_attempt(D.MOVED, 3)], reopened) == Outcome.MOVED
    assert outcome_at_end([REFUSED], reopened) == Outcome.REFUSAL_PERSON, (
        "nothing came after: it ends as it had"
    )


def test_no_reopening_undoes_an_opposition() -> None:
    reopened = CaseFacts(reopened_at=NOW + timedelta(days=2))
    assert outcome([an_attempt(D.OPPOSITION, 1)], reopened) == Outcome.OPPOSITION


@given(st.lists(st.sampled_from([D.NO_ANSWER, D.BUSY, D.CALLBACK, D.APPOINTMENT_SOFT]), max_size=12))
def test_calls_of_his_own_never_use_up_a_cap(said: list[Disposition]) -> None:
    history = [an_attempt(disposition, day, IN) for day, disposition in enumerate(said)]
    assert counted_attempts(STANDARD, LILLE, history) == []
    assert not caps_reached(STANDARD, LILLE, history, NOW + timedelta(days=20)).exhausted
    assert may_dial(STANDARD, history, 1)


def test_when_we_call_him_back_in_it_that_call_counts() -> None:
    history = [an_attempt(D.BREAK_OFF, 1, IN, dials=2)]
    assert len(counted_attempts(STANDARD, LILLE, history)) == 1


def test_a_silent_call_of_his_own_leaves_the_case_as_it_was() -> None:
    history = [an_attempt(D.NO_ANSWER, 0, IN)]
    assert after_attempt(STANDARD, LILLE, history, CaseFacts(), NOW) == BackAsItWas()


@pytest.mark.parametrize("state", [CaseState.UNRELEASED, CaseState.WAITING, CaseState.INTERRUPTED])
def test_an_open_case_is_always_heard(state: CaseState) -> None:
    assert on_own_call(state, None) is OwnCall.HEARD


@pytest.mark.parametrize("closed_as", Outcome)
def test_what_is_reopened_by_us_is_heard_when_he_calls(closed_as: Outcome) -> None:
    """The tenant may do more than we may: never less."""
    if why_not_reopened(closed_as) is None:
        assert on_own_call(CaseState.CLOSED, closed_as) is OwnCall.HEARD


def test_a_case_taken_up_again_keeps_to_hours_and_caps() -> None:
    at_night = datetime(2026, 11, 24, 22, 0, tzinfo=UTC)
    assert taken_up(STANDARD, LILLE, [], at_night).due_at == datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
    assert taken_up(STANDARD, LILLE, [], at_night).reason == "fresh"
    today = [an_attempt(D.NO_ANSWER, 0)]
    assert taken_up(STANDARD, LILLE, today, NOW + timedelta(minutes=5)).due_at >= NOW + timedelta(hours=3)


def test_an_appointment_noted_by_a_supervisor_waits_like_any_other() -> None:
    at = datetime(2026, 11, 26, 17, 30, tzinfo=UTC)
    firm = booked(STANDARD, LILLE, [], Appointment(at=at, firm=True, owner_id=None))
    assert (firm.step, firm.due_at, firm.appointment_at) == (2, at - timedelta(minutes=2), at)
    soft = booked(STANDARD, LILLE, [an_attempt(D.REFUSAL_PERSON, -12)], Appointment(at=at, firm=False))
    assert (soft.step, soft.due_at, soft.not_user) == (5, at, 7)


@pytest.mark.parametrize(
    ("typed", "e164"),
    [
        ("06 39 98 12 34", "+33639981234"),
        ("06.39.98.12.34", "+33639981234"),
        ("+33 (0)6 39 98 12 34", "+33639981234"),
        ("0033639981234", "+33639981234"),
        ("639981234", "+33639981234"),  # dictated without its zero
        ("06 39 98 12", None),
        ("06 39 98 12 34 ou 06 39 98 12 35", None),  # one call comes from one number
        ("", None),
        ("masqué", None),
    ],
)
def test_a_number_is_read_however_it_is_typed(typed: str, e164: str | None) -> None:
    assert one_number(typed) == e164
