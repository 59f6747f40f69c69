"""What happens at a desk when something is refused: the screen as it then stands, with the sentence that says why."""

from collections.abc import Callable, Coroutine
from typing import Any

from anyio import CapacityLimiter, to_thread
from fastapi import Request
from fastapi.responses import Response
from fastapi.routing import APIRoute

from cati import clock
from cati.calling.views.taken_back import why_taken_back
from cati.database import transaction
from cati.errors import CaseTaken, CatiError, Conflict, Invalid, LineUnavailable, NotFound
from web import errors
from web.deps import REFUSAL_THREADS
from web.interviewer.posted import PostedForm, posted
from web.interviewer.seat import SeatTaken, seated
from web.interviewer.showing import show_refusal

Handler = Callable[[Request], Coroutine[Any, Any, Response]]

#: Threads of their own: those that the other requests go on with are never waited for by a refusal.
_AT_ONCE = CapacityLimiter(REFUSAL_THREADS)

#: Refused without a page of its own: the interviewer goes on from where he is.
_ON_THE_SPOT = (Conflict, Invalid, LineUnavailable, NotFound)


class DeskRoute(APIRoute):
    """A route of the desk: one thread, one transaction. Its refusals are the desk's, once all is rolled back."""

    def __init__(self, path: str, endpoint: Callable[..., Response], **options: Any) -> None:
        super().__init__(path, seated(endpoint), **options)

    def get_route_handler(self) -> Handler:
        """The route, with its refusals."""
        carry_out = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await carry_out(request)
            except _ON_THE_SPOT as refusal:
                form = await posted(request)
                return await to_thread.run_sync(_refused, request, refusal, form, limiter=_AT_ONCE)

        return answer


def _refused(request: Request, refusal: CatiError, form: PostedForm) -> Response:
    state, row = request.app.state, errors.shown(refusal)
    with transaction(state.engine) as db:
        me = request.state.session.user
        seat = SeatTaken(request=request, me=me, db=db, keys=state.keys, now=clock.now())
        return show_refusal(seat, row.status, _reason(seat, refusal) or row.sentence, form)


def _reason(seat: SeatTaken, refusal: CatiError) -> str | None:
    """Why, in the words of whoever did it: a supervisor who took the case back said so."""
    told = why_taken_back(seat.db, seat.me.id, seat.now) if isinstance(refusal, CaseTaken) else None
    return told or refusal.message
