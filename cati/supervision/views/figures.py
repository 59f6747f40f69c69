"""The figures of the field: what `cati status` and `cati wave list` print."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from cati.surveys.views import parts_of

#: Of files given again, only the last one's rejected rows count.
_COUNTS = text(
    """
    select (select count(distinct bailleur_id) from wave_bailleurs) as bailleurs,
      (select count(*) from households) as households,
      (select count(*) from phones) as phones,
      (select count(*) from households where not_callable is null) as callable,
      (select count(*) from sample_rejects where import_id in (
         select max(id) from sample_imports group by wave_id, bailleur_id)) as rejected_rows
    """
)

_BY_CODE = {
    "reasons": text(
        "select not_callable, count(*) from households where not_callable is not null group by 1 order by 1"
    ),
    "cases": text("select state, count(*) from cases group by 1 order by 1"),
    "interviews": text("select state, count(*) from interviews group by 1 order by 1"),
}

_CELLS = text(
    """
    select b.name as bailleur, c.qpv, c.target, c.done, c.reserved, c.promised
    from quota_cells c join bailleurs b on b.id = c.bailleur_id
    order by c.wave_id, b.sort_key, b.id, c.qpv
    """
)


def status(db: Connection) -> dict[str, Any]:
    """Where the field stands, over all waves: what `cati status --json` prints."""
    counts = db.execute(_COUNTS).one()
    by_code = {
        name: {row[0]: row[1] for row in db.execute(statement)} for name, statement in _BY_CODE.items()
    }
    return {
        "bailleurs": counts.bailleurs,
        "households": counts.households,
        "phones": counts.phones,
        "callable": counts.callable,
        "reasons": by_code["reasons"],
        "rejected_rows": counts.rejected_rows,
        "cases": by_code["cases"],
        "interviews": by_code["interviews"],
        "quota_cells": [dict(row._mapping) for row in db.execute(_CELLS)],
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveFigures:
    """A wave and its size."""

    id: int
    code: str
    name: str
    state: str
    is_demo: bool
    bailleurs: int
    households: int
    objective: int
    done: int


_WAVES = text(
    """
    select w.id, w.code, w.name, w.state, w.is_demo,
      (select count(*) from wave_bailleurs p where p.wave_id = w.id) as bailleurs,
      (select count(*) from cases c where c.wave_id = w.id) as households,
      (select coalesce(sum(p.objective), 0) from wave_bailleurs p where p.wave_id = w.id) as objective,
      (select coalesce(sum(c.done), 0) from quota_cells c where c.wave_id = w.id) as done
    from waves w order by w.created_at desc, w.id desc
    """
)


def waves(db: Connection) -> list[WaveFigures]:
    """Every wave, the newest first."""
    return [WaveFigures(**row._mapping) for row in db.execute(_WAVES)]


@dataclass(frozen=True, slots=True)
class WaveChoice:
    """A wave whose field a supervisor may look at."""

    id: int
    code: str
    name: str


def open_waves(db: Connection) -> list[WaveChoice]:
    """The waves whose field is open, the newest first."""
    statement = "select id, code, name from waves where state = 'open' order by created_at desc, id desc"
    return [WaveChoice(row.id, row.code, row.name) for row in db.execute(text(statement))]


@dataclass(frozen=True, slots=True)
class BailleurChoice:
    """A bailleur of a wave that a supervisor may look at alone."""

    id: int
    code: str
    name: str


def bailleurs(db: Connection, wave_id: int) -> list[BailleurChoice]:
    """The bailleurs of the wave, by name."""
    return [BailleurChoice(row.id, row.code, row.name) for row in parts_of(db, wave_id)]
