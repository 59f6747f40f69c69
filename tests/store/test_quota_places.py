"""Places of a quota: fifty interviewers at a boundary of twenty, and counters that are always the ledger's."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Connection, Engine, func, select, update
from sqlalchemy.exc import IntegrityError

from cati.calling.actions import taking
from cati.calling.actions.answering import Recorded
from cati.calling.store.checks import quota_differences
from cati.cases.rules import Disposition, InterviewState
from cati.cases.store.queue import Held
from cati.cases.tables import case_queue, cases
from cati.interviews import store as interviews
from cati.interviews.store import Opening
from cati.interviews.tables import interviews as interview_rows
from cati.quotas import store as quotas
from cati.quotas.rules import PlaceState
from cati.quotas.tables import quota_cells, quota_places
from cati.sealing import Keys
from tests.conftest import Database
from tests.store.calls import DAY, Desk, case_of, counts, place_of
from tests.stories import Household, Tenant, Wave, a_wave, an_interviewer

SEATS, TARGET = 50, 20


def single(count: int) -> list[Household]:
    return [Household(id=f"Q{rank}", mobile=f"06 39 98 40 {rank:02}") for rank in range(1, count + 1)]


def at_once(engine: Engine, seats: list[Any], act: Callable[[Connection, Any], Any]) -> list[Any]:
    """What each seat does, all at the same moment, each on its own connection."""
    start = Barrier(len(seats))

    def one(seat: Any) -> Any:
        with engine.begin() as db:
            start.wait(timeout=30)
            return act(db, seat)

    with ThreadPoolExecutor(len(seats)) as pool:
        return list(pool.map(one, seats))


class TestFiftyAtTheBoundary:
    def test_twenty_are_done_none_over_and_nobody_is_thrown_out_late(
        self, database: Database, sealed: Keys, now: datetime
    ) -> None:
        with database.engine.begin() as db:
            wave = a_wave(db, sealed, now, households=[single(SEATS)], objective=TARGET)
            people = [an_interviewer(db, now, waves=[wave], login=f"te{rank}") for rank in range(SEATS)]

        held = at_once(database.engine, people, lambda db, me: taking.take_next_case(db, me, now))
        assert all(isinstance(each, Held) for each in held)
        assert len({each.case_id for each in held}) == SEATS

        on_line = []
        for me, mine in zip(people, held, strict=True):
            with database.engine.begin() as db:
                tenant = Desk(db=db, keys=sealed, user_id=me, now=now).reaches(mine)
                for question in ("INT1", "INT2", "INT3"):
                    tenant.says(question, 1)
                on_line.append(tenant)

        def lets_in(db: Connection, tenant: Tenant) -> InterviewState:
            outcome = _moved(tenant, db).says("INT4", 1)
            assert isinstance(outcome, Recorded)
            return outcome.interview.state

        states = at_once(database.engine, on_line, lets_in)
        assert Counter(states) == {
            InterviewState.OPEN: TARGET,
            InterviewState.QUOTA_FULL: SEATS - TARGET,
        }

        let_in = [tenant for tenant, state in zip(on_line, states, strict=True) if state == "open"]
        with ThreadPoolExecutor(TARGET) as pool:
            ends = list(pool.map(lambda tenant: _to_the_end(database.engine, tenant), let_in))
        assert ends == [InterviewState.COMPLETE] * TARGET
        with database.engine.begin() as db:
            cell = db.execute(select(quota_cells).where(quota_cells.c.target > 0)).one()
            assert (cell.done, cell.reserved, cell.promised, cell.target) == (TARGET, 0, 0, TARGET)
            assert quota_differences(db) == []
            assert quotas.sync_open(db, wave.id) == SEATS
            open_now = select(func.count()).select_from(case_queue).where(case_queue.c.cell_open)
            assert db.scalar(open_now) == 0


def _moved(tenant: Tenant, db: Connection) -> Tenant:
    return Tenant(db=db, user_id=tenant.user_id, interview_id=tenant.interview_id, now=tenant.now)


def _to_the_end(engine: Engine, tenant: Tenant) -> InterviewState:
    with engine.begin() as db:
        _moved(tenant, db).answers_on(until="L1")
    with engine.begin() as db:
        _moved(tenant, db).answers_on()
        return interviews.load(db, tenant.interview_id).state


@pytest.fixture
def wave(db: Connection, sealed: Keys, now: datetime) -> Wave:
    return a_wave(db, sealed, now, households=[single(6)], objective=3)


def opened(db: Connection, wave: Wave, now: datetime) -> list[int]:
    """An interview for each case of the wave, as its first introduction screen leaves it."""
    by = an_interviewer(db, now, waves=[wave])
    facts = {"year": 2026, "date": "2026-11-24"}
    return [
        interviews.open_interview(
            db,
            Opening(
                case_id=case_id,
                questionnaire_id=wave.questionnaire_id,
                facts=facts,
                interviewer_id=by,
                call_no=1,
            ),
            now,
        )
        for case_id in db.scalars(select(cases.c.id).where(cases.c.wave_id == wave.id))
    ]


class Places(RuleBasedStateMachine):
    """Six interviews in a cell of three places and one of margin, whatever is done to them and however often."""

    def __init__(self, db: Connection, cell_id: int, ids: list[int], now: datetime) -> None:
        super().__init__()
        self.db, self.cell_id, self.ids, self.now = db, cell_id, ids, now
        self.held: dict[int, PlaceState] = {}
        self.trial = db.begin_nested()

    who = st.integers(min_value=0, max_value=5)

    def _take(self, interview_id: int, state: PlaceState) -> None:
        taken = quotas.take_place(self.db, interview_id, self.cell_id, state, self.now)
        assert taken == (interview_id in self.held or len(self.held) < 4)
        if taken:
            self.held[interview_id] = state

    @rule(who=who)
    def promise(self, who: int) -> None:
        if self.ids[who] not in self.held:
            self._take(self.ids[who], PlaceState.PROMISED)

    @rule(who=who)
    def reserve(self, who: int) -> None:
        if self.held.get(self.ids[who]) is not PlaceState.DONE:
            self._take(self.ids[who], PlaceState.RESERVED)

    @precondition(lambda self: self.held)
    @rule(who=who, state=st.sampled_from([PlaceState.DONE, PlaceState.RESERVED, PlaceState.RELEASED]))
    def move(self, who: int, state: PlaceState) -> None:
        interview_id = self.ids[who]
        moved = quotas.move_place(self.db, interview_id, state, self.now)
        assert moved == (interview_id in self.held)
        if moved:
            self.held[interview_id] = state
        if state is PlaceState.RELEASED:
            self.held.pop(interview_id, None)

    @invariant()
    def the_counters_are_the_ledgers(self) -> None:
        kept = Counter(self.held.values())
        expected = tuple(kept[s] for s in (PlaceState.DONE, PlaceState.RESERVED, PlaceState.PROMISED))
        assert counts(self.db, self.cell_id) == expected
        ledger = self.db.execute(
            select(quota_places.c.interview_id, quota_places.c.state).where(
                quota_places.c.state != "released"
            )
        )
        assert {row.interview_id: row.state for row in ledger} == self.held

    def teardown(self) -> None:
        self.trial.rollback()


def test_whatever_is_done_the_counters_are_the_ledgers(db: Connection, wave: Wave, now: datetime) -> None:
    ids = opened(db, wave, now)
    cell_id = db.scalars(select(quota_cells.c.id).where(quota_cells.c.target == 3)).one()
    db.execute(update(quota_cells).where(quota_cells.c.id == cell_id).values(margin=1))
    run_state_machine_as_test(
        lambda: Places(db, cell_id, ids, now),
        settings=settings(
            max_examples=15,
            stateful_step_count=20,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_database_itself_refuses_one_place_too_many(db: Connection, wave: Wave) -> None:
    full = update(quota_cells).values(done=quota_cells.c.target + quota_cells.c.margin + 1)
    with pytest.raises(IntegrityError, match="never_over_target"), db.begin_nested():
        db.execute(full)


class TestPlacesInTheFlow:
    @pytest.fixture
    def desk(self, db: Connection, sealed: Keys, wave: Wave, now: datetime) -> Desk:
        return Desk(db=db, keys=sealed, user_id=an_interviewer(db, now, waves=[wave]), now=now)

    def broken_off(self, db: Connection, desk: Desk) -> Held:
        """A case broken off, whose place was given back; every other is out of the queue."""
        held = desk.takes()
        desk.reaches(held).agrees()
        desk.closes(Disposition.BREAK_OFF)
        others = case_queue.c.case_id != held.case_id
        db.execute(update(case_queue).where(others).values(ready=False))
        return held

    def fill(self, db: Connection, held: Held) -> None:
        full = update(quota_cells).where(quota_cells.c.id == held.cell_id)
        db.execute(full.values(done=quota_cells.c.target))

    def test_a_resumed_interview_reserves_again_as_it_is_taken(self, db: Connection, desk: Desk) -> None:
        held = self.broken_off(db, desk)
        assert counts(db, held.cell_id) == (0, 0, 0)
        assert desk.at(desk.now + DAY).takes().holds_place is False  # as it was found
        assert place_of(db, held.case_id) == "reserved"
        assert case_of(db, held.case_id).holds_place
        assert counts(db, held.cell_id) == (0, 1, 0)

    def test_without_a_place_it_is_not_served_and_comes_back_when_one_frees(
        self, db: Connection, desk: Desk
    ) -> None:
        held = self.broken_off(db, desk)
        self.fill(db, held)
        later = desk.at(desk.now + DAY)
        assert later.finds_nothing()
        assert case_of(db, held.case_id).state == "waiting"
        db.execute(update(quota_cells).where(quota_cells.c.id == held.cell_id).values(done=0))
        assert later.takes().case_id == held.case_id

    def test_a_paused_cell_stops_fresh_cases_only(self, db: Connection, desk: Desk, wave: Wave) -> None:
        held = desk.takes()
        desk.dials(held)
        desk.closes(Disposition.NO_ANSWER)
        quotas.set_paused(db, held.cell_id or 0, True)
        quotas.sync_open(db, wave.id)
        later = desk.at(desk.now + DAY)
        assert later.takes().case_id == held.case_id
        later.dials(held)
        later.closes(Disposition.NO_ANSWER)
        assert later.finds_nothing()

    def test_a_case_that_holds_a_place_is_called_even_if_its_cell_is_full_and_paused(
        self, db: Connection, desk: Desk, wave: Wave, now: datetime
    ) -> None:
        held = desk.takes()
        tenant = desk.reaches(held)
        tenant.says("INT1", 1)
        tenant.says("INT2", 2)
        desk.closes(Disposition.APPOINTMENT_FIRM, at=now + DAY)
        db.execute(
            update(quota_cells)
            .where(quota_cells.c.id == held.cell_id)
            .values(done=quota_cells.c.target - 1, paused=True)
        )
        quotas.sync_open(db, wave.id)
        assert desk.at(now + DAY).takes().case_id == held.case_id

    def test_a_completed_interview_corrected_moves_between_done_and_reserved(
        self, db: Connection, desk: Desk
    ) -> None:
        held = desk.takes()
        tenant = desk.reaches(held)
        tenant.agrees()
        tenant.answers_on()
        assert counts(db, held.cell_id) == (1, 0, 0)
        tenant.says("L2", 2, confirm=["route"])  # now two live there: more is asked
        assert interviews.load(db, tenant.interview_id).state is InterviewState.OPEN
        assert counts(db, held.cell_id) == (0, 1, 0)
        tenant.answers_on()
        assert counts(db, held.cell_id) == (1, 0, 0)

    def test_a_quota_found_full_is_said_and_leaves_no_trace_in_the_counters(
        self, db: Connection, desk: Desk
    ) -> None:
        held = desk.takes()
        tenant = desk.reaches(held)
        self.fill(db, held)
        before = counts(db, held.cell_id)
        outcome = tenant.agrees()
        assert isinstance(outcome, Recorded)
        assert outcome.interview.state is InterviewState.QUOTA_FULL
        assert counts(db, held.cell_id) == before
        desk.closes(Disposition.QUOTA_FULL)
        case = case_of(db, held.case_id)
        assert (case.state, case.close_reason) == ("closed", "quota_full")
        ever = db.execute(select(interview_rows.c.first_eligible_at)).scalar_one()
        assert ever is not None
