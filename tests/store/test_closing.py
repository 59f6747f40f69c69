"""What each disposition makes of the case, its place in the queue, its interview and its quota place."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Connection, Update, func, select, update

from cati.calling.actions import closing
from cati.calling.store.checks import quota_differences
from cati.cases.rules import Disposition, RefusalKind
from cati.cases.store import attempts
from cati.cases.store.queue import Held
from cati.cases.tables import attempts as attempt_rows
from cati.cases.tables import case_queue
from cati.errors import AppointmentRefused, CaseTaken, DispositionRefused
from cati.interviews.tables import answer_events, answers
from cati.sample.tables import oppositions, phones
from cati.scheduling.tables import appointments
from cati.sealing import Keys
from cati.telephony.rules import Key
from cati.telephony.simulated import Fate
from tests.store.calls import DAY, MINUTE, PLAIN, Desk, case_of, counts, interview_of, place_of
from tests.stories import Household, Wave, a_wave, an_interviewer

TOMORROW_10 = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)  # 10:00 in Lille
THURSDAY = datetime(2026, 11, 26, 17, 30, tzinfo=UTC)

Story = Callable[[Desk, Held], None]


def single(count: int, prefix: str = "S", first: int = 1) -> list[Household]:
    """Households with one number each, none in a QPV."""
    return [
        Household(id=f"{prefix}{rank}", mobile=f"06 39 98 20 {rank:02}")
        for rank in range(first, first + count)
    ]


@pytest.fixture
def wave(db: Connection, sealed: Keys, now: datetime) -> Wave:
    return a_wave(db, sealed, now, households=[single(3)], protocol=PLAIN)


@pytest.fixture
def desk(db: Connection, sealed: Keys, wave: Wave, now: datetime) -> Desk:
    return Desk(db=db, keys=sealed, user_id=an_interviewer(db, now, waves=[wave]), now=now)


def only(case_id: int) -> Update:
    """Every other case out of the queue."""
    return update(case_queue).where(case_queue.c.case_id != case_id).values(ready=False)


def nobody(fate: Fate, key: Key) -> Story:
    def story(desk: Desk, held: Held) -> None:
        desk.hears(desk.dials(held, fate), key)

    return story


def somebody(desk: Desk, held: Held) -> None:
    desk.reaches(held).says("INT1", 1)


def later(desk: Desk, held: Held) -> None:
    tenant = desk.reaches(held)
    tenant.says("INT1", 1)
    tenant.says("INT2", 2)


def begun(desk: Desk, held: Held) -> None:
    tenant = desk.reaches(held)
    tenant.agrees()
    tenant.says("A1", 2)


def finished(desk: Desk, held: Held) -> None:
    tenant = desk.reaches(held)
    tenant.agrees()
    tenant.answers_on()


@dataclass(frozen=True)
class Row:
    """A line of the table of dispositions: what happened, what is said, what follows."""

    story: Story
    disposition: Disposition | None  #: None: the keys of the call closed it
    case: str  #: state and reason
    interview: str | None = None
    place: str | None = None
    due: datetime | None = None
    step: int | None = None
    said: dict[str, object] = field(default_factory=dict)


D, HARD = Disposition, {"refusal_kind": RefusalKind.HARD}
NOW = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
TABLE = {
    "complete": Row(finished, D.COMPLETE, "closed complete", "complete", "done"),
    "break-off": Row(begun, D.BREAK_OFF, "waiting callback", "suspended", "released", TOMORROW_10, 5),
    "firm, eligible": Row(
        begun, D.APPOINTMENT_FIRM, "waiting firm", "suspended", "reserved", THURSDAY - 2 * MINUTE, 2,
        {"at": THURSDAY},
    ),
    "firm, before eligibility": Row(
        later, D.APPOINTMENT_FIRM, "waiting firm", "suspended", "promised", THURSDAY - 2 * MINUTE, 2,
        {"at": THURSDAY},
    ),
    "soft": Row(later, D.APPOINTMENT_SOFT, "waiting soft", "suspended", None, THURSDAY, 5, {"at": THURSDAY}),
    "soft without an hour": Row(later, D.APPOINTMENT_SOFT, "waiting soft", "suspended", None, TOMORROW_10, 5),
    "callback": Row(somebody, D.CALLBACK, "waiting callback", "suspended", None, TOMORROW_10, 5),
    "callback at an hour": Row(
        somebody, D.CALLBACK, "waiting callback", "suspended", None, THURSDAY, 5, {"at": THURSDAY}
    ),
    "no answer": Row(nobody(Fate.NO_ANSWER, Key.NO_ANSWER), None, "waiting retry", None, None, TOMORROW_10, 6),
    "busy": Row(nobody(Fate.BUSY, Key.BUSY), None, "waiting retry", None, None, NOW + 10 * MINUTE, 6),
    "machine": Row(nobody(Fate.MACHINE, Key.MACHINE), None, "waiting retry", None, None, TOMORROW_10, 6),
    "wrong number, the last": Row(nobody(Fate.STRANGER, Key.WRONG_NUMBER), None, "closed no_number"),
    "dead number, the last": Row(nobody(Fate.DEAD_NUMBER, Key.DEAD_NUMBER), None, "closed no_number"),
    "a stranger says so": Row(somebody, D.WRONG_NUMBER, "closed no_number", "not_interviewed"),
    "a line fault": Row(nobody(Fate.LINE_FAULT, Key.NO_ANSWER), None, "waiting fresh", None, None, NOW, 6),
    "soft refusal": Row(
        somebody, D.REFUSAL_PERSON, "waiting conversion", "suspended", None, NOW + 10 * DAY, 6
    ),
    "soft refusal, eligible": Row(
        begun, D.REFUSAL_PERSON, "waiting conversion", "suspended", "released", NOW + 10 * DAY, 6
    ),
    "hard refusal": Row(
        somebody, D.REFUSAL_PERSON, "closed refusal_person", "not_interviewed", None, said=HARD
    ),
    "hard refusal of the household": Row(
        begun, D.REFUSAL_HOUSEHOLD, "closed refusal_household", "broken_off", "released", said=HARD
    ),
    "opposition": Row(somebody, D.OPPOSITION, "closed opposition", "not_interviewed"),
    "withdrawn": Row(begun, D.WITHDRAWN, "closed withdrawn", "withdrawn", "released"),
    "withdrawn once complete": Row(finished, D.WITHDRAWN, "closed withdrawn", "withdrawn", "released"),
    "opposition once complete": Row(finished, D.OPPOSITION, "closed opposition", "complete", "done"),
    "moved": Row(begun, D.MOVED, "closed moved", "broken_off", "released"),
    "deceased": Row(somebody, D.DECEASED, "closed deceased", "not_interviewed"),
    "owner": Row(somebody, D.OWNER, "closed owner", "not_interviewed"),
    "duplicate": Row(somebody, D.DUPLICATE, "closed duplicate", "not_interviewed"),
    "language, nobody speaks it": Row(somebody, D.LANGUAGE, "closed language", "not_interviewed"),
    "unable": Row(somebody, D.UNABLE, "closed unable", "not_interviewed"),
    "away for good": Row(somebody, D.AWAY, "closed away", "not_interviewed"),
    "away until Thursday": Row(
        somebody, D.AWAY, "waiting callback", "suspended", None, datetime(2026, 11, 26, 9, 0, tzinfo=UTC), 5,
        {"return_on": date(2026, 11, 26)},
    ),
}  # fmt: skip


@pytest.mark.parametrize("row", TABLE.values(), ids=TABLE.keys())
def test_what_each_disposition_brings_about(db: Connection, desk: Desk, row: Row) -> None:
    held = desk.takes()
    row.story(desk, held)
    if row.disposition is not None:
        desk.closes(row.disposition, **row.said)
    case = case_of(db, held.case_id)
    assert f"{case.state} {case.wait_reason or case.close_reason}" == row.case
    assert case.lease_by is None
    assert case.ready == (case.state == "waiting")
    if row.due is not None:
        assert (case.due_at, case.step) == (row.due, row.step)
    interview = interview_of(db, held.case_id)
    assert (interview.state if interview else None) == row.interview
    assert place_of(db, held.case_id) == row.place
    assert case.holds_place == (row.place in {"done", "reserved", "promised"})
    assert quota_differences(db) == []


class TestAttempts:
    def test_one_attempt_closed_once_for_a_call(self, db: Connection, desk: Desk) -> None:
        somebody(desk, desk.takes())
        desk.closes(Disposition.CALLBACK)
        with pytest.raises(CaseTaken):
            desk.closes(Disposition.CALLBACK)
        assert db.scalar(select(func.count()).select_from(attempt_rows)) == 1

    def test_a_case_given_back_undialled_waits_as_it_did_and_cost_nothing(
        self, db: Connection, desk: Desk
    ) -> None:
        held = desk.takes()
        before = case_of(db, held.case_id)
        closing.release(db, desk.user_id, desk.now + MINUTE)
        after = case_of(db, held.case_id)
        assert (after.state, after.wait_reason, after.due_at, after.fresh) == (
            "waiting", "fresh", before.due_at, True,
        )  # fmt: skip
        history = attempts.history(db, held.case_id)
        assert [(each.disposition, each.counts) for each in history] == [(Disposition.NOT_PLACED, False)]

    def test_a_case_dialled_is_not_given_back(self, desk: Desk) -> None:
        desk.dials(desk.takes())
        with pytest.raises(DispositionRefused):
            closing.release(desk.db, desk.user_id, desk.now)

    @pytest.mark.parametrize(
        ("story", "impossible"),
        [
            (somebody, Disposition.COMPLETE),  # the route is not complete
            (somebody, Disposition.BREAK_OFF),  # nothing was begun
            (begun, Disposition.WRONG_NUMBER),  # he answered questions
            (finished, Disposition.REFUSAL_PERSON),  # too late
            (somebody, Disposition.NOT_PLACED),  # somebody was rung
        ],
    )
    def test_what_the_call_does_not_bear_out_is_refused(
        self, desk: Desk, story: Story, impossible: Disposition
    ) -> None:
        story(desk, desk.takes())
        with pytest.raises(DispositionRefused):
            desk.closes(impossible)

    def test_a_line_that_failed_may_be_said_so(self, db: Connection, desk: Desk) -> None:
        held = desk.takes()
        desk.dials(held, Fate.LINE_FAULT)
        with pytest.raises(DispositionRefused):
            desk.closes(Disposition.NO_ANSWER)
        desk.closes(Disposition.NOT_PLACED)
        assert case_of(db, held.case_id).fresh
        assert not attempts.history(db, held.case_id)[0].counts


class TestRefusals:
    def test_a_conversion_is_given_to_somebody_trained_never_to_the_one_who_was_refused(
        self, db: Connection, desk: Desk, wave: Wave, now: datetime
    ) -> None:
        held = desk.takes()
        somebody(desk, held)
        desk.closes(Disposition.REFUSAL_PERSON)
        again = desk.at(now + 10 * DAY + MINUTE)
        others = [again.takes().case_id]
        again.closes(Disposition.NOT_PLACED)
        assert held.case_id not in others
        other = Desk(
            db=db, keys=desk.keys, now=again.now,
            user_id=an_interviewer(db, now, waves=[wave], login="autre", skill="conversion"),
        )  # fmt: skip
        untrained = replace(other, user_id=an_interviewer(db, now, waves=[wave], login="tiers"))
        db.execute(only(held.case_id))
        assert again.finds_nothing()
        assert untrained.finds_nothing()
        assert other.takes().case_id == held.case_id

    def test_a_second_refusal_is_final(self, db: Connection, desk: Desk, wave: Wave, now: datetime) -> None:
        held = desk.takes()
        db.execute(only(held.case_id))
        somebody(desk, held)
        desk.closes(Disposition.REFUSAL_PERSON)
        other = Desk(
            db=db, keys=desk.keys, now=now + 10 * DAY + MINUTE,
            user_id=an_interviewer(db, now, waves=[wave], login="autre", skill="conversion"),
        )  # fmt: skip
        somebody(other, other.takes())
        other.closes(Disposition.REFUSAL_HOUSEHOLD)
        assert case_of(db, held.case_id).close_reason == "refusal_household"

    def test_a_refusal_undoes_eligibility_but_not_that_there_was_some(
        self, db: Connection, desk: Desk
    ) -> None:
        held = desk.takes()
        begun(desk, held)
        desk.closes(Disposition.REFUSAL_PERSON)
        interview = interview_of(db, held.case_id)
        assert interview is not None
        assert (interview.eligible_at, interview.eligible_call) == (None, None)
        assert interview.first_eligible_at is not None

    def test_a_break_off_leaves_eligibility_as_it_is(self, db: Connection, desk: Desk) -> None:
        held = desk.takes()
        begun(desk, held)
        desk.closes(Disposition.BREAK_OFF)
        interview = interview_of(db, held.case_id)
        assert interview is not None
        assert interview.eligible_at is not None

    def test_an_opposition_closes_every_number_of_the_household_in_every_wave(
        self, db: Connection, sealed: Keys, now: datetime
    ) -> None:
        shared = Household(id="O1", mobile="06 39 98 30 01", fixed="03 53 01 30 01")
        first = a_wave(db, sealed, now, households=[[shared]], protocol=PLAIN)
        second = a_wave(
            db, sealed, now, households=[[shared, *single(1, "P", 40)]], protocol=PLAIN, code="autre-2026"
        )
        desk = Desk(db=db, keys=sealed, now=now, user_id=an_interviewer(db, now, waves=[first], login="un"))
        somebody(desk, desk.takes())
        desk.closes(Disposition.OPPOSITION)
        assert db.scalar(select(func.count()).select_from(oppositions)) == 2
        assert db.scalar(select(func.count()).where(phones.c.status == "opposed")) == 4
        other = Desk(
            db=db, keys=sealed, now=now, user_id=an_interviewer(db, now, waves=[second], login="deux")
        )
        other.dials(other.takes())
        other.closes(Disposition.NO_ANSWER)
        assert other.finds_nothing()


class TestWithdrawal:
    def test_the_answers_are_gone_and_that_there_were_some_is_kept(self, db: Connection, desk: Desk) -> None:
        held = desk.takes()
        begun(desk, held)
        before = db.scalar(select(func.count()).select_from(answer_events))
        desk.closes(Disposition.WITHDRAWN)
        assert db.scalar(select(func.count()).select_from(answers)) == 0
        assert db.scalar(select(func.count()).select_from(answer_events)) == before
        kept = select(func.count()).where(answer_events.c.value.is_not(None))
        assert db.scalar(kept) == 0

    def test_what_was_done_falls(self, db: Connection, desk: Desk) -> None:
        held = desk.takes()
        finished(desk, held)
        assert counts(db, held.cell_id) == (1, 0, 0)
        desk.closes(Disposition.WITHDRAWN)
        assert counts(db, held.cell_id) == (0, 0, 0)


class TestAppointments:
    def test_a_firm_one_needs_an_hour_that_is_permitted(self, desk: Desk) -> None:
        later(desk, desk.takes())
        for at in (None, THURSDAY.replace(hour=5), desk.now - MINUTE, datetime(2026, 12, 25, 10, tzinfo=UTC)):
            with pytest.raises(AppointmentRefused):
                desk.closes(Disposition.APPOINTMENT_FIRM, at=at)

    def test_a_firm_one_is_made_with_the_leaseholderonly(self, desk: Desk) -> None:
        desk.reaches(desk.takes()).says("INT1", 3)
        with pytest.raises(DispositionRefused):
            desk.closes(Disposition.APPOINTMENT_FIRM, at=THURSDAY)

    def test_without_a_place_left_only_a_soft_one_is_possible(
        self, db: Connection, sealed: Keys, now: datetime
    ) -> None:
        wave = a_wave(db, sealed, now, households=[single(3)], protocol=PLAIN, objective=1, code="petite")
        first, second = (
            Desk(db=db, keys=sealed, now=now, user_id=an_interviewer(db, now, waves=[wave], login=login))
            for login in ("un", "deux")
        )
        one, two = first.takes(), second.takes()
        later(first, one)
        later(second, two)
        first.closes(Disposition.APPOINTMENT_FIRM, at=THURSDAY)
        with pytest.raises(DispositionRefused):
            second.closes(Disposition.APPOINTMENT_FIRM, at=THURSDAY)
        second.closes(Disposition.APPOINTMENT_SOFT, at=THURSDAY)
        assert counts(db, one.cell_id) == (0, 0, 1)

    def test_a_promise_becomes_a_reserved_place_at_eligibility(self, db: Connection, desk: Desk) -> None:
        held = desk.takes()
        db.execute(only(held.case_id))
        later(desk, held)
        desk.closes(Disposition.APPOINTMENT_FIRM, at=THURSDAY)
        kept = desk.at(THURSDAY - MINUTE)
        again = kept.takes()
        assert again.case_id == held.case_id
        kept.reaches(again).agrees()
        assert counts(db, held.cell_id) == (0, 1, 0)
        kept.closes(Disposition.BREAK_OFF)
        assert db.scalar(select(appointments.c.state)) == "kept"

    def test_a_promise_given_up_for_a_soft_hour_gives_its_place_back(
        self, db: Connection, desk: Desk
    ) -> None:
        held = desk.takes()
        db.execute(only(held.case_id))
        later(desk, held)
        desk.closes(Disposition.APPOINTMENT_FIRM, at=THURSDAY)
        kept = desk.at(THURSDAY)
        later(kept, kept.takes())
        kept.closes(Disposition.APPOINTMENT_SOFT)
        assert place_of(db, held.case_id) == "released"
        assert quota_differences(db) == []

    def test_a_machine_at_the_hour_agreed_is_a_missed_appointment_that_stays_firm(
        self, db: Connection, desk: Desk
    ) -> None:
        held = desk.takes()
        db.execute(only(held.case_id))
        later(desk, held)
        desk.closes(Disposition.APPOINTMENT_FIRM, at=THURSDAY)
        kept = desk.at(THURSDAY)
        kept.reaches(kept.takes())  # « answered », yet it was a machine
        kept.closes(Disposition.ANSWERING_MACHINE)
        case = case_of(db, held.case_id)
        assert (case.wait_reason, case.due_at) == ("firm", THURSDAY + DAY - 2 * MINUTE)
        assert place_of(db, held.case_id) == "promised"

    def test_missed_twice_it_gives_its_promise_back(self, db: Connection, desk: Desk) -> None:
        held = desk.takes()
        db.execute(only(held.case_id))
        later(desk, held)
        desk.closes(Disposition.APPOINTMENT_FIRM, at=THURSDAY)
        for day in (THURSDAY, THURSDAY + DAY):
            kept = desk.at(day)
            kept.hears(kept.dials(kept.takes()), Key.NO_ANSWER)
        assert case_of(db, held.case_id).wait_reason == "retry"
        assert place_of(db, held.case_id) == "released"


class TestLanguage:
    def test_it_goes_first_to_an_interviewer_who_speaks_another(
        self, db: Connection, desk: Desk, wave: Wave, now: datetime
    ) -> None:
        polyglot = an_interviewer(db, now, waves=[wave], login="polyglotte", skill="language")
        held = desk.takes()
        db.execute(only(held.case_id))
        somebody(desk, held)
        desk.closes(Disposition.LANGUAGE)
        tomorrow = desk.at(TOMORROW_10 + timedelta(hours=2))
        assert tomorrow.finds_nothing()
        other = Desk(db=db, keys=desk.keys, user_id=polyglot, now=tomorrow.now)
        somebody(other, other.takes())
        other.closes(Disposition.LANGUAGE)
        assert case_of(db, held.case_id).close_reason == "language"
