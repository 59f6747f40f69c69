"""SQL that records what the line said and what was pressed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, insert

from cati.telephony.rules import Key, LineKind
from cati.telephony.tables import line_events


def add_event(
    db: Connection, dial_id: UUID, kind: Key | LineKind, *, at: datetime, received_at: datetime
) -> None:
    """One line of the dial's history: `at` is when it happened, `received_at` when we were told."""
    db.execute(insert(line_events).values(dial_id=dial_id, kind=kind, at=at, received_at=received_at))
