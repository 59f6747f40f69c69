"""What routes ask for: the time, a transaction, and who is signed in. The role is a type in a route's signature.

    @router.post("/poste/dossier")
    def take(request: Request, me: Interviewer, db: Db, now: Now) -> Response: ...

Dependencies that neither wait nor compute are `async`: a thread for each would cost more than they do.
"""

import hmac
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import Connection

from cati import clock
from cati.database import observer_pass, restrict, transaction
from cati.errors import NotAllowed
from cati.people import actions
from cati.people.passwords import Passwords
from cati.people.rules import Role
from cati.people.store import Scope, Session, User, scope_of
from cati.sealing import Keys
from cati.settings import Settings
from web.security import SAFE_METHODS, ForeignForm, submitted_token

COOKIE = "cati_session"
THREADS = 6  # of the pages of one worker, and their connections
DESK_THREADS = 8  # of the desks of one worker, each with a connection: one request, one thread
REFUSAL_THREADS = 2  # of what a desk shows when something was refused
POOL_SIZE = THREADS + DESK_THREADS + REFUSAL_THREADS  # connections of one worker
OBSERVER_POOL_SIZE = 4  # of them that read as an observer: his pages are few
HASHING_AT_ONCE = 2  # passwords being hashed in one worker: each takes 0.25 s of CPU and 64 MiB


class SignInNeeded(Exception):  # noqa: N818  (named as those of cati.errors)
    """Nobody is signed in on this browser, or not any more."""


async def _now() -> datetime:
    return clock.now()


def _transaction(request: Request) -> Iterator[Connection]:
    with transaction(request.app.state.engine) as db:
        session_of(request, db)
        yield db


def session_of(request: Request, db: Connection) -> Session | None:
    """The live session of the browser, kept on the request: looked up where its transaction begins."""
    token = request.cookies.get(COOKIE)
    request.state.session = actions.current_session(db, token, clock.now()) if token else None
    found: Session | None = request.state.session
    return found


async def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


async def _passwords(request: Request) -> Passwords:
    passwords: Passwords = request.app.state.passwords
    return passwords


async def _keys(request: Request) -> Keys:
    keys: Keys = request.app.state.keys
    return keys


async def _address(request: Request) -> str:
    return request.client.host if request.client else ""


async def _turn() -> AsyncIterator[None]:
    yield


Now = Annotated[datetime, Depends(_now)]

#: One transaction a request, committed before the answer leaves: with the default scope FastAPI commits after, and the
#: browser would read « enregistré » for an answer that was then lost. Those who find no free connection wait without
#: occupying a thread, or those who hold one could find no thread to go on.
Db = Annotated[Connection, Depends(_transaction, scope="function", max_concurrency=THREADS)]

InstallationSettings = Annotated[Settings, Depends(_settings)]
#: to be asked for before `Db` by whoever hashes: a floor that signs in at 17:00 waits here, holding nothing
HashingTurn = Annotated[None, Depends(_turn, scope="function", max_concurrency=HASHING_AT_ONCE)]
Hasher = Annotated[Passwords, Depends(_passwords)]
SealingKeys = Annotated[Keys, Depends(_keys)]
Address = Annotated[str, Depends(_address)]


async def _session_if_any(request: Request, db: Db) -> Session | None:
    found: Session | None = request.state.session
    return found


SessionIfAny = Annotated[Session | None, Depends(_session_if_any)]


async def signed_in(request: Request) -> Session:
    """The live session found when the transaction began; a change must carry its token.

    Raises SignInNeeded or ForeignForm. Called rather than asked for: a dependency more costs every answer.
    """
    return vouched(request, request.state.session, await submitted_token(request))


def vouched(request: Request, session: Session | None, submitted: str) -> Session:
    """The session, if there is one and what is asked for carries its token. Raises SignInNeeded or ForeignForm."""
    if session is None:
        raise SignInNeeded
    if request.method not in SAFE_METHODS and not hmac.compare_digest(
        submitted.encode(), session.csrf_token.encode()
    ):
        raise ForeignForm
    return session


async def _session(request: Request, db: Db) -> Session:
    return await signed_in(request)


CurrentSession = Annotated[Session, Depends(_session)]


@dataclass(frozen=True, slots=True)
class Allowed:
    """The dependency that lets accounts of some roles in and gives the account; NotAllowed for others."""

    roles: frozenset[Role]

    async def __call__(self, request: Request, db: Db) -> User:
        """The account signed in."""
        return self.admit(await signed_in(request))

    def admit(self, session: Session) -> User:
        """The account, if its role is one of those."""
        if session.user.role not in self.roles:
            raise NotAllowed(role=session.user.role.value)
        return session.user


def allowed(*roles: Role) -> Allowed:
    """For a route of several roles: `Annotated[User, Depends(allowed(Role.SUPERVISOR, Role.ADMIN))]`."""
    return Allowed(frozenset(roles))


SignedIn = Annotated[User, Depends(allowed(*Role))]
Interviewer = Annotated[User, Depends(allowed(Role.INTERVIEWER))]
Supervisor = Annotated[User, Depends(allowed(Role.SUPERVISOR))]
Observer = Annotated[User, Depends(allowed(Role.OBSERVER))]
Analyst = Annotated[User, Depends(allowed(Role.ANALYST))]
Admin = Annotated[User, Depends(allowed(Role.ADMIN))]
Dpo = Annotated[User, Depends(allowed(Role.DPO))]
SupervisorOrAnalyst = Annotated[User, Depends(allowed(Role.SUPERVISOR, Role.ANALYST))]
SupervisorOrDpo = Annotated[User, Depends(allowed(Role.SUPERVISOR, Role.DPO))]


def _scope(me: Observer, db: Db) -> Scope | None:
    return scope_of(db, me.id)


#: whom the observer signed in belongs to; None: nobody said it, and he sees nothing
ObserverScope = Annotated[Scope | None, Depends(_scope)]


def _as_observer(request: Request, scope: ObserverScope, db: Db) -> Iterator[Connection]:
    shown = observer_pass(db, scope.bailleurs if scope else ())
    with transaction(request.app.state.observer_engine) as own:
        restrict(own, shown)
        yield own


#: What an observer's page reads with: read-only, as a database role that finds the rows of his bailleur alone.
ObserverDb = Annotated[
    Connection, Depends(_as_observer, scope="function", max_concurrency=OBSERVER_POOL_SIZE)
]
