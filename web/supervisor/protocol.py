"""The protocol of a wave: how often and when households are called, its versions, and the days nobody is."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, Field

from cati.calling.actions import protocols as acts
from cati.calling.actions.protocols import ProtocolOrder
from cati.errors import Conflict, Invalid, NotFound
from cati.scheduling.rules import CATALOGUE
from cati.supervision.views import figures, protocol_page
from cati.supervision.views.figures import WaveChoice
from web.deps import Db, Now, Supervisor
from web.forms import Fields, Refused, read
from web.pages import page
from web.supervisor.floor import chosen
from web.supervisor.protocol_form import Draft, form_chapters

router = APIRouter(prefix="/suivi/protocole")

Id = Annotated[int, Path(ge=1, lt=2**63)]


class ActForm(BaseModel):
    """Why, having read what changes since the version `seen`."""

    reason: str = Field(min_length=3, max_length=500)
    seen: int = Field(ge=1, lt=2**31)
    confirm: bool = False


class DayForm(BaseModel):
    """A day to close, and for whom."""

    day: date
    everywhere: bool = False
    day_reason: str = Field(min_length=3, max_length=500)


class ReopenForm(BaseModel):
    """Why a closed day is called on after all."""

    reopen_reason: str = Field(min_length=3, max_length=500)


@router.get("")
def show(request: Request, me: Supervisor, db: Db, now: Now, edition: str = "", fait: str = "") -> Response:
    """The protocol in force, in words; its versions; the closed days. `fait` says what was just done."""
    wave = chosen(figures.open_waves(db), edition)
    if wave is None:
        return page(request, "supervisor/no_field.html")
    return _protocol_page(request, db, wave, now, done=_DONE.get(fait, ""))


@router.get("/{wave_id}/changer")
def propose(request: Request, wave_id: Id, me: Supervisor, db: Db, now: Now, preset: str = "") -> Response:
    """The figures to change: those in force, or those of a preset with what it would change."""
    wave = _wave(db, wave_id)
    before = protocol_page.in_force(db, wave_id).protocol
    if not preset:
        return _form_page(request, db, wave, Draft.of(before), now)
    if preset not in {each.name for each in protocol_page.offered(before)}:
        raise NotFound(preset=preset)
    return _form_page(request, db, wave, Draft.of(CATALOGUE[preset].protocol, told=True), now)


@router.post("/{wave_id}/essai")
def rehearse(request: Request, wave_id: Id, fields: Fields, me: Supervisor, db: Db, now: Now) -> Response:
    """What these figures would change, counted now; nothing is put in force."""
    wave = _wave(db, wave_id)
    draft = Draft.typed(protocol_page.in_force(db, wave_id).protocol, fields)
    return _form_page(request, db, wave, draft, now, status=422 if draft.errors else 200)


@router.post("/{wave_id}/changer")
def change(request: Request, wave_id: Id, fields: Fields, me: Supervisor, db: Db, now: Now) -> Response:
    """Put these figures in force: confirmed, for a reason in writing, by who has read what changes."""
    wave = _wave(db, wave_id)
    draft = Draft.typed(protocol_page.in_force(db, wave_id).protocol, fields)
    form = read(ActForm, fields)
    if isinstance(form, Refused):
        return _form_page(request, db, wave, draft.with_errors(form.errors), now, status=422)
    if draft.protocol is None or not form.confirm:
        unread = {} if form.confirm else {"confirm": "À cocher : les appels suivent ce protocole aussitôt."}
        return _form_page(request, db, wave, draft.with_errors(unread), now, status=422)
    order = ProtocolOrder(protocol=draft.protocol, reason=form.reason, seen=form.seen)
    try:
        with db.begin_nested():
            acts.change_protocol(db, wave_id, order, by=me.id, now=now)
    except Conflict as refusal:
        problem = refusal.message or "Ce n’est pas possible maintenant."
        return _form_page(request, db, wave, draft, now, status=409, problem=problem)
    return _back(wave, "protocole")


@router.post("/{wave_id}/jours")
def close_day(request: Request, wave_id: Id, fields: Fields, me: Supervisor, db: Db, now: Now) -> Response:
    """Close a day: nobody is called, no appointment is offered."""
    wave = _wave(db, wave_id)
    form = read(DayForm, fields)
    if isinstance(form, Refused):
        return _protocol_page(request, db, wave, now, status=422, refused=form)
    whom = None if form.everywhere else wave_id
    try:
        acts.close_day(db, form.day, wave_id=whom, reason=form.day_reason, by=me.id, now=now)
    except (Conflict, Invalid) as refusal:
        refused = Refused({"day": refusal.message or ""}, fields)
        return _protocol_page(request, db, wave, now, status=409, refused=refused)
    return _back(wave, "ferme")


@router.post("/{wave_id}/jours/{closure_id}/rouvrir")
def reopen_day(
    request: Request, wave_id: Id, closure_id: Id, fields: Fields, me: Supervisor, db: Db, now: Now
) -> Response:
    """Take a closure of this wave, or of all, back."""
    wave = _wave(db, wave_id)
    form = read(ReopenForm, fields)
    if isinstance(form, Refused):
        refused = Refused({"reopen": "Un motif est demandé pour rouvrir un jour."})
        return _protocol_page(request, db, wave, now, status=422, refused=refused)
    acts.reopen_day(db, closure_id, reason=form.reopen_reason, by=me.id, now=now)
    return _back(wave, "rouvert")


_DONE = {
    "protocole": "C’est fait : ce protocole est en vigueur.",
    "ferme": "C’est fait : ce jour est fermé.",
    "rouvert": "C’est fait : ce jour est rouvert.",
}
_NOTHING_REFUSED = Refused({})


def _wave(db: Db, wave_id: int) -> WaveChoice:
    found = next((wave for wave in figures.open_waves(db) if wave.id == wave_id), None)
    if found is None:
        raise NotFound(wave=wave_id)
    return found


def _protocol_page(
    request: Request,
    db: Db,
    wave: WaveChoice,
    now: Now,
    *,
    status: int = 200,
    done: str = "",
    refused: Refused = _NOTHING_REFUSED,
) -> Response:
    return page(
        request,
        "supervisor/protocol.html",
        status=status,
        waves=figures.open_waves(db),
        chosen=wave,
        one=protocol_page.protocol_page(db, wave.id, now),
        problem=refused.errors.get("reopen", ""),
        done=done,
        errors=refused.errors,
        values={"day": "", "day_reason": "", "everywhere": ""} | dict(refused.values),
    )


def _form_page(
    request: Request,
    db: Db,
    wave: WaveChoice,
    draft: Draft,
    now: Now,
    *,
    status: int = 200,
    problem: str = "",
) -> Response:
    version = protocol_page.in_force(db, wave.id)
    after = draft.protocol if draft.told else None
    told = protocol_page.rehearse(db, wave.id, version.protocol, after, now) if after is not None else None
    blank: Mapping[str, str] = {"reason": "", "confirm": ""}
    return page(
        request,
        "supervisor/protocol_change.html",
        status=status,
        wave=wave,
        seen=draft.values.get("seen", version.number),
        chapters=form_chapters(version.protocol, draft),
        texts=draft.texts,
        told=told,
        problem=problem or draft.summary,
        errors=draft.errors,
        values=dict(blank) | dict(draft.values),
    )


def _back(wave: WaveChoice, done: str) -> Response:
    return RedirectResponse(f"/suivi/protocole?edition={wave.code}&fait={done}", status_code=303)
