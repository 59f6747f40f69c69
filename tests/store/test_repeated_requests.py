"""A request that comes twice is carried out once."""

from datetime import datetime
from uuid import uuid4

from sqlalchemy import Connection

from cati.calling.actions.repeating import is_new
from tests import stories


def test_a_request_is_new_once(db: Connection, now: datetime) -> None:
    me, key = stories.an_interviewer(db, now), uuid4()
    assert [is_new(db, key, me, "close", now) for _ in range(3)] == [True, False, False]
    assert is_new(db, uuid4(), me, "close", now)
