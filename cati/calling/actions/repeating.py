"""The same request twice has one effect: what is sent again is not done again."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from cati.cases.store import requests


def is_new(db: Connection, key: UUID, user_id: int, action: str, now: datetime) -> bool:
    """Whether this request comes for the first time. Asked first, in the transaction of what it does."""
    return requests.carry_out_once(db, key, user_id, action, "/poste", now)
