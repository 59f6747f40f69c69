"""The preview's pages, under the desk's own addresses: its templates are the desk's, and what they send comes here."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from cati.calling.actions import answering
from cati.calling.actions.answering import Given, Refused, ToConfirm, Weighed
from cati.errors import AnswerRefused, CatiError, Invalid, StaleScreen
from cati.questionnaire import printing
from web.author import fictitious, play, printed
from web.author.play import Play
from web.author.showing import after, show
from web.author.stage import Stage
from web.doubts import doubt_of, problem_of
from web.errors import shown as sentence_of
from web.interviewer.posted import Posted
from web.pages import wants_fragment
from web.question import typed_again

router = APIRouter()

_LONGEST_NOTE = 2000


async def _stage(request: Request) -> Stage:
    stage: Stage = request.app.state.stage
    return stage


OnStage = Annotated[Stage, Depends(_stage)]


@router.get("/")
def enter() -> Response:
    """The preview is where the desk would be."""
    return RedirectResponse("/poste", status_code=303)


@router.get("/poste")
def see(request: Request, stage: OnStage, question: str = "", iteration: str = "") -> Response:
    """The screen at the position, or at an earlier question."""
    at = (question, iteration) if question else None
    return show(request, stage, at=at, alone=at is not None)


@router.post("/poste/reponse")
def answer(request: Request, stage: OnStage, posted: Posted) -> Response:
    """Take the answer as the desk would."""
    given, showing = posted.given(), stage.shown.play
    if showing is None or given.seen != showing.interview.seq:
        return show(request, stage, problem=sentence_of(StaleScreen()).sentence, status=409)
    try:
        weighed = answering.weigh(showing.interview, showing.compiled, given)
    except AnswerRefused as refused:
        return show(request, stage, problem=_reason(refused), status=422)
    match weighed:
        case Weighed():
            stage.change(lambda now: play.keep(now, weighed))
            return _next(request, stage, given)
        case ToConfirm() | Refused():
            return _again(request, stage, showing, weighed, given)


@router.post("/poste/langue")
def language(request: Request, stage: OnStage, posted: Posted) -> Response:
    """Read the script in another language; what was typed stays."""
    given, wanted = posted.given(), posted.text("language")
    spoken = stage.change(lambda now: play.speak(now, wanted))
    at = (given.question, given.iteration)
    again = typed_again(spoken.screen(at), given) if at in spoken.route.items else None
    return show(request, stage, at=at, question=again)


@router.post("/poste/signaler")
def signal(request: Request, stage: OnStage, posted: Posted) -> Response:
    """Note what the tenant asks to have passed on; the route may change beside the screen."""
    said = posted.text("text")
    if not said:
        raise Invalid(field="text")
    stage.change(lambda now: play.note_signal(now, said[:_LONGEST_NOTE]))
    return after(request, stage)


@router.post("/apercu/aller")
def go_to(request: Request, stage: OnStage, posted: Posted) -> Response:
    """Take the interview up at a question: what stands before is kept, what is missing imagined."""
    question, _, turn = posted.text("question").partition("#")
    showing = _playing(stage)
    found = next(
        (name for name in showing.compiled.questionnaire.questions if name.upper() == question.upper()), ""
    )
    if not play.reachable(showing.compiled.questionnaire, found):
        return show(request, stage, problem=f"Pas de question « {question} » à poser.", status=422)
    iteration = turn or next((each for name, each in showing.route.items if name == found), "")
    come = play.go_to(showing, found, iteration)
    if come is None:
        return show(request, stage, problem=_NOBODY.format(found), status=422)
    stage.change(lambda _: come)
    return after(request, stage)


@router.post("/apercu/recommencer")
def restart(request: Request, stage: OnStage) -> Response:
    """The same tenant, nothing answered."""
    stage.change(play.restart)
    return after(request, stage)


@router.post("/apercu/fichier")
def suppose(request: Request, stage: OnStage, posted: Posted) -> Response:
    """Another fictitious tenant gives the same answers."""
    showing = _playing(stage)
    typed = {name: posted.text(name) for name in posted.fields}
    tenant, problems = fictitious.read(showing.tenant, showing.compiled.questionnaire, typed)
    if problems:
        wrong = "\u202f; ".join(problems)
        return show(request, stage, problem=f"Fichier\u00a0: {wrong}.", status=422)
    stage.change(lambda now: play.suppose(now, tenant))
    return after(request, stage)


@router.get("/apercu/etat")
def state(request: Request, stage: OnStage, seen: int = 0) -> Response:
    """Nothing while the file is as it was; else the whole preview, with the file as it was saved."""
    if stage.shown.version == seen:
        return Response(status_code=204)
    return show(request, stage)


@router.get("/apercu/imprimable")
def paper(stage: OnStage) -> HTMLResponse:
    """The questionnaire as it is printed."""
    spoken = _playing(stage)
    sheet = printing.printed(spoken.compiled.questionnaire, spoken.interview.language or "")
    return HTMLResponse(printed.linked_page(sheet, spoken.tenant.on))


_NOBODY = (
    "Aucun des répondants imaginés n’arrive à {} avec ce fichier et ces réponses. « cati questionnaire prove » dit si "
    "quelqu’un y arrive."
)


def _playing(stage: Stage) -> Play:
    showing = stage.shown.play
    if showing is None:
        raise Invalid("le questionnaire a des erreurs")
    return showing


def _next(request: Request, stage: Stage, given: Given) -> Response:
    """What follows an answer that is kept."""
    if not wants_fragment(request):
        return RedirectResponse("/poste", status_code=303)
    return show(request, stage, saved=given.question, alone=True)


def _reason(refused: CatiError) -> str:
    return refused.message or sentence_of(refused).sentence


def _again(
    request: Request, stage: Stage, showing: Play, outcome: ToConfirm | Refused, given: Given
) -> Response:
    """The question with what was typed, and what is wrong or to be confirmed."""
    shown = showing.screen((given.question, given.iteration))
    if isinstance(outcome, Refused):
        problem = problem_of(showing.compiled, outcome, showing.spoken)
        return show(
            request, stage, question=typed_again(shown, given, problem=problem), status=422, alone=True
        )
    doubt = doubt_of(showing.compiled, outcome, showing.spoken, given)
    return show(request, stage, question=typed_again(shown, given, doubt=doubt), alone=True)
