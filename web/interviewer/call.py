"""The call: dial a number, say what is heard, hang up."""

from fastapi import APIRouter
from fastapi.responses import Response

from cati.calling.actions import dialling
from cati.calling.actions.repeating import is_new
from cati.calling.views.line import line_of
from cati.errors import Invalid
from cati.telephony.rules import Key
from web.interviewer.posted import Posted, PostedForm
from web.interviewer.refusing import DeskRoute
from web.interviewer.seat import Seat
from web.interviewer.showing import after, show

router = APIRouter(route_class=DeskRoute)


@router.post("/poste/appel")
def dial(seat: Seat, posted: Posted) -> Response:
    """Call a number of the case in hand; the request's key names the dial."""
    phone_id = posted.number("phone")
    dialling.dial(seat.db, seat.me.id, phone_id, dial_id=posted.key, keys=seat.keys, now=seat.now)
    return after(seat)


@router.get("/poste/ligne")
def line(seat: Seat, seen: str = "") -> Response:
    """The desk when the line has changed since `seen`, else nothing."""
    found = line_of(seat.db, seat.me.id, seat.now)
    if found is not None and found.kind == seen:
        return Response(status_code=204)
    return show(seat)


@router.post("/poste/decroche")
def answered(seat: Seat, posted: Posted) -> Response:
    """A person answers: the introduction begins."""
    dialling.answer(seat.db, seat.me.id, posted.uuid("dial"), request=posted.key, now=seat.now)
    return after(seat)


@router.post("/poste/entendu")
def heard(seat: Seat, posted: Posted) -> Response:
    """Nobody to interview at this number: the next one, or the next case."""
    key = _heard(posted)
    if is_new(seat.db, posted.key, seat.me.id, "heard", seat.now):
        dialling.hear(seat.db, seat.me.id, posted.uuid("dial"), key, seat.now)
    return after(seat)


@router.post("/poste/raccroche")
def hang_up(seat: Seat, posted: Posted) -> Response:
    """End the call; its disposition is said next."""
    dialling.hang_up(seat.db, seat.me.id, posted.uuid("dial"), seat.now)
    return after(seat)


def _heard(posted: PostedForm) -> Key:
    try:
        return Key(posted.text("heard"))
    except ValueError:
        raise Invalid(field="heard") from None
