"""PostgreSQL through SQLAlchemy Core: the metadata all tables share, column types, engines, one transaction a use case.

Every slice declares its tables on `metadata`. Foreign keys across slices are written as strings
(`ForeignKey("households.id")`), so that tables never import tables.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import psycopg
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Identity,
    MetaData,
    create_engine,
    text,
)
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.types import TypeDecorator

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcDateTime(TypeDecorator[datetime]):
    """`timestamptz` that takes aware datetimes only and gives them back in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a time without its zone reached the database")
        return value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)


def identity() -> Column[int]:
    """The `id bigint generated always as identity primary key` of every table of the field."""
    return Column("id", BigInteger, Identity(always=True), primary_key=True)


def one_of(column: str, values: type[StrEnum], *, nullable: bool = False) -> CheckConstraint:
    """The named CHECK that makes a text column hold the values of an enum, and no others."""
    listed = ", ".join(f"'{value.value}'" for value in values)
    test = f"{column} in ({listed})"
    return CheckConstraint(f"{column} is null or {test}" if nullable else test, name=f"{column}_known")


def connect(url: str, *, pool_size: int = 10, application: str = "cati") -> Engine:
    """An engine on `url` with the time-outs every connection of cati carries.

    An abandoned transaction would make the case queue slow for all (its dead index entries could not be skipped): after
    60 s idle it is ended. A statement waits at most 5 s for a lock, then fails rather than freeze a desk.
    """
    options = "-c idle_in_transaction_session_timeout=60s -c lock_timeout=5s -c timezone=UTC"
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=10,
        pool_pre_ping=False,
        pool_use_lifo=True,  # the warmest connection first: its statements are prepared
        hide_parameters=True,  # values would put names and numbers into tracebacks
        connect_args={
            "options": options,
            "application_name": application,
            "connect_timeout": 5,
            "prepare_threshold": 2,
            "cursor_factory": _Cursor,
        },
    )


class _Cursor(psycopg.Cursor[Any]):
    """Tells the name and the type of its columns, which is all that SQLAlchemy asks; psycopg's own account of each
    column costs an answer a twentieth of its time (`bench/answer_roundtrip.py`)."""

    @property
    def description(self) -> list[Any] | None:
        """A column each, or None when the statement has none."""
        result = self.pgresult
        if result is None or not result.nfields:
            return None
        return [(_named(result.fname(rank)), result.ftype(rank)) for rank in range(result.nfields)]


def _named(name: bytes | None) -> str:
    return "" if name is None else name.decode()


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """One connection, one transaction: committed at the end, rolled back by any exception."""
    with engine.begin() as db:
        yield db


CHANNEL = "cati"  #: of NOTIFY: every worker listens to it


def notify(db: Connection, topic: str) -> None:
    """Tell every worker, once this transaction is committed, that something rare happened: `desk:45`, `visit:7`.

    A topic holds a word and an id, never anything of a person. Not for every answer: it costs a commit 3 to 4 times.
    """
    db.execute(_NOTIFY, {"channel": CHANNEL, "topic": topic})


_NOTIFY = text("select pg_notify(:channel, :topic)")


def observer_pass(db: Connection, bailleurs: Iterable[int]) -> str:
    """What lets the observers' role read the rows of these bailleurs; `db` is cati_app's, for no other gets one."""
    return str(db.scalar(_PASS, {"bailleurs": sorted(set(bailleurs))}))


def restrict(db: Connection, shown: str) -> None:
    """Show a pass: until this transaction of cati_observer ends, it reads the rows of its bailleurs, and no others.

    Without a pass, or with one that was not given for these bailleurs, it reads none.
    """
    db.execute(_RESTRICT, {"shown": shown})


_PASS = text("select observer_pass(cast(:bailleurs as bigint[]))")
_RESTRICT = text("select set_config('cati.bailleur', :shown, true)")


def is_reachable(engine: Engine) -> bool:
    """Whether the database answers now."""
    try:
        with engine.connect() as db:
            db.exec_driver_sql("select 1")
    except OperationalError:
        return False
    return True


def constraint_of(error: IntegrityError) -> str | None:
    """The name of the constraint a statement broke: stores translate it into an error of the field."""
    diagnostics = getattr(error.orig, "diag", None)
    return getattr(diagnostics, "constraint_name", None)
