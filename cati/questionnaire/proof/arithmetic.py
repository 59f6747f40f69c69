"""Sums, products and comparisons of numbers that differ from one interview to the next.

Numbers with few values are kept as a list of cases, which the solver decides without any arithmetic; a product or a
quotient is exact as long as one side is such a list.
"""

import operator
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import z3

from cati.questionnaire.proof.logic import FALSE, TRUE, Formula, Term, all_of, any_of, choose, no
from cati.questionnaire.proof.values import Number, literal, number

_MOST_CASES = 60  # beyond, cases are more work than arithmetic
_MOST_PAIRS = 300

_OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {"+": operator.add, "-": operator.sub, "*": operator.mul}
_COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class NotLinearError(Exception):
    """A product or quotient of two numbers without a list of values: beyond what is decided here."""


def compare(sign: str, left: Number, right: Number) -> Formula:
    """Whether the comparison holds; never when a side is missing."""
    holds = _COMPARISONS[sign]
    if left.free is None and right.free is None and len(left.cases) * len(right.cases) <= _MOST_PAIRS:
        pairs = [all_of(one, other) for a, one in left.cases for b, other in right.cases if holds(a, b)]
        return all_of(left.present, right.present, any_of(*pairs))
    for listed, open_, turned in ((right, left, False), (left, right, True)):
        if listed.free is None and len(listed.cases) <= _MOST_CASES:
            parts = [
                all_of(
                    when, holds(literal(value), open_.term) if turned else holds(open_.term, literal(value))
                )
                for value, when in listed.cases
            ]
            return all_of(left.present, right.present, any_of(*parts))
    return all_of(left.present, right.present, holds(left.term, right.term))


def calculate(sign: str, left: Number, right: Number) -> Number:
    """The sum, difference, product or quotient. Raises NotLinearError."""
    present = all_of(left.present, right.present)
    if sign == "/":
        return _divide(left, right)
    few = left.free is None and right.free is None and len(left.cases) * len(right.cases) <= _MOST_CASES
    if few:
        return Number(present, _crossed(_OPERATIONS[sign], left, right))
    if sign == "*":
        return Number(present, free=_product(left, right))
    return Number(present, free=_OPERATIONS[sign](left.term, right.term))


def total(parts: Sequence[Number]) -> Number:
    """The sum of what is there; 0 when nothing is."""
    whole = number(0)
    for part in parts:
        whole = calculate("+", whole, replaced(part, number(0)))
    return whole


def extreme(parts: Sequence[Number], *, least: bool) -> Number:
    """The least or the greatest of what is there; missing when nothing is."""
    found = parts[0] if parts else Number(FALSE)
    for part in parts[1:]:
        wins = compare("<" if least else ">", part, found)
        found = select(any_of(no(found.present), wins), part, found, any_of(found.present, part.present))
    return found


def absolute(value: Number) -> Number:
    if value.free is None:
        return Number(value.present, _merged([(abs(one), when) for one, when in value.cases]))
    return Number(value.present, free=z3.If(value.free < 0, -value.free, value.free))


def replaced(first: Number, fallback: Number) -> Number:
    """The first where it is there, else the fallback."""
    return select(first.present, first, fallback, any_of(first.present, fallback.present))


def select(test: Formula, then: Number, otherwise: Number, present: Formula | None = None) -> Number:
    """One number or the other."""
    if present is None:
        present = choose(test, then.present, otherwise.present)
    if then.free is None and otherwise.free is None:
        cases = [(value, all_of(test, when)) for value, when in then.cases]
        cases += [(value, all_of(no(test), when)) for value, when in otherwise.cases]
        return Number(present, _merged(cases))
    return Number(present, free=z3.If(test, then.term, otherwise.term))


def within(value: Number, low: int, high: int) -> Formula:
    """Whether it is one of the whole numbers of a span."""
    if value.free is None:
        inside = [when for one, when in value.cases if low <= one <= high and one.denominator == 1]
        return all_of(value.present, any_of(*inside))
    whole = z3.IsInt(value.free) if z3.is_real(value.free) else TRUE
    return all_of(value.present, value.free >= low, value.free <= high, whole)


def _listed(value: Number) -> Number:
    """The same number, as a list of its values where they are few."""
    if value.free is None or value.span is None or value.span[1] - value.span[0] >= _MOST_CASES:
        return value
    least, most = value.span
    return Number(value.present, tuple((Fraction(one), value.free == one) for one in range(least, most + 1)))


def _divide(left: Number, right: Number) -> Number:
    right = _listed(right)
    if right.free is not None:
        raise NotLinearError
    present = all_of(left.present, right.present, compare("!=", right, number(0)))
    cases = tuple((value, when) for value, when in right.cases if value)
    if not cases:
        return Number(FALSE)
    by = Number(TRUE, tuple((1 / value, when) for value, when in cases))
    if left.free is None and len(left.cases) * len(cases) <= _MOST_CASES:
        return Number(present, _crossed(operator.mul, left, by))
    return Number(present, free=_product(left, by))


def _product(left: Number, right: Number) -> Term:
    listed, open_ = (left, right) if left.free is None else (_listed(right), left)
    if listed.free is not None:
        listed, open_ = _listed(left), right
    if listed.free is not None:
        raise NotLinearError
    term: Term = z3.IntVal(0)
    for value, when in reversed(listed.cases):
        by = literal(value)
        factor = z3.ToReal(open_.term) if z3.is_real(by) and z3.is_int(open_.term) else open_.term
        term = z3.If(when, by * factor, term) if not z3.is_true(when) else by * factor
    return term


def _crossed(
    what: Callable[[Any, Any], Any], left: Number, right: Number
) -> tuple[tuple[Fraction, Formula], ...]:
    return _merged([(what(a, b), all_of(one, other)) for a, one in left.cases for b, other in right.cases])


def _merged(cases: Sequence[tuple[Fraction, Formula]]) -> tuple[tuple[Fraction, Formula], ...]:
    """Each value once, with all that leads to it."""
    found: dict[Fraction, list[Formula]] = {}
    for value, when in cases:
        found.setdefault(value, []).append(when)
    return tuple((value, any_of(*whens)) for value, whens in found.items())
