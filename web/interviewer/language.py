"""The language of the script: one key changes it, the question stays, with what was typed and not sent."""

from uuid import uuid5

from fastapi import APIRouter
from fastapi.responses import Response

from cati.calling.actions import switching
from web.interviewer.posted import Posted
from web.interviewer.refusing import DeskRoute
from web.interviewer.seat import Seat
from web.interviewer.showing import show_typed

router = APIRouter(route_class=DeskRoute)


@router.post("/poste/langue")
def change(seat: Seat, posted: Posted) -> Response:
    """Read the script in `language` from now on. The form is the question's own: what it holds comes back."""
    given, language = posted.given(), posted.text("language")
    # Not the key of the answer: should this page get lost on its way, that key must still keep the answer.
    key = uuid5(given.key, language)
    switching.change_language(
        seat.db, seat.me.id, posted.number("interview"), language, key=key, now=seat.now
    )
    return show_typed(seat, given)
