"""What people do with accounts: sign in and out, change a password; and what an administrator does for them.

A refusal that must be remembered (a wrong password counts) is returned: raising would roll it back.
"""

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from cati.audit import store as audit
from cati.people import store
from cati.people.passwords import Passwords
from cati.people.rules import (
    ENGAGED,
    PASSWORD_MIN_LENGTH,
    SESSION_KEPT,
    SESSION_LASTS,
    SESSION_SEEN_EVERY,
    THROTTLE_WINDOW,
    Role,
    SessionEnd,
    account_wait,
    address_wait,
    folded,
    is_live,
)
from cati.people.store import Scope, Session, User


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The password is right: `token` goes into the browser's cookie and nowhere else."""

    token: str
    user: User


@dataclass(frozen=True, slots=True)
class WrongPassword:
    """No such account, or not its password: the two look alike."""


@dataclass(frozen=True, slots=True)
class Throttled:
    """Too many failures; nothing was tried. It may be tried again after `until`."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Inactive:
    """The password is right, the account is closed."""


@dataclass(frozen=True, slots=True)
class PasswordTooShort:
    """A new password needs at least `minimum` characters."""

    minimum: int = PASSWORD_MIN_LENGTH


@dataclass(frozen=True, slots=True)
class PasswordChanged:
    """The new password holds; the account's other sessions have ended."""


@dataclass(frozen=True, slots=True)
class StillEngaged:
    """A case is in hand, perhaps with somebody on the line: it is closed first."""


@dataclass(frozen=True, slots=True)
class LoginTaken:
    """Another account has this login, or this number."""


SignInOutcome = SignedIn | WrongPassword | Throttled | Inactive
ChangeOutcome = PasswordChanged | WrongPassword | Throttled | PasswordTooShort


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A password given for a login from an address."""

    login: str
    password: str
    address: str

    @property
    def account_sha256(self) -> str:
        """What failures are counted under: people also type their password into the wrong field."""
        return _sha256(folded(self.login))


def sign_in(db: Connection, passwords: Passwords, attempt: Attempt, now: datetime) -> SignInOutcome:
    """Open a session if the password is right and neither the account nor the address failed too often."""
    checked = _check(db, passwords, attempt, now)
    if not isinstance(checked, User):
        return checked
    if not checked.active:
        return Inactive()
    token = secrets.token_urlsafe(32)
    store.insert_session(
        db,
        token_sha256=_sha256(token),
        csrf_token=secrets.token_urlsafe(32),
        user_id=checked.id,
        now=now,
        expires_at=now + SESSION_LASTS,
    )
    return SignedIn(token, checked)


def current_session(db: Connection, token: str, now: datetime) -> Session | None:
    """The live session of a cookie's token, or None. Its time of last use is written once a minute."""
    session = store.session(db, _sha256(token))
    if session is None or not is_live(session.life, now):
        return None
    if now - session.life.seen_at >= SESSION_SEEN_EVERY:
        store.touch_session(db, session.token_sha256, now)
    return session


def watching_sessions(db: Connection, tokens: Collection[str], now: datetime) -> frozenset[str]:
    """Which of these sessions, each with a live page before it, are still good. Watching is a sign of life."""
    live = {token: life for token, life in store.lives(db, tokens).items() if is_live(life, now)}
    for token, life in live.items():
        if now - life.seen_at >= SESSION_SEEN_EVERY:
            store.touch_session(db, token, now)
    return frozenset(live)


def forget_sessions(db: Connection, now: datetime) -> int:
    """Delete some of the sessions that have been over for long; how many. Repeated until there are none."""
    return store.forget_sessions(db, now - SESSION_KEPT)


def sign_out(db: Connection, session: Session, now: datetime) -> int | StillEngaged:
    """End this session (how many ended: 1), unless a case is in hand."""
    if session.life.station in ENGAGED:
        return StillEngaged()
    store.end_session(db, session.token_sha256, SessionEnd.SIGNED_OUT, now)
    store.leave_station(db, session.user.id, now)
    return 1


def sign_out_everywhere(db: Connection, session: Session, now: datetime) -> int | StillEngaged:
    """End every session of the account, this one too (how many ended), unless a case is in hand."""
    if session.life.station in ENGAGED:
        return StillEngaged()
    store.leave_station(db, session.user.id, now)
    return store.end_sessions(db, session.user.id, SessionEnd.SIGNED_OUT_EVERYWHERE, now)


def change_password(
    db: Connection, passwords: Passwords, session: Session, given: Attempt, new: str, now: datetime
) -> ChangeOutcome:
    """Replace one's own password, knowing the present one. A wrong one counts as at sign-in."""
    if len(new) < PASSWORD_MIN_LENGTH:
        return PasswordTooShort()
    checked = _check(db, passwords, given, now)
    if not isinstance(checked, User):
        return checked
    store.set_password(db, checked.id, passwords.hash(new))
    store.end_sessions(db, checked.id, SessionEnd.CREDENTIALS_CHANGED, now, but=session.token_sha256)
    _audit(db, "user.password", checked.id, checked.id, now)
    return PasswordChanged()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUser:
    """An account to create. `display_name` is what lists show, `first_name` what is said on the telephone."""

    login: str
    first_name: str
    display_name: str
    role: Role
    password: str
    number: int | None = None
    scope: Scope | None = None  #: an observer's, whom nothing is shown without


def create_user(
    db: Connection, passwords: Passwords, new: NewUser, now: datetime, *, by: int | None = None
) -> int | LoginTaken | PasswordTooShort:
    """The new account's id. `by` is the administrator, None for the command line."""
    if len(new.password) < PASSWORD_MIN_LENGTH:
        return PasswordTooShort()
    user_id = store.insert_user(
        db,
        login=folded(new.login),
        first_name=new.first_name,
        display_name=new.display_name,
        sort_key=folded(new.display_name),
        number=new.number,
        role=new.role,
        password_hash=passwords.hash(new.password),
        created_at=now,
    )
    if user_id is None:
        return LoginTaken()
    if new.scope is not None:
        store.insert_scope(db, user_id, new.scope)
    _audit(db, "user.create", user_id, by, now, role=new.role.value)
    return user_id


def reset_password(
    db: Connection, passwords: Passwords, user_id: int, new: str, now: datetime, *, by: int | None = None
) -> PasswordChanged | PasswordTooShort:
    """Give an account another password without knowing the present one; all its sessions end."""
    if len(new) < PASSWORD_MIN_LENGTH:
        return PasswordTooShort()
    store.set_password(db, store.get_user(db, user_id).id, passwords.hash(new))
    store.end_sessions(db, user_id, SessionEnd.CREDENTIALS_CHANGED, now)
    _audit(db, "user.password", user_id, by, now)
    return PasswordChanged()


def end_sessions(db: Connection, user_id: int, now: datetime, *, by: int | None = None) -> int:
    """Sign an account out everywhere, by somebody else; how many sessions ended."""
    ended = store.end_sessions(db, store.get_user(db, user_id).id, SessionEnd.BY_SUPERVISOR, now)
    _audit(db, "user.end_sessions", user_id, by, now, sessions=ended)
    return ended


def close_account(db: Connection, user_id: int, now: datetime, *, by: int | None = None) -> None:
    """Nobody signs in to this account any more; what it did stays under its name."""
    store.set_active(db, user_id, active=False)
    store.end_sessions(db, user_id, SessionEnd.ACCOUNT_CLOSED, now)
    _audit(db, "user.close", user_id, by, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAssignment:
    """A place in a wave from `starts_at` until `ends_at` (None: until the field closes)."""

    user_id: int
    wave_id: int
    starts_at: datetime
    ends_at: datetime | None = None
    skill: str = ""


def assign(db: Connection, new: NewAssignment, now: datetime, *, by: int | None = None) -> int:
    """The assignment's id; NotFound when there is no such account or wave."""
    assignment_id = store.insert_assignment(
        db,
        user_id=new.user_id,
        wave_id=new.wave_id,
        skill=new.skill,
        starts_at=new.starts_at,
        ends_at=new.ends_at,
    )
    _audit(db, "user.assign", new.user_id, by, now, wave=new.wave_id, skill=new.skill)
    return assignment_id


def _check(
    db: Connection, passwords: Passwords, attempt: Attempt, now: datetime
) -> User | WrongPassword | Throttled:
    known = store.credentials(db, folded(attempt.login))
    until = _wait(db, attempt, now)
    if until is not None:
        return Throttled(until)
    if not passwords.matches(known[1] if known else None, attempt.password) or known is None:
        store.add_failure(db, attempt.account_sha256, attempt.address, now, now - THROTTLE_WINDOW)
        return WrongPassword()
    user, password_hash = known
    store.forget_failures(db, attempt.account_sha256)
    if passwords.is_outdated(password_hash):
        store.set_password(db, user.id, passwords.hash(attempt.password))
    return user


def _wait(db: Connection, attempt: Attempt, now: datetime) -> datetime | None:
    since = now - THROTTLE_WINDOW
    account = account_wait(store.account_failures(db, attempt.account_sha256, since), now)
    address = address_wait(store.address_failures(db, attempt.address, since), now)
    return max((until for until in (account, address) if until is not None), default=None)


def _audit(
    db: Connection, action: str, user_id: int, by: int | None, now: datetime, **details: object
) -> None:
    audit.write(
        db, now=now, user_id=by, action=action, object_type="user", object_id=user_id, details=details
    )


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
