"""The questionnaire of a wave: which version it runs, and how it goes on with another one."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, Field

from cati.errors import Conflict
from cati.supervision.actions import moving
from cati.supervision.actions.moving import MoveOrder
from cati.supervision.rules import Whom
from cati.supervision.views import figures, versions
from web.deps import Db, Now, Supervisor
from web.forms import Fields, Refused, read
from web.pages import page
from web.supervisor.floor import chosen

router = APIRouter(prefix="/suivi/questionnaire")

Id = Annotated[int, Path(ge=1, lt=2**63)]


class MoveForm(BaseModel):
    """Which interviews go on with the version, why, having seen what changes at the version `seen`."""

    whom: Whom
    reason: str = Field(min_length=3, max_length=500)
    seen: int = Field(ge=1, lt=2**63)
    confirm: bool = False


@router.get("")
def show(
    request: Request, me: Supervisor, db: Db, edition: str = "", passes: int = 0, gardes: int = 0
) -> Response:
    """The versions of an open wave, the newest unless `edition` names one. `passes` and `gardes`: how many interviews
    were just moved, and how many keep their version."""
    waves = figures.open_waves(db)
    wave = chosen(waves, edition)
    if wave is None:
        return page(request, "supervisor/no_field.html")
    done = _done(passes, gardes) if "passes" in request.query_params else ""
    return page(
        request,
        "supervisor/questionnaire.html",
        waves=waves,
        chosen=wave,
        one=versions.wave_page(db, wave.id),
        done=done,
    )


@router.get("/{wave_id}/{questionnaire_id}")
def preview(request: Request, wave_id: Id, questionnaire_id: Id, me: Supervisor, db: Db) -> Response:
    """What moving the wave to this version would change, in words and in interviews."""
    return _move_page(request, db, wave_id, questionnaire_id)


@router.post("/{wave_id}/{questionnaire_id}")
def move(
    request: Request, wave_id: Id, questionnaire_id: Id, fields: Fields, me: Supervisor, db: Db, now: Now
) -> Response:
    """Move the wave: confirmed, and for a reason in writing."""
    form = read(MoveForm, fields)
    if isinstance(form, Refused):
        return _move_page(
            request, db, wave_id, questionnaire_id, status=422, errors=form.errors, values=fields
        )
    if not form.confirm:
        errors = {"confirm": "À cocher : on ne revient pas d’un clic sur ce choix."}
        return _move_page(request, db, wave_id, questionnaire_id, status=422, errors=errors, values=fields)
    order = MoveOrder(whom=form.whom, reason=form.reason, seen=form.seen)
    try:
        with db.begin_nested():
            moved = moving.move_wave(db, wave_id, questionnaire_id, order, by=me.id, now=now)
    except Conflict as refusal:
        problem = refusal.message or "Ce n’est pas possible maintenant."
        return _move_page(request, db, wave_id, questionnaire_id, status=409, problem=problem, values=fields)
    wave = versions.wave_page(db, wave_id).wave
    place = f"/suivi/questionnaire?edition={wave.code}&passes={moved.moved}&gardes={moved.kept}"
    return RedirectResponse(place, status_code=303)


def _move_page(
    request: Request,
    db: Db,
    wave_id: int,
    questionnaire_id: int,
    *,
    status: int = 200,
    problem: str = "",
    errors: Mapping[str, str] | None = None,
    values: Mapping[str, str] | None = None,
) -> Response:
    plan = versions.preview(db, wave_id, questionnaire_id)
    return page(
        request,
        "supervisor/questionnaire_move.html",
        status=status,
        plan=plan,
        untouched=len(plan.moving(Whom.UNTOUCHED)),
        movable=len(plan.moving(Whom.ALL)),
        problem=problem,
        errors=errors or {},
        values={"whom": "", "reason": "", "confirm": ""} | dict(values or {}),
    )


def _done(moved: int, kept: int) -> str:
    told = "C’est fait : les entretiens qui commencent prennent cette version."
    if moved:
        told += f" {moved} en cours y passe{'nt' if moved > 1 else ''}."
    if kept:
        told += f" {kept} {'gardent la leur' if kept > 1 else 'garde la sienne'}."
    return told
