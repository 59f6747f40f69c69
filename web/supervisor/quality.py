"""Quality control: finished interviews, how each was done, and the verdict upon it."""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, BackgroundTasks, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, Field

from cati import housekeeping
from cati.errors import NotFound, StaleScreen
from cati.interviews.rules import Verdict
from cati.supervision.actions import validating
from cati.supervision.actions.validating import NoPlaceLeft, Pronounced
from cati.supervision.views import finished, script
from cati.supervision.views.finished import Choice, FinishedInterview
from cati.supervision.views.script import Part
from web.deps import Db, Now, Supervisor
from web.forms import Fields, Refused, read
from web.pages import page

router = APIRouter(prefix="/suivi/qualite")

_NO_PLACE = (
    "Sa cellule a été remplie depuis : il n’y a plus de place pour cet entretien. Élargissez d’abord la marge de la "
    "cellule."
)
_CONFIRM = "Cochez pour confirmer : le dossier n’est jamais rappelé."


class FilterForm(BaseModel):
    """What the list is narrowed to; a field left out or blank takes all."""

    edition: int | None = Field(None, ge=1, lt=2**63)
    bailleur: int | None = Field(None, ge=1, lt=2**63)
    te: int | None = Field(None, ge=1, lt=2**63)
    verdict: str | None = Field(None, pattern="^(none|validated|invalidated)$")
    page: int = Field(1, ge=1, le=10_000)


class SeveralForm(BaseModel):
    """Why several interviews are valid."""

    reason: str = Field(min_length=3, max_length=500)


class VerdictForm(BaseModel):
    """A verdict with its reason; `seen` is the verdict that was on screen."""

    verdict: Verdict
    reason: str = Field(min_length=3, max_length=500)
    seen: int = Field(0, ge=0, lt=2**63)
    confirm: bool = False


@router.get("")
def interviews(request: Request, me: Supervisor, db: Db) -> Response:
    """The finished interviews, those that nobody pronounced upon first."""
    form = read(FilterForm, request.query_params)
    if isinstance(form, Refused):
        raise NotFound
    return _list_page(request, db, form)


@router.post("/validation")
def validate_several(
    request: Request,
    fields: Fields,
    me: Supervisor,
    db: Db,
    now: Now,
    entretien: Annotated[list[UUID] | None, Form()] = None,
) -> Response:
    """Validate the interviews ticked in the list, for one reason."""
    form = read(SeveralForm, fields)
    if isinstance(form, Refused) or not entretien:
        sentence = "Cochez des entretiens et dites le motif."
        return _list_page(request, db, FilterForm(), status=422, problem=sentence)
    count = validating.validate_unjudged(db, entretien, form.reason, by=me.id, now=now)
    return _list_page(request, db, FilterForm(), done=_told(count, len(set(entretien))))


@router.get("/entretiens/{export_id}")
def interview(
    request: Request, export_id: UUID, me: Supervisor, db: Db, motif: str = Query("", max_length=200)
) -> Response:
    """How one interview was done, and what was said of it; `motif` begins the reason of the next verdict."""
    return _interview_page(request, db, _finished(db, export_id), values={"reason": motif})


@router.post("/entretiens/{export_id}/lecture")
def read_script(request: Request, export_id: UUID, me: Supervisor, db: Db, now: Now) -> Response:
    """The script with its answers, never with who gave them; the reading is audited."""
    found = _finished(db, export_id)
    validating.open_script(db, found.id, by=me.id, now=now)
    return _interview_page(request, db, found, parts=script.script_of(db, found.id))


@router.post("/entretiens/{export_id}/verdict")
def pronounce(
    request: Request,
    export_id: UUID,
    fields: Fields,
    background: BackgroundTasks,
    me: Supervisor,
    db: Db,
    now: Now,
) -> Response:
    """Validate the interview or invalidate it: its place is then somebody else's."""
    found = _finished(db, export_id)
    form = read(VerdictForm, fields)
    if not isinstance(form, Refused) and form.verdict is Verdict.INVALIDATED and not form.confirm:
        form = Refused({"confirm": _CONFIRM}, fields)
    if isinstance(form, Refused):
        return _interview_page(request, db, found, status=422, errors=form.errors, values=form.values)
    said = Pronounced(verdict=form.verdict, reason=form.reason, seen=form.seen)
    try:
        settled = validating.pronounce(db, export_id, said, by=me.id, now=now)
    except StaleScreen as stale:
        return _interview_page(request, db, found, status=409, problem=stale.message or "", values=fields)
    if isinstance(settled, NoPlaceLeft):
        return _interview_page(request, db, found, status=409, problem=_NO_PLACE, values=fields)
    if settled.place_moved:
        background.add_task(housekeeping.sync_open, request.app.state.engine, settled.wave_id)
    return RedirectResponse(f"/suivi/qualite/entretiens/{export_id}", status_code=303)


def _told(count: int, asked: int) -> str:
    said = f"{count} entretien{'s' if count > 1 else ''} validé{'s' if count > 1 else ''}."
    left = asked - count
    return (
        said
        if not left
        else f"{said} Quelqu’un s’est prononcé sur {left} autre{'s' if left > 1 else ''} entre-temps."
    )


def _list_page(
    request: Request, db: Db, chosen: FilterForm, *, status: int = 200, problem: str = "", done: str = ""
) -> Response:
    choice = Choice(
        wave_id=chosen.edition,
        bailleur_id=chosen.bailleur,
        interviewer_id=chosen.te,
        verdict=chosen.verdict,
    )
    lines, more = finished.finished(db, choice, chosen.page)
    return page(
        request,
        "supervisor/quality.html",
        status=status,
        lines=lines,
        more=more,
        chosen=chosen,
        options=finished.options(db),
        problem=problem,
        done=done,
    )


def _finished(db: Db, export_id: UUID) -> FinishedInterview:
    found = finished.one_finished(db, export_id)
    if found is None:
        raise NotFound(interview=export_id)
    return found


def _interview_page(
    request: Request,
    db: Db,
    found: FinishedInterview,
    *,
    status: int = 200,
    problem: str = "",
    errors: Mapping[str, str] | None = None,
    values: Mapping[str, str] | None = None,
    parts: list[Part] | None = None,
) -> Response:
    given = {"verdict": "", "reason": "", "confirm": ""}
    return page(
        request,
        "supervisor/quality_interview.html",
        status=status,
        one=found,
        verdicts=finished.verdicts(db, found.id),
        parts=parts,
        problem=problem,
        errors=errors or {},
        values=given | dict(values or {}),
    )
