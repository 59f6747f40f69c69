"""The trace of an act on a case: who, what, why, in the words of the audit."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection

from cati.audit import store as audit
from cati.errors import Invalid

GIVEN = "case.given"
BOOKED = "case.booked"
REOPENED = "case.reopened"
OPPOSED = "opposition"
LIFTED = "opposition.lifted"
WITHDRAWN = "case.withdrawn"


def write(
    db: Connection,
    action: str,
    case_id: int,
    reason: str,
    *,
    by: int,
    now: datetime,
    details: Mapping[str, object] | None = None,
) -> None:
    """One line on the case. An act without a written reason is refused: somebody will ask."""
    if not reason.strip():
        raise Invalid("Un motif est demandé.", field="reason")
    audit.write(
        db,
        now=now,
        user_id=by,
        action=action,
        object_type="case",
        object_id=case_id,
        purpose=reason.strip(),
        details=details,
    )
