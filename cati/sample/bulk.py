"""Thousands of rows in a few statements: copied into a temporary table, then inserted or applied from there.

COPY straight into a table would be refused where row security is on; by way of a temporary table it holds.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from psycopg import Connection as Driver
from sqlalchemy import Column, ColumnElement, Connection, Table, bindparam, func, text
from sqlalchemy.dialects.postgresql import ARRAY

from cati.errors import CatiError

Rows = Sequence[Mapping[str, Any]]


def reserve_ids(db: Connection, table: Table, count: int) -> list[int]:
    """As many ids of the table, so that rows sealed with their own id can be written at once."""
    statement = text(
        f"select nextval(pg_get_serial_sequence('{table.name}', 'id')) from generate_series(1, :count)"
    )
    return list(db.scalars(statement, {"count": count}))


def any_of(column: Column[Any], values: Collection[Any]) -> ColumnElement[bool]:
    """Whether the column is one of these values: one bind, however many they are."""
    return column == func.any(bindparam(None, list(values), ARRAY(column.type)))


def insert_rows(db: Connection, table: Table, rows: Rows) -> None:
    """Insert rows that all have the columns of the first; ids may be given."""
    if rows:
        given, names = _copied(db, table, rows)
        db.execute(
            text(f"insert into {table.name} ({names}) overriding system value select {names} from {given}")
        )
        db.execute(text(f"drop table {given}"))


def update_rows(db: Connection, table: Table, key: str, rows: Rows) -> None:
    """Set the columns of each row on the row of the table that has its `key`."""
    if rows:
        given, _ = _copied(db, table, rows)
        changes = ", ".join(f"{name} = {given}.{name}" for name in rows[0] if name != key)
        db.execute(
            text(f"update {table.name} set {changes} from {given} where {table.name}.{key} = {given}.{key}")
        )
        db.execute(text(f"drop table {given}"))


def _copied(db: Connection, table: Table, rows: Rows) -> tuple[str, str]:
    """The temporary table that holds these rows, and the names of its columns."""
    given, names = f"given_{table.name}", list(rows[0])
    columns = ", ".join(f"{name} {table.c[name].type.compile(dialect=db.dialect)}" for name in names)
    db.execute(text(f"create temporary table {given} ({columns}) on commit drop"))
    driver = db.connection.driver_connection
    if not isinstance(driver, Driver):
        raise CatiError("the database is not reached through psycopg")
    with driver.cursor() as cursor, cursor.copy(f"copy {given} from stdin") as copy:
        for row in rows:
            copy.write_row([row[name] for name in names])
    return given, ", ".join(names)
