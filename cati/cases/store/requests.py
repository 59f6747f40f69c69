"""Requests that were carried out: the same key again has no second effect."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert as upsert

from cati.cases.tables import requests


def carry_out_once(
    db: Connection, key: UUID, user_id: int, action: str, location: str, now: datetime
) -> bool:
    """Whether this request is new: its key is written first, in the transaction of its effect."""
    row = {"key": key, "user_id": user_id, "action": action, "location": location, "at": now}
    written = upsert(requests).values(row).on_conflict_do_nothing().returning(requests.c.key)
    return db.execute(written).first() is not None
