"""A case in somebody's hands, to be taken back."""

from collections.abc import Mapping

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, Field

from cati.errors import NotFound
from cati.supervision.actions import releasing
from cati.supervision.actions.releasing import StillOnTheLine
from cati.supervision.views import floor
from cati.supervision.views.floor import HeldCase
from web.deps import Db, Now, Supervisor
from web.forms import Fields, Refused, read
from web.pages import page

router = APIRouter(prefix="/suivi")

_STILL_ON_THE_LINE = (
    "Un appel est en cours : le dossier se libère à sa fin. Pour l’interrompre tout de suite, dites pourquoi et "
    "cochez la case."
)


class ReleaseForm(BaseModel):
    """Why a case is taken back, and whether at once."""

    reason: str = Field("", max_length=500)
    force: bool = False


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
    outcome = releasing.release_case(db, case_id, by=me.id, now=now, reason=form.reason, force=form.force)
    if isinstance(outcome, StillOnTheLine):
        return _case_page(request, found, status=409, problem=_STILL_ON_THE_LINE, values=fields)
    return _back(found.wave)


def _held(db: Db, case_id: int, now: Now) -> HeldCase:
    found = floor.held_case(db, case_id, now)
    if found is None:
        raise NotFound(case=case_id)
    return found


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
