"""The supervisor's pages: the board of quotas with the floor beside it, a quota cell, a case to be taken back."""

from collections.abc import Mapping
from datetime import datetime

from fastapi import APIRouter, BackgroundTasks, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, Field

from cati import housekeeping
from cati.errors import Invalid, NotFound, QuotaTooSmall
from cati.supervision import actions
from cati.supervision.actions import StillOnTheLine
from cati.supervision.rules import ON_THE_LINE, Pace, SeatState
from cati.supervision.views import board, figures, floor
from cati.supervision.views.board import PARIS, CellPage
from cati.supervision.views.figures import WaveChoice
from cati.supervision.views.floor import HeldCase
from web.deps import Db, Now, Supervisor
from web.formats import BOUND
from web.forms import Fields, Refused, read
from web.pages import page

router = APIRouter(prefix="/suivi")

_STILL_ON_THE_LINE = (
    "Un appel est en cours : le dossier se libère à sa fin. Pour l’interrompre tout de suite, dites pourquoi et "
    "cochez la case."
)


class LimitsForm(BaseModel):
    """What a cell is to want."""

    target: int = Field(ge=0, le=1_000_000)
    margin: int = Field(ge=0, le=1_000_000)
    reason: str = Field(min_length=3, max_length=500)


class ReleaseForm(BaseModel):
    """Why a case is taken back, and whether at once."""

    reason: str = Field("", max_length=500)
    force: bool = False


@router.get("")
def show(request: Request, me: Supervisor, db: Db, now: Now, edition: str = "") -> Response:
    """The board of an open wave (the newest unless `edition` names one), the stations, the last hour."""
    waves = figures.open_waves(db)
    wave = _chosen(waves, edition)
    stations = floor.stations(db, now)
    return page(
        request,
        "supervisor/floor.html",
        waves=waves,
        wave=wave,
        now=now,
        time=_to_the_second(now),
        paces=Pace,
        stations=stations,
        on_the_line=sum(one.seat.state in ON_THE_LINE for one in stations),
        present=sum(one.seat.state is not SeatState.AWAY for one in stations),
        board=board.board(db, wave.id, now) if wave else None,
        last_hour=floor.last_hour(db, wave.id, now) if wave else [],
    )


@router.get("/cellules/{cell_id}")
def cell(request: Request, cell_id: int, me: Supervisor, db: Db) -> Response:
    """One quota cell: pause it, change its limits."""
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
    paused = fields.get("paused")
    if paused not in {"oui", "non"}:
        raise Invalid("oui ou non est attendu", field="paused")
    wave_id = actions.pause_cell(db, cell_id, paused == "oui", by=me.id, now=now)
    background.add_task(housekeeping.sync_open, request.app.state.engine, wave_id)
    return _back(_cell(db, cell_id).wave)


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
        wave_id = actions.set_limits(
            db, cell_id, target=form.target, margin=form.margin, reason=form.reason, by=me.id, now=now
        )
    except QuotaTooSmall as refused:
        return _cell_page(request, found, status=409, problem=refused.message or "", values=fields)
    background.add_task(housekeeping.sync_open, request.app.state.engine, wave_id)
    return _back(found.wave)


@router.get("/dossiers/{case_id}")
def held_case(request: Request, case_id: int, me: Supervisor, db: Db, now: Now) -> Response:
    """A case in somebody's hands, before it is taken back."""
    return _case_page(request, _held(db, case_id, now))


@router.post("/dossiers/{case_id}/liberation")
def release(request: Request, case_id: int, fields: Fields, me: Supervisor, db: Db, now: Now) -> Response:
    """Take the case back: at the end of the call, or at once with a reason that the interviewer is told."""
    found = _held(db, case_id, now)
    form = read(ReleaseForm, fields)
    if isinstance(form, Refused):
        return _case_page(request, found, status=422, errors=form.errors, values=form.values)
    if form.force and not form.reason:
        return _case_page(
            request, found, status=422, errors={"reason": "À remplir : le télé-enquêteur le lira."}
        )
    outcome = actions.release_case(db, case_id, by=me.id, now=now, reason=form.reason, force=form.force)
    if isinstance(outcome, StillOnTheLine):
        return _case_page(request, found, status=409, problem=_STILL_ON_THE_LINE, values=fields)
    return _back(found.wave)


def _to_the_second(now: datetime) -> str:
    """« 18 h 42 min 07 »: seconds show that the board lives."""
    local = now.astimezone(PARIS)
    return f"{local.hour}{BOUND}h{BOUND}{local.minute:02}{BOUND}min{BOUND}{local.second:02}"


def _chosen(waves: list[WaveChoice], code: str) -> WaveChoice | None:
    named = next((wave for wave in waves if wave.code == code), None)
    if code and named is None:
        raise NotFound(wave=code)
    return named or (waves[0] if waves else None)


def _cell(db: Db, cell_id: int) -> CellPage:
    found = board.cell(db, cell_id)
    if found is None:
        raise NotFound(cell=cell_id)
    return found


def _held(db: Db, case_id: int, now: Now) -> HeldCase:
    found = floor.held_case(db, case_id, now)
    if found is None:
        raise NotFound(case=case_id)
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
    given = {"target": str(found.counts.target), "margin": str(found.counts.margin), "reason": ""}
    return page(
        request,
        "supervisor/cell.html",
        status=status,
        cell=found,
        problem=problem,
        errors=errors or {},
        values=given | dict(values or {}),
    )


def _case_page(
    request: Request,
    found: HeldCase,
    *,
    status: int = 200,
    problem: str = "",
    errors: Mapping[str, str] | None = None,
    values: Mapping[str, str] | None = None,
) -> Response:
    given = {"reason": "", "force": ""} | dict(values or {})
    return page(
        request,
        "supervisor/case.html",
        status=status,
        case=found,
        problem=problem,
        errors=errors or {},
        values=given,
    )


def _back(wave: str) -> Response:
    return RedirectResponse(f"/suivi?edition={wave}", status_code=303)
