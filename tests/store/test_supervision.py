"""What a supervisor sees and does: figures, board, floor; a cell paused or changed, a case taken back."""

from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Connection, func, select, update

from cati import sealing
from cati.audit.tables import audit_log
from cati.calling.actions import closing, dialling, presence, taking
from cati.calling.actions.closing import Verdict
from cati.calling.actions.taking import NothingDue
from cati.calling.store.checks import quota_differences
from cati.calling.views.taken_back import TOLD_FOR, why_taken_back
from cati.cases.rules import CaseState, Disposition, InterviewState
from cati.cases.store import attempts, queue
from cati.cases.store.queue import Held
from cati.cases.tables import case_queue, cases
from cati.errors import CaseTaken, Conflict, Invalid, NotFound, QuotaTooSmall
from cati.interviews import store as interviews
from cati.people import actions as people
from cati.people.actions import NewUser
from cati.people.passwords import Passwords
from cati.people.rules import Role
from cati.quotas import store as quotas
from cati.quotas.tables import quota_cells
from cati.sealing import Keys
from cati.supervision.actions import cells, releasing
from cati.supervision.actions.releasing import Released, StillOnTheLine
from cati.supervision.rules import Pace, SeatState
from cati.supervision.views.board import Board, board, cell
from cati.supervision.views.explaining import explain
from cati.supervision.views.figures import open_waves, status, waves
from cati.supervision.views.floor import held_case, last_hour, stations
from cati.telephony.rules import Key
from cati.telephony.simulated import Fate
from tests.stories import (
    Household,
    Tenant,
    Wave,
    a_case_in_hand,
    a_dial_that,
    a_wave,
    an_interview,
    an_interviewer,
    some_households,
)

MINUTE = timedelta(minutes=1)


@pytest.fixture
def opened(keys: Path) -> Keys:
    sealing.create(keys)
    return sealing.load(keys)


@pytest.fixture
def wave(db: Connection, opened: Keys, now: datetime) -> Wave:
    """Two bailleurs: twelve households each, three of them in a QPV; of the first two more, one without a number."""
    first = [*some_households(12), Household(id="X1"), Household(id="X2", mobile="06 39 98 90 00")]
    return a_wave(db, opened, now, households=[first, some_households(12, prefix="B", first=101)])


@pytest.fixture
def te(db: Connection, wave: Wave, now: datetime) -> int:
    return an_interviewer(db, now, waves=[wave])


@pytest.fixture
def boss(db: Connection, now: datetime) -> int:
    new = NewUser(
        login="superviseur",
        first_name="Alix",
        display_name="Alix Fictif",
        role=Role.SUPERVISOR,
        password="une phrase de test",
    )
    made = people.create_user(db, Passwords(least_cost=True), new, now)
    assert isinstance(made, int)
    return made


def first_number(db: Connection, held: Held) -> int:
    return attempts.usable_numbers(db, held.household_id)[0]


def in_interview(db: Connection, keys: Keys, user_id: int, now: datetime) -> tuple[Held, Tenant]:
    """The next case, on the line, its introduction done."""
    held = a_case_in_hand(db, user_id, now)
    interview_id = an_interview(db, keys, user_id, first_number(db, held), now)
    tenant = Tenant(db=db, user_id=user_id, interview_id=interview_id, now=now + MINUTE)
    tenant.agrees()
    return held, tenant


def cell_ids(shown: Board) -> list[int]:
    return [one.id for line in shown.lines for one in (line.outside, line.inside)]


class TestFigures:
    def test_the_status_counts_the_sample_the_cases_and_the_quotas(self, db: Connection, wave: Wave) -> None:
        figures = status(db)
        assert {name: figures[name] for name in ("bailleurs", "households", "callable", "rejected_rows")} == {
            "bailleurs": 2,
            "households": 26,
            "callable": 25,
            "rejected_rows": 0,
        }
        assert figures["reasons"] == {"no_phone": 1}
        assert figures["cases"] == {"closed": 1, "waiting": 25}
        assert figures["interviews"] == {}
        assert sum(one["target"] for one in figures["quota_cells"]) == 20
        assert list(figures["quota_cells"][0]) == [
            "bailleur",
            "qpv",
            "target",
            "done",
            "reserved",
            "promised",
        ]

    def test_the_phones_are_the_numbers_kept(self, db: Connection, wave: Wave) -> None:
        twos = sum(rank % 4 == 1 for rank in (*range(1, 13), *range(101, 113)))
        assert status(db)["phones"] == 25 + twos

    def test_an_empty_installation_has_figures_too(self, db: Connection) -> None:
        assert status(db)["households"] == 0
        assert waves(db) == []

    def test_the_waves_are_listed_with_their_size(self, db: Connection, wave: Wave) -> None:
        (found,) = waves(db)
        assert (found.state, found.bailleurs, found.households, found.objective, found.done) == (
            "open",
            2,
            26,
            20,
            0,
        )
        assert [one.id for one in open_waves(db)] == [wave.id]


class TestBoard:
    def test_each_bailleur_has_a_line_with_both_cells(
        self, db: Connection, wave: Wave, now: datetime
    ) -> None:
        shown = board(db, wave.id, now)
        assert [line.bailleur for line in shown.lines] == ["Habitat des Flandres 1", "Habitat des Flandres 2"]
        assert [(line.outside.left, line.inside.left) for line in shown.lines] == [(10, 3), (9, 3)]
        assert shown.target == 20

    def test_an_interview_moves_from_the_sample_to_under_way_to_done(
        self, db: Connection, wave: Wave, te: int, opened: Keys, now: datetime
    ) -> None:
        left = sum(one.left for line in board(db, wave.id, now).lines for one in (line.outside, line.inside))
        held, tenant = in_interview(db, opened, te, now)
        midway = board(db, wave.id, now)
        assert (midway.done, midway.under_way) == (0, 1)
        assert (
            sum(one.left for line in midway.lines for one in (line.outside, line.inside)) == left - 1
        )  # it holds a place
        tenant.answers_on()
        over = board(db, wave.id, now + MINUTE)
        assert (over.done, over.under_way, over.done_today) == (1, 0, 1)
        assert held.cell_id in cell_ids(over)

    def test_what_was_done_yesterday_is_not_of_today(
        self, db: Connection, wave: Wave, te: int, opened: Keys, now: datetime
    ) -> None:
        in_interview(db, opened, te, now)[1].answers_on()
        assert board(db, wave.id, now + timedelta(days=1)).done_today == 0

    def test_the_bailleurs_in_trouble_come_first(self, db: Connection, wave: Wave, now: datetime) -> None:
        second = board(db, wave.id, now).lines[1].outside.id
        db.execute(update(case_queue).where(case_queue.c.cell_id == second).values(ready=False))
        shown = board(db, wave.id, now)
        assert [line.bailleur for line in shown.lines] == ["Habitat des Flandres 2", "Habitat des Flandres 1"]
        assert shown.lines[0].worst is Pace.LATE
        assert shown.attention[0].cell.id == second
        assert shown.count(Pace.LATE) == 1

    def test_the_board_counts_its_own_wave(
        self, db: Connection, wave: Wave, opened: Keys, now: datetime
    ) -> None:
        other = a_wave(db, opened, now, households=[some_households(8, first=301)], code="autre")
        assert len(board(db, other.id, now).lines) == 1
        assert len(board(db, wave.id, now).lines) == 2


class TestFloor:
    def test_a_desk_goes_from_the_card_to_the_interview(
        self, db: Connection, wave: Wave, te: int, opened: Keys, now: datetime
    ) -> None:
        assert stations(db, now)[0].seat.state is SeatState.AWAY
        presence.arrive(db, te, now)
        assert stations(db, now)[0].seat.state is SeatState.PRESENT
        held = a_case_in_hand(db, te, now)
        assert stations(db, now)[0].seat.state is SeatState.CARD
        dial_id = a_dial_that(Fate.PERSON)
        dialling.dial(db, te, first_number(db, held), dial_id=dial_id, keys=opened, now=now)
        assert stations(db, now)[0].seat.state is SeatState.DIALLING
        interview_id = dialling.answer(db, te, dial_id, request=uuid4(), now=now + timedelta(seconds=20))
        (line,) = stations(db, now + MINUTE)
        assert (line.seat.state, line.case_id, line.wave) == (
            SeatState.INTRODUCTION,
            held.case_id,
            "triennale-2026",
        )
        Tenant(db=db, user_id=te, interview_id=interview_id, now=now + MINUTE).agrees()
        assert stations(db, now + MINUTE)[0].seat.state is SeatState.INTERVIEW
        dialling.hang_up(db, te, dial_id, now + MINUTE)
        assert stations(db, now + MINUTE)[0].seat.state is SeatState.CLOSING

    def test_a_pause_says_why(self, db: Connection, te: int, now: datetime) -> None:
        presence.pause(db, te, "café", now)
        (line,) = stations(db, now + timedelta(minutes=9))
        assert (line.seat.state, line.seat.since, line.pause_code) == (SeatState.PAUSED, now, "café")

    def test_the_last_hour_counts_attempts_by_disposition(
        self, db: Connection, wave: Wave, te: int, opened: Keys, now: datetime
    ) -> None:
        for _ in range(2):
            held = a_case_in_hand(db, te, now)
            an_interview(db, opened, te, first_number(db, held), now)
            closing.close(db, te, Verdict(disposition=Disposition.REFUSAL_PERSON), now + MINUTE)
        found = [(one.label, one.count) for one in last_hour(db, wave.id, now + 2 * MINUTE)]
        assert found == [("Refus de la personne", 2)]
        assert last_hour(db, wave.id, now + timedelta(hours=2)) == []


class TestPausingACell:
    def test_a_paused_cell_serves_no_fresh_case_once_synced(
        self, db: Connection, wave: Wave, te: int, boss: int, now: datetime
    ) -> None:
        for cell_id in cell_ids(board(db, wave.id, now)):
            assert cells.pause_cell(db, cell_id, True, reason="essai", by=boss, now=now) == wave.id
        assert quotas.sync_open(db, wave.id) == 25
        assert isinstance(taking.take_next_case(db, te, now), NothingDue)
        assert board(db, wave.id, now).count(Pace.PAUSED) == 4

    def test_a_cell_paused_this_second_serves_none_either(
        self, db: Connection, wave: Wave, te: int, boss: int, now: datetime
    ) -> None:
        for cell_id in cell_ids(board(db, wave.id, now)):
            cells.pause_cell(db, cell_id, True, reason="essai", by=boss, now=now)
        assert isinstance(taking.take_next_case(db, te, now), NothingDue), "the counter is the truth"

    def test_resuming_gives_the_cases_back(
        self, db: Connection, wave: Wave, te: int, boss: int, now: datetime
    ) -> None:
        for paused in (True, False):
            for cell_id in cell_ids(board(db, wave.id, now)):
                cells.pause_cell(db, cell_id, paused, reason="essai", by=boss, now=now)
            quotas.sync_open(db, wave.id)
        assert isinstance(taking.take_next_case(db, te, now), Held)

    def test_it_is_audited(self, db: Connection, wave: Wave, boss: int, now: datetime) -> None:
        cell_id = cell_ids(board(db, wave.id, now))[0]
        cells.pause_cell(db, cell_id, True, reason="essai", by=boss, now=now)
        line = db.execute(select(audit_log).order_by(audit_log.c.id.desc()).limit(1)).one()
        assert (line.user_id, line.action, line.object_id) == (boss, "quota.pause", str(cell_id))

    def test_a_cell_that_does_not_exist_is_said_so(self, db: Connection, boss: int, now: datetime) -> None:
        with pytest.raises(NotFound):
            cells.pause_cell(db, 0, True, reason="essai", by=boss, now=now)
        assert cell(db, 0) is None


class TestChangingLimits:
    def change(
        self, db: Connection, cell_id: int, boss: int, now: datetime, *, target: int, margin: int = 0
    ) -> int:
        return cells.set_limits(
            db, cell_id, target=target, margin=margin, reason="échantillon épuisé", by=boss, now=now
        )

    def test_a_target_may_be_raised_and_lowered(
        self, db: Connection, wave: Wave, boss: int, now: datetime
    ) -> None:
        cell_id = cell_ids(board(db, wave.id, now))[0]
        before = quotas.cell(db, cell_id)
        assert self.change(db, cell_id, boss, now, target=3, margin=2) == wave.id
        after = quotas.cell(db, cell_id)
        assert (after.target, after.margin) == (3, 2)
        details = db.execute(
            select(audit_log.c.details).order_by(audit_log.c.id.desc()).limit(1)
        ).scalar_one()
        assert details == {"target": [before.target, 3], "margin": [0, 2]}

    def test_it_never_goes_below_what_is_held_and_says_the_figure(
        self, db: Connection, wave: Wave, te: int, boss: int, opened: Keys, now: datetime
    ) -> None:
        held, _ = in_interview(db, opened, te, now)
        assert held.cell_id is not None
        before = quotas.cell(db, held.cell_id)
        with pytest.raises(QuotaTooSmall, match="sous 1"):
            self.change(db, held.cell_id, boss, now, target=0)
        assert quotas.cell(db, held.cell_id) == before, "the transaction goes on"
        self.change(db, held.cell_id, boss, now, target=0, margin=1)


class TestTakingACaseBack:
    def test_nothing_dialled_it_waits_as_it_did(
        self, db: Connection, wave: Wave, te: int, boss: int, now: datetime
    ) -> None:
        held = a_case_in_hand(db, te, now)
        before = db.execute(
            select(case_queue.c.due_at).where(case_queue.c.case_id == held.case_id)
        ).scalar_one()
        assert releasing.release_case(db, held.case_id, by=boss, now=now) == Released(held.case_id)
        row = db.execute(select(case_queue).where(case_queue.c.case_id == held.case_id)).one()
        assert (row.lease_by, row.fresh, row.due_at, row.not_user_id) == (None, True, before, None)
        assert stations(db, now)[0].seat.state is SeatState.PRESENT

    def test_with_a_call_up_it_waits_for_its_end(
        self, db: Connection, wave: Wave, te: int, boss: int, opened: Keys, now: datetime
    ) -> None:
        held, tenant = in_interview(db, opened, te, now)
        lines = db.scalar(select(func.count()).select_from(audit_log))
        outcome = releasing.release_case(db, held.case_id, by=boss, now=now, reason="fin de service")
        assert outcome == StillOnTheLine(held.case_id)
        assert queue.held_by(db, te) is not None
        assert db.scalar(select(func.count()).select_from(audit_log)) == lines
        assert tenant.says("A1", 1)

    def test_at_once_needs_a_reason(
        self, db: Connection, wave: Wave, te: int, boss: int, opened: Keys, now: datetime
    ) -> None:
        held, _ = in_interview(db, opened, te, now)
        with pytest.raises(Invalid):
            releasing.release_case(db, held.case_id, by=boss, now=now, force=True, reason="  ")

    def test_by_force_the_interview_is_suspended_with_its_answers_and_its_place(
        self, db: Connection, wave: Wave, te: int, boss: int, opened: Keys, now: datetime
    ) -> None:
        held, tenant = in_interview(db, opened, te, now)
        tenant.says("A1", 2)
        releasing.release_case(
            db, held.case_id, by=boss, now=now, force=True, reason="malaise du télé-enquêteur"
        )
        interview = interviews.load(db, tenant.interview_id)
        assert interview.state is InterviewState.SUSPENDED
        assert interview.answers["A1", ""].value == 2
        assert quotas.place(db, interview.id) is not None
        assert db.scalar(select(cases.c.state).where(cases.c.id == held.case_id)) == CaseState.INTERRUPTED
        attempt = attempts.open_attempt_of(db, held.case_id)
        assert attempt is not None
        assert all(each.ended_at is not None for each in attempts.dials_of(db, attempt))

    def test_the_interviewer_is_told_why_for_a_while(
        self, db: Connection, wave: Wave, te: int, boss: int, opened: Keys, now: datetime
    ) -> None:
        held, _ = in_interview(db, opened, te, now)
        assert why_taken_back(db, te, now) is None
        releasing.release_case(db, held.case_id, by=boss, now=now, force=True, reason="appel de secours")
        assert (
            why_taken_back(db, te, now + MINUTE) == "Dossier repris par Alix Fictif\u00a0: appel de secours"
        )
        assert why_taken_back(db, te, now + TOLD_FOR) is None
        with pytest.raises(CaseTaken):
            dialling.hang_up(db, te, uuid4(), now + MINUTE)

    def test_the_next_answer_of_the_one_it_was_taken_from_is_refused(
        self, db: Connection, wave: Wave, te: int, boss: int, opened: Keys, now: datetime
    ) -> None:
        held, tenant = in_interview(db, opened, te, now)
        releasing.release_case(db, held.case_id, by=boss, now=now, force=True, reason="relève")
        with pytest.raises(CaseTaken):
            tenant.says("A1", 1)

    def test_another_interviewer_goes_on_with_it_and_the_one_who_lost_it_does_not(
        self, db: Connection, wave: Wave, te: int, boss: int, opened: Keys, now: datetime
    ) -> None:
        held, _ = in_interview(db, opened, te, now)
        releasing.release_case(db, held.case_id, by=boss, now=now, force=True, reason="relève")
        other = an_interviewer(db, now, waves=[wave], login="other", first_name="Sacha")
        mine = taking.take_next_case(db, te, now + MINUTE)
        assert isinstance(mine, Held)
        assert mine.case_id != held.case_id
        theirs = taking.take_next_case(db, other, now + MINUTE)
        assert isinstance(theirs, Held)
        assert theirs.case_id == held.case_id

    def test_after_the_call_it_needs_no_force(
        self, db: Connection, wave: Wave, te: int, boss: int, opened: Keys, now: datetime
    ) -> None:
        held = a_case_in_hand(db, te, now)
        dial_id = a_dial_that(Fate.PERSON)
        dialling.dial(db, te, first_number(db, held), dial_id=dial_id, keys=opened, now=now)
        dialling.answer(db, te, dial_id, request=uuid4(), now=now + timedelta(seconds=20))
        dialling.hang_up(db, te, dial_id, now + MINUTE)
        assert isinstance(releasing.release_case(db, held.case_id, by=boss, now=now + MINUTE), Released)
        assert queue.held(db, held.case_id) is None

    def test_a_complete_interview_left_on_its_closing_screen_is_closed_complete(
        self, db: Connection, wave: Wave, te: int, boss: int, opened: Keys, now: datetime
    ) -> None:
        held, tenant = in_interview(db, opened, te, now)
        tenant.answers_on()
        releasing.release_case(
            db, held.case_id, by=boss, now=now + MINUTE, force=True, reason="poste en panne"
        )
        row = db.execute(select(cases).where(cases.c.id == held.case_id)).one()
        assert (row.state, row.close_reason) == (CaseState.CLOSED, "complete")
        assert board(db, wave.id, now + MINUTE).done == 1
        assert quota_differences(db) == []

    def test_a_case_nobody_holds_is_not_released(
        self, db: Connection, wave: Wave, te: int, boss: int, now: datetime
    ) -> None:
        held = a_case_in_hand(db, te, now)
        assert held_case(db, held.case_id, now) is not None
        releasing.release_case(db, held.case_id, by=boss, now=now)
        assert held_case(db, held.case_id, now) is None
        with pytest.raises(Conflict):
            releasing.release_case(db, held.case_id, by=boss, now=now)


class TestQuotaCheck:
    def test_interviews_done_by_the_rules_leave_no_difference(
        self, db: Connection, wave: Wave, te: int, opened: Keys, now: datetime
    ) -> None:
        in_interview(db, opened, te, now)[1].answers_on()
        closing.close(db, te, Verdict(disposition=Disposition.COMPLETE), now + 2 * MINUTE)
        in_interview(db, opened, te, now)
        assert quota_differences(db) == []

    def test_a_counter_that_lies_is_found(
        self, db: Connection, wave: Wave, te: int, opened: Keys, now: datetime
    ) -> None:
        held, _ = in_interview(db, opened, te, now)
        db.execute(update(quota_cells).where(quota_cells.c.id == held.cell_id).values(reserved=0, done=1))
        found = {(one.what, one.recorded, one.found) for one in quota_differences(db)}
        assert found == {("done", 1, 0), ("reserved", 0, 1), ("complete interviews", 1, 0)}

    def test_a_place_of_an_interview_that_ended_is_found(
        self, db: Connection, wave: Wave, te: int, opened: Keys, now: datetime
    ) -> None:
        _, tenant = in_interview(db, opened, te, now)
        interviews.set_state(db, tenant.interview_id, InterviewState.BROKEN_OFF, now)
        assert [(one.what, one.found) for one in quota_differences(db)] == [("places without ground", 1)]


class TestExplaining:
    def failing(self, db: Connection, case_id: int, now: datetime) -> list[str]:
        return [each.name for each in explain(db, case_id, now).filters if not each.passed]

    def test_a_case_that_may_be_served_passes_every_filter(
        self, db: Connection, wave: Wave, te: int, now: datetime
    ) -> None:
        held = a_case_in_hand(db, te, now)
        queue.end_lease(db, held.case_id)
        found = explain(db, held.case_id, now)
        assert found.served
        assert found.state == "en attente (jamais appelé)"

    def test_a_case_in_hand_says_whose(self, db: Connection, wave: Wave, te: int, now: datetime) -> None:
        held = a_case_in_hand(db, te, now)
        assert self.failing(db, held.case_id, now) == ["En main de personne"]
        why = next(each.why for each in explain(db, held.case_id, now).filters if not each.passed)
        assert why.startswith("Camille interviewer, jusqu’à 24/11/2026 18 h 02")

    def test_a_later_hour_is_said_and_a_paused_cell_of_fresh_cases_only(
        self, db: Connection, wave: Wave, te: int, boss: int, opened: Keys, now: datetime
    ) -> None:
        held = a_case_in_hand(db, te, now)
        dial_id = a_dial_that(Fate.NO_ANSWER)
        dialling.dial(db, te, first_number(db, held), dial_id=dial_id, keys=opened, now=now)
        dialling.hear(db, te, dial_id, Key.NO_ANSWER, now + MINUTE)
        if queue.held_by(db, te) is not None:  # a second number was left
            closing.close(db, te, Verdict(disposition=Disposition.NO_ANSWER), now + MINUTE)
        assert held.cell_id is not None
        cells.pause_cell(db, held.cell_id, True, reason="essai", by=boss, now=now)
        assert self.failing(db, held.case_id, now + MINUTE) == ["Échéance atteinte"]
        fresh = select(case_queue.c.case_id).where(case_queue.c.cell_id == held.cell_id, case_queue.c.fresh)
        assert self.failing(db, db.scalars(fresh.limit(1)).one(), now + MINUTE) == ["Quota ouvert"]

    def test_a_household_without_number_never_entered_the_queue(
        self, db: Connection, wave: Wave, now: datetime
    ) -> None:
        case_id = db.execute(select(cases.c.id).where(cases.c.state == CaseState.CLOSED)).scalar_one()
        assert self.failing(db, case_id, now) == [
            "Ménage appelable d’après l’échantillon",
            "Dossier en attente",
            "Numéro à appeler",
        ]
        assert explain(db, case_id, now).order == "pas dans la file"

    def test_the_explanation_is_true_for_every_case(
        self, db: Connection, wave: Wave, te: int, now: datetime
    ) -> None:
        """What is said to be served is served: one take after the other empties exactly those cases."""
        said = {case_id for case_id in db.scalars(select(cases.c.id)) if explain(db, case_id, now).served}
        taken: set[int] = set()
        while isinstance(held := taking.take_next_case(db, te, now), Held):
            taken.add(held.case_id)
            queue.end_lease(db, held.case_id)
            db.execute(update(case_queue).where(case_queue.c.case_id == held.case_id).values(ready=False))
        assert taken == said

    def test_an_unknown_case_is_said_so(self, db: Connection, now: datetime) -> None:
        with pytest.raises(NotFound):
            explain(db, 0, now)
