"""An interviewer calls for help, or thinks better of it; he says that he read a message."""

from datetime import datetime

from sqlalchemy import Connection

from cati.calling import scripts
from cati.cases.store import queue
from cati.database import notify
from cati.interviews import help_calls
from cati.interviews import store as interviews
from cati.people import messages


def ask_help(db: Connection, user_id: int, now: datetime) -> None:
    """Ask a supervisor to look: whose desk, and at which question he stands. One call at a time."""
    held = queue.held_by(db, user_id)
    question = _question(db, held.case_id) if held is not None else None
    help_calls.ask(db, user_id, held.case_id if held is not None else None, question, now)
    _tell(db, user_id)


def withdraw_help(db: Connection, user_id: int, now: datetime) -> None:
    """He manages by himself."""
    if help_calls.close(db, user_id, now):
        _tell(db, user_id)


def read_message(db: Connection, user_id: int, message_id: int, now: datetime) -> None:
    """He read it: it leaves his screen, and the supervisor sees so."""
    messages.mark_read(db, message_id, user_id, now)
    notify(db, f"desk:{user_id}")


def _question(db: Connection, case_id: int) -> str | None:
    """Where the interview of the case stands."""
    interview = interviews.of_case(db, case_id)
    if interview is None or interview.first_call is None:
        return None
    position = scripts.route(interview, scripts.script(db, interview.questionnaire_id)).position
    return position[0] if position is not None else None


def _tell(db: Connection, user_id: int) -> None:
    notify(db, f"desk:{user_id}")
    notify(db, "floor")
