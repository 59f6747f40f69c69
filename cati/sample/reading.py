"""From a file's rows to households: what each is, its numbers, why it may not be called, and which rows are none."""

import functools
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from cati.phone import Phone, PhoneKind, PhoneReading, PhoneRefusal, read_phones
from cati.sample import cells
from cati.sample.columns import Field, Mapping, folded, map_columns
from cati.sample.declared import USUAL, Columns, Declared, Reader, Value, by_heading, find_columns
from cati.sample.files import Line, Sheet
from cati.sample.rules import (
    Calendar,
    Misread,
    NotCallable,
    Reject,
    RejectReason,
    calendar_of,
    department_of,
    own_reason,
)

_CANONICAL = json.JSONEncoder(sort_keys=True, ensure_ascii=False)

ReadCell = Callable[[str, str], PhoneReading]  # (what the cell says, postcode)
_Texts = dict[Field, str]
_DIALLED_FIRST = tuple(PhoneKind)
_SILENT: _Texts = dict.fromkeys(Field, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Who lives there, '' where the file says nothing. Sealed before it is stored."""

    civility: str = ""
    last_name: str = ""
    first_name: str = ""
    co_holder: str = ""
    residence: str = ""
    address: str = ""
    postcode: str = ""
    commune: str = ""
    email: str = ""
    language: str = ""

    @property
    def dwelling(self) -> str:
        """Folded name and address, by which two leases of one home are found; '' if either is missing."""
        name, address = folded(f"{self.last_name} {self.first_name}"), folded(self.address)
        return f"{name}|{address}|{self.postcode}" if name and address else ""


@dataclass(frozen=True, slots=True)
class Number:
    """A number of the household and where the file says it."""

    phone: Phone
    raw: str
    column: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A household as its file gives it."""

    line: int
    external_id: str
    qpv: bool | None
    department: str | None
    calendar: Calendar
    agency: str | None
    residence_code: str | None
    sample: dict[str, Value]
    contact: Contact
    numbers: tuple[Number, ...]
    refusals: tuple[PhoneRefusal, ...]
    not_callable: NotCallable | None

    def content(self) -> str:
        """All that the file says of the household: equal texts, nothing to change."""
        who = [getattr(self.contact, name) for name in Contact.__slots__]
        numbers = [(one.phone.e164, one.raw, one.column) for one in self.numbers]
        facts = [self.qpv, self.department, self.agency, self.residence_code, self.sample, self.not_callable]
        return _CANONICAL.encode([facts, who, numbers])


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a file holds."""

    mapping: Mapping
    rows: tuple[Row, ...]
    rejects: tuple[Reject, ...]
    columns: Columns  #: those that the questionnaire declares
    misread: tuple[Misread, ...]  #: cells of accepted rows, left unknown

    def refusals(self) -> Counter[PhoneRefusal]:
        """How many numbers were refused, by reason."""
        return Counter(refusal for row in self.rows for refusal in row.refusals)


def read_households(sheet: Sheet, *, opens_on: date, demo: bool, declared: Declared = USUAL) -> Reading:
    """Read every row. `opens_on` is the opening of the bailleur's field: seniority counts up to it.

    `declared`: the columns of the wave's questionnaire. SampleFileRefused when one that it needs is not in the file.
    """
    mapping = map_columns(sheet.header, by_heading(declared))
    columns = find_columns(declared, mapping, opens_on)
    # The same cell comes back (a switchboard, a placeholder): read once a file, forgotten with it.
    read_cell = functools.cache(functools.partial(_read_cell, demo))
    text_of = functools.lru_cache(maxsize=None, typed=True)(cells.text_of)
    rejects = [Reject(line=line.number, reason=RejectReason.TITLE) for line in sheet.above]
    rows: list[Row] = []
    misread: list[Misread] = []
    seen: set[str] = set()
    for line in sheet.below:
        texts = tuple(map(text_of, line.cells))
        sample, wrong = _sample(line.number, texts, columns.readers)
        reject = _reject(line.number, texts, mapping, seen, wrong)
        if reject is not None:
            rejects.append(reject)
            continue
        row = _read_row(line, texts, mapping, read_cell, sample)
        seen.add(row.external_id)
        rows.append(row)
        misread += [cell for cell, _ in wrong]
    return Reading(
        mapping=mapping, rows=tuple(rows), rejects=tuple(rejects), columns=columns, misread=tuple(misread)
    )


def _read_cell(demo: bool, text: str, postcode: str) -> PhoneReading:
    return read_phones(text, postcode=postcode, demo=demo)


def _reject(
    line: int, texts: tuple[str, ...], mapping: Mapping, seen: set[str], wrong: list[tuple[Misread, bool]]
) -> Reject | None:
    reason = _reject_reason(texts, mapping, seen)
    if reason is not None:
        return Reject(line=line, reason=reason)
    missing = next((cell for cell, is_needed in wrong if is_needed), None)
    return Reject(line=line, reason=RejectReason.INCOMPLETE, cell=missing) if missing else None


def _reject_reason(texts: tuple[str, ...], mapping: Mapping, seen: set[str]) -> RejectReason | None:
    filled = [text for text in texts if text]
    if not filled:
        return RejectReason.EMPTY
    if _is_total(filled):
        return RejectReason.TOTAL
    place = mapping.fields[Field.EXTERNAL_ID][0]
    external_id = _text_at(texts, place)
    if external_id and external_id == mapping.headers[place]:
        return RejectReason.TITLE  # the header again: sheets put one after another
    if not external_id:
        return RejectReason.TITLE if len(filled) == 1 else RejectReason.NO_ID
    return RejectReason.REPEATED if external_id in seen else None


def _is_total(filled: list[str]) -> bool:
    """« TOTAL », « Nombre de lignes : 624 »: the first words of a row that says little else."""
    return len(filled) <= 4 and folded(filled[0]).startswith(
        ("total", "sous total", "nombre", "effectif", "nb ")
    )


def _read_row(
    line: Line, texts: tuple[str, ...], mapping: Mapping, read_cell: ReadCell, sample: dict[str, Value]
) -> Row:
    said = _by_field(texts, mapping)
    postcode = cells.postcode_of(said[Field.POSTCODE])
    department = department_of(postcode) or department_of(cells.postcode_of(said[Field.INSEE]))
    numbers, refusals = _numbers(texts, mapping, read_cell, postcode)
    qpv = cells.qpv_of(said[Field.QPV], said[Field.QPV_CODE])
    return Row(
        line=line.number,
        external_id=said[Field.EXTERNAL_ID],
        qpv=qpv,
        department=department,
        calendar=calendar_of(department),
        agency=said[Field.AGENCY] or None,
        residence_code=said[Field.RESIDENCE_CODE] or None,
        sample=sample,
        contact=_contact(said, texts, mapping, postcode),
        numbers=numbers,
        refusals=refusals,
        not_callable=own_reason(
            opposed=cells.is_said(said[Field.OPPOSITION]),
            under_guardianship=cells.is_said(said[Field.GUARDIANSHIP]),
            has_number=bool(numbers),
            qpv=qpv,
        ),
    )


def _by_field(texts: tuple[str, ...], mapping: Mapping) -> _Texts:
    """What each field says, '' where the file has no such column; of fields in several columns, the first."""
    said = _SILENT.copy()
    for field, places in mapping.fields.items():
        said[field] = _text_at(texts, places[0])
    return said


def _text_at(texts: tuple[str, ...], place: int) -> str:
    return texts[place] if place < len(texts) else ""


def _numbers(
    texts: tuple[str, ...], mapping: Mapping, read_cell: ReadCell, postcode: str
) -> tuple[tuple[Number, ...], tuple[PhoneRefusal, ...]]:
    """Each number once, mobiles first: they answer more, and any member of the household may hold the others."""
    found: dict[str, Number] = {}
    refusals: list[PhoneRefusal] = []
    for index in mapping.fields[Field.PHONE]:
        raw = _text_at(texts, index)
        reading = read_cell(raw, postcode[:2] if postcode.startswith(("97", "98")) else "")
        refusals.extend(reading.refusals)
        for phone in reading.phones:
            found.setdefault(phone.e164, Number(phone, raw, mapping.headers[index]))
    return tuple(sorted(found.values(), key=lambda one: _DIALLED_FIRST.index(one.phone.kind))), tuple(
        refusals
    )


def _sample(
    line: int, texts: tuple[str, ...], columns: tuple[Reader, ...]
) -> tuple[dict[str, Value], list[tuple[Misread, bool]]]:
    """The columns that conditions of the questionnaire read, one not known being absent; and the cells to be told of,
    with whether the row cannot do without."""
    known: dict[str, Value] = {}
    wrong: list[tuple[Misread, bool]] = []
    for column in columns:
        text = _text_at(texts, column.place)
        value = column.read(text) if text else None
        if value is not None:
            known[column.name] = value
        elif column.required or (text and column.told):
            wrong.append((column.misread(line), column.required))
    return known, wrong


def _contact(said: _Texts, texts: tuple[str, ...], mapping: Mapping, postcode: str) -> Contact:
    lines = [_text_at(texts, place) for place in mapping.fields.get(Field.ADDRESS, ())]
    return Contact(
        civility=said[Field.CIVILITY],
        last_name=said[Field.LAST_NAME],
        first_name=said[Field.FIRST_NAME],
        co_holder=said[Field.CO_HOLDER],
        residence=said[Field.RESIDENCE],
        address=", ".join(filter(None, lines)),
        postcode=postcode,
        commune=said[Field.COMMUNE],
        email=said[Field.EMAIL],
        language=said[Field.LANGUAGE],
    )
