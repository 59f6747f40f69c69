"""Say what was done about a danger heard on the line."""

from datetime import datetime

from sqlalchemy import Connection

from cati.audit import store as audit
from cati.database import notify
from cati.errors import Conflict, Invalid, NotFound
from cati.supervision.store import dangers as store


def close_danger(db: Connection, danger_id: int, what_was_done: str, *, by: int, now: datetime) -> None:
    """The danger is dealt with, once; until then it stands at the top of the floor.

    What was done stays beside the danger, apart from the answers and from the audit, which only tells by whom.
    """
    told = what_was_done.strip()
    if not told:
        raise Invalid("Dites ce qui a été fait.", field="what")
    found = store.lock(db, danger_id)
    if found is None:
        raise NotFound(danger=danger_id)
    if (found.handled_by, found.what_was_done) == (by, told):
        return
    if found.handled_by is not None:
        raise Conflict("Cette situation a déjà été traitée par quelqu’un d’autre.")
    store.end(db, danger_id, told, by=by, now=now)
    audit.write(db, now=now, user_id=by, action="danger.handled", object_type="case", object_id=found.case_id)
    notify(db, "floor")
