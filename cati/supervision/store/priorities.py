"""SQL of bailleurs' priorities, and of the ranks that follow them.

A case's rank has two parts: its fraction, in [0, 1), is its own order within the bailleur; its whole part is minus the
bailleur's priority. So the priorities are served one after the other (the lowest rank first), and setting one back
gives the order that was.
"""

from sqlalchemy import ColumnElement, Connection, select, text, update

from cati.errors import NotFound
from cati.surveys.tables import wave_bailleurs

BATCH = 500  #: rows of the queue written at once: a take never waits for more


def priority_of(db: Connection, wave_id: int, bailleur_id: int) -> int:
    """The bailleur's priority, locked; NotFound when he does not take part."""
    query = select(wave_bailleurs.c.priority).where(*_part(wave_id, bailleur_id)).with_for_update()
    found: int | None = db.scalar(query)
    if found is None:
        raise NotFound(wave=wave_id, bailleur=bailleur_id)
    return found


def set_priority(db: Connection, wave_id: int, bailleur_id: int, priority: int) -> None:
    """Write it; the ranks follow by `shift_ranks`."""
    db.execute(update(wave_bailleurs).where(*_part(wave_id, bailleur_id)).values(priority=priority))


#: Rows that somebody is taking are left for the next time: nobody waits for a rank.
_SHIFT = text(
    """
    with due as (
      select q.case_id, p.priority
      from case_queue q
      join quota_cells c on c.id = q.cell_id
      join wave_bailleurs p on p.wave_id = c.wave_id and p.bailleur_id = c.bailleur_id
      where q.wave_id = :wave and q.ready and floor(q.rank) <> -p.priority
      order by q.case_id limit :batch for update of q skip locked
    )
    update case_queue q set rank = q.rank - floor(q.rank) - due.priority
    from due where q.case_id = due.case_id
    """
)


def shift_ranks(db: Connection, wave_id: int) -> int:
    """Write the rank of some waiting cases whose bailleur's priority it does not follow; how many."""
    return db.execute(_SHIFT, {"wave": wave_id, "batch": BATCH}).rowcount


def _part(wave_id: int, bailleur_id: int) -> tuple[ColumnElement[bool], ...]:
    return (wave_bailleurs.c.wave_id == wave_id, wave_bailleurs.c.bailleur_id == bailleur_id)
