"""SQL of interviewers who ask a supervisor to look: one open call each."""

from datetime import datetime

from sqlalchemy import Connection, update
from sqlalchemy.dialects.postgresql import insert as upsert

from cati.interviews.tables import help_calls


def ask(db: Connection, user_id: int, case_id: int | None, question: str | None, now: datetime) -> None:
    """Open a call, unless one is open."""
    values = {"user_id": user_id, "case_id": case_id, "question": question, "asked_at": now}
    db.execute(upsert(help_calls).values(**values).on_conflict_do_nothing())


def answer(db: Connection, user_id: int, by: int, now: datetime) -> bool:
    """A supervisor sees to it; False when no call is open, or somebody sees to it already."""
    waits = update(help_calls).where(
        help_calls.c.user_id == user_id, help_calls.c.closed_at.is_(None), help_calls.c.answered_by.is_(None)
    )
    return bool(db.execute(waits.values(answered_by=by, answered_at=now)).rowcount)


def close(db: Connection, user_id: int, now: datetime, *, answered_by: int | None = None) -> bool:
    """The call is over (`answered_by`: only if this supervisor sees to it); False when none was open."""
    open_ = update(help_calls).where(help_calls.c.user_id == user_id, help_calls.c.closed_at.is_(None))
    if answered_by is not None:
        open_ = open_.where(help_calls.c.answered_by == answered_by)
    return bool(db.execute(open_.values(closed_at=now)).rowcount)
