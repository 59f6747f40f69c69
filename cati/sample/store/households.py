"""SQL that writes households: their facts, their contacts and numbers sealed, in a few statements for a whole file."""

import functools
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select

from cati.phone import PhoneFlag, Validity
from cati.sample.bulk import any_of, insert_rows, reserve_ids, update_rows
from cati.sample.reading import Contact, Number, Row
from cati.sample.rules import Calendar, NotCallable, NumberStatus
from cati.sample.store.imports import Known, Part
from cati.sample.tables import contacts, households, phones
from cati.sealing import Keys

_Columns = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The import that writes: for whom, when, with which keys."""

    part: Part
    import_id: int
    now: datetime
    keys: Keys
    calendars: Mapping[Calendar, int]
    hashes: Mapping[str, bytes]  #: E.164 → keyed hash, of the file's numbers
    opposed: frozenset[bytes]  #: keyed hashes of the file's numbers that are never to be called

    def row_sha256(self, row: Row) -> bytes:
        """The keyed hash of what the file says of a household."""
        return self.keys.fingerprint("row", row.content())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Numbers:
    """What a corrected row changes among a household's numbers."""

    updated: list[_Columns]
    added: list[_Columns]
    withdrawn: list[int]
    revived: bool  #: none was usable, one is


def add_households(db: Connection, source: Source, rows: Sequence[Row]) -> list[int]:
    """Write new households with their sealed contacts and numbers; their ids, in the order given."""
    ids = reserve_ids(db, households, len(rows))
    pairs = list(zip(ids, rows, strict=True))
    place = {"wave_id": source.part.wave_id, "bailleur_id": source.part.bailleur_id, "created_at": source.now}
    facts = [
        {"id": id_, "external_id": row.external_id} | place | _facts(source, row, None) for id_, row in pairs
    ]
    insert_rows(db, households, facts)
    insert_rows(db, contacts, [_sealed_contact(source.keys, id_, row.contact) for id_, row in pairs])
    numbers = [
        _number(source, row, number, rank) | {"household_id": id_}
        for id_, row in pairs
        for rank, number in enumerate(row.numbers, 1)
    ]
    _add_numbers(db, source.keys, numbers)
    return ids


def change_households(
    db: Connection, source: Source, changed: Sequence[tuple[Known, Row]], attempted: Collection[int]
) -> list[int]:
    """Write what a corrected file says; the ids of households that had no usable number and have one now.

    A number that the file no longer has is deleted, or dead if its household was called already: the history of
    calls names it.
    """
    facts = [{"id": known.id} | _facts(source, row, known.not_callable) for known, row in changed]
    update_rows(db, households, "id", facts)
    sealed = [_sealed_contact(source.keys, known.id, row.contact) for known, row in changed]
    update_rows(db, contacts, "household_id", sealed)
    before = _numbers_before(db, [known.id for known, _ in changed])
    compared = {known.id: _compare(source, known.id, row, before.get(known.id, {})) for known, row in changed}
    update_rows(
        db, phones, "id", [_sealed_number(source.keys, one) for c in compared.values() for one in c.updated]
    )
    _withdraw(db, compared, attempted)
    _add_numbers(db, source.keys, [one for c in compared.values() for one in c.added])
    return [id_ for id_, c in compared.items() if c.revived]


def number_hashes(keys: Keys, rows: Iterable[Row]) -> dict[str, bytes]:
    """The keyed hash of every number of these rows, by its E.164 form."""
    return {number.phone.e164: keys.phone_hmac(number.phone.e164) for row in rows for number in row.numbers}


def _facts(source: Source, row: Row, before: NotCallable | None) -> _Columns:
    opposed = before is NotCallable.OPPOSITION or any(
        source.hashes[number.phone.e164] in source.opposed for number in row.numbers
    )
    return {
        "qpv": row.qpv,
        "department": row.department,
        "calendar_id": source.calendars[row.calendar],
        "agency": row.agency,
        "residence_code": row.residence_code,
        "sample": json.dumps(row.sample),
        "not_callable": NotCallable.OPPOSITION if opposed else row.not_callable,
        "duplicate_of": None,
        "import_id": source.import_id,
        "line": row.line,
        "row_sha256": source.row_sha256(row),
        "changed_at": source.now,
    }


def _sealed_contact(keys: Keys, household_id: int, contact: Contact) -> _Columns:
    sealed: _Columns = {"household_id": household_id}
    for column in fields(contact):
        said: str = getattr(contact, column.name)
        sealed[column.name] = keys.seal(f"contacts.{column.name}", household_id, said) if said else None
    dwelling = contact.dwelling
    sealed["same_dwelling_hmac"] = keys.fingerprint("dwelling", dwelling) if dwelling else None
    return sealed


def _number(source: Source, row: Row, number: Number, rank: int) -> _Columns:
    """A number's columns, not yet sealed: it is sealed for its own id."""
    phone_hmac = source.hashes[number.phone.e164]
    opposed = row.not_callable is NotCallable.OPPOSITION or phone_hmac in source.opposed
    return {
        "rank": rank,
        "e164": number.phone.e164,
        "raw": number.raw,
        "phone_hmac": phone_hmac,
        "kind": number.phone.kind,
        "to_check": number.phone.validity is Validity.UNSURE,
        "flags": _flags(number.phone.flags),
        "source_column": number.column,
        "status": NumberStatus.OPPOSED if opposed else NumberStatus.USABLE,
    }


@functools.cache  # a handful of sets
def _flags(flags: frozenset[PhoneFlag]) -> str:
    return json.dumps([flag for flag in PhoneFlag if flag in flags])


def _sealed_number(keys: Keys, columns: _Columns) -> _Columns:
    id_ = columns["id"]
    return columns | {
        "e164": keys.seal("phones.e164", id_, columns["e164"]),
        "raw": keys.seal("phones.raw", id_, columns["raw"]),
    }


def _add_numbers(db: Connection, keys: Keys, numbers: list[_Columns]) -> None:
    ids = reserve_ids(db, phones, len(numbers))
    rows = [_sealed_number(keys, columns | {"id": id_}) for id_, columns in zip(ids, numbers, strict=True)]
    insert_rows(db, phones, rows)


def _numbers_before(
    db: Connection, household_ids: list[int]
) -> dict[int, dict[bytes, tuple[int, NumberStatus]]]:
    query = select(phones.c.household_id, phones.c.phone_hmac, phones.c.id, phones.c.status).where(
        any_of(phones.c.household_id, household_ids)
    )
    before: dict[int, dict[bytes, tuple[int, NumberStatus]]] = {}
    for row in db.execute(query):
        before.setdefault(row.household_id, {})[row.phone_hmac] = (row.id, NumberStatus(row.status))
    return before


def _compare(
    source: Source, household_id: int, row: Row, before: Mapping[bytes, tuple[int, NumberStatus]]
) -> _Numbers:
    """A number known already keeps its id, and stays dead or opposed whatever the file says."""
    given = [_number(source, row, number, rank) for rank, number in enumerate(row.numbers, 1)]
    updated, added = [], []
    for columns in given:
        known = before.get(columns["phone_hmac"])
        if known is None:
            added.append(columns | {"household_id": household_id})
            continue
        kept = columns["status"] if known[1] is NumberStatus.USABLE else known[1]
        updated.append(columns | {"id": known[0], "status": kept})
    hashes = {columns["phone_hmac"] for columns in given}
    return _Numbers(
        updated=updated,
        added=added,
        withdrawn=[id_ for hash_, (id_, _) in before.items() if hash_ not in hashes],
        revived=all(status is not NumberStatus.USABLE for _, status in before.values())
        and any(columns["status"] is NumberStatus.USABLE for columns in (*updated, *added)),
    )


def _withdraw(db: Connection, compared: Mapping[int, _Numbers], attempted: Collection[int]) -> None:
    removed = [id_ for household, c in compared.items() if household not in attempted for id_ in c.withdrawn]
    if removed:
        db.execute(delete(phones).where(phones.c.id.in_(removed)))
    kept = [
        {"id": id_, "rank": len(c.updated) + len(c.added) + place, "status": NumberStatus.DEAD}
        for household, c in compared.items()
        if household in attempted
        for place, id_ in enumerate(c.withdrawn, 1)
    ]
    update_rows(db, phones, "id", kept)
