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

#: Which counter of a cell a place in this state is counted in.
_COUNTER = {
    PlaceState.PROMISED: quota_cells.c.promised,
    PlaceState.RESERVED: quota_cells.c.reserved,
    PlaceState.DONE: quota_cells.c.done,
}


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


def take_place(db: Connection, interview_id: int, cell_id: int, state: PlaceState, now: datetime) -> bool:
    """Give the interview a place of the cell, promised or reserved; False when the cell has none left.

    The ledger row comes first: the same interview twice has one effect. Whoever finds the cell full leaves no trace.
    """
    held = place(db, interview_id)
    if held is not None:
        return move_place(db, interview_id, state, now)
    counter = _COUNTER[state]
    taken = db.execute(
        update(quota_cells)
        .where(
            quota_cells.c.id == cell_id,
            quota_cells.c.done + quota_cells.c.reserved + quota_cells.c.promised
            < quota_cells.c.target + quota_cells.c.margin,
        )
        .values({counter.name: counter + 1})
    ).rowcount
    if not taken:
        return False
    db.execute(_insert_or_revive(interview_id, cell_id, state, now))
    return True


def move_place(
    db: Connection, interview_id: int, state: PlaceState, now: datetime, reason: str | None = None
) -> bool:
    """Move the interview's place to another state (released frees it). True when it held one, whatever its state.

    The counters follow the ledger's own transition, so that the same move twice counts once.
    """
    held = db.execute(
        select(quota_places.c.cell_id, quota_places.c.state)
        .where(quota_places.c.interview_id == interview_id, quota_places.c.state != PlaceState.RELEASED)
        .with_for_update()
    ).one_or_none()
    if held is None:
        return False
    if held.state == state:
        return True
    db.execute(
        update(quota_places)
        .where(quota_places.c.interview_id == interview_id)
        .values(state=state, since=now, reason=reason)
    )
    left = _COUNTER[PlaceState(held.state)]
    changes: dict[str, Any] = {left.name: left - 1}
    if state is not PlaceState.RELEASED:
        changes[_COUNTER[state].name] = _COUNTER[state] + 1
    db.execute(update(quota_cells).where(quota_cells.c.id == held.cell_id).values(changes))
    return True


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


def _insert_or_revive(interview_id: int, cell_id: int, state: PlaceState, now: datetime) -> Any:
    """The ledger's row of a place just taken: new, or the released one of the same interview."""
    held = {"cell_id": cell_id, "state": state, "since": now, "reason": None}
    return (
        upsert(quota_places)
        .values(interview_id=interview_id, **held)
        .on_conflict_do_update(index_elements=["interview_id"], set_=held)
    )
