"""What an import finds (the bailleur's part, his known households, oppositions), its log, and the frame."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from cati.errors import NotFound
from cati.sample.bulk import any_of, insert_rows
from cati.sample.rules import Calendar, NotCallable, Reject
from cati.sample.tables import frame_cells, households, oppositions, sample_imports, sample_rejects
from cati.surveys.tables import bailleurs, calendars, questionnaires, wave_bailleurs, waves


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A bailleur's part in a wave, as an import needs it."""

    wave_id: int
    bailleur_id: int
    bailleur_code: str
    opens_on: date
    is_demo: bool  #: numbers reserved for fiction count as real ones


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A household that an earlier file gave."""

    id: int
    row_sha256: bytes
    not_callable: NotCallable | None
    qpv: bool | None


def part_of(db: Connection, wave_id: int, bailleur_id: int) -> Part:
    """The bailleur's part in the wave; the wave is locked, so that its files are imported one after another."""
    is_demo = db.scalar(select(waves.c.is_demo).where(waves.c.id == wave_id).with_for_update(key_share=True))
    found = db.execute(
        select(bailleurs.c.code, wave_bailleurs.c.opens_on)
        .join(bailleurs, bailleurs.c.id == wave_bailleurs.c.bailleur_id)
        .where(wave_bailleurs.c.wave_id == wave_id, wave_bailleurs.c.bailleur_id == bailleur_id)
    ).one_or_none()
    if found is None:
        raise NotFound("Ce bailleur ne prend pas part à cette édition.", wave=wave_id, bailleur=bailleur_id)
    return Part(
        wave_id=wave_id,
        bailleur_id=bailleur_id,
        bailleur_code=found.code,
        opens_on=found.opens_on,
        is_demo=bool(is_demo),
    )


def questionnaire_of(db: Connection, wave_id: int) -> str | None:
    """The text of the questionnaire that the wave's new cases begin with; None while it has none."""
    query = select(questionnaires.c.text).join(waves, waves.c.questionnaire_id == questionnaires.c.id)
    return db.scalar(query.where(waves.c.id == wave_id))


def known_households(db: Connection, part: Part) -> dict[str, Known]:
    """The bailleur's households of the wave, by external id."""
    rows = db.execute(
        select(
            households.c.external_id,
            households.c.id,
            households.c.row_sha256,
            households.c.not_callable,
            households.c.qpv,
        ).where(households.c.wave_id == part.wave_id, households.c.bailleur_id == part.bailleur_id)
    )
    return {
        row.external_id: Known(
            id=row.id,
            row_sha256=row.row_sha256,
            not_callable=NotCallable(row.not_callable) if row.not_callable else None,
            qpv=row.qpv,
        )
        for row in rows
    }


def calendar_ids(db: Connection, wanted: Iterable[Calendar]) -> dict[Calendar, int]:
    """The ids of these calendars, made where absent."""
    rows = [{"zone": one.zone, "holidays": one.holidays} for one in sorted(set(wanted), key=str)]
    if rows:
        db.execute(upsert(calendars).values(rows).on_conflict_do_nothing())
    return {Calendar(row.zone, row.holidays): row.id for row in db.execute(select(calendars))}


def opposed_among(db: Connection, hmacs: Collection[bytes]) -> frozenset[bytes]:
    """Which of these numbers somebody has asked never to be called on."""
    query = select(oppositions.c.phone_hmac).where(
        oppositions.c.lifted_at.is_(None), any_of(oppositions.c.phone_hmac, hmacs)
    )
    return frozenset(db.scalars(query))


def add_import(db: Connection, part: Part, **columns: Any) -> int:
    """The line of the import in the log."""
    added = insert(sample_imports).values(
        wave_id=part.wave_id, bailleur_id=part.bailleur_id, counts={}, **columns
    )
    import_id: int = db.execute(added.returning(sample_imports.c.id)).scalar_one()
    return import_id


def set_counts(db: Connection, import_id: int, counts: Mapping[str, object]) -> None:
    """Complete the line of the import with what it did."""
    db.execute(update(sample_imports).where(sample_imports.c.id == import_id).values(counts=counts))


def add_rejects(db: Connection, import_id: int, rejects: Sequence[Reject]) -> None:
    """Keep line and reason of each rejected row."""
    insert_rows(
        db,
        sample_rejects,
        [{"import_id": import_id, "line": one.line, "reason": one.reason} for one in rejects],
    )


def set_frame(db: Connection, wave_id: int, cells: Mapping[tuple[int, bool], int]) -> None:
    """Write how many leases each (bailleur, QPV) stands for; a cell given again is replaced."""
    rows = [
        {"wave_id": wave_id, "bailleur_id": bailleur_id, "qpv": qpv, "households": count}
        for (bailleur_id, qpv), count in cells.items()
    ]
    given = upsert(frame_cells).values(rows)
    db.execute(
        given.on_conflict_do_update(
            index_elements=["wave_id", "bailleur_id", "qpv"], set_={"households": given.excluded.households}
        )
    )


def bailleurs_of(db: Connection, wave_id: int) -> dict[str, int]:
    """The bailleurs of the wave: code → id."""
    query = (
        select(bailleurs.c.code, bailleurs.c.id)
        .join(wave_bailleurs, wave_bailleurs.c.bailleur_id == bailleurs.c.id)
        .where(wave_bailleurs.c.wave_id == wave_id)
    )
    return {row.code: row.id for row in db.execute(query)}
