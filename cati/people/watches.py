"""SQL of supervisors who look at an interviewer's screen: since when, until when, and whether they still do."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from cati.people.tables import watches

#: A watching page speaks every 5 s; one that has not for so long is closed, hidden, or its machine is off.
LOST_AFTER = timedelta(seconds=12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """A supervisor looks at an interviewer's screen."""

    id: int
    user_id: int
    watched_by: int
    started_at: datetime
    seen_at: datetime


def begin(db: Connection, user_id: int, by: int, now: datetime) -> int | None:
    """From now on this supervisor watches; None when he does already."""
    values = {"user_id": user_id, "watched_by": by, "started_at": now, "seen_at": now}
    added = upsert(watches).values(**values).on_conflict_do_nothing().returning(watches.c.id)
    return db.execute(added).scalar_one_or_none()


def touch(db: Connection, user_id: int, by: int, now: datetime) -> bool:
    """The watching page gives a sign of life; False when it came too late, or the watch was ended."""
    alive = update(watches).where(*_open(user_id, by), watches.c.seen_at > now - LOST_AFTER)
    return bool(db.execute(alive.values(seen_at=now)).rowcount)


def watch(db: Connection, user_id: int, by: int, now: datetime) -> Watch | None:
    """The watch under way: what opens the picture and what lights the lamp is this one fact."""
    alive = (*_open(user_id, by), watches.c.seen_at > now - LOST_AFTER)
    return next(iter(_found(db, *alive)), None)


def end(db: Connection, user_id: int, by: int, now: datetime) -> Watch | None:
    """The supervisor looks no more; the watch as it was, None when there was none."""
    ended = next(iter(_found(db, *_open(user_id, by))), None)
    db.execute(update(watches).where(*_open(user_id, by)).values(ended_at=now))
    return ended


def lost(db: Connection, now: datetime) -> list[Watch]:
    """Watches whose page has fallen silent."""
    return _found(db, watches.c.ended_at.is_(None), watches.c.seen_at <= now - LOST_AFTER)


def _open(user_id: int, by: int) -> tuple[ColumnElement[bool], ...]:
    return (watches.c.user_id == user_id, watches.c.watched_by == by, watches.c.ended_at.is_(None))


def _found(db: Connection, *where: ColumnElement[bool]) -> list[Watch]:
    columns: tuple[Any, ...] = tuple(watches.c[name] for name in Watch.__slots__)
    return [Watch(**row._mapping) for row in db.execute(select(*columns).where(*where))]
