"""What an interviewer does against being listened to: cut, and decline for the whole visit."""

from datetime import datetime

from sqlalchemy import Connection

from cati.audit import store as audit
from cati.calling.holding import must_hold
from cati.cases.store import queue
from cati.interviews import listening
from cati.interviews import store as interviews
from cati.interviews.rules import ListeningEnd
from cati.surveys import views as surveys


def cut_listening(db: Connection, user_id: int, now: datetime) -> int:
    """Nobody listens to the call in hand any more, until INT3 is read again; returns how many did."""
    held = must_hold(db, user_id)
    interview = interviews.of_case(db, held.case_id)
    if interview is None:
        return 0
    ended = listening.cut(db, interview.id, user_id, ListeningEnd.BY_INTERVIEWER, now)
    audit.write(
        db,
        now=now,
        user_id=user_id,
        action="listening.cut",
        object_type="case",
        object_id=held.case_id,
        details={"listeners": ended},
    )
    return ended


def decline_visit(db: Connection, user_id: int, visit_id: int, now: datetime) -> None:
    """Not be observed during the visit: no introduction of his announces it, and who listens stops at once.

    Raises NotFound for a visit that is not on.
    """
    surveys.check_visited(db, visit_id, now)
    listening.decline(db, visit_id, user_id, now)
    held = queue.held_by(db, user_id)
    if held is not None:
        listening.end_of_case(db, held.case_id, ListeningEnd.BY_INTERVIEWER, now)
    audit.write(db, now=now, user_id=user_id, action="visit.decline", object_type="visit", object_id=visit_id)
