"""Dates, times of day and durations as they are said on the telephone, and as they are stored and shown.

A date is stored as `2024-03-12`, a time as `18:40`: both sort as texts. A duration is a whole number of minutes.
"""

import re
from datetime import date, time

_MONTHS = (
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
)
_PLAIN_MONTHS = {
    month.replace("é", "e").replace("û", "u"): rank for rank, month in enumerate(_MONTHS, start=1)
}
_DATE = re.compile(r"(\d{1,2})(?:er)?[ /.-]+(\d{1,2}|[a-zéû]+)[ /.-]+(\d{4})")
_DIGITS_DATE = re.compile(r"(\d{2})(\d{2})(\d{4})")
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIME = re.compile(r"(\d{1,2}) ?(?:h|:|heures?)? ?(\d{2})?")
_DIGITS_TIME = re.compile(r"(\d{1,2})(\d{2})")
_DURATION = re.compile(r"(?:(\d{1,4}) ?(?:h|heures?))? ?(?:(\d{1,5}) ?(?:min|mn|minutes?)?)?")
_LAST_MINUTE = 59


def read_date(text: str) -> str | None:
    """`12/3/2024`, `12 mars 2024`, `12032024` or `2024-03-12`, stored; None when it is no day of the calendar."""
    said = _tidy(text)
    if _ISO_DATE.fullmatch(said):
        return _day(*(int(part) for part in reversed(said.split("-"))))
    found = _DATE.fullmatch(said) or _DIGITS_DATE.fullmatch(said)
    if found is None:
        return None
    day, month, year = found.groups()
    rank = int(month) if month.isdigit() else _PLAIN_MONTHS.get(month.replace("é", "e").replace("û", "u"), 0)
    return _day(int(day), rank, int(year))


def read_time(text: str) -> str | None:
    """`18h40`, `18:40`, `1840` or `18 h`, stored; None when it is no time of the day."""
    said = _tidy(text)
    found = _DIGITS_TIME.fullmatch(said) if len(said) > 2 and said.isdigit() else _TIME.fullmatch(said)
    if found is None:
        return None
    hour, minute = (int(part or 0) for part in found.groups())
    try:
        return f"{time(hour, minute):%H:%M}"
    except ValueError:
        return None


def read_duration(text: str) -> int | None:
    """`1h30`, `1 h`, `90` or `90 min`, in minutes; None when it is no duration."""
    found = _DURATION.fullmatch(_tidy(text))
    if found is None or not any(found.groups()):
        return None
    hours, minutes = found.groups()
    if hours and minutes and int(minutes) > _LAST_MINUTE:
        return None
    return 60 * int(hours or 0) + int(minutes or 0)


def is_date(stored: object) -> bool:
    """Whether a stored value is a day of the calendar."""
    return isinstance(stored, str) and read_date(stored) == stored


def is_time(stored: object) -> bool:
    """Whether a stored value is a time of the day."""
    return isinstance(stored, str) and read_time(stored) == stored


def said_date(stored: str) -> str:
    """« 1er mars 2024 »."""
    day = date.fromisoformat(stored)
    return f"{'1er' if day.day == 1 else day.day} {_MONTHS[day.month - 1]} {day.year}"


def typed_date(stored: str) -> str:
    """« 12/03/2024 »: as an interviewer types it."""
    return "/".join(reversed(stored.split("-")))


def said_time(stored: str) -> str:
    """« 18 h 40 », « 9 h »."""
    hour, minute = stored.split(":")
    return f"{int(hour)} h {minute}" if minute != "00" else f"{int(hour)} h"


def said_duration(minutes: int) -> str:
    """« 1 h 30 », « 45 min »."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{rest} min"
    return f"{hours} h {rest:02}" if rest else f"{hours} h"


def days_between(first: str, last: str) -> int:
    """How many days after `first` the date `last` comes; negative when it comes before."""
    return (date.fromisoformat(last) - date.fromisoformat(first)).days


def _day(day: int, month: int, year: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def _tidy(text: str) -> str:
    return " ".join(text.replace("\u202f", " ").replace("\u00a0", " ").lower().split())
