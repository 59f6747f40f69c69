"""An interviewer signed out by a supervisor: asked for the end of the call, done, and told on the sign-in page."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select, text, update

from cati.audit import store as audit
from cati.database import notify
from cati.people import store
from cati.people.rules import SessionEnd
from cati.people.tables import stations

SIGNED_OUT = "user.signed_out"  #: the audit's word, on the interviewer; `purpose` is the reason told to him
TOLD_FOR = timedelta(hours=12)  #: the next day, he begins afresh


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody wants the interviewer signed out at the end of his call, for a reason that he is told."""

    by: int
    reason: str


def ask(db: Connection, user_id: int, request: Request) -> None:
    """Let him be signed out as soon as his hands are empty; he reads so on his screen."""
    _write(db, user_id, request.by, request.reason)


def call_off(db: Connection, user_id: int) -> None:
    """He is not to be signed out any more."""
    _write(db, user_id, None, None)


def asked(db: Connection, user_id: int) -> Request | None:
    """Who wants him signed out, if anybody."""
    query = select(stations.c.sign_out_by, stations.c.sign_out_reason)
    row = db.execute(query.where(stations.c.user_id == user_id)).one_or_none()
    if row is None or row.sign_out_by is None:
        return None
    return Request(row.sign_out_by, row.sign_out_reason or "")


def leave(db: Connection, user_id: int, request: Request, now: datetime) -> int:
    """End all his sessions (how many ended) and empty his chair, audited; his pages are told at once."""
    ended = store.end_sessions(db, user_id, SessionEnd.BY_SUPERVISOR, now)
    store.leave_station(db, user_id, now)
    call_off(db, user_id)
    audit.write(
        db,
        now=now,
        user_id=request.by,
        action=SIGNED_OUT,
        object_type="user",
        object_id=user_id,
        purpose=request.reason or None,
        details={"sessions": ended},
    )
    notify(db, f"session:{user_id}")
    return ended


_WHY = text(
    """
    select l.purpose, u.display_name
    from sessions s
    join audit_log l on l.object_type = 'user' and l.object_id = s.user_id::text and l.action = :action
      and l.at = s.ended_at
    left join users u on u.id = l.user_id
    where s.token_sha256 = :token and s.ended_reason = 'by_supervisor' and s.ended_at > :since
    order by l.id desc limit 1
    """
)


def why(db: Connection, token: str, now: datetime) -> str:
    """The sentence for a browser whose session a supervisor ended; empty when nobody did."""
    digest = hashlib.sha256(token.encode()).hexdigest()
    told = {"token": digest, "action": SIGNED_OUT, "since": now - TOLD_FOR}
    row = db.execute(_WHY, told).one_or_none()
    if row is None:
        return ""
    said = f"Vous avez été déconnecté par {row.display_name or 'un superviseur'}"
    return f"{said}\u00a0: {row.purpose}." if row.purpose else f"{said}."


def _write(db: Connection, user_id: int, by: int | None, reason: str | None) -> None:
    chair = update(stations).where(stations.c.user_id == user_id)
    db.execute(chair.values(sign_out_by=by, sign_out_reason=reason))
