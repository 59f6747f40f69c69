"""A guest's page: he signs, waits for an interview of his bailleur, and follows it, masked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, Field

from cati.database import observer_pass
from cati.interviews.rules import ListeningEnd
from cati.observation import actions
from cati.observation.actions import Joined
from cati.observation.rules import COMMITMENT, FEEDBACK_LENGTH
from cati.observation.views import guest as views
from cati.observation.views.guest import GuestPage
from web.deps import CurrentSession, Db, Now, Observer, ObserverDb
from web.forms import Fields, Refused, read
from web.live import Board, stream
from web.pages import page, part

router = APIRouter(prefix="/visite")

#: Why the last interview is not shown any more.
ENDS = {
    ListeningEnd.FINISHED: "La suite de cet entretien ne concerne que le locataire : l’écoute est terminée.",
    ListeningEnd.LEFT: "Vous avez quitté cet entretien.",
    ListeningEnd.RECOGNISED: "C’est noté : cet entretien ne vous sera plus jamais proposé.",
    ListeningEnd.BY_INTERVIEWER: "Le télé-enquêteur a coupé l’écoute.",
    ListeningEnd.BY_SUPERVISOR: "Le superviseur a coupé l’écoute.",
    ListeningEnd.DANGER: "L’écoute de cet entretien a été coupée.",
    ListeningEnd.CONSENT_WITHDRAWN: "Le locataire ne souhaite plus être écouté : c’est son droit.",
    ListeningEnd.VISIT_OVER: "L’écoute est terminée.",
}


class SignForm(BaseModel):
    """The name typed as a signature."""

    name: str = Field(min_length=3, max_length=100)
    agreed: bool = False


class FeedbackForm(BaseModel):
    """What a guest says of the script."""

    text: str = Field(min_length=3, max_length=FEEDBACK_LENGTH)
    question: str = Field("", max_length=20)


@dataclass(frozen=True, slots=True)
class _Seen:
    """The screen of one interview before the eyes of one guest; nothing of its ids is in what it renders."""

    user_id: int
    interview_id: int
    shown: str  #: the pass that the observers' role reads with

    def render(self, db: Db, now: Now) -> str:
        screen = views.seen(db, self.user_id, self.interview_id, self.shown)
        inside = part("observer/observed.html", screen=screen)
        return f'<hx-partial hx-target="#observed" hx-swap="innerHTML">{inside}</hx-partial>'


@router.get("")
def show(
    request: Request, me: Observer, db: Db, own: ObserverDb, now: Now, attente: bool = False
) -> Response:
    """Where the guest stands: to sign, in the waiting room (`attente`: for the next interview), or in an interview."""
    return _page(request, me, _Reads(db, own), now, _Said(waiting=attente))


@router.post("/signature")
def sign(request: Request, fields: Fields, me: Observer, db: Db, own: ObserverDb, now: Now) -> Response:
    """Sign the confidentiality: nothing is shown before."""
    form = read(SignForm, fields)
    if isinstance(form, Refused):
        return _page(request, me, _Reads(db, own), now, _Said(errors=form.errors, typed=fields))
    if not form.agreed:
        return _page(request, me, _Reads(db, own), now, _Said(errors={"agreed": "À cocher."}, typed=fields))
    actions.sign(db, me, form.name, now)
    return _back()


@router.post("/prochain")
def next_interview(request: Request, me: Observer, db: Db, now: Now) -> Response:
    """Follow the next interview of his bailleur, or go on waiting for one."""
    outcome = actions.next_interview(db, me, now)
    if isinstance(outcome, Joined):
        return _gone(request)
    if request.headers.get("HX-Request") != "true":
        return RedirectResponse("/visite?attente=1", status_code=303)
    return page(request, "observer/waiting.html", refused=outcome.refused)


@router.get("/direct")
def live(request: Request, me: Observer, session: CurrentSession, db: Db, now: Now) -> Response:
    """The one stream of a guest's page, while he follows an interview."""
    found = views.guest_page(db, me.id, now)
    if found is None or found.interview_id is None:
        return Response(status_code=204)
    seen = _Seen(me.id, found.interview_id, observer_pass(db, found.hears))
    topics = frozenset({f"interview:{found.interview_id}"})
    board = Board(key=("observed", seen), render=seen.render, topics=topics, engine="observer_engine")
    return stream(request, session, board)


@router.post("/quitter")
def leave(request: Request, me: Observer, db: Db, now: Now) -> Response:
    """Cut, for himself."""
    actions.leave(db, me, now)
    return _gone(request)


@router.post("/reconnu")
def recognise(request: Request, me: Observer, db: Db, now: Now) -> Response:
    """He knows the person: it ends at once, and never this case again."""
    actions.recognise(db, me, now)
    return _gone(request)


@router.post("/battement")
def beat(request: Request, me: Observer, db: Db, now: Now) -> Response:
    """The page lives; one that follows nothing any more is sent back to the waiting room."""
    return Response(status_code=204) if actions.beat(db, me, now) else _gone(request)


@router.post("/remarque")
def say_of_script(
    request: Request, fields: Fields, me: Observer, db: Db, own: ObserverDb, now: Now
) -> Response:
    """Keep what he says of the script."""
    form = read(FeedbackForm, fields)
    if isinstance(form, Refused):
        return _page(request, me, _Reads(db, own), now, _Said(errors=form.errors, typed=fields))
    actions.say_of_script(db, me, form.question, form.text, now)
    return _page(
        request,
        me,
        _Reads(db, own),
        now,
        _Said(done="Merci : votre remarque est transmise au chargé d’études."),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What the page says of this request, beside where the guest stands."""

    waiting: bool = False
    errors: Mapping[str, str] = field(default_factory=dict)
    typed: Mapping[str, str] = field(default_factory=dict)
    done: str = ""


@dataclass(frozen=True, slots=True)
class _Reads:
    """As whom the page reads: where the guest stands, and as the observers' role what he sees."""

    db: Db
    own: ObserverDb


def _page(request: Request, me: Observer, reads: _Reads, now: Now, said: _Said) -> Response:
    found = views.guest_page(reads.db, me.id, now)
    screen = _screen(me, reads, found)
    return page(
        request,
        "observer/visit.html",
        status=422 if said.errors else 200,
        guest=found,
        screen=screen,
        elapsed=_elapsed(screen, now),
        waiting=said.waiting,
        ended=ENDS[found.last_end] if found and found.last_end else "",
        commitment=COMMITMENT,
        longest=FEEDBACK_LENGTH,
        errors=said.errors,
        typed={"text": "", "question": "", "name": ""} | dict(said.typed),
        done=said.done,
    )


def _screen(me: Observer, reads: _Reads, found: GuestPage | None) -> Mapping[str, Any] | None:
    """The screen that the stream will go on with."""
    if found is None or found.interview_id is None:
        return None
    return views.seen(reads.own, me.id, found.interview_id, observer_pass(reads.db, found.hears))


def _elapsed(screen: Mapping[str, Any] | None, now: Now) -> int | None:
    began = screen["began"] if screen else None
    return None if began is None else max(0, int((now - datetime.fromisoformat(began)).total_seconds()))


def _back() -> Response:
    return RedirectResponse("/visite", status_code=303)


def _gone(request: Request) -> Response:
    """Back to the page, from a form or from htmx."""
    if request.headers.get("HX-Request") == "true":
        return Response(status_code=204, headers={"HX-Redirect": "/visite"})
    return _back()
