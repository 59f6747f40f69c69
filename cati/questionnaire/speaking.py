"""How a value is said in a text: « 24 novembre 2026 », « 18 h 40 », « 1 250,50 », in the language of the interview."""

from datetime import date
from decimal import Decimal
from typing import Literal

from cati.questionnaire import ast, moments
from cati.questionnaire.compiling import Type
from cati.questionnaire.french import FRENCH
from cati.questionnaire.model import Kind, Questionnaire

Unit = Type | Literal["duration"]

_THIN = "\u202f"
_GROUPED_FROM = 10_000  # a year has four digits, and is not an amount
_MOST_DECIMALS = 4  # as typed; beyond, a division made them
_ENGLISH = "en"
_ENGLISH_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def said(value: object, unit: Unit, language: str) -> str:
    """The value as it is read aloud; a date without its article. Nothing when it is missing."""
    match unit:
        case _ if value is None:
            return ""
        case "date" if moments.is_date(value):
            return _said_date(str(value), language)
        case "time" if moments.is_time(value):
            return moments.said_time(str(value)) if language == FRENCH else str(value)
        case "duration" if isinstance(value, int):
            return moments.said_duration(value)
        case "number" if language == FRENCH and isinstance(value, int | Decimal):
            return _said_number(Decimal(value))
    return str(value)


def unit_of(node: ast.Node, found: Type, questionnaire: Questionnaire) -> Unit:
    """What the value of an expression is, given its type: a number of minutes is a duration when durations make it."""
    return "duration" if found == "number" and _lasts(node, questionnaire) else found


def _said_date(stored: str, language: str) -> str:
    day = date.fromisoformat(stored)
    if language == _ENGLISH:
        return f"{day.day} {_ENGLISH_MONTHS[day.month - 1]} {day.year}"
    return moments.said_date(stored) if language == FRENCH else moments.typed_date(stored)


def _said_number(number: Decimal) -> str:
    """With a comma, thousands apart where they are no year, and no more decimals than anybody reads aloud."""
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -_MOST_DECIMALS:
        number = round(number, 2)
    written = format(number, "f")
    apart = "." in written or abs(number) >= _GROUPED_FROM
    whole, _, rest = (f"{number:,f}" if apart else written).partition(".")
    return whole.replace(",", _THIN) + (f",{rest}" if rest else "")


def _lasts(node: ast.Node, questionnaire: Questionnaire) -> bool:
    match node:
        case ast.Name(path) if path in questionnaire.questions:
            return questionnaire.questions[path].kind is Kind.DURATION
        case ast.Name(path) if path in questionnaire.computes:
            return _lasts(questionnaire.computes[path].value.tree, questionnaire)
        case ast.Call("sum" | "min" | "max" | "abs" | "or_else", parts):
            return _all_last(parts, questionnaire)
        case ast.If(_, first, last) | ast.Arithmetic("+" | "-", first, last):
            return _all_last((first, last), questionnaire)
    return False


def _all_last(parts: tuple[ast.Node, ...], questionnaire: Questionnaire) -> bool:
    """Whether all of these are durations; a figure beside them is minutes."""
    named = [part for part in parts if not isinstance(part, ast.Number)]
    return bool(named) and all(_lasts(part, questionnaire) for part in named)
