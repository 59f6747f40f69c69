"""What the database itself refuses: events and audit stay, an attempt is closed once, observers see nothing."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlalchemy import Connection, create_engine, func, inspect, select, text, update
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlalchemy.pool import NullPool

from cati.cases.rules import Disposition
from cati.cases.store import attempts
from cati.cases.store.attempts import Closing
from cati.cases.tables import attempts as attempt_rows
from cati.database import metadata
from cati.errors import AttemptAlreadyClosed
from cati.interviews.tables import answer_events
from cati.sealing import Keys
from tests.conftest import Database
from tests.store.calls import Desk
from tests.stories import Wave, a_wave, an_interviewer, some_households


@pytest.fixture
def wave(db: Connection, sealed: Keys, now: datetime) -> Wave:
    return a_wave(db, sealed, now, households=[some_households(2)])


@pytest.fixture
def desk(db: Connection, sealed: Keys, wave: Wave, now: datetime) -> Desk:
    return Desk(db=db, keys=sealed, user_id=an_interviewer(db, now, waves=[wave]), now=now)


def as_role(url: str) -> Iterator[Connection]:
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as db:
        yield db


@pytest.mark.parametrize(
    "statement",
    [
        "update answer_events set value = null",
        "delete from answer_events",
        "update audit_log set action = ''",
        "delete from audit_log",
        "update line_events set kind = ''",
        "delete from line_events",
        "delete from attempts",
        "delete from interviews",
        "delete from cases",
        "truncate answer_events",
    ],
)
def test_the_application_changes_nothing_that_happened(
    db: Connection, wave: Wave, desk: Desk, statement: str
) -> None:
    desk.reaches(desk.takes()).says("INT1", 1)
    before = db.scalar(select(func.count()).select_from(answer_events))
    with pytest.raises(ProgrammingError, match="permission denied"), db.begin_nested():
        db.execute(text(statement))
    assert db.scalar(select(func.count()).select_from(answer_events)) == before


def test_a_closed_attempt_never_changes(db: Connection, desk: Desk) -> None:
    desk.dials(desk.takes())
    desk.closes(Disposition.NO_ANSWER)
    attempt_id = db.scalars(select(attempt_rows.c.id)).one()
    again = Closing(disposition=Disposition.BUSY)
    with pytest.raises(AttemptAlreadyClosed):
        attempts.close_attempt(db, attempt_id, again, desk.now)
    for change in ({"disposition": "busy"}, {"note": "autre"}, {"closed_at": None, "disposition": None}):
        with pytest.raises(IntegrityError, match="is closed"), db.begin_nested():
            db.execute(update(attempt_rows).values(**change))


def test_an_interview_is_erased_through_its_owners_function_alone(db: Connection, desk: Desk) -> None:
    tenant = desk.reaches(desk.takes())
    tenant.agrees()
    owner = text("select pg_get_userbyid(proowner), prosecdef from pg_proc where proname = 'erase_interview'")
    assert tuple(db.execute(owner).one()) == ("cati_owner", True)
    db.execute(
        select(func.erase_interview(tenant.interview_id, "demandé par lettre", desk.user_id, desk.now))
    )
    kept = db.execute(
        select(func.count(answer_events.c.value), func.count()).select_from(answer_events)
    ).one()
    assert kept[0] == 0
    assert kept[1] > 0
    audited = text("select purpose from audit_log where action = 'interview.erased'")
    assert db.scalars(audited).all() == ["demandé par lettre"]


#: what the pages of observers are made of, row by row of their own bailleur
OBSERVED = {
    *(
        "bailleurs",
        "wave_bailleurs",
        "quota_cells",
        "households",
        "cases",
        "attempts",
        "interviews",
        "phones",
    ),
    *("sample_imports", "sample_rejects", "observed_screens"),
}


def test_the_observers_role_sees_no_row_of_the_field_unless_it_is_said_whose(database: Database) -> None:
    with database.engine.begin() as db:
        tables = inspect(db).get_table_names()
    assert set(metadata.tables) <= set(tables)
    for observer in as_role(database.observer_url):
        seen = [table for table in tables if not _refused(observer, f"select 1 from {table}")]
        # waves have no tenants; the version is asked to know whether the database is at its newest
        assert set(seen) == OBSERVED | {"alembic_version", "waves"}
        assert all(observer.scalar(text(f"select count(*) from {table}")) == 0 for table in OBSERVED)
        assert _refused(observer, "select erase_interview(1, '', 1, now())")


def _refused(db: Connection, statement: str) -> bool:
    try:
        with db.begin_nested():
            db.execute(text(statement))
    except ProgrammingError as error:
        return "permission denied" in str(error)
    return False
