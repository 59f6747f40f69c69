"""Who sits where, messages to the floor, the end of the evening."""

from collections.abc import Mapping
from datetime import timedelta

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, Field

from cati.errors import Invalid
from cati.people import messages
from cati.people.messages import LONGEST
from cati.supervision.actions import messaging, signing_out
from cati.supervision.views import presence
from web.deps import Db, Now, Supervisor
from web.forms import Fields, Refused, read
from web.pages import page

router = APIRouter(prefix="/suivi")

_LISTED_FOR = timedelta(hours=24)
_LASTS = {15: "15 minutes", 60: "une heure", 240: "4 heures", 720: "toute la vacation"}


class MessageForm(BaseModel):
    """A message: to whom (empty: to all), what, for how long."""

    to: int | None = Field(None, ge=1, lt=2**63)
    text: str = Field(max_length=LONGEST)
    minutes: int = Field(60, ge=1, le=1440)


class ShiftForm(BaseModel):
    """The end of the evening: what is told, and whether those in a call leave at its end."""

    reason: str = Field("Fin de vacation", max_length=200)
    later: bool = False


@router.get("/postes")
def stations(request: Request, me: Supervisor, db: Db, now: Now) -> Response:
    """Every station: who, what, what is odd, who calls for help."""
    found = presence.chairs(db, now)
    idle = sum(each.signed_in and each.line.case_id is None for each in found)
    return page(request, "supervisor/stations.html", chairs=found, idle=idle, now=now)


@router.post("/postes/fin-de-vacation")
def end_shift(request: Request, fields: Fields, me: Supervisor, db: Db, now: Now) -> Response:
    """Sign out everybody whose hands are empty; the others at the end of their call, if so wanted."""
    form = read(ShiftForm, fields)
    if isinstance(form, Refused):
        raise Invalid(field="reason")
    signing_out.end_shift(db, by=me.id, now=now, reason=form.reason, others_later=form.later)
    return RedirectResponse("/suivi/postes", status_code=303)


@router.get("/messages")
def sent(request: Request, me: Supervisor, db: Db, now: Now, a: int | None = None) -> Response:
    """The messages of the day with who has read them, and the form of a new one (`a`: to whom)."""
    return _messages(request, db, now, values={"to": str(a) if a else ""})


@router.post("/messages")
def send(request: Request, fields: Fields, me: Supervisor, db: Db, now: Now) -> Response:
    """Send a message to one interviewer, or to all."""
    form = read(MessageForm, fields)
    if isinstance(form, Refused):
        return _messages(request, db, now, status=422, errors=form.errors, values=fields)
    try:
        lasts = timedelta(minutes=form.minutes)
        messaging.send_message(db, form.text, to=form.to, lasts=lasts, by=me.id, now=now)
    except Invalid as refused:
        errors = {"text": refused.message or ""}
        return _messages(request, db, now, status=422, errors=errors, values=fields)
    return RedirectResponse("/suivi/messages", status_code=303)


def _messages(
    request: Request,
    db: Db,
    now: Now,
    *,
    status: int = 200,
    errors: Mapping[str, str] | None = None,
    values: Mapping[str, str] | None = None,
) -> Response:
    return page(
        request,
        "supervisor/messages.html",
        status=status,
        sent=messages.sent(db, now - _LISTED_FOR, now),
        chairs=presence.chairs(db, now),
        lasts=_LASTS,
        longest=LONGEST,
        errors=errors or {},
        values={"to": "", "text": "", "minutes": "60"} | dict(values or {}),
        now=now,
    )
