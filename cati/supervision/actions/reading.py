"""A supervisor or the dpo looks for a case, or reads who lives there: each with its line in the audit."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from cati.audit import store as audit
from cati.errors import Invalid


def note_search(
    db: Connection, by_what: str, sought: bytes, found: Sequence[int], *, by: int, now: datetime
) -> None:
    """Somebody looked for a case: what he typed is kept as its keyed hash alone, with the cases it led to."""
    audit.write(
        db,
        now=now,
        user_id=by,
        action="case.search",
        object_type="search",
        object_id=sought.hex(),
        details={"by": by_what, "cases": list(found)},
    )


def note_identity_read(db: Connection, case_id: int, purpose: str, *, by: int, now: datetime) -> None:
    """Somebody is about to read who lives there, for a purpose that he wrote."""
    if not purpose.strip():
        raise Invalid("Dites pourquoi cette identité est lue.", field="purpose")
    audit.write(
        db,
        now=now,
        user_id=by,
        action="identity.read",
        object_type="case",
        object_id=case_id,
        purpose=purpose.strip(),
    )
