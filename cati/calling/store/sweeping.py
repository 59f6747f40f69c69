"""SQL that finds what time alone has ended: leases, dials, appointments, places."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from cati.calling.caseref import CaseRef
from cati.cases.rules import CaseState, InterviewState
from cati.cases.tables import case_queue, cases
from cati.interviews.tables import interviews
from cati.quotas.rules import PlaceState
from cati.quotas.tables import quota_places
from cati.scheduling.rules import AppointmentState
from cati.scheduling.tables import appointments
from cati.surveys.rules import WaveState
from cati.surveys.tables import waves


def expired_leases(db: Connection, now: datetime, most: int = 100) -> list[tuple[int, int]]:
    """(case, holder) of the leases that ran out, as far as can be told without waiting for anybody."""
    query = (
        select(case_queue.c.case_id, case_queue.c.lease_by)
        .where(case_queue.c.lease_by.is_not(None), case_queue.c.lease_until <= now)
        .order_by(case_queue.c.case_id)
        .limit(most)
    )
    return [(row.case_id, row.lease_by) for row in db.execute(query)]


def lock_interview(db: Connection, case_id: int) -> int | None:
    """The case's interview, locked, without waiting: None when there is none or somebody is changing it."""
    found = select(interviews.c.id).where(interviews.c.case_id == case_id)
    return db.execute(found.with_for_update(skip_locked=True)).scalar_one_or_none()


def interview_of(db: Connection, case_id: int) -> int | None:
    """The case's interview, whoever is changing it."""
    return db.execute(select(interviews.c.id).where(interviews.c.case_id == case_id)).scalar_one_or_none()


def waiting_firm(db: Connection, wave_id: int, before: datetime) -> list[CaseRef]:
    """Cases in nobody's hands that wait for a firm appointment which came due before then."""
    query = (
        select(case_queue.c.case_id, case_queue.c.wave_id, cases.c.household_id, case_queue.c.calendar_id)
        .join(cases, cases.c.id == case_queue.c.case_id)
        .join(appointments, appointments.c.case_id == cases.c.id)
        .where(
            case_queue.c.wave_id == wave_id,
            case_queue.c.lease_by.is_(None),
            cases.c.state == CaseState.WAITING,
            appointments.c.state == AppointmentState.PLANNED,
            appointments.c.firm,
            appointments.c.at <= before,
        )
        .order_by(appointments.c.at)
        .limit(100)
    )
    return [CaseRef(*row) for row in db.execute(query)]


def suspended_holding_places(db: Connection, wave_id: int, before: datetime) -> list[tuple[int, int]]:
    """(case, interview) suspended before then that keep a place without an appointment; nobody holds them."""
    planned = select(appointments.c.id).where(
        appointments.c.case_id == interviews.c.case_id, appointments.c.state == AppointmentState.PLANNED
    )
    query = (
        select(interviews.c.case_id, interviews.c.id)
        .join(quota_places, quota_places.c.interview_id == interviews.c.id)
        .join(case_queue, case_queue.c.case_id == interviews.c.case_id)
        .where(
            interviews.c.wave_id == wave_id,
            interviews.c.state == InterviewState.SUSPENDED,
            interviews.c.suspended_at <= before,
            quota_places.c.state.in_([PlaceState.RESERVED, PlaceState.PROMISED]),
            case_queue.c.lease_by.is_(None),
            ~planned.exists(),
        )
        .order_by(interviews.c.id)
        .limit(100)
        .with_for_update(of=interviews, skip_locked=True)
    )
    return [(row.case_id, row.id) for row in db.execute(query)]


def open_wave_ids(db: Connection) -> Sequence[int]:
    """The waves whose field is open."""
    return db.execute(select(waves.c.id).where(waves.c.state == WaveState.OPEN)).scalars().all()
