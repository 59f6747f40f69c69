"""A floor to measure on: an embedded server of its own, a wave of any size, interviewers assigned to it.

Rows are made by SQL, not imported: a bench measures one thing. Names and numbers do not exist.
"""

import argparse
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.pool import NullPool

from cati import embedded, schema
from cati.database import connect
from cati.embedded import Server
from cati.questionnaire import loader
from cati.scheduling import store as scheduling
from cati.scheduling.rules import PRESETS

NOW = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
ROOT = Path(__file__).parents[1]
NAME = "bench"


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """A database with one open wave."""

    server: Server
    name: str
    engine: Engine  #: as cati_app
    wave_id: int
    interviewers: list[int]

    def fill(self, households: int, cells: int = 52) -> None:
        """Add fresh cases until the wave has this many, spread evenly over its cells."""
        with vacuuming(self.server, self.name) as db:
            db.execute(text("analyze"))  # else the planner takes the cells for one, and joins for minutes
        with owner(self.server, self.name) as db:
            _fill(db, self.wave_id, households, cells)
        with vacuuming(self.server, self.name) as db:
            db.execute(text("vacuum analyze"))


@contextmanager
def floor(
    interviewers: int = 50, target: int = 10_000, bailleurs: int = 26, pool: int = 60
) -> Iterator[Floor]:
    """An embedded server with an empty wave of so many bailleurs, QPV and not, all open."""
    with _server() as server:
        yield _floor(server, interviewers, target, bailleurs, pool)


@contextmanager
def owner(server: Server, name: str) -> Iterator[Connection]:
    """A transaction as cati_owner."""
    engine = create_engine(server.url("cati_owner", name), poolclass=NullPool)
    with engine.begin() as db:
        yield db


@contextmanager
def vacuuming(server: Server, name: str) -> Iterator[Connection]:
    """A connection outside any transaction, as the superuser."""
    engine = create_engine(
        server.url(embedded.SUPERUSER, name), poolclass=NullPool, isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as db:
        yield db


def server_cpu(server: Server) -> float:
    """Seconds of CPU that the server and its backends, living and dead, have used."""
    postmaster = int((server.directory / "postmaster.pid").read_text().split()[0])
    living = [postmaster, *_children(postmaster)]
    return sum(cpu_of(pid) for pid in living) + _dead_children_cpu(postmaster)


def show(lines: list[dict[str, object]]) -> None:
    """Print each bar as one line of JSON (`--json`) or as a sentence; exit 1 if one is missed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    asked, _ = parser.parse_known_args()
    for line in lines:
        if asked.json:
            print(json.dumps(line, ensure_ascii=False))
        else:
            mark = "ok " if line["ok"] else "BAD"
            print(
                f"{mark} {line['name']}: {line['figure']} {line['unit']} (floor {line['floor']}, bar {line['bar']})"
            )
    raise SystemExit(0 if all(line["ok"] for line in lines) else 1)


def bar(
    name: str,
    figure: float,
    unit: str,
    floor_figure: float,
    most: float | None,
    *,
    ratio: float | None = None,
    absolute: bool = False,
) -> dict[str, object]:
    """One measured line: `ratio` (figure over floor unless given) must not pass `most`; None: printed without a bar.

    `absolute`: it is the figure that must not.
    """
    found = ratio if ratio is not None else (figure / floor_figure if floor_figure else 0.0)
    return {
        "name": name,
        "figure": round(figure, 4),
        "unit": unit,
        "floor": round(floor_figure, 4),
        "ratio": round(found, 3),
        "bar": most,
        "ok": most is None or (figure if absolute else found) <= most,
    }


@contextmanager
def empty(pool: int = 60) -> Iterator[Floor]:
    """A migrated database with nothing in it."""
    with _server() as server:
        _make(server)
        engine = connect(server.url("cati_app", NAME), pool_size=pool)
        yield Floor(server=server, name=NAME, engine=engine, wave_id=0, interviewers=[])
        engine.dispose()


@contextmanager
def _server() -> Iterator[Server]:
    var = Path(tempfile.mkdtemp(prefix="cati-bench-"))
    var.chmod(0o755)
    try:
        with embedded.running(var) as server:
            yield server
    finally:
        embedded.destroy(var)
        shutil.rmtree(var, ignore_errors=True)


def _make(server: Server) -> None:
    admin = create_engine(
        server.url(embedded.SUPERUSER, "postgres"), poolclass=NullPool, isolation_level="AUTOCOMMIT"
    )
    with admin.connect() as db:
        for role in embedded.ROLES:
            db.execute(text(f"create role {role} login password '{server.passwords[role]}'"))
        schema.make_database(db, NAME)
    schema.migrate(server.url("cati_owner", NAME))


def _floor(server: Server, interviewers: int, target: int, bailleurs: int, pool: int) -> Floor:
    _make(server)
    with owner(server, NAME) as db:
        wave_id = _wave(db, bailleurs, target)
        scheduling.set_protocol(db, wave_id, PRESETS["démonstration"], reason="bench", by=None, now=NOW)
        people = _interviewers(db, wave_id, interviewers)
    engine = connect(server.url("cati_app", NAME), pool_size=pool)
    return Floor(server=server, name=NAME, engine=engine, wave_id=wave_id, interviewers=people)


def _wave(db: Connection, bailleurs: int, target: int) -> int:
    source = (ROOT / "questionnaires" / "triennale.yaml").read_text()
    questionnaire = loader.load(source, "triennale")
    facts = {
        "now": NOW,
        "text": source,
        "code": questionnaire.id,
        "version": questionnaire.version,
        "sha": questionnaire.sha256,
        "bailleurs": bailleurs,
        "target": target,
    }
    wave_id: int = db.execute(text(_WAVE), facts).scalar_one()
    db.execute(text(_CELLS), facts)
    return wave_id


_WAVE = """
with survey as (insert into surveys (code, name) values ('bench', 'bench') returning id),
q as (insert into questionnaires (code, version, sha256, text, published_at)
      values (:code, :version, :sha, :text, :now) returning id),
calendar as (insert into calendars (zone, holidays) values ('Europe/Paris', 'FR') returning id),
b as (insert into bailleurs (code, name, sort_key)
      select lpad(n::text, 2, '0'), 'Bailleur ' || n, 'bailleur ' || lpad(n::text, 2, '0')
      from generate_series(1, :bailleurs) n returning id),
w as (insert into waves (survey_id, code, name, institute, state, questionnaire_id, line, is_demo, created_at)
      select survey.id, 'bench', 'bench', 'Institut', 'open', q.id, 'simulated', true, :now from survey, q
      returning id),
p as (insert into wave_bailleurs (wave_id, bailleur_id, opens_on, closes_on, opened_at, objective, legal_basis,
                                  information_text, dpo_contact)
      select w.id, b.id, '2026-11-01', '2027-02-28', :now, :target, 'legitimate_interest', '-', 'dpo@example.org'
      from w, b)
select id from w
"""

_CELLS = """
with cells as (
  insert into quota_cells (wave_id, bailleur_id, qpv, target, margin, done, reserved, promised, paused)
  select wave_id, bailleur_id, qpv, :target, 0, 0, 0, 0, false
  from wave_bailleurs cross join (values (true), (false)) as halves(qpv)
)
insert into sample_imports (wave_id, bailleur_id, file_name, sha256, counts, dropped_columns, imported_at)
select wave_id, bailleur_id, 'bench', 'bench', '{}', '[]', :now from wave_bailleurs
"""

_FILL = """
with cells as (
  select c.id, c.bailleur_id, c.qpv, row_number() over (order by c.id) - 1 as n, i.id as import_id
  from quota_cells c join sample_imports i on i.bailleur_id = c.bailleur_id
  where c.wave_id = :wave order by c.id limit :cells
), h as (
  insert into households (wave_id, bailleur_id, external_id, qpv, calendar_id, sample, import_id, line, row_sha256,
                          created_at, changed_at)
  select :wave, cells.bailleur_id, 'H' || each.n, cells.qpv, (select min(id) from calendars),
    '{"type_logement": "collectif", "anciennete_ans": 8, "annee_entree": 2018, "ascenseur": true, "chauffage": 1}',
    cells.import_id, each.n, '\\x00', :now, :now
  from generate_series((select count(*) from households), :households - 1) as each(n)
  join cells on cells.n = each.n % :cells
  returning id, bailleur_id, qpv
), c as (
  insert into cases (wave_id, household_id, state, wait_reason, since)
  select :wave, h.id, 'waiting', 'fresh', :now from h returning id, household_id
)
insert into case_queue (case_id, wave_id, cell_id, calendar_id, ready, cell_open, holds_place, fresh, step, rank,
                        due_at)
select c.id, :wave, cell.id, (select min(id) from calendars), true, true, false, true, 6,
  (hashint8extended(c.id, 20261) & 2147483647)::float8 / 2147483648, :now
from c join h on h.id = c.household_id
join quota_cells cell on cell.wave_id = :wave and cell.bailleur_id = h.bailleur_id and cell.qpv = h.qpv
"""


def _fill(db: Connection, wave_id: int, households: int, cells: int) -> None:
    db.execute(text(_FILL), {"wave": wave_id, "households": households, "cells": cells, "now": NOW})


def _interviewers(db: Connection, wave_id: int, count: int) -> list[int]:
    made = """
    with u as (
      insert into users (login, first_name, display_name, sort_key, role, password_hash, created_at)
      select 'te' || n, 'Camille', 'TE ' || n, 'te ' || lpad(n::text, 4, '0'), 'interviewer', '-', :now
      from generate_series(1, :count) n returning id
    ), a as (
      insert into assignments (user_id, wave_id, skill, starts_at) select id, :wave, '', :now from u
    )
    select id from u order by id
    """
    return list(db.execute(text(made), {"wave": wave_id, "count": count, "now": NOW}).scalars())


def _children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in found]


_TICK = os.sysconf("SC_CLK_TCK")


def _stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def cpu_of(pid: int) -> float:
    """Seconds of CPU a process has used; 0 once it is gone."""
    try:
        stat = _stat(pid)
    except FileNotFoundError:
        return 0.0  # a backend that ended meanwhile: its time is with its parent's dead children
    return (int(stat[11]) + int(stat[12])) / _TICK


def _dead_children_cpu(pid: int) -> float:
    stat = _stat(pid)
    return (int(stat[13]) + int(stat[14])) / _TICK
