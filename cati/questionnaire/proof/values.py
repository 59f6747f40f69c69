"""What an expression is worth in any interview at once: when it has a value, and which.

The same four types as in the compiled route (`compiling.Type`), and the same two truths: a comparison with anything
missing is false, arithmetic with anything missing is missing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

import z3

from cati.questionnaire.model import State
from cati.questionnaire.proof.logic import FALSE, TRUE, Formula, Term, exactly

_MOST_PARTS = 16  # beyond, a sum is less work than a list of cases


@dataclass(frozen=True, slots=True)
class Truth:
    """A yes or no. `holds` already says that it is present: a missing one is false."""

    holds: Formula
    present: Formula = TRUE


@dataclass(frozen=True, slots=True)
class Number:
    """A number. `cases` lists all its values, each with when it is the one; without them it is `free`."""

    present: Formula
    cases: tuple[tuple[Fraction, Formula], ...] = ()
    free: Term | None = None
    span: tuple[int, int] | None = None  #: its bounds, where they are written in figures

    @property
    def term(self) -> Term:
        """The number as arithmetic, whatever it is where it is missing."""
        if self.free is not None:
            return self.free
        if not self.cases:
            return z3.IntVal(0)
        term = literal(self.cases[-1][0])
        for value, when in reversed(self.cases[:-1]):
            term = z3.If(when, literal(value), term)
        return term


@dataclass(frozen=True, slots=True)
class Words:
    """A text: one of those listed, or `other`, any text that nothing is said of."""

    present: Formula
    cases: tuple[tuple[str, Formula], ...] = ()
    other: Formula = FALSE


@dataclass(frozen=True, slots=True)
class Moment:
    """A date or a time of day: its place in the calendar or in the day. `year`: of a date."""

    present: Formula
    rank: Term
    year: Term | None = None


@dataclass(frozen=True, slots=True)
class Codes:
    """The codes chosen in a multiple choice. `places`: in which order, where something asks for it."""

    present: Formula
    chosen: tuple[tuple[int, Formula], ...] = ()
    places: Mapping[int, Term] = field(default_factory=dict)


Value = Truth | Number | Words | Moment | Codes


@dataclass(frozen=True, slots=True)
class Known:
    """What stands behind a name: its value (None for a note) and, for a question, when it is in each state."""

    value: Value | None
    states: Mapping[State, Formula] = field(default_factory=dict)


def literal(value: Fraction) -> Term:
    return z3.IntVal(value.numerator) if value.denominator == 1 else z3.RealVal(str(value))


def number(value: Fraction | int) -> Number:
    """A number written in the questionnaire."""
    return Number(TRUE, ((Fraction(value), TRUE),))


def words(text: str) -> Words:
    """A text written in the questionnaire."""
    return Words(TRUE, ((text, TRUE),))


def how_many(parts: tuple[Formula, ...]) -> Number:
    """How many of these hold; nothing that is missing counts."""
    if len(parts) > _MOST_PARTS:
        return Number(TRUE, free=z3.Sum([z3.If(part, 1, 0) for part in parts]))
    return Number(TRUE, tuple((Fraction(count), exactly(parts, count)) for count in range(len(parts) + 1)))
