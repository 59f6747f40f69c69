"""SQL of a field that ends: who still holds a case, which were never called, which are left."""

from datetime import datetime

from sqlalchemy import Connection, text

from cati.calling.caseref import CaseRef
from cati.cases.rules import Outcome

_FULL = "exists (select from quota_cells k where k.id = q.cell_id and k.done + k.reserved + k.promised >= k.target)"

#: Nobody ever rang there: behind a full cell because of it, else for want of time. One statement for thousands.
_CLOSE_UNTOUCHED = text(
    f"""
    with untouched as (
      update cases c
      set state = 'closed', wait_reason = null, since = :now,
        close_reason = case when exists (select from case_queue q where q.case_id = c.id and {_FULL})
                            then 'quota_full' else 'not_attempted' end
      where c.wave_id = :wave and c.state in ('unreleased', 'waiting')
        and not exists (select from attempts a where a.case_id = c.id and a.disposition <> 'not_placed')
      returning c.id, c.close_reason
    ), gone as (
      update case_queue q set ready = false from untouched u where q.case_id = u.id
    )
    select close_reason, count(*) as closed from untouched group by close_reason
    """
)

_LEFT = text(
    f"""
    select c.id, c.wave_id, c.household_id, q.calendar_id, not q.holds_place and {_FULL} as behind_full_cell
    from cases c join case_queue q on q.case_id = c.id
    where c.wave_id = :wave and c.state in ('waiting', 'interrupted')
    order by c.id limit :most
    """
)


def held_cases(db: Connection, wave_id: int) -> int:
    """How many cases of the wave are in interviewers' hands."""
    query = text("select count(*) from case_queue where wave_id = :wave and lease_by is not null")
    return int(db.execute(query, {"wave": wave_id}).scalar_one())


def close_untouched(db: Connection, wave_id: int, now: datetime) -> dict[Outcome, int]:
    """Close the cases that were never called; returns how many got which outcome."""
    rows = db.execute(_CLOSE_UNTOUCHED, {"wave": wave_id, "now": now})
    return {Outcome(row.close_reason): row.closed for row in rows}


def left(db: Connection, wave_id: int, most: int = 500) -> list[tuple[CaseRef, bool]]:
    """Cases of the wave that still wait, each with whether its cell is full and it holds no place."""
    return [
        (CaseRef(row.id, row.wave_id, row.household_id, row.calendar_id), row.behind_full_cell)
        for row in db.execute(_LEFT, {"wave": wave_id, "most": most})
    ]
