"""One station: who, what he did today, his screen live while a supervisor watches it, and signing him out."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, Field
from sse_starlette import EventSourceResponse

from cati.calling.views.desk import DeskState
from cati.calling.views.mirror import Mirror, mirror
from cati.errors import Invalid, NotFound
from cati.people import watches
from cati.supervision.actions import signing_out, watching
from cati.supervision.views import presence
from web.deps import CurrentSession, Db, Now, Supervisor
from web.forms import Fields, Refused, read
from web.live import Board, stream
from web.pages import page, part
from web.question import QuestionPage, page_of

router = APIRouter(prefix="/suivi/postes/{user_id}")

_EVERY = 0.5  # seconds between two looks at the screen that is watched
_NO_KEY = UUID(int=0)  # of a form that is never sent: the same screen is the same bytes

DESKS = {
    DeskState.IDLE: "Prêt pour le dossier suivant",
    DeskState.CASE: "Lit la fiche",
    DeskState.DIALING: "Numérote",
    DeskState.TALKING: "Quelqu’un répond",
    DeskState.INTERVIEW: "En entretien",
    DeskState.CLOSING: "Code l’issue de l’appel",
    DeskState.PAUSED: "En pause",
}


class SignOutForm(BaseModel):
    """Why somebody is signed out, and whether at once."""

    reason: str = Field("", max_length=200)
    at_once: bool = False


class WatchForm(BaseModel):
    """What one watches for."""

    why: str = Field("accompagnement", max_length=200)


@dataclass(frozen=True, slots=True)
class _NoForms:
    """The mirrored question sends nothing: its forms carry no token."""

    csrf: str = ""


@dataclass(frozen=True, slots=True)
class _Watched:
    """The screen of one interviewer before the eyes of one supervisor."""

    user_id: int
    watched_by: int

    def render(self, db: Db, now: Now) -> str:
        """What the watch opens: nothing once it has ended."""
        alive = watches.watch(db, self.user_id, self.watched_by, now) is not None
        inside = _mirrored(mirror(db, self.user_id, now) if alive else None)
        return f'<hx-partial hx-target="#mirror" hx-swap="innerHTML">{inside}</hx-partial>'


@router.get("")
def station(request: Request, user_id: int, me: Supervisor, db: Db, now: Now) -> Response:
    """The page of one station; his screen on it while one watches."""
    return _station(request, user_id, me.id, db, now)


@router.get("/flux")
def live(
    request: Request, user_id: int, me: Supervisor, session: CurrentSession, db: Db, now: Now
) -> EventSourceResponse:
    """His screen, for as long as one watches it. NotFound unless one does."""
    if watches.watch(db, user_id, me.id, now) is None:
        raise NotFound(watch=user_id)
    watched = _Watched(user_id, me.id)
    board = Board(
        key=("mirror", watched), render=watched.render, every=_EVERY, topics=frozenset({f"desk:{user_id}"})
    )
    return stream(request, session, board)


@router.post("/ecoute")
def watch(request: Request, user_id: int, fields: Fields, me: Supervisor, db: Db, now: Now) -> Response:
    """Watch his screen from now on; his lamp says so."""
    form = read(WatchForm, fields)
    if isinstance(form, Refused):
        raise Invalid(field="why")
    watching.begin(db, user_id, by=me.id, now=now, why=form.why)
    return _back(user_id)


@router.post("/ecoute/battement")
def keep(user_id: int, me: Supervisor, db: Db, now: Now) -> Response:
    """The page still watches; one whose watch has ended is told to look again."""
    if watching.keep(db, user_id, by=me.id, now=now):
        return Response(status_code=204)
    return Response(status_code=204, headers={"HX-Redirect": f"/suivi/postes/{user_id}"})


@router.post("/ecoute/fin")
def end(user_id: int, me: Supervisor, db: Db, now: Now) -> Response:
    """Look no more."""
    watching.end(db, user_id, by=me.id, now=now)
    return _back(user_id)


@router.post("/aide")
def answer(user_id: int, me: Supervisor, db: Db, now: Now) -> Response:
    """See to his call for help: his screen opens."""
    watching.answer_help(db, user_id, by=me.id, now=now)
    return _back(user_id)


@router.post("/deconnexion")
def sign_out(request: Request, user_id: int, fields: Fields, me: Supervisor, db: Db, now: Now) -> Response:
    """Sign him out: at the end of his call, or at once for a reason that he is told."""
    form = read(SignOutForm, fields)
    if isinstance(form, Refused):
        return _station(request, user_id, me.id, db, now, status=422, errors=form.errors, values=form.values)
    found = _chair(db, user_id, now)
    if form.at_once and found.line.case_id is not None and not form.reason:
        errors = {"reason": "À remplir : le télé-enquêteur le lira."}
        return _station(request, user_id, me.id, db, now, status=422, errors=errors, values=fields)
    signing_out.sign_out(db, user_id, by=me.id, now=now, reason=form.reason, at_once=form.at_once)
    return _back(user_id)


@router.post("/deconnexion/annulation")
def call_off(user_id: int, me: Supervisor, db: Db, now: Now) -> Response:
    """He stays after all."""
    signing_out.call_off(db, user_id, by=me.id, now=now)
    return _back(user_id)


def _station(
    request: Request,
    user_id: int,
    me: int,
    db: Db,
    now: Now,
    *,
    status: int = 200,
    errors: Mapping[str, str] | None = None,
    values: Mapping[str, str] | None = None,
) -> Response:
    watched = watches.watch(db, user_id, me, now) is not None
    return page(
        request,
        "supervisor/station.html",
        status=status,
        chair=_chair(db, user_id, now),
        today=presence.today(db, user_id, now),
        watched=watched,
        now=now,
        errors=errors or {},
        values={"reason": "", "at_once": ""} | dict(values or {}),
        mirrored=_mirrored(mirror(db, user_id, now)) if watched else "",
    )


def _chair(db: Db, user_id: int, now: Now) -> presence.Chair:
    found = presence.chair(db, user_id, now)
    if found is None:
        raise NotFound(interviewer=user_id)
    return found


def _mirrored(seen: Mirror | None) -> str:
    """What the mirror shows; the question only where the tenant did not refuse every listening."""
    question = _question(seen) if seen is not None else None
    context = {"mirror": seen, "question": question, "desks": DESKS}
    return part("supervisor/mirror.html", shell=_NoForms(), **context)


def _question(seen: Mirror) -> QuestionPage | None:
    if seen.withheld or seen.state is not DeskState.INTERVIEW or seen.screen is None:
        return None
    return replace(page_of(seen.screen), key=_NO_KEY)


def _back(user_id: int) -> Response:
    return RedirectResponse(f"/suivi/postes/{user_id}", status_code=303)
