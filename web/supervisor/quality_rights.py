"""What tenants asked for: oppositions and erasures, read by supervisors and the dpo; addresses to be corrected."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, Field

from cati.supervision.actions import addresses
from cati.supervision.views import rights
from web.deps import Db, Now, Supervisor, SupervisorOrDpo
from web.forms import Fields, Refused, read
from web.pages import page

router = APIRouter(prefix="/suivi/qualite")

CaseId = Annotated[int, Path(ge=1, lt=2**63)]


class DoneForm(BaseModel):
    """What was done."""

    what: str = Field(min_length=3, max_length=500)


@router.get("/oppositions")
def oppositions(request: Request, me: SupervisorOrDpo, db: Db) -> Response:
    """Oppositions by day and interviews erased: never a number, never a name."""
    return page(
        request,
        "supervisor/quality_oppositions.html",
        days=rights.oppositions(db),
        withdrawals=rights.withdrawals(db),
    )


@router.get("/adresses")
def addresses_to_correct(request: Request, me: Supervisor, db: Db) -> Response:
    """The addresses that tenants said to be wrong."""
    return _addresses_page(request, db)


@router.post("/adresses/{case_id}")
def settle_address(
    request: Request, case_id: CaseId, fields: Fields, me: Supervisor, db: Db, now: Now
) -> Response:
    """An address was dealt with: it leaves the list, what was done goes to the audit."""
    form = read(DoneForm, fields)
    if isinstance(form, Refused):
        return _addresses_page(request, db, status=422, refused=case_id, errors=form.errors)
    addresses.settle_address(db, case_id, form.what, by=me.id, now=now)
    return RedirectResponse("/suivi/qualite/adresses", status_code=303)


def _addresses_page(
    request: Request,
    db: Db,
    *,
    status: int = 200,
    refused: int | None = None,
    errors: Mapping[str, str] | None = None,
) -> Response:
    return page(
        request,
        "supervisor/quality_addresses.html",
        status=status,
        lines=rights.addresses_to_correct(db),
        refused=refused,
        errors=errors or {},
    )
