"""The end of a call: the interviewer is free for the next one, or signed out if a supervisor asked for it."""

from datetime import datetime

from sqlalchemy import Connection

from cati.people import leaving
from cati.people import store as people
from cati.people.rules import StationState


def free(db: Connection, user_id: int, now: datetime) -> None:
    """His hands are empty: he waits for the next case, or leaves as a supervisor asked while he was in his call."""
    people.set_station(db, user_id, StationState.PRESENT, now)
    asked = leaving.asked(db, user_id)
    if asked is not None:
        leaving.leave(db, user_id, asked, now)
