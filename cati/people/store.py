"""SQL of accounts, sign-in failures, sessions, stations and assignments."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, bindparam, case, delete, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError

from cati.database import notify
from cati.errors import NotFound
from cati.people.rules import Role, SessionEnd, SessionLife, StationState
from cati.people.tables import assignments, observer_scopes, sessions, sign_in_failures, stations, users


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """An account, as the rest of the system knows it."""

    id: int
    login: str
    first_name: str
    display_name: str
    number: int | None
    role: Role
    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """An account signed in on one browser."""

    token_sha256: str
    csrf_token: str
    user: User
    life: SessionLife


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """An interviewer's (or analyst's) place in a wave; skill empty = ordinary cases."""

    wave_id: int
    skill: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Whom an observer belongs to: a bailleur, or the region (`bailleur_id` None), which sees totals only."""

    organisation: str
    bailleur_id: int | None = None

    @property
    def bailleurs(self) -> tuple[int, ...]:
        """Whose rows his pages may be made of."""
        return () if self.bailleur_id is None else (self.bailleur_id,)


_USER = (
    users.c.id,
    users.c.login,
    users.c.first_name,
    users.c.display_name,
    users.c.number,
    users.c.role,
    users.c.active,
)


def insert_user(db: Connection, **columns: object) -> int | None:
    """The new account's id; None when the login or the number is taken."""
    added = upsert(users).values(**columns).on_conflict_do_nothing()
    return db.execute(added.returning(users.c.id)).scalar_one_or_none()


def get_user(db: Connection, user_id: int) -> User:
    """NotFound when there is no such account."""
    row = db.execute(select(*_USER).where(users.c.id == user_id)).one_or_none()
    if row is None:
        raise NotFound(user=user_id)
    return _user(row)


def credentials(db: Connection, login: str) -> tuple[User, str] | None:
    """The account of a folded login and its hash, locked: guesses at one account come one at a time."""
    query = select(*_USER, users.c.password_hash).where(users.c.login == login)
    row = db.execute(query.with_for_update(key_share=True)).one_or_none()
    return None if row is None else (_user(row), row.password_hash)


def set_password(db: Connection, user_id: int, password_hash: str) -> None:
    """Replace the password's hash."""
    db.execute(update(users).where(users.c.id == user_id).values(password_hash=password_hash))


def set_active(db: Connection, user_id: int, *, active: bool) -> None:
    """Open or close the account; NotFound when there is none."""
    changed = db.execute(update(users).where(users.c.id == user_id).values(active=active))
    if changed.rowcount == 0:
        raise NotFound(user=user_id)


def account_failures(db: Connection, account_sha256: str, since: datetime) -> list[datetime]:
    """When the account was tried with a wrong password."""
    return _failures(db, account_sha256=account_sha256, since=since)


def address_failures(db: Connection, address: str, since: datetime) -> list[datetime]:
    """When an account was tried with a wrong password from the address."""
    return _failures(db, address=address, since=since)


def add_failure(db: Connection, account_sha256: str, address: str, now: datetime, keep: datetime) -> None:
    """Count one failure; those of the same account or address before `keep` are of no use any more."""
    old = or_(sign_in_failures.c.account_sha256 == account_sha256, sign_in_failures.c.address == address)
    db.execute(delete(sign_in_failures).where(old, sign_in_failures.c.at < keep))
    db.execute(insert(sign_in_failures).values(account_sha256=account_sha256, address=address, at=now))


def forget_failures(db: Connection, account_sha256: str) -> None:
    """The account was signed in to: earlier failures were its owner's typing."""
    db.execute(delete(sign_in_failures).where(sign_in_failures.c.account_sha256 == account_sha256))


def insert_session(
    db: Connection, *, token_sha256: str, csrf_token: str, user_id: int, now: datetime, expires_at: datetime
) -> None:
    """Open a session; only the hash of its token is stored."""
    db.execute(
        insert(sessions).values(
            token_sha256=token_sha256,
            csrf_token=csrf_token,
            user_id=user_id,
            created_at=now,
            seen_at=now,
            expires_at=expires_at,
        )
    )


#: Built once: it runs at every request.
_SESSION = (
    select(
        *_USER,
        sessions.c.csrf_token,
        sessions.c.seen_at,
        sessions.c.expires_at,
        sessions.c.ended_at,
        stations.c.state.label("station"),
    )
    .select_from(sessions.join(users).outerjoin(stations, stations.c.user_id == users.c.id))
    .where(sessions.c.token_sha256 == bindparam("token"), sessions.c.ended_at.is_(None), users.c.active)
)


def session(db: Connection, token_sha256: str) -> Session | None:
    """The session of a token with its account and the facts of its life; None when it ended."""
    row = db.execute(_SESSION, {"token": token_sha256}).one_or_none()
    if row is None:
        return None
    return Session(
        token_sha256=token_sha256,
        csrf_token=row.csrf_token,
        user=_user(row),
        life=SessionLife(
            seen_at=row.seen_at,
            expires_at=row.expires_at,
            ended_at=row.ended_at,
            station=StationState(row.station) if row.station else None,
        ),
    )


#: As above, of all who watch a live page.
_LIVES = (
    select(
        sessions.c.token_sha256,
        sessions.c.seen_at,
        sessions.c.expires_at,
        sessions.c.ended_at,
        stations.c.state.label("station"),
    )
    .select_from(sessions.join(users).outerjoin(stations, stations.c.user_id == users.c.id))
    .where(
        sessions.c.token_sha256.in_(bindparam("tokens", expanding=True)),
        sessions.c.ended_at.is_(None),
        users.c.active,
    )
)


def lives(db: Connection, tokens: Collection[str]) -> dict[str, SessionLife]:
    """The facts of the life of these sessions, by token; those that ended are not among them."""
    return {
        row.token_sha256: SessionLife(
            seen_at=row.seen_at,
            expires_at=row.expires_at,
            ended_at=row.ended_at,
            station=StationState(row.station) if row.station else None,
        )
        for row in db.execute(_LIVES, {"tokens": list(tokens)})
    }


def touch_session(db: Connection, token_sha256: str, now: datetime) -> None:
    """The session was used at `now`."""
    db.execute(update(sessions).where(sessions.c.token_sha256 == token_sha256).values(seen_at=now))


def end_session(db: Connection, token_sha256: str, reason: SessionEnd, now: datetime) -> None:
    """End one session; an ended one keeps its first reason."""
    open_ = (sessions.c.token_sha256 == token_sha256, sessions.c.ended_at.is_(None))
    db.execute(update(sessions).where(*open_).values(ended_at=now, ended_reason=reason))


def end_sessions(
    db: Connection, user_id: int, reason: SessionEnd, now: datetime, *, but: str | None = None
) -> int:
    """End every session of the account (`but` one token's), and its streams at once; how many there were."""
    query = update(sessions).where(sessions.c.user_id == user_id, sessions.c.ended_at.is_(None))
    if but is not None:
        query = query.where(sessions.c.token_sha256 != but)
    notify(db, f"session:{user_id}")
    return db.execute(query.values(ended_at=now, ended_reason=reason)).rowcount


def forget_sessions(db: Connection, before: datetime, most: int = 500) -> int:
    """Delete sessions that ended, or ran out, before then; at most so many at once. How many there were."""
    over = or_(sessions.c.ended_at < before, sessions.c.expires_at < before)
    some = select(sessions.c.token_sha256).where(over).limit(most).with_for_update(skip_locked=True)
    return db.execute(delete(sessions).where(sessions.c.token_sha256.in_(some))).rowcount


def set_station(
    db: Connection, user_id: int, state: StationState, now: datetime, *, pause_code: str | None = None
) -> None:
    """What the desk does from `now` on; `since` moves only when the state or the pause's reason changes."""
    values = {"user_id": user_id, "state": state, "since": now, "seen_at": now, "pause_code": pause_code}
    added = upsert(stations).values(**values)
    changed = or_(
        stations.c.state != added.excluded.state,
        stations.c.pause_code.is_distinct_from(added.excluded.pause_code),
    )
    since = case((changed, added.excluded.since), else_=stations.c.since)
    db.execute(
        added.on_conflict_do_update(
            index_elements=["user_id"],
            set_={"state": state, "since": since, "seen_at": now, "pause_code": pause_code},
        )
    )


def leave_station(db: Connection, user_id: int, now: datetime) -> None:
    """Nobody sits at the desk any more; an account that never had one gets none."""
    if station(db, user_id) is not StationState.AWAY:
        set_station(db, user_id, StationState.AWAY, now)


def touch_station(db: Connection, user_id: int, now: datetime) -> None:
    """The desk gave a sign of life."""
    db.execute(update(stations).where(stations.c.user_id == user_id).values(seen_at=now))


def station(db: Connection, user_id: int) -> StationState:
    """What the desk does; away when it never opened."""
    state = db.execute(select(stations.c.state).where(stations.c.user_id == user_id)).scalar_one_or_none()
    return StationState(state) if state else StationState.AWAY


def insert_assignment(db: Connection, **columns: object) -> int:
    """The new assignment's id; NotFound when there is no such account or wave."""
    try:
        with db.begin_nested():
            added = db.execute(insert(assignments).values(**columns).returning(assignments.c.id))
            assignment_id: int = added.scalar_one()
    except IntegrityError as refused:
        raise NotFound(user=columns["user_id"], wave=columns["wave_id"]) from refused
    return assignment_id


def assignments_of(db: Connection, user_id: int, now: datetime) -> tuple[Assignment, ...]:
    """The waves, with the skill, that the person works on at `now`."""
    query = select(assignments.c.wave_id, assignments.c.skill).where(
        assignments.c.user_id == user_id,
        assignments.c.starts_at <= now,
        or_(assignments.c.ends_at.is_(None), assignments.c.ends_at > now),
    )
    rows = db.execute(query.order_by(assignments.c.wave_id, assignments.c.id))
    return tuple(Assignment(wave_id=row.wave_id, skill=row.skill) for row in rows)


def insert_scope(db: Connection, user_id: int, scope: Scope) -> None:
    """Say whom the observer belongs to; NotFound when there is no such bailleur."""
    try:
        with db.begin_nested():
            db.execute(
                insert(observer_scopes).values(
                    user_id=user_id, bailleur_id=scope.bailleur_id, organisation=scope.organisation
                )
            )
    except IntegrityError as refused:
        raise NotFound(user=user_id, bailleur=scope.bailleur_id) from refused


def scope_of(db: Connection, user_id: int) -> Scope | None:
    """Whom the observer belongs to; None when nobody said it."""
    query = select(observer_scopes.c.bailleur_id, observer_scopes.c.organisation)
    row = db.execute(query.where(observer_scopes.c.user_id == user_id)).one_or_none()
    return None if row is None else Scope(organisation=row.organisation, bailleur_id=row.bailleur_id)


def _failures(db: Connection, *, since: datetime, **match: str) -> list[datetime]:
    query = select(sign_in_failures.c.at).where(sign_in_failures.c.at > since).filter_by(**match)
    return list(db.execute(query).scalars())


def _user(row: Row[*tuple[object, ...]]) -> User:
    return User(
        id=row.id,
        login=row.login,
        first_name=row.first_name,
        display_name=row.display_name,
        number=row.number,
        role=Role(row.role),
        active=row.active,
    )
