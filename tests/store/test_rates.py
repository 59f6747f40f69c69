"""Outcome rates of a wave that was really called: what each case counts as, and that a later day changes no earlier."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, insert, select, text, update

from cati.calling.actions import taking, waves
from cati.cases.rules import AttemptFact, CaseFacts, Direction, Disposition, InterviewState, RefusalKind
from cati.cases.rules.rates import Rate, Tally, WrongNumbers, outcome_so_far
from cati.cases.store.attempts import usable_numbers
from cati.cases.store.queue import Held
from cati.cases.tables import attempts, cases, disposition_corrections
from cati.errors import NotFound
from cati.interviews.rules import Verdict
from cati.interviews.tables import interviews
from cati.quotas.tables import quota_cells
from cati.sealing import Keys
from cati.supervision.actions import reopening, rights, validating
from cati.supervision.actions.validating import Pronounced
from cati.supervision.views import rates_exact, rates_histories
from cati.supervision.views.rates import By, rates
from cati.supervision.views.rates_histories import IN_VAIN
from cati.telephony.rules import Key
from tests.store.calls import DAY, MINUTE, PLAIN, Desk
from tests.stories import Wave, a_wave, an_interviewer, some_households

HOUR = timedelta(hours=1)
FEW = PLAIN.model_copy(
    update={"caps": PLAIN.caps.model_copy(update={"attempts": 2, "attempts_with_appointment": 2})}
)


@pytest.fixture
def wave(db: Connection, sealed: Keys, now: datetime) -> Wave:
    """Two bailleurs of eight households; the first of four, in and out of the QPV, has a second number."""
    households = [some_households(8), some_households(8, prefix="B", first=101)]
    return a_wave(db, sealed, now, households=households, protocol=FEW, objective=8)


@pytest.fixture
def desk(db: Connection, sealed: Keys, wave: Wave, now: datetime) -> Desk:
    return Desk(db=db, keys=sealed, user_id=an_interviewer(db, now, waves=[wave]), now=now)


@pytest.fixture
def colleague(db: Connection, sealed: Keys, wave: Wave, now: datetime) -> Desk:
    return Desk(db=db, keys=sealed, user_id=an_interviewer(db, now, waves=[wave], login="sacha"), now=now)


@pytest.fixture
def boss(db: Connection, now: datetime) -> int:
    return an_interviewer(db, now, login="chef")


def counted(tally: Tally) -> dict[str, int]:
    """How many cases came to what, whether ever eligible or not."""
    found: Counter[str] = Counter()
    for one, count in tally.of.items():
        found[one.outcome.value] += count
    return dict(found)


def after(db: Connection, wave: Wave, at: datetime) -> dict[str, int]:
    return counted(rates(db, wave.id, at).whole.tally)


def ended(db: Connection, wave: Wave) -> dict[str, int]:
    reasons = db.scalars(select(cases.c.close_reason).where(cases.c.wave_id == wave.id)).all()
    return dict(Counter(reasons))


def complete(desk: Desk) -> int:
    held = desk.takes()
    tenant = desk.reaches(held)
    tenant.agrees()
    tenant.answers_on()
    desk.closes(Disposition.COMPLETE)
    return held.case_id


def an_evening(desk: Desk) -> dict[str, int]:
    """Nine cases, each with another end; returns them by what they came to."""
    done = {"complete": complete(desk)}
    for disposition in (
        Disposition.MOVED,
        Disposition.REFUSAL_PERSON,
        Disposition.OPPOSITION,
        Disposition.CALLBACK,
    ):
        held = desk.takes()
        desk.reaches(held).says("INT1", 1)
        desk.closes(disposition)
        done[disposition.value] = held.case_id
    held = desk.takes()
    tenant = desk.reaches(held)
    tenant.agrees()
    tenant.answers_on(until="I1")
    desk.closes(Disposition.BREAK_OFF)
    done["partial"] = held.case_id
    for key in (Key.NO_ANSWER, Key.BUSY):
        held = desk.takes()
        in_vain(desk, held, key)
        done[key.value] = held.case_id
    return done


def in_vain(desk: Desk, held: Held, key: Key = Key.NO_ANSWER) -> None:
    """Every number of the household is tried, each with the same end."""
    for number in range(len(usable_numbers(desk.db, held.household_id))):
        desk.hears(desk.dials(held, number=number), key)


EVENING = {
    "complete": 1,
    "moved": 1,
    "refusal_person": 1,
    "opposition": 1,
    "callback": 1,
    "partial": 1,
    "no_answer": 1,
    "busy": 1,
}


def test_before_its_field_opens_a_wave_has_no_case_in_the_field(
    db: Connection, wave: Wave, now: datetime
) -> None:
    before = rates(db, wave.id, now - MINUTE)
    assert (before.whole.tally.cases, before.whole.unreleased) == (0, 0), "the sample was not there yet"
    opened = rates(db, wave.id, now)
    assert (after(db, wave, now), opened.whole.unreleased) == ({"not_attempted": 16}, 0)


def test_a_bailleur_whose_field_is_not_open_counts_in_no_rate(
    db: Connection, wave: Wave, now: datetime
) -> None:
    db.execute(
        text("update wave_bailleurs set opened_at = :later where bailleur_id = :second"),
        {"later": now + DAY, "second": wave.bailleurs[1]},
    )
    early, late = rates(db, wave.id, now, By.BAILLEUR), rates(db, wave.id, now + DAY, By.BAILLEUR)
    assert [(line.tally.cases, line.unreleased) for line in early.lines] == [(8, 0), (0, 8)]
    assert [(line.tally.cases, line.unreleased) for line in late.lines] == [(8, 0), (8, 0)]


def test_each_case_counts_as_what_it_came_to(db: Connection, wave: Wave, desk: Desk, now: datetime) -> None:
    an_evening(desk)
    found = after(db, wave, now + HOUR)
    assert found == {**EVENING, "not_attempted": 8}
    # what is known one minute too early: interviews are complete with their last answer, the rest once they are closed
    assert after(db, wave, now + 45 * timedelta(seconds=1))["not_attempted"] > 8


@pytest.mark.parametrize("by", By)
def test_the_groups_have_all_cases_and_each_once(
    db: Connection, wave: Wave, desk: Desk, colleague: Desk, now: datetime, by: By
) -> None:
    an_evening(desk)
    complete(colleague)
    found = rates(db, wave.id, now + HOUR, by)
    assert found.whole.tally.cases == 16
    if by is By.WAVE:
        assert found.lines == []
    elif by is By.INTERVIEWER:
        assert {line.key: line.tally.cases for line in found.lines} == {"interviewer": 8, "sacha": 1}
    else:
        assert sum(line.tally.cases for line in found.lines) == 16


def test_no_later_day_changes_the_table_of_an_earlier_one(
    db: Connection, wave: Wave, desk: Desk, colleague: Desk, boss: int, now: datetime
) -> None:
    done = an_evening(desk)
    tonight = now + HOUR
    tables = {by: rates(db, wave.id, tonight, by) for by in By}
    for day in range(1, 4):
        nobody_answers(colleague.at(now + day * DAY), most=12)
    later = now + 14 * DAY
    reopening.reopen(db, done["moved"], "il habite toujours là", by=boss, now=later)
    rights.withdraw(db, done["complete"], "demandé par lettre", by=boss, now=later)
    correct(db, done["callback"], Disposition.DECEASED, boss, later)
    waves.close_wave(db, wave.id, later + HOUR)
    assert {by: rates(db, wave.id, tonight, by) for by in By} == tables
    before, at_last = after(db, wave, later - MINUTE), after(db, wave, later + HOUR)
    assert (before["complete"], before["moved"], before.get("withdrawn"), before.get("deceased")) == (
        1,
        1,
        None,
        None,
    )
    assert at_last["withdrawn"] == at_last["deceased"] == 1
    assert "complete" not in at_last


def nobody_answers(desk: Desk, *, most: int) -> None:
    """Whoever is due is called once more, in vain."""
    for _ in range(most):
        held = taking.take_next_case(desk.db, desk.user_id, desk.now)
        if not isinstance(held, Held):
            return
        in_vain(desk, held)


def correct(db: Connection, case_id: int, disposition: Disposition, boss: int, at: datetime) -> None:
    """The last attempt of the case was coded wrong."""
    attempt_id = db.scalar(
        select(attempts.c.id).where(attempts.c.case_id == case_id).order_by(attempts.c.id.desc()).limit(1)
    )
    row = {"attempt_id": attempt_id, "disposition": disposition, "reason": "mal codé", "corrected_by": boss}
    db.execute(insert(disposition_corrections).values(**row, corrected_at=at))


def test_when_the_field_ends_the_rates_say_what_closed_each_case(
    db: Connection, wave: Wave, desk: Desk, colleague: Desk, now: datetime
) -> None:
    an_evening(desk)
    for day in range(1, 4):
        nobody_answers(colleague.at(now + day * DAY), most=12)
    taken = quota_cells.c.done + quota_cells.c.reserved + quota_cells.c.promised
    db.execute(update(quota_cells).values(target=taken))
    over = now + 5 * DAY
    waves.close_wave(db, wave.id, over)
    found = after(db, wave, over)
    assert found == ended(db, wave)
    assert {"complete", "partial", "unreachable", "quota_full", "opposition"} <= set(found)


def test_a_number_that_is_dead_is_so_from_the_day_it_was_heard(
    db: Connection, wave: Wave, desk: Desk, now: datetime
) -> None:
    held = desk.takes()
    while len(usable_numbers(db, held.household_id)) > 1:
        in_vain(desk, held)
        held = desk.takes()
    early = after(db, wave, now)
    desk.hears(desk.dials(held), Key.WRONG_NUMBER)
    found = rates(db, wave.id, now + HOUR).whole.tally
    assert "no_number" not in early
    assert counted(found)["no_number"] == 1
    assert found.counts(WrongNumbers.UNKNOWN)["UO"] == 1
    assert found.counts(WrongNumbers.NOT_CONTACTED)["UO"] == 0
    assert found.share(Rate.RR1, WrongNumbers.UNKNOWN, None).under == 16


def test_a_refusal_that_a_colleague_converts_is_one_refusal_and_one_interview(
    db: Connection, wave: Wave, desk: Desk, colleague: Desk, now: datetime
) -> None:
    held = desk.takes()
    desk.reaches(held).says("INT1", 1)
    desk.closes(Disposition.REFUSAL_PERSON, refusal_kind=RefusalKind.SOFT)
    later = now + 13 * DAY
    db.execute(
        text("update case_queue set rank = -1, due_at = :due, skill = null where case_id = :case"),
        {"due": later - MINUTE, "case": held.case_id},
    )
    assert complete(colleague.at(later)) == held.case_id
    found = rates(db, wave.id, later + HOUR, By.INTERVIEWER)
    assert {line.key: counted(line.tally) for line in found.lines} == {
        "interviewer": {"refusal_person": 1},
        "sacha": {"complete": 1},
    }
    assert counted(found.whole.tally) == {"complete": 1, "not_attempted": 15}


def test_a_partial_interview_is_his_who_was_at_it_last(
    db: Connection, wave: Wave, desk: Desk, colleague: Desk, now: datetime
) -> None:
    held = desk.takes()
    tenant = desk.reaches(held)
    tenant.agrees()
    tenant.answers_on(until="I1")
    desk.closes(Disposition.BREAK_OFF)
    later = now + 2 * DAY
    db.execute(
        text("update case_queue set rank = -1, due_at = :due, skill = null where case_id = :case"),
        {"due": later - MINUTE, "case": held.case_id},
    )
    again = colleague.at(later).takes()
    assert again.case_id == held.case_id
    in_vain(colleague.at(later), again)
    found = rates(db, wave.id, later + HOUR, By.INTERVIEWER)
    assert {line.key: counted(line.tally) for line in found.lines} == {
        "interviewer": {"partial": 1},
        "sacha": {"no_answer": 1},
    }


def test_an_interview_found_invalid_is_so_from_the_day_it_was_said(
    db: Connection, wave: Wave, desk: Desk, boss: int, now: datetime
) -> None:
    case_id = complete(desk)
    export_id = db.scalar(select(interviews.c.export_id).where(interviews.c.case_id == case_id))
    assert isinstance(export_id, UUID)
    said = Pronounced(verdict=Verdict.INVALIDATED, reason="personne n’a été interrogé", seen=0)
    validating.pronounce(db, export_id, said, by=boss, now=now + DAY)
    dates = (now + HOUR, now + DAY)
    assert [after(db, wave, at).get("invalidated", 0) for at in dates] == [0, 1]
    assert [after(db, wave, at).get("complete", 0) for at in dates] == [1, 0]


def test_cases_read_by_words_are_the_cases_read_one_by_one(
    db: Connection, wave: Wave, desk: Desk, colleague: Desk, now: datetime
) -> None:
    an_evening(desk)
    nobody_answers(colleague.at(now + DAY), most=12)
    at = now + 2 * DAY
    every = rates_histories.of_cases(db, wave.id, at, most_attempts=1, most_dials=1)
    told = [one for one in every if one.history]
    exact = rates_exact.exactly(db, [one.case_id or 0 for one in told], at)
    assert len(told) > 8
    for one in told:
        looked_at = exact[one.case_id or 0]
        assert (one.often_called, one.cases, one.numbers_left) == (True, 1, bool(looked_at.usable))
        assert [short(each) for each in one.history] == [
            short(each) for each in without_vain(looked_at.history)
        ]


def without_vain(history: Sequence[AttemptFact]) -> list[AttemptFact]:
    """The attempts that reached somebody, and the last one."""
    last = len(history) - 1
    return [each for rank, each in enumerate(history) if rank == last or each.disposition not in IN_VAIN]


def short(attempt: AttemptFact) -> tuple[object, ...]:
    return attempt.disposition, attempt.is_hard_refusal, attempt.direction, attempt.return_on is None


said = st.builds(
    AttemptFact,
    attempt_id=st.just(1),
    interviewer_id=st.just(1),
    disposition=st.sampled_from(sorted(Disposition)),
    opened_at=st.just(datetime(2026, 11, 24, tzinfo=UTC)),
    closed_at=st.just(datetime(2026, 11, 24, tzinfo=UTC)),
    direction=st.sampled_from(sorted(Direction)),
    refusal_kind=st.none() | st.sampled_from(sorted(RefusalKind)),
    return_on=st.none() | st.just(date(2026, 12, 1)),
)


@given(
    st.lists(said, max_size=8),
    st.sampled_from([None, *sorted(InterviewState)]),
    st.integers(0, 1),
    st.booleans(),
)
def test_calls_in_vain_before_the_last_decide_nothing(
    history: list[AttemptFact], state: InterviewState | None, numbers_left: int, far: bool
) -> None:
    placed = [each for each in history if each.disposition is not Disposition.NOT_PLACED]
    case = CaseFacts(interview_state=state, numbers_left=numbers_left, partial_reached=far)
    assert outcome_so_far(history, case) is outcome_so_far(without_vain(placed), case)


def test_of_a_wave_that_is_not_there_nothing_is_said(db: Connection, now: datetime) -> None:
    with pytest.raises(NotFound):
        rates(db, 10**9, now)
