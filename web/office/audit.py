"""The dpo's page: who did what, to what, and what for; and whether the log is still what was written."""

from datetime import date
from threading import Lock
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from cati.audit import views
from cati.audit.views import Wanted
from web.deps import Db, Dpo, SealingKeys
from web.forms import Refused, read
from web.office import audit_words as words
from web.pages import page

router = APIRouter(prefix="/audit")

#: one reading of the whole chain at a time in a worker: the desks share its processor
_turn = Lock()


class Filters(BaseModel):
    """What the page is asked for."""

    model_config = ConfigDict(extra="ignore")

    qui: int | None = Field(None, ge=1, le=2**62)
    quoi: str | None = Field(None, max_length=60)
    objet: str | None = Field(None, max_length=60)
    numero: str | None = Field(None, max_length=60)
    jour: date | None = None
    avant: int | None = Field(None, ge=1, le=2**62)


@router.get("")
def log(request: Request, me: Dpo, db: Db) -> Response:
    """The lines wanted, the newest first; filters that cannot be read choose nothing and say so."""
    given = dict(request.query_params)
    form = read(Filters, given)
    errors = form.errors if isinstance(form, Refused) else {}
    filters = Filters() if isinstance(form, Refused) else form
    entries = views.entries(db, _wanted(filters))
    return page(
        request,
        "office/audit.html",
        status=422 if errors else 200,
        entries=entries,
        older=_older(filters, entries[-1].id) if len(entries) == views.PAGE else None,
        filters=filters,
        errors=errors,
        authors=views.authors(db),
        standing=views.standing(db),
        words=words,
    )


@router.get("/chaine")
def chain(
    request: Request, me: Dpo, db: Db, keys: SealingKeys, tete: Annotated[str, Query(max_length=64)] = ""
) -> Response:
    """Reads the whole chain: a few seconds for a hundred thousand lines. `tete`: a head noted before."""
    with _turn:
        report = views.chain(db, keys, noted=tete.strip() or None)
    return page(request, "office/chain.html", report=report, noted=tete, words=words)


def _wanted(filters: Filters) -> Wanted:
    return Wanted(
        user_id=filters.qui,
        action=filters.quoi,
        object_type=filters.objet,
        object_id=filters.numero,
        day=filters.jour,
        before=filters.avant,
    )


def _older(filters: Filters, before: int) -> str:
    kept = filters.model_dump(mode="json", exclude_none=True) | {"avant": before}
    return f"/audit?{urlencode(kept)}"
