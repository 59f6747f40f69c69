"""Shows the preview: whole, or the question alone with the route beside it."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from cati.calling.views.help import HelpShown
from cati.calling.views.screen import Screen
from cati.questionnaire import printing_words
from cati.questionnaire.findings import Level
from cati.questionnaire.route import AnswerKey
from web.author import fictitious
from web.author.route_view import followed
from web.author.stage import Shown, Stage
from web.interviewer import words
from web.pages import page, part, shell_of, wants_fragment
from web.question import QuestionPage, page_of

_WHOLE = {"HX-Retarget": "#desk", "HX-Reswap": "outerHTML"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewDesk:
    """What the desk's own templates read of a desk: they show the preview's."""

    screen: Screen
    help: tuple[HelpShown, ...]

    @property
    def state(self) -> str:
        """`interview`, or `closing` once the script has come to its end."""
        return "interview" if self.screen.question else "closing"


def show(
    request: Request,
    stage: Stage,
    *,
    at: AnswerKey | None = None,
    question: QuestionPage | None = None,
    problem: str = "",
    saved: str = "",
    status: int = 200,
    alone: bool = False,
) -> Response:
    """The preview as it stands. `alone`: for htmx only the question, and the route that goes with it."""
    shown = stage.shown
    context = _context(stage, shown, at, question, saved)
    fragment = wants_fragment(request)
    if alone and fragment and context["question"] is not None:
        asked = part("interviewer/question.html", shell=shell_of(request), **context)
        beside = part("author/route.html", **context)
        news = f'<hx-partial hx-target="#route" hx-swap="innerHTML">{beside}</hx-partial>'
        return HTMLResponse(asked + news, status_code=status, headers={"Vary": "HX-Request"})
    headers = _WHOLE if fragment else None
    return page(request, "author/preview.html", status=status, headers=headers, problem=problem, **context)


def after(request: Request, stage: Stage) -> Response:
    """What follows a change: the whole preview for htmx; else a redirection, so that reloading repeats nothing."""
    return show(request, stage) if wants_fragment(request) else RedirectResponse("/poste", status_code=303)


def _context(
    stage: Stage, shown: Shown, at: AnswerKey | None, question: QuestionPage | None, saved: str
) -> dict[str, Any]:
    """What the templates read, the desk's and the preview's own."""
    told = {
        "file": stage.file.name,
        "shown": shown,
        "errors": [str(each) for each in shown.findings if each.level is Level.ERROR],
        "warnings": [str(each) for each in shown.findings if each.level is Level.WARNING],
        "words": words,
        "ending": printing_words.ending,
        "fresh_key": uuid4,
    }
    if shown.play is None:
        return {**told, "desk": None, "question": None}
    screen = question.screen if question else shown.play.screen(at)
    return {
        **told,
        "desk": PreviewDesk(screen=screen, help=shown.play.help()),
        "question": question or (page_of(screen, saved=saved) if screen.question else None),
        "questionnaire": shown.play.compiled.questionnaire,
        "tenant": shown.play.tenant,
        "fields": fictitious.fields(shown.play.tenant, shown.play.compiled.questionnaire),
        "route": followed(shown.play),
        "signals": any(each.hidden for each in shown.play.compiled.questionnaire.questions.values()),
    }
