"""A tenant calls by himself: each state his case may be in, the quota that is full, two who type at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from sqlalchemy import Connection, select, text, update

from cati.calling.actions import closing, inbound, opposing, sweeping, taking
from cati.calling.actions.inbound import Call, Elsewhere, NotBegun, NotHeard, Several, Taken, Unknown
from cati.calling.store.checks import quota_differences
from cati.cases.rules import CaseState, Disposition, Outcome, OwnCall, RefusalKind
from cati.cases.store import attempts
from cati.cases.store.queue import Held
from cati.cases.tables import attempts as attempt_rows
from cati.cases.tables import case_queue, cases, dials
from cati.errors import Conflict, NotFound
from cati.interviews import store as interviews
from cati.phone import one_number
from cati.quotas import store as quotas
from cati.quotas.tables import quota_cells
from cati.sample.tables import oppositions, phones
from cati.scheduling.rules import counted_attempts, may_dial
from cati.scheduling.tables import appointments
from cati.sealing import Keys
from cati.telephony.rules import Key
from cati.telephony.simulated import Fate
from tests.conftest import Database
from tests.store.calls import DAY, MINUTE, PLAIN, Desk, case_of, counts, interview_of
from tests.stories import Household, Tenant, Wave, a_case_in_hand, a_wave, an_interviewer

SUNDAY = timedelta(days=5)
NUMBER = "06 39 98 40 01"


def household(rank: int, mobile: str = "") -> Household:
    return Household(id=f"I{rank}", mobile=mobile or f"06 39 98 40 {rank:02}")


@pytest.fixture
def wave(db: Connection, sealed: Keys, now: datetime) -> Wave:
    return a_wave(db, sealed, now, households=[[household(1)]], protocol=PLAIN, objective=3)


@pytest.fixture
def desk(db: Connection, sealed: Keys, wave: Wave, now: datetime) -> Desk:
    return Desk(db=db, keys=sealed, user_id=an_interviewer(db, now, waves=[wave]), now=now)


@pytest.fixture
def colleague(db: Connection, sealed: Keys, wave: Wave, now: datetime) -> Desk:
    user_id = an_interviewer(db, now, waves=[wave], login="sacha", first_name="Sacha")
    return Desk(db=db, keys=sealed, user_id=user_id, now=now)


def calls_in(desk: Desk, number: str = NUMBER, case_id: int | None = None) -> inbound.Answer:
    """The number as dictated, typed in at this desk."""
    e164 = one_number(number)
    assert e164 is not None
    call = Call(id=uuid4(), number=desk.keys.phone_hmac(e164), case_id=case_id)
    return inbound.take_call(desk.db, desk.user_id, call, desk.now)


def on_the_line(desk: Desk, taken: inbound.Answer) -> Tenant:
    assert isinstance(taken, Taken), taken
    return Tenant(
        db=desk.db,
        user_id=desk.user_id,
        interview_id=taken.interview_id,
        now=desk.now + timedelta(seconds=20),
    )


def the_case(db: Connection) -> int:
    return db.execute(select(cases.c.id).order_by(cases.c.id).limit(1)).scalar_one()


def closed_as(db: Connection, outcome: Outcome) -> int:
    """The case as it is once closed so, whatever led there."""
    case_id = the_case(db)
    db.execute(
        update(cases)
        .where(cases.c.id == case_id)
        .values(state="closed", wait_reason=None, close_reason=outcome)
    )
    db.execute(update(case_queue).where(case_queue.c.case_id == case_id).values(ready=False))
    return case_id


class TestTheCallThatComesIn:
    def test_the_case_is_taken_with_an_attempt_of_the_tenants_own_and_a_call_that_counts(
        self, db: Connection, desk: Desk
    ) -> None:
        tenant = on_the_line(desk, calls_in(desk))
        case_id = the_case(db)
        made = db.execute(select(attempt_rows).where(attempt_rows.c.case_id == case_id)).one()
        call = db.execute(select(dials).where(dials.c.attempt_id == made.id)).one()
        assert (made.direction, made.closed_at, call.call_no) == ("inbound", None, 1)
        assert call.placed_at == call.answered_at == desk.now
        assert interviews.load(db, tenant.interview_id).call_no == 1

    def test_the_identity_read_is_audited_and_the_number_is_not(self, db: Connection, desk: Desk) -> None:
        calls_in(desk)
        lines = db.execute(text("select action, object_type, object_id, purpose from audit_log")).all()
        case_id = str(the_case(db))
        assert ("identity.read", "case", case_id, "inbound call") in [tuple(line) for line in lines]
        assert not any("6399840" in str(line) for line in lines)

    @pytest.mark.parametrize(
        "written", ["0639984001", "+33 6 39 98 40 01", "06.39.98.40.01", "0033639984001"]
    )
    def test_the_number_is_found_however_it_is_written(self, desk: Desk, written: str) -> None:
        assert isinstance(calls_in(desk, written), Taken)

    def test_the_same_request_twice_is_one_call(self, db: Connection, desk: Desk) -> None:
        call = Call(id=uuid4(), number=desk.keys.phone_hmac("+33639984001"))
        first = inbound.take_call(db, desk.user_id, call, desk.now)
        assert isinstance(first, Taken)
        assert inbound.take_call(db, desk.user_id, call, desk.now) == first
        assert db.execute(text("select count(*) from dials")).scalar_one() == 1

    def test_with_another_case_in_hand_it_is_passed_on(
        self, db: Connection, sealed: Keys, wave: Wave, now: datetime
    ) -> None:
        other = a_wave(db, sealed, now, households=[[household(7)]], code="autre", protocol=PLAIN)
        busy = Desk(
            db=db, keys=sealed, user_id=an_interviewer(db, now, waves=[other, wave], login="pris"), now=now
        )
        a_case_in_hand(db, busy.user_id, now)
        free = NUMBER if case_of(db, the_case(db)).lease_by is None else "06 39 98 40 07"
        with pytest.raises(Conflict):
            calls_in(busy, free)

    def test_a_number_of_no_sample_is_unknown_and_only_its_hash_is_noted(
        self, db: Connection, desk: Desk
    ) -> None:
        assert calls_in(desk, "06 39 98 99 99") == Unknown()
        noted = db.execute(
            text("select object_type, object_id from audit_log where action = 'call.inbound'")
        ).one()
        assert tuple(noted) == ("number", desk.keys.phone_hmac("+33639989999").hex())

    def test_waves_he_does_not_call_for_are_not_searched(
        self, db: Connection, sealed: Keys, wave: Wave, now: datetime
    ) -> None:
        stranger = Desk(db=db, keys=sealed, user_id=an_interviewer(db, now, login="ailleurs"), now=now)
        assert calls_in(stranger) == Unknown()

    def test_several_cases_are_told_apart_by_bailleur(
        self, db: Connection, sealed: Keys, now: datetime
    ) -> None:
        shared = [[household(1, NUMBER)], [household(2, NUMBER)]]
        two = a_wave(db, sealed, now, households=shared, code="deux", protocol=PLAIN)
        db.execute(
            update(cases).where(cases.c.state == "closed").values(state="unreleased", close_reason=None)
        )
        me = Desk(db=db, keys=sealed, user_id=an_interviewer(db, now, waves=[two], login="moi"), now=now)
        found = calls_in(me)
        assert isinstance(found, Several)
        assert [each.bailleur for each in found.callers] == [
            "Habitat des Flandres 1",
            "Habitat des Flandres 2",
        ]
        second = found.callers[1].case_id
        taken = calls_in(me, case_id=second)
        assert isinstance(taken, Taken)
        assert taken.case_id == second

    def test_a_case_of_another_number_cannot_be_asked_for(
        self, db: Connection, sealed: Keys, now: datetime
    ) -> None:
        wave = a_wave(db, sealed, now, households=[[household(1), household(2)]], protocol=PLAIN, code="x")
        me = Desk(db=db, keys=sealed, user_id=an_interviewer(db, now, waves=[wave], login="moi"), now=now)
        other = db.execute(select(cases.c.id).order_by(cases.c.id.desc()).limit(1)).scalar_one()
        with pytest.raises(NotFound):
            calls_in(me, case_id=other)


class TestEachStateOfTheCase:
    def test_a_waiting_case_is_heard_outside_of_hours_in_a_paused_cell_and_before_it_is_due(
        self, db: Connection, desk: Desk
    ) -> None:
        case_id = the_case(db)
        db.execute(update(quota_cells).values(paused=True))
        db.execute(update(case_queue).values(cell_open=False, due_at=desk.now + 9 * DAY))
        sunday = desk.at(desk.now + SUNDAY + timedelta(hours=5))
        assert on_the_line(sunday, calls_in(sunday)).agrees()
        assert case_of(db, case_id).lease_by == desk.user_id

    def test_an_unreleased_case_enters_the_queue_when_the_tenant_makes_an_appointment(
        self, db: Connection, desk: Desk
    ) -> None:
        case_id = the_case(db)
        db.execute(text("delete from case_queue"))
        db.execute(update(cases).values(state="unreleased", wait_reason=None))
        on_the_line(desk, calls_in(desk)).says("INT1", 1)
        desk.closes(Disposition.APPOINTMENT_SOFT)
        row = case_of(db, case_id)
        assert (row.state, row.wait_reason, row.ready) == ("waiting", "soft", True)

    def test_an_unreleased_case_of_a_field_that_is_not_open_waits_for_it(
        self, db: Connection, desk: Desk
    ) -> None:
        db.execute(text("delete from case_queue"))
        db.execute(update(cases).values(state="unreleased", wait_reason=None))
        db.execute(text("delete from quota_cells"))
        assert calls_in(desk) == NotBegun()

    def test_a_case_in_hand_is_passed_to_who_has_it(self, desk: Desk, colleague: Desk) -> None:
        colleague.takes()
        assert calls_in(desk) == Elsewhere("Sacha sacha")

    def test_a_case_in_the_hands_of_a_dead_workstation_is_taken(
        self, db: Connection, desk: Desk, colleague: Desk
    ) -> None:
        tenant = colleague.reaches(colleague.takes())
        tenant.agrees()
        later = desk.at(desk.now + 5 * MINUTE)
        taken = calls_in(later)
        assert isinstance(taken, Taken)
        first, second = db.execute(select(attempt_rows).order_by(attempt_rows.c.id)).all()
        assert (first.disposition, first.direction) == ("break_off", "outbound")
        assert (second.interviewer_id, second.direction, second.closed_at) == (desk.user_id, "inbound", None)

    def test_an_interrupted_interview_is_resumed_with_a_new_introduction(
        self, db: Connection, desk: Desk
    ) -> None:
        tenant = desk.reaches(desk.takes())
        tenant.agrees()
        tenant.says("A1", 1)
        later = desk.at(desk.now + 5 * MINUTE)
        sweeping.sweep_leases(db, later.now)
        resumed = on_the_line(later, calls_in(later))
        assert resumed.interview_id == tenant.interview_id
        interview = interviews.load(db, resumed.interview_id)
        assert (interview.call_no, interview.first_call) == (2, 2)
        resumed.agrees()
        assert ("INT1", "c2") in interviews.load(db, resumed.interview_id).answers
        assert ("A1", "") in interviews.load(db, resumed.interview_id).answers
        assert counts(db, case_of(db, the_case(db)).cell_id) == (0, 1, 0), "its place is its own"

    def test_an_appointment_is_kept_whenever_he_calls(self, db: Connection, desk: Desk) -> None:
        held = desk.takes()
        tenant = desk.reaches(held)
        tenant.says("INT1", 1)
        tenant.says("INT2", 2)
        desk.closes(Disposition.APPOINTMENT_FIRM, at=desk.now + 2 * DAY)
        tomorrow = desk.at(desk.now + DAY)
        on_the_line(tomorrow, calls_in(tomorrow)).agrees()
        on_the_line(tomorrow, Taken(held.case_id, tenant.interview_id)).answers_on()
        tomorrow.closes(Disposition.COMPLETE)
        assert db.scalars(select(appointments.c.state)).all() == ["kept"]
        row = case_of(db, held.case_id)
        assert (row.state, row.close_reason) == ("closed", "complete")
        assert counts(db, held.cell_id) == (1, 0, 0)

    @pytest.mark.parametrize(
        ("outcome", "why"),
        [
            (Outcome.COMPLETE, OwnCall.THANKED),
            (Outcome.SURPLUS, OwnCall.THANKED),
            (
                Outcome.INVALIDATED,
                OwnCall.THANKED,
            ),  # he answered: what quality control says is not his business
            (Outcome.OPPOSITION, OwnCall.OPPOSED),
            (Outcome.WITHDRAWN, OwnCall.ERASED),
            (Outcome.DUPLICATE, OwnCall.APART),
            (Outcome.TUTELLE, OwnCall.APART),  # his guardian is not asked
        ],
    )
    def test_a_closed_case_that_stays_closed(
        self, db: Connection, desk: Desk, outcome: Outcome, why: OwnCall
    ) -> None:
        case_id = closed_as(db, outcome)
        assert calls_in(desk) == NotHeard(why)
        assert case_of(db, case_id).lease_by is None
        assert db.execute(text("select count(*) from attempts")).scalar_one() == 0

    @pytest.mark.parametrize(
        "outcome",
        [
            Outcome.NO_ANSWER,
            Outcome.UNREACHABLE,
            Outcome.REFUSAL_PERSON,
            Outcome.REFUSAL_HOUSEHOLD,
            Outcome.AWAY,
            Outcome.LANGUAGE,
            Outcome.NO_NUMBER,
            Outcome.QUOTA_FULL,
            Outcome.PARTIAL,
        ],
    )
    def test_a_closed_case_whose_tenant_may_be_heard(
        self, db: Connection, desk: Desk, outcome: Outcome
    ) -> None:
        case_id = closed_as(db, outcome)
        on_the_line(desk, calls_in(desk)).agrees()
        interview = interview_of(db, case_id)
        assert interview is not None
        Tenant(db=db, user_id=desk.user_id, interview_id=interview.id, now=desk.now).answers_on()
        desk.closes(Disposition.COMPLETE)
        assert case_of(db, case_id).close_reason == "complete"

    def test_a_quarantined_case_is_for_the_supervisor(self, db: Connection, desk: Desk) -> None:
        db.execute(update(cases).values(state=CaseState.QUARANTINED, wait_reason=None))
        assert calls_in(desk) == NotHeard(OwnCall.APART)

    def test_an_opposed_number_is_confirmed_whatever_its_case(self, db: Connection, desk: Desk) -> None:
        opposing.oppose_number(db, desk.keys.phone_hmac("+33639984001"), desk.user_id, desk.now)
        assert calls_in(desk) == NotHeard(OwnCall.OPPOSED)

    def test_a_number_heard_to_be_dead_lives_when_it_calls(self, db: Connection, desk: Desk) -> None:
        case_id = closed_as(db, Outcome.NO_NUMBER)
        db.execute(update(phones).values(status="dead"))
        on_the_line(desk, calls_in(desk)).says("INT1", 1)
        desk.closes(Disposition.APPOINTMENT_SOFT)
        assert db.scalars(select(phones.c.status)).one() == "usable"
        assert case_of(db, case_id).state == "waiting"


class TestWhatHisCallChanges:
    def refuses(self, desk: Desk) -> Held:
        """He refused for good when we called."""
        held = desk.takes()
        desk.reaches(held).says("INT1", 1)
        desk.closes(Disposition.REFUSAL_PERSON, refusal_kind=RefusalKind.HARD)
        assert case_of(desk.db, held.case_id).close_reason == "refusal_person"
        return held

    def test_a_refusal_is_taken_back_by_an_appointment(self, db: Connection, desk: Desk) -> None:
        held = self.refuses(desk)
        later = desk.at(desk.now + 5 * MINUTE)
        on_the_line(later, calls_in(later)).says("INT1", 1)
        later.closes(Disposition.APPOINTMENT_SOFT)
        assert case_of(db, held.case_id).state == "waiting"

    @pytest.mark.parametrize(
        "said",
        [
            Disposition.NO_ANSWER,  # nobody speaks
            Disposition.WRONG_NUMBER,  # somebody else's telephone
            Disposition.CALLBACK,  # a third person cannot take the refusal back
            Disposition.REFUSAL_PERSON,
        ],
    )
    def test_and_by_nothing_less(self, db: Connection, desk: Desk, said: Disposition) -> None:
        held = self.refuses(desk)
        later = desk.at(desk.now + 5 * MINUTE)
        calls_in(later)
        later.closes(said)
        row = case_of(db, held.case_id)
        assert (row.state, row.lease_by) == ("closed", None)
        assert row.close_reason in {"refusal_person", "no_number"}
        assert not row.ready

    def test_a_silent_line_leaves_a_waiting_case_as_it_was(self, db: Connection, desk: Desk) -> None:
        before = case_of(db, the_case(db))
        calls_in(desk)
        desk.closes(Disposition.NO_ANSWER)
        after = case_of(db, the_case(db))
        assert (after.state, after.wait_reason, after.due_at) == (
            before.state,
            before.wait_reason,
            before.due_at,
        )
        assert (after.ready, after.lease_by) == (True, None)

    def test_somebody_elses_telephone_leads_to_no_other_number(
        self, db: Connection, sealed: Keys, now: datetime
    ) -> None:
        two = Household(id="D1", mobile="06 39 98 41 01", fixed="03 53 01 41 01")
        wave = a_wave(db, sealed, now, households=[[two]], protocol=PLAIN, code="deux-numeros")
        me = Desk(db=db, keys=sealed, user_id=an_interviewer(db, now, waves=[wave], login="moi"), now=now)
        calls_in(me, "06 39 98 41 01")
        me.closes(Disposition.WRONG_NUMBER)
        row = case_of(db, db.scalars(select(cases.c.id).where(cases.c.wave_id == wave.id)).one())
        assert (row.state, row.lease_by) == ("waiting", None)
        statuses = db.scalars(select(phones.c.status).order_by(phones.c.rank)).all()
        assert sorted(statuses) == ["dead", "usable"]

    def test_it_is_no_attempt_made_on_him(self, db: Connection, desk: Desk) -> None:
        on_the_line(desk, calls_in(desk)).says("INT1", 1)
        desk.closes(Disposition.CALLBACK)
        case_id = the_case(db)
        history = attempts.history(db, case_id)
        number = history[0].dials[0].phone_id
        assert len(history) == 1
        assert not history[0].counts
        calendar = taking.scheduling.calendar(
            db, case_of(db, case_id).calendar_id, case_of(db, case_id).wave_id
        )
        assert counted_attempts(PLAIN, calendar, history) == []
        once = PLAIN.model_copy(update={"caps": PLAIN.caps.model_copy(update={"dials_per_number": 1})})
        assert may_dial(once, history, number)


class TestAFullCell:
    def fill(self, db: Connection) -> int:
        cell_id: int = case_of(db, the_case(db)).cell_id
        db.execute(update(quota_cells).where(quota_cells.c.id == cell_id).values(target=1, margin=0, done=1))
        return cell_id

    def test_he_is_heard_to_the_end_and_counted_apart(self, db: Connection, desk: Desk) -> None:
        cell_id = self.fill(db)
        tenant = on_the_line(desk, calls_in(desk))
        tenant.agrees()
        assert interviews.load(db, tenant.interview_id).state == "open", "not « quota atteint »"
        tenant.answers_on()
        desk.closes(Disposition.COMPLETE)
        interview = interviews.load(db, tenant.interview_id)
        assert (interview.state, interview.surplus) == ("complete", True)
        assert case_of(db, the_case(db)).close_reason == "surplus"
        assert counts(db, cell_id) == (1, 0, 0)
        db.execute(update(quota_cells).values(done=0))  # the one that filled it was only written there
        assert quota_differences(db) == []

    def test_a_place_that_is_free_is_taken_as_in_any_call(self, db: Connection, desk: Desk) -> None:
        tenant = on_the_line(desk, calls_in(desk))
        tenant.agrees()
        assert counts(db, case_of(db, the_case(db)).cell_id) == (0, 1, 0)
        assert not interviews.load(db, tenant.interview_id).surplus

    def test_who_was_told_that_the_quota_is_full_may_call_back(self, db: Connection, desk: Desk) -> None:
        tenant = desk.reaches(desk.takes())
        self.fill(db)
        tenant.agrees()
        assert interviews.load(db, tenant.interview_id).state == "quota_full"
        desk.closes(Disposition.QUOTA_FULL)
        later = desk.at(desk.now + 5 * MINUTE)
        again = on_the_line(later, calls_in(later))
        again.agrees()
        again.answers_on()
        later.closes(Disposition.COMPLETE)
        assert case_of(db, the_case(db)).close_reason == "surplus"

    def test_broken_off_it_needs_a_place_when_we_call(self, db: Connection, desk: Desk) -> None:
        self.fill(db)
        tenant = on_the_line(desk, calls_in(desk))
        tenant.agrees()
        tenant.says("A1", 1)
        desk.closes(Disposition.BREAK_OFF)
        assert not interviews.load(db, tenant.interview_id).surplus
        quotas.sync_open(db, interviews.load(db, tenant.interview_id).wave_id)
        assert desk.at(desk.now + 2 * DAY).finds_nothing(), "it waits behind its cell"

    def test_in_an_outbound_call_the_quota_is_still_said(self, db: Connection, desk: Desk) -> None:
        tenant = desk.reaches(desk.takes())
        self.fill(db)
        tenant.agrees()
        assert interviews.load(db, tenant.interview_id).state == "quota_full"


class TestOppositionOfWhoCalls:
    def test_a_number_of_no_sample_is_never_called(self, db: Connection, desk: Desk) -> None:
        number = desk.keys.phone_hmac("+33639989999")
        opposing.oppose_number(db, number, desk.user_id, desk.now)
        assert db.scalars(select(oppositions.c.phone_hmac)).all() == [number]

    def test_a_lifted_opposition_is_said_again(self, db: Connection, desk: Desk) -> None:
        number = desk.keys.phone_hmac("+33639984001")
        opposing.oppose_number(db, number, desk.user_id, desk.now)
        assert opposing.lift(db, [number], "demande écrite", by=desk.user_id, now=desk.now) == 1
        assert db.scalars(select(phones.c.status)).all() == ["usable"]
        opposing.oppose_number(db, number, desk.user_id, desk.now + DAY)
        row = db.execute(select(oppositions)).one()
        assert (row.lifted_at, row.said_at) == (None, desk.now + DAY)
        assert db.scalars(select(phones.c.status)).all() == ["opposed"]

    def test_it_closes_the_open_case_its_interview_and_frees_its_place(
        self, db: Connection, desk: Desk, wave: Wave
    ) -> None:
        held = desk.takes()
        tenant = desk.reaches(held)
        tenant.agrees()
        desk.closes(Disposition.APPOINTMENT_SOFT)
        assert counts(db, held.cell_id) == (0, 1, 0)
        assert opposing.oppose_number(db, desk.keys.phone_hmac("+33639984001"), desk.user_id, desk.now) == 1
        row = case_of(db, held.case_id)
        assert (row.state, row.close_reason, row.holds_place) == ("closed", "opposition", False)
        assert interviews.load(db, tenant.interview_id).state == "broken_off"
        assert counts(db, held.cell_id) == (0, 0, 0)
        assert quota_differences(db) == []


def at_once(database: Database, people: list[int], act: Callable[[Connection, int], object]) -> list[object]:
    """Each in a connection of his own, at the same instant."""
    gate = Barrier(len(people))

    def one(me: int) -> object:
        with database.engine.begin() as db:
            gate.wait()
            return act(db, me)

    with ThreadPoolExecutor(len(people)) as pool:
        return list(pool.map(one, people))


class TestAtTheSameInstant:
    def test_two_type_the_same_number_and_one_gets_the_call(
        self, database: Database, sealed: Keys, now: datetime
    ) -> None:
        with database.engine.begin() as db:
            wave = a_wave(db, sealed, now, households=[[household(1)]], protocol=PLAIN)
            people = [an_interviewer(db, now, waves=[wave], login=f"te{rank}") for rank in range(8)]

        def types(db: Connection, me: int) -> object:
            return calls_in(Desk(db=db, keys=sealed, user_id=me, now=now))

        answers = at_once(database, people, types)
        taken = [answer for answer in answers if isinstance(answer, Taken)]
        assert len(taken) == 1
        assert sum(isinstance(answer, Elsewhere) for answer in answers) == len(people) - 1
        with database.engine.begin() as db:
            assert db.execute(text("select count(*) from dials")).scalar_one() == 1

    def test_who_takes_the_case_and_who_types_its_number_never_both_hold_it(
        self, database: Database, sealed: Keys, now: datetime
    ) -> None:
        with database.engine.begin() as db:
            wave = a_wave(db, sealed, now, households=[[household(1)]], protocol=PLAIN)
            people = [an_interviewer(db, now, waves=[wave], login=f"te{rank}") for rank in range(6)]

        def acts(db: Connection, me: int) -> object:
            if people.index(me) % 2:
                return taking.take_next_case(db, me, now)
            return calls_in(Desk(db=db, keys=sealed, user_id=me, now=now))

        answers = at_once(database, people, acts)
        assert sum(isinstance(answer, Taken | Held) for answer in answers) == 1
        with database.engine.begin() as db:
            held = db.execute(select(case_queue.c.lease_by).where(case_queue.c.lease_by.is_not(None))).all()
            assert len(held) == 1


def test_a_call_of_ours_to_the_same_number_is_over_when_he_calls_back(db: Connection, desk: Desk) -> None:
    """The line dropped: his number is still up in the attempt of the dead workstation."""
    held = desk.takes()
    desk.dials(held, Fate.PERSON)
    later = desk.at(desk.now + 5 * MINUTE)
    sweeping.sweep_leases(db, later.now)
    on_the_line(later, calls_in(later)).says("INT1", 1)
    live = db.execute(text("select count(*) from dials where ended_at is null")).scalar_one()
    assert live == 1
    assert closing.close(
        db, desk.user_id, closing.Verdict(disposition=Disposition.CALLBACK), later.now + MINUTE
    )


def test_what_was_heard_on_our_calls_still_counts(db: Connection, desk: Desk) -> None:
    held = desk.takes()
    desk.hears(desk.dials(held, Fate.NO_ANSWER), Key.NO_ANSWER)
    later = desk.at(desk.now + 5 * MINUTE)
    on_the_line(later, calls_in(later)).says("INT1", 1)
    later.closes(Disposition.CALLBACK)
    assert [each.counts for each in attempts.history(db, held.case_id)] == [True, False]
