"""The desk itself: what it shows, ready for the next case, paused, still alive."""

from fastapi import APIRouter
from fastapi.responses import Response

from cati.calling.actions import closing, presence, taking
from cati.calling.actions.repeating import is_new
from cati.calling.actions.taking import NothingDue
from cati.calling.views.desk import Look
from cati.errors import Invalid
from web.interviewer import words
from web.interviewer.posted import Posted
from web.interviewer.refusing import DeskRoute
from web.interviewer.seat import Seat
from web.interviewer.showing import after, show, show_question
from web.interviewer.told import beat_answer

router = APIRouter(route_class=DeskRoute)


@router.get("/poste")
def see(
    seat: Seat, question: str = "", iteration: str = "", issue: bool = False, danger: bool = False
) -> Response:
    """The desk as the facts have it; an earlier question, the closing screen, or what to do in danger."""
    if question:
        return show_question(seat, (question, iteration))
    return show(seat, Look(closing=issue), in_danger=danger)


@router.post("/poste/pret")
def ready(seat: Seat) -> Response:
    """Take the next case: the same one again while it is in hand."""
    presence.arrive(seat.db, seat.me.id, seat.now)
    taken = taking.take_next_case(seat.db, seat.me.id, seat.now)
    if isinstance(taken, NothingDue):
        return show(seat, nothing=taken)
    taking.open_card(seat.db, seat.me.id, taken, seat.now)
    return after(seat)


@router.post("/poste/rendre")
def release(seat: Seat, posted: Posted) -> Response:
    """Give the case back: no number of it was called."""
    if is_new(seat.db, posted.key, seat.me.id, "release", seat.now):
        closing.release(seat.db, seat.me.id, seat.now)
    return after(seat, "Dossier rendu.")


@router.post("/poste/pause")
def pause(seat: Seat, posted: Posted) -> Response:
    """Leave the desk for a while."""
    code = posted.text("code")
    if code not in words.PAUSES:
        raise Invalid(field="code")
    presence.pause(seat.db, seat.me.id, code, seat.now)
    return after(seat)


@router.post("/poste/reprise")
def resume(seat: Seat) -> Response:
    """Back from the pause."""
    presence.arrive(seat.db, seat.me.id, seat.now)
    return after(seat)


@router.post("/poste/battement")
def beat(seat: Seat, posted: Posted) -> Response:
    """A sign of life. A desk that shows a case it no longer holds is told to look again, and a desk whose stream is cut
    what is new."""
    holds = presence.beat(seat.db, seat.me.id, seat.now)
    if posted.text("case") and not holds:
        return Response(status_code=204, headers={"HX-Redirect": "/poste"})
    return beat_answer(seat, posted.text("told"))
