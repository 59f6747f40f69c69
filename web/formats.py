"""French typography for templates: dates, times, durations, numbers, telephone numbers, percentages.

Times are given in the field's time zone, Europe/Paris unless a template names another. U+202F separates thousands
and stands before the percent sign; U+00A0 binds the parts of an hour and the pairs of a telephone number.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from cati import phone as numbers

THIN = "\u202f"
BOUND = "\u00a0"
PARIS = "Europe/Paris"

_DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_MONTHS = (
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
)


def day(value: date | datetime, zone: str = PARIS) -> str:
    """« mardi 24 novembre »; the first of a month is « 1er »."""
    local = value.astimezone(ZoneInfo(zone)) if isinstance(value, datetime) else value
    number = "1er" if local.day == 1 else str(local.day)
    return f"{_DAYS[local.weekday()]} {number}{BOUND}{_MONTHS[local.month - 1]}"


def full_day(value: date | datetime, zone: str = PARIS) -> str:
    """« mardi 24 novembre 2026 »."""
    local = value.astimezone(ZoneInfo(zone)) if isinstance(value, datetime) else value
    return f"{day(local, zone)} {local.year}"


def clock(value: datetime, zone: str = PARIS) -> str:
    """« 18 h 40 », « 9 h », « 0 h 05 »."""
    local = value.astimezone(ZoneInfo(zone))
    minutes = f"{BOUND}{local.minute:02}" if local.minute else ""
    return f"{local.hour}{BOUND}h{minutes}"


def moment(value: datetime, zone: str = PARIS) -> str:
    """« mardi 24 novembre, 18 h 40 »."""
    return f"{day(value, zone)}, {clock(value, zone)}"


def duration(value: timedelta | float) -> str:
    """« 45 s », « 4 min 12 s », « 1 h 05 »; below zero counts as zero."""
    seconds = max(0, int(value.total_seconds() if isinstance(value, timedelta) else value))
    if seconds < 60:
        return f"{seconds}{BOUND}s"
    minutes, rest = divmod(seconds, 60)
    if minutes < 60:
        return f"{minutes}{BOUND}min" + (f"{BOUND}{rest:02}{BOUND}s" if rest else "")
    hours, minutes = divmod(minutes, 60)
    return f"{hours}{BOUND}h" + (f"{BOUND}{minutes:02}" if minutes else "")


def number(value: float, decimals: int = 0) -> str:
    """« 38 000 », « 6,2 »."""
    return f"{value:,.{decimals}f}".replace(",", THIN).replace(".", ",").replace("-", "\u2212")


def percent(part: float, whole: float = 1.0, decimals: int = 0) -> str:
    """« 81 % » of a whole; a dash where the whole is nothing."""
    return "–" if not whole else f"{number(100 * part / whole, decimals)}{THIN}%"


def phone(e164: str) -> str:
    """« 06 39 98 12 34 », never broken over two lines."""
    return numbers.display(e164).replace(" ", BOUND)


def quoted(text: str) -> str:
    """« text » between French quotation marks."""
    return f"«{BOUND}{text}{BOUND}»"


FILTERS: dict[str, Callable[..., str]] = {
    "day": day,
    "full_day": full_day,
    "clock": clock,
    "moment": moment,
    "duration": duration,
    "number": number,
    "percent": percent,
    "phone": phone,
    "quoted": quoted,
}
