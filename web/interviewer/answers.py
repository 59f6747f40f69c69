"""What is written during an interview: answers, remarks, what the tenant asks to have passed on, a danger."""

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from cati.calling.actions import answering, endangered
from cati.calling.actions.answering import Recorded, Refused, ToConfirm
from cati.calling.actions.repeating import is_new
from cati.errors import Invalid
from web.interviewer import words
from web.interviewer.posted import Posted, PostedForm
from web.interviewer.refusing import DeskRoute
from web.interviewer.seat import Seat
from web.interviewer.showing import show, show_doubt, show_noted, show_recorded, show_refused
from web.pages import wants_fragment

router = APIRouter(route_class=DeskRoute)

_LONGEST_NOTE = 2000


@router.post("/poste/reponse")
def answer(seat: Seat, posted: Posted) -> Response:
    """Keep an answer and show what comes next."""
    given = posted.given()
    outcome = answering.record_answer(seat.db, seat.me.id, posted.number("interview"), given, seat.now)
    match outcome:
        case Recorded():
            return show_recorded(seat, outcome, given)
        case ToConfirm():
            return show_doubt(seat, outcome, given)
        case Refused():
            return show_refused(seat, outcome, given)


@router.post("/poste/remarque")
def remark(seat: Seat, posted: Posted) -> Response:
    """Note something about the call."""
    interview_id, said = posted.number("interview"), _said(posted)
    answering.remark(seat.db, seat.me.id, interview_id, said, posted.key, seat.now)
    return show_noted(seat, words.REMARK, interview_id)


@router.post("/poste/signaler")
def signal(seat: Seat, posted: Posted) -> Response:
    """Note what the tenant asks to have passed on; he is asked about it again at the end."""
    interview_id, said = posted.number("interview"), _said(posted)
    answering.signal(seat.db, seat.me.id, interview_id, said, posted.key, seat.now)
    return show_noted(seat, words.SIGNAL, interview_id)


@router.post("/poste/danger")
def danger(seat: Seat, posted: Posted) -> Response:
    """Somebody may be in danger: the supervisor is told, the script is shown."""
    if is_new(seat.db, posted.key, seat.me.id, "danger", seat.now):
        endangered.raise_danger(seat.db, seat.me.id, seat.now)
    if wants_fragment(seat.request):
        return show(seat, in_danger=True)
    return RedirectResponse("/poste?danger=1", status_code=303)


def _said(posted: PostedForm) -> str:
    said = posted.text("text")
    if not said:
        raise Invalid("Écrivez quelque chose, ou fermez par Échap.", field="text")
    if len(said) > _LONGEST_NOTE:
        raise Invalid(f"{_LONGEST_NOTE} signes au plus.", field="text")
    return said.replace("\x00", "")
