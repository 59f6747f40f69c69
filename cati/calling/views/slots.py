"""The days and hours at which the household in hand may be given an appointment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from cati.calling.holding import must_hold
from cati.scheduling import store as scheduling
from cati.scheduling.rules import Calendar, Protocol, local, permitted_slots

DAYS_OFFERED = 14
_LOOKED_AT = 60  # days: holidays and closures never fill two months


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A day of the household with the times an appointment may begin at, in UTC."""

    on: date
    slots: Sequence[datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slots:
    """The next permitted days, and the time zone the household lives in."""

    zone: str
    days: Sequence[Day]


def slots(db: Connection, user_id: int, now: datetime) -> Slots:
    """What the appointment form offers for the case in hand."""
    held = must_hold(db, user_id)
    return slots_of(db, held.wave_id, held.calendar_id, now)


def slots_of(db: Connection, wave_id: int, calendar_id: int, now: datetime) -> Slots:
    """What may be offered to a household of this wave that lives under this calendar."""
    protocol = scheduling.protocol_now(db, wave_id, now)
    calendar = scheduling.calendar(db, calendar_id, wave_id)
    return Slots(zone=calendar.zone, days=_days(protocol, calendar, now))


def _days(protocol: Protocol, calendar: Calendar, now: datetime) -> list[Day]:
    today = local(calendar, now).date()
    found: list[Day] = []
    for day in (today + timedelta(days=offset) for offset in range(_LOOKED_AT)):
        to_come = [slot for slot in permitted_slots(protocol, calendar, day) if slot > now]
        if to_come:
            found.append(Day(on=day, slots=to_come))
        if len(found) == DAYS_OFFERED:
            break
    return found
