"""What is there before the first question: the columns of the file and the day of the interview."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import z3

from cati.questionnaire import ast
from cati.questionnaire.model import Expression, SampleColumn, SampleType
from cati.questionnaire.proof.items import free_text
from cati.questionnaire.proof.logic import TRUE, Formula, all_of, if_then
from cati.questionnaire.proof.values import Known, Number, Truth, Value, Words

#: Interviews are made in this century: its leap years are then all those that four divides.
FIRST_YEAR, LAST_YEAR = 2000, 2099


@dataclass(frozen=True, slots=True)
class Day:
    """The day of the interview."""

    year: Formula = field(default_factory=lambda: z3.Int("facts.year"))
    month: Formula = field(default_factory=lambda: z3.Int("facts.month"))
    day: Formula = field(default_factory=lambda: z3.Int("facts.day"))

    @property
    def known(self) -> dict[str, Known]:
        date = self.year * 10000 + self.month * 100 + self.day
        return {
            "facts.year": Known(Number(TRUE, free=self.year)),
            "facts.date": Known(Words(TRUE, day=date)),
        }

    @property
    def ordinary(self) -> Formula:
        """A day like any other, for examples in which the day does not matter."""
        return all_of(self.year == 2026, self.month == 1, self.day == 15)

    @property
    def domain(self) -> Formula:
        short = z3.Or([self.month == month for month in (4, 6, 9, 11)])
        february = z3.If(self.year % 4 == 0, 29, 28)
        last = z3.If(self.month == 2, february, z3.If(short, 30, 31))
        within = (self.year >= FIRST_YEAR, self.year <= LAST_YEAR, self.month >= 1, self.month <= 12)
        return all_of(*within, self.day >= 1, self.day <= last)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the file."""

    column: SampleColumn
    value: Value
    domain: tuple[Formula, ...]

    @property
    def known(self) -> Known:
        return Known(self.value)


def columns(sample: Mapping[str, SampleColumn], texts: Mapping[str, tuple[str, ...]]) -> dict[str, Column]:
    """Every column of the file. `texts`: what each name is compared with."""
    return {name: _column(column, texts.get(f"sample.{name}", ())) for name, column in sample.items()}


def compared_texts(expressions: Iterable[Expression]) -> dict[str, tuple[str, ...]]:
    """The texts that each name is compared with, so that each of them can be told from all others."""
    found: dict[str, dict[str, None]] = {}
    for expression in expressions:
        for node in ast.walk(expression.tree):
            match node:
                case ast.Compare(_, ast.Name(path), ast.Text(text)) | ast.Compare(
                    _, ast.Text(text), ast.Name(path)
                ):
                    found.setdefault(path, {})[text] = None
                case ast.In(ast.Name(path), ast.Set(members)):
                    listed = {one.text: None for one in members if isinstance(one, ast.Text)}
                    found.setdefault(path, {}).update(listed)
                case _:
                    pass
    return {path: tuple(texts) for path, texts in found.items()}


def _column(column: SampleColumn, texts: tuple[str, ...]) -> Column:
    name = f"sample.{column.name}"
    present = z3.Bool(f"{name}:present") if column.optional else TRUE
    match column.type:
        case SampleType.BOOLEAN:
            holds = z3.Bool(name)
            return Column(column, Truth(holds, present), (if_then(holds, present),))
        case SampleType.INTEGER:
            return Column(column, Number(present, free=z3.Int(name)), ())
        case SampleType.DECIMAL:
            return Column(column, Number(present, free=z3.Real(name)), ())
    words, _, domain = free_text(name, present, column.choices or texts, closed=bool(column.choices))
    return Column(column, words, domain)
