"""Shows the desk: whole, or the question alone while one follows another."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from fastapi.responses import RedirectResponse, Response

from cati.calling import scripts
from cati.calling.actions.answering import Given, Recorded, Refused, ToConfirm
from cati.calling.actions.taking import NothingDue
from cati.calling.views import slots
from cati.calling.views.card import contact_fills
from cati.calling.views.danger import danger_script
from cati.calling.views.desk import Desk, DeskState, Look, desk
from cati.calling.views.screen import Screen, needs_contact, screen
from cati.calling.views.told import told
from cati.cases.rules import Disposition
from cati.questionnaire.route import AnswerKey, Spoken
from cati.questionnaire.routing import Compiled
from web.doubts import doubt_of, problem_of
from web.interviewer import words
from web.interviewer.caller import CallerPage
from web.interviewer.posted import PostedForm
from web.interviewer.seat import SeatTaken
from web.pages import page, wants_fragment
from web.question import QuestionPage, page_of, typed_again

#: A fragment of the whole desk replaces it, wherever the request came from.
_WHOLE = {"HX-Retarget": "#desk", "HX-Reswap": "outerHTML"}
_CLOSING_PATHS = {"/poste/issue", "/poste/rendez-vous"}


def look_of(seat: SeatTaken, look: Look | None = None) -> Desk:
    """The desk of this seat now."""
    return desk(seat.db, seat.keys, seat.me.id, seat.me.first_name, seat.now, look)


def show(
    seat: SeatTaken,
    look: Look | None = None,
    *,
    status: int = 200,
    problem: str = "",
    done: str = "",
    **more: Any,
) -> Response:
    """The whole desk as the facts have it; `more` goes to its panel."""
    return show_desk(seat, look_of(seat, look), status=status, problem=problem, done=done, **more)


def show_desk(
    seat: SeatTaken,
    found: Desk,
    *,
    status: int = 200,
    problem: str = "",
    done: str = "",
    question: QuestionPage | None = None,
    typed: Mapping[str, str] | None = None,
    **more: Any,
) -> Response:
    """A desk already read. `typed` is what a refused closing form held."""
    heard = told(seat.db, seat.me.id, seat.now)
    if heard.signed_out:
        return _signed_out(seat)
    if question is None and found.screen is not None and found.state is DeskState.INTERVIEW:
        question = page_of(found.screen, problem=problem)
    return page(
        seat.request,
        "interviewer/desk.html",
        status=status,
        headers=_WHOLE if wants_fragment(seat.request) else None,
        problem=problem,
        done=done,
        question=question,
        typed=typed or {},
        told=heard,
        **_context(seat, found, **more),
    )


def after(seat: SeatTaken, done: str = "") -> Response:
    """What follows a change: the desk for htmx; else a redirection, so that reloading the page repeats nothing."""
    return (
        show(seat, done=done) if wants_fragment(seat.request) else RedirectResponse("/poste", status_code=303)
    )


def show_refusal(seat: SeatTaken, status: int, sentence: str, form: PostedForm) -> Response:
    """The desk as it now is, and why what was asked is not done."""
    path = seat.request.url.path
    closing = path in _CLOSING_PATHS and look_of(seat).state not in {DeskState.IDLE, DeskState.PAUSED}
    typed = (
        {name: form.text(name) for name in form.fields if name not in {"csrf", "key"}} if closing else None
    )
    return show(seat, Look(closing=True) if closing else None, status=status, problem=sentence, typed=typed)


def show_recorded(seat: SeatTaken, outcome: Recorded, given: Given) -> Response:
    """What follows an answer that is kept: the next question alone, read from no table; or the closing screen."""
    if not wants_fragment(seat.request):
        return RedirectResponse("/poste", status_code=303)
    shown = _screen(seat, outcome)
    if shown.question is None:
        return show(seat, done=f"{given.question} enregistré.")
    return _question(seat, page_of(shown, saved=given.question))


def show_refused(seat: SeatTaken, outcome: Refused, given: Given) -> Response:
    """The question again with what was typed, and why it is not possible."""
    shown = _screen(seat, outcome, (given.question, given.iteration))
    problem = problem_of(_script(seat, outcome), outcome, _spoken(seat, outcome))
    return _again(seat, typed_again(shown, given, problem=problem), given, 422)


def show_doubt(seat: SeatTaken, outcome: ToConfirm, given: Given) -> Response:
    """The question with what was typed, to be confirmed or corrected."""
    shown = _screen(seat, outcome, (given.question, given.iteration))
    doubt = doubt_of(_script(seat, outcome), outcome, _spoken(seat, outcome), given)
    return _again(seat, typed_again(shown, given, doubt=doubt), given, 200)


def show_question(seat: SeatTaken, at: AnswerKey) -> Response:
    """An earlier question: alone for htmx, else in the whole desk."""
    found = look_of(seat, Look(at=at))
    if wants_fragment(seat.request) and found.state is DeskState.INTERVIEW and found.screen is not None:
        return _question(seat, page_of(found.screen))
    return show_desk(seat, found)


def show_typed(seat: SeatTaken, given: Given) -> Response:
    """The whole desk, its question with what was typed and not sent."""
    found = look_of(seat, Look(at=(given.question, given.iteration)))
    screen = found.screen
    if screen is None or screen.question is None:
        return show_desk(seat, found)
    is_same = (screen.question.id, screen.iteration) == (given.question, given.iteration)
    return show_desk(seat, found, question=typed_again(screen, given) if is_same else None)


def show_noted(seat: SeatTaken, note: words.Note, interview_id: int) -> Response:
    """The question stays as it is, with what was being typed: only the dialog is made new."""
    if not wants_fragment(seat.request):
        return RedirectResponse("/poste", status_code=303)
    return page(seat.request, "interviewer/note.html", note=note, interview_id=interview_id, fresh_key=uuid4)


def _signed_out(seat: SeatTaken) -> Response:
    """A supervisor asked for it, and this request ended the call: the sign-in page says who and why."""
    if wants_fragment(seat.request):
        return Response(status_code=204, headers={"HX-Redirect": "/connexion"})
    return RedirectResponse("/connexion", status_code=303)


def _again(seat: SeatTaken, shown: QuestionPage, given: Given, status: int) -> Response:
    if wants_fragment(seat.request):
        return _question(seat, shown, status)
    found = look_of(seat, Look(at=(given.question, given.iteration)))
    return show_desk(seat, found, status=status, question=shown)


def _question(seat: SeatTaken, shown: QuestionPage, status: int = 200) -> Response:
    return page(seat.request, "interviewer/question.html", status=status, question=shown)


def _screen(seat: SeatTaken, outcome: Recorded | Refused | ToConfirm, at: AnswerKey | None = None) -> Screen:
    interview, route = outcome.interview, outcome.route
    compiled = scripts.script(seat.db, interview.questionnaire_id)
    named = needs_contact(compiled, route, at)
    contact = contact_fills(seat.db, seat.keys, interview.household_id) if named else None
    return screen(interview, compiled, route, interviewer=seat.me.first_name, contact=contact, at=at)


def _script(seat: SeatTaken, outcome: Refused | ToConfirm) -> Compiled:
    return scripts.script(seat.db, outcome.interview.questionnaire_id)


def _spoken(seat: SeatTaken, outcome: Refused | ToConfirm) -> Spoken:
    return scripts.spoken(outcome.interview, _script(seat, outcome), interviewer=seat.me.first_name)


def _context(
    seat: SeatTaken,
    found: Desk,
    *,
    in_danger: bool = False,
    nothing: NothingDue | None = None,
    first: Disposition | None = None,
    caller: CallerPage | None = None,
) -> dict[str, Any]:
    """What the templates of the whole desk read, beside what happened in this request."""
    is_closing = found.state is DeskState.CLOSING
    in_danger = in_danger and found.card is not None
    return {
        "desk": found,
        "panel": "danger" if in_danger else "caller" if caller and found.card is None else _panel(found),
        "strip": words.strip(found, seat.now),
        "slots": slots.slots(seat.db, seat.me.id, seat.now) if is_closing else None,
        "danger": danger_script(seat.db, seat.me.id) if in_danger else (),
        "nothing": nothing,
        "caller": caller,
        "first": first,
        "words": words,
        "fresh_key": uuid4,
    }


def _panel(found: Desk) -> str:
    return {DeskState.TALKING: "dialing", DeskState.INTERVIEW: "interview"}.get(
        found.state, found.state.value
    )
