"""SQL of a danger that a supervisor deals with."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from cati.interviews.tables import dangers


@dataclass(frozen=True, slots=True, kw_only=True)
class Danger:
    """A danger that was raised, locked."""

    id: int
    case_id: int
    handled_by: int | None
    what_was_done: str | None


def lock(db: Connection, danger_id: int) -> Danger | None:
    """The danger, for somebody who is about to say what was done; None when there is none."""
    query = select(dangers.c.id, dangers.c.case_id, dangers.c.handled_by, dangers.c.what_was_done)
    row = db.execute(query.where(dangers.c.id == danger_id).with_for_update()).one_or_none()
    return None if row is None else Danger(**row._mapping)


def end(db: Connection, danger_id: int, what_was_done: str, *, by: int, now: datetime) -> None:
    """Somebody dealt with it."""
    changed = update(dangers).where(dangers.c.id == danger_id)
    db.execute(changed.values(handled_by=by, handled_at=now, what_was_done=what_was_done))
