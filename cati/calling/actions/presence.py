"""The desk gives signs of life: present, paused, still on its case."""

from datetime import datetime

from sqlalchemy import Connection

from cati.cases.store import queue
from cati.errors import Conflict
from cati.people import store as people
from cati.people.rules import StationState
from cati.scheduling import store as scheduling


def arrive(db: Connection, user_id: int, now: datetime) -> None:
    """The desk was opened, or its pause is over."""
    if people.station(db, user_id) in {StationState.AWAY, StationState.PAUSED}:
        people.set_station(db, user_id, StationState.PRESENT, now)


def pause(db: Connection, user_id: int, code: str, now: datetime) -> None:
    """The interviewer leaves his desk for a while, for a counted reason. Refused with a case in hand."""
    if queue.held_by(db, user_id) is not None:
        raise Conflict("Terminez ou rendez le dossier en main avant la pause.")
    people.set_station(db, user_id, StationState.PAUSED, now, pause_code=code)


def beat(db: Connection, user_id: int, now: datetime) -> bool:
    """A heartbeat: the case in hand stays so. False when no case is in hand (any more)."""
    held = queue.held_by(db, user_id)
    if held is None:
        people.touch_station(db, user_id, now)
        return False
    protocol = scheduling.protocol_now(db, held.wave_id, now)
    return queue.keep_lease(db, held.case_id, user_id, now + protocol.lease)
