"""SQL that lets cases follow a corrected sample file. What a tenant said is never undone here."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, text

#: A household that its file now excludes: its case leaves the queue unless somebody holds it or has its outcome.
_EXCLUDE = text(
    """
    with excluded as (
      update cases c
      set state = case when h.not_callable = 'shared_phone' then 'quarantined' else 'closed' end,
        wait_reason = null, since = :now,
        close_reason = case h.not_callable when 'no_phone' then 'no_number' when 'opposition' then 'opposition'
          when 'guardianship' then 'tutelle' when 'duplicate' then 'duplicate'
          when 'qpv_unknown' then 'qpv_unknown' end
      from households h
      where h.id = c.household_id and h.id = any(:households) and h.not_callable is not null
        and (c.state in ('unreleased', 'waiting', 'quarantined')
             or c.state = 'closed' and c.close_reason in ('no_number', 'duplicate', 'tutelle', 'qpv_unknown'))
        and not exists (select from case_queue q where q.case_id = c.id and q.lease_by is not null)
      returning c.id
    )
    update case_queue q set ready = false from excluded e where q.case_id = e.id
    """
)

#: A household that its corrected file lets in: back where it was, or into the queue if its bailleur's field is open.
_ADMIT = text(
    """
    with admitted as (
      update cases c
      set since = :now, close_reason = null,
        state = case when p.opened_at is null then 'unreleased' else 'waiting' end,
        wait_reason = case when p.opened_at is null then null
                           when exists (select from attempts a where a.case_id = c.id) then 'retry' else 'fresh' end
      from households h
      join wave_bailleurs p on p.wave_id = h.wave_id and p.bailleur_id = h.bailleur_id
      where h.id = c.household_id and h.id = any(:households) and h.not_callable is null
        and not exists (select from attempts a where a.case_id = c.id and a.disposition = 'duplicate')
        and (c.state = 'quarantined'
             or c.state = 'closed' and c.close_reason in ('no_number', 'duplicate', 'tutelle', 'qpv_unknown'))
      returning c.id, c.wave_id, c.state, c.wait_reason, h.bailleur_id, h.qpv, h.calendar_id
    )
    insert into case_queue (case_id, wave_id, cell_id, calendar_id, ready, cell_open, holds_place, fresh, step, rank,
                            due_at)
    select a.id, a.wave_id, q.id, a.calendar_id, true, true, false, a.wait_reason = 'fresh', 6,
      (hashint8extended(a.id, 20261) & 2147483647)::float8 / 2147483648, :now
    from admitted a
    join quota_cells q on q.wave_id = a.wave_id and q.bailleur_id = a.bailleur_id and q.qpv = a.qpv
    where a.state = 'waiting'
    on conflict (case_id) do update set ready = true, due_at = excluded.due_at, step = 6
    """
)

#: An untouched case whose QPV was corrected counts in its new cell.
_MOVE_CELLS = text(
    """
    update case_queue q set cell_id = cell.id
    from cases c
    join households h on h.id = c.household_id
    join quota_cells cell on cell.wave_id = h.wave_id and cell.bailleur_id = h.bailleur_id and cell.qpv = h.qpv
    where c.id = q.case_id and h.id = any(:households) and q.lease_by is null and not q.holds_place
      and not exists (select from attempts a where a.case_id = c.id)
    """
)


#: A corrected address may lie under another clock.
_MOVE_CALENDARS = text(
    """
    update case_queue q set calendar_id = h.calendar_id
    from cases c join households h on h.id = c.household_id
    where c.id = q.case_id and h.id = any(:households) and q.calendar_id <> h.calendar_id
    """
)


def follow_sample(db: Connection, household_ids: Sequence[int], now: datetime) -> None:
    """Let the cases of these households follow what their file now says of them."""
    moved = {"households": list(household_ids), "now": now}
    if household_ids:
        db.execute(_EXCLUDE, moved)
        db.execute(_ADMIT, moved)


def move_cells(db: Connection, household_ids: Sequence[int]) -> None:
    """Move the untouched cases of these households to the cell of their corrected QPV."""
    if household_ids:
        db.execute(_MOVE_CELLS, {"households": list(household_ids)})


def move_calendars(db: Connection, household_ids: Sequence[int]) -> None:
    """Let the cases of these households follow the calling hours of their corrected address."""
    if household_ids:
        db.execute(_MOVE_CALENDARS, {"households": list(household_ids)})
