"""The migration to proofs and languages, on an installation in the field: what was there stays, and goes on."""

from datetime import UTC, datetime

import pytest
from alembic import command
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.pool import NullPool

from cati import schema
from cati.interviews import store as interviews
from cati.supervision.actions import moving
from cati.supervision.actions.moving import Moved, MoveOrder
from cati.supervision.rules import Whom
from tests.conftest import Database
from tests.store.test_migration_0002 import DATA, alembic, columns, everything
from tests.versioned import FIRST, SECOND, published

#: What 0002 brought, in use; and an interview that is suspended, of a questionnaire that can be read.
SINCE = """
update cases set state = 'waiting', wait_reason = 'callback' where id = 2;
insert into interviews (case_id, wave_id, bailleur_id, export_id, questionnaire_id, state, seq, changed_seq, facts,
    call_no, interviewer_id, opened_at, started_at, suspended_at, surplus, observed)
  values (2, 1, 2, '00000000-0000-0000-0000-000000000003', 1, 'suspended', 2, 2, '{"year": 2026, "date": "2026-11-24"}',
    1, 1, '2026-11-24 17:00Z', '2026-11-24 17:01Z', '2026-11-24 17:11Z', false, false);
insert into answers (interview_id, question, iteration, state, value, seq, answered_at) values
  (2, 'A1', '', 'answered', '2', 1, '2026-11-24 17:02Z'), (2, 'A3', '', 'answered', '4', 2, '2026-11-24 17:03Z');
insert into answer_events (interview_id, seq, kind, request, part, question, iteration, state, value,
    questionnaire_id, by, at)
  select 2, seq, 'answered', '00000000-0000-0000-0000-000000000009', seq - 1, question, '', state, value, 1, 1,
    answered_at
  from answers where interview_id = 2;
insert into validations (interview_id, verdict, reason, decided_by, decided_at)
  values (1, 'validated', 'Rien à dire', 2, '2026-11-24 18:00Z');
insert into messages (to_user_id, text, sent_by, sent_at, until)
  values (1, 'Pause', 2, '2026-11-24 18:00Z', '2026-11-24 19:00Z');
insert into help_calls (user_id, case_id, question, asked_at) values (1, 2, 'A1', '2026-11-24 17:04Z');
"""

#: Drawn from the calls anew; one secret, made where it is missing.
REBUILT = {"contact_log", "observer_keys"}


@pytest.fixture
def owner(database: Database) -> Engine:
    """The owner's connections to a database at 0002 that is in use."""
    engine = create_engine(database.owner_url, poolclass=NullPool)
    command.downgrade(alembic(database), "0001")
    with engine.begin() as db:
        for statement in filter(str.strip, DATA.split(";\n")):
            db.exec_driver_sql(statement)
    command.upgrade(alembic(database), "0002")
    with engine.begin() as db:
        db.execute(text("update questionnaires set code = 'essai', text = :text"), {"text": FIRST})
        for statement in filter(str.strip, SINCE.split(";\n")):
            db.exec_driver_sql(statement)
    return engine


def test_every_row_is_kept_on_the_way_up_and_down_again(database: Database, owner: Engine) -> None:
    with owner.connect() as db:
        known = {table: names for table, names in columns(db).items() if table not in REBUILT}
        before = everything(db, known)
    assert sum(map(len, before.values())) > 35
    command.upgrade(alembic(database), "0003")
    with owner.connect() as db:
        assert everything(db, known) == before
    command.downgrade(alembic(database), "0002")
    with owner.connect() as db:
        assert everything(db, known) == before


def test_nothing_is_claimed_of_what_was_published_or_read_before(database: Database, owner: Engine) -> None:
    command.upgrade(alembic(database), "head")
    assert schema.drift(database.owner_url) == []
    with database.engine.begin() as db:
        assert db.execute(text("select waiver, waived_by from questionnaires")).all() == [(None, None)]
        assert set(db.scalars(text("select language from interviews"))) == {None}
    with pytest.raises(IntegrityError, match="waived_by_somebody"), database.engine.begin() as db:
        db.execute(text("update questionnaires set waiver = 'parce que'"))


def test_an_interview_begun_before_goes_on_and_may_move_to_a_new_version(
    database: Database, owner: Engine
) -> None:
    command.upgrade(alembic(database), "head")
    now = datetime(2026, 11, 25, 17, 0, tzinfo=UTC)
    with database.engine.begin() as db:
        second = published(db, SECOND, now)
        order = MoveOrder(whom=Whom.ALL, reason="une question de plus", seen=1)
        assert moving.move_wave(db, 1, second, order, by=2, now=now) == Moved(moved=1, kept=0, calling=0)
        moved, finished = interviews.load(db, 2), interviews.load(db, 1)
    assert (moved.questionnaire_id, moved.facts["drawn"], len(moved.answers)) == (second, "1", 2)
    assert finished.questionnaire_id == 1
