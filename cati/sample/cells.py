"""What is written in a cell: yes or no, a date, a kind of dwelling. Unknown is None, never a guess."""

import functools
import math
import re
from datetime import date, datetime, timedelta
from typing import Literal

from cati.sample.columns import folded
from cati.sample.files import Cell

Dwelling = Literal["collectif", "individuel"]

_BLANK = re.compile(
    r"[\s\-–—_.?/*]*|n\s*/\s*[acr]|n\.c\.?|nc|nr|#n/a|null|none|nan|n[ée]ant|inconnue?"
    r"|non (communiqu|renseign)ée?",
    re.IGNORECASE,
)
_LONGEST_BLANK = 20
_YES = frozenset({"o", "oui", "1", "vrai", "true", "x", "y", "yes"})
_NO = frozenset({"n", "non", "0", "faux", "false", "no", "aucun", "aucune", "sans"})
_EXCEL_EPOCH = date(1899, 12, 30)
_EXCEL_DAYS = range(7_000, 80_000)  # 1919 to 2119: a smaller number is no date of entry
_FRENCH_DATE = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4}|\d{2})(?:\s.*)?")
_WORDED_DATE = re.compile(r"(?:[a-z]+ )?(\d{1,2})(?:er)? ([a-z]{3,9}) (\d{4}|\d{2})(?: .*)?")
_COMPACT_DATE = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})")
_MONTHS = ("jan", "fev", "mar", "avr", "mai", "juin", "juil", "aou", "sep", "oct", "nov", "dec")
_WHOLE = re.compile(r"[+-]?\d{1,9}")
_NUMBER = re.compile(r"[+-]?\d{1,12}(?:\.\d{1,6})?")
_ISO_DATE = re.compile(r"(\d{4})[/.\-](\d{1,2})[/.\-](\d{1,2})(?:[\sT].*)?")


def text_of(cell: Cell) -> str:
    """The cell as a text on one line, '' where nothing is written (« N/C » and its like are nothing)."""
    match cell:
        case str():
            text = " ".join(cell.split())
        case bool():
            return "oui" if cell else "non"
        case float():
            text = str(int(cell)) if math.isfinite(cell) and cell.is_integer() else str(cell)
        case datetime() | date():
            return cell.isoformat()[:10]
        case _:
            return str(cell)
    return "" if len(text) < _LONGEST_BLANK and _BLANK.fullmatch(text) else text


def yes_or_no(text: str) -> bool | None:
    """O, oui, 1, X… or N, non, 0…; None for anything else."""
    word = _word(text)
    if word in _YES:
        return True
    return False if word in _NO else None


def is_said(text: str) -> bool:
    """Whether a column such as « opposition » says so: anything but a no does (a date, « refus », a name)."""
    return bool(text) and yes_or_no(text) is not False


def qpv_of(flag: str, code: str) -> bool | None:
    """In a quartier prioritaire or not: what the flag says, else yes if a code is given, else unknown."""
    said = yes_or_no(flag)
    if said is None and _word(flag) in {"qpv", "hors qpv"}:
        said = _word(flag) == "qpv"
    if said is None and code and yes_or_no(code) is not False:
        return True
    return said


def date_of(text: str, *, today: date) -> date | None:
    """A day written the French way (in figures or words), the ISO way, as eight figures, or as Excel counts.

    Years of two digits lie in the past.
    """
    if match := _ISO_DATE.fullmatch(text) or _COMPACT_DATE.fullmatch(text):
        year, month, day = (int(part) for part in match.groups())
        return _date(year, month, day)
    if match := _FRENCH_DATE.fullmatch(text):
        day, month, year = (int(part) for part in match.groups())
        return _date(_whole_year(year, today), month, day)
    if re.fullmatch(r"\d{4,5}(?:\.\d+)?", text) and int(float(text)) in _EXCEL_DAYS:
        return _EXCEL_EPOCH + timedelta(days=int(float(text)))
    return _worded_date(text, today)


def integer_of(text: str) -> int | None:
    """A whole number; thousands may stand apart, and decimals that say nothing are left out (« 1 200,00 »)."""
    number = re.sub(r"[.,]0+$", "", _joined(text))
    return int(number) if _WHOLE.fullmatch(number) else None


def decimal_of(text: str) -> str | None:
    """A number as its digits, with a point."""
    number = _joined(text).replace(",", ".")
    return number if _NUMBER.fullmatch(number) else None


def full_years(since: date, until: date) -> int:
    """Whole years between two days."""
    return until.year - since.year - ((until.month, until.day) < (since.month, since.day))


def postcode_of(text: str) -> str:
    """Five characters; Excel's lost leading zero restored (« 2100 » is « 02100 »)."""
    code = text.replace(" ", "").upper()
    return code.zfill(5) if re.fullmatch(r"\d{4,5}", code) else code


def dwelling_of(text: str) -> Dwelling | None:
    """Flat or house."""
    word = _word(text)
    if word.startswith(("coll", "app", "imm")) or word == "c":
        return "collectif"
    return "individuel" if word.startswith(("ind", "mais", "pav")) or word == "i" else None


def heating_of(text: str) -> int | None:
    """The code of question C3: 1 collective, 2 gas, 3 electric, 4 another. « Individuel » alone says none."""
    words = _word(text)
    if re.search(r"collecti|urbain|reseau|\bcoll\b", words):
        return 1
    if "gaz" in words:
        return 2
    if "elec" in words:
        return 3
    return None if not words or words in {"individuel", "ind", "oui", "non", "o", "n"} else 4


@functools.lru_cache(maxsize=512)
def _word(text: str) -> str:
    return folded(text)


def _worded_date(text: str, today: date) -> date | None:
    """« 3 mars 2026 », « 03-mars-26 », « mardi 3 mars 2026 »."""
    match = _WORDED_DATE.fullmatch(_word(text))
    if match is None:
        return None
    month = next((rank for rank, begins in enumerate(_MONTHS, 1) if match[2].startswith(begins)), 0)
    return _date(_whole_year(int(match[3]), today), month, int(match[1]))


def _whole_year(year: int, today: date) -> int:
    if year >= 100:
        return year
    return year + (2000 if 2000 + year <= today.year else 1900)


def _joined(text: str) -> str:
    return "".join(text.split())


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
