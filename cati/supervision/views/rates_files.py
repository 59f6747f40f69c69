"""Outcome rates as files: JSON for a program, two tables for a French spreadsheet."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from cati.cases.rules import AaporClass, label
from cati.cases.rules.rates import FORMULAS, Counted, Rate, Tally, WrongNumbers
from cati.supervision.views.rates import By, Line, Rates

#: What the two ways to know `e` are called in files.
ESTIMATED, GIVEN = "casro", "given"

_UNKNOWN = WrongNumbers.UNKNOWN
_SPREADSHEET_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_fields(found: Rates, given_e: float) -> dict[str, Any]:
    """Everything, as JSON: counts by outcome and by class, and each rate in the four ways of counting."""
    return {
        "wave": found.code,
        "name": found.name,
        "at": found.at.isoformat(),
        "by": found.by.value,
        "formulas": {rate.value: formula.written for rate, formula in FORMULAS.items()},
        "whole": _line_fields(found.whole, given_e),
        "lines": [_line_fields(line, given_e) for line in found.lines],
    }


def rates_csv(found: Rates, given_e: float) -> bytes:
    """The rates: one row for each line in each of the four ways of counting, as French Excel opens it."""
    heading = [
        "edition",
        "date",
        "groupe",
        "libelle",
        "faux_numeros",
        "e_methode",
        "e",
        "dossiers",
        "non_liberes",
    ]
    heading += [group.value for group in AaporClass] + [rate.value for rate in Rate]
    return _csv(heading, (row for line in _all(found) for row in _rate_rows(found, line, given_e)))


def outcomes_csv(found: Rates) -> bytes:
    """The table of outcomes: one row for each line and outcome, with both AAPOR codes."""
    heading = ["edition", "date", "groupe", "libelle", "resultat", "resultat_libelle", "deja_eligible"]
    heading += ["aapor", "classe", "aapor_nc", "classe_nc", "dossiers"]
    return _csv(heading, (row for line in _all(found) for row in _outcome_rows(found, line)))


def by_code(tally: Tally) -> list[tuple[Counted, int]]:
    """What cases came to and how many, by AAPOR code; `ever_eligible` is kept only where it changes the code."""
    merged: Counter[Counted] = Counter()
    for counted, cases in tally.of.items():
        plain = Counted(counted.outcome)
        merged[plain if plain.code(_UNKNOWN) == counted.code(_UNKNOWN) else counted] += cases
    return sorted(merged.items(), key=lambda each: (each[0].code(_UNKNOWN), each[0].outcome))


def outcome_fields(counted: Counted, cases: int) -> dict[str, Any]:
    """One line of the table of outcomes; `ever_eligible`: it was once found eligible, and is not unknown any more."""
    unknown, contactless = WrongNumbers
    return {
        "outcome": counted.outcome.value,
        "label": label(counted.outcome),
        "ever_eligible": counted.ever_eligible,
        "aapor": counted.code(unknown),
        "class": counted.group(unknown).value,
        "aapor_nc": counted.code(contactless),
        "class_nc": counted.group(contactless).value,
        "cases": cases,
    }


def ways(tally: Tally, given_e: float) -> Iterator[tuple[WrongNumbers, str, float | None]]:
    """The four ways of counting: wrong numbers, how `e` is known, and `e`."""
    for wrong_numbers in WrongNumbers:
        yield wrong_numbers, ESTIMATED, tally.estimated_e(wrong_numbers)
        yield wrong_numbers, GIVEN, given_e


def _all(found: Rates) -> Sequence[Line]:
    return [found.whole, *found.lines]


def _line_fields(line: Line, given_e: float) -> dict[str, Any]:
    return {
        "key": line.key,
        "label": line.label,
        "cases": line.tally.cases,
        "unreleased": line.unreleased,
        "outcomes": [outcome_fields(counted, cases) for counted, cases in by_code(line.tally)],
        "counts": {
            way.value: {group.value: cases for group, cases in line.tally.counts(way).items()}
            for way in WrongNumbers
        },
        "rates": [
            {"wrong_numbers": way.value, "e_by": by, "e": e, "values": _values(line.tally, way, e)}
            for way, by, e in ways(line.tally, given_e)
        ],
    }


def _values(tally: Tally, way: WrongNumbers, e: float | None) -> dict[str, Any]:
    shares = {rate: tally.share(rate, way, e) for rate in Rate}
    return {
        rate.value: {"value": share.value, "over": share.over, "under": share.under, "small": share.is_small}
        for rate, share in shares.items()
    }


def _rate_rows(found: Rates, line: Line, given_e: float) -> Iterator[list[object]]:
    for way, by, e in ways(line.tally, given_e):
        counts = line.tally.counts(way)
        values = [line.tally.share(rate, way, e).value for rate in Rate]
        head = [found.code, found.at.isoformat(), _key(found, line), line.label, way.value, by, e]
        yield [*head, line.tally.cases, line.unreleased, *(counts[group] for group in AaporClass), *values]


def _outcome_rows(found: Rates, line: Line) -> Iterator[list[object]]:
    for counted, cases in by_code(line.tally):
        told = outcome_fields(counted, cases)
        eligible = "oui" if counted.ever_eligible else "non"
        head = [found.code, found.at.isoformat(), _key(found, line), line.label]
        codes = [told["aapor"], told["class"], told["aapor_nc"], told["class_nc"], cases]
        yield [*head, told["outcome"], told["label"], eligible, *codes]


def _key(found: Rates, line: Line) -> str:
    return line.key if found.by is not By.WAVE and line is not found.whole else "ensemble"


def _csv(heading: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Semicolons, decimal commas and a byte order mark, without which Excel takes accents for something else."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(heading)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _cell(value: object) -> str:
    """A share has six decimals; a text that a spreadsheet would run gets an apostrophe before it."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6f}".replace(".", ",")
    told = str(value)
    return f"'{told}" if told.startswith(_SPREADSHEET_FORMULA) else told
