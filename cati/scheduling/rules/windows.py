"""When a household may be called: windows of its own time, its department's public holidays, closures of the wave."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from holidays import country_holidays

from cati.errors import SettingsRefused
from cati.scheduling.rules.protocol import Protocol, Window


class DayPart(StrEnum):
    """The parts of the week among which attempts are spread."""

    MIDI = "midi"
    APRES_MIDI = "apres_midi"
    SOIR = "soir"
    SAMEDI = "samedi"


@dataclass(frozen=True, slots=True)
class Calendar:
    """Where households live, as far as calling hours go: a time zone, and the set of public holidays.

    A set is named by its department or territory ("57", "6AE" for Alsace, "974"…), with "FR-" before it or not; ""
    and "FR" are the holidays of the whole country.
    """

    id: int
    zone: str
    holidays: str = ""
    closures: frozenset[date] = frozenset()  #: further days without calls, decided for the wave


def is_open(
    protocol: Protocol, calendar: Calendar, at: datetime, *, appointment: bool = False, first: bool = False
) -> bool:
    """Whether a household of this calendar may be called at `at`; `first`: it was never called before."""
    if protocol.always_open:
        return True
    local = at.astimezone(_zone(calendar.zone))
    if first and local.time() >= protocol.first_attempt_until:
        return False
    windows = _windows(protocol, calendar, local.date(), appointment)
    return any(window.start <= local.time() < window.end for window in windows)


def next_open(
    protocol: Protocol, calendar: Calendar, at: datetime, *, appointment: bool = False, first: bool = False
) -> datetime:
    """The first moment from `at` on when the household may be called, in UTC.

    Raises SettingsRefused when the calendar has none within a year.
    """
    if is_open(protocol, calendar, at, appointment=appointment, first=first):
        return at.astimezone(UTC)
    for start in _starts(protocol, calendar, at, appointment):
        if start > at and is_open(protocol, calendar, start, appointment=appointment, first=first):
            return start
    raise SettingsRefused("Aucune plage d’appel dans l’année qui vient.", calendar=calendar.id)


def next_open_in(
    protocol: Protocol, calendar: Calendar, at: datetime, admits: Callable[[DayPart], bool]
) -> datetime | None:
    """The first permitted moment within two weeks of `at` whose part of the day is admitted, or None."""
    moment = next_open(protocol, calendar, at)
    if admits(day_part(protocol, calendar, moment)):
        return moment
    for start in _starts(protocol, calendar, at, appointment=False, days=14):
        if start > at and is_open(protocol, calendar, start) and admits(day_part(protocol, calendar, start)):
            return start
    return None


def open_calendars(
    protocol: Protocol,
    calendars: Iterable[Calendar],
    at: datetime,
    *,
    appointment: bool = False,
    first: bool = False,
) -> list[int]:
    """The ids of the calendars whose households may be called at `at`."""
    return [
        each.id for each in calendars if is_open(protocol, each, at, appointment=appointment, first=first)
    ]


def day_part(protocol: Protocol, calendar: Calendar, at: datetime) -> DayPart:
    """The part of the week at `at`, in the household's time. Sundays, where permitted at all, go with Saturday."""
    local = at.astimezone(_zone(calendar.zone))
    if local.weekday() >= 5:
        return DayPart.SAMEDI
    if local.time() >= protocol.evening_from:
        return DayPart.SOIR
    return DayPart.MIDI if local.time() < _AFTERNOON else DayPart.APRES_MIDI


def permitted_slots(protocol: Protocol, calendar: Calendar, day: date) -> list[datetime]:
    """The times at which an appointment may begin on a day of the household, in UTC."""
    if protocol.always_open:
        return _steps(local_midnight(calendar, day), local_midnight(calendar, day + _DAY), protocol.slot)
    windows = _windows(protocol, calendar, day, appointment=True)
    return [slot for window in windows for slot in _slots_of(window, calendar, day, protocol.slot)]


def local_midnight(calendar: Calendar, day: date) -> datetime:
    """The beginning of a day of the household, in UTC."""
    return at_local(calendar, day, time(0))


def at_local(calendar: Calendar, day: date, wall: time) -> datetime:
    """The moment a household's clock shows `wall` on `day`, in UTC."""
    return datetime.combine(day, wall, _zone(calendar.zone)).astimezone(UTC)


def local(calendar: Calendar, at: datetime) -> datetime:
    """`at` as the household's clock shows it."""
    return at.astimezone(_zone(calendar.zone))


def is_holiday(calendar: Calendar, day: date) -> bool:
    """Whether the day is a public holiday there, or a closure of the wave."""
    return day in calendar.closures or day in _holidays(calendar.holidays, day.year)


_DAY = timedelta(days=1)
_AFTERNOON = time(14)
# The library takes any region silently and adds nothing for it ("GES" has not Alsace's days): only these are meant.
_HOLIDAY_SETS = {"", "57", "6AE", "971", "972", "973", "974", "976", "BL", "MF", "NC", "PF", "PM", "WF"}


def _windows(protocol: Protocol, calendar: Calendar, day: date, appointment: bool) -> tuple[Window, ...]:
    if is_holiday(calendar, day):
        return ()
    week = protocol.appointment_windows if appointment else protocol.windows
    return week.on(day.weekday())


def _starts(
    protocol: Protocol, calendar: Calendar, at: datetime, appointment: bool, days: int = 366
) -> Iterator[datetime]:
    """Every moment from the day of `at` on when a window or a part of the day begins."""
    today = local(calendar, at).date()
    for day in (today + offset * _DAY for offset in range(days)):
        windows = _windows(protocol, calendar, day, appointment)
        walls = {window.start for window in windows} | {_AFTERNOON, protocol.evening_from}
        yield from (at_local(calendar, day, wall) for wall in sorted(walls))


def _slots_of(window: Window, calendar: Calendar, day: date, step: timedelta) -> list[datetime]:
    return _steps(at_local(calendar, day, window.start), at_local(calendar, day, window.end), step)


def _steps(start: datetime, end: datetime, step: timedelta) -> list[datetime]:
    return [start + count * step for count in range(-((start - end) // step)) if start + count * step < end]


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError) as unknown:
        raise SettingsRefused("Fuseau horaire inconnu.", zone=name) from unknown


@lru_cache(maxsize=256)
def _holidays(code: str, year: int) -> frozenset[date]:
    subdivision = code.removeprefix("FR").removeprefix("-")
    if subdivision not in _HOLIDAY_SETS:
        raise SettingsRefused("Jeu de jours fériés inconnu.", holidays=code)
    return frozenset(country_holidays("FR", subdiv=subdivision or None, years=year))
