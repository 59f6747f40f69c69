"""What an interviewer is told beside his work, live: who listens, messages, his call for help."""

from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sse_starlette import EventSourceResponse

from cati.calling.actions import helping
from cati.calling.views.told import Told, told
from cati.errors import Invalid
from web.deps import Db, Now
from web.interviewer.posted import Posted
from web.interviewer.refusing import DeskRoute
from web.interviewer.seat import Seat, SeatTaken
from web.live import Board, stream
from web.pages import page, part, wants_fragment

router = APIRouter(route_class=DeskRoute)

#: What happens is told at once; this is for messages that expire and watchers who fall silent.
_EVERY = 10.0


@dataclass(frozen=True, slots=True)
class _Forms:
    """What the fragment's forms need of the page around them."""

    csrf: str


@dataclass(frozen=True, slots=True)
class _Desk:
    """The board of one browser at one desk: its forms carry the session's own token."""

    user_id: int
    csrf: str

    def render(self, db: Db, now: Now) -> str:
        return news(told(db, self.user_id, now), self.csrf)


def news(heard: Told, csrf: str) -> str:
    """The fragment that replaces what `#told` shows."""
    inside = part("interviewer/told.html", shell=_Forms(csrf), told=heard)
    return f'<hx-partial hx-target="#told" hx-swap="innerHTML">{inside}</hx-partial>'


@router.get("/poste/flux")
def live(seat: Seat) -> EventSourceResponse:
    """The one stream of a desk."""
    session = seat.request.state.session
    desk = _Desk(seat.me.id, session.csrf_token)
    topics = frozenset({f"desk:{seat.me.id}", "floor"})
    return stream(
        seat.request, session, Board(key=("told", desk), render=desk.render, every=_EVERY, topics=topics)
    )


@router.post("/poste/aide")
def call_for_help(seat: Seat, posted: Posted) -> Response:
    """Ask a supervisor to look (`wanted` = oui), or withdraw the call (= non)."""
    wanted = posted.text("wanted")
    if wanted not in {"oui", "non"}:
        raise Invalid(field="wanted")
    change = helping.ask_help if wanted == "oui" else helping.withdraw_help
    change(seat.db, seat.me.id, seat.now)
    return _told(seat)


@router.post("/poste/message")
def read(seat: Seat, posted: Posted) -> Response:
    """He read the message: it leaves the screen."""
    helping.read_message(seat.db, seat.me.id, posted.number("message"), seat.now)
    return _told(seat)


def beat_answer(seat: SeatTaken, version: str) -> Response:
    """What a heartbeat brings back: what is told now, or nothing when the page shows it already."""
    heard = told(seat.db, seat.me.id, seat.now)
    if not version or heard.version == version:
        return Response(status_code=204)
    return HTMLResponse(news(heard, seat.request.state.session.csrf_token))


def _told(seat: SeatTaken) -> Response:
    """What is told now, alone: the question stays as it is, with what was being typed."""
    if not wants_fragment(seat.request):
        return RedirectResponse("/poste", status_code=303)
    return page(seat.request, "interviewer/told.html", told=told(seat.db, seat.me.id, seat.now))
