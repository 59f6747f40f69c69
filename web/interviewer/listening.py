"""The interviewer's own protection: cut the listening of this call, decline to be observed during a visit."""

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from cati.calling.actions import shielding
from cati.calling.views.told import told
from web.interviewer.posted import Posted
from web.interviewer.refusing import DeskRoute
from web.interviewer.seat import Seat, SeatTaken
from web.pages import page, wants_fragment

router = APIRouter(prefix="/poste/ecoute", route_class=DeskRoute)


@router.post("/couper")
def cut(seat: Seat) -> Response:
    """Nobody listens to this call any more, until the tenant is asked again."""
    shielding.cut_listening(seat.db, seat.me.id, seat.now)
    return _told(seat)


@router.post("/refus")
def decline(seat: Seat, posted: Posted) -> Response:
    """Not be observed for as long as the visit lasts."""
    shielding.decline_visit(seat.db, seat.me.id, posted.number("visit"), seat.now)
    return _told(seat)


def _told(seat: SeatTaken) -> Response:
    """What is told now, alone: the question stays as it is, with what was being typed."""
    if not wants_fragment(seat.request):
        return RedirectResponse("/poste", status_code=303)
    return page(seat.request, "interviewer/told.html", told=told(seat.db, seat.me.id, seat.now))
