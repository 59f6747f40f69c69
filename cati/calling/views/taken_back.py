"""Why an interviewer has no case in hand any more, when a supervisor took it back: read from the audit."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, text

TAKEN_BACK = "case.taken_back"  #: the audit's word, on the interviewer; `purpose` is the reason told to him
TOLD_FOR = timedelta(minutes=10)  #: later, his next case has long made him forget

_WHY = text(
    """
    select l.purpose, u.display_name
    from audit_log l left join users u on u.id = l.user_id
    where l.object_type = 'user' and l.object_id = :holder and l.action = :action and l.at > :since
    order by l.at desc limit 1
    """
)


def why_taken_back(db: Connection, user_id: int, now: datetime) -> str | None:
    """The sentence for the interviewer whose case a supervisor took back a moment ago; None when nobody did."""
    told = {"holder": str(user_id), "action": TAKEN_BACK, "since": now - TOLD_FOR}
    row = db.execute(_WHY, told).one_or_none()
    if row is None:
        return None
    by = row.display_name or "un superviseur"
    return f"Dossier repris par {by}\u00a0: {row.purpose}" if row.purpose else f"Dossier repris par {by}."
