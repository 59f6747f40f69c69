"""What a supervisor, or the dpo, does with a case: each act with its reason; what nobody can undo, confirmed twice."""

from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from fastapi import APIRouter, BackgroundTasks, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from cati import housekeeping
from cati.errors import AppointmentRefused, NotFound
from cati.supervision.actions import booking, giving, reopening, rights
from cati.supervision.views import casefile
from web.deps import Db, Dpo, Now, Supervisor, SupervisorOrDpo
from web.forms import Fields, Refused, read
from web.supervisor.casepage import CaseId, Reader

router = APIRouter(prefix="/suivi/dossiers/{case_id}")

_ASK_AGAIN = {
    "opposition": "Plus aucun numéro de ce foyer ne sera appelé, dans aucune étude : confirmez l’opposition.",
    "effacement": "Les réponses seront effacées, définitivement : confirmez l’effacement.",
    "levee": "Les numéros de ce foyer pourront de nouveau être appelés : confirmez la levée.",
}


class ReasonForm(BaseModel):
    """Why an act is done; some are confirmed by a second, different key."""

    reason: str = Field(min_length=3, max_length=500)
    confirm: str = Field("", max_length=20)


class GiveForm(ReasonForm):
    """To whom a case is given."""

    to: int = Field(ge=1, lt=2**63)


class BookForm(ReasonForm):
    """When the tenant wants to be called, on the household's own clock."""

    day: str = Field(max_length=10)
    hour: str = Field(max_length=5)
    firm: bool = False
    leaseholder: bool = False
    note: str = Field("", max_length=300)


_INCOMPLETE = "Rien n’est fait : complétez ce qui manque."


@router.post("/don")
def give(request: Request, case_id: CaseId, fields: Fields, me: Supervisor, db: Db, now: Now) -> Response:
    """Give the case to an interviewer; an interrupted one goes on at once."""
    reader = Reader(request, db, case_id, me, now, "give")
    form = read(GiveForm, fields)
    if isinstance(form, Refused):
        return _again(reader, form, fields)
    return reader.carry_out(
        lambda: giving.give(db, case_id, form.to, form.reason, by=me.id, now=now), "donne", fields
    )


@router.post("/rappel")
def book(request: Request, case_id: CaseId, fields: Fields, me: Supervisor, db: Db, now: Now) -> Response:
    """Note when the tenant wants to be called, at a permitted time."""
    reader = Reader(request, db, case_id, me, now, "book")
    form = read(BookForm, fields)
    if isinstance(form, Refused):
        return _again(reader, form, fields)
    found = casefile.casefile(db, case_id)
    if found is None:
        raise NotFound(case=case_id)

    def noted() -> None:
        at = _moment(form, found.zone)
        wish = booking.Wish(at=at, firm=form.firm, with_leaseholder=form.leaseholder, note=form.note)
        booking.book(db, case_id, wish, form.reason, by=me.id, now=now)

    return reader.carry_out(noted, "rendez-vous", fields)


@router.post("/reouverture")
def reopen(request: Request, case_id: CaseId, fields: Fields, me: Supervisor, db: Db, now: Now) -> Response:
    """Take a closed case up again."""
    reader = Reader(request, db, case_id, me, now, "reopen")
    form = read(ReasonForm, fields)
    if isinstance(form, Refused):
        return _again(reader, form, fields)
    return reader.carry_out(
        lambda: reopening.reopen(db, case_id, form.reason, by=me.id, now=now), "rouvert", fields
    )


@router.post("/opposition")
def oppose(
    request: Request,
    case_id: CaseId,
    fields: Fields,
    background: BackgroundTasks,
    me: SupervisorOrDpo,
    db: Db,
    now: Now,
) -> Response:
    """No number of the household is ever called again, in any study."""
    reader = Reader(request, db, case_id, me, now, "oppose")
    form = _confirmed(reader, fields, "opposition")
    if isinstance(form, Response):
        return form
    _sync_after(background, request, db, case_id)
    return reader.carry_out(
        lambda: rights.oppose(db, case_id, form.reason, by=me.id, now=now), "opposition", fields
    )


@router.post("/effacement")
def withdraw(
    request: Request,
    case_id: CaseId,
    fields: Fields,
    background: BackgroundTasks,
    me: SupervisorOrDpo,
    db: Db,
    now: Now,
) -> Response:
    """Erase the household's answers, for good."""
    reader = Reader(request, db, case_id, me, now, "withdraw")
    form = _confirmed(reader, fields, "effacement")
    if isinstance(form, Response):
        return form
    _sync_after(background, request, db, case_id)
    return reader.carry_out(
        lambda: rights.withdraw(db, case_id, form.reason, by=me.id, now=now), "efface", fields
    )


@router.post("/levee")
def lift(request: Request, case_id: CaseId, fields: Fields, me: Dpo, db: Db, now: Now) -> Response:
    """The dpo takes the household's opposition back, in writing."""
    reader = Reader(request, db, case_id, me, now, "lift")
    form = _confirmed(reader, fields, "levee")
    if isinstance(form, Response):
        return form
    return reader.carry_out(
        lambda: rights.lift_opposition(db, case_id, form.reason, by=me.id, now=now), "levee", fields
    )


def _confirmed(reader: Reader, fields: Mapping[str, str], word: str) -> ReasonForm | Response:
    """The form when its reason is written and its second key was pressed; else the page that asks for both."""
    form = read(ReasonForm, fields)
    if isinstance(form, Refused):
        return _again(reader, form, fields)
    if form.confirm != word:
        return reader.show(status=409, problem=_ASK_AGAIN[word], values=fields)
    return form


def _again(reader: Reader, refused: Refused, fields: Mapping[str, str]) -> Response:
    return reader.show(status=422, problem=_INCOMPLETE, errors=refused.errors, values=fields)


def _sync_after(background: BackgroundTasks, request: Request, db: Db, case_id: int) -> None:
    """A place may be given back: the wave's queue is told once the transaction is over."""
    wave_id = casefile.wave_of(db, case_id)
    if wave_id is not None:
        background.add_task(housekeeping.sync_open, request.app.state.engine, wave_id)


def _moment(form: BookForm, zone: str) -> datetime:
    try:
        local = datetime.fromisoformat(f"{form.day}T{form.hour}")
    except ValueError:
        raise AppointmentRefused("Choisissez le jour et l’heure.") from None
    return local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
