"""Tick off an address that a tenant said to be wrong."""

from datetime import datetime

from sqlalchemy import Connection

from cati.audit import store as audit
from cati.errors import Conflict, Invalid
from cati.supervision.store import addresses as store


def settle_address(db: Connection, case_id: int, what_was_done: str, *, by: int, now: datetime) -> None:
    """The address was dealt with: corrected in the file, or told to the bailleur. What was done goes to the audit."""
    told = what_was_done.strip()
    if not told:
        raise Invalid("Dites ce qui a été fait.", field="what")
    if not store.clear_flag(db, case_id):
        raise Conflict("Cette adresse n’est plus à corriger.")
    audit.write(
        db,
        now=now,
        user_id=by,
        action="address.settled",
        object_type="case",
        object_id=case_id,
        purpose=told,
    )
