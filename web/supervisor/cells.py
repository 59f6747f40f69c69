"""A quota cell: pause it, change its limits, and say how early its bailleur's households are called."""

from collections.abc import Mapping
from typing import Literal

from fastapi import APIRouter, BackgroundTasks, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, Field

from cati import housekeeping
from cati.errors import NotFound, QuotaTooSmall
from cati.supervision.actions import cells, priorities
from cati.supervision.views import board
from cati.supervision.views.board import CellPage
from web.deps import Db, Now, Supervisor
from web.forms import Fields, Refused, read
from web.pages import page

router = APIRouter(prefix="/suivi")

_Reason = Field(min_length=3, max_length=500)


class PauseForm(BaseModel):
    """Whether a cell delivers fresh cases, and why."""

    paused: Literal["oui", "non"]
    pause_reason: str = _Reason


class LimitsForm(BaseModel):
    """What a cell is to want."""

    target: int = Field(ge=0, le=1_000_000)
    margin: int = Field(ge=0, le=1_000_000)
    reason: str = _Reason


class PriorityForm(BaseModel):
    """Which bailleur comes first."""

    priority: int = Field(ge=-priorities.HIGHEST, le=priorities.HIGHEST)
    priority_reason: str = _Reason


@router.get("/cellules/{cell_id}")
def cell(request: Request, cell_id: int, me: Supervisor, db: Db) -> Response:
    """One quota cell, and what can be done about it."""
    return _cell_page(request, _cell(db, cell_id))


@router.post("/cellules/{cell_id}/pause")
def pause(
    request: Request,
    cell_id: int,
    fields: Fields,
    background: BackgroundTasks,
    me: Supervisor,
    db: Db,
    now: Now,
) -> Response:
    """Stop the delivery of fresh cases of a cell (`paused` = oui), or resume it (= non)."""
    found = _cell(db, cell_id)
    form = read(PauseForm, fields)
    if isinstance(form, Refused):
        return _cell_page(request, found, status=422, errors=form.errors, values=form.values)
    cells.pause_cell(db, cell_id, form.paused == "oui", reason=form.pause_reason, by=me.id, now=now)
    background.add_task(housekeeping.sync_open, request.app.state.engine, found.wave_id)
    return _back(found.wave)


@router.post("/cellules/{cell_id}/objectif")
def set_limits(
    request: Request,
    cell_id: int,
    fields: Fields,
    background: BackgroundTasks,
    me: Supervisor,
    db: Db,
    now: Now,
) -> Response:
    """Change a cell's target and margin; refused with the figure below what is already held."""
    found = _cell(db, cell_id)
    form = read(LimitsForm, fields)
    if isinstance(form, Refused):
        return _cell_page(request, found, status=422, errors=form.errors, values=form.values)
    try:
        cells.set_limits(
            db, cell_id, target=form.target, margin=form.margin, reason=form.reason, by=me.id, now=now
        )
    except QuotaTooSmall as refused:
        return _cell_page(request, found, status=409, problem=refused.message or "", values=fields)
    background.add_task(housekeeping.sync_open, request.app.state.engine, found.wave_id)
    return _back(found.wave)


@router.post("/cellules/{cell_id}/priorite")
def set_priority(
    request: Request,
    cell_id: int,
    fields: Fields,
    background: BackgroundTasks,
    me: Supervisor,
    db: Db,
    now: Now,
) -> Response:
    """Call the households of the cell's bailleur earlier, or later, than the others'; in and out of QPV."""
    found = _cell(db, cell_id)
    form = read(PriorityForm, fields)
    if isinstance(form, Refused):
        return _cell_page(request, found, status=422, errors=form.errors, values=form.values)
    priorities.set_priority(
        db,
        found.wave_id,
        found.bailleur_id,
        form.priority,
        reason=form.priority_reason,
        by=me.id,
        now=now,
    )
    background.add_task(housekeeping.sync_ranks, request.app.state.engine, found.wave_id)
    return _back(found.wave)


def _cell(db: Db, cell_id: int) -> CellPage:
    found = board.cell(db, cell_id)
    if found is None:
        raise NotFound(cell=cell_id)
    return found


def _cell_page(
    request: Request,
    found: CellPage,
    *,
    status: int = 200,
    problem: str = "",
    errors: Mapping[str, str] | None = None,
    values: Mapping[str, str] | None = None,
) -> Response:
    given = {
        "target": str(found.counts.target),
        "margin": str(found.counts.margin),
        "priority": str(found.priority),
        **dict.fromkeys(("reason", "pause_reason", "priority_reason"), ""),
    }
    return page(
        request,
        "supervisor/cell.html",
        status=status,
        cell=found,
        problem=problem,
        errors=errors or {},
        values=given | dict(values or {}),
    )


def _back(wave: str) -> Response:
    return RedirectResponse(f"/suivi?edition={wave}", status_code=303)
