"""Writes the audit log. Nothing here changes or removes a line."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, insert

from cati.audit.tables import audit_log


def write(
    db: Connection,
    *,
    now: datetime,
    user_id: int | None,
    action: str,
    object_type: str,
    object_id: int | str,
    purpose: str | None = None,
    details: Mapping[str, object] | None = None,
) -> None:
    """One line: who did what to which object. `details` holds no name, number or answer of a tenant."""
    db.execute(
        insert(audit_log).values(
            at=now,
            user_id=user_id,
            action=action,
            object_type=object_type,
            object_id=str(object_id),
            purpose=purpose,
            details=dict(details or {}),
        )
    )
