"""Writes the audit log and its chain of seals. Nothing here changes or removes a line."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, text

from cati.audit.rules import GENESIS, Line, Link
from cati.audit.tables import audit_log, audit_seals


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


@dataclass(frozen=True, slots=True)
class Head:
    """The last link of the chain; before the first one `seq` is 0."""

    seq: int
    seal: bytes


def lock_chain(db: Connection) -> Head:
    """The end of the chain, which nobody else then prolongs until this transaction is over."""
    db.execute(_LOCK)
    row = db.execute(_HEAD).one_or_none()
    return Head(0, GENESIS) if row is None else Head(row.seq, bytes(row.seal))


def unsealed(db: Connection, limit: int, *, all_of_them: bool) -> list[Line]:
    """Lines without a seal, lowest id first: among the newest only, unless the whole log is to be looked through.

    A transaction that ends late shows a line below some that are sealed already; hence a look back.
    """
    asked = {"limit": limit, "back": None if all_of_them else _LOOK_BACK}
    return [line_of(row) for row in db.execute(_UNSEALED, asked)]


def insert_seals(db: Connection, rows: Sequence[Mapping[str, object]]) -> None:
    """Prolong the chain."""
    db.execute(insert(audit_seals), rows)


def links(db: Connection) -> Generator[Link]:
    """The whole chain in its order, then the lines that wait; seals whose line is gone are among them."""
    with db.execute(_LINKS, execution_options={"yield_per": 2_000}) as rows:
        for row in rows:
            line = None if row.id is None else line_of(row)
            yield Link(line, row.seq, row.key, None if row.seal is None else bytes(row.seal))


def line_of(row: Row[Any]) -> Line:
    """The line as it is sealed."""
    return Line(
        *(row.id, row.at.astimezone(UTC), row.user_id, row.action, row.object_type),
        *(row.object_id, row.purpose, row.details),
    )


_LOOK_BACK = 1_000
_LOCK = text("select pg_advisory_xact_lock(hashtext('cati audit chain'))")
_HEAD = text("select seq, seal from audit_seals order by seq desc limit 1")
_COLUMNS = (
    "l.id, l.at, l.user_id, l.action, l.object_type, l.object_id, l.purpose, l.details::text as details"
)

_UNSEALED = text(
    f"""
    with since as (select coalesce(max(audit_id) - cast(:back as bigint), 0) as id from audit_seals)
    select {_COLUMNS} from audit_log l
    where l.id > (select id from since)
      and not exists (select from audit_seals s where s.audit_id = l.id and s.audit_id > (select id from since))
    order by l.id limit :limit
    """
)

_LINKS = text(
    f"""
    select s.seq, s.key, s.seal, {_COLUMNS}
    from audit_seals s full join audit_log l on l.id = s.audit_id order by s.seq nulls last, l.id
    """
)
