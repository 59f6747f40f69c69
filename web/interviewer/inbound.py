"""A tenant calls by himself: his number is typed in, his case comes to the desk, or a sentence to tell him."""

from fastapi import APIRouter
from fastapi.responses import Response

from cati.calling.actions import inbound, opposing
from cati.calling.actions.inbound import Call, Taken
from cati.calling.actions.repeating import is_new
from cati.cases.rules import Disposition
from cati.errors import Conflict
from cati.phone import one_number
from web.interviewer import words
from web.interviewer.caller import CallerPage, page_of
from web.interviewer.posted import Posted, PostedForm
from web.interviewer.refusing import DeskRoute
from web.interviewer.seat import Seat, SeatTaken
from web.interviewer.showing import after, show

router = APIRouter(route_class=DeskRoute)

_UNREADABLE = "Ce numéro ne se lit pas : dix chiffres, ou l’indicatif du pays d’abord."


@router.get("/poste/entrant")
def ask(seat: Seat) -> Response:
    """Where the number that calls is typed in."""
    return show(seat, caller=CallerPage())


@router.post("/poste/entrant")
def take(seat: Seat, posted: Posted) -> Response:
    """Take the case of the number that calls, or say why not; the request's key names the call."""
    number = _hashed(seat, posted)
    if number is None:
        return show(seat, status=422, problem=_UNREADABLE, caller=CallerPage())
    case_id = posted.number("case") if posted.text("case") else None
    call = Call(id=posted.key, number=number, case_id=case_id)
    answer = inbound.take_call(seat.db, seat.me.id, call, seat.now)
    if isinstance(answer, Taken):
        return after(seat)
    return show(seat, caller=page_of(posted.text("number"), answer))


@router.post("/poste/entrant/opposition")
def oppose(seat: Seat, posted: Posted) -> Response:
    """Whoever calls never wants to be called, in a sample or not: confirmed by a second key."""
    number = _hashed(seat, posted)
    if number is None:
        return show(seat, status=422, problem=_UNREADABLE, caller=CallerPage())
    if Disposition.OPPOSITION not in posted.texts("confirm"):
        raise Conflict(words.IRREVOCABLE[Disposition.OPPOSITION])
    if is_new(seat.db, posted.key, seat.me.id, "oppose", seat.now):
        opposing.oppose_number(seat.db, number, seat.me.id, seat.now)
    return after(seat, "Opposition enregistrée : ce numéro ne sera plus appelé.")


def _hashed(seat: SeatTaken, posted: PostedForm) -> bytes | None:
    """The keyed hash by which a number is looked for; None when what was typed is not one."""
    number = one_number(posted.text("number"))
    return None if number is None else seat.keys.phone_hmac(number)
