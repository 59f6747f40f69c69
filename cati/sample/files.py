"""A bailleur's file, whatever wrote it: rows of cells with their line, and how the file was read."""

import codecs
import csv
import io
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from python_calamine import CalamineError, CalamineWorkbook

from cati.errors import SampleFileRefused
from cati.sample.columns import recognised

CountNames = Callable[[Sequence[str]], int]
Cell = str | int | float | bool | date | datetime | time | timedelta

_HEADER_WITHIN = 30  # lines: titles and logos stand above the header, never more than this
_ENOUGH = 2  # recognised names that make a row the header: a title may hold one by chance
_DELIMITERS = (";", ",", "\t", "|")


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the file. `number` is what a spreadsheet or an editor shows."""

    number: int
    cells: tuple[Cell, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing is written on it."""
        return all(isinstance(cell, str) and not cell.strip() for cell in self.cells)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The part of a file that holds households. `described` says how it was read, for the report."""

    described: str
    above: tuple[Line, ...]
    header: tuple[str, ...]
    below: tuple[Line, ...]


def read_sheet(
    name: str, content: bytes, *, encoding: str | None = None, known_names: CountNames = recognised
) -> Sheet:
    """Read an xlsx, xls, csv or txt file; SampleFileRefused says what is wrong and what to ask for.

    `encoding` is the text's where somebody knows better than the detection. `known_names` counts the cells that read
    as names of columns: the row with most is the header.
    """
    if not content.strip():
        raise SampleFileRefused(f"Le fichier {name} est vide.")
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return _read_workbook(name, content, known_names)
    return _read_text(name, content, encoding, known_names)


def _read_workbook(name: str, content: bytes, known_names: CountNames) -> Sheet:
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets = {
            title: workbook.get_sheet_by_name(title).to_python(skip_empty_area=False)
            for title in workbook.sheet_names
        }
    except (CalamineError, zipfile.BadZipFile, OSError, ValueError) as broken:
        raise SampleFileRefused(
            f"Le classeur {name} ne s’ouvre pas : abîmé ou protégé par un mot de passe."
            " Enregistrez-le sans mot de passe, en .xlsx ou en .csv."
        ) from broken
    for title, rows in sheets.items():
        lines = [Line(number, tuple(cells)) for number, cells in enumerate(rows, 1)]
        sheet = _cut(lines, f"classeur, feuille « {title} »", known_names)
        if sheet is not None:
            return sheet
    raise SampleFileRefused(_no_header(name))


def _read_text(name: str, content: bytes, said: str | None, known_names: CountNames) -> Sheet:
    text, encoding = (_decoded_as(name, content, said), said) if said else _decode(content)
    readings = [
        _cut(_split(name, text, delimiter), f"{encoding}, séparateur {_shown(delimiter)}", known_names)
        for delimiter in _likely_delimiters(text)
    ]
    found = [sheet for sheet in readings if sheet is not None]
    if not found:
        raise SampleFileRefused(_no_header(name))
    return max(found, key=lambda sheet: known_names(sheet.header))


def _decode(content: bytes) -> tuple[str, str]:
    """The text and its encoding: what a mark says, else strict UTF-8, else Windows'."""
    marks = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
    named = [encoding for mark, encoding in marks if content.startswith(mark)]
    for encoding in (*named, "utf-8", "cp1252"):
        try:
            return content.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    return content.decode("latin-1"), "latin-1"


def _decoded_as(name: str, content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except (UnicodeDecodeError, LookupError) as wrong:
        raise SampleFileRefused(
            f"Le fichier {name} n’est pas en « {encoding} ». Essayez sans dire d’encodage, ou cp1252, ou utf-8."
        ) from wrong


def _likely_delimiters(text: str) -> list[str]:
    top = text[:20_000]
    return [delimiter for delimiter in _DELIMITERS if delimiter in top] or [";"]


def _split(name: str, text: str, delimiter: str) -> list[Line]:
    try:
        return list(_numbered(text, delimiter))
    except csv.Error as broken:
        raise SampleFileRefused(
            f"Le fichier {name} n’est pas un texte en colonnes ({broken})."
            " Enregistrez-le en .xlsx ou en .csv."
        ) from broken


def _numbered(text: str, delimiter: str) -> Iterator[Line]:
    """Rows with the line they begin on: a quoted cell may run over several."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    begins = 1
    for cells in reader:
        yield Line(begins, tuple(cells) or ("",))
        begins = reader.line_num + 1


def _cut(lines: Sequence[Line], described: str, known_names: CountNames) -> Sheet | None:
    """The sheet around its header: of the first lines, the one with most known names."""
    top = [(known_names(_names(line)), -index) for index, line in enumerate(lines[:_HEADER_WITHIN])]
    score, negative = max(top, default=(0, 0))
    if score < _ENOUGH:
        return None
    index = -negative
    below = list(lines[index + 1 :])
    while below and below[-1].is_empty:
        below.pop()
    above = tuple(line for line in lines[:index] if not line.is_empty)
    return Sheet(described=described, above=above, header=_names(lines[index]), below=tuple(below))


def _names(line: Line) -> tuple[str, ...]:
    return tuple(" ".join(str(cell).split()) for cell in line.cells)


def _shown(delimiter: str) -> str:
    return "tabulation" if delimiter == "\t" else f"« {delimiter} »"


def _no_header(name: str) -> str:
    return (
        f"Le fichier {name} n’a pas de ligne d’en-tête reconnue dans ses {_HEADER_WITHIN} premières lignes."
        " Il faut au moins une colonne d’identifiant (« id_externe ») et une de téléphone (« tel_mobile »)."
    )
