"""An answer is kept once, by the one who holds the case; what it brings about; what is asked again in the next call."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from sqlalchemy import Connection, func, select, update

from cati.calling import scripts
from cati.calling.actions import answering, dialling, sweeping
from cati.calling.actions.answering import ROUTE, Given, Recorded, Refused, ToConfirm, record_answer
from cati.calling.store.checks import quota_differences
from cati.cases.rules import Disposition, InterviewState
from cati.cases.store import attempts
from cati.cases.tables import case_queue
from cati.errors import AnswerRefused, CaseClosed, CaseTaken, StaleScreen
from cati.interviews import store as interviews
from cati.interviews.store import Interview
from cati.interviews.tables import answer_events, answers
from cati.interviews.tables import interviews as interview_rows
from cati.quotas import store as quotas
from cati.sealing import Keys
from cati.supervision.actions.releasing import release_case
from cati.surveys import actions as surveys
from tests.conftest import Database
from tests.store.calls import DAY, MINUTE, Desk, case_of, counts, interview_of
from tests.stories import Household, Tenant, Wave, a_wave, an_interviewer, proved

WITHOUT_SIGNAL = """
questionnaire: sans-signalement
version: "1"
eligible: INT1 == 1
marks: {interview: INT1 == 1}
blocks:
  - id: INT
    each_call: true
    special: []
    questions:
      - {id: INT1, ask: D'accord ?, type: single, choices: {1: Oui, 2: {label: Non, ends: refusal}}}
  - id: A
    questions:
      - {id: A1, ask: Content ?, type: single, choices: {1: Oui, 2: Non}}
"""


def single(count: int) -> list[Household]:
    return [Household(id=f"R{rank}", mobile=f"06 39 98 60 {rank:02}") for rank in range(1, count + 1)]


@pytest.fixture
def wave(db: Connection, sealed: Keys, now: datetime) -> Wave:
    return a_wave(db, sealed, now, households=[single(3)])


@pytest.fixture
def desk(db: Connection, sealed: Keys, wave: Wave, now: datetime) -> Desk:
    return Desk(db=db, keys=sealed, user_id=an_interviewer(db, now, waves=[wave]), now=now)


@pytest.fixture
def tenant(desk: Desk) -> Tenant:
    """A person at the first introduction screen."""
    return desk.reaches(desk.takes())


def state(tenant: Tenant) -> Interview:
    return interviews.load(tenant.db, tenant.interview_id)


def position(tenant: Tenant) -> tuple[str, str] | None:
    now_is = state(tenant)
    return scripts.route(now_is, scripts.script(tenant.db, now_is.questionnaire_id)).position


def given(
    tenant: Tenant, question: str, value: object, iteration: str = "", confirm: Sequence[str] = ()
) -> Given:
    return Given(
        question=question,
        iteration=iteration,
        values=(str(value),),
        key=uuid4(),
        seen=state(tenant).seq,
        confirm=frozenset(confirm),
    )


def post(tenant: Tenant, answer: Given) -> object:
    return record_answer(tenant.db, tenant.user_id, tenant.interview_id, answer, tenant.now)


def events(tenant: Tenant) -> int:
    query = select(func.count()).where(answer_events.c.interview_id == tenant.interview_id)
    return tenant.db.scalar(query) or 0


class TestOnceAndForAll:
    def test_the_same_request_twice_has_one_effect_and_one_answer(self, tenant: Tenant) -> None:
        answer = given(tenant, "INT1", 1, "c1")
        first, before = post(tenant, answer), events(tenant)
        again = post(tenant, answer)
        assert isinstance(first, Recorded)
        assert isinstance(again, Recorded)
        assert again.repeated
        assert again.route.position == first.route.position == ("INT2", "c1")
        assert events(tenant) == before

    def test_two_tabs_the_second_is_told_that_the_interview_moved_on(self, tenant: Tenant) -> None:
        left, right = given(tenant, "INT1", 1, "c1"), given(tenant, "INT1", 7, "c1")
        post(tenant, left)
        with pytest.raises(StaleScreen):
            post(tenant, right)
        assert state(tenant).answers["INT1", "c1"].value == 1

    @pytest.mark.parametrize("note", [answering.remark, answering.signal])
    def test_a_note_beside_the_question_leaves_its_screen_good(self, tenant: Tenant, note: object) -> None:
        tenant.agrees()
        answer = given(tenant, "A1", 2)
        key = uuid4()
        for _ in range(2):
            note(tenant.db, tenant.user_id, tenant.interview_id, "L’ascenseur", key, tenant.now)  # type: ignore[operator]  # both are called alike
        assert isinstance(post(tenant, answer), Recorded)

    def test_a_questionnaire_without_a_point_to_pass_on_says_so(
        self, db: Connection, wave: Wave, desk: Desk, now: datetime
    ) -> None:
        surveys.set_questionnaire(
            db, wave.id, surveys.publish_questionnaire(db, proved(WITHOUT_SIGNAL), now=now).id
        )
        tenant = desk.reaches(desk.takes())
        with pytest.raises(AnswerRefused, match="ne prévoit pas de point à transmettre"):
            answering.signal(db, tenant.user_id, tenant.interview_id, "La cave", uuid4(), now)

    def test_what_is_refused_or_to_be_confirmed_stored_nothing(self, tenant: Tenant) -> None:
        tenant.agrees()
        before = events(tenant)
        assert isinstance(post(tenant, given(tenant, "A1", 9)), Refused)
        tenant.answers_on(until="B1")
        before = events(tenant)
        doubt = post(tenant, given(tenant, "B1", 2001))  # the file says 2019
        assert isinstance(doubt, ToConfirm)
        assert events(tenant) == before
        keys = [fault.key for fault in doubt.faults]
        assert isinstance(post(tenant, given(tenant, "B1", 2001, confirm=keys)), Recorded)

    def test_the_events_replayed_give_the_answers(self, tenant: Tenant) -> None:
        tenant.agrees()
        tenant.answers_on(until="B1", A1=3, A2=6)
        tenant.says("A1", 2, confirm=[ROUTE])
        answering.signal(tenant.db, tenant.user_id, tenant.interview_id, "La cave", uuid4(), tenant.now)
        tenant.answers_on(until="L1")
        columns = answer_events.c
        query = select(columns.question, columns.iteration, columns.state, columns.value, columns.seq)
        rows = tenant.db.execute(query.where(columns.kind == "answered").order_by(columns.seq))
        replayed = {(row.question, row.iteration): tuple(row)[2:] for row in rows}
        kept = tenant.db.execute(
            select(answers.c.question, answers.c.iteration, answers.c.state, answers.c.value, answers.c.seq)
        )
        assert {(row.question, row.iteration): tuple(row)[2:] for row in kept} == replayed
        numbers = tenant.db.scalars(select(columns.seq).order_by(columns.seq)).all()
        assert list(numbers) == list(range(1, state(tenant).seq + 1))


class TestTheIntroduction:
    def test_it_cannot_be_skipped(self, tenant: Tenant) -> None:
        for question, iteration in (("A1", ""), ("INT2", "c1")):
            with pytest.raises(AnswerRefused):
                post(tenant, given(tenant, question, 1, iteration))

    def test_consent_opens_the_interview_and_the_address_its_place(self, tenant: Tenant) -> None:
        tenant.says("INT1", 1)
        assert state(tenant).state is InterviewState.INTRO
        tenant.says("INT2", 1)
        assert (state(tenant).state, state(tenant).started_at) == (InterviewState.OPEN, tenant.now)
        tenant.says("INT3", 1)
        assert state(tenant).eligible_at is None
        tenant.says("INT4", 1)
        assert (state(tenant).eligible_at, state(tenant).eligible_call) == (tenant.now, 1)

    def test_a_call_that_ended_takes_its_own_correction_only(self, tenant: Tenant) -> None:
        tenant.says("INT1", 1)
        tenant.says("INT2", 3)
        with pytest.raises(AnswerRefused):
            post(tenant, given(tenant, "A1", 1))
        assert isinstance(tenant.says("INT2", 1), Recorded)
        assert position(tenant) == ("INT3", "c1")

    def test_an_address_to_correct_is_a_flag(self, db: Connection, tenant: Tenant) -> None:
        for question in ("INT1", "INT2", "INT3"):
            tenant.says(question, 1)
        tenant.says("INT4", 2)
        assert case_of(db, state(tenant).case_id).address_to_correct
        assert state(tenant).eligible_at is not None

    def test_no_answer_undoes_eligibility_only_what_closes_the_call_does(
        self, db: Connection, desk: Desk, tenant: Tenant
    ) -> None:
        tenant.agrees()
        tenant.says("INT4", 4)  # an owner after all, says the screen
        case_id = state(tenant).case_id
        assert state(tenant).eligible_at is not None
        assert counts(db, case_of(db, case_id).cell_id) == (0, 1, 0)
        desk.closes(Disposition.OWNER)
        assert state(tenant).eligible_at is None
        assert counts(db, case_of(db, case_id).cell_id) == (0, 0, 0)


class TestTheNextCall:
    def broken_off(self, db: Connection, desk: Desk, tenant: Tenant) -> None:
        tenant.agrees()
        tenant.answers_on(until="D1")
        desk.closes(Disposition.BREAK_OFF)
        others = case_queue.c.case_id != state(tenant).case_id
        db.execute(update(case_queue).where(others).values(ready=False))

    def resumed(self, db: Connection, desk: Desk, wave: Wave) -> Tenant:
        """The next day, at another workstation, by another interviewer."""
        somebody_else = an_interviewer(db, desk.now, waves=[wave], login="autre")
        other = replace(desk, user_id=somebody_else, now=desk.now + DAY)
        return other.reaches(other.takes())

    def test_the_introduction_is_asked_anew_then_the_first_open_question(
        self, db: Connection, desk: Desk, wave: Wave, tenant: Tenant
    ) -> None:
        self.broken_off(db, desk, tenant)
        again = self.resumed(db, desk, wave)
        assert again.interview_id == tenant.interview_id
        assert position(again) == ("INT1", "c2")
        with pytest.raises(AnswerRefused):
            post(again, given(again, "A1", 3))
        assert state(again).state is InterviewState.SUSPENDED
        again.agrees()
        assert state(again).state is InterviewState.OPEN
        assert position(again) == ("D1", "")
        assert state(again).eligible_call == 1
        again.answers_on()
        assert state(again).state is InterviewState.COMPLETE
        assert quota_differences(db) == []

    def test_another_person_is_confirmed_before_anything_is_shown(
        self, db: Connection, desk: Desk, wave: Wave, tenant: Tenant
    ) -> None:
        self.broken_off(db, desk, tenant)
        again = self.resumed(db, desk, wave)
        doubt = again.says("INT1", 2)
        assert isinstance(doubt, ToConfirm)
        assert [fault.check for fault in doubt.faults] == ["person"]
        assert position(again) == ("INT1", "c2")
        assert isinstance(again.says("INT1", 3), Recorded)  # somebody who fetches him
        kept = again.says("INT1", 2, confirm=[doubt.faults[0].key])
        assert isinstance(kept, Recorded)
        assert position(again) == ("INT2", "c2")

    def test_the_same_person_is_not_asked_about(
        self, db: Connection, desk: Desk, wave: Wave, tenant: Tenant
    ) -> None:
        self.broken_off(db, desk, tenant)
        assert isinstance(self.resumed(db, desk, wave).says("INT1", 1), Recorded)

    def test_a_redial_after_a_drop_repeats_who_is_there_and_the_listening_only(
        self, desk: Desk, tenant: Tenant
    ) -> None:
        tenant.agrees()
        tenant.says("A1", 2)
        desk.redials(desk.takes())
        asked = []
        while (at := position(tenant)) is not None and at[0].startswith("INT"):
            asked.append(at)
            tenant.says(at[0], 1)
        assert asked == [("INT1", "c2"), ("INT3", "c2")]
        assert position(tenant) == ("A2", "")

    def test_after_a_wrong_number_the_next_number_hears_it_all(
        self, db: Connection, sealed: Keys, now: datetime
    ) -> None:
        two = Household(id="Z1", mobile="06 39 98 61 01", fixed="03 53 01 61 01")
        wave = a_wave(db, sealed, now, households=[[two]], code="deux-numeros")
        desk = Desk(db=db, keys=sealed, now=now, user_id=an_interviewer(db, now, waves=[wave], login="z"))
        held = desk.takes()
        stranger = desk.reaches(held)
        stranger.says("INT1", 4)
        assert isinstance(desk.closes(Disposition.WRONG_NUMBER), dialling.NextNumber)
        tenant = replace(desk, now=now + 2 * MINUTE).reaches(held)
        tenant.agrees()
        said = {key for key in state(tenant).answers if key[0].startswith("INT")}
        assert said == {("INT1", "c1"), *((f"INT{n}", "c2") for n in (1, 2, 3, 4))}


class TestWhoMayAnswer:
    def test_without_a_call_nothing_is_answered(
        self, db: Connection, desk: Desk, tenant: Tenant, wave: Wave
    ) -> None:
        TestTheNextCall().broken_off(db, desk, tenant)
        later = replace(desk, now=desk.now + DAY)
        later.takes()
        with pytest.raises(CaseTaken):
            tenant.says("D1", 1)

    def test_a_closed_attempt_is_not_taken_up_by_a_screen_left_open(
        self, db: Connection, desk: Desk, tenant: Tenant
    ) -> None:
        tenant.agrees()
        desk.closes(Disposition.BREAK_OFF)
        with pytest.raises(CaseTaken):
            tenant.says("A1", 1)
        assert case_of(db, state(tenant).case_id).lease_by is None

    def test_a_swept_lease_that_nobody_took_is_had_again_by_the_next_answer(
        self, db: Connection, desk: Desk, tenant: Tenant
    ) -> None:
        tenant.agrees()
        assert sweeping.sweep_leases(db, desk.now + 5 * MINUTE) == 1
        case = case_of(db, state(tenant).case_id)
        assert (case.state, case.lease_by) == ("interrupted", None)
        back = replace(tenant, now=desk.now + 6 * MINUTE)
        assert isinstance(back.says("A1", 2), Recorded)
        assert case_of(db, case.id).lease_by == desk.user_id
        assert state(tenant).state is InterviewState.OPEN

    def test_a_case_another_took_is_his(self, db: Connection, desk: Desk, tenant: Tenant, wave: Wave) -> None:
        tenant.agrees()
        sweeping.sweep_leases(db, desk.now + 5 * MINUTE)
        other = replace(
            desk, user_id=an_interviewer(db, desk.now, waves=[wave], login="autre"),
            now=desk.now + 16 * MINUTE,
        )  # fmt: skip
        assert other.takes().case_id == state(tenant).case_id
        with pytest.raises(CaseTaken):
            replace(tenant, now=other.now).says("A1", 2)

    def test_a_case_a_supervisor_took_back_is_not_had_again(
        self, db: Connection, desk: Desk, tenant: Tenant
    ) -> None:
        tenant.agrees()
        release_case(db, state(tenant).case_id, by=desk.user_id, now=desk.now, force=True, reason="panne")
        with pytest.raises(CaseTaken):
            tenant.says("A1", 2)

    def test_a_place_given_away_meanwhile_is_reserved_again_or_the_interview_waits(
        self, db: Connection, desk: Desk, tenant: Tenant, wave: Wave
    ) -> None:
        tenant.agrees()
        cell_id = case_of(db, state(tenant).case_id).cell_id
        sweeping.sweep_leases(db, desk.now + 5 * MINUTE)
        back = replace(tenant, now=desk.now + timedelta(hours=50))
        assert sweeping.sweep_places(db, wave.id, back.now) == 1
        assert counts(db, cell_id) == (0, 0, 0)
        full = update(quotas.quota_cells).where(quotas.quota_cells.c.id == cell_id)
        db.execute(full.values(done=quotas.quota_cells.c.target))
        with pytest.raises(CaseTaken), db.begin_nested():
            back.says("A1", 2)
        db.execute(full.values(done=0))
        assert isinstance(back.says("A1", 2), Recorded)
        assert counts(db, cell_id) == (0, 1, 0)

    def test_a_withdrawn_interview_takes_nothing_more(
        self, db: Connection, desk: Desk, tenant: Tenant
    ) -> None:
        tenant.agrees()
        db.execute(update(interview_rows).values(state="withdrawn"))
        with pytest.raises(CaseClosed):
            tenant.says("A1", 1)


class TestCompletion:
    def test_the_last_answer_completes_not_the_end_of_the_call(
        self, db: Connection, desk: Desk, tenant: Tenant
    ) -> None:
        tenant.agrees()
        tenant.answers_on(until="FIN")
        assert state(tenant).state is InterviewState.COMPLETE
        assert interview_of(db, state(tenant).case_id) is not None
        assert counts(db, case_of(db, state(tenant).case_id).cell_id) == (1, 0, 0)

    def test_a_point_to_pass_on_raised_at_the_very_end_asks_for_its_consent(
        self, db: Connection, tenant: Tenant
    ) -> None:
        tenant.agrees()
        tenant.answers_on(until="FIN")
        answering.signal(db, tenant.user_id, tenant.interview_id, "Une fuite", uuid4(), tenant.now)
        assert state(tenant).state is InterviewState.OPEN
        assert position(tenant) == ("M1", "")
        assert quota_differences(db) == []

    def test_answers_off_the_route_are_kept_and_come_back(self, tenant: Tenant) -> None:
        tenant.agrees()
        tenant.answers_on(until="B1", A1=3, A2=6)
        reasons = state(tenant).answers["A3", ""]
        leaving = tenant.says("A1", 2)
        assert isinstance(leaving, ToConfirm)
        assert leaving.leaving == ("A3",)
        left = tenant.says("A1", 2, confirm=[ROUTE])
        assert isinstance(left, Recorded)
        assert "A3" not in left.route.visible
        assert state(tenant).answers["A3", ""] == reasons
        back = tenant.says("A1", 3)
        assert isinstance(back, Recorded)
        assert back.route.visible["A3"] == reasons


class TestAtTheSameMoment:
    def test_one_request_sent_ten_times_at_once_has_one_effect_and_one_answer(
        self, database: Database, sealed: Keys, now: datetime
    ) -> None:
        with database.engine.begin() as db:
            wave = a_wave(db, sealed, now, households=[single(2)])
            user_id = an_interviewer(db, now, waves=[wave])
            tenant = Desk(db=db, keys=sealed, user_id=user_id, now=now).reaches(
                Desk(db=db, keys=sealed, user_id=user_id, now=now).takes()
            )
            tenant.agrees()
            answer, before = given(tenant, "A1", 2), events(tenant)
        start = Barrier(10)

        def send(_: int) -> object:
            with database.engine.begin() as db:
                start.wait(timeout=30)
                return record_answer(db, user_id, tenant.interview_id, answer, now + MINUTE)

        with ThreadPoolExecutor(10) as pool:
            found = list(pool.map(send, range(10)))
        assert all(isinstance(each, Recorded) for each in found)
        assert sorted(each.repeated for each in found if isinstance(each, Recorded)) == [False] + [True] * 9
        assert {each.route.position for each in found if isinstance(each, Recorded)} == {("A2", "")}
        with database.engine.begin() as db:
            assert events(replace(tenant, db=db)) == before + 2  # the answer, and the screen that follows

    def test_answers_while_the_sweeper_passes_are_all_kept_and_nothing_locks_up(
        self, database: Database, sealed: Keys, now: datetime
    ) -> None:
        with database.engine.begin() as db:
            wave = a_wave(db, sealed, now, households=[single(6)])
            on_line = []
            for rank in range(6):
                user_id = an_interviewer(db, now, waves=[wave], login=f"te{rank}")
                desk = Desk(db=db, keys=sealed, user_id=user_id, now=now)
                tenant = desk.reaches(desk.takes())
                tenant.agrees()
                on_line.append(tenant)
        late = now + 3 * MINUTE  # every lease has run out

        def answers_late(tenant: Tenant) -> int:
            kept = 0
            for question, value in (("A1", 1), ("A2", 9)):
                with database.engine.begin() as db:
                    kept += isinstance(replace(tenant, db=db, now=late).says(question, value), Recorded)
            return kept

        def sweeps(_: int) -> int:
            with database.engine.begin() as db:
                return sweeping.sweep_leases(db, late)

        with ThreadPoolExecutor(10) as pool:
            swept = pool.map(sweeps, range(12))
            kept = list(pool.map(answers_late, on_line))
            assert sum(swept) <= 6
        assert kept == [2] * 6
        with database.engine.begin() as db:
            held = db.scalar(select(func.count()).where(case_queue.c.lease_by.is_not(None)))
            assert held == 6
            assert attempts.open_attempt_of(db, state(replace(on_line[0], db=db)).case_id) is not None
