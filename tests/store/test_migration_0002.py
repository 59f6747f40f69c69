"""The migration to the live floor, on an installation that is in the field: what was there stays, as it was."""

from datetime import UTC, datetime
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, inspect, text
from sqlalchemy.pool import NullPool

from cati import schema
from cati.audit import views
from cati.audit.actions import seal_new_lines
from cati.database import observer_pass, restrict
from cati.sealing import Keys
from tests.conftest import Database

#: An installation at 0001, in its own words: two bailleurs, a household each, one interviewed, one never called.
DATA = """
insert into users (login, first_name, display_name, sort_key, number, role, password_hash, created_at) values
  ('te1', 'Camille', 'Camille F.', 'camille f.', 101, 'interviewer', 'x', '2026-11-01Z'),
  ('chef', 'Alix', 'Alix F.', 'alix f.', null, 'supervisor', 'x', '2026-11-01Z');
insert into sessions (token_sha256, user_id, csrf_token, created_at, seen_at, expires_at)
  values ('t', 1, 'c', '2026-11-24Z', '2026-11-24Z', '2026-11-25Z');
insert into stations (user_id, state, since, seen_at) values (1, 'in_call', '2026-11-24Z', '2026-11-24Z');
insert into surveys (code, name) values ('triennale', 'Enquête triennale');
insert into questionnaires (code, version, sha256, text, published_at)
  values ('triennale', '1', 'aa', 'questionnaire: triennale', '2026-11-01Z');
insert into waves (survey_id, code, name, institute, state, questionnaire_id, line, is_demo, created_at)
  values (1, 'T26', 'Triennale 2026', 'Institut', 'open', 1, 'manual', false, '2026-11-01Z');
insert into bailleurs (code, name, sort_key) values ('01', 'Habitat A', 'habitat a'), ('02', 'Habitat B', 'habitat b');
insert into wave_bailleurs (wave_id, bailleur_id, opens_on, closes_on, opened_at, objective, legal_basis,
    information_text, dpo_contact)
  select 1, id, '2026-11-01', '2027-01-31', '2026-11-01Z', 100, 'public_interest', 'Texte', 'dpo@exemple.fr'
  from bailleurs;
insert into calendars (zone, holidays) values ('Europe/Paris', '');
insert into sample_imports (wave_id, bailleur_id, file_name, sha256, counts, dropped_columns, imported_at)
  select 1, id, 'extrait.csv', 'bb', '{}', '[]', '2026-11-01Z' from bailleurs;
insert into sample_rejects (import_id, line, reason) values (1, 4, 'empty'), (2, 9, 'no_id');
insert into households (wave_id, bailleur_id, external_id, qpv, calendar_id, sample, import_id, line, row_sha256,
    created_at, changed_at)
  select 1, id, 'E' || id, id = 1, 1, '{"qpv": true}', id, 2, 'x', '2026-11-01Z', '2026-11-01Z' from bailleurs;
insert into contacts (household_id, last_name) values (1, 'sealed'), (2, 'sealed');
insert into phones (household_id, rank, e164, raw, phone_hmac, kind, to_check, flags, source_column, status)
  values (1, 1, 'x', 'x', 'h1', 'mobile', false, '[]', 'tel', 'usable'),
         (2, 1, 'x', 'x', 'h2', 'mobile', false, '[]', 'tel', 'dead');
insert into quota_cells (wave_id, bailleur_id, qpv, target, margin, done, reserved, promised, paused)
  select 1, id, qpv, 50, 2, (id = 1 and qpv)::int, 0, 0, false from bailleurs, (values (true), (false)) q(qpv);
insert into cases (wave_id, household_id, state, wait_reason, close_reason, since) values
  (1, 1, 'closed', null, 'complete', '2026-11-24Z'), (1, 2, 'waiting', 'fresh', null, '2026-11-01Z');
insert into case_queue (case_id, wave_id, calendar_id, ready, cell_open, holds_place, fresh, step, rank, due_at)
  values (2, 1, 1, true, true, false, true, 6, 0.5, '2026-11-01Z');
insert into attempts (case_id, interviewer_id, direction, opened_at, closed_at, disposition)
  values (1, 1, 'outbound', '2026-11-24 17:00Z', '2026-11-24 17:12Z', 'complete');
insert into interviews (case_id, wave_id, bailleur_id, export_id, questionnaire_id, state, seq, changed_seq, facts,
    call_no, interviewer_id, opened_at, started_at, completed_at, surplus, observed)
  values (1, 1, 1, '00000000-0000-0000-0000-000000000001', 1, 'complete', 2, 2, '{"year": 2026}', 1, 1,
    '2026-11-24 17:00Z', '2026-11-24 17:01Z', '2026-11-24 17:11Z', false, false);
insert into answers (interview_id, question, iteration, state, value, seq, answered_at)
  values (1, 'A1', '', 'answered', '1', 2, '2026-11-24 17:02Z');
insert into answer_events (interview_id, seq, kind, request, part, question, questionnaire_id, by, at)
  values (1, 1, 'shown', '00000000-0000-0000-0000-000000000002', 0, 'A1', 1, 1, '2026-11-24 17:01Z');
insert into audit_log (at, user_id, action, object_type, object_id, purpose, details)
  values ('2026-11-24 17:00Z', 1, 'identity.read', 'case', '1', 'call', '{}');
"""

Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture
def owner(database: Database) -> Engine:
    """The owner's connections to a database at 0001 that is in use."""
    engine = create_engine(database.owner_url, poolclass=NullPool)
    command.downgrade(alembic(database), "0001")
    with engine.begin() as db:
        for statement in DATA.split(";\n"):
            if statement.strip():
                db.exec_driver_sql(statement)
    return engine


def alembic(database: Database) -> Config:
    config = Config()
    config.set_main_option("script_location", "migrations")
    config.attributes["url"] = database.owner_url
    return config


def columns(db: Connection) -> dict[str, list[str]]:
    look = inspect(db)
    tables = [table for table in look.get_table_names() if table != "alembic_version"]
    return {table: [column["name"] for column in look.get_columns(table)] for table in tables}


def everything(db: Connection, of: dict[str, list[str]]) -> Rows:
    """Every row of these tables, in these columns."""
    return {
        table: [
            dict(row._mapping)
            for row in db.execute(text(f"select {', '.join(names)} from {table} order by 1, 2"))
        ]
        for table, names in of.items()
    }


def test_every_row_is_kept_on_the_way_up_and_down_again(database: Database, owner: Engine) -> None:
    with owner.connect() as db:
        known = columns(db)
        before = everything(db, known)
    assert sum(map(len, before.values())) > 25
    command.upgrade(alembic(database), "0002")
    with owner.connect() as db:
        assert everything(db, known) == before
    command.upgrade(alembic(database), "head")
    assert schema.drift(database.owner_url) == []
    command.downgrade(alembic(database), "0001")
    with owner.connect() as db:
        assert columns(db) == known
        assert everything(db, known) == before


def test_what_is_new_says_that_nothing_happened_yet(database: Database, owner: Engine) -> None:
    with owner.connect() as db:
        known = columns(db)
    command.upgrade(alembic(database), "head")
    with owner.connect() as db:
        for table, names in columns(db).items():
            new = sorted(set(names) - set(known.get(table, [])))
            if table in known and new:
                rows = db.execute(text(f"select {', '.join(new)} from {table}")).all()
                assert {value for row in rows for value in row} <= {None, 0}, table
            elif new:
                found = db.scalar(text(f"select count(*) from {table}"))
                assert found == (1 if table == "observer_keys" else 0), table


def test_the_application_goes_on_seeing_all_and_observers_their_own(
    database: Database, owner: Engine
) -> None:
    command.upgrade(alembic(database), "head")
    with database.engine.begin() as db:
        assert db.scalar(text("select count(*) from households")) == 2
        db.execute(text("update cases set since = since"))
        db.execute(text("update wave_bailleurs set priority = 1"))
        shown = observer_pass(db, [1])
    engine = create_engine(database.observer_url, poolclass=NullPool)
    with engine.begin() as db:
        restrict(db, shown)
        assert db.scalars(text("select name from bailleurs")).all() == ["Habitat A"]
        assert db.scalars(text("select reason from sample_rejects")).all() == ["empty"]


def test_the_audit_that_was_there_is_sealed_from_its_first_line(
    database: Database, owner: Engine, sealed: Keys
) -> None:
    command.upgrade(alembic(database), "head")
    with database.engine.begin() as db:
        assert seal_new_lines(db, sealed, datetime(2026, 11, 25, tzinfo=UTC)) == 1
        assert views.chain(db, sealed).intact
