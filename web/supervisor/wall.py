"""The wallboard: for the room, readable from five metres, and safe to show to anybody."""

from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sse_starlette import EventSourceResponse

from cati.errors import NotFound
from cati.supervision.views import figures
from cati.supervision.views.figures import WaveChoice
from cati.supervision.views.wall import wall
from web.deps import CurrentSession, Db, Now, Supervisor
from web.live import Board, stream
from web.pages import fragment, page
from web.supervisor.floor import chosen

router = APIRouter(prefix="/suivi/mur")


@router.get("")
def show(request: Request, me: Supervisor, db: Db, now: Now, edition: str = "") -> Response:
    """The wave's figures in large type, without menu."""
    wave = chosen(figures.open_waves(db), edition)
    if wave is None:
        return page(request, "supervisor/no_field.html")
    return page(request, "supervisor/wall.html", wave=wave, wall=wall(db, wave.id, now), now=now)


@router.get("/direct")
def live(
    request: Request, me: Supervisor, session: CurrentSession, db: Db, edition: str = ""
) -> EventSourceResponse:
    """The same, as it changes."""
    wave = chosen(figures.open_waves(db), edition)
    if wave is None:
        raise NotFound(wave=edition)
    return stream(request, session, _board(wave))


def _board(wave: WaveChoice) -> Board:
    def render(db: Db, now: datetime) -> str:
        shown = fragment("supervisor/_wall.html", wall=wall(db, wave.id, now))
        return f'<hx-partial hx-target="#mur" hx-swap="innerMorph">{shown}</hx-partial>'

    return Board(key=("mur", wave.id), render=render, every=2.0)
