"""Lists of people, for screens: stations of the floor, accounts."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from cati.people.rules import Role, StationState
from cati.people.tables import stations as station_rows
from cati.people.tables import users


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """An interviewer's desk. `since` is None when it never opened."""

    user_id: int
    display_name: str
    number: int | None
    state: StationState
    since: datetime | None
    seen_at: datetime | None
    pause_code: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A line of the list of accounts."""

    id: int
    login: str
    display_name: str
    number: int | None
    role: Role
    active: bool


def stations(db: Connection) -> tuple[Station, ...]:
    """The desks of every interviewer whose account is open, by name."""
    row = station_rows.c
    query = (
        select(users.c.id, users.c.display_name, users.c.number)
        .add_columns(row.state, row.since, row.seen_at, row.pause_code)
        .select_from(users.outerjoin(station_rows, row.user_id == users.c.id))
        .where(users.c.role == Role.INTERVIEWER, users.c.active)
        .order_by(users.c.sort_key, users.c.id)
    )
    return tuple(
        Station(
            user_id=found.id,
            display_name=found.display_name,
            number=found.number,
            state=StationState(found.state) if found.state else StationState.AWAY,
            since=found.since,
            seen_at=found.seen_at,
            pause_code=found.pause_code,
        )
        for found in db.execute(query)
    )


def accounts(db: Connection) -> tuple[Account, ...]:
    """All accounts, by name; closed ones too."""
    columns = (users.c.id, users.c.login, users.c.display_name, users.c.number, users.c.role, users.c.active)
    rows = db.execute(select(*columns).order_by(users.c.sort_key, users.c.id))
    return tuple(
        Account(
            id=row.id,
            login=row.login,
            display_name=row.display_name,
            number=row.number,
            role=Role(row.role),
            active=row.active,
        )
        for row in rows
    )


def user_id_of(db: Connection, login: str) -> int | None:
    """The account of a folded login."""
    return db.execute(select(users.c.id).where(users.c.login == login)).scalar_one_or_none()
