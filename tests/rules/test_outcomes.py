"""What became of a case is derived from its attempts, in one order of precedence."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cati.cases.rules import (
    AttemptFact,
    CaseFacts,
    Correction,
    Disposition,
    InterviewState,
    Outcome,
    RefusalKind,
    as_known,
    outcome,
    outcome_at_end,
)

NOW = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
D = Disposition
HARD = RefusalKind.HARD


def an_attempt(
    disposition: Disposition,
    number: int = 1,
    *,
    kind: RefusalKind | None = None,
    return_on: date | None = None,
) -> AttemptFact:
    """The attempt of that rank, one a day."""
    opened = NOW + timedelta(days=number)
    return AttemptFact(
        attempt_id=number,
        interviewer_id=7,
        disposition=disposition,
        opened_at=opened,
        closed_at=opened + timedelta(minutes=2),
        refusal_kind=kind,
        return_on=return_on,
    )


def a_history(*dispositions: Disposition) -> list[AttemptFact]:
    """These attempts, in this order."""
    return [an_attempt(disposition, number) for number, disposition in enumerate(dispositions, start=1)]


COMPLETE = CaseFacts(interview_state=InterviewState.COMPLETE, ever_eligible=True, partial_reached=True)
SUSPENDED = CaseFacts(interview_state=InterviewState.SUSPENDED, ever_eligible=True)
FAR = CaseFacts(interview_state=InterviewState.SUSPENDED, ever_eligible=True, partial_reached=True)
NO_NUMBER = CaseFacts(numbers_left=0)


@pytest.mark.parametrize(
    ("history", "case", "expected"),
    [
        (a_history(D.NO_ANSWER, D.BUSY, D.ANSWERING_MACHINE), CaseFacts(), None),  # still to be called
        (a_history(D.BREAK_OFF), SUSPENDED, None),  # the interview will be resumed
        (a_history(D.COMPLETE), COMPLETE, Outcome.COMPLETE),
        (
            a_history(D.CALLBACK),
            COMPLETE,
            Outcome.COMPLETE,
        ),  # complete with its last answer, however the call ended
        (a_history(D.COMPLETE, D.OPPOSITION), COMPLETE, Outcome.OPPOSITION),  # opposition before all
        (a_history(D.COMPLETE, D.WITHDRAWN), COMPLETE, Outcome.WITHDRAWN),  # erased on request
        (a_history(D.WITHDRAWN, D.OPPOSITION), CaseFacts(), Outcome.OPPOSITION),
        (a_history(D.COMPLETE), CaseFacts(interview_state=InterviewState.WITHDRAWN), Outcome.WITHDRAWN),
        (a_history(D.QUOTA_FULL), CaseFacts(interview_state=InterviewState.QUOTA_FULL), Outcome.QUOTA_FULL),
        (a_history(D.MOVED), CaseFacts(), Outcome.MOVED),
        (a_history(D.DECEASED), CaseFacts(), Outcome.DECEASED),
        (a_history(D.OWNER), CaseFacts(), Outcome.OWNER),
        (a_history(D.DUPLICATE), CaseFacts(), Outcome.DUPLICATE),
        (a_history(D.UNABLE), CaseFacts(), Outcome.UNABLE),
        (a_history(D.LANGUAGE), CaseFacts(), Outcome.LANGUAGE),  # nobody in the wave speaks another language
        (a_history(D.LANGUAGE), CaseFacts(language_te=True), None),  # first to the one who does
        (a_history(D.LANGUAGE, D.LANGUAGE), CaseFacts(language_te=True), Outcome.LANGUAGE),
        (a_history(D.REFUSAL_PERSON), CaseFacts(), None),  # unsaid is soft: asked again once
        (a_history(D.REFUSAL_PERSON, D.REFUSAL_HOUSEHOLD), CaseFacts(), Outcome.REFUSAL_HOUSEHOLD),  # twice
        ([an_attempt(D.REFUSAL_PERSON, kind=HARD)], CaseFacts(), Outcome.REFUSAL_PERSON),
        ([an_attempt(D.REFUSAL_HOUSEHOLD, kind=HARD)], CaseFacts(), Outcome.REFUSAL_HOUSEHOLD),
        ([an_attempt(D.REFUSAL_PERSON, kind=HARD)], FAR, Outcome.PARTIAL),  # blocks A to H were done before
        ([an_attempt(D.AWAY)], CaseFacts(), Outcome.AWAY),  # away for the whole survey
        ([an_attempt(D.AWAY, return_on=date(2026, 12, 8))], CaseFacts(), None),  # comes back
        (a_history(D.WRONG_NUMBER), CaseFacts(numbers_left=1), None),  # another number remains
        (a_history(D.WRONG_NUMBER), NO_NUMBER, Outcome.NO_NUMBER),
        ([], NO_NUMBER, Outcome.NO_NUMBER),  # imported without a number
        # somebody of the household opposed in another call
        (a_history(D.CALLBACK), CaseFacts(numbers_left=0, opposed=True), Outcome.OPPOSITION),
        (a_history(D.WRONG_NUMBER, D.MOVED), NO_NUMBER, Outcome.MOVED),  # what was learned counts more
        (
            a_history(D.COMPLETE),
            CaseFacts(interview_state=InterviewState.COMPLETE, surplus=True),
            Outcome.SURPLUS,
        ),
        (a_history(D.COMPLETE), CaseFacts(interview_state=InterviewState.INVALIDATED), Outcome.INVALIDATED),
        (a_history(D.NOT_PLACED), CaseFacts(), None),
    ],
)
def test_the_outcome_follows_the_order_of_the_rules(
    history: Sequence[AttemptFact], case: CaseFacts, expected: Outcome | None
) -> None:
    assert outcome(history, case) == expected


@pytest.mark.parametrize(
    ("history", "case", "expected"),
    [
        (a_history(D.NO_ANSWER), CaseFacts(), Outcome.UNREACHABLE),
        (a_history(D.BREAK_OFF), SUSPENDED, Outcome.UNREACHABLE),
        (a_history(D.BREAK_OFF, D.NO_ANSWER), FAR, Outcome.PARTIAL),
        (a_history(D.WRONG_NUMBER), NO_NUMBER, Outcome.NO_NUMBER),
        (a_history(D.REFUSAL_PERSON, D.NO_ANSWER), CaseFacts(), Outcome.UNREACHABLE),
    ],
)
def test_a_case_called_too_often_is_closed(
    history: Sequence[AttemptFact], case: CaseFacts, expected: Outcome
) -> None:
    assert outcome(history, case, caps_reached=True) == expected


@pytest.mark.parametrize(
    ("history", "case", "behind", "expected"),
    [
        ([], CaseFacts(), False, Outcome.NOT_ATTEMPTED),
        (a_history(D.NOT_PLACED), CaseFacts(), False, Outcome.NOT_ATTEMPTED),
        (a_history(D.NO_ANSWER, D.BUSY), CaseFacts(), False, Outcome.BUSY),
        (a_history(D.BUSY, D.NOT_PLACED), CaseFacts(), False, Outcome.BUSY),
        (a_history(D.APPOINTMENT_SOFT), CaseFacts(), False, Outcome.APPOINTMENT_SOFT),
        (a_history(D.REFUSAL_PERSON), CaseFacts(), False, Outcome.REFUSAL_PERSON),  # never asked again
        (a_history(D.BREAK_OFF), SUSPENDED, False, Outcome.BREAK_OFF),
        (a_history(D.BREAK_OFF), FAR, False, Outcome.PARTIAL),
        (a_history(D.BREAK_OFF), SUSPENDED, True, Outcome.QUOTA_FULL),  # waited behind a full cell
        (a_history(D.OPPOSITION), CaseFacts(), True, Outcome.OPPOSITION),
    ],
)
def test_when_the_field_ends_the_last_interim_remains(
    history: Sequence[AttemptFact], case: CaseFacts, behind: bool, expected: Outcome
) -> None:
    assert outcome_at_end(history, case, behind_full_cell=behind) == expected


def test_without_conversion_the_first_refusal_is_final() -> None:
    assert outcome(a_history(D.REFUSAL_PERSON), CaseFacts(), conversions=0) == Outcome.REFUSAL_PERSON


def a_correction(number: int, disposition: Disposition, *, hours: int, attempt: int = 1) -> Correction:
    """A correction made so many hours after the attempts."""
    return Correction(
        correction_id=number,
        attempt_id=attempt,
        at=NOW + timedelta(days=10, hours=hours),
        disposition=disposition,
    )


def test_the_latest_correction_counts() -> None:
    corrections = [a_correction(1, D.MOVED, hours=1), a_correction(2, D.NO_ANSWER, hours=2)]
    known = as_known(a_history(D.OWNER), corrections, NOW + timedelta(days=20))
    assert outcome(known, CaseFacts()) is None


def test_of_two_corrections_the_later_in_time_counts_whatever_their_numbers() -> None:
    corrections = [a_correction(2, D.MOVED, hours=1), a_correction(1, D.NO_ANSWER, hours=2)]
    assert outcome(as_known(a_history(D.OWNER), corrections, NOW + timedelta(days=20)), CaseFacts()) is None


def test_the_outcome_at_a_date_ignores_what_came_later() -> None:
    corrections = [a_correction(1, D.MOVED, hours=1)]
    before = as_known(a_history(D.OWNER), corrections, NOW + timedelta(days=9))
    assert outcome(before, CaseFacts()) == Outcome.OWNER
    assert as_known(a_history(D.OWNER), corrections, NOW) == ()


dispositions = st.sampled_from(sorted(Disposition))
facts = st.builds(
    CaseFacts,
    interview_state=st.none() | st.sampled_from(sorted(InterviewState)),
    ever_eligible=st.booleans(),
    partial_reached=st.booleans(),
    surplus=st.booleans(),
    numbers_left=st.integers(0, 3),
    language_te=st.booleans(),
)


@given(st.lists(dispositions, min_size=1, max_size=6), facts, st.booleans())
def test_an_opposition_is_always_final(said: list[Disposition], case: CaseFacts, caps_reached: bool) -> None:
    history = a_history(*said, D.OPPOSITION)
    Random(len(said)).shuffle(history)
    assert outcome(history, case, caps_reached=caps_reached) == Outcome.OPPOSITION


@given(
    st.lists(dispositions, min_size=1, max_size=4),
    st.lists(st.tuples(st.integers(1, 4), dispositions, st.integers(0, 3)), max_size=6),
    facts,
    st.randoms(use_true_random=False),
)
def test_the_order_in_which_rows_are_read_changes_nothing(
    said: list[Disposition], corrected: list[tuple[int, Disposition, int]], case: CaseFacts, random: Random
) -> None:
    history = a_history(*said)
    corrections = [
        a_correction(number, disposition, hours=hours, attempt=attempt)
        for number, (attempt, disposition, hours) in enumerate(corrected)
    ]
    late = NOW + timedelta(days=30)
    expected = outcome_at_end(as_known(history, corrections, late), case)
    random.shuffle(history)
    random.shuffle(corrections)
    assert outcome_at_end(as_known(history, corrections, late), case) == expected


@given(st.lists(dispositions, max_size=6), facts)
def test_every_case_has_an_outcome_when_the_field_ends(said: list[Disposition], case: CaseFacts) -> None:
    assert outcome_at_end(a_history(*said), case) in Outcome
