"""Visits: open one, invite, see who listens to whom, cut, close, and the report afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, Field

from cati.observation import actions
from cati.observation.actions import NewGuest, NewVisit
from cati.observation.rules import Scope
from cati.observation.views import report as reports
from cati.observation.views import visits as views
from web.deps import CurrentSession, Db, Now, Supervisor, SupervisorOrAnalyst
from web.formats import PARIS
from web.forms import Fields, Refused, read
from web.live import Board, stream
from web.pages import page, part

router = APIRouter(prefix="/suivi/visites")

_EVERY = 5.0  # what happens is told at once


class VisitForm(BaseModel):
    """A visit to open; times are Paris's."""

    title: str = Field(min_length=3, max_length=100)
    wave: int
    scope: Scope
    starts: datetime
    ends: datetime


class GuestForm(BaseModel):
    """Somebody to invite: an account, or a person."""

    account: int | None = None
    name: str = Field("", max_length=100)
    organisation: str = Field("", max_length=100)
    bailleur: int | None = None


@dataclass(frozen=True, slots=True)
class _Listening:
    """Who listens to whom in one visit, for all who watch it."""

    visit_id: int

    def render(self, db: Db, now: Now) -> str:
        inside = part("supervisor/visit_listening.html", listening=views.listening_now(db, self.visit_id))
        return f'<hx-partial hx-target="#listening-now" hx-swap="innerHTML">{inside}</hx-partial>'


@router.get("")
def list_visits(request: Request, me: Supervisor, db: Db, now: Now) -> Response:
    """All visits, and the form that opens one."""
    return _list(request, db)


@router.post("")
def open_visit(request: Request, fields: Fields, me: Supervisor, db: Db, now: Now) -> Response:
    """Open a visit; the introductions of these bailleurs announce it while it lasts."""
    form = read(VisitForm, fields)
    if isinstance(form, Refused):
        return _list(request, db, status=422, errors=form.errors, values=fields)
    chosen = _chosen(fields)
    if not chosen:
        return _list(request, db, status=422, errors={"bailleurs": "À choisir."}, values=fields)
    new = NewVisit(
        wave_id=form.wave,
        scope=form.scope,
        title=form.title,
        starts_at=_in_paris(form.starts),
        ends_at=_in_paris(form.ends),
        bailleurs=chosen,
    )
    return _see(actions.open_visit(db, new, now, by=me.id))


@router.get("/{visit_id}")
def visit(request: Request, visit_id: int, me: Supervisor, db: Db, now: Now) -> Response:
    """One visit: its guests, who listens to whom, what they said of the script."""
    return _visit(request, db, visit_id, now)


@router.post("/{visit_id}/invitations")
def invite(request: Request, visit_id: int, fields: Fields, me: Supervisor, db: Db, now: Now) -> Response:
    """Invite somebody: his personal link is on the page that answers, and nowhere afterwards."""
    form = read(GuestForm, fields)
    if isinstance(form, Refused):
        return _visit(request, db, visit_id, now, status=422, errors=form.errors, values=fields)
    if form.account is None and not (form.name and form.organisation):
        missing = {
            name: "À remplir." for name in ("name", "organisation") if not fields.get(name, "").strip()
        }
        return _visit(request, db, visit_id, now, status=422, errors=missing, values=fields)
    guest = NewGuest(
        user_id=form.account, name=form.name, organisation=form.organisation, bailleur_id=form.bailleur
    )
    token = actions.invite(db, visit_id, guest, now, by=me.id)
    link = str(request.url.replace(path=f"/visite/entree/{token}", query=""))
    return _visit(request, db, visit_id, now, link=link)


@router.post("/{visit_id}/accords")
def agree(visit_id: int, fields: Fields, me: Supervisor, db: Db, now: Now) -> Response:
    """These bailleurs agreed that the region hears their tenants."""
    actions.agree(db, visit_id, _chosen(fields), now, by=me.id)
    return _see(visit_id)


@router.post("/{visit_id}/couper")
def cut(visit_id: int, me: Supervisor, db: Db, now: Now) -> Response:
    """Cut everything: nobody of the visit listens any more, nor again in these calls."""
    actions.cut(db, visit_id, now, by=me.id)
    return _see(visit_id)


@router.post("/{visit_id}/cloture")
def close(visit_id: int, me: Supervisor, db: Db, now: Now) -> Response:
    """End the visit: its guests are signed out at once."""
    actions.close(db, visit_id, now, by=me.id)
    return RedirectResponse(f"{router.prefix}/{visit_id}/rapport", status_code=303)


@router.get("/{visit_id}/direct")
def live(request: Request, visit_id: int, me: Supervisor, session: CurrentSession, db: Db) -> Response:
    """The one stream of the page of a visit."""
    views.visit_page(db, visit_id)  # NotFound when there is none
    board = _Listening(visit_id)
    topics = frozenset({f"visit:{visit_id}"})
    return stream(
        request, session, Board(key=("visit", board), render=board.render, every=_EVERY, topics=topics)
    )


@router.get("/{visit_id}/rapport")
def report(request: Request, visit_id: int, me: SupervisorOrAnalyst, db: Db, now: Now) -> Response:
    """The report, to be printed: who, when, how many, how long; what was said of the script."""
    return page(
        request,
        "supervisor/visit_report.html",
        report=reports.report(db, visit_id, now),
        feedback=views.visit_page(db, visit_id).feedback,
    )


def _list(
    request: Request,
    db: Db,
    *,
    status: int = 200,
    errors: Mapping[str, str] | None = None,
    values: Mapping[str, str] | None = None,
) -> Response:
    given = {"title": "", "wave": "", "scope": Scope.BAILLEURS.value, "starts": "", "ends": ""}
    return page(
        request,
        "supervisor/visits.html",
        status=status,
        visits=views.visits(db),
        waves=views.waves_offered(db),
        errors=errors or {},
        values=given | dict(values or {}),
    )


def _visit(
    request: Request,
    db: Db,
    visit_id: int,
    now: Now,
    *,
    status: int = 200,
    link: str = "",
    errors: Mapping[str, str] | None = None,
    values: Mapping[str, str] | None = None,
) -> Response:
    given = {"account": "", "name": "", "organisation": "", "bailleur": ""}
    return page(
        request,
        "supervisor/visit.html",
        status=status,
        page=views.visit_page(db, visit_id),
        listening=views.listening_now(db, visit_id),
        accounts=views.accounts(db, visit_id),
        now=now,
        link=link,
        errors=errors or {},
        values=given | dict(values or {}),
    )


def _chosen(fields: Mapping[str, str]) -> frozenset[int]:
    """The bailleurs ticked: `bailleur-12`."""
    names = (name.removeprefix("bailleur-") for name in fields if name.startswith("bailleur-"))
    return frozenset(int(one) for one in names if one.isascii() and one.isdigit() and len(one) <= 18)


def _in_paris(typed: datetime) -> datetime:
    """What was typed without a zone is the hour on the wall."""
    return typed if typed.tzinfo else typed.replace(tzinfo=ZoneInfo(PARIS))


def _see(visit_id: int) -> Response:
    return RedirectResponse(f"{router.prefix}/{visit_id}", status_code=303)
