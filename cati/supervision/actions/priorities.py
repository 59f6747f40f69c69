"""The priority of a bailleur: whose households are called first among those that wait without an hour."""

from datetime import datetime

from sqlalchemy import Connection

from cati.audit import store as audit
from cati.errors import Invalid
from cati.supervision.store import priorities as store

HIGHEST = 2


def set_priority(
    db: Connection, wave_id: int, bailleur_id: int, priority: int, *, reason: str, by: int, now: datetime
) -> None:
    """From -2 to 2, the highest called first. The queue follows by `shift_ranks`, after commit.

    Raises Invalid outside of that, NotFound when the bailleur does not take part in the wave.
    """
    if not -HIGHEST <= priority <= HIGHEST:
        raise Invalid("La priorité va de −2 à 2.", field="priority")
    before = store.priority_of(db, wave_id, bailleur_id)
    store.set_priority(db, wave_id, bailleur_id, priority)
    audit.write(
        db,
        now=now,
        user_id=by,
        action="bailleur.priority",
        object_type="bailleur",
        object_id=bailleur_id,
        purpose=reason,
        details={"wave": wave_id, "priority": [before, priority]},
    )


def shift_ranks(db: Connection, wave_id: int) -> int:
    """Bring one batch of waiting cases to the rank that their bailleur's priority gives; how many there were.

    Called again until none is left, each time in a transaction of its own.
    """
    return store.shift_ranks(db, wave_id)
