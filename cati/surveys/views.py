"""What screens and commands read of surveys: a wave by its code, its bailleurs."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from cati.errors import NotFound
from cati.surveys.tables import bailleurs, wave_bailleurs, waves


def wave_by_code(db: Connection, code: str) -> Row[Any]:
    """The row of `waves` with this code; NotFound tells the codes there are."""
    found = db.execute(select(waves).where(waves.c.code == code)).one_or_none()
    if found is None:
        codes = ", ".join(db.scalars(select(waves.c.code).order_by(waves.c.code))) or "aucune"
        raise NotFound(f"Il n’y a pas d’édition « {code} » (éditions : {codes}).")
    return found


def parts_of(db: Connection, wave_id: int) -> Sequence[Row[Any]]:
    """The wave's bailleurs (id, code, name) with their part in it, sorted as people expect."""
    query = (
        select(bailleurs.c.id, bailleurs.c.code, bailleurs.c.name, *wave_bailleurs.c[2:])
        .join(wave_bailleurs, wave_bailleurs.c.bailleur_id == bailleurs.c.id)
        .where(wave_bailleurs.c.wave_id == wave_id)
        .order_by(bailleurs.c.sort_key, bailleurs.c.id)
    )
    return db.execute(query).all()
