"""What screens and commands read of surveys: a wave by its code, its bailleurs."""

from collections.abc import Sequence
from datetime import datetime
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


def bailleur_by_code(db: Connection, code: str) -> int:
    """The bailleur's id; NotFound when no file or wave names him."""
    found: int | None = db.scalar(select(bailleurs.c.id).where(bailleurs.c.code == code))
    if found is None:
        raise NotFound(f"Il n’y a pas de bailleur « {code} ».")
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


def check_visited(db: Connection, visit_id: int, now: datetime) -> None:
    """NotFound unless the visit may hear tenants of some bailleur at this moment."""
    on = select(wave_bailleurs.c.visit_id).where(
        wave_bailleurs.c.visit_id == visit_id,
        wave_bailleurs.c.visit_from <= now,
        wave_bailleurs.c.visit_until > now,
    )
    if db.execute(on.limit(1)).first() is None:
        raise NotFound(visit=visit_id)
