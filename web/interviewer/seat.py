"""Who sits at the desk in one request, and the one thread that carries the request out.

Elsewhere a transaction begins in one thread, is used in a second and committed in a third. At the desk one thread does
all three: the hops between them were a fifth of what an answer costs the server (`bench/answer_roundtrip.py`).
"""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from inspect import Parameter, signature
from typing import Annotated, Any

from anyio import CapacityLimiter, to_thread
from fastapi import Depends, Request
from fastapi.responses import Response

from cati import clock
from cati.database import transaction
from cati.people.rules import Role
from cati.sealing import Keys
from web.deps import DESK_THREADS, Allowed, Db, Interviewer, session_of, vouched
from web.interviewer.posted import Posted, PostedForm, posted


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatTaken:
    """An interviewer at his desk, for the length of one request."""

    request: Request
    me: Interviewer
    db: Db
    keys: Keys
    now: datetime


@dataclass(frozen=True, slots=True)
class Arrival:
    """A request to the desk, read as far as reading may wait. Nobody knows yet who sent it."""

    request: Request
    form: PostedForm
    token: str  #: the session's, as the request carries it


class _AtTheDesk(Allowed):
    """Lets a request come in; who it is from is asked where its transaction begins."""

    async def __call__(self, request: Request) -> Arrival:  # type: ignore[override]  # needs no transaction yet
        form = await posted(request)
        return Arrival(request, form, request.headers.get("X-CSRF-Token") or form.text("csrf"))


_INTERVIEWER = _AtTheDesk(frozenset({Role.INTERVIEWER}))

#: What a route of the desk asks for: only an interviewer gets one.
Seat = Annotated[SeatTaken, _INTERVIEWER]

_threads = CapacityLimiter(DESK_THREADS)


def seated(endpoint: Callable[..., Response]) -> Callable[..., Coroutine[Any, Any, Response]]:
    """The route as FastAPI sees it: its `Seat` and `Posted` are given in the thread that carries it out."""
    asked = list(signature(endpoint).parameters.values())
    forms = [each.name for each in asked if each.annotation == Posted]
    own = [each for each in asked if each.annotation not in (Seat, Posted)]

    @wraps(endpoint)
    async def route(arrival: Arrival, **rest: Any) -> Response:
        rest.update(dict.fromkeys(forms, arrival.form))
        return await to_thread.run_sync(_carry_out, endpoint, arrival, rest, limiter=_threads)

    arrives = Annotated[Arrival, Depends(_INTERVIEWER)]
    first = Parameter("arrival", Parameter.POSITIONAL_OR_KEYWORD, annotation=arrives)
    route.__signature__ = signature(endpoint).replace(parameters=[first, *own])  # type: ignore[attr-defined]  # read by FastAPI
    return route


def _carry_out(endpoint: Callable[..., Response], arrival: Arrival, rest: dict[str, Any]) -> Response:
    request = arrival.request
    with transaction(request.app.state.engine) as db:
        session = vouched(request, session_of(request, db), arrival.token)
        seat = SeatTaken(
            request=request,
            me=_INTERVIEWER.admit(session),
            db=db,
            keys=request.app.state.keys,
            now=clock.now(),
        )
        return endpoint(seat=seat, **rest)
