"""Dangers heard on the line, and what was done about each."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, Field

from cati.supervision.actions import dangers as actions
from cati.supervision.views import dangers as views
from web.deps import Db, Now, Supervisor
from web.forms import Fields, Refused, read
from web.pages import page

router = APIRouter(prefix="/suivi/qualite/dangers")

DangerId = Annotated[int, Path(ge=1, lt=2**63)]


class HandledForm(BaseModel):
    """What was done about a danger."""

    what: str = Field(min_length=3, max_length=1000)


@router.get("")
def dangers(request: Request, me: Supervisor, db: Db, now: Now) -> Response:
    """Those nobody dealt with yet, then the others."""
    return _dangers_page(request, db, now)


@router.post("/{danger_id}")
def close_danger(
    request: Request, danger_id: DangerId, fields: Fields, me: Supervisor, db: Db, now: Now
) -> Response:
    """What was done: the danger leaves the top of the floor."""
    form = read(HandledForm, fields)
    if isinstance(form, Refused):
        return _dangers_page(
            request, db, now, status=422, refused=danger_id, errors=form.errors, values=form.values
        )
    actions.close_danger(db, danger_id, form.what, by=me.id, now=now)
    return RedirectResponse(router.prefix, status_code=303)


def _dangers_page(
    request: Request,
    db: Db,
    now: Now,
    *,
    status: int = 200,
    refused: int | None = None,
    errors: Mapping[str, str] | None = None,
    values: Mapping[str, str] | None = None,
) -> Response:
    return page(
        request,
        "supervisor/quality_dangers.html",
        status=status,
        waiting=views.open_dangers(db),
        handled=views.handled_dangers(db, now),
        now=now,
        refused=refused,
        errors=errors or {},
        values={"what": ""} | dict(values or {}),
    )
