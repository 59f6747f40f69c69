"""Appointments: when one may be made, whose turn it is when it comes due, what follows when it is missed."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from cati.scheduling.rules.protocol import Protocol
from cati.scheduling.rules.windows import (
    Calendar,
    at_local,
    is_holiday,
    is_open,
    local,
    local_midnight,
    next_open,
)


class AppointmentState(StrEnum):
    """What became of an appointment; a missed one is planned again, with a later time."""

    PLANNED = "planned"
    KEPT = "kept"
    MISSED = "missed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """An appointment that stands."""

    at: datetime
    firm: bool
    owner_id: int | None = None
    missed: int = 0  #: how often it came due and nobody was reached


def appointment_allowed(
    protocol: Protocol,
    calendar: Calendar,
    at: datetime,
    now: datetime,
    *,
    firm: bool,
    spoke_with_leaseholder: bool,
    attempts_left: int = 1,
    field_ends_on: date | None = None,
) -> str | None:
    """None when the appointment may be made, else the reason to tell the interviewer, in French.

    `attempts_left`: attempts the household may still receive, once this appointment is counted.
    """
    day = local(calendar, at).date()
    refusals = {
        "Un rendez-vous ferme se prend avec la personne à interroger elle-même.": firm
        and not spoke_with_leaseholder,
        "Le nombre d’appels permis pour ce foyer est atteint.": attempts_left <= 0,
        "Cette heure est déjà passée.": at <= now,
        "Le terrain sera terminé à cette date.": field_ends_on is not None and day > field_ends_on,
        "Pas d’appel ce jour-là : jour férié ou fermeture.": not protocol.always_open
        and is_holiday(calendar, day),
        "Cette heure est hors des plages de rendez-vous.": not is_open(
            protocol, calendar, at, appointment=True
        ),
    }
    return next((reason for reason, stands in refusals.items() if stands), None)


def due_from(protocol: Protocol, appointment_at: datetime) -> datetime:
    """The moment from which a firm appointment is served."""
    return appointment_at - timedelta(minutes=protocol.holding.firm_early_minutes)


def open_to_all_at(protocol: Protocol, appointment_at: datetime, owner_present: bool = True) -> datetime:
    """The moment from which anybody may keep the appointment."""
    grace = protocol.holding.owner_grace_minutes if owner_present else 0
    return appointment_at + timedelta(minutes=grace)


def after_missed(protocol: Protocol, calendar: Calendar, appointment_at: datetime, now: datetime) -> datetime:
    """The same half-hour of the next permitted day, in UTC; the first permitted moment of the days to come when hours
    have changed since and no day has it any more.

    Raises SettingsRefused when nobody may be called in the coming year.
    """
    wall = local(calendar, appointment_at).time()
    half_hour = wall.replace(minute=wall.minute // 30 * 30, second=0, microsecond=0)
    day = local(calendar, max(appointment_at, now)).date()
    for offset in range(1, 366):
        moment = at_local(calendar, day + timedelta(days=offset), half_hour)
        if is_open(protocol, calendar, moment, appointment=True):
            return moment
    return next_open(protocol, calendar, local_midnight(calendar, day + timedelta(days=1)), appointment=True)


def first_served(protocol: Protocol, calendar: Calendar, appointment_at: datetime) -> datetime:
    """When the case of a firm appointment enters the queue: a little early, never outside the windows, in UTC."""
    return next_open(protocol, calendar, due_from(protocol, appointment_at), appointment=True)
