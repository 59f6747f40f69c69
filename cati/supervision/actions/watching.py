"""Look at an interviewer's screen, and see to his call for help. He is told by the lamp; who, from when, until when is
in the audit."""

from datetime import datetime

from sqlalchemy import Connection

from cati.audit import store as audit
from cati.database import notify
from cati.errors import Conflict, NotFound
from cati.interviews import help_calls
from cati.people import store as people
from cati.people import watches
from cati.people.rules import Role
from cati.people.watches import Watch


def begin(db: Connection, user_id: int, *, by: int, now: datetime, why: str) -> None:
    """Watch the screen of this interviewer, for a purpose; who watches already goes on. NotFound: no interviewer."""
    if people.get_user(db, user_id).role is not Role.INTERVIEWER:
        raise NotFound(interviewer=user_id)
    if watches.touch(db, user_id, by, now):
        return
    end(db, user_id, by=by, now=now)  # one that fell silent, and was not swept yet
    watches.begin(db, user_id, by, now)
    _audit(db, "desk.watch", user_id, by, now, purpose=why)
    _tell(db, user_id)


def answer_help(db: Connection, user_id: int, *, by: int, now: datetime) -> None:
    """See to his call by watching his screen. Raises Conflict when it is over, or somebody sees to it already."""
    if not help_calls.answer(db, user_id, by, now):
        raise Conflict("Cet appel à l’aide est terminé, ou quelqu’un y répond déjà.")
    begin(db, user_id, by=by, now=now, why="appel à l’aide")
    _audit(db, "help.answer", user_id, by, now)
    _tell(db, user_id)


def keep(db: Connection, user_id: int, *, by: int, now: datetime) -> bool:
    """The page that watches still does; False when its watch has ended."""
    return watches.touch(db, user_id, by, now)


def end(db: Connection, user_id: int, *, by: int, now: datetime) -> None:
    """Look no more; the call for help that one saw to is over with it."""
    ended = watches.end(db, user_id, by, now)
    if ended is not None:
        _over(db, ended, now)


def sweep_watches(db: Connection, now: datetime) -> int:
    """End the watches whose page has fallen silent; returns how many."""
    lost = watches.lost(db, now)
    for each in lost:
        watches.end(db, each.user_id, each.watched_by, each.seen_at)
        _over(db, each, now)
    return len(lost)


def _over(db: Connection, ended: Watch, now: datetime) -> None:
    until = max(ended.started_at, min(now, ended.seen_at + watches.LOST_AFTER))
    help_calls.close(db, ended.user_id, now, answered_by=ended.watched_by)
    told = {"from": ended.started_at.isoformat(), "until": until.isoformat()}
    _audit(db, "desk.watched", ended.user_id, ended.watched_by, now, **told)
    _tell(db, ended.user_id)


def _audit(
    db: Connection,
    action: str,
    user_id: int,
    by: int,
    now: datetime,
    *,
    purpose: str | None = None,
    **details: object,
) -> None:
    audit.write(
        db,
        now=now,
        user_id=by,
        action=action,
        object_type="user",
        object_id=user_id,
        purpose=purpose,
        details=details,
    )


def _tell(db: Connection, user_id: int) -> None:
    notify(db, f"desk:{user_id}")
    notify(db, "floor")
