"""SQL that makes surveys, waves, bailleurs and published questionnaires."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Table, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from cati.surveys.tables import bailleurs, questionnaires, surveys, wave_bailleurs, waves


def add_survey(db: Connection, code: str, name: str) -> int:
    """The survey's id; a code given again gets the new name."""
    return _upserted(db, surveys, "code", {"code": code, "name": name}, ["name"])


def add_bailleur(db: Connection, code: str, name: str, sort_key: str) -> int:
    """The bailleur's id; a code given again gets the new name."""
    columns = {"code": code, "name": name, "sort_key": sort_key}
    return _upserted(db, bailleurs, "code", columns, ["name", "sort_key"])


def add_wave(db: Connection, **columns: Any) -> int | None:
    """The new wave's id; None when the code is taken."""
    added = upsert(waves).values(**columns).on_conflict_do_nothing(index_elements=["code"])
    wave_id: int | None = db.execute(added.returning(waves.c.id)).scalar_one_or_none()
    return wave_id


def set_part(db: Connection, **columns: Any) -> None:
    """Write a bailleur's part in a wave; a part that is there already takes the new values."""
    given = upsert(wave_bailleurs).values(**columns)
    keys = {"wave_id", "bailleur_id"}
    changes = {name: given.excluded[name] for name in columns if name not in keys}
    db.execute(given.on_conflict_do_update(index_elements=sorted(keys), set_=changes))


def lock_code(db: Connection, code: str) -> None:
    """Whoever else publishes a version of this questionnaire waits until this transaction is over."""
    db.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"questionnaire {code}"))))


def questionnaire_of(db: Connection, sha256: str) -> int | None:
    """The published questionnaire with this fingerprint."""
    found: int | None = db.scalar(select(questionnaires.c.id).where(questionnaires.c.sha256 == sha256))
    return found


def versions(db: Connection, code: str) -> Sequence[Row[Any]]:
    """The published versions of a questionnaire, newest first."""
    newest = (questionnaires.c.published_at.desc(), questionnaires.c.id.desc())
    return db.execute(select(questionnaires).where(questionnaires.c.code == code).order_by(*newest)).all()


def add_questionnaire(db: Connection, **columns: Any) -> int | None:
    """The new row's id; None when another text has its version."""
    added = upsert(questionnaires).values(**columns).on_conflict_do_nothing()
    questionnaire_id: int | None = db.execute(added.returning(questionnaires.c.id)).scalar_one_or_none()
    return questionnaire_id


def set_wave(db: Connection, wave_id: int, **columns: Any) -> bool:
    """Change columns of a wave; whether there is such a wave."""
    changed = update(waves).where(waves.c.id == wave_id).values(**columns).returning(waves.c.id)
    return db.execute(changed).one_or_none() is not None


def _upserted(db: Connection, table: Table, key: str, columns: dict[str, Any], renewed: list[str]) -> int:
    given = upsert(table).values(**columns)
    changes = {name: given.excluded[name] for name in renewed}
    written = given.on_conflict_do_update(index_elements=[key], set_=changes).returning(table.c.id)
    row_id: int = db.execute(written).scalar_one()
    return row_id
