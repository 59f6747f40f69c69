"""What the live floor reads: desks and their alarms, the pace of cells, the day's curve, appointments, priorities."""

from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Connection, func, insert, select, update

from cati import sealing
from cati.audit.tables import audit_log
from cati.calling.actions import closing, dialling
from cati.calling.actions.closing import Verdict
from cati.cases.rules import Disposition
from cati.cases.store import attempts
from cati.cases.store.queue import Held
from cati.cases.tables import case_queue
from cati.errors import Invalid, NotFound
from cati.interviews.tables import answer_events, dangers, help_calls, interviews
from cati.quotas.tables import quota_cells, quota_places
from cati.scheduling.tables import appointments as planned
from cati.sealing import Keys
from cati.supervision.actions import priorities
from cati.supervision.rules import Alarm, SeatState
from cati.supervision.store.priorities import BATCH
from cati.supervision.views.appointed import appointments
from cati.supervision.views.board import board, midnight
from cati.supervision.views.curve import curve
from cati.supervision.views.floor import last_hour, stations
from cati.supervision.views.wall import wall
from cati.surveys.tables import wave_bailleurs
from cati.telephony.simulated import Fate
from tests.stories import (
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
HOUR = timedelta(hours=1)


@pytest.fixture
def opened(keys: Path) -> Keys:
    sealing.create(keys)
    return sealing.load(keys)


@pytest.fixture
def wave(db: Connection, opened: Keys, now: datetime) -> Wave:
    """Two bailleurs of twelve households each, three of them in a QPV."""
    lists = [some_households(12), some_households(12, prefix="B", first=101)]
    return a_wave(db, opened, now - HOUR, households=lists)


@pytest.fixture
def te(db: Connection, wave: Wave, now: datetime) -> int:
    return an_interviewer(db, now - HOUR, waves=[wave])


def in_interview(db: Connection, keys: Keys, te: int, now: datetime) -> tuple[Held, Tenant]:
    held = a_case_in_hand(db, te, now)
    number = attempts.usable_numbers(db, held.household_id)[0]
    interview_id = an_interview(db, keys, te, number, now)
    tenant = Tenant(db=db, user_id=te, interview_id=interview_id, now=now + MINUTE)
    tenant.agrees()
    return held, tenant


def complete(db: Connection, wave: Wave, te: int, now: datetime, *, times: int = 1) -> int:
    """Interviews completed at `now`, of the first bailleur's cell outside the QPV; returns the cell."""
    cell_id = db.execute(
        select(quota_cells.c.id).where(quota_cells.c.bailleur_id == wave.bailleurs[0], ~quota_cells.c.qpv)
    ).scalar_one()
    cases = db.scalars(
        select(case_queue.c.case_id)
        .where(case_queue.c.cell_id == cell_id, case_queue.c.case_id.not_in(select(interviews.c.case_id)))
        .limit(times)
    ).all()
    assert len(cases) == times
    for case_id in cases:
        interview_id = db.execute(
            insert(interviews)
            .values(
                case_id=case_id,
                wave_id=wave.id,
                bailleur_id=wave.bailleurs[0],
                export_id=uuid4(),
                questionnaire_id=wave.questionnaire_id,
                state="complete",
                seq=1,
                changed_seq=1,
                facts={},
                call_no=1,
                interviewer_id=te,
                opened_at=now,
                completed_at=now,
                surplus=False,
                observed=False,
            )
            .returning(interviews.c.id)
        ).scalar_one()
        db.execute(
            insert(quota_places).values(interview_id=interview_id, cell_id=cell_id, state="done", since=now)
        )
    db.execute(update(quota_cells).where(quota_cells.c.id == cell_id).values(done=quota_cells.c.done + times))
    return int(cell_id)


class TestDesks:
    def test_the_question_on_the_screen_and_since_when(
        self, db: Connection, wave: Wave, te: int, opened: Keys, now: datetime
    ) -> None:
        _, tenant = in_interview(db, opened, te, now)
        (line,) = stations(db, now + 2 * MINUTE)
        assert (line.seat.state, line.question, line.shown_at) == (SeatState.INTERVIEW, "A1", tenant.now)
        assert line.alarms == ()
        db.execute(update(case_queue).where(case_queue.c.lease_by == te).values(lease_until=now + HOUR))
        (line,) = stations(db, now + 10 * MINUTE)
        assert line.alarms == (Alarm.TOO_LONG,)

    def test_ten_answers_in_a_breath_are_too_fast(
        self, db: Connection, wave: Wave, te: int, opened: Keys, now: datetime
    ) -> None:
        _, tenant = in_interview(db, opened, te, now)
        tenant.answers_on("D1")
        assert db.scalar(select(func.count()).where(answer_events.c.kind == "answered")) >= 10
        (line,) = stations(db, now + 2 * MINUTE)
        assert line.alarms == (Alarm.TOO_FAST,)

    def test_danger_comes_before_help_until_somebody_dealt_with_it(
        self, db: Connection, wave: Wave, te: int, now: datetime
    ) -> None:
        held = a_case_in_hand(db, te, now)
        db.execute(insert(help_calls).values(user_id=te, asked_at=now))
        db.execute(insert(dangers).values(case_id=held.case_id, raised_by=te, raised_at=now))
        assert stations(db, now)[0].alarms == (Alarm.DANGER, Alarm.HELP)
        db.execute(update(dangers).values(handled_at=now, what_was_done="pompiers prévenus"))
        db.execute(update(help_calls).values(closed_at=now))
        assert stations(db, now)[0].alarms == ()

    def test_a_wave_shows_those_who_call_for_it_and_those_who_call_for_nobody(
        self, db: Connection, wave: Wave, te: int, opened: Keys, now: datetime
    ) -> None:
        other = a_wave(db, opened, now, households=[some_households(2, prefix="C", first=201)], code="autre")
        elsewhere = an_interviewer(db, now, waves=[other], login="ailleurs")
        newcomer = an_interviewer(db, now, login="nouveau")
        assert {line.user_id for line in stations(db, now, wave_id=wave.id)} == {te, newcomer}
        assert {line.user_id for line in stations(db, now, wave_id=other.id)} == {elsewhere, newcomer}
        assert len(stations(db, now)) == 3

    def test_a_bailleur_shows_those_who_have_a_case_of_his(
        self, db: Connection, wave: Wave, te: int, now: datetime
    ) -> None:
        held = a_case_in_hand(db, te, now)
        shown = {
            bailleur: [line.user_id for line in stations(db, now, wave_id=wave.id, bailleur_id=bailleur)]
            for bailleur in wave.bailleurs
        }
        assert shown == {
            bailleur: [te] if bailleur == held.bailleur_id else [] for bailleur in wave.bailleurs
        }

    def test_the_last_hour_of_one_bailleur(
        self, db: Connection, wave: Wave, te: int, opened: Keys, now: datetime
    ) -> None:
        held = a_case_in_hand(db, te, now)
        number = attempts.usable_numbers(db, held.household_id)[0]
        dial_id = a_dial_that(Fate.NO_ANSWER)
        dialling.dial(db, te, number, dial_id=dial_id, keys=opened, now=now)
        closing.close(db, te, Verdict(disposition=Disposition.NO_ANSWER), now + MINUTE)
        counted = {
            bailleur: sum(line.count for line in last_hour(db, wave.id, now + 2 * MINUTE, bailleur))
            for bailleur in (None, *wave.bailleurs)
        }
        assert counted[None] == counted[held.bailleur_id] == 1
        assert sum(counted.values()) == 2


class TestTheBoard:
    def test_the_pace_of_the_week_is_that_of_the_places_done(
        self, db: Connection, wave: Wave, te: int, now: datetime
    ) -> None:
        db.execute(update(wave_bailleurs).values(opened_at=now - timedelta(days=30)))
        cell_id = complete(db, wave, te, now - timedelta(days=2), times=3)
        complete(db, wave, te, now - timedelta(days=8), times=2)
        (line,) = board(db, wave.id, now, wave.bailleurs[0]).lines
        assert line.outside.id == cell_id
        assert line.outside.counts.done == 5
        assert line.outside.ahead.per_day == pytest.approx(3 / 7)

    def test_one_bailleur_is_counted_alone(self, db: Connection, wave: Wave, te: int, now: datetime) -> None:
        complete(db, wave, te, now, times=2)
        first, second = (board(db, wave.id, now, bailleur) for bailleur in wave.bailleurs)
        assert (first.done_today, second.done_today) == (2, 0)
        assert first.target + second.target == board(db, wave.id, now).target


class TestTheDay:
    def test_the_curve_counts_by_half_hour_up_to_now(
        self, db: Connection, wave: Wave, te: int, now: datetime
    ) -> None:
        complete(db, wave, te, now - timedelta(minutes=50), times=2)
        complete(db, wave, te, now - timedelta(minutes=10))
        complete(db, wave, te, midnight(now) - MINUTE)
        found = curve(db, wave.id, now + MINUTE)
        done = dict(zip(found.at, found.done, strict=True))
        assert found.today == 3
        assert (done[now - HOUR], done[now - HOUR / 2], done[now], done[now + HOUR / 2]) == (0, 2, 3, 3)
        assert done[now + HOUR] is None, "what has not been"

    def test_the_pace_needed_reaches_the_days_goal_at_its_end(
        self, db: Connection, wave: Wave, te: int, now: datetime
    ) -> None:
        db.execute(update(wave_bailleurs).values(closes_on=now.date() + timedelta(days=3)))
        complete(db, wave, te, now, times=2)
        found = curve(db, wave.id, now)
        assert found.goal == pytest.approx(20 / 4), "what is done today was still to do this morning"
        assert (found.needed[0], found.needed[-1]) == (0, 5)
        assert found.expected == pytest.approx(5 * 9 / 12), "six in the evening of a day from nine to nine"
        assert sum(curve(db, wave.id, now, bailleur).goal for bailleur in wave.bailleurs) == pytest.approx(5)

    def test_nothing_to_draw_is_a_curve_too(self, db: Connection, wave: Wave, now: datetime) -> None:
        assert curve(db, wave.id, now, wave.bailleurs[1]).today == 0


class TestAppointments:
    def test_those_that_are_late_then_those_of_the_hour(
        self, db: Connection, wave: Wave, te: int, now: datetime
    ) -> None:
        cases = db.scalars(select(case_queue.c.case_id).order_by(case_queue.c.case_id).limit(4)).all()
        for case_id, delay in zip(cases, (30, -15, 90, -1), strict=True):
            db.execute(
                insert(planned).values(
                    case_id=case_id,
                    at=now + delay * MINUTE,
                    firm=True,
                    state="planned",
                    owner_id=te,
                    missed=0,
                    made_by=te,
                    made_at=now - HOUR,
                )
            )
        found = appointments(db, wave.id, now)
        assert [(one.case_id, one.late) for one in found.first] == [
            (cases[1], True),
            (cases[3], False),  # a minute: it is being called
            (cases[0], False),
        ]
        assert (found.late, found.due) == (1, 2)
        db.execute(update(case_queue).where(case_queue.c.case_id == cases[1]).values(ready=False))
        assert appointments(db, wave.id, now).late == 0, "somebody calls, or it is closed"


class TestTheWall:
    def test_calls_for_one_interview(
        self, db: Connection, wave: Wave, te: int, opened: Keys, now: datetime
    ) -> None:
        assert wall(db, wave.id, now).calls_per_interview is None
        in_interview(db, opened, te, now)
        complete(db, wave, te, now)
        found = wall(db, wave.id, now + MINUTE)
        assert (found.calls, found.today, found.calls_per_interview) == (1, 1, 1.0)
        assert found.by_state == [(SeatState.INTERVIEW, [te])]
        assert [bar.rank for bar in found.bars] == [1, 2]


class TestPriorities:
    @pytest.fixture
    def boss(self, db: Connection, now: datetime) -> int:
        return an_interviewer(db, now, login="boss")

    def served(self, db: Connection, te: int, now: datetime, count: int = 6) -> list[int]:
        """Whose households come next, without keeping any."""
        query = select(quota_cells.c.bailleur_id).join(case_queue, case_queue.c.cell_id == quota_cells.c.id)
        return list(db.scalars(query.order_by(case_queue.c.rank).limit(count)))

    def test_the_highest_is_called_first_and_set_back_all_is_as_it_was(
        self, db: Connection, wave: Wave, te: int, boss: int, now: datetime
    ) -> None:
        ranks = select(case_queue.c.case_id, case_queue.c.rank).order_by(case_queue.c.case_id)
        before, (first, second) = db.execute(ranks).all(), wave.bailleurs
        for priority, bailleur in ((1, first), (2, second), (0, second)):
            priorities.set_priority(db, wave.id, bailleur, priority, reason="visite", by=boss, now=now)
            assert priorities.shift_ranks(db, wave.id) == 12
            assert self.served(db, te, now) == [first if priority < 2 else second] * 6
            assert a_case_in_hand_of(db, te, now) == (first if priority < 2 else second)
        priorities.set_priority(db, wave.id, first, 0, reason="fini", by=boss, now=now)
        priorities.shift_ranks(db, wave.id)
        assert db.execute(ranks).all() == before

    def test_it_is_done_by_batches_that_wait_for_nobody(
        self, db: Connection, opened: Keys, boss: int, now: datetime
    ) -> None:
        many = a_wave(db, opened, now, households=[some_households(BATCH + 30)], code="grande")
        priorities.set_priority(db, many.id, many.bailleurs[0], -2, reason="retard", by=boss, now=now)
        assert [priorities.shift_ranks(db, many.id) for _ in range(3)] == [BATCH, 30, 0]

    def test_it_is_audited_with_its_reason(
        self, db: Connection, wave: Wave, boss: int, now: datetime
    ) -> None:
        priorities.set_priority(db, wave.id, wave.bailleurs[0], 1, reason="visite", by=boss, now=now)
        row = db.execute(select(audit_log).where(audit_log.c.action == "bailleur.priority")).one()
        assert (row.user_id, row.object_id, row.purpose) == (boss, str(wave.bailleurs[0]), "visite")
        assert row.details == {"wave": wave.id, "priority": [0, 1]}

    @pytest.mark.parametrize("priority", [-3, 3])
    def test_beyond_the_scale(
        self, db: Connection, wave: Wave, boss: int, now: datetime, priority: int
    ) -> None:
        with pytest.raises(Invalid):
            priorities.set_priority(db, wave.id, wave.bailleurs[0], priority, reason="trop", by=boss, now=now)

    def test_a_bailleur_who_does_not_take_part(
        self, db: Connection, wave: Wave, boss: int, now: datetime
    ) -> None:
        with pytest.raises(NotFound):
            priorities.set_priority(db, wave.id, 0, 1, reason="visite", by=boss, now=now)


def a_case_in_hand_of(db: Connection, te: int, now: datetime) -> int:
    """Whose household the take picks; it is given back."""
    with db.begin_nested() as kept:
        bailleur_id = a_case_in_hand(db, te, now).bailleur_id
        kept.rollback()
    return bailleur_id
