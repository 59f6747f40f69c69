"""The connection an export reads through: its own, and never in a transaction for longer than one statement."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from cati.database import connect


@contextmanager
def reading(database_url: str) -> Iterator[Connection]:
    """A connection in autocommit: one transaction for a whole export would slow the queue of cases down for all."""
    engine = connect(database_url, pool_size=1, application="cati export")
    try:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
            yield db
    finally:
        engine.dispose()
