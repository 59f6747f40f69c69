"""What a supervisor, or the dpo, does with a case: what each act changes, and what stands against it."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, Row, select, text, update

from cati.calling.actions import opposing, sweeping
from cati.calling.store.checks import quota_differences
from cati.cases.rules import Disposition, Outcome, RefusalKind
from cati.cases.store import attempts
from cati.cases.tables import case_queue, cases
from cati.errors import AppointmentRefused, Conflict, Invalid
from cati.interviews import store as interviews
from cati.people import actions as people
from cati.people.actions import NewAssignment
from cati.quotas.tables import quota_cells
from cati.sample.tables import oppositions, phones
from cati.scheduling.tables import appointments
from cati.sealing import Keys
from cati.supervision.actions import booking, giving, reopening, rights
from cati.supervision.actions.booking import Wish
from cati.supervision.views import apart, casehistory, search
from cati.telephony.rules import Key
from cati.telephony.simulated import Fate
from tests.store.calls import DAY, MINUTE, PLAIN, Desk, case_of, counts, interview_of
from tests.stories import Household, Wave, a_wave, an_interviewer

WHY = "le locataire a écrit"


@pytest.fixture
def wave(db: Connection, sealed: Keys, now: datetime) -> Wave:
    rows = [Household(id=f"G{rank}", mobile=f"06 39 98 60 {rank:02}") for rank in (1, 2)]
    return a_wave(db, sealed, now, households=[rows], protocol=PLAIN, objective=2)


@pytest.fixture
def desk(db: Connection, sealed: Keys, wave: Wave, now: datetime) -> Desk:
    return Desk(db=db, keys=sealed, user_id=an_interviewer(db, now, waves=[wave]), now=now)


@pytest.fixture
def colleague(db: Connection, sealed: Keys, wave: Wave, now: datetime) -> Desk:
    user_id = an_interviewer(db, now, waves=[wave], login="sacha", first_name="Sacha")
    return Desk(db=db, keys=sealed, user_id=user_id, now=now)


@pytest.fixture
def boss(db: Connection, now: datetime) -> int:
    return an_interviewer(db, now, login="chef")


def a_case(db: Connection, rank: int = 0) -> int:
    return db.scalars(select(cases.c.id).order_by(cases.c.id).offset(rank).limit(1)).one()


def acts_on(db: Connection, case_id: int) -> list[tuple[str, str]]:
    query = text(
        "select action, purpose from audit_log where object_type = 'case' and object_id = :id and purpose is not null"
    )
    return [tuple(row) for row in db.execute(query, {"id": str(case_id)}) if row.action != "identity.read"]


def slot(now: datetime, days: int = 1) -> datetime:
    return now.replace(hour=10, minute=0) + timedelta(days=days)


def last_appointment(db: Connection, case_id: int) -> Row[tuple[object, ...]]:
    query = select(appointments).where(appointments.c.case_id == case_id)
    return db.execute(query.order_by(appointments.c.id.desc()).limit(1)).one()


class TestGiving:
    def test_a_waiting_case_comes_first_to_whom_it_is_given(
        self, db: Connection, desk: Desk, colleague: Desk, boss: int, now: datetime
    ) -> None:
        second = a_case(db, 1)
        db.execute(update(case_queue).where(case_queue.c.case_id == second).values(rank=0.99))
        giving.give(db, second, colleague.user_id, WHY, by=boss, now=now)
        assert desk.takes().case_id != second
        assert colleague.takes().case_id == second
        assert ("case.given", WHY) in acts_on(db, second)

    def test_it_waits_for_its_hour_all_the_same(
        self, db: Connection, desk: Desk, boss: int, now: datetime
    ) -> None:
        held = desk.takes()
        desk.hears(desk.dials(held, Fate.NO_ANSWER), Key.NO_ANSWER)
        due = case_of(db, held.case_id).due_at
        giving.give(db, held.case_id, desk.user_id, WHY, by=boss, now=now + MINUTE)
        assert case_of(db, held.case_id).due_at == due

    def test_after_a_day_it_is_anybodys(
        self, db: Connection, desk: Desk, colleague: Desk, boss: int, now: datetime
    ) -> None:
        for rank in (0, 1):
            giving.give(db, a_case(db, rank), colleague.user_id, WHY, by=boss, now=now)
        assert desk.finds_nothing()
        assert not desk.at(now + DAY).finds_nothing()

    def test_an_interrupted_interview_goes_on_at_once_with_another(
        self, db: Connection, desk: Desk, colleague: Desk, boss: int, now: datetime
    ) -> None:
        held = desk.takes()
        tenant = desk.reaches(held)
        tenant.agrees()
        later = now + 5 * MINUTE
        sweeping.sweep_leases(db, later)
        (line,) = apart.interrupted(db, later)
        assert (line.case_id, line.begun, line.owner) == (held.case_id, True, "Camille interviewer")
        assert colleague.at(later).takes().case_id != held.case_id, "it is his who began it for ten minutes"
        db.execute(
            update(case_queue)
            .where(case_queue.c.lease_by == colleague.user_id)
            .values(lease_by=None, lease_until=None, lease_token=None)
        )
        giving.give(db, held.case_id, colleague.user_id, WHY, by=boss, now=later)
        assert colleague.at(later).takes().case_id == held.case_id

    def test_a_firm_appointment_changes_hands_and_stays_firm(
        self, db: Connection, desk: Desk, colleague: Desk, boss: int, now: datetime
    ) -> None:
        held = desk.takes()
        desk.reaches(held).says("INT1", 1)
        desk.closes(Disposition.APPOINTMENT_FIRM, at=slot(now))
        giving.give(db, held.case_id, colleague.user_id, WHY, by=boss, now=now + 2 * MINUTE)
        row = case_of(db, held.case_id)
        assert (row.step, row.owner_id) == (2, colleague.user_id)
        assert last_appointment(db, held.case_id).owner_id == colleague.user_id

    def test_not_to_whom_it_was_refused(
        self, db: Connection, desk: Desk, colleague: Desk, boss: int, wave: Wave, now: datetime
    ) -> None:
        held = desk.takes()
        desk.reaches(held).says("INT1", 1)
        desk.closes(Disposition.REFUSAL_PERSON)
        with pytest.raises(Conflict, match="compétence « conversion »"):
            giving.give(db, held.case_id, colleague.user_id, WHY, by=boss, now=now + 2 * MINUTE)
        for user_id in (desk.user_id, colleague.user_id):
            trained = NewAssignment(user_id=user_id, wave_id=wave.id, starts_at=now, skill="conversion")
            people.assign(db, trained, now)
        with pytest.raises(Conflict, match="a refusé à ce télé-enquêteur"):
            giving.give(db, held.case_id, desk.user_id, WHY, by=boss, now=now + 2 * MINUTE)
        giving.give(db, held.case_id, colleague.user_id, WHY, by=boss, now=now + 2 * MINUTE)
        assert case_of(db, held.case_id).owner_id == colleague.user_id

    def test_not_to_somebody_of_another_wave(
        self, db: Connection, wave: Wave, boss: int, now: datetime
    ) -> None:
        with pytest.raises(Conflict, match="affecté"):
            giving.give(db, a_case(db), boss, WHY, by=boss, now=now)

    def test_not_while_somebody_holds_it(
        self, db: Connection, desk: Desk, colleague: Desk, boss: int, now: datetime
    ) -> None:
        held = desk.takes()
        with pytest.raises(Conflict, match="libérez-le"):
            giving.give(db, held.case_id, colleague.user_id, WHY, by=boss, now=now)

    def test_not_without_a_reason(self, db: Connection, desk: Desk, boss: int, now: datetime) -> None:
        with pytest.raises(Invalid):
            giving.give(db, a_case(db), desk.user_id, "  ", by=boss, now=now)


class TestBooking:
    def test_a_soft_time_comes_due_then(self, db: Connection, desk: Desk, boss: int, now: datetime) -> None:
        case_id, at = a_case(db), slot(now)
        wish = Wish(at=at, firm=False, with_leaseholder=False)
        booking.book(db, case_id, wish, WHY, by=boss, now=now)
        row = case_of(db, case_id)
        assert (row.wait_reason, row.step, row.due_at) == ("soft", 5, at)
        assert ("case.booked", WHY) in acts_on(db, case_id)

    def test_a_firm_one_is_agreed_with_the_person_herself(
        self, db: Connection, desk: Desk, boss: int, now: datetime
    ) -> None:
        case_id, at = a_case(db), slot(now)
        with pytest.raises(AppointmentRefused, match="elle-même"):
            booking.book(db, case_id, Wish(at=at, firm=True, with_leaseholder=False), WHY, by=boss, now=now)
        booking.book(db, case_id, Wish(at=at, firm=True, with_leaseholder=True), WHY, by=boss, now=now)
        row = case_of(db, case_id)
        assert (row.wait_reason, row.step, row.due_at) == ("firm", 2, at - 2 * MINUTE)
        assert desk.at(at).takes().case_id == case_id

    @pytest.mark.parametrize("hour", [3, 22])
    def test_at_a_permitted_time_only(
        self, db: Connection, wave: Wave, boss: int, now: datetime, hour: int
    ) -> None:
        at = slot(now).replace(hour=hour)
        with pytest.raises(AppointmentRefused, match="hors des plages"):
            booking.book(
                db, a_case(db), Wish(at=at, firm=False, with_leaseholder=False), WHY, by=boss, now=now
            )

    def test_it_takes_the_place_of_the_one_that_stood_and_gives_its_place_back(
        self, db: Connection, desk: Desk, boss: int, now: datetime
    ) -> None:
        held = desk.takes()
        tenant = desk.reaches(held)
        tenant.says("INT1", 1)
        tenant.says("INT2", 2)
        desk.closes(Disposition.APPOINTMENT_FIRM, at=slot(now))
        assert counts(db, held.cell_id) == (0, 0, 1)
        wish = Wish(at=slot(now, 2), firm=False, with_leaseholder=True)
        booking.book(db, held.case_id, wish, WHY, by=boss, now=now + 2 * MINUTE)
        states = db.scalars(select(appointments.c.state).order_by(appointments.c.id)).all()
        assert states == ["cancelled", "planned"]
        assert counts(db, held.cell_id) == (0, 0, 0)
        assert quota_differences(db) == []

    def test_a_closed_case_is_taken_up_again_by_it(
        self, db: Connection, desk: Desk, colleague: Desk, boss: int, now: datetime
    ) -> None:
        held = desk.takes()
        desk.reaches(held).says("INT1", 1)
        desk.closes(Disposition.REFUSAL_PERSON, refusal_kind=RefusalKind.HARD)
        at = slot(now)
        wish = Wish(at=at, firm=False, with_leaseholder=True)
        booking.book(db, held.case_id, wish, WHY, by=boss, now=now + 2 * MINUTE)
        assert case_of(db, held.case_id).state == "waiting"
        then = colleague.at(at)
        again = then.takes()
        assert again.case_id == held.case_id
        then.hears(then.dials(again), Key.NO_ANSWER)
        assert case_of(db, held.case_id).state == "waiting", "the refusal of before closes it no more"


class TestReopening:
    def refused(self, desk: Desk) -> int:
        held = desk.takes()
        desk.reaches(held).says("INT1", 1)
        desk.closes(Disposition.REFUSAL_PERSON, refusal_kind=RefusalKind.HARD)
        return held.case_id

    def test_it_waits_again_and_its_history_stays(
        self, db: Connection, desk: Desk, boss: int, now: datetime
    ) -> None:
        case_id = self.refused(desk)
        reopening.reopen(db, case_id, WHY, by=boss, now=now + 2 * MINUTE)
        row = case_of(db, case_id)
        assert (row.state, row.ready, row.not_user_id is None) == ("waiting", True, True)
        assert [each.disposition for each in attempts.history(db, case_id)] == ["refusal_person"]
        interview = interview_of(db, case_id)
        assert interview is not None
        assert interview.state == "suspended"
        told = [entry.what for entry in casehistory.history(db, case_id)]
        assert "Dossier rouvert" in told
        assert "Refus de la personne (définitif)" in told

    def test_what_is_said_afterwards_closes_it_again(
        self, db: Connection, desk: Desk, colleague: Desk, boss: int, now: datetime
    ) -> None:
        case_id = self.refused(desk)
        reopening.reopen(db, case_id, WHY, by=boss, now=now + 2 * MINUTE)
        db.execute(update(case_queue).where(case_queue.c.case_id == case_id).values(due_at=now, rank=0))
        then = colleague.at(now + timedelta(minutes=10))
        assert then.takes().case_id == case_id
        then.reaches(then.takes()).says("INT1", 1)
        then.closes(Disposition.MOVED)
        assert case_of(db, case_id).close_reason == "moved"

    @pytest.mark.parametrize(
        "outcome",
        [
            Outcome.OPPOSITION,
            Outcome.WITHDRAWN,
            Outcome.COMPLETE,
            Outcome.SURPLUS,
            Outcome.INVALIDATED,
            Outcome.UNREACHABLE,
            Outcome.DUPLICATE,
        ],
    )
    def test_what_is_never_reopened(
        self, db: Connection, wave: Wave, boss: int, now: datetime, outcome: Outcome
    ) -> None:
        case_id = a_case(db)
        closed = update(cases).where(cases.c.id == case_id)
        db.execute(closed.values(state="closed", wait_reason=None, close_reason=outcome))
        with pytest.raises(Conflict):
            reopening.reopen(db, case_id, WHY, by=boss, now=now)
        assert acts_on(db, case_id) == []

    def test_a_full_quota_stays_said_until_there_is_room(
        self, db: Connection, wave: Wave, boss: int, now: datetime
    ) -> None:
        case_id = a_case(db)
        closed = update(cases).where(cases.c.id == case_id)
        db.execute(closed.values(state="closed", wait_reason=None, close_reason="quota_full"))
        db.execute(update(quota_cells).values(done=quota_cells.c.target))
        with pytest.raises(Conflict, match="augmentez d’abord sa marge"):
            reopening.reopen(db, case_id, WHY, by=boss, now=now)
        db.execute(update(quota_cells).values(margin=1))
        reopening.reopen(db, case_id, WHY, by=boss, now=now)
        assert case_of(db, case_id).state == "waiting"


class TestRights:
    def test_an_opposition_closes_every_open_case_of_the_numbers(
        self, db: Connection, sealed: Keys, desk: Desk, boss: int, now: datetime
    ) -> None:
        case_id = a_case(db)
        other = a_wave(
            db, sealed, now, households=[[Household(id="Z9", mobile="06 39 98 60 01")]], code="autre"
        )
        elsewhere = db.scalars(select(cases.c.id).where(cases.c.wave_id == other.id)).one()
        assert rights.oppose(db, case_id, WHY, by=boss, now=now) == 2
        assert case_of(db, case_id).close_reason == case_of(db, elsewhere).close_reason == "opposition"
        assert len(db.execute(select(oppositions)).all()) == 1
        assert ("opposition", WHY) in acts_on(db, case_id)

    def test_who_is_on_the_line_meanwhile_is_left_in_peace_afterwards(
        self, db: Connection, desk: Desk, boss: int, now: datetime
    ) -> None:
        """The household's other half opposed in another wave: this call ends as it ends, and is the last."""
        held = desk.takes()
        number = db.scalars(
            select(phones.c.phone_hmac).where(phones.c.household_id == held.household_id)
        ).one()
        desk.reaches(held).says("INT1", 1)
        assert opposing.oppose_number(db, number, boss, now) == 0
        desk.closes(Disposition.CALLBACK)
        assert case_of(db, held.case_id).close_reason == "opposition"

    def test_a_complete_interview_stays_complete(
        self, db: Connection, desk: Desk, boss: int, now: datetime
    ) -> None:
        held = desk.takes()
        tenant = desk.reaches(held)
        tenant.agrees()
        tenant.answers_on()
        desk.closes(Disposition.COMPLETE)
        rights.oppose(db, held.case_id, WHY, by=boss, now=now + DAY)
        assert case_of(db, held.case_id).close_reason == "complete"
        assert counts(db, held.cell_id) == (1, 0, 0)

    def test_a_withdrawal_erases_the_answers_and_gives_the_place_back(
        self, db: Connection, desk: Desk, boss: int, now: datetime
    ) -> None:
        held = desk.takes()
        tenant = desk.reaches(held)
        tenant.agrees()
        tenant.answers_on()
        desk.closes(Disposition.COMPLETE)
        rights.withdraw(db, held.case_id, WHY, by=boss, now=now + DAY)
        interview = interviews.load(db, tenant.interview_id)
        assert (interview.state, dict(interview.answers)) == ("withdrawn", {})
        assert case_of(db, held.case_id).close_reason == "withdrawn"
        assert counts(db, held.cell_id) == (0, 0, 0)
        assert quota_differences(db) == []
        with pytest.raises(Conflict):
            rights.withdraw(db, held.case_id, WHY, by=boss, now=now + DAY)

    def test_nothing_to_erase_is_said(self, db: Connection, wave: Wave, boss: int, now: datetime) -> None:
        with pytest.raises(Conflict, match="aucune réponse"):
            rights.withdraw(db, a_case(db), WHY, by=boss, now=now)

    def test_a_lifted_opposition_frees_the_numbers_and_leaves_the_case_closed(
        self, db: Connection, wave: Wave, boss: int, now: datetime
    ) -> None:
        case_id = a_case(db)
        rights.oppose(db, case_id, WHY, by=boss, now=now)
        assert rights.lift_opposition(db, case_id, "lettre du 12", by=boss, now=now + DAY) == 1
        row = db.execute(select(oppositions)).one()
        assert (row.lifted_by, row.lifted_reason) == (boss, "lettre du 12")
        assert set(db.scalars(select(phones.c.status))) == {"usable"}
        assert case_of(db, case_id).close_reason == "opposition"


def test_a_case_is_found_by_the_bailleurs_identifier_and_only_his(db: Connection, wave: Wave) -> None:
    (found,) = search.by_external_id(db, "G2", wave.bailleurs[0])
    assert found.case_id == a_case(db, 1)
    assert search.by_external_id(db, "G2", wave.bailleurs[0] + 99) == []
