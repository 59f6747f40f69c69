"""What is there before the first question: the columns of the file and the day of the interview."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import z3

from cati.questionnaire import ast
from cati.questionnaire.model import Expression, SampleColumn, SampleType
from cati.questionnaire.proof import moments
from cati.questionnaire.proof.items import free_text
from cati.questionnaire.proof.logic import TRUE, Formula, if_then
from cati.questionnaire.proof.values import Known, Moment, Number, Truth, Value

#: The days on which interviews are made.
YEARS = (2020, 2035)


@dataclass(frozen=True, slots=True)
class Day:
    """The day of the interview."""

    moment: Moment
    domain: Formula

    @property
    def known(self) -> dict[str, Known]:
        return {"facts.year": Known(Number(TRUE, free=self.moment.year)), "facts.date": Known(self.moment)}

    @property
    def ordinary(self) -> Formula:
        """A day like any other, for examples in which the day does not matter."""
        return self.moment.rank == date(2026, 1, 15).toordinal()


def day() -> Day:
    """Any day of those years."""
    moment, _, domain = moments.day("facts.date", TRUE, YEARS)
    return Day(moment, domain)


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


def ordered(expressions: Iterable[Expression]) -> frozenset[str]:
    """The names whose codes are read in their order."""
    return frozenset(
        node.arguments[0].path
        for expression in expressions
        for node in ast.walk(expression.tree)
        if isinstance(node, ast.Call) and node.function == "rank" and isinstance(node.arguments[0], ast.Name)
    )


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
        case SampleType.DATE:
            moment, _, within = moments.day(name, present)
            return Column(column, moment, (within,))
    words, _, domain = free_text(name, present, column.choices or texts, closed=bool(column.choices))
    return Column(column, words, domain)
