"""The supervisor's floor, live: the wall of stations, the quotas, the day."""

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sse_starlette import EventSourceResponse

from cati.errors import NotFound
from cati.supervision.views import figures
from cati.supervision.views.figures import WaveChoice
from web.deps import CurrentSession, Db, Now, Supervisor
from web.live import stream
from web.pages import page
from web.supervisor.boards import PARTS, Look, whole

router = APIRouter(prefix="/suivi")


@router.get("")
def show(
    request: Request, me: Supervisor, db: Db, now: Now, edition: str = "", bailleur: str = ""
) -> Response:
    """An open wave (the newest unless `edition` names one), whole or one bailleur of it."""
    waves = figures.open_waves(db)
    wave = chosen(waves, edition)
    if wave is None:
        return page(request, "supervisor/no_field.html")
    bailleurs = figures.bailleurs(db, wave.id)
    look = Look(wave=wave, bailleur_id=_bailleur_id(bailleurs, bailleur))
    context = whole(db, look, now)
    return page(
        request,
        "supervisor/floor.html",
        waves=waves,
        wave=wave,
        bailleurs=bailleurs,
        bailleur=bailleur,
        now=now,
        **context,
    )


@router.get("/direct")
def live(
    request: Request, me: Supervisor, session: CurrentSession, db: Db, edition: str = "", bailleur: str = ""
) -> EventSourceResponse:
    """The same, as it changes."""
    wave = chosen(figures.open_waves(db), edition)
    if wave is None:
        raise NotFound(wave=edition)
    look = Look(wave=wave, bailleur_id=_bailleur_id(figures.bailleurs(db, wave.id), bailleur))
    return stream(request, session, *(part.board(look) for part in PARTS))


def chosen(waves: list[WaveChoice], code: str) -> WaveChoice | None:
    """The open wave of that code, the newest when none is named; NotFound when it is not open."""
    named = next((wave for wave in waves if wave.code == code), None)
    if code and named is None:
        raise NotFound(wave=code)
    return named or (waves[0] if waves else None)


def _bailleur_id(bailleurs: list[figures.BailleurChoice], code: str) -> int | None:
    if not code:
        return None
    found = next((one.id for one in bailleurs if one.code == code), None)
    if found is None:
        raise NotFound(bailleur=code)
    return found
