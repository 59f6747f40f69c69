"""The back-checks: who is to be called back, on which number once it is asked for, and what was found."""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Path, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, Field

from cati.errors import NotFound
from cati.interviews.rules import BackcheckResult
from cati.supervision.actions import backchecking
from cati.supervision.actions.backchecking import DOUBTFUL
from cati.supervision.views import backchecks as views
from cati.supervision.views.backchecks import BackcheckContact, BackcheckLine
from web.deps import Db, Now, SealingKeys, Supervisor
from web.forms import Fields, Refused, read
from web.pages import page

router = APIRouter(prefix="/suivi/qualite/contre-appels")

BackcheckId = Annotated[int, Path(ge=1, lt=2**63)]

RESULTS = {
    BackcheckResult.CONFIRMED: "Confirmé",
    BackcheckResult.DIFFERENT: "Différent de ce qui est enregistré",
    BackcheckResult.NO_INTERVIEW: "Aucun entretien n’a eu lieu",
    BackcheckResult.NOT_REACHED: "Non joint",
    BackcheckResult.DECLINED: "La personne ne souhaite pas répondre",
}


class CallForm(BaseModel):
    """A call that was made; the same `key` counts once."""

    key: UUID


class ResultForm(BaseModel):
    """What a check found."""

    result: BackcheckResult
    note: str = Field("", max_length=500)


@router.get("")
def backchecks(request: Request, me: Supervisor, db: Db, now: Now) -> Response:
    """The interviews to be called back, those done lately, and how much of whose work was checked."""
    to_do, done = views.backchecks(db, now)
    return page(
        request,
        "supervisor/quality_backchecks.html",
        to_do=to_do,
        done=done,
        checked=views.checked(db, now),
        results=RESULTS,
    )


@router.post("")
def draw(request: Request, me: Supervisor, db: Db, now: Now) -> Response:
    """Draw now what the housekeeping would draw within the quarter of an hour."""
    backchecking.draw_backchecks(db, now)
    return RedirectResponse(router.prefix, status_code=303)


@router.get("/{backcheck_id}")
def backcheck(request: Request, backcheck_id: BackcheckId, me: Supervisor, db: Db) -> Response:
    """One back-check, before its number is shown."""
    return _backcheck_page(request, _line(db, backcheck_id))


@router.post("/{backcheck_id}/coordonnees")
def show_contact(
    request: Request, backcheck_id: BackcheckId, me: Supervisor, db: Db, keys: SealingKeys, now: Now
) -> Response:
    """Who to ask for, and on which numbers: the reading is audited."""
    backchecking.open_contact(db, backcheck_id, by=me.id, now=now)
    found = _line(db, backcheck_id)
    return _backcheck_page(request, found, contact=views.contact(db, keys, backcheck_id))


@router.post("/{backcheck_id}/appel")
def note_call(backcheck_id: BackcheckId, fields: Fields, me: Supervisor, db: Db, now: Now) -> Response:
    """A call was made."""
    form = read(CallForm, fields)
    if isinstance(form, Refused):
        raise NotFound(backcheck=backcheck_id)
    backchecking.note_call(db, backcheck_id, key=form.key, by=me.id, now=now)
    return RedirectResponse(f"{router.prefix}/{backcheck_id}", status_code=303)


@router.post("/{backcheck_id}/resultat")
def conclude(
    request: Request, backcheck_id: BackcheckId, fields: Fields, me: Supervisor, db: Db, now: Now
) -> Response:
    """What was found; where the interview itself is in doubt, its page comes next."""
    found = _line(db, backcheck_id)
    form = read(ResultForm, fields)
    if not isinstance(form, Refused) and form.result in DOUBTFUL and not form.note:
        form = Refused({"note": "À remplir : ce que la personne a répondu."}, fields)
    if isinstance(form, Refused):
        return _backcheck_page(request, found, status=422, errors=form.errors, values=form.values)
    backchecking.conclude(db, backcheck_id, form.result, form.note, by=me.id, now=now)
    if form.result in DOUBTFUL:
        return RedirectResponse(f"/suivi/qualite/entretiens/{found.export_id}", status_code=303)
    return RedirectResponse(router.prefix, status_code=303)


def _line(db: Db, backcheck_id: int) -> BackcheckLine:
    found = views.backcheck(db, backcheck_id)
    if found is None:
        raise NotFound(backcheck=backcheck_id)
    return found


def _backcheck_page(
    request: Request,
    found: BackcheckLine,
    *,
    status: int = 200,
    contact: BackcheckContact | None = None,
    errors: Mapping[str, str] | None = None,
    values: Mapping[str, str] | None = None,
) -> Response:
    return page(
        request,
        "supervisor/quality_backcheck.html",
        status=status,
        one=found,
        contact=contact,
        results=RESULTS,
        key=uuid4(),
        errors=errors or {},
        values={"result": "", "note": ""} | dict(values or {}),
    )
