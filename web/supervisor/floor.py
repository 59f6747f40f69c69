"""The supervisor's floor: the board of quotas, the stations beside it, the last hour."""

from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import Response

from cati.errors import NotFound
from cati.supervision.rules import ON_THE_LINE, Pace, SeatState
from cati.supervision.views import board, figures, floor
from cati.supervision.views.board import PARIS
from cati.supervision.views.figures import WaveChoice
from web.deps import Db, Now, Supervisor
from web.formats import BOUND
from web.pages import page

router = APIRouter(prefix="/suivi")


@router.get("")
def show(request: Request, me: Supervisor, db: Db, now: Now, edition: str = "") -> Response:
    """The board of an open wave (the newest unless `edition` names one), the stations, the last hour."""
    waves = figures.open_waves(db)
    wave = _chosen(waves, edition)
    stations = floor.stations(db, now)
    return page(
        request,
        "supervisor/floor.html",
        waves=waves,
        wave=wave,
        now=now,
        time=_to_the_second(now),
        paces=Pace,
        stations=stations,
        on_the_line=sum(one.seat.state in ON_THE_LINE for one in stations),
        present=sum(one.seat.state is not SeatState.AWAY for one in stations),
        board=board.board(db, wave.id, now) if wave else None,
        last_hour=floor.last_hour(db, wave.id, now) if wave else [],
    )


def _to_the_second(now: datetime) -> str:
    """« 18 h 42 min 07 »: seconds show that the board lives."""
    local = now.astimezone(PARIS)
    return f"{local.hour}{BOUND}h{BOUND}{local.minute:02}{BOUND}min{BOUND}{local.second:02}"


def _chosen(waves: list[WaveChoice], code: str) -> WaveChoice | None:
    named = next((wave for wave in waves if wave.code == code), None)
    if code and named is None:
        raise NotFound(wave=code)
    return named or (waves[0] if waves else None)
