"""What becomes of a case after an attempt."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cati.cases.rules import (
    AttemptFact,
    CaseFacts,
    DialFact,
    Direction,
    Disposition,
    InterviewState,
    LineOutcome,
    Outcome,
    RefusalKind,
    WaitReason,
    reached_network,
)
from cati.errors import DispositionRefused
from cati.scheduling.rules import (
    DEMONSTRATION,
    STANDARD,
    Appointment,
    BackAsItWas,
    Calendar,
    Cap,
    Close,
    Wait,
    after_attempt,
    caps_reached,
    counted_attempts,
    is_open,
    may_dial,
    missed_appointment,
    next_open,
)

LILLE = Calendar(1, "Europe/Paris", "FR")
PARIS = ZoneInfo("Europe/Paris")
D = Disposition
R = WaitReason
SUSPENDED = CaseFacts(interview_state=InterviewState.SUSPENDED, ever_eligible=True)


def at(text: str) -> datetime:
    """A moment as a clock in Lille shows it."""
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


def an_attempt(
    disposition: Disposition,
    when: str | datetime = "2026-11-24 10:30",
    *,
    by: int = 7,
    dials: int = 1,
    kind: RefusalKind | None = None,
    appointment_at: datetime | None = None,
    return_on: date | None = None,
) -> AttemptFact:
    """An attempt dialled at that hour of Lille (a Tuesday morning unless said) and closed five minutes later."""
    opened = at(when) if isinstance(when, str) else when
    return AttemptFact(
        attempt_id=int(opened.timestamp()),
        interviewer_id=by,
        disposition=disposition,
        opened_at=opened,
        closed_at=opened + timedelta(minutes=5),
        dials=tuple(DialFact(phone_id=1, placed_at=opened) for _ in range(dials)),
        refusal_kind=kind,
        appointment_at=appointment_at,
        return_on=return_on,
    )


def decide(
    *history: AttemptFact, case: CaseFacts | None = None, appointment: Appointment | None = None
) -> Close | Wait | BackAsItWas:
    """What the standard protocol decides in Lille when the last attempt is closed."""
    case = case or CaseFacts()
    return after_attempt(STANDARD, LILLE, history, case, history[-1].closed_at, appointment=appointment)


def waits(
    *history: AttemptFact, case: CaseFacts | None = None, appointment: Appointment | None = None
) -> Wait:
    """The same, when the case comes back."""
    decision = decide(*history, case=case, appointment=appointment)
    assert isinstance(decision, Wait)
    return decision


@pytest.mark.parametrize(
    ("attempt", "reason", "due", "step"),
    [
        # three hours after dialling, not after closing: 13:30 is lunch, so 14:00
        (an_attempt(D.NO_ANSWER), R.RETRY, "2026-11-24 14:00", 6),
        # 17:30 is still the afternoon: the evening is preferred
        (an_attempt(D.NO_ANSWER, "2026-11-24 14:30"), R.RETRY, "2026-11-24 18:00", 6),
        # three hours after a call of the evening is the night
        (an_attempt(D.NO_ANSWER, "2026-11-24 19:00"), R.RETRY, "2026-11-25 10:00", 6),
        # Saturday was tried: Monday morning
        (an_attempt(D.NO_ANSWER, "2026-11-28 10:30"), R.RETRY, "2026-11-30 10:00", 6),
        # Christmas Eve in the evening: Christmas is a holiday
        (an_attempt(D.NO_ANSWER, "2026-12-24 19:00"), R.RETRY, "2026-12-26 10:00", 6),
        (an_attempt(D.ANSWERING_MACHINE), R.RETRY, "2026-11-24 14:00", 6),
        (an_attempt(D.BUSY), R.RETRY, "2026-11-24 10:40", 6),
        # busy before lunch: ten minutes later is lunch
        (an_attempt(D.BUSY, "2026-11-24 12:55"), R.RETRY, "2026-11-24 14:00", 6),
        # three busy dials in one attempt: as nobody answering
        (an_attempt(D.BUSY, dials=3), R.RETRY, "2026-11-24 14:00", 6),
        # another number remains that was not tried
        (an_attempt(D.WRONG_NUMBER), R.RETRY, "2026-11-24 14:00", 6),
        # a third person said nothing of the hour: the next day, not in the morning again
        (an_attempt(D.CALLBACK), R.CALLBACK, "2026-11-25 14:00", 5),
        # a third person said Thursday at five
        (
            an_attempt(D.CALLBACK, appointment_at=at("2026-11-26 17:00")),
            R.CALLBACK,
            "2026-11-26 17:00",
            5,
        ),
        # a third person said Sunday
        (
            an_attempt(D.CALLBACK, appointment_at=at("2026-11-29 11:00")),
            R.CALLBACK,
            "2026-11-30 10:00",
            5,
        ),
        (
            an_attempt(D.APPOINTMENT_SOFT, appointment_at=at("2026-11-26 20:45")),
            R.SOFT,
            "2026-11-26 20:45",
            5,
        ),
        (an_attempt(D.APPOINTMENT_SOFT), R.SOFT, "2026-11-25 14:00", 5),
        # an appointment is due two minutes early
        (
            an_attempt(D.APPOINTMENT_FIRM, appointment_at=at("2026-11-26 18:30")),
            R.FIRM,
            "2026-11-26 18:28",
            2,
        ),
        # but never outside the windows
        (
            an_attempt(D.APPOINTMENT_FIRM, appointment_at=at("2026-11-26 14:00")),
            R.FIRM,
            "2026-11-26 14:00",
            2,
        ),
        (an_attempt(D.BREAK_OFF), R.CALLBACK, "2026-11-25 10:00", 5),
        # ten days to the hour, another interviewer
        (an_attempt(D.REFUSAL_PERSON), R.CONVERSION, "2026-12-04 10:30", 6),
        (an_attempt(D.REFUSAL_HOUSEHOLD, kind=RefusalKind.SOFT), R.CONVERSION, "2026-12-04 10:30", 6),
        # the tenth day at 10:30 is a Sunday
        (an_attempt(D.REFUSAL_PERSON, "2026-11-26 10:30"), R.CONVERSION, "2026-12-07 10:00", 6),
        (an_attempt(D.AWAY, return_on=date(2026, 12, 8)), R.CALLBACK, "2026-12-08 10:00", 5),
    ],
)
def test_after_one_attempt(attempt: AttemptFact, reason: WaitReason, due: str, step: int) -> None:
    wait = waits(attempt, case=SUSPENDED if attempt.disposition == D.BREAK_OFF else None)
    assert (wait.reason, wait.due_at, wait.step) == (reason, at(due), step)


@pytest.mark.parametrize(
    ("attempt", "case", "outcome"),
    [
        (an_attempt(D.COMPLETE), CaseFacts(interview_state=InterviewState.COMPLETE), Outcome.COMPLETE),
        (an_attempt(D.REFUSAL_PERSON, kind=RefusalKind.HARD), CaseFacts(), Outcome.REFUSAL_PERSON),
        (an_attempt(D.OPPOSITION), CaseFacts(), Outcome.OPPOSITION),
        (an_attempt(D.WITHDRAWN), CaseFacts(), Outcome.WITHDRAWN),
        (an_attempt(D.WRONG_NUMBER), CaseFacts(numbers_left=0), Outcome.NO_NUMBER),
        (an_attempt(D.LANGUAGE), CaseFacts(), Outcome.LANGUAGE),
        (an_attempt(D.UNABLE), CaseFacts(), Outcome.UNABLE),
        (an_attempt(D.MOVED), CaseFacts(), Outcome.MOVED),
        (an_attempt(D.DECEASED), CaseFacts(), Outcome.DECEASED),
        (an_attempt(D.OWNER), CaseFacts(), Outcome.OWNER),
        (an_attempt(D.DUPLICATE), CaseFacts(), Outcome.DUPLICATE),
        (an_attempt(D.AWAY), CaseFacts(), Outcome.AWAY),
        (an_attempt(D.QUOTA_FULL), CaseFacts(interview_state=InterviewState.QUOTA_FULL), Outcome.QUOTA_FULL),
        # each of its numbers has had all its dials
        (an_attempt(D.NO_ANSWER), CaseFacts(numbers_left=2, numbers_spent=2), Outcome.UNREACHABLE),
    ],
)
def test_what_is_final_closes_the_case(attempt: AttemptFact, case: CaseFacts, outcome: Outcome) -> None:
    assert decide(attempt, case=case) == Close(outcome)


def test_a_case_released_without_a_call_is_back_as_it_was() -> None:
    assert decide(an_attempt(D.NOT_PLACED, dials=0)) == BackAsItWas()


def test_a_line_fault_counts_nothing() -> None:
    opened = at("2026-11-24 10:30")
    fault = DialFact(phone_id=1, placed_at=opened, reached_network=False, line_outcome=LineOutcome.LINE_FAULT)
    attempt = AttemptFact(
        attempt_id=1,
        interviewer_id=7,
        disposition=D.NO_ANSWER,
        opened_at=opened,
        closed_at=opened,
        dials=(fault,),
    )
    assert decide(attempt) == BackAsItWas()
    assert counted_attempts(STANDARD, LILLE, [attempt]) == []


@pytest.mark.parametrize(
    ("outcome", "answered", "counts"),
    [
        (LineOutcome.NO_ANSWER, False, True),
        (LineOutcome.BUSY, False, True),
        (LineOutcome.UNREACHABLE, False, True),
        (LineOutcome.CANCELLED, False, True),  # the telephone may have rung
        (LineOutcome.COMPLETED, True, True),
        (None, False, True),  # not known yet
        (LineOutcome.LINE_FAULT, False, False),
        (LineOutcome.INVALID_NUMBER, False, False),  # nobody has this number
        (LineOutcome.LOST, False, False),  # lost before an answer
        (LineOutcome.LOST, True, True),
    ],
)
def test_a_dial_counts_when_a_telephone_may_have_rung(
    outcome: LineOutcome | None, answered: bool, counts: bool
) -> None:
    assert reached_network(outcome, answered=answered) is counts


@pytest.mark.parametrize(
    ("numbers_left", "decision"),
    [
        (0, Close(Outcome.NO_NUMBER)),  # the household has no other
        (1, BackAsItWas()),  # the other number may be tried at once: nobody was disturbed
    ],
)
def test_a_number_given_to_nobody_disturbs_nobody(numbers_left: int, decision: Close | BackAsItWas) -> None:
    opened = at("2026-11-24 10:30")
    dead = DialFact(
        phone_id=1, placed_at=opened, reached_network=False, line_outcome=LineOutcome.INVALID_NUMBER
    )
    attempt = AttemptFact(
        attempt_id=1,
        interviewer_id=7,
        disposition=D.WRONG_NUMBER,
        opened_at=opened,
        closed_at=opened,
        dials=(dead,),
    )
    assert decide(attempt, case=CaseFacts(numbers_left=numbers_left)) == decision


def test_a_tenant_who_calls_is_not_an_attempt_made_on_him() -> None:
    called = an_attempt(D.NO_ANSWER, "2026-11-24 10:30")
    calls = AttemptFact(
        attempt_id=2,
        interviewer_id=8,
        disposition=D.CALLBACK,
        opened_at=at("2026-11-24 11:00"),
        closed_at=at("2026-11-24 11:02"),
        direction=Direction.INBOUND,
    )
    assert len(counted_attempts(STANDARD, LILLE, [called, calls])) == 1
    assert isinstance(decide(called, calls), Wait)


def test_a_complete_without_a_complete_interview_is_a_mistake() -> None:
    with pytest.raises(DispositionRefused):
        decide(an_attempt(D.COMPLETE), case=SUSPENDED)


def test_retries_go_to_parts_of_the_week_not_tried_yet() -> None:
    morning, afternoon = an_attempt(D.NO_ANSWER), an_attempt(D.NO_ANSWER, "2026-11-24 14:05")
    third = waits(morning, afternoon)
    # two calls made the day full; the next morning and afternoon were both tried
    assert third.due_at == at("2026-11-25 18:00")
    evening = an_attempt(D.NO_ANSWER, "2026-11-25 18:10")
    assert waits(morning, afternoon, evening).due_at == at("2026-11-26 10:00")


def test_once_three_parts_were_tried_only_the_last_one_is_avoided() -> None:
    tried = [an_attempt(D.NO_ANSWER, f"2026-11-0{day}") for day in ("3 10:30", "4 18:30")]
    afternoon = an_attempt(D.NO_ANSWER, "2026-11-24 14:05")
    assert waits(*tried, afternoon).due_at == at("2026-11-24 18:00")  # 17:05 is still the afternoon


def test_an_attempt_closed_late_never_comes_due_in_the_past() -> None:
    forgotten = replace(an_attempt(D.NO_ANSWER), closed_at=at("2026-11-24 19:00"))
    assert waits(forgotten).due_at == at("2026-11-24 19:00")


def test_a_break_off_and_a_refusal_free_the_place() -> None:
    assert waits(an_attempt(D.BREAK_OFF), case=SUSPENDED).frees_place
    assert waits(an_attempt(D.REFUSAL_PERSON), case=SUSPENDED).frees_place
    assert not waits(an_attempt(D.APPOINTMENT_SOFT), case=SUSPENDED).frees_place


def test_a_language_goes_first_to_the_interviewer_who_speaks_it() -> None:
    speaker = CaseFacts(language_te=True)
    first = an_attempt(D.LANGUAGE)
    assert waits(first, case=speaker).skill == "language"
    assert waits(first, an_attempt(D.NO_ANSWER, "2026-11-24 14:05"), case=speaker).skill == "language"
    assert decide(first, an_attempt(D.LANGUAGE, "2026-11-24 14:05"), case=speaker) == Close(Outcome.LANGUAGE)


# --- busy lines


def test_the_third_busy_dial_of_a_day_is_nobody_answering() -> None:
    busy = [an_attempt(D.BUSY, f"2026-11-24 10:{minute}") for minute in (30, 40, 50)]
    assert waits(*busy[:2]).due_at == at("2026-11-24 10:50")
    assert waits(*busy).due_at == at("2026-11-24 14:00")
    assert len(counted_attempts(STANDARD, LILLE, busy)) == 1


@pytest.mark.parametrize(
    ("history", "count"),
    [
        # the call that ends a busy series belongs to it
        ([an_attempt(D.BUSY), an_attempt(D.NO_ANSWER, "2026-11-24 10:40")], 1),
        # a fourth dial begins another attempt
        ([an_attempt(D.BUSY, dials=3), an_attempt(D.BUSY, "2026-11-24 14:00")], 2),
        # the next day too
        ([an_attempt(D.BUSY, "2026-11-24 20:25"), an_attempt(D.BUSY, "2026-11-25 10:00")], 2),
        ([an_attempt(D.NO_ANSWER), an_attempt(D.BUSY, "2026-11-24 14:00")], 2),
        ([an_attempt(D.NOT_PLACED, dials=0)], 0),
    ],
)
def test_busy_dials_make_attempts_by_threes(history: Sequence[AttemptFact], count: int) -> None:
    assert len(counted_attempts(STANDARD, LILLE, history)) == count


# --- caps


@pytest.mark.parametrize(
    ("hours", "now", "cap", "until"),
    [
        ([], "2026-11-24 10:00", None, None),
        (["2026-11-24 10:00"], "2026-11-24 12:00", Cap.GAP, "2026-11-24 13:00"),  # three hours apart
        (["2026-11-24 10:00"], "2026-11-24 14:00", None, None),
        (
            ["2026-11-24 10:00", "2026-11-24 14:00"],
            "2026-11-24 18:00",
            Cap.DAY,
            "2026-11-25 00:00",
        ),  # two a day
        (
            ["2026-11-23 10:00", "2026-11-24 10:00", "2026-11-25 10:00", "2026-11-26 10:00"],
            "2026-11-27 10:00",
            Cap.WEEK,  # four in seven days: free again seven days after the first of the four
            "2026-11-30 10:00",
        ),
    ],
)
def test_a_household_is_not_called_too_often(
    hours: list[str], now: str, cap: Cap | None, until: str | None
) -> None:
    verdict = caps_reached(STANDARD, LILLE, [an_attempt(D.NO_ANSWER, hour) for hour in hours], at(now))
    assert (verdict.cap, verdict.until) == (cap, until and at(until))


def weekly(disposition: Disposition, count: int) -> list[AttemptFact]:
    """So many attempts, one a week."""
    return [an_attempt(disposition, at("2026-01-06 11:00") + timedelta(weeks=week)) for week in range(count)]


def test_the_tenth_call_is_the_last() -> None:
    assert isinstance(decide(*weekly(D.NO_ANSWER, 9)), Wait)
    assert decide(*weekly(D.NO_ANSWER, 10)) == Close(Outcome.UNREACHABLE)


def test_an_appointment_made_allows_two_more_calls() -> None:
    history = weekly(D.NO_ANSWER, 11)
    history[3] = an_attempt(
        D.APPOINTMENT_SOFT, history[3].opened_at, appointment_at=history[3].opened_at + timedelta(days=1)
    )
    assert isinstance(decide(*history), Wait)
    assert decide(*history, an_attempt(D.NO_ANSWER)) == Close(Outcome.UNREACHABLE)


def test_an_appointment_for_this_evening_is_kept_though_the_day_is_full() -> None:
    morning = an_attempt(D.NO_ANSWER)
    made = an_attempt(D.APPOINTMENT_FIRM, "2026-11-24 14:05", appointment_at=at("2026-11-24 18:30"))
    assert waits(morning, made).due_at == at("2026-11-24 18:28")


def test_a_callback_told_by_a_third_person_waits_for_the_next_day_when_the_day_is_full() -> None:
    morning = an_attempt(D.NO_ANSWER)
    told = an_attempt(D.CALLBACK, "2026-11-24 14:05", appointment_at=at("2026-11-24 18:30"))
    assert waits(morning, told).due_at == at("2026-11-25 10:00")


def test_a_number_has_its_own_cap_of_dials() -> None:
    cap = STANDARD.caps.dials_per_number
    assert may_dial(STANDARD, [an_attempt(D.BUSY, dials=cap - 1)], phone_id=1)
    assert not may_dial(STANDARD, [an_attempt(D.BUSY, dials=cap)], phone_id=1)
    assert may_dial(STANDARD, [an_attempt(D.BUSY, dials=cap)], phone_id=2)


# --- refusals


def test_a_refusal_is_asked_again_by_another_interviewer() -> None:
    assert waits(an_attempt(D.REFUSAL_PERSON, by=7)).not_user == 7


def test_a_conversion_that_reaches_nobody_stays_a_conversion() -> None:
    refused = an_attempt(D.REFUSAL_PERSON, "2026-11-24 10:30", by=7)
    wait = waits(refused, an_attempt(D.NO_ANSWER, "2026-12-04 10:30", by=8))
    assert (wait.reason, wait.not_user) == (R.CONVERSION, 7)


def test_a_second_refusal_is_final() -> None:
    refused = an_attempt(D.REFUSAL_PERSON, "2026-11-24 10:30", by=7)
    again = an_attempt(D.REFUSAL_HOUSEHOLD, "2026-12-04 10:30", by=8)
    assert decide(refused, again) == Close(Outcome.REFUSAL_HOUSEHOLD)


# --- firm appointments

AT_SIX = Appointment(at=at("2026-11-24 18:00"), firm=True, owner_id=7)


def test_a_firm_appointment_is_its_owners_then_anybodys() -> None:
    wait = waits(an_attempt(D.APPOINTMENT_FIRM, appointment_at=at("2026-11-26 18:30"), by=7))
    assert (wait.owner_id, wait.open_to_all_at) == (7, at("2026-11-26 18:40"))


def test_an_appointment_made_with_the_one_refused_is_another_interviewers() -> None:
    refused = an_attempt(D.REFUSAL_PERSON, "2026-11-03 10:30", by=7)
    made = an_attempt(D.APPOINTMENT_FIRM, by=7, appointment_at=at("2026-11-26 18:30"))
    wait = waits(refused, made)
    assert (wait.owner_id, wait.not_user) == (None, 7)


def test_an_appointment_stands_when_an_earlier_call_reaches_nobody() -> None:
    wait = waits(an_attempt(D.NO_ANSWER, "2026-11-24 11:00", by=9), appointment=AT_SIX)
    assert (wait.reason, wait.due_at, wait.owner_id, wait.missed) == (R.FIRM, at("2026-11-24 17:58"), 7, 0)


def test_an_appointment_where_nobody_answers_comes_back_the_next_day_at_the_same_half_hour() -> None:
    wait = waits(an_attempt(D.NO_ANSWER, "2026-11-24 18:01"), appointment=AT_SIX)
    assert (wait.reason, wait.appointment_at, wait.missed) == (R.FIRM, at("2026-11-25 18:00"), 1)
    assert not wait.frees_place


def test_an_appointment_missed_twice_is_an_ordinary_retry_and_frees_its_place() -> None:
    once = Appointment(at=at("2026-11-24 20:30"), firm=True, owner_id=7, missed=1)
    wait = waits(an_attempt(D.NO_ANSWER, "2026-11-24 20:31"), appointment=once)
    assert (wait.reason, wait.step, wait.owner_id, wait.frees_place) == (R.RETRY, 6, None, True)
    assert wait.due_at == at("2026-11-26 10:00")  # 20:30 is for appointments only


def test_a_missed_appointment_of_a_case_once_refused_is_still_kept_from_the_one_refused() -> None:
    refused = an_attempt(D.REFUSAL_PERSON, "2026-11-03 10:30", by=9)
    made = an_attempt(D.APPOINTMENT_FIRM, "2026-11-23 10:30", by=7, appointment_at=AT_SIX.at)
    twice = Appointment(at=AT_SIX.at, firm=True, owner_id=7, missed=1)
    for appointment, reason in ((AT_SIX, R.FIRM), (twice, R.CONVERSION)):
        wait = missed_appointment(
            STANDARD, LILLE, appointment, at("2026-11-24 18:30"), history=[refused, made]
        )
        assert (wait.reason, wait.not_user) == (reason, 9)


def test_a_busy_line_at_an_appointment_is_tried_again_at_once() -> None:
    wait = waits(an_attempt(D.BUSY, "2026-11-24 18:01"), appointment=AT_SIX)
    assert (wait.reason, wait.due_at, wait.missed) == (R.FIRM, at("2026-11-24 18:11"), 0)


def test_an_appointment_ends_when_somebody_says_otherwise() -> None:
    wait = waits(an_attempt(D.CALLBACK, "2026-11-24 18:01"), appointment=AT_SIX)
    assert (wait.reason, wait.owner_id) == (R.CALLBACK, None)


# --- what holds whatever happens

INTERIM = [
    D.NO_ANSWER, D.BUSY, D.ANSWERING_MACHINE, D.CALLBACK, D.WRONG_NUMBER, D.BREAK_OFF, D.REFUSAL_PERSON,
    D.REFUSAL_HOUSEHOLD, D.APPOINTMENT_SOFT, D.APPOINTMENT_FIRM, D.AWAY, D.LANGUAGE,
]  # fmt: skip
CALENDARS = [
    LILLE,
    Calendar(2, "Europe/Paris", "FR-57"),
    Calendar(3, "Indian/Reunion", "FR-974"),
    Calendar(4, "America/Guadeloupe", "FR-971"),
]
CASE = CaseFacts(interview_state=InterviewState.SUSPENDED, language_te=True)
starts = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
said = st.lists(st.tuples(st.sampled_from(INTERIM), st.integers(0, 90)), min_size=1, max_size=20)


def called_when_due(
    start: datetime, calendar: Calendar, said: list[tuple[Disposition, int]]
) -> list[tuple[list[AttemptFact], Wait]]:
    """The waits of a case that is called so many minutes after each is due, by another interviewer each time."""
    history: list[AttemptFact] = []
    met: list[tuple[list[AttemptFact], Wait]] = []
    due = start
    for by, (disposition, late) in enumerate(said):
        opened = due + timedelta(minutes=late)
        later = next_open(STANDARD, calendar, opened + timedelta(days=1), appointment=True)
        asked = later if disposition in {D.APPOINTMENT_FIRM, D.APPOINTMENT_SOFT} else None
        back = later.date() if disposition == D.AWAY else None
        history.append(an_attempt(disposition, opened, by=by, appointment_at=asked, return_on=back))
        decision = after_attempt(STANDARD, calendar, tuple(history), CASE, opened + timedelta(minutes=5))
        if not isinstance(decision, Wait):
            break
        met.append((list(history), decision))
        due = decision.due_at
    return met


@settings(deadline=None)
@given(starts, st.sampled_from(CALENDARS), said)
def test_a_due_time_is_always_inside_the_windows(
    start: datetime, calendar: Calendar, said: list[tuple[Disposition, int]]
) -> None:
    for history, wait in called_when_due(start, calendar, said):
        agreed = wait.reason in {R.FIRM, R.SOFT} and history[-1].appointment_at is not None
        assert wait.due_at > history[-1].called_at
        assert is_open(STANDARD, calendar, wait.due_at, appointment=agreed)


@settings(deadline=None)
@given(starts, st.sampled_from(CALENDARS), said)
def test_a_due_time_is_never_beyond_the_caps(
    start: datetime, calendar: Calendar, said: list[tuple[Disposition, int]]
) -> None:
    for history, wait in called_when_due(start, calendar, said):
        verdict = caps_reached(STANDARD, calendar, history, wait.due_at)
        assert not verdict.exhausted
        # what the tenant himself agreed to escapes the caps of the day and the week
        assert verdict.cap is None or wait.reason in {R.FIRM, R.SOFT}


@settings(deadline=None)
@given(starts, st.sampled_from(CALENDARS), said)
def test_a_soft_refusal_is_asked_again_once_and_never_by_the_one_refused(
    start: datetime, calendar: Calendar, said: list[tuple[Disposition, int]]
) -> None:
    for history, wait in called_when_due(start, calendar, said):
        refused = [attempt for attempt in history if attempt.is_refusal]
        assert len(refused) <= 1
        if refused:
            assert wait.not_user == refused[0].interviewer_id
            assert wait.owner_id != wait.not_user
        if history[-1].is_refusal:
            assert wait.due_at >= history[-1].called_at + timedelta(days=10)


@given(starts, st.sampled_from(CALENDARS), said)
def test_an_opposition_closes_whatever_came_before(
    start: datetime, calendar: Calendar, said: list[tuple[Disposition, int]]
) -> None:
    history = [
        an_attempt(disposition, start + timedelta(days=rank), by=rank)
        for rank, (disposition, _) in enumerate(said)
    ]
    opposed = an_attempt(D.OPPOSITION, start + timedelta(days=90))
    assert after_attempt(STANDARD, calendar, [*history, opposed], CASE, opposed.closed_at) == Close(
        Outcome.OPPOSITION
    )


@given(starts)
def test_a_case_of_a_demonstration_comes_back_on_the_minute(start: datetime) -> None:
    attempt = an_attempt(D.NO_ANSWER, start)
    decision = after_attempt(DEMONSTRATION, LILLE, [attempt], CaseFacts(), attempt.closed_at)
    assert isinstance(decision, Wait)
    assert decision.due_at == start + timedelta(hours=3)
