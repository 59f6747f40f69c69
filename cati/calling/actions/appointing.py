"""Make an appointment: at a permitted time, firm only with the leaseholder and while his cell has a place for him."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from cati.calling.store import facts
from cati.cases.store import attempts, queue
from cati.cases.store.queue import Held
from cati.errors import AppointmentRefused
from cati.interviews.store import Interview
from cati.quotas import store as quotas
from cati.quotas.rules import PlaceState
from cati.scheduling import store as scheduling
from cati.scheduling.rules import (
    Appointment,
    AppointmentState,
    appointment_allowed,
    attempts_allowed,
    counted_attempts,
)

#: A call this much before its time still keeps the appointment.
EARLY = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """An appointment as the interviewer asks for it."""

    at: datetime | None  #: None: "another time", of a soft one or of a callback
    firm: bool
    told_by_third: bool  #: a third person said it: never firm
    leaseholder: bool  #: the interviewer spoke with the person to be interviewed
    phone_id: int | None
    note: str | None


def make_appointment(db: Connection, held: Held, user_id: int, wish: Wish, now: datetime) -> None:
    """Write the appointment within the closing of the attempt; `promise_place` then gives a firm one its place.

    Raises AppointmentRefused, with the sentence to tell the interviewer.
    """
    if wish.at is None:
        if wish.firm:
            raise AppointmentRefused("Un rendez-vous ferme a une date et une heure.")
        return
    refusal = _refusal(db, held, wish, now)
    if refusal is not None:
        raise AppointmentRefused(refusal)
    if wish.told_by_third:
        firm, owner = False, None
    else:
        firm, owner = wish.firm, user_id if wish.firm else None
    before = scheduling.planned(db, held.case_id)
    if before is not None:
        scheduling.end(db, before.id, AppointmentState.CANCELLED)
    stands = Appointment(at=wish.at, firm=firm, owner_id=owner)
    scheduling.plan(
        db, held.case_id, stands, phone_id=wish.phone_id, note=wish.note, made_by=user_id, now=now
    )


def promise_place(db: Connection, held: Held, interview: Interview | None, now: datetime) -> None:
    """Take a place of the quota cell for a firm appointment; an interview that holds one keeps it.

    Last in its transaction, as all that moves a counter. Raises AppointmentRefused when no place is left.
    """
    if interview is None or held.cell_id is None:
        return
    if quotas.place(db, interview.id) is not None:
        return
    queue.set_holds_place(db, held.case_id, True)
    if not quotas.take_place(db, interview.id, held.cell_id, PlaceState.PROMISED, now):
        raise AppointmentRefused(
            "Il ne reste pas de place dans ce quota : proposez un rendez-vous vague, "
            "il sera tenu s’il s’en libère une."
        )


def _refusal(db: Connection, held: Held, wish: Wish, now: datetime) -> str | None:
    if wish.at is None:
        return None
    protocol = scheduling.protocol_now(db, held.wave_id, now)
    calendar = scheduling.calendar(db, held.calendar_id, held.wave_id)
    history = attempts.history(db, held.case_id)
    allowed = max(attempts_allowed(protocol, history), protocol.caps.attempts_with_appointment)
    return appointment_allowed(
        protocol,
        calendar,
        wish.at,
        now,
        firm=wish.firm,
        spoke_with_leaseholder=wish.leaseholder,
        attempts_left=allowed - len(counted_attempts(protocol, calendar, history)) - 1,
        field_ends_on=facts.field_ends_on(db, held.wave_id, held.bailleur_id),
    )
