"""Pause a quota cell, change its limits."""

from datetime import datetime

from sqlalchemy import Connection

from cati.audit import store as audit
from cati.errors import NotFound
from cati.quotas import store as quotas
from cati.supervision.store import cells as store


def pause_cell(db: Connection, cell_id: int, paused: bool, *, reason: str, by: int, now: datetime) -> int:
    """Stop or resume the delivery of fresh cases of a cell; returns its wave, whose queue is then to be synced.

    Places already held are kept: those households are called all the same.
    """
    wave_id = store.wave_of_cell(db, cell_id)
    if wave_id is None:
        raise NotFound(cell=cell_id)
    quotas.set_paused(db, cell_id, paused)
    action = "quota.pause" if paused else "quota.resume"
    audit.write(
        db,
        now=now,
        user_id=by,
        action=action,
        object_type="quota_cell",
        object_id=cell_id,
        purpose=reason,
    )
    return wave_id


def set_limits(
    db: Connection, cell_id: int, *, target: int, margin: int, reason: str, by: int, now: datetime
) -> int:
    """Change a cell's target and margin; returns its wave, whose queue is then to be synced.

    Raises QuotaTooSmall with the figure below which it cannot go.
    """
    wave_id = store.wave_of_cell(db, cell_id)
    if wave_id is None:
        raise NotFound(cell=cell_id)
    before = quotas.cell(db, cell_id)
    store.set_limits(db, cell_id, target, margin)
    audit.write(
        db,
        now=now,
        user_id=by,
        action="quota.limits",
        object_type="quota_cell",
        object_id=cell_id,
        purpose=reason,
        details={"target": [before.target, target], "margin": [before.margin, margin]},
    )
    return wave_id
