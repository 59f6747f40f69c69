"""Quality control: a verdict and its quota place, back-checks, dangers, addresses, what tenants asked for."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, func, insert, select, update

from cati import housekeeping
from cati.audit.tables import audit_log
from cati.calling.actions import endangered
from cati.calling.store.checks import quota_differences
from cati.cases.rules import CaseState, Disposition, InterviewState
from cati.database import transaction
from cati.errors import Conflict, Invalid, NotFound, StaleScreen
from cati.exports import store as exported
from cati.interviews.rules import BackcheckResult, Verdict
from cati.interviews.tables import backchecks, interviews, validations
from cati.people import actions as people
from cati.people.actions import NewUser
from cati.people.passwords import Passwords
from cati.people.rules import Role
from cati.quotas import store as quotas
from cati.quotas.rules import PlaceState
from cati.quotas.tables import quota_cells
from cati.sample.tables import oppositions, phones
from cati.sealing import Keys
from cati.supervision.actions import addresses, backchecking, dangers, validating
from cati.supervision.actions.validating import NoPlaceLeft, Pronounced, Settled
from cati.supervision.views import backchecks as backcheck_views
from cati.supervision.views import dangers as danger_views
from cati.supervision.views import finished, rights, script
from cati.supervision.views.finished import Choice
from tests.conftest import Database
from tests.store.calls import MINUTE, Desk, case_of, counts, interview_of, place_of
from tests.stories import Wave, a_wave, an_interviewer, some_households

ALL = Choice()


@pytest.fixture
def wave(db: Connection, sealed: Keys, now: datetime) -> Wave:
    return a_wave(db, sealed, now, households=[some_households(30)], objective=20)


@pytest.fixture
def desk(db: Connection, wave: Wave, sealed: Keys, now: datetime) -> Desk:
    return Desk(db=db, keys=sealed, user_id=an_interviewer(db, now, waves=[wave]), now=now)


def a_supervisor(db: Connection, now: datetime, login: str = "superviseur") -> int:
    new = NewUser(
        login=login,
        first_name="Alix",
        display_name=f"Alix {login}",
        role=Role.SUPERVISOR,
        password="une phrase de test",
    )
    made = people.create_user(db, Passwords(least_cost=True), new, now)
    assert isinstance(made, int)
    return made


@pytest.fixture
def boss(db: Connection, now: datetime) -> int:
    return a_supervisor(db, now)


def completed(desk: Desk, **told: object) -> int:
    """An interview done from the first question to the last; returns its case."""
    held = desk.takes()
    tenant = desk.reaches(held)
    tenant.agrees()
    tenant.answers_on(**told)
    desk.closes(Disposition.COMPLETE)
    return held.case_id


def export_id(db: Connection, case_id: int) -> UUID:
    found: UUID = db.execute(
        select(interviews.c.export_id).where(interviews.c.case_id == case_id)
    ).scalar_one()
    return found


def pronounced(
    db: Connection, case_id: int, verdict: Verdict, by: int, now: datetime, seen: int = 0
) -> Settled | NoPlaceLeft:
    said = Pronounced(verdict=verdict, reason="Questions non lues", seen=seen)
    return validating.pronounce(db, export_id(db, case_id), said, by=by, now=now)


def last_verdict(db: Connection) -> int:
    found: int = db.scalar(select(func.max(validations.c.id))) or 0
    return found


def audited(db: Connection, action: str) -> list[tuple[str, str | None]]:
    rows = db.execute(select(audit_log.c.object_id, audit_log.c.purpose).where(audit_log.c.action == action))
    return [(row.object_id, row.purpose) for row in rows]


class TestInvalidating:
    def test_its_place_is_given_back_and_its_case_closed_for_good(
        self, db: Connection, desk: Desk, boss: int, now: datetime
    ) -> None:
        case_id = completed(desk)
        cell_id = case_of(db, case_id).cell_id
        assert counts(db, cell_id) == (1, 0, 0)
        settled = pronounced(db, case_id, Verdict.INVALIDATED, boss, now)
        assert settled == Settled(case_of(db, case_id).wave_id, place_moved=True)
        assert counts(db, cell_id) == (0, 0, 0)
        assert place_of(db, case_id) == PlaceState.RELEASED
        case = case_of(db, case_id)
        assert (case.state, case.close_reason, case.holds_place, case.ready) == (
            CaseState.CLOSED,
            "invalidated",
            False,
            False,
        )
        interview = interview_of(db, case_id)
        assert interview is not None
        assert interview.state == InterviewState.INVALIDATED
        assert audited(db, "interview.invalidated") == [(str(interview.id), "Questions non lues")]
        assert quota_differences(db) == []

    def test_a_full_cell_opens_again_after_the_commit(
        self, database: Database, sealed: Keys, now: datetime
    ) -> None:
        with transaction(database.engine) as db:
            wave = a_wave(db, sealed, now, households=[some_households(3, qpv_every=99)], objective=1)
            desk = Desk(db=db, keys=sealed, user_id=an_interviewer(db, now, waves=[wave]), now=now)
            boss = a_supervisor(db, now)
            case_id = completed(desk)
        housekeeping.sync_open(database.engine, wave.id)
        with transaction(database.engine) as db:
            assert Desk(db=db, keys=sealed, user_id=desk.user_id, now=now).finds_nothing()
            pronounced(db, case_id, Verdict.INVALIDATED, boss, now)
        housekeeping.sync_open(database.engine, wave.id)
        with transaction(database.engine) as db:
            served = Desk(db=db, keys=sealed, user_id=desk.user_id, now=now).takes()
            assert served.case_id != case_id, "an interviewed household is interviewed once"

    def test_the_same_form_sent_twice_has_one_effect(
        self, db: Connection, desk: Desk, boss: int, now: datetime
    ) -> None:
        case_id = completed(desk)
        pronounced(db, case_id, Verdict.INVALIDATED, boss, now)
        again = pronounced(db, case_id, Verdict.INVALIDATED, boss, now)
        assert again == Settled(case_of(db, case_id).wave_id, place_moved=False)
        assert db.scalar(select(func.count()).select_from(validations)) == 1
        assert len(audited(db, "interview.invalidated")) == 1

    def test_a_call_that_is_not_coded_yet_is_not_judged(
        self, db: Connection, desk: Desk, boss: int, now: datetime
    ) -> None:
        held = desk.takes()
        tenant = desk.reaches(held)
        tenant.agrees()
        with pytest.raises(Conflict, match="pas terminé"):
            pronounced(db, held.case_id, Verdict.VALIDATED, boss, now)
        tenant.answers_on()
        with pytest.raises(Conflict, match="pas encore clos"):
            pronounced(db, held.case_id, Verdict.INVALIDATED, boss, now)
        assert finished.finished(db, ALL) == ([], False)

    def test_erased_answers_are_not_judged(
        self, db: Connection, desk: Desk, boss: int, now: datetime
    ) -> None:
        case_id = completed(desk)
        erased = interview_of(db, case_id)
        assert erased is not None
        db.execute(select(func.erase_interview(erased.id, "demandé", boss, now)))
        with pytest.raises(Conflict, match="effacées"):
            pronounced(db, case_id, Verdict.VALIDATED, boss, now)
        assert finished.one_finished(db, export_id(db, case_id)) is None

    @pytest.mark.parametrize("reason", ["", "   "])
    def test_without_a_reason_nothing_is_done(
        self, db: Connection, desk: Desk, boss: int, now: datetime, reason: str
    ) -> None:
        case_id = completed(desk)
        said = Pronounced(verdict=Verdict.INVALIDATED, reason=reason, seen=0)
        with pytest.raises(Invalid):
            validating.pronounce(db, export_id(db, case_id), said, by=boss, now=now)
        assert last_verdict(db) == 0

    def test_an_interview_that_never_was_is_said_so(self, db: Connection, boss: int, now: datetime) -> None:
        said = Pronounced(verdict=Verdict.VALIDATED, reason="vu", seen=0)
        with pytest.raises(NotFound):
            validating.pronounce(db, uuid4(), said, by=boss, now=now)


class TestValidating:
    def test_it_moves_no_place(self, db: Connection, desk: Desk, boss: int, now: datetime) -> None:
        case_id = completed(desk)
        settled = pronounced(db, case_id, Verdict.VALIDATED, boss, now)
        assert isinstance(settled, Settled)
        assert not settled.place_moved
        assert place_of(db, case_id) == PlaceState.DONE
        assert quota_differences(db) == []

    def test_who_changes_his_mind_takes_a_place_again(
        self, db: Connection, desk: Desk, boss: int, now: datetime
    ) -> None:
        case_id = completed(desk)
        pronounced(db, case_id, Verdict.INVALIDATED, boss, now)
        settled = pronounced(db, case_id, Verdict.VALIDATED, boss, now, seen=last_verdict(db))
        assert isinstance(settled, Settled)
        assert settled.place_moved
        case = case_of(db, case_id)
        assert (case.close_reason, place_of(db, case_id)) == ("complete", PlaceState.DONE)
        assert counts(db, case.cell_id) == (1, 0, 0)
        assert len(audited(db, "interview.restored")) == 1
        assert quota_differences(db) == []

    def test_no_place_is_taken_from_somebody_else(
        self, db: Connection, desk: Desk, boss: int, now: datetime
    ) -> None:
        case_id = completed(desk)
        cell_id = case_of(db, case_id).cell_id
        pronounced(db, case_id, Verdict.INVALIDATED, boss, now)
        db.execute(update(quota_cells).where(quota_cells.c.id == cell_id).values(target=0, margin=0))
        found = pronounced(db, case_id, Verdict.VALIDATED, boss, now, seen=last_verdict(db))
        assert found == NoPlaceLeft(cell_id)
        assert case_of(db, case_id).close_reason == "invalidated"
        assert db.scalar(select(func.count()).select_from(validations)) == 1
        assert quota_differences(db) == []

    def test_an_interview_beyond_the_quota_needs_no_place(
        self, db: Connection, desk: Desk, boss: int, now: datetime
    ) -> None:
        case_id = completed(desk)
        interview = interview_of(db, case_id)
        assert interview is not None
        quotas.move_place(db, interview.id, PlaceState.RELEASED, now)
        db.execute(update(interviews).values(surplus=True))
        pronounced(db, case_id, Verdict.INVALIDATED, boss, now)
        settled = pronounced(db, case_id, Verdict.VALIDATED, boss, now, seen=last_verdict(db))
        assert isinstance(settled, Settled)
        assert not settled.place_moved
        assert case_of(db, case_id).close_reason == "surplus"
        assert quota_differences(db) == []

    def test_a_verdict_given_meanwhile_is_read_first(
        self, db: Connection, desk: Desk, boss: int, now: datetime
    ) -> None:
        case_id = completed(desk)
        other = a_supervisor(db, now, "autre")
        pronounced(db, case_id, Verdict.VALIDATED, other, now)
        with pytest.raises(StaleScreen):
            pronounced(db, case_id, Verdict.INVALIDATED, boss, now)
        assert interview_of(db, case_id).state == InterviewState.COMPLETE  # type: ignore[union-attr]


@pytest.fixture
def evening(database: Database, sealed: Keys, now: datetime) -> tuple[Wave, list[int], list[int]]:
    """Six interviews done, in a database of their own, and two supervisors."""
    with transaction(database.engine) as db:
        wave = a_wave(db, sealed, now, households=[some_households(30)], objective=20)
        desk = Desk(db=db, keys=sealed, user_id=an_interviewer(db, now, waves=[wave]), now=now)
        done = [completed(desk) for _ in range(6)]
        bosses = [a_supervisor(db, now, login) for login in ("un", "deux")]
    return wave, done, bosses


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Each in a thread of its own, all let go together; what each came to."""
    came_to: list[object] = [None] * len(acts)
    barrier = threading.Barrier(len(acts))

    def do(rank: int, act: Callable[[], object]) -> None:
        barrier.wait()
        try:
            came_to[rank] = act()
        except (Conflict, StaleScreen) as refused:
            came_to[rank] = refused

    threads = [threading.Thread(target=do, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return came_to


class TestAtTheSameMoment:
    def test_of_two_supervisors_one_decides_and_the_other_is_told(
        self, database: Database, evening: tuple[Wave, list[int], list[int]], now: datetime
    ) -> None:
        _, done, bosses = evening

        def says(case_id: int, verdict: Verdict, by: int) -> object:
            with transaction(database.engine) as db:
                return pronounced(db, case_id, verdict, by, now)

        for case_id in done:
            came_to = at_once(
                lambda case_id=case_id: says(case_id, Verdict.INVALIDATED, bosses[0]),  # type: ignore[misc]
                lambda case_id=case_id: says(case_id, Verdict.VALIDATED, bosses[1]),  # type: ignore[misc]
            )
            assert sorted(type(one).__name__ for one in came_to) == ["Settled", "StaleScreen"]
        with transaction(database.engine) as db:
            assert db.scalar(select(func.count()).select_from(validations)) == 6
            assert quota_differences(db) == []
            invalid = db.scalar(select(func.count()).where(interviews.c.state == "invalidated"))
            still = db.scalar(select(func.sum(quota_cells.c.done)))
            assert still == 6 - (invalid or 0)

    def test_a_place_given_back_is_taken_again_by_one_of_two(
        self, database: Database, evening: tuple[Wave, list[int], list[int]], now: datetime
    ) -> None:
        """Two interviews of one cell were found invalid, its target fell to the places that are left but one."""
        _, done, bosses = evening
        with transaction(database.engine) as db:
            cell_id = case_of(db, done[0]).cell_id
            of_cell = [one for one in done if case_of(db, one).cell_id == cell_id][:2]
            seen = {}
            for case_id in of_cell:
                pronounced(db, case_id, Verdict.INVALIDATED, bosses[0], now)
                seen[case_id] = last_verdict(db)
            left = counts(db, cell_id)[0]
            db.execute(
                update(quota_cells).where(quota_cells.c.id == cell_id).values(target=left + 1, margin=0)
            )

        def restores(case_id: int, by: int) -> object:
            with transaction(database.engine) as db:
                return pronounced(db, case_id, Verdict.VALIDATED, by, now, seen=seen[case_id])

        came_to = at_once(lambda: restores(of_cell[0], bosses[0]), lambda: restores(of_cell[1], bosses[1]))
        assert sorted(type(one).__name__ for one in came_to) == ["NoPlaceLeft", "Settled"]
        with transaction(database.engine) as db:
            assert counts(db, cell_id) == (left + 1, 0, 0)
            assert quota_differences(db) == []

    def test_verdicts_while_the_floor_takes_places_leave_the_counters_exact(
        self, database: Database, evening: tuple[Wave, list[int], list[int]], sealed: Keys, now: datetime
    ) -> None:
        wave, done, bosses = evening
        with transaction(database.engine) as db:
            calling = [
                an_interviewer(db, now, waves=[wave], login=f"te{rank}", first_name="Sacha")
                for rank in (7, 8)
            ]

        def judges(cases_: list[int], by: int) -> None:
            for case_id in cases_:
                with transaction(database.engine) as db:
                    pronounced(db, case_id, Verdict.INVALIDATED, by, now)
                with transaction(database.engine) as db:
                    found = finished.one_finished(db, export_id(db, case_id))
                    assert found is not None
                    pronounced(db, case_id, Verdict.VALIDATED, by, now, seen=found.last_verdict)

        def calls(user_id: int) -> None:
            for _ in range(2):
                with transaction(database.engine) as db:
                    completed(Desk(db=db, keys=sealed, user_id=user_id, now=now))

        came_to = at_once(
            lambda: judges(done[:3], bosses[0]),
            lambda: judges(done[3:], bosses[1]),
            lambda: calls(calling[0]),
            lambda: calls(calling[1]),
        )
        assert came_to == [None] * 4
        with transaction(database.engine) as db:
            assert db.scalar(select(func.sum(quota_cells.c.done))) == 10
            assert quota_differences(db) == []

    def test_an_export_that_reads_waits_for_no_verdict_and_holds_none_back(
        self, database: Database, evening: tuple[Wave, list[int], list[int]], now: datetime
    ) -> None:
        """What is invalidated before its turn to be read is left out, what was read before stays, each once."""
        wave, done, bosses = evening
        autocommit = database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        with autocommit as reader:
            reading = exported.kept(reader, wave.id, {InterviewState.COMPLETE}, batch=2)
            read = [next(reading).export_id for _ in range(2)]
            with transaction(database.engine) as db:
                for case_id in done:
                    pronounced(db, case_id, Verdict.INVALIDATED, bosses[0], now)
            read += [one.export_id for one in reading]
        assert len(read) == len(set(read)) == 2
        with transaction(database.engine) as db:
            assert db.scalar(select(func.sum(quota_cells.c.done))) == 0
            assert quota_differences(db) == []


class TestTheList:
    def test_it_says_how_an_interview_was_done_and_never_whose_it_is(
        self, db: Connection, desk: Desk, now: datetime
    ) -> None:
        case_id = completed(desk)
        (line,), more = finished.finished(db, ALL)
        assert not more
        assert (line.case_id, line.export_id, line.verdict) == (case_id, export_id(db, case_id), None)
        assert line.seconds is not None
        assert line.doubts.timed > 40
        assert line.doubts.too_fast, "all was answered in the same second"
        assert line.doubts.grids > 1

    def test_those_nobody_judged_come_first_then_the_newest(
        self, db: Connection, desk: Desk, boss: int, now: datetime
    ) -> None:
        made = [completed(desk.at(now + rank * 10 * MINUTE)) for rank in range(3)]
        pronounced(db, made[2], Verdict.VALIDATED, boss, now)
        lines, _ = finished.finished(db, ALL)
        assert [line.case_id for line in lines] == [made[1], made[0], made[2]]
        assert [line.case_id for line in finished.finished(db, Choice(verdict="none"))[0]] == made[1::-1]
        assert [line.case_id for line in finished.finished(db, Choice(verdict="validated"))[0]] == [made[2]]

    @pytest.mark.parametrize("column", ["wave_id", "bailleur_id", "interviewer_id"])
    def test_it_is_narrowed_to_a_wave_a_bailleur_an_interviewer(
        self, db: Connection, desk: Desk, wave: Wave, column: str
    ) -> None:
        completed(desk)
        ids = {"wave_id": wave.id, "bailleur_id": wave.bailleurs[0], "interviewer_id": desk.user_id}
        assert len(finished.finished(db, Choice(**{column: ids[column]}))[0]) == 1
        assert finished.finished(db, Choice(**{column: 0}))[0] == []

    def test_the_script_shows_answers_and_hides_what_is_to_be_passed_on(
        self, db: Connection, desk: Desk, wave: Wave, now: datetime
    ) -> None:
        case_id = completed(desk, A3="Le hall est sombre", M5="Je suis Mme Lemaire", A1=3, A2=4)
        interview = interview_of(db, case_id)
        assert interview is not None
        parts = script.script_of(db, interview.id)
        said = {one.question: one for part in parts for one in part.said}
        assert said["A1"].answer.startswith("3. Plutôt pas")
        assert "Habitat des Flandres 1" in said["A1"].text
        assert said["A3"].answer == "«\u00a0Le hall est sombre\u00a0»"
        assert said["M5"].answer == "texte non montré"
        shown = " ".join(f"{one.text} {one.answer}" for one in said.values())
        assert not any(name in shown for name in ("Lemaire", "Delattre", "Carpentier", "Acacias"))

    def test_reading_it_is_audited(self, db: Connection, desk: Desk, boss: int, now: datetime) -> None:
        interview = interview_of(db, completed(desk))
        assert interview is not None
        validating.open_script(db, interview.id, by=boss, now=now)
        assert audited(db, "answers.read") == [(str(interview.id), "quality")]


class TestBackchecks:
    def drawn(self, db: Connection) -> set[int]:
        return set(
            db.scalars(
                select(interviews.c.case_id).join(backchecks, backchecks.c.interview_id == interviews.c.id)
            )
        )

    def test_one_in_ten_is_drawn_among_those_who_agreed_and_stays_so(
        self, db: Connection, desk: Desk, now: datetime
    ) -> None:
        refusing = {completed(desk.at(now + rank * MINUTE), M3=2) for rank in range(3)}
        assert backchecking.draw_backchecks(db, now) == 0, "nobody agreed"
        agreeing = {completed(desk.at(now + rank * MINUTE)) for rank in range(3, 13)}
        assert backchecking.draw_backchecks(db, now) == 2
        drawn = self.drawn(db)
        assert drawn <= agreeing
        assert not drawn & refusing
        assert backchecking.draw_backchecks(db, now) == 0
        assert self.drawn(db) == drawn

    def test_each_interviewer_has_his_own(
        self, db: Connection, desk: Desk, wave: Wave, sealed: Keys, now: datetime
    ) -> None:
        other = Desk(
            db=db, keys=sealed, user_id=an_interviewer(db, now, waves=[wave], login="autre"), now=now
        )
        completed(desk)
        completed(other)
        assert backchecking.draw_backchecks(db, now) == 2
        assert [(one.completed, one.drawn) for one in backcheck_views.checked(db, now)] == [(1, 1), (1, 1)]

    def test_an_erased_interview_gives_way_to_another(
        self, db: Connection, desk: Desk, boss: int, now: datetime
    ) -> None:
        made = [completed(desk.at(now + rank * MINUTE)) for rank in range(2)]
        backchecking.draw_backchecks(db, now)
        (erased,) = self.drawn(db)
        row = interview_of(db, erased)
        assert row is not None
        db.execute(select(func.erase_interview(row.id, "demandé", boss, now)))
        (line,) = db.execute(select(backchecks)).all()
        with pytest.raises(Conflict, match="effacement"):
            backchecking.open_contact(db, line.id, by=boss, now=now)
        assert backcheck_views.backchecks(db, now)[0] == []
        assert backchecking.draw_backchecks(db, now) == 1
        assert self.drawn(db) == set(made)

    def test_two_draws_at_once_draw_what_one_would(
        self, database: Database, evening: tuple[Wave, list[int], list[int]], now: datetime
    ) -> None:
        def draws() -> int:
            with transaction(database.engine) as db:
                return backchecking.draw_backchecks(db, now)

        came_to = at_once(draws, draws, draws)
        assert sorted(came_to) == [0, 0, 1]  # type: ignore[type-var]

    def one(self, db: Connection, desk: Desk, now: datetime) -> int:
        completed(desk)
        backchecking.draw_backchecks(db, now)
        found: int = db.execute(select(backchecks.c.id)).scalar_one()
        return found

    def test_the_number_is_read_for_a_purpose_and_audited(
        self, db: Connection, desk: Desk, boss: int, sealed: Keys, now: datetime
    ) -> None:
        backcheck_id = self.one(db, desk, now)
        before = len(audited(db, "identity.read"))
        backchecking.open_contact(db, backcheck_id, by=boss, now=now)
        case_id = backcheck_views.backcheck(db, backcheck_id).case_id  # type: ignore[union-attr]
        assert audited(db, "identity.read")[before:] == [(str(case_id), "backcheck")]
        contact = backcheck_views.contact(db, sealed, backcheck_id)
        assert contact.name.startswith("Claude ")
        assert contact.numbers[0].startswith("+3363998")

    def test_an_opposed_number_is_not_called_for_that_either(
        self, db: Connection, desk: Desk, sealed: Keys, now: datetime
    ) -> None:
        backcheck_id = self.one(db, desk, now)
        db.execute(update(phones).values(status="opposed"))
        assert backcheck_views.contact(db, sealed, backcheck_id).numbers == []

    def test_calls_are_counted_once_each(self, db: Connection, desk: Desk, boss: int, now: datetime) -> None:
        backcheck_id = self.one(db, desk, now)
        key = uuid4()
        for each in (key, key, uuid4()):
            backchecking.note_call(db, backcheck_id, key=each, by=boss, now=now)
        line = backcheck_views.backcheck(db, backcheck_id)
        assert line is not None
        assert (line.calls, line.last_called_at) == (2, now)

    def test_a_result_is_said_once_and_a_doubt_wants_a_word(
        self, db: Connection, desk: Desk, boss: int, now: datetime
    ) -> None:
        backcheck_id = self.one(db, desk, now)
        with pytest.raises(Invalid):
            backchecking.conclude(db, backcheck_id, BackcheckResult.NO_INTERVIEW, " ", by=boss, now=now)
        for _ in range(2):
            backchecking.conclude(
                db, backcheck_id, BackcheckResult.NO_INTERVIEW, "n’a pas été appelée", by=boss, now=now
            )
        with pytest.raises(Conflict):
            backchecking.conclude(db, backcheck_id, BackcheckResult.CONFIRMED, "", by=boss, now=now)
        with pytest.raises(Conflict):
            backchecking.open_contact(db, backcheck_id, by=boss, now=now)
        assert len(audited(db, "backcheck.done")) == 1
        to_do, done = backcheck_views.backchecks(db, now)
        assert (to_do, [one.result for one in done]) == ([], [BackcheckResult.NO_INTERVIEW])
        assert [one.doubtful for one in backcheck_views.checked(db, now)] == [1]

    def test_the_week_before_is_still_drawn_on_monday_an_old_one_is_not(
        self, db: Connection, desk: Desk, now: datetime
    ) -> None:
        completed(desk)
        assert backchecking.draw_backchecks(db, now + timedelta(days=28)) == 0
        assert backchecking.draw_backchecks(db, now + timedelta(days=6)) == 1


class TestDangers:
    def raised(self, db: Connection, desk: Desk) -> int:
        desk.reaches(desk.takes())
        return endangered.raise_danger(db, desk.user_id, desk.now)

    def test_it_stands_until_somebody_says_what_was_done(
        self, db: Connection, desk: Desk, boss: int, now: datetime
    ) -> None:
        danger_id = self.raised(db, desk)
        (line,) = danger_views.open_dangers(db)
        assert (line.id, line.bailleur, line.raised_at) == (danger_id, "Habitat des Flandres 1", now)
        for _ in range(2):
            dangers.close_danger(db, danger_id, "Le 112 a été appelé.", by=boss, now=now + MINUTE)
        assert danger_views.open_dangers(db) == []
        (line,) = danger_views.handled_dangers(db, now + MINUTE)
        assert (line.what_was_done, line.handled_at) == ("Le 112 a été appelé.", now + MINUTE)
        assert audited(db, "danger.handled") == [(str(line.case_id), None)], "what was done stays beside it"

    def test_it_is_handled_once_and_in_words(
        self, db: Connection, desk: Desk, boss: int, now: datetime
    ) -> None:
        danger_id = self.raised(db, desk)
        with pytest.raises(Invalid):
            dangers.close_danger(db, danger_id, " ", by=boss, now=now)
        dangers.close_danger(db, danger_id, "Le 112 a été appelé.", by=boss, now=now)
        with pytest.raises(Conflict):
            dangers.close_danger(db, danger_id, "Rien.", by=a_supervisor(db, now, "autre"), now=now)
        with pytest.raises(NotFound):
            dangers.close_danger(db, 0, "Rien.", by=boss, now=now)


class TestRights:
    def test_an_opposition_is_told_by_its_cases_never_by_a_number(
        self, db: Connection, desk: Desk, now: datetime
    ) -> None:
        held = desk.takes()
        desk.reaches(held)
        desk.closes(Disposition.OPPOSITION)
        db.execute(insert(oppositions).values(phone_hmac=b"unknown", said_at=now - timedelta(days=2)))
        (today, (said,)), (before, (received,)) = rights.oppositions(db)
        assert (today.day, before.day) == (24, 22)
        assert [case_id for case_id, _, _ in said.cases] == [held.case_id]
        assert (said.said_to, received.said_to) == ("Camille interviewer", None)
        assert (list(received.cases), received.numbers) == ([], 1)

    def test_an_erased_interview_is_listed_with_who_when_and_why(
        self, db: Connection, desk: Desk, now: datetime
    ) -> None:
        held = desk.takes()
        tenant = desk.reaches(held)
        tenant.agrees()
        desk.closes(Disposition.WITHDRAWN, reason="le demande")
        (line,) = rights.withdrawals(db)
        assert (line.case_id, line.by, line.reason) == (held.case_id, "Camille interviewer", "le demande")
        assert line.export_id == export_id(db, held.case_id)

    def test_an_address_is_to_be_corrected_until_it_is_ticked_off(
        self, db: Connection, desk: Desk, boss: int, now: datetime
    ) -> None:
        held = desk.takes()
        tenant = desk.reaches(held)
        for question, answer in (("INT1", 1), ("INT2", 1), ("INT3", 1), ("INT4", 2)):
            tenant.says(question, answer)
        (line,) = rights.addresses_to_correct(db)
        assert (line.case_id, line.said_to) == (held.case_id, "Camille interviewer")
        addresses.settle_address(db, held.case_id, "dit au bailleur", by=boss, now=now)
        assert rights.addresses_to_correct(db) == []
        assert audited(db, "address.settled") == [(str(held.case_id), "dit au bailleur")]
        with pytest.raises(Conflict):
            addresses.settle_address(db, held.case_id, "dit au bailleur", by=boss, now=now)
