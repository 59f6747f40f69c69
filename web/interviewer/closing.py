"""The closing screen: what the call came to, an appointment, a refusal."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from fastapi.responses import Response

from cati.calling.actions import closing
from cati.calling.actions.closing import Verdict
from cati.calling.actions.repeating import is_new
from cati.calling.views.desk import Look
from cati.calling.views.slots import slots
from cati.cases.rules import Disposition, RefusalBy, RefusalKind, refusal
from cati.errors import AppointmentRefused, Conflict, DispositionRefused, Invalid
from web.interviewer import words
from web.interviewer.posted import Posted, PostedForm
from web.interviewer.refusing import DeskRoute
from web.interviewer.seat import Seat, SeatTaken
from web.interviewer.showing import after, show

router = APIRouter(route_class=DeskRoute)


@router.get("/poste/rendez-vous")
def appointment(seat: Seat) -> Response:
    """The closing screen with an appointment chosen."""
    return show(seat, Look(closing=True), first=Disposition.APPOINTMENT_FIRM)


@router.post("/poste/issue")
def close(seat: Seat, posted: Posted) -> Response:
    """Close the attempt. What nobody can undo is confirmed by a second key."""
    verdict = _verdict(seat, posted)
    confirmed = verdict.disposition.value in posted.texts("confirm")
    if verdict.disposition in words.IRREVOCABLE and not confirmed:
        raise Conflict(words.IRREVOCABLE[verdict.disposition])
    if is_new(seat.db, posted.key, seat.me.id, "close", seat.now):
        closing.close(seat.db, seat.me.id, verdict, seat.now)
    return after(seat, f"Issue enregistrée : {words.name(verdict.disposition)}.")


def _verdict(seat: SeatTaken, posted: PostedForm) -> Verdict:
    kind = posted.text("refusal_kind")
    return Verdict(
        disposition=_disposition(posted),
        refusal_kind=RefusalKind(kind) if kind in list(RefusalKind) else None,
        reason=posted.text("reason") or None,
        at=_at(seat, posted),
        return_on=_day(posted.text("return_on"), "return_on"),
        note=posted.text("note") or None,
    )


def _disposition(posted: PostedForm) -> Disposition:
    """The disposition, completed by who refused and by how firm an appointment is where the form tells them apart."""
    said, by, firm = posted.text("disposition"), posted.text("refusal_by"), posted.text("firm")
    if said not in list(Disposition):
        raise DispositionRefused("Choisissez l’issue de l’appel.")
    disposition = Disposition(said)
    if disposition in words.REFUSALS and by in list(RefusalBy):
        return refusal(RefusalBy(by))
    if disposition in {Disposition.APPOINTMENT_FIRM, Disposition.APPOINTMENT_SOFT} and firm in {"0", "1"}:
        return Disposition.APPOINTMENT_FIRM if firm == "1" else Disposition.APPOINTMENT_SOFT
    return disposition


def _at(seat: SeatTaken, posted: PostedForm) -> datetime | None:
    """When: `at` as one moment, or the day and the hour chosen, as the household's clock shows them."""
    at = posted.text("at") or "T".join(filter(None, (posted.text("day"), posted.text("hour"))))
    if not at:
        return None
    if "T" not in at:
        raise AppointmentRefused("Choisissez le jour et l’heure, ou ni l’un ni l’autre.")
    try:
        read = datetime.fromisoformat(at)
    except ValueError:
        raise Invalid(field="at") from None
    if read.tzinfo is None:
        read = read.replace(tzinfo=ZoneInfo(slots(seat.db, seat.me.id, seat.now).zone))
    return read.astimezone(UTC)


def _day(text: str, field: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid(field=field) from None
