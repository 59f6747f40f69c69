"""The protocol of a wave as a supervisor reads it: in force, its versions, and what another one would change now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from cati.cases.rules import WaitReason
from cati.cases.store import attempts
from cati.scheduling import store as scheduling
from cati.scheduling.rules import CONVERSION, Calendar, Protocol, caps_reached, is_open
from cati.scheduling.store import Closure

_LOOKED_AT = 500  # cases near a lower cap, read one by one: beyond, the count is a floor


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A version of a wave's protocol as it was put in force."""

    number: int
    protocol: Protocol
    reason: str
    set_by: str | None  #: None: by a command, or at the making of the wave
    set_at: datetime


def versions(db: Connection, wave_id: int) -> list[Version]:
    """Every version, the one in force first."""
    rows = db.execute(_VERSIONS, {"wave": wave_id})
    return [
        Version(
            number=row.version,
            protocol=scheduling.protocol(db, wave_id, row.version),
            reason=row.reason,
            set_by=row.set_by,
            set_at=row.set_at,
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """What another protocol changes for the cases that wait now."""

    waiting: Mapping[WaitReason, int]  #: they keep their hour until their next settlement
    due: int  #: cases whose hour has come, in nobody's hands
    open_before: int  #: of these, how many may be called at this minute
    open_after: int
    beyond_caps: int  #: called more often already than it lets; closed at their next settlement
    beyond_caps_more: bool  #: there are too many to count
    appointments: int  #: that stand and are to come
    appointments_outside: int  #: of these, at an hour it does not permit
    resting: int  #: households that rest from another study now


def effects(db: Connection, wave_id: int, before: Protocol, after: Protocol, now: datetime) -> Effects:
    """Counted now, nothing changed."""
    calendars = _calendars(db, wave_id)
    due = db.execute(_DUE, {"wave": wave_id, "now": now}).all()
    planned = db.execute(_PLANNED, {"wave": wave_id, "now": now}).all()
    beyond, more = _beyond_caps(db, wave_id, after, calendars, now)
    return Effects(
        waiting=_waiting(db, wave_id),
        due=sum(row.cases for row in due),
        open_before=_open(due, before, calendars, now),
        open_after=_open(due, after, calendars, now),
        beyond_caps=beyond,
        beyond_caps_more=more,
        appointments=len(planned),
        appointments_outside=sum(
            not is_open(after, calendars[row.calendar_id], row.at, appointment=True) for row in planned
        ),
        resting=db.execute(_RESTING, {"wave": wave_id, "now": now}).scalar_one(),
    )


def appointments_on(db: Connection, day: date, wave_id: int | None, now: datetime) -> int:
    """How many appointments stand on a day of the households, in one wave or in all."""
    asked = {"day": day, "wave": wave_id, "now": now}
    return int(db.execute(_PLANNED_ON, asked).scalar_one())


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedDay:
    """A closure with who decided it."""

    closure: Closure
    set_by: str | None


def closed_days(db: Connection, wave_id: int, since: date) -> list[ClosedDay]:
    """The closures of the wave, and of all waves, from this day on."""
    names = {row.id: row.display_name for row in db.execute(_NAMES)}
    return [
        ClosedDay(closure=each, set_by=names.get(each.set_by) if each.set_by else None)
        for each in scheduling.closures_of(db, wave_id, since)
    ]


@dataclass(frozen=True, slots=True)
class Skilled:
    """An interviewer of the wave and what he can do beside ordinary calls."""

    name: str
    skills: Sequence[str]

    @property
    def converts(self) -> bool:
        """Whether refusals may be taken up by him."""
        return CONVERSION in self.skills


def skilled(db: Connection, wave_id: int, now: datetime) -> list[Skilled]:
    """The interviewers now assigned to the wave who have a skill."""
    return [
        Skilled(row.display_name, row.skills) for row in db.execute(_SKILLED, {"wave": wave_id, "now": now})
    ]


_VERSIONS = text(
    """
    select p.version, p.reason, p.set_at, u.display_name as set_by
    from protocols p left join users u on u.id = p.set_by
    where p.wave_id = :wave order by p.version desc
    """
)
_NAMES = text("select id, display_name from users")
_SKILLED = text(
    """
    select u.display_name, array_agg(distinct a.skill order by a.skill) as skills
    from assignments a join users u on u.id = a.user_id
    where a.wave_id = :wave and a.skill <> '' and a.starts_at <= :now and (a.ends_at is null or a.ends_at > :now)
      and u.active and u.role = 'interviewer'
    group by u.id, u.display_name, u.sort_key order by u.sort_key
    """
)
_WAITING = text(
    """
    select wait_reason, count(*) as cases from cases where wave_id = :wave and state = 'waiting' group by wait_reason
    """
)
#: By the hours they are served under: those of appointments, of a first call, of any other.
_DUE = text(
    """
    select q.calendar_id, q.step = 6 and q.fresh as first, q.step < 4 or c.wait_reason = 'soft' as promised,
      count(*) as cases
    from case_queue q join cases c on c.id = q.case_id
    where q.wave_id = :wave and q.ready and q.lease_by is null and q.due_at <= :now
    group by 1, 2, 3
    """
)
_PLANNED = text(
    """
    select a.at, h.calendar_id
    from appointments a join cases c on c.id = a.case_id join households h on h.id = c.household_id
    where c.wave_id = :wave and a.state = 'planned' and a.at > :now
    """
)
_PLANNED_ON = text(
    """
    select count(*)
    from appointments a join cases c on c.id = a.case_id join households h on h.id = c.household_id
    join calendars k on k.id = h.calendar_id
    where a.state = 'planned' and a.at > :now and (a.at at time zone k.zone)::date = :day
      and (cast(:wave as bigint) is null or c.wave_id = :wave)
    """
)
_OFTEN = text(
    """
    select c.id, h.calendar_id
    from cases c join households h on h.id = c.household_id
    join attempts a on a.case_id = c.id and a.closed_at is not null
    where c.wave_id = :wave and c.state = 'waiting'
    group by c.id, h.calendar_id having count(*) >= :most order by c.id limit :looked_at
    """
)
_RESTING = text("select count(*) from case_queue where wave_id = :wave and ready and rests_until > :now")


def _waiting(db: Connection, wave_id: int) -> dict[WaitReason, int]:
    rows = db.execute(_WAITING, {"wave": wave_id})
    found = {WaitReason(row.wait_reason): row.cases for row in rows}
    return {reason: found[reason] for reason in WaitReason if reason in found}


def _calendars(db: Connection, wave_id: int) -> dict[int, Calendar]:
    ids = db.execute(text("select id from calendars")).scalars()
    return {id_: scheduling.calendar(db, id_, wave_id) for id_ in ids}


def _open(
    due: Sequence[Row[Any]], protocol: Protocol, calendars: Mapping[int, Calendar], now: datetime
) -> int:
    return sum(
        row.cases
        for row in due
        if is_open(protocol, calendars[row.calendar_id], now, appointment=row.promised, first=row.first)
    )


def _beyond_caps(
    db: Connection, wave_id: int, after: Protocol, calendars: Mapping[int, Calendar], now: datetime
) -> tuple[int, bool]:
    """Cases that wait though they reached what the protocol lets in all, and whether more were not looked at."""
    most = min(after.caps.attempts, after.caps.attempts_with_appointment)
    asked = {"wave": wave_id, "most": most, "looked_at": _LOOKED_AT + 1}
    rows = db.execute(_OFTEN, asked).all()
    beyond = sum(
        caps_reached(after, calendars[row.calendar_id], attempts.history(db, row.id), now).exhausted
        for row in rows[:_LOOKED_AT]
    )
    return beyond, len(rows) > _LOOKED_AT
