"""SQL of what households of a wave have in common: oppositions that spread, numbers and homes that are shared."""

from collections.abc import Collection, Mapping

from sqlalchemy import Column, ColumnElement, Connection, func, select, text

from cati.sample.bulk import any_of, update_rows
from cati.sample.rules import OF_THE_WAVE, NotCallable, NumberStatus, Standing, Verdict
from cati.sample.tables import contacts, households, phones
from cati.surveys.tables import bailleurs


def spread_opposition(db: Connection, wave_id: int) -> None:
    """A number opposed in one household is opposed in every household of the wave that has it."""
    db.execute(
        text("""
            with opposed as materialized (
                select distinct number.phone_hmac from phones number
                join households home on home.id = number.household_id
                where home.wave_id = :wave and number.status = 'opposed'
            ), struck as (
                update phones set status = 'opposed' from households home
                where home.id = phones.household_id and home.wave_id = :wave and phones.status = 'usable'
                  and phones.phone_hmac in (select phone_hmac from opposed)
                returning phones.household_id
            )
            update households set not_callable = 'opposition', duplicate_of = null
            where id in (select household_id from struck) and not_callable is distinct from 'opposition'
        """),
        {"wave": wave_id},
    )


def standings(
    db: Connection, wave_id: int, attempted: Collection[int]
) -> tuple[list[Standing], list[list[int]], list[list[int]]]:
    """The households that share a number or a home, or did; the groups by number; the groups by home."""
    by_number = _groups(db, wave_id, phones.c.phone_hmac, phones.c.status != NumberStatus.DEAD)
    by_home = _groups(db, wave_id, contacts.c.same_dwelling_hmac, contacts.c.same_dwelling_hmac.is_not(None))
    grouped = {household for group in (*by_number, *by_home) for household in group}
    rows = db.execute(
        select(households.c.id, households.c.external_id, households.c.not_callable, bailleurs.c.code)
        .join(bailleurs, bailleurs.c.id == households.c.bailleur_id)
        .where(households.c.wave_id == wave_id)
        .where(households.c.id.in_(grouped) | households.c.not_callable.in_(list(OF_THE_WAVE)))
    )
    who = [
        Standing(
            household_id=row.id,
            bailleur_code=row.code,
            external_id=row.external_id,
            own=_own(row.not_callable),
            attempted=row.id in attempted,
        )
        for row in rows
    ]
    return who, by_number, by_home


def set_verdicts(db: Connection, verdicts: Mapping[int, Verdict]) -> None:
    """Write who may be called; rows that would not change are left alone."""
    rows = [
        {"id": id_, "not_callable": verdict.not_callable, "duplicate_of": verdict.duplicate_of}
        for id_, verdict in verdicts.items()
    ]
    present = {
        row.id: (row.not_callable, row.duplicate_of)
        for row in db.execute(
            select(households.c.id, households.c.not_callable, households.c.duplicate_of).where(
                households.c.id.in_(verdicts)
            )
        )
    }
    changed = [row for row in rows if (row["not_callable"], row["duplicate_of"]) != present[row["id"]]]
    update_rows(db, households, "id", changed)


def reasons(db: Connection, wave_id: int) -> dict[int, NotCallable]:
    """The households of the wave that may not be called, and why."""
    query = select(households.c.id, households.c.not_callable).where(
        households.c.wave_id == wave_id, households.c.not_callable.is_not(None)
    )
    return {row.id: NotCallable(row.not_callable) for row in db.execute(query)}


def _groups(
    db: Connection, wave_id: int, hashed: Column[bytes], kept: ColumnElement[bool]
) -> list[list[int]]:
    """Households of the wave with the same keyed hash, where two or more have it."""
    household = (phones if hashed.table is phones else contacts).c.household_id
    first = db.scalar(select(func.min(households.c.id)).where(households.c.wave_id == wave_id))
    # Later ids may be of other waves: then a few hashes too many are looked up below, where the wave is checked.
    shared = (
        select(hashed)
        .where(household >= first, kept)
        .group_by(hashed)
        .having(func.min(household) < func.max(household))
    )
    # Two statements, the second by the index of the hash: a few hundred, of tens of thousands.
    hashes = list(db.scalars(shared))
    sharing = (
        select(hashed.label("hash"), household.label("household_id"))
        .where(any_of(hashed, hashes), kept)
        .cte("sharing")
        .prefix_with("materialized")
    )
    groups: dict[bytes, list[int]] = {hash_: [] for hash_ in hashes}
    of_this_wave = select(sharing).join(households, households.c.id == sharing.c.household_id)
    for hash_, household_id in db.execute(of_this_wave.where(households.c.wave_id == wave_id)):
        groups[hash_].append(household_id)
    return list(groups.values())


def _own(reason: str | None) -> NotCallable | None:
    return None if reason is None or reason in OF_THE_WAVE else NotCallable(reason)
