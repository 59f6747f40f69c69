"""The line alone, asked for every moment while it rings: no identity is read, nothing is written."""

from datetime import datetime

from sqlalchemy import Connection

from cati.calling import lines
from cati.cases.store import attempts, queue
from cati.telephony.rules import LineState


def line_of(db: Connection, user_id: int, now: datetime) -> LineState | None:
    """Where the last dial of the case in hand stands; None when nothing was dialled."""
    held = queue.held_by(db, user_id)
    attempt_id = None if held is None else attempts.open_attempt_of(db, held.case_id)
    dials = attempts.dials_of(db, attempt_id) if attempt_id else []
    if held is None or not dials:
        return None
    return lines.state(db, held.wave_id, dials[-1], now)
