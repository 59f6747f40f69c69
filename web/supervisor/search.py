"""Find a case, by number (never in an address), by the bailleur's identifier or by its own; the cases set apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, Field

from cati.calling.actions import opposing
from cati.people.rules import Role
from cati.phone import one_number
from cati.sealing import Keys
from cati.supervision.actions import reading
from cati.supervision.views import apart
from cati.supervision.views import search as view
from cati.supervision.views.search import FoundCase
from web.deps import Db, Dpo, Now, SealingKeys, Supervisor, SupervisorOrDpo
from web.forms import Fields, Refused, read
from web.pages import page

router = APIRouter(prefix="/suivi")

_UNREADABLE = "Ce numéro ne se lit pas : dix chiffres, ou l’indicatif du pays d’abord."


_ASK_AGAIN = "Ce numéro pourra de nouveau être appelé : confirmez la levée."


class LiftForm(BaseModel):
    """Which number's opposition is taken back, and why, confirmed by a second key."""

    number: str = Field(max_length=40)
    reason: str = Field(min_length=3, max_length=500)
    confirm: str = Field("", max_length=20)


class SearchForm(BaseModel):
    """What is looked for: the first of the three that is filled in."""

    number: str = Field("", max_length=40)
    external_id: str = Field("", max_length=80)
    bailleur: int | None = Field(None, ge=1, lt=2**63)
    case: int | None = Field(None, ge=1, lt=2**63)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a search led to; `opposed`: the number itself is never to be called."""

    by_what: str
    sought: bytes
    cases: Sequence[FoundCase]
    opposed: bool = False


@router.get("/recherche")
def form(request: Request, me: SupervisorOrDpo, db: Db) -> Response:
    """The form; what is found is answered to its POST."""
    return _search_page(request, db)


@router.post("/recherche")
def search(
    request: Request, fields: Fields, me: SupervisorOrDpo, db: Db, keys: SealingKeys, now: Now
) -> Response:
    """The cases that fit; a single one opens at once."""
    sought = read(SearchForm, fields)
    if isinstance(sought, Refused):
        return _search_page(request, db, status=422, errors=sought.errors, values=fields)
    found = _find(db, keys, sought)
    if found is None:
        errors = {"number": _UNREADABLE if sought.number else "Remplissez l’un des trois."}
        return _search_page(request, db, status=422, errors=errors, values=fields)
    cases = [each.case_id for each in found.cases]
    reading.note_search(db, found.by_what, found.sought, cases, by=me.id, now=now)
    if len(cases) == 1 and not found.opposed:
        return RedirectResponse(f"/suivi/dossiers/{cases[0]}", status_code=303)
    return _search_page(request, db, values=fields, found=found)


@router.post("/recherche/levee")
def lift(request: Request, fields: Fields, me: Dpo, db: Db, keys: SealingKeys, now: Now) -> Response:
    """The dpo takes back, in writing, the opposition of a number that may be in no sample."""
    sought = read(LiftForm, fields)
    if isinstance(sought, Refused) or sought.confirm != "levee":
        problem = "Un motif est demandé." if isinstance(sought, Refused) else _ASK_AGAIN
        return _search_page(request, db, status=422, values=fields, problem=problem)
    e164 = one_number(sought.number)
    if e164 is None or not opposing.lift(db, [keys.phone_hmac(e164)], sought.reason, by=me.id, now=now):
        return _search_page(request, db, status=409, values=fields, problem="Ce numéro n’est pas opposé.")
    return _search_page(request, db, done="Opposition levée : ce numéro peut de nouveau être appelé.")


@router.get("/interrompus")
def interrupted(request: Request, me: Supervisor, db: Db, now: Now) -> Response:
    """The calls that were cut off and nobody has taken since: give one on, before it comes back by itself."""
    lines, count = apart.quarantined(db)
    return page(
        request,
        "supervisor/apart.html",
        interrupted=apart.interrupted(db, now),
        quarantined=lines,
        quarantined_count=count,
        now=now,
    )


def _find(db: Db, keys: Keys, sought: SearchForm) -> Found | None:
    """None when nothing was asked for that can be looked up."""
    if sought.number:
        e164 = one_number(sought.number)
        if e164 is None:
            return None
        number = keys.phone_hmac(e164)
        return Found(
            by_what="number",
            sought=number,
            cases=view.by_number(db, number),
            opposed=opposing.is_opposed(db, number),
        )
    if sought.external_id:
        found = view.by_external_id(db, sought.external_id, sought.bailleur)
        text = f"{sought.bailleur or ''}/{sought.external_id}"
        return Found(by_what="external_id", sought=keys.fingerprint("external_id", text), cases=found)
    if sought.case:
        text = str(sought.case)
        return Found(
            by_what="case", sought=keys.fingerprint("case", text), cases=view.by_case(db, sought.case)
        )
    return None


def _search_page(
    request: Request,
    db: Db,
    *,
    status: int = 200,
    errors: Mapping[str, str] | None = None,
    values: Mapping[str, str] | None = None,
    found: Found | None = None,
    problem: str = "",
    done: str = "",
) -> Response:
    return page(
        request,
        "supervisor/case_search.html",
        status=status,
        bailleurs=view.bailleurs(db),
        found=found,
        errors=errors or {},
        values=values or {},
        may_lift=request.state.session.user.role is Role.DPO,
        problem=problem,
        done=done,
    )
