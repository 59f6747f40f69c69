"""Whatever the protocol, whatever happens: nobody is called outside its hours, too soon or too often."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cati.cases.rules import (
    AttemptFact,
    CaseFacts,
    DialFact,
    Disposition,
    InterviewState,
    Outcome,
    WaitReason,
)
from cati.scheduling.rules import (
    CONVERSION,
    LANGUAGE,
    POST_INTERVENTION,
    PRUDENT,
    STANDARD,
    Calendar,
    Close,
    Protocol,
    Wait,
    after_attempt,
    caps_reached,
    counted_attempts,
    is_open,
    next_open,
)

D = Disposition
LILLE = Calendar(1, "Europe/Paris", "FR")
CASE = CaseFacts(interview_state=InterviewState.SUSPENDED, language_te=True)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Paris"))


def said(disposition: Disposition, when: datetime, by: int = 7) -> AttemptFact:
    """An attempt with one dial, closed five minutes after it."""
    return AttemptFact(
        attempt_id=int(when.timestamp()),
        interviewer_id=by,
        disposition=disposition,
        opened_at=when,
        closed_at=when + timedelta(minutes=5),
        dials=(DialFact(phone_id=1, placed_at=when),),
    )


def waits(protocol: Protocol, *history: AttemptFact, case: CaseFacts = CASE) -> Wait:
    decision = after_attempt(protocol, LILLE, history, case, history[-1].closed_at)
    assert isinstance(decision, Wait)
    return decision


def with_delays(**delays: int) -> Protocol:
    """The standard protocol with these delays, without the search for another part of the day."""
    changed = STANDARD.delays.model_copy(update=delays)
    return STANDARD.model_copy(update={"delays": changed, "other_day_part": False})


NIGHTLY = with_delays(no_answer_again_minutes=24 * 60, callback_again_days=3, break_off_again_days=2)
TUESDAY, WEDNESDAY = at("2026-11-24 10:30"), at("2026-11-25 10:30")


@pytest.mark.parametrize(
    ("history", "due"),
    [
        # the first time as the first time, the second as a repetition
        ([said(D.NO_ANSWER, TUESDAY)], at("2026-11-24 14:00")),
        ([said(D.NO_ANSWER, TUESDAY), said(D.NO_ANSWER, at("2026-11-24 14:00"))], at("2026-11-25 14:00")),
        # a machine is not an unanswered call: its own first time
        (
            [said(D.NO_ANSWER, TUESDAY), said(D.ANSWERING_MACHINE, at("2026-11-24 14:00"))],
            at("2026-11-25 10:00"),
        ),
        # a machine in between does not end the series, a person does
        (
            [
                said(D.NO_ANSWER, TUESDAY),
                said(D.ANSWERING_MACHINE, at("2026-11-24 14:00")),
                said(D.NO_ANSWER, WEDNESDAY),
            ],
            at("2026-11-26 10:30"),
        ),
        (
            [
                said(D.NO_ANSWER, TUESDAY),
                said(D.CALLBACK, at("2026-11-24 14:00")),
                said(D.NO_ANSWER, WEDNESDAY),
            ],
            at("2026-11-25 14:00"),
        ),
        # the third busy dial of a series is the first unanswered call, of the next series the second
        ([said(D.BUSY, TUESDAY + n * timedelta(minutes=10)) for n in range(3)], at("2026-11-24 14:00")),
        (
            [said(D.NO_ANSWER, at("2026-11-23 10:30"))]
            + [said(D.BUSY, TUESDAY + n * timedelta(minutes=10)) for n in range(3)],
            at("2026-11-25 10:50"),
        ),
        # what a third person or the tenant himself asks for has its own second time
        ([said(D.CALLBACK, TUESDAY)], at("2026-11-25 10:00")),
        ([said(D.CALLBACK, TUESDAY), said(D.CALLBACK, WEDNESDAY)], at("2026-11-28 10:00")),
        ([said(D.BREAK_OFF, TUESDAY)], at("2026-11-25 10:00")),
        ([said(D.BREAK_OFF, TUESDAY), said(D.BREAK_OFF, WEDNESDAY)], at("2026-11-27 10:00")),
    ],
)
def test_the_first_time_and_the_next_ones_have_their_own_delays(
    history: list[AttemptFact], due: datetime
) -> None:
    assert waits(NIGHTLY, *history).due_at == due


def test_without_a_delay_of_its_own_a_repetition_waits_as_the_first_time() -> None:
    plain = with_delays()
    again = [said(D.NO_ANSWER, TUESDAY), said(D.NO_ANSWER, at("2026-11-24 14:00"))]
    assert waits(plain, *again).due_at == at("2026-11-25 10:00")  # 17:00 would be the third call of the day


def test_another_part_of_the_day_is_preferred_and_never_imposed() -> None:
    tried = [said(D.NO_ANSWER, TUESDAY), said(D.NO_ANSWER, at("2026-11-24 14:30"))]
    wait = waits(STANDARD, *tried)
    assert wait.due_at == at("2026-11-25 18:00")  # the evening, not tried yet
    assert wait.earliest_at == at(
        "2026-11-25 10:00"
    )  # when the caps of the day let it, for who would sit idle


def test_a_call_that_is_due_at_once_has_no_hour_to_prefer() -> None:
    assert waits(STANDARD, said(D.NO_ANSWER, TUESDAY)).earliest_at is None  # 14:00 is another part already


def test_a_refusal_is_taken_up_only_by_somebody_trained() -> None:
    refused = said(D.REFUSAL_PERSON, TUESDAY)
    assert waits(STANDARD, refused).skill == CONVERSION
    assert waits(STANDARD.model_copy(update={"conversion_needs_skill": False}), refused).skill is None


def test_a_conversion_that_reaches_nobody_still_needs_somebody_trained() -> None:
    wait = waits(STANDARD, said(D.REFUSAL_PERSON, TUESDAY), said(D.NO_ANSWER, at("2026-12-04 10:30"), by=8))
    assert (wait.reason, wait.skill) == (WaitReason.CONVERSION, CONVERSION)


def test_to_be_understood_comes_before_to_be_trained() -> None:
    wait = waits(STANDARD, said(D.REFUSAL_PERSON, TUESDAY), said(D.LANGUAGE, at("2026-12-04 10:30"), by=8))
    assert wait.skill == LANGUAGE


def test_prudence_waits_sixty_days_after_a_refusal_and_never_calls_on_a_saturday() -> None:
    wait = waits(PRUDENT, said(D.REFUSAL_PERSON, TUESDAY))
    assert wait.due_at == at("2027-01-25 10:00")  # sixty days later is a Saturday
    assert not is_open(PRUDENT, LILLE, at("2026-11-28 11:00"), appointment=True)


def test_prudence_calls_four_times_in_thirty_days() -> None:
    calls = [
        said(D.NO_ANSWER, at(day)) for day in ("2026-11-02 10:00", "2026-11-05 18:30", "2026-11-10 15:00")
    ]
    assert waits(PRUDENT, *calls).due_at < at("2026-11-13 00:00")
    fourth = said(D.NO_ANSWER, at("2026-11-12 18:30"))
    assert waits(PRUDENT, *calls, fourth).due_at >= at("2026-12-02 10:00")


def test_after_an_intervention_no_refusal_is_taken_up() -> None:
    refused = said(D.REFUSAL_PERSON, TUESDAY)
    decision = after_attempt(POST_INTERVENTION, LILLE, [refused], CaseFacts(), refused.closed_at)
    assert decision == Close(Outcome.REFUSAL_PERSON)


# --- what holds for every preset that rings anybody

INTERIM = [
    D.NO_ANSWER, D.BUSY, D.ANSWERING_MACHINE, D.CALLBACK, D.WRONG_NUMBER, D.BREAK_OFF, D.REFUSAL_PERSON, D.LANGUAGE,
]  # fmt: skip
CLOSED = frozenset(date(2026, 1, 1) + timedelta(days=9 * n) for n in range(100))
CALENDARS = [
    Calendar(1, "Europe/Paris", "FR", CLOSED),
    Calendar(2, "Europe/Paris", "FR-6AE"),
    Calendar(3, "Indian/Reunion", "FR-974", CLOSED),
    Calendar(4, "America/Martinique", "FR-972"),
]
starts = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
stories = st.lists(st.tuples(st.sampled_from(INTERIM), st.booleans()), min_size=1, max_size=16)


def waits_of(
    protocol: Protocol, calendar: Calendar, start: datetime, story: list[tuple[Disposition, bool]]
) -> list[tuple[list[AttemptFact], Wait]]:
    """The waits of a case called when it is due, or as soon as it may be by somebody who would sit idle."""
    history: list[AttemptFact] = []
    met: list[tuple[list[AttemptFact], Wait]] = []
    opens = next_open(protocol, calendar, start, first=True)
    for by, (disposition, idle) in enumerate(story):
        history.append(said(disposition, opens, by=by))
        decision = after_attempt(protocol, calendar, tuple(history), CASE, opens + timedelta(minutes=5))
        if not isinstance(decision, Wait):
            break
        met.append((list(history), decision))
        sooner = decision.earliest_at if idle else None
        opens = sooner or decision.due_at
    return met


@settings(deadline=None)
@given(st.sampled_from([STANDARD, PRUDENT, POST_INTERVENTION]), st.sampled_from(CALENDARS), starts, stories)
def test_no_preset_ever_calls_outside_its_hours_or_beyond_its_caps(
    protocol: Protocol, calendar: Calendar, start: datetime, story: list[tuple[Disposition, bool]]
) -> None:
    for history, wait in waits_of(protocol, calendar, start, story):
        for moment in filter(None, (wait.earliest_at, wait.due_at)):
            assert moment > history[-1].called_at
            assert is_open(protocol, calendar, moment)
            assert moment.astimezone(ZoneInfo(calendar.zone)).date() not in calendar.closures
            assert caps_reached(protocol, calendar, history, moment).cap is None
        assert wait.earliest_at is None or wait.earliest_at < wait.due_at


@settings(deadline=None)
@given(st.sampled_from([STANDARD, PRUDENT, POST_INTERVENTION]), starts, stories)
def test_no_preset_ever_passes_a_cap_over_any_span(
    protocol: Protocol, start: datetime, story: list[tuple[Disposition, bool]]
) -> None:
    met = waits_of(protocol, LILLE, start, story)
    if not met:
        return
    counted = counted_attempts(protocol, LILLE, met[-1][0])
    spans = {7: protocol.caps.attempts_per_week, 30: protocol.caps.attempts_per_30_days}
    for days, cap in spans.items():
        for first, last in zip(counted, counted[cap or len(counted) :], strict=False):
            assert cap is None or last - first >= timedelta(days=days)
    assert len(counted) < protocol.caps.attempts
