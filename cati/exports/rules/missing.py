"""Which codes stand for « ne sait pas », « refus » and « non concerné » in an export. They are never stored."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from cati.questionnaire import ast
from cati.questionnaire.model import Expression, Kind, Question, State

_NUMERIC = (Kind.INTEGER, Kind.DECIMAL, Kind.DURATION)
_LAST_YEAR = Decimal(9999)  # the bound that `facts.year` can reach
_UNBOUNDED_DIGITS = 9  # codes of a question without an upper bound: 999999997…


def missing_codes(question: Question, codes: Mapping[State, int]) -> dict[State, int]:
    """The codes of the special states a question offers, out of reach of its own values.

    97, 98, 99; 997, 998, 999 (and so on) for a number whose range reaches 97: three at most, which is SPSS's limit.
    """
    offered = [state for state in codes if state in question.specials]
    if not question.required and State.NA not in offered:
        offered.append(State.NA)
    digits = _digits(question, codes.values()) if question.kind in _NUMERIC else 2
    return {state: codes[state] + 10**digits - 100 for state in offered}


def _digits(question: Question, codes: Iterable[int]) -> int:
    low, high = _bound(question.low), _bound(question.high)
    if high is None:
        return _UNBOUNDED_DIGITS
    wanted = list(codes)
    digits = 2 if high < min(wanted) else 3
    while any(
        (low is None or low <= code + 10**digits - 100) and code + 10**digits - 100 <= high for code in wanted
    ):
        digits += 1
    return digits


def _bound(expression: Expression | None) -> Decimal | None:
    """The number a bound cannot pass; None when it is open or depends on answers."""
    match expression.tree if expression else None:
        case ast.Number(text):
            return Decimal(text)
        case ast.Name("facts.year"):
            return _LAST_YEAR
        case _:
            return None
