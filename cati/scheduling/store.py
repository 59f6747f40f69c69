"""SQL that keeps protocols and appointments. Protocol versions are immutable, so each is read once per process."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from cati.errors import NotFound
from cati.scheduling.rules import Appointment, AppointmentState, Calendar, Protocol
from cati.scheduling.tables import appointments, closures, protocols
from cati.surveys.tables import calendars

_read_protocols: dict[tuple[str | None, int, int], Protocol] = {}
_in_force: dict[tuple[str | None, int], tuple[datetime, Protocol]] = {}
_LOOK_AGAIN = timedelta(seconds=5)


def set_protocol(
    db: Connection, wave_id: int, protocol: Protocol, *, reason: str, by: int | None, now: datetime
) -> int:
    """Put a new version of the wave's protocol in force; returns its number."""
    version = (version_in_force(db, wave_id) or 0) + 1
    db.execute(
        insert(protocols).values(
            wave_id=wave_id,
            version=version,
            content=protocol.model_dump(mode="json"),
            reason=reason,
            set_by=by,
            set_at=now,
        )
    )
    _in_force.pop((db.engine.url.database, wave_id), None)
    return version


def version_in_force(db: Connection, wave_id: int) -> int | None:
    """The latest version of the wave's protocol, or None while it has none."""
    latest: int | None = db.scalar(
        select(func.max(protocols.c.version)).where(protocols.c.wave_id == wave_id)
    )
    return latest


def protocol(db: Connection, wave_id: int, version: int | None = None) -> Protocol:
    """A version of the wave's protocol, the one in force if none is named."""
    version = version or version_in_force(db, wave_id)
    if version is None:
        raise NotFound(wave=wave_id, sought="protocol")
    key = (db.engine.url.database, wave_id, version)
    if key not in _read_protocols:
        content = db.execute(
            select(protocols.c.content).where(protocols.c.wave_id == wave_id, protocols.c.version == version)
        ).scalar_one()
        _read_protocols[key] = Protocol.model_validate(content)
    return _read_protocols[key]


def protocol_now(db: Connection, wave_id: int, now: datetime) -> Protocol:
    """The protocol in force, looked up again every few seconds: it is read at each answer and changes twice a month."""
    key = (db.engine.url.database, wave_id)
    seen = _in_force.get(key)
    if seen is None or not seen[0] <= now < seen[0] + _LOOK_AGAIN:
        _in_force[key] = seen = (now, protocol(db, wave_id))
    return seen[1]


def calendar(db: Connection, calendar_id: int, wave_id: int) -> Calendar:
    """One of them, with the days on which this wave calls nobody."""
    closed = (
        select(func.array_agg(closures.c.day))
        .where(or_(closures.c.wave_id.is_(None), closures.c.wave_id == wave_id))
        .scalar_subquery()
    )
    query = select(calendars, closed.label("closed")).where(calendars.c.id == calendar_id)
    row = db.execute(query).one()
    return Calendar(id=row.id, zone=row.zone, holidays=row.holidays, closures=frozenset(row.closed or ()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """A day on which nobody is called, in one wave or (None) in all."""

    id: int
    wave_id: int | None
    day: date
    reason: str
    set_by: int | None
    set_at: datetime


def closures_of(db: Connection, wave_id: int | None, since: date) -> list[Closure]:
    """The closures of the wave and of all waves from this day on; without a wave, every one."""
    concerned = or_(closures.c.wave_id.is_(None), closures.c.wave_id == wave_id)
    query = select(closures).where(closures.c.day >= since).order_by(closures.c.day, closures.c.id)
    rows = db.execute(query if wave_id is None else query.where(concerned))
    return [Closure(**row._mapping) for row in rows]


def add_closure(
    db: Connection, day: date, *, wave_id: int | None, reason: str, by: int | None, now: datetime
) -> int | None:
    """Write a closure; None when the day is closed already for the same."""
    values = {"day": day, "wave_id": wave_id, "reason": reason, "set_by": by, "set_at": now}
    added = upsert(closures).values(values).on_conflict_do_nothing().returning(closures.c.id)
    closure_id: int | None = db.execute(added).scalar_one_or_none()
    return closure_id


def remove_closure(db: Connection, closure_id: int) -> Closure:
    """Take a closure back; returns what it was."""
    row = db.execute(delete(closures).where(closures.c.id == closure_id).returning(closures)).one_or_none()
    if row is None:
        raise NotFound(closure=closure_id)
    return Closure(**row._mapping)


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """The appointment that stands for a case."""

    id: int
    case_id: int
    appointment: Appointment
    note: str | None


def planned(db: Connection, case_id: int) -> Planned | None:
    """The case's appointment, or None."""
    query = select(appointments).where(
        appointments.c.case_id == case_id, appointments.c.state == AppointmentState.PLANNED
    )
    row = db.execute(query).one_or_none()
    if row is None:
        return None
    stands = Appointment(at=row.at, firm=row.firm, owner_id=row.owner_id, missed=row.missed)
    return Planned(id=row.id, case_id=row.case_id, appointment=stands, note=row.note)


def plan(
    db: Connection,
    case_id: int,
    appointment: Appointment,
    *,
    phone_id: int | None,
    note: str | None,
    made_by: int,
    now: datetime,
) -> int:
    """Write an appointment; the case has none standing. Returns its id."""
    planned_id: int = db.execute(
        insert(appointments)
        .values(
            case_id=case_id,
            at=appointment.at,
            firm=appointment.firm,
            state=AppointmentState.PLANNED,
            owner_id=appointment.owner_id,
            phone_id=phone_id,
            note=note,
            missed=appointment.missed,
            made_by=made_by,
            made_at=now,
        )
        .returning(appointments.c.id)
    ).scalar_one()
    return planned_id


def end(db: Connection, appointment_id: int, state: AppointmentState) -> None:
    """The appointment was kept, missed for good, or replaced."""
    db.execute(update(appointments).where(appointments.c.id == appointment_id).values(state=state))


def move(db: Connection, appointment_id: int, at: datetime, missed: int) -> None:
    """A missed appointment stands again at a later time."""
    db.execute(update(appointments).where(appointments.c.id == appointment_id).values(at=at, missed=missed))
