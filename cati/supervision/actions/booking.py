"""A tenant reached the institute otherwise than at a desk: a supervisor notes when he wants to be called."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from cati.calling.actions import settling
from cati.calling.store import facts
from cati.cases.rules import CaseState
from cati.cases.store import attempts, queue
from cati.errors import AppointmentRefused, Conflict
from cati.quotas import store as quotas
from cati.quotas.rules import PlaceState
from cati.scheduling import store as scheduling
from cati.scheduling.rules import (
    Appointment,
    AppointmentState,
    appointment_allowed,
    attempts_allowed,
    booked,
    counted_attempts,
)
from cati.supervision.actions import reopening, written
from cati.supervision.store import standing as store
from cati.supervision.store.standing import Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """When the tenant wants to be called. A firm time is agreed with the person to be interviewed."""

    at: datetime
    firm: bool
    with_leaseholder: bool
    note: str = ""  #: on the call, never on the person


def book(db: Connection, case_id: int, wish: Wish, reason: str, *, by: int, now: datetime) -> None:
    """Make the case wait for this appointment, by the same rules as at a desk; it takes the place of one that stood.

    A closed case is taken up again where it may be. Raises AppointmentRefused or Conflict, each with its sentence.
    """
    case = store.lock_free(db, case_id)
    if case.state is CaseState.CLOSED:
        reopening.take_up(db, case, now)
    else:
        store.must_be_called(db, case)
        queue.enter(db, case_id, now)
    stands = _allowed(db, case, wish, now)
    _plan(db, case, stands, wish, by, now)
    protocol = scheduling.protocol_now(db, case.ref.wave_id, now)
    calendar = scheduling.calendar(db, case.ref.calendar_id, case.ref.wave_id)
    wait = booked(protocol, calendar, attempts.history(db, case_id), stands)
    settling.put_back(db, case.ref, wait, now)
    if wish.firm:
        _promise(db, case, now)
    details = {"at": wish.at.isoformat(), "firm": wish.firm}
    written.write(db, written.BOOKED, case_id, reason, by=by, now=now, details=details)


def _allowed(db: Connection, case: Standing, wish: Wish, now: datetime) -> Appointment:
    protocol = scheduling.protocol_now(db, case.ref.wave_id, now)
    calendar = scheduling.calendar(db, case.ref.calendar_id, case.ref.wave_id)
    history = attempts.history(db, case.ref.case_id)
    most = max(attempts_allowed(protocol, history), protocol.caps.attempts_with_appointment)
    refusal = appointment_allowed(
        protocol,
        calendar,
        wish.at,
        now,
        firm=wish.firm,
        spoke_with_leaseholder=wish.with_leaseholder,
        attempts_left=most - len(counted_attempts(protocol, calendar, history)),
        field_ends_on=facts.field_ends_on(db, case.ref.wave_id, case.bailleur_id),
    )
    if refusal is not None:
        raise AppointmentRefused(refusal)
    return Appointment(at=wish.at, firm=wish.firm)


def _plan(db: Connection, case: Standing, stands: Appointment, wish: Wish, by: int, now: datetime) -> None:
    before = scheduling.planned(db, case.ref.case_id)
    if before is not None:
        scheduling.end(db, before.id, AppointmentState.CANCELLED)
    scheduling.plan(db, case.ref.case_id, stands, phone_id=None, note=wish.note or None, made_by=by, now=now)


def _promise(db: Connection, case: Standing, now: datetime) -> None:
    """A firm appointment with somebody who said yes to the interview keeps a place for him, as at a desk."""
    interview = case.interview
    if interview is None or case.cell_id is None or quotas.place(db, interview.id) is not None:
        return
    queue.set_holds_place(db, case.ref.case_id, True)
    if not quotas.take_place(db, interview.id, case.cell_id, PlaceState.PROMISED, now):
        raise Conflict("Il ne reste pas de place dans ce quota : proposez un rendez-vous vague.")
