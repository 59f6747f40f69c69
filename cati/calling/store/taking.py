"""SQL of the take: what an interviewer's shift is, and the next case of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, text

from cati.cases.store.queue import Held, read_held
from cati.scheduling.rules import Calendar

REST = 6  #: the last step of what comes next: cases without an hour, by rank

_DESKS = 1  #: class of the advisory locks, one for each interviewer, under which he takes a case
_FIELD_DAYS = ZoneInfo("Europe/Paris")  #: the first and last days of a field are those of the institute


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A wave an interviewer is assigned to and that is open now."""

    wave_id: int
    protocol_version: int
    skills: tuple[str, ...]
    calendars: tuple[Calendar, ...] = ()  #: every zone and holiday set that a household lives under
    ended_cells: tuple[int, ...] = ()  #: of bailleurs whose field is over
    up_to: int = REST  #: the last step of what comes next that is wanted

    def only_up_to(self, step: int) -> "Shift":
        """The same, for the cases that come first alone."""
        return replace(self, up_to=step)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked:
    """A case just leased, with what its quota cell says at this moment."""

    held: Held
    fresh: bool  #: never attempted
    paused: bool  #: its cell delivers no fresh cases
    places_left: int  #: of the cell's target
    in_hand: int  #: cases of the cell in interviewers' hands without a place, this one not counted


_SHIFTS = text(
    """
    select w.id as wave_id,
      (select jsonb_agg(jsonb_build_array(id, zone, holidays)) from calendars) as calendars,
      array(select e.day from closures e where e.wave_id is null or e.wave_id = w.id) as closed,
      array(select c.id from quota_cells c
            join wave_bailleurs p on p.wave_id = c.wave_id and p.bailleur_id = c.bailleur_id
            where c.wave_id = w.id and p.closes_on < :today) as ended_cells,
      (select max(version) from protocols p where p.wave_id = w.id) as protocol_version,
      array_remove(array_agg(nullif(a.skill, '')), null) as skills
    from (select pg_advisory_xact_lock(:desks, cast(:me as int))) one_tab_at_a_time, assignments a
    join waves w on w.id = a.wave_id
    where a.user_id = :me and a.starts_at <= :now and (a.ends_at is null or a.ends_at > :now) and w.state = 'open'
    group by w.id order by w.id
    """
)


def shifts(db: Connection, user_id: int, now: datetime) -> list[Shift]:
    """The open waves this interviewer calls for, today. Until the end of the transaction he takes in one tab only."""
    today = now.astimezone(_FIELD_DAYS).date()
    rows = db.execute(_SHIFTS, {"me": user_id, "now": now, "today": today, "desks": _DESKS})
    return [
        Shift(
            wave_id=row.wave_id,
            protocol_version=row.protocol_version,
            skills=tuple(row.skills),
            calendars=_calendars(row.calendars or (), frozenset(row.closed)),
            ended_cells=tuple(row.ended_cells),
        )
        for row in rows
    ]


_LEASE = """
    update case_queue q set lease_by = :me, lease_until = :until, lease_token = :token
    from cases c, households h
    where q.case_id = ({picked})
      and c.id = q.case_id and h.id = c.household_id
    returning q.case_id, q.wave_id, q.calendar_id, q.cell_id, q.holds_place, q.lease_until, c.household_id, c.state,
      c.wait_reason, h.bailleur_id, q.fresh,
      coalesce((select c.paused from quota_cells c where c.id = q.cell_id), false) as paused,
      coalesce((select c.target - c.done - c.reserved - c.promised from quota_cells c where c.id = q.cell_id), 1)
        as places_left,
      (select count(*) from case_queue o where o.lease_by is not null and o.cell_id = q.cell_id and not o.holds_place)
        as in_hand
    """

#: The next case, in the order of the rules: first what is promised to somebody or due at an hour (steps 1 to 5), then
#: the rest by rank. Rows another interviewer is taking are skipped, so that fifty at once get fifty cases. The second
#: half is not run when the first finds one. A held row has left both indexes.
_TAKE = text(
    """
    with appointed as materialized (
      select q.case_id
      from case_queue q
      left join stations s on s.user_id = q.owner_id
      left join cases asked on asked.id = q.case_id and q.step = 5
      where q.callable and q.lease_by is null and q.step < 6 and q.wave_id = :wave and q.due_at <= :now
        and case when q.step = 2 and q.owner_id is distinct from :me then 3 else q.step end <= :up_to
        and q.calendar_id = any(case when q.step < 4 or asked.wait_reason = 'soft'
                                     then cast(:late as int[]) else cast(:open as int[]) end)
        and (q.not_user_id is null or q.not_user_id <> :me) and (q.skill is null or q.skill = any(:skills))
        and (q.owner_id is null or q.owner_id = :me or q.open_to_all_at <= :now
             or (q.step = 2
                 and (s.user_id is null or s.state in ('paused', 'away') or s.seen_at < :gone)
                 and not exists (select from case_queue busy where busy.lease_by = q.owner_id)
                 and exists (select from appointments a
                             where a.case_id = q.case_id and a.state = 'planned' and a.at <= :now)))
        and (q.cell_id is null or q.holds_place or q.cell_id <> all(cast(:full as bigint[])))
        and (q.cell_id is null or q.cell_id <> all(cast(:ended as bigint[])))
      order by case when q.step = 2 and q.owner_id is distinct from :me then 3 else q.step end,
        asked.wait_reason is not distinct from 'callback', q.due_at
      limit 1 for update of q skip locked
    ), rest as materialized (
      select q.case_id
      from case_queue q
      where not exists (select from appointed) and :up_to = 6
        and q.callable and q.lease_by is null and q.step = 6 and q.wave_id = :wave and q.due_at <= :now
        and q.calendar_id = any(case when q.fresh then cast(:first as int[]) else cast(:open as int[]) end)
        and (q.not_user_id is null or q.not_user_id <> :me) and (q.skill is null or q.skill = any(:skills))
        and (q.holds_place or q.cell_id <> all(cast(:full as bigint[])))
        and q.cell_id <> all(cast(:ended as bigint[]))
        and (not q.fresh or not exists (
          select from appointments a join case_queue mine on mine.case_id = a.case_id
          where a.owner_id = :me and a.firm and a.state = 'planned' and a.at <= :quiet_until
            and mine.step = 2 and mine.ready and mine.lease_by is null))
      order by q.rank limit 1 for update of q skip locked
    )
    """
    + _LEASE.format(picked="select case_id from appointed union all select case_id from rest limit 1")
)

#: For who would have no case at all: a household that may be called already, though another part of the day was to be
#: tried, the one whose preferred hour is nearest. Run only when nothing else is left in any of his waves.
_TAKE_SOONER = text(
    """
    with sooner as materialized (
      select q.case_id
      from case_queue q
      where q.callable and q.lease_by is null and q.step = 6 and q.wave_id = :wave
        and q.earliest_at <= :now and q.due_at > :now
        and q.calendar_id = any(cast(:open as int[]))
        and (q.not_user_id is null or q.not_user_id <> :me) and (q.skill is null or q.skill = any(:skills))
        and (q.holds_place or q.cell_id <> all(cast(:full as bigint[])))
        and q.cell_id <> all(cast(:ended as bigint[]))
      order by q.due_at limit 1 for update of q skip locked
    )
    """
    + _LEASE.format(picked="select case_id from sooner")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """The hour a case is taken at: which households may be called, and whose promises have come due."""

    now: datetime
    until: datetime  #: end of the lease
    open: Sequence[int]  #: calendars whose households may be called
    first: Sequence[int]  #: those that may be called for the first time
    late: Sequence[int]  #: those that may be called by appointment
    quiet: timedelta  #: so long before his firm appointment, its owner gets no fresh case
    gone: datetime  #: an owner not seen since is away


def take(
    db: Connection, shift: Shift, user_id: int, moment: Moment, full_cells: Sequence[int]
) -> Picked | None:
    """Lease the next case of the shift to this interviewer, or None when none is due; `full_cells` are passed over."""
    asked = _asked(shift, user_id, moment, full_cells) | {
        "up_to": shift.up_to,
        "first": list(moment.first),
        "late": list(moment.late),
        "quiet_until": moment.now + moment.quiet,
        "gone": moment.gone,
    }
    row = db.execute(_TAKE, asked).one_or_none()
    return None if row is None else _picked(row)


def take_sooner(
    db: Connection, shift: Shift, user_id: int, moment: Moment, full_cells: Sequence[int]
) -> Picked | None:
    """Lease a case whose household may be called now though another hour is preferred, or None."""
    row = db.execute(_TAKE_SOONER, _asked(shift, user_id, moment, full_cells)).one_or_none()
    return None if row is None else _picked(row)


_NEXT_DUE = text(
    """
    select min(coalesce(earliest_at, due_at)) from case_queue
    where callable and lease_by is null and wave_id = any(:waves) and coalesce(earliest_at, due_at) > :now
      and (not_user_id is null or not_user_id <> :me) and (owner_id is null or owner_id = :me)
    """
)


def next_due(db: Connection, wave_ids: Sequence[int], user_id: int, now: datetime) -> datetime | None:
    """When the next case that this interviewer may be given comes due; None when none waits for a later hour."""
    due: datetime | None = db.scalar(_NEXT_DUE, {"waves": list(wave_ids), "me": user_id, "now": now})
    return due


def _calendars(calendars: Sequence[tuple[int, str, str]], closures: frozenset[date]) -> tuple[Calendar, ...]:
    return tuple(Calendar(id_, zone, holidays, closures) for id_, zone, holidays in calendars)


def _asked(shift: Shift, user_id: int, moment: Moment, full_cells: Sequence[int]) -> dict[str, Any]:
    """What both ways of taking a case ask."""
    return {
        "me": user_id,
        "wave": shift.wave_id,
        "skills": list(shift.skills),
        "ended": list(shift.ended_cells),
        "full": list(full_cells),
        "token": uuid4(),
        "now": moment.now,
        "until": moment.until,
        "open": list(moment.open),
    }


def _picked(row: Row[Any]) -> Picked:
    return Picked(
        held=read_held(row),
        fresh=row.fresh,
        paused=row.paused,
        places_left=row.places_left,
        in_hand=row.in_hand,
    )
