"""The columns that the wave's questionnaire declares: under which heading a file has them, and what its cells say.

What every study needs of a household (who, where, on which numbers) is in `columns`; a heading known there is never
taken for a declared column, so that no contact can get among them.
"""

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from cati.errors import SampleFileRefused
from cati.questionnaire.model import SampleColumn, SampleType
from cati.sample import cells, columns
from cati.sample.columns import Field, bare, folded
from cati.sample.rules import Misread

Value = str | int | bool
Declared = Mapping[str, SampleColumn]  #: by name, as `Questionnaire.sample`

_LONGEST = 80  # signs of a text that is read aloud: more is a ticket's text, where a neighbour may be named

#: What a wave without a questionnaire yet keeps: what the triennale declares.
USUAL: Declared = {
    column.name: column
    for column in (
        SampleColumn(name="type_logement", type=SampleType.TEXT, optional=True),
        SampleColumn(name="ascenseur", type=SampleType.BOOLEAN, optional=True),
        SampleColumn(name="chauffage", type=SampleType.INTEGER, optional=True),
        SampleColumn(name="annee_entree", type=SampleType.INTEGER, optional=True),
        SampleColumn(name="anciennete_ans", type=SampleType.INTEGER, optional=True),
    )
}

#: Declared columns that come out of what every file may have, whatever its heading.
FROM_FIELD: dict[str, Field] = {
    "type_logement": Field.TYPE,
    "ascenseur": Field.LIFT,
    "chauffage": Field.HEATING,
    "annee_entree": Field.ENTERED_ON,
    "anciennete_ans": Field.ENTERED_ON,
    "date_entree": Field.ENTERED_ON,
}

_DWELLINGS = frozenset({"collectif", "individuel"})
_BY_TYPE = {
    SampleType.BOOLEAN: "oui ou non",
    SampleType.INTEGER: "un nombre entier",
    SampleType.DECIMAL: "un nombre",
    SampleType.TEXT: f"un nom d’au plus {_LONGEST} signes",
    SampleType.DATE: "une date (12/03/2026)",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """How one declared column is read of a file's rows. `read` gives None for what it does not understand."""

    name: str
    heading: str  #: as the file writes it
    place: int
    required: bool
    expected: str
    read: Callable[[str], Value | None]
    told: bool  #: whether a cell not understood is told; what comes out of a field of every file is not

    def misread(self, line: int) -> Misread:
        return Misread(line=line, heading=self.heading, column=self.name, expected=self.expected)


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The declared columns in one file."""

    readers: tuple[Reader, ...]
    absent: tuple[str, ...]  #: those that the file does not have: unknown for all its households


def find_columns(declared: Declared, mapping: columns.Mapping, opens_on: date) -> Columns:
    """The declared columns in a file. `opens_on` dates years of two digits and seniority.

    SampleFileRefused when the file lacks one that the questionnaire needs.
    """
    found, absent = [], []
    for column in declared.values():
        place = _place(column.name, mapping)
        if column.name == "qpv":
            continue  # known in its own way, or the household is not called
        if place is not None:
            found.append(_reader(column, mapping.headers[place], place, opens_on))
        elif column.optional:
            absent.append(column.name)
        else:
            raise SampleFileRefused(_missing(column, mapping))
    return Columns(readers=tuple(found), absent=tuple(absent))


def by_heading(declared: Declared) -> dict[str, str]:
    """What a heading may read, folded and without little words → the declared column. « Date de la demande » is
    `date_demande`."""
    return {
        bare(said): column.name
        for column in declared.values()
        if column.name != "qpv"
        for said in (*column.headings, column.name)
    }


def _place(name: str, mapping: columns.Mapping) -> int | None:
    if name in mapping.declared:
        return mapping.declared[name]
    places = mapping.fields.get(FROM_FIELD[name]) if name in FROM_FIELD else None
    return places[0] if places else None


def _missing(column: SampleColumn, mapping: columns.Mapping) -> str:
    seen = ", ".join(f"« {header} »" for header in mapping.headers if header)
    return (
        f"Aucune colonne ne donne « {column.name} » ({_expected(column)}), que le questionnaire demande."
        f" Colonnes lues : {seen}. Nommez-la « {column.name} » dans le fichier."
    )


def _expected(column: SampleColumn) -> str:
    """What its cells must say, in French."""
    if column.choices:
        return f"un de ces mots ({', '.join(column.choices)})"
    return _BY_TYPE[column.type]


def _reader(column: SampleColumn, heading: str, place: int, opens_on: date) -> Reader:
    kind, special = _SPECIAL.get(column.name, (None, None))
    usual = special is not None and kind is column.type and set(column.choices) <= _DWELLINGS
    return Reader(
        name=column.name,
        heading=heading,
        place=place,
        required=not column.optional,
        expected=_expected(column),
        read=functools.cache(special(opens_on) if special and usual else _by_type(column, opens_on)),
        told=not usual,
    )


def _by_type(column: SampleColumn, opens_on: date) -> Callable[[str], Value | None]:
    match column.type:
        case SampleType.BOOLEAN:
            return cells.yes_or_no
        case SampleType.INTEGER:
            return cells.integer_of
        case SampleType.DECIMAL:
            return cells.decimal_of
        case SampleType.DATE:
            return lambda text: _iso(cells.date_of(text, today=opens_on))
        case SampleType.TEXT if column.choices:
            said = {folded(word): choice for word, choice in _said(column)}
            return lambda text: said.get(folded(text))
        case SampleType.TEXT:
            return lambda text: text if len(text) <= _LONGEST else None


def _said(column: SampleColumn) -> Sequence[tuple[str, str]]:
    """Each choice in all the words that files have for it; its own come last and win."""
    return (*column.values.items(), *((choice, choice) for choice in column.choices))


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _year(opens_on: date) -> Callable[[str], Value | None]:
    def year(text: str) -> int | None:
        entered = cells.date_of(text, today=opens_on)
        if entered is not None and entered <= opens_on:
            return entered.year
        return int(text) if text.isdecimal() and 1900 <= int(text) <= opens_on.year else None

    return year


def _seniority(opens_on: date) -> Callable[[str], Value | None]:
    def years(text: str) -> int | None:
        entered = cells.date_of(text, today=opens_on)
        return cells.full_years(entered, opens_on) if entered and entered <= opens_on else None

    return years


_SPECIAL: dict[str, tuple[SampleType, Callable[[date], Callable[[str], Value | None]]]] = {
    "type_logement": (SampleType.TEXT, lambda _opens_on: cells.dwelling_of),
    "ascenseur": (SampleType.BOOLEAN, lambda _opens_on: cells.yes_or_no),
    "chauffage": (SampleType.INTEGER, lambda _opens_on: cells.heating_of),
    "annee_entree": (SampleType.INTEGER, _year),
    "anciennete_ans": (SampleType.INTEGER, _seniority),
}
