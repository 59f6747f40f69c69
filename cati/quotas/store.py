"""SQL that changes quota cells: each place moves once, whatever the concurrency.

The counter is taken by a conditional UPDATE, last in its transaction (lock order: interview, case, queue, cells by id).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from cati.quotas.rules import Cell, PlaceState
from cati.quotas.tables import quota_cells, quota_places


def create_cells(db: Connection, wave_id: int, bailleur_id: int, targets: Mapping[bool, int]) -> None:
    """The cells of a bailleur whose field opens (qpv -> target), without margin. Cells that exist are left alone."""
    db.execute(
        upsert(quota_cells).on_conflict_do_nothing(),
        [
            {
                "wave_id": wave_id,
                "bailleur_id": bailleur_id,
                "qpv": qpv,
                "target": target,
                "margin": 0,
                "done": 0,
                "reserved": 0,
                "promised": 0,
                "paused": False,
            }
            for qpv, target in targets.items()
        ],
    )


def place(db: Connection, interview_id: int) -> tuple[int, PlaceState] | None:
    """The cell and state of the place this interview holds, or None if it holds none."""
    row = db.execute(
        select(quota_places.c.cell_id, quota_places.c.state).where(
            quota_places.c.interview_id == interview_id, quota_places.c.state != PlaceState.RELEASED
        )
    ).one_or_none()
    return None if row is None else (row.cell_id, PlaceState(row.state))


#: The counter is taken only if the interview holds no place yet; the ledger follows the counter, both or neither.
_TAKE = text(
    """
    with taken as (
      update quota_cells
      set promised = promised + (:state = 'promised')::int, reserved = reserved + (:state = 'reserved')::int
      where id = :cell and done + reserved + promised < target + margin
        and not exists (select from quota_places where interview_id = :interview and state <> 'released')
      returning id
    ), ledger as (
      insert into quota_places (interview_id, cell_id, state, since, reason)
      select :interview, id, :state, :now, null from taken
      on conflict (interview_id) do update
        set cell_id = excluded.cell_id, state = excluded.state, since = excluded.since, reason = null
    )
    select exists (select from taken) as taken,
      exists (select from quota_places where interview_id = :interview and state <> 'released') as held
    """
)

#: The counters follow the ledger's own transition; a place that is in this state already moves nothing.
_MOVE = text(
    """
    with held as (
      select interview_id, cell_id, state from quota_places
      where interview_id = :interview and state <> 'released' for update
    ), ledger as (
      update quota_places p set state = :state, since = :now, reason = :reason
      from held where p.interview_id = held.interview_id and held.state <> :state
    ), counted as (
      update quota_cells c
      set promised = promised - (held.state = 'promised')::int + (:state = 'promised')::int,
        reserved = reserved - (held.state = 'reserved')::int + (:state = 'reserved')::int,
        done = done - (held.state = 'done')::int + (:state = 'done')::int
      from held where c.id = held.cell_id and held.state <> :state
    )
    select count(*) from held
    """
)


def take_place(db: Connection, interview_id: int, cell_id: int, state: PlaceState, now: datetime) -> bool:
    """Give the interview a place of the cell, promised or reserved; False when the cell has none left.

    An interview that holds one keeps it, in the new state. Whoever finds the cell full leaves no trace.
    """
    wanted = {"interview": interview_id, "cell": cell_id, "state": state.value, "now": now}
    found = db.execute(_TAKE, wanted).one()
    return found.taken or (found.held and move_place(db, interview_id, state, now))


def move_place(
    db: Connection, interview_id: int, state: PlaceState, now: datetime, reason: str | None = None
) -> bool:
    """Move the interview's place to another state (released frees it). True when it held one, whatever its state.

    The same move twice counts once.
    """
    move = {"interview": interview_id, "state": state.value, "now": now, "reason": reason}
    return bool(db.execute(_MOVE, move).scalar_one())


def set_paused(db: Connection, cell_id: int, paused: bool) -> None:
    """Stop or resume the delivery of fresh cases of a cell; places already held are not touched."""
    db.execute(update(quota_cells).where(quota_cells.c.id == cell_id).values(paused=paused))


def cell(db: Connection, cell_id: int) -> Cell:
    """The counts of a cell as they are now."""
    return _cell(db.execute(select(quota_cells).where(quota_cells.c.id == cell_id)).one())


def cell_ids(db: Connection, wave_id: int) -> dict[tuple[int, bool], int]:
    """(bailleur, qpv) -> cell, for one wave."""
    rows = db.execute(
        select(quota_cells.c.id, quota_cells.c.bailleur_id, quota_cells.c.qpv).where(
            quota_cells.c.wave_id == wave_id
        )
    )
    return {(row.bailleur_id, row.qpv): row.id for row in rows}


#: Only rows that change are written: a flag flipped inside other transactions served closed cells and deadlocked.
_SYNC_OPEN = text(
    """
    update case_queue q
    set cell_open = c.has_room and not (c.paused and q.fresh)
    from (
      select id, paused, done + reserved + promised < target as has_room from quota_cells where wave_id = :wave
    ) c
    where q.cell_id = c.id and q.cell_open is distinct from (c.has_room and not (c.paused and q.fresh))
    """
)


def sync_open(db: Connection, wave_id: int) -> int:
    """Write which cells are open into the queue (a paused one to its fresh cases only); returns how many cases changed.

    In a short transaction of its own.

    One at a time per wave (advisory lock), after the transaction that changed a counter has committed.
    """
    db.execute(select(func.pg_advisory_xact_lock(wave_id)))
    return db.execute(_SYNC_OPEN, {"wave": wave_id}).rowcount


def _cell(row: Row[Any]) -> Cell:
    return Cell(
        target=row.target,
        margin=row.margin,
        done=row.done,
        reserved=row.reserved,
        promised=row.promised,
        paused=row.paused,
    )
