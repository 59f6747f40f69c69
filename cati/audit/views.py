"""The audit log as it is read: its chain, and its lines with who did what."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from cati.audit import rules, store
from cati.audit.rules import Report
from cati.sealing import Keys

PARIS = ZoneInfo("Europe/Paris")
PAGE = 100  #: lines of a page


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which lines are wanted; None does not choose. `before`: those older than this line. `day` is a day in Paris."""

    user_id: int | None = None
    action: str | None = None
    object_type: str | None = None
    object_id: str | None = None
    day: date | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of the log. `by` None: the system, or the command line."""

    id: int
    at: datetime
    user_id: int | None
    by: str | None
    action: str
    object_type: str
    object_id: str
    purpose: str | None
    details: Mapping[str, Any]
    sealed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far the chain has come; not whether it fits."""

    sealed: int
    waiting: int
    sealed_at: datetime | None


def chain(db: Connection, keys: Keys, *, noted: str | None = None) -> Report:
    """The whole chain, read from its first line. `noted`: a head that was written down before, looked for in it.

    Raises SettingsRefused when a key that sealed some of it is missing.
    """
    with closing(store.links(db)) as links:
        return rules.verify(links, keys.chain, noted=noted)


def standing(db: Connection) -> Standing:
    """Counts, without reading the chain."""
    return Standing(**db.execute(_STANDING).one()._mapping)


def entries(db: Connection, wanted: Wanted) -> Sequence[Entry]:
    """The lines wanted, the newest first, PAGE of them at most."""
    asked: dict[str, Any] = {
        "user": wanted.user_id,
        "action": wanted.action,
        "before": wanted.before,
        "type": wanted.object_type,
        "object": wanted.object_id,
        **_between(wanted.day),
        "limit": PAGE,
    }
    return [Entry(**row._mapping) for row in db.execute(_ENTRIES, asked)]


def authors(db: Connection) -> Sequence[tuple[int, str]]:
    """Who stands in the log, by name."""
    return [(row.id, row.display_name) for row in db.execute(_AUTHORS)]


def _between(day: date | None) -> dict[str, datetime | None]:
    if day is None:
        return {"since": None, "until": None}
    since, until = (datetime.combine(one, time(0), PARIS) for one in (day, day + timedelta(days=1)))
    return {"since": since, "until": until}


_STANDING = text(
    """
    select coalesce(s.seq, 0) as sealed, (select count(*) from audit_log) - coalesce(s.seq, 0) as waiting, s.sealed_at
    from (select) as nothing left join (select * from audit_seals order by seq desc limit 1) s on true
    """
)

_ENTRIES = text(
    """
    select l.id, l.at, l.user_id, u.display_name as by, l.action, l.object_type, l.object_id, l.purpose, l.details,
      s.seq is not null as sealed
    from audit_log l left join users u on u.id = l.user_id left join audit_seals s on s.audit_id = l.id
    where (cast(:user as bigint) is null or l.user_id = :user)
      and (cast(:action as text) is null or l.action = :action)
      and (cast(:type as text) is null or l.object_type = :type)
      and (cast(:object as text) is null or l.object_id = :object)
      and (cast(:since as timestamptz) is null or l.at >= :since and l.at < :until)
      and (cast(:before as bigint) is null or l.id < :before)
    order by l.id desc limit :limit
    """
)

_AUTHORS = text(
    """
    select u.id, u.display_name from users u
    where exists (select from audit_log l where l.user_id = u.id) order by u.sort_key, u.id
    """
)
