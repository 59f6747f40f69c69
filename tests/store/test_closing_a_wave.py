"""The field ends: every case that still waited gets its outcome, nobody is cut off."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, select, update

from cati.calling.actions import closing, waves
from cati.calling.actions.closing import Verdict
from cati.cases.rules import Disposition, InterviewState, Outcome, RefusalKind
from cati.cases.store import attempts
from cati.cases.tables import cases
from cati.errors import Conflict
from cati.interviews.tables import interviews
from cati.quotas.tables import quota_cells
from cati.scheduling.rules import STANDARD
from cati.sealing import Keys
from cati.surveys.tables import waves as wave_rows
from tests.stories import Tenant, Wave, a_case_in_hand, a_wave, an_interview, an_interviewer, some_households


@pytest.fixture
def wave(db: Connection, sealed: Keys, now: datetime) -> Wave:
    """Eight households out of the QPV, so that one cell has them all."""
    return a_wave(
        db, sealed, now, households=[some_households(8, qpv_every=99)], objective=8, protocol=STANDARD
    )


def outcomes(db: Connection, wave: Wave) -> dict[str, int]:
    reasons = db.scalars(select(cases.c.close_reason).where(cases.c.wave_id == wave.id)).all()
    return {reason: reasons.count(reason) for reason in set(reasons)}


def talks(db: Connection, sealed: Keys, wave: Wave, me: int, now: datetime) -> Tenant:
    held = a_case_in_hand(db, me, now)
    phone = attempts.usable_numbers(db, held.household_id)[0]
    return Tenant(db=db, user_id=me, interview_id=an_interview(db, sealed, me, phone, now), now=now)


def test_what_was_never_called_says_so_and_what_was_keeps_what_it_came_to(
    db: Connection, sealed: Keys, now: datetime, wave: Wave
) -> None:
    me = an_interviewer(db, now, waves=[wave])
    tenant = talks(db, sealed, wave, me, now)
    tenant.says("INT1", 7)
    soft = Verdict(disposition=Disposition.REFUSAL_PERSON, refusal_kind=RefusalKind.SOFT)
    closing.close(db, me, soft, now + timedelta(minutes=1))
    ended = waves.close_wave(db, wave.id, now + timedelta(hours=1))
    assert ended == {Outcome.NOT_ATTEMPTED: 7, Outcome.REFUSAL_PERSON: 1}
    assert outcomes(db, wave) == {"not_attempted": 7, "refusal_person": 1}
    assert db.scalar(select(wave_rows.c.state).where(wave_rows.c.id == wave.id)) == "closed"


def test_an_interview_far_enough_is_partial_and_gives_its_place_back(
    db: Connection, sealed: Keys, now: datetime, wave: Wave
) -> None:
    me = an_interviewer(db, now, waves=[wave])
    tenant = talks(db, sealed, wave, me, now)
    tenant.agrees()
    tenant.answers_on(until="I1")
    broken = Verdict(disposition=Disposition.BREAK_OFF)
    closing.close(db, me, broken, now + timedelta(minutes=9))
    waves.close_wave(db, wave.id, now + timedelta(hours=1))
    state = db.scalar(select(interviews.c.state).where(interviews.c.id == tenant.interview_id))
    counts = db.execute(
        select(quota_cells.c.done, quota_cells.c.reserved).where(
            quota_cells.c.wave_id == wave.id, ~quota_cells.c.qpv
        )
    ).one()
    assert (state, outcomes(db, wave)["partial"], tuple(counts)) == (InterviewState.PARTIAL, 1, (0, 0))


def test_whoever_waited_behind_a_full_cell_is_out_of_quota(
    db: Connection, sealed: Keys, now: datetime, wave: Wave
) -> None:
    me = an_interviewer(db, now, waves=[wave])
    talks(db, sealed, wave, me, now)
    closing.close(db, me, Verdict(disposition=Disposition.CALLBACK), now + timedelta(minutes=1))
    db.execute(update(quota_cells).where(quota_cells.c.wave_id == wave.id).values(done=quota_cells.c.target))
    assert waves.close_wave(db, wave.id, now + timedelta(hours=1)) == {Outcome.QUOTA_FULL: 8}
    assert outcomes(db, wave) == {"quota_full": 8}


def test_nobody_is_cut_off_by_a_date(db: Connection, sealed: Keys, now: datetime, wave: Wave) -> None:
    me = an_interviewer(db, now, waves=[wave])
    talks(db, sealed, wave, me, now)
    with pytest.raises(Conflict):
        waves.close_wave(db, wave.id, now)
    assert db.scalar(select(wave_rows.c.state).where(wave_rows.c.id == wave.id)) == "open"
