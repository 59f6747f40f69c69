"""Use cases of the sample: a bailleur's file imported, or tried; the frame imported."""

import functools
import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from cati.errors import SampleFileRefused
from cati.sample.declared import USUAL, Declared
from cati.sample.files import Sheet, read_sheet
from cati.sample.frame import read_frame
from cati.sample.reading import Reading, Row, read_households
from cati.sample.report import FrameReport, ImportReport, LockedChange, Moved, told
from cati.sample.rules import NotCallable, settle
from cati.sample.store import duplicates, imports
from cati.sample.store import households as written
from cati.sample.store.households import Source
from cati.sample.store.imports import Known, Part
from cati.sealing import Keys


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleFile:
    """A file as it was given, and by whom (None: from the command line)."""

    name: str
    content: bytes
    imported_by: int | None = None
    encoding: str | None = None  #: of a text, where the detection would be wrong

    @classmethod
    def at(cls, path: Path, *, encoding: str | None = None) -> "SampleFile":
        """The file at this path; SampleFileRefused when it cannot be read."""
        try:
            return cls(name=path.name, content=path.read_bytes(), encoding=encoding)
        except OSError as missing:
            raise SampleFileRefused(f"Le fichier {path} ne se lit pas : {missing.strerror}.") from missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """What the field has done already, which a corrected file must respect. The sample cannot know it by itself."""

    locked: frozenset[int] = frozenset()  #: households whose interview is open or later: left as they are
    attempted: frozenset[int] = frozenset()  #: called already: of duplicates, the one that stays callable


NOTHING_BEGUN = Begun()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """The rows of a file against the households known."""

    new: list[Row]
    changed: list[tuple[Known, Row]]
    unchanged: list[int]
    locked: list[LockedChange]
    gone: list[tuple[int, str]]


def import_file(
    db: Connection,
    *,
    wave_id: int,
    bailleur_id: int,
    file: SampleFile,
    keys: Keys,
    now: datetime,
    begun: Begun = NOTHING_BEGUN,
    dry_run: bool = False,
) -> ImportReport:
    """Import one file for one (wave, bailleur), or with `dry_run` say exactly what that would do and undo it.

    The columns kept beside what every study needs are those of the wave's questionnaire. The same file twice changes
    nothing. SampleFileRefused when the file as a whole cannot be read or lacks a column that the questionnaire needs,
    NotFound when the bailleur takes no part in the wave.
    """
    part = imports.part_of(db, wave_id, bailleur_id)
    sheet = read_sheet(file.name, file.content, encoding=file.encoding)
    declared = _declared(db, wave_id)
    reading = read_households(sheet, opens_on=part.opens_on, demo=part.is_demo, declared=declared)
    if not reading.rows:
        raise SampleFileRefused(_no_household(file.name, reading))
    with db.begin_nested() as trial:
        source = _source(db, part, file, reading, keys, now)
        report = _write(db, source, reading, begun, _blank_report(source, file, sheet, reading))
        if dry_run:
            trial.rollback()
    return replace(report, dry_run=dry_run)


def import_frame(db: Connection, wave_id: int, path: Path) -> FrameReport:
    """Import the frame of a wave: leases by bailleur and QPV. A cell given again is replaced."""
    file = SampleFile.at(path)
    frame = read_frame(file.name, file.content)
    known = imports.bailleurs_of(db, wave_id)
    strangers = sorted({code for code, _ in frame if code not in known})
    if strangers or not frame:
        raise SampleFileRefused(
            f"{file.name} : bailleurs qui ne prennent pas part à cette édition : {', '.join(strangers)}."
            if strangers
            else f"{file.name} ne donne aucune ligne de la base de sondage."
        )
    imports.set_frame(db, wave_id, {(known[code], qpv): count for (code, qpv), count in frame.items()})
    return FrameReport(cells=len(frame), households=sum(frame.values()))


def _declared(db: Connection, wave_id: int) -> Declared:
    """The sample columns of the wave's questionnaire; the usual ones while it has none."""
    text = imports.questionnaire_of(db, wave_id)
    return USUAL if text is None else _columns_of(text)


@functools.lru_cache(maxsize=8)  # a wave's files come one after another
def _columns_of(text: str) -> Declared:
    from cati.questionnaire import loader  # noqa: PLC0415  (whoever only names an import starts without the grammar)

    return loader.load(text).sample


def _no_household(name: str, reading: Reading) -> str:
    incomplete = next((one for one in reading.rejects if one.cell is not None), None)
    if incomplete is None:
        return f"{name} ne donne aucun ménage : rien que des titres, totaux ou lignes vides."
    return f"{name} ne donne aucun ménage complet : ligne {incomplete.line}, {told(incomplete)}."


def _source(
    db: Connection, part: Part, file: SampleFile, reading: Reading, keys: Keys, now: datetime
) -> Source:
    import_id = imports.add_import(
        db,
        part,
        file_name=file.name,
        sha256=hashlib.sha256(file.content).hexdigest(),
        dropped_columns=[*reading.mapping.dropped, *reading.mapping.refused],
        imported_by=file.imported_by,
        imported_at=now,
    )
    hashes = written.number_hashes(keys, reading.rows)
    return Source(
        part=part,
        import_id=import_id,
        now=now,
        keys=keys,
        hashes=hashes,
        calendars=imports.calendar_ids(db, (row.calendar for row in reading.rows)),
        opposed=imports.opposed_among(db, hashes.values()),
    )


def _write(
    db: Connection, source: Source, reading: Reading, begun: Begun, report: ImportReport
) -> ImportReport:
    wave_id = source.part.wave_id
    before = duplicates.reasons(db, wave_id)
    plan = _plan(source, imports.known_households(db, source.part), reading.rows, begun.locked)
    imports.add_rejects(db, source.import_id, reading.rejects)
    new_ids = written.add_households(db, source, plan.new)
    revived = written.change_households(db, source, plan.changed, begun.attempted)
    duplicates.spread_opposition(db, wave_id)
    duplicates.set_verdicts(db, settle(*duplicates.standings(db, wave_id, begun.attempted)))
    after = duplicates.reasons(db, wave_id)
    changed_ids = [known.id for known, _ in plan.changed]
    of_file = {*new_ids, *changed_ids, *plan.unchanged, *(one.household_id for one in plan.locked)}
    report = replace(
        report,
        not_callable=_counted(after[id_] for id_ in of_file if id_ in after),
        new_ids=tuple(new_ids),
        changed_ids=tuple(changed_ids),
        unchanged=len(plan.unchanged),
        gone=tuple(plan.gone),
        locked_changes=tuple(plan.locked),
        qpv_changed_ids=tuple(known.id for known, row in plan.changed if known.qpv != row.qpv),
        reopened_ids=tuple(id_ for id_ in revived if id_ not in after),
        moved=_moved(before, after, frozenset(new_ids)),
    )
    imports.set_counts(db, source.import_id, report.counts())
    return report


def _plan(source: Source, known: Mapping[str, Known], rows: Iterable[Row], locked: frozenset[int]) -> _Plan:
    plan = _Plan(new=[], changed=[], unchanged=[], locked=[], gone=[])
    given: set[str] = set()
    for row in rows:
        given.add(row.external_id)
        household = known.get(row.external_id)
        if household is None:
            plan.new.append(row)
        elif household.row_sha256 == source.row_sha256(row):
            plan.unchanged.append(household.id)
        elif household.id in locked:
            change = LockedChange(household_id=household.id, external_id=row.external_id, line=row.line)
            plan.locked.append(change)
        else:
            plan.changed.append((household, row))
    plan.gone.extend((known[external_id].id, external_id) for external_id in sorted(known.keys() - given))
    return plan


def _moved(
    before: Mapping[int, NotCallable], after: Mapping[int, NotCallable], new_ids: frozenset[int]
) -> tuple[Moved, ...]:
    return tuple(
        Moved(household_id=id_, before=before.get(id_), after=after.get(id_))
        for id_ in sorted((before.keys() | after.keys()) - new_ids)
        if before.get(id_) is not after.get(id_)
    )


def _counted(reasons: Iterable[NotCallable]) -> dict[NotCallable, int]:
    counts = Counter(reasons)
    return {reason: counts[reason] for reason in NotCallable if counts[reason]}


def _blank_report(source: Source, file: SampleFile, sheet: Sheet, reading: Reading) -> ImportReport:
    """What the file alone says; the rest is known once it is compared with the wave."""
    mapping = reading.mapping
    return ImportReport(
        import_id=source.import_id,
        wave_id=source.part.wave_id,
        bailleur_id=source.part.bailleur_id,
        file_name=file.name,
        sha256=hashlib.sha256(file.content).hexdigest(),
        dry_run=False,
        described=sheet.described,
        mapped_columns={
            mapping.headers[index]: name
            for name, indexes in (
                *((field.value, indexes) for field, indexes in mapping.fields.items()),
                *((name, (index,)) for name, index in mapping.declared.items()),
            )
            for index in indexes
        },
        questionnaire_columns={reader.name: reader.heading for reader in reading.columns.readers},
        absent_columns=reading.columns.absent,
        dropped_columns=mapping.dropped,
        refused_columns=mapping.refused,
        rejects=reading.rejects,
        misread=reading.misread,
        phones=sum(len(row.numbers) for row in reading.rows),
        phone_refusals=reading.refusals(),
    )
