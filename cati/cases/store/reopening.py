"""SQL of a closed case that a supervisor opens again."""

from datetime import datetime

from sqlalchemy import Connection, select, update

from cati.cases.tables import cases


def reopened_at(db: Connection, case_id: int) -> datetime | None:
    """When the case was last taken up again; None when it never was."""
    at: datetime | None = db.scalar(select(cases.c.reopened_at).where(cases.c.id == case_id))
    return at


def reopen(db: Connection, case_id: int, now: datetime) -> None:
    """What was said before closes the case no more; how it waits from now on is written after."""
    db.execute(update(cases).where(cases.c.id == case_id).values(reopened_at=now))
