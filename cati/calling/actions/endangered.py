"""Somebody may be in danger: logged apart from the answers, and the supervisor's page shows it."""

from datetime import datetime

from sqlalchemy import Connection

from cati.audit import store as audit
from cati.calling.holding import must_hold
from cati.calling.store import facts
from cati.database import notify
from cati.interviews import listening
from cati.interviews.rules import ListeningEnd


def raise_danger(db: Connection, user_id: int, now: datetime) -> int:
    """Log that a danger was heard in the call in hand, never what was said; returns its id."""
    held = must_hold(db, user_id)
    danger_id = facts.raise_danger(db, held.case_id, user_id, now)
    listening.end_of_case(db, held.case_id, ListeningEnd.DANGER, now)
    audit.write(db, now=now, user_id=user_id, action="danger", object_type="case", object_id=held.case_id)
    notify(db, "floor")
    return danger_id
