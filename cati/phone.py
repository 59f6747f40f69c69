"""Telephone numbers as bailleurs write them: what a cell holds, which can be called, how they are shown.

Pure. A cell may hold no number, one, or several; nothing here raises on what a person may have typed.
"""

import math
import re
from dataclasses import dataclass
from enum import StrEnum

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberMatcher, PhoneNumberType


class PhoneKind(StrEnum):
    """What rings at the other end."""

    MOBILE = "mobile"
    FIXED = "fixed"
    BOX = "box"


class Validity(StrEnum):
    """Whether the numbering plan knows the number. `unsure` is kept and called: the tables lag behind."""

    VALID = "valid"
    UNSURE = "unsure"


class PhoneFlag(StrEnum):
    """What was mended or noticed while reading."""

    ZERO_RESTORED = "zero_restored"
    LETTER_O = "letter_o"
    SEVERAL = "several_in_cell"
    OVERSEAS = "overseas"
    ABROAD = "abroad"


class PhoneRefusal(StrEnum):
    """Why a cell, or a part of it, gives no number to call."""

    TRUNCATED = "truncated"
    PLACEHOLDER = "placeholder"
    SHORT = "short"
    NOT_CALLABLE = "not_callable"
    ABROAD = "abroad"
    FICTIONAL = "fictional"
    UNREADABLE = "unreadable"


REFUSAL_LABELS: dict[PhoneRefusal, str] = {
    PhoneRefusal.TRUNCATED: "abîmé par Excel (notation scientifique) : demander une colonne au format texte",
    PhoneRefusal.PLACEHOLDER: "numéro de remplissage",
    PhoneRefusal.SHORT: "numéro trop court",
    PhoneRefusal.NOT_CALLABLE: "numéro spécial (gratuit, surtaxé ou d'entreprise)",
    PhoneRefusal.ABROAD: "numéro d'un pays hors de l'étude",
    PhoneRefusal.FICTIONAL: "numéro réservé à la fiction",
    PhoneRefusal.UNREADABLE: "numéro illisible",
}


@dataclass(frozen=True, slots=True)
class Phone:
    """A number that can be called."""

    e164: str
    kind: PhoneKind
    validity: Validity = Validity.VALID
    flags: frozenset[PhoneFlag] = frozenset()


@dataclass(frozen=True, slots=True)
class PhoneReading:
    """What a cell holds: its numbers in the order written, and what was refused."""

    phones: tuple[Phone, ...] = ()
    refusals: tuple[PhoneRefusal, ...] = ()


def read_phones(
    cell: str | int | float | None, *, postcode: str = "", abroad: bool = True, demo: bool = False
) -> PhoneReading:
    """Read one cell. `postcode` is the household's (it decides overseas numbers), `abroad` lets Belgium and
    Luxembourg in, `demo` takes the numbers reserved for fiction as real ones.
    """
    text = _as_text(cell)
    whole = _SEPARATORS.sub("", text)
    if _ONE_NUMBER.fullmatch(whole):  # nine cells in ten
        return _reading([_read_number(whole, postcode, abroad, demo)], frozenset())
    if _EMPTY.fullmatch(text):
        return PhoneReading()
    if _SCIENTIFIC.fullmatch(text):
        return PhoneReading(refusals=(PhoneRefusal.TRUNCATED,))
    folded = _LETTER_O.sub("0", text)
    if _ONE_DIGIT.fullmatch(_SEPARATORS.sub("", folded)):
        return PhoneReading(refusals=(PhoneRefusal.PLACEHOLDER,))
    found = [_read_number(part, postcode, abroad, demo) for part in _parts(folded)]
    if not found:
        short = len(_NOT_A_DIGIT.sub("", folded)) < 9 and any(c.isdigit() for c in folded)
        return PhoneReading(refusals=(PhoneRefusal.SHORT if short else PhoneRefusal.UNREADABLE,))
    flags = {
        flag
        for flag, seen in ((PhoneFlag.LETTER_O, folded != text), (PhoneFlag.SEVERAL, len(found) > 1))
        if seen
    }
    return _reading(found, frozenset(flags))


def one_number(typed: str) -> str | None:
    """The E.164 form of a number as somebody typed or dictated it, however it is written; None when it is not one.

    To look a number up, never to dial it: numbers of fiction are read like the others.
    """
    found = {phone.e164 for phone in read_phones(typed, demo=True).phones}
    return found.pop() if len(found) == 1 else None


def is_fictional(e164: str) -> bool:
    """Whether the number cannot ring: Arcep's ranges for fiction, or 07 00, which nobody has been given."""
    return e164.startswith((*_FICTION, _UNGIVEN))


def display(e164: str) -> str:
    """The number in pairs, as the French read it: « 06 39 98 12 34 »; abroad, in international form."""
    country = next((code for code in ("33", *_OVERSEAS_CODES) if e164.startswith("+" + code)), "")
    national = "0" + e164[1 + len(country) :]
    if country and len(national) == 10:
        return " ".join(national[i : i + 2] for i in range(0, 10, 2))
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return e164
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


_FICTION = ("+3319900", "+3326191", "+3335301", "+3346571", "+3353649", "+3363998")
_UNGIVEN = "+33700"
_NEIGHBOURS = frozenset({"BE", "LU"})  # the region's border: the studies there call them
_OVERSEAS_CODES = {"262": "RE", "590": "GP", "594": "GF", "596": "MQ", "508": "PM"}
_OVERSEAS_PREFIXES = {
    **dict.fromkeys(("0262", "0263", "0692", "0693"), "RE"),
    **dict.fromkeys(("0269", "0639"), "YT"),
    **dict.fromkeys(("0590", "0690", "0691"), "GP"),
    **dict.fromkeys(("0596", "0696", "0697"), "MQ"),
    **dict.fromkeys(("0594", "0694"), "GF"),
    "0508": "PM",
}
# These exist in the mainland's plan too: only an overseas address makes them overseas numbers.
_ALSO_MAINLAND = frozenset({"0596", "0269", "0508"})

_EMPTY = re.compile(
    r"[\s\-–—_./\\?*]*|n\s*[./]?\s*[acrd]\.?|n[ée]ant|sans|aucun|inconnu|non (communiqu|renseign)é",
    re.IGNORECASE,
)
_SCIENTIFIC = re.compile(r"\d+([.,]\d+)?\s*[eE]\s*\+?\s*\d+")
_LETTER_O = re.compile(r"(?<![^\W\d_])[oO](?=[\d])|(?<=\d)[oO](?![^\W\d_])|(?<=\d)[oO](?=[oO]*\d)")
_ONE_NUMBER = re.compile(r"(?:(?:\+|00)33\(0\)|(?:\+|00)33|33)?0?[1-9]\d{8}")
_ONE_DIGIT = re.compile(r"(\d)\1{5,}")
_BRACKETED_ZERO = re.compile(r"(?<!\d)(\+|00)33\s*\(0\)\s*")
_FRENCH_TEN = re.compile(r"(?<!\d)0[1-9](?:[ .\-]?\d\d){4}(?!\d)")
_NOT_A_DIGIT = re.compile(r"\D")
_SIX_EQUAL = re.compile(r"(\d)\1{5}")
_SEPARATORS = re.compile(r"[\s.\-/_]+")


def _reading(found: list[Phone | PhoneRefusal], flags: frozenset[PhoneFlag]) -> PhoneReading:
    """What was found in a cell: each number once, in the order written."""
    phones: dict[str, Phone] = {}
    for one in found:
        if isinstance(one, Phone):
            phones.setdefault(one.e164, _flagged(one, flags))
    return PhoneReading(tuple(phones.values()), tuple(one for one in found if isinstance(one, PhoneRefusal)))


def _as_text(cell: str | int | float | None) -> str:
    match cell:
        case None | bool():
            return ""
        case float():
            if not math.isfinite(cell):
                return ""
            return str(int(cell)) if cell.is_integer() else str(cell)
        case int():
            return str(cell)
        case _:
            text = cell.replace("\u00a0", " ").replace("\u202f", " ").strip()
            return text.removesuffix(".0") if re.fullmatch(r"\d{9,11}\.0", text) else text


def _parts(text: str) -> list[str]:
    """The numbers written in a cell. Never a raw parse of the whole: it reads « (fils) » as digits."""
    whole = _SEPARATORS.sub("", text)
    if _ONE_NUMBER.fullmatch(whole):  # once the letter O is a zero
        return [whole]
    text = _BRACKETED_ZERO.sub("+33", text)
    matches = PhoneNumberMatcher(text, "FR", leniency=phonenumbers.Leniency.POSSIBLE)
    return [match.raw_string for match in matches] or _FRENCH_TEN.findall(text)


def _read_number(part: str, postcode: str, abroad: bool, demo: bool) -> Phone | PhoneRefusal:
    digits = _NOT_A_DIGIT.sub("", part)
    if part.lstrip("(").startswith("+") or digits.startswith("00"):
        digits = digits.removeprefix("00")
        if not digits.startswith("33"):
            return _read_foreign("+" + digits, abroad)
    if digits.startswith("33") and len(digits) in {11, 12}:
        digits = "0" + digits[2:].removeprefix("0")
    restored = len(digits) == 9 and digits[0] != "0"
    if restored:
        digits = "0" + digits
    if len(digits) != 10 or digits[0] != "0":
        return PhoneRefusal.SHORT if len(digits) < 10 else PhoneRefusal.UNREADABLE
    number = _read_national(digits, postcode, demo)
    return (
        _flagged(number, frozenset({PhoneFlag.ZERO_RESTORED}))
        if restored and isinstance(number, Phone)
        else number
    )


def _read_national(digits: str, postcode: str, demo: bool) -> Phone | PhoneRefusal:
    if _is_placeholder(digits):
        return PhoneRefusal.PLACEHOLDER
    mainland = "+33" + digits[1:]
    if mainland.startswith(_FICTION) and not demo:
        return PhoneRefusal.FICTIONAL
    if demo and is_fictional(mainland):
        return Phone(mainland, _kind_by_prefix(digits))
    region = _overseas_region(digits, postcode)
    number = phonenumbers.parse(digits, region or "FR")
    flags = frozenset({PhoneFlag.OVERSEAS}) if region else frozenset()
    kind = _KINDS.get(phonenumbers.number_type(number))
    if kind is not None:
        return Phone(_e164(number), kind, Validity.VALID, flags)
    if phonenumbers.number_type(number) != PhoneNumberType.UNKNOWN or digits.startswith("08"):
        return PhoneRefusal.NOT_CALLABLE
    return Phone(_e164(number), _kind_by_prefix(digits), Validity.UNSURE, flags)


def _read_foreign(text: str, abroad: bool) -> Phone | PhoneRefusal:
    try:
        number = phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        return PhoneRefusal.UNREADABLE
    overseas = str(number.country_code) in _OVERSEAS_CODES
    if not overseas and phonenumbers.region_code_for_number(number) not in (_NEIGHBOURS if abroad else ()):
        return PhoneRefusal.ABROAD
    kind = _KINDS.get(phonenumbers.number_type(number))
    if kind is None:
        return PhoneRefusal.NOT_CALLABLE
    flag = PhoneFlag.OVERSEAS if overseas else PhoneFlag.ABROAD
    return Phone(_e164(number), kind, Validity.VALID, frozenset({flag}))


def _overseas_region(digits: str, postcode: str) -> str | None:
    prefix = digits[:4]
    if prefix in _ALSO_MAINLAND and not postcode.startswith(("97", "98")):
        return None
    return _OVERSEAS_PREFIXES.get(prefix)


def _is_placeholder(digits: str) -> bool:
    pairs = {digits[i : i + 2] for i in range(2, 10, 2)}
    return (
        _SIX_EQUAL.search(digits) is not None or digits[1:] in {"123456789", "987654321"} or len(pairs) == 1
    )


_KINDS: dict[int, PhoneKind] = {
    PhoneNumberType.MOBILE: PhoneKind.MOBILE,
    PhoneNumberType.FIXED_LINE: PhoneKind.FIXED,
    PhoneNumberType.FIXED_LINE_OR_MOBILE: PhoneKind.MOBILE,
    PhoneNumberType.VOIP: PhoneKind.BOX,
}


def _kind_by_prefix(digits: str) -> PhoneKind:
    if digits[:2] in {"06", "07"}:
        return PhoneKind.MOBILE
    return PhoneKind.BOX if digits[:2] == "09" else PhoneKind.FIXED


def _flagged(phone: Phone, flags: frozenset[PhoneFlag]) -> Phone:
    return Phone(phone.e164, phone.kind, phone.validity, phone.flags | flags) if flags else phone


def _e164(number: PhoneNumber) -> str:
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
