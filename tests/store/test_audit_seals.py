"""The audit log in the database: sealed behind those who write it, and altered by nobody without showing."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.pool import NullPool
from typer.testing import CliRunner

from cati import sealing
from cati.audit import store, views
from cati.audit.actions import BATCH, seal_new_lines
from cati.audit.rules import Break
from cati.cli.audit import app as cli
from cati.database import transaction
from cati.errors import SettingsRefused
from cati.sealing import Keys
from tests.conftest import Database


def some_lines(db: Connection, now: datetime, count: int = 5, **told: object) -> None:
    """Lines of the log, a minute apart."""
    for number in range(count):
        store.write(
            db,
            now=now + timedelta(minutes=number),
            user_id=None,
            action="identity.read",
            object_type="case",
            object_id=number,
            purpose="appel",
            details={"é": [1.50, None, True], **told},
        )


def sealed_ids(db: Connection) -> list[int]:
    return list(db.scalars(text("select audit_id from audit_seals order by seq")))


def as_owner(database: Database, *statements: str) -> None:
    engine = create_engine(database.owner_url, poolclass=NullPool)
    with transaction(engine) as db:
        for statement in statements:
            db.execute(text(statement))


def test_lines_are_sealed_once_in_batches(db: Connection, sealed: Keys, now: datetime) -> None:
    some_lines(db, now, BATCH + 3)
    assert views.chain(db, sealed).waiting == BATCH + 3
    assert [seal_new_lines(db, sealed, now) for _ in range(3)] == [BATCH, 3, 0]
    report = views.chain(db, sealed)
    assert (report.intact, report.sealed, report.waiting) == (True, BATCH + 3, 0)
    some_lines(db, now + timedelta(days=1), 1)
    assert seal_new_lines(db, sealed, now) == 1
    assert views.chain(db, sealed, noted=report.head).intact


def test_a_line_that_became_visible_late_is_sealed_where_it_then_is(
    database: Database, sealed: Keys, now: datetime
) -> None:
    """Its transaction took its id first and ended last."""
    with database.engine.connect() as slow:
        some_lines(slow, now, 1)
        with transaction(database.engine) as db:
            some_lines(db, now, 2)
            seal_new_lines(db, sealed, now)
        slow.commit()
    with transaction(database.engine) as db:
        assert seal_new_lines(db, sealed, now) == 1
        ids = sealed_ids(db)
        assert ids == [ids[2] + 1, ids[2] + 2, ids[2]]
        assert views.chain(db, sealed).intact


def test_one_that_is_far_behind_is_found_by_the_look_through_the_whole_log(
    db: Connection, sealed: Keys, now: datetime
) -> None:
    some_lines(db, now, 2)
    first = db.scalar(text("select min(id) from audit_log"))
    db.execute(text("select nextval('audit_log_id_seq') from generate_series(1, 1100)"))
    some_lines(db, now, 1)
    db.execute(text("insert into audit_seals select 1, max(id), 1, '', :now from audit_log"), {"now": now})
    assert first is not None
    assert seal_new_lines(db, sealed, now) == 0
    assert seal_new_lines(db, sealed, now, all_of_them=True) == 2


def test_two_who_seal_at_once_make_one_chain(database: Database, sealed: Keys, now: datetime) -> None:
    with transaction(database.engine) as db:
        some_lines(db, now, 4)
    with database.engine.connect() as one, database.engine.connect() as two:
        assert seal_new_lines(one, sealed, now) == 4
        two.execute(text("set local lock_timeout = '100ms'"))
        with pytest.raises(Exception, match="lock timeout"):
            seal_new_lines(two, sealed, now)
        one.commit()
        two.rollback()
        assert seal_new_lines(two, sealed, now) == 0


@pytest.mark.parametrize(
    ("statement", "how"),
    [
        ("update audit_log set object_id = '999' where id = 3", Break.CHANGED),
        ("update audit_log set user_id = null, purpose = 'autre' where id = 3", Break.CHANGED),
        ("update audit_log set at = at + interval '1 microsecond' where id = 3", Break.CHANGED),
        ("update audit_log set details = '{}' where id = 3", Break.CHANGED),
        ("update audit_seals set seal = 'x' where audit_id = 3", Break.CHANGED),
        ("delete from audit_seals where audit_id = 3; delete from audit_log where id = 3", Break.REMOVED),
        # taken out, and the ranks closed up behind it
        (
            "delete from audit_seals where audit_id = 3; delete from audit_log where id = 3; "
            "update audit_seals set seq = 3 where seq = 4; update audit_seals set seq = 4 where seq = 5",
            Break.CHANGED,
        ),
        (
            "alter table audit_seals drop constraint fk_audit_seals_audit_id_audit_log; "
            "delete from audit_log where id = 3",
            Break.REMOVED,
        ),
        # slipped in under the date of another day, with a made-up seal or waiting for a true one
        (
            "insert into audit_log (at, action, object_type, object_id) "
            "select at - interval '1 day', action, object_type, object_id from audit_log where id = 3",
            Break.SLIPPED_IN,
        ),
        (
            "insert into audit_log (id, at, action, object_type, object_id) overriding system value "
            "select 99, at, action, object_type, object_id from audit_log where id = 3; "
            "insert into audit_seals select 6, 99, 1, 'x', at from audit_log where id = 3",
            Break.CHANGED,
        ),
    ],
)
def test_even_the_owner_of_the_tables_alters_nothing_that_does_not_show(
    database: Database, sealed: Keys, now: datetime, statement: str, how: Break
) -> None:
    with transaction(database.engine) as db:
        some_lines(db, now)
        seal_new_lines(db, sealed, now)
    as_owner(database, *statement.split("; "))
    with transaction(database.engine) as db:
        broken = views.chain(db, sealed).broken
        assert broken is not None
        assert broken.how is how
        seal_new_lines(db, sealed, now, all_of_them=True)
        still = views.chain(db, sealed).broken
        assert still is not None, "sealing what was slipped in makes it no truer"
        assert still.how is how


def test_the_application_may_write_and_seal_but_change_and_remove_neither(
    db: Connection, sealed: Keys, now: datetime
) -> None:
    some_lines(db, now)
    seal_new_lines(db, sealed, now)
    for statement in (
        "update audit_log set purpose = null",
        "delete from audit_log",
        "truncate audit_log cascade",
        "update audit_seals set seal = ''",
        "delete from audit_seals",
        "truncate audit_seals",
        "alter table audit_log disable trigger all",
    ):
        with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"), db.begin_nested():
            db.execute(text(statement))
    assert views.chain(db, sealed).intact


def test_a_new_key_seals_on_and_the_old_one_still_reads(db: Connection, keys: Path, now: datetime) -> None:
    first = sealing.create(keys)
    some_lines(db, now, 2)
    seal_new_lines(db, first, now)
    second = sealing.rotate(keys)
    some_lines(db, now, 2)
    seal_new_lines(db, second, now)
    assert views.chain(db, second).intact
    assert list(db.scalars(text("select key from audit_seals order by seq"))) == [1, 1, 2, 2]
    with pytest.raises(SettingsRefused, match="n° 2"):
        views.chain(db, first)


def test_another_installations_key_makes_no_seal_that_fits(
    db: Connection, sealed: Keys, now: datetime, tmp_path: Path
) -> None:
    some_lines(db, now)
    seal_new_lines(db, sealing.create(tmp_path / "others"), now)
    broken = views.chain(db, sealed).broken
    assert broken is not None
    assert broken.how is Break.CHANGED


@pytest.fixture
def verify(database: Database, keys: Path, sealed: Keys) -> Callable[..., tuple[int, str]]:
    """`cati audit verify`: its exit code and what it prints."""
    addresses = {
        "DATABASE_URL": database.app_url,
        "CATI_OWNER_URL": database.owner_url,
        "CATI_OBSERVER_URL": database.observer_url,
        "CATI_KEYS": str(keys),
    }

    def run(*words: str) -> tuple[int, str]:
        answer = CliRunner().invoke(cli, ["verify", *words], env=addresses)
        return answer.exit_code, answer.stdout

    return run


def test_the_command_says_it_and_its_exit_code_too(
    database: Database, sealed: Keys, now: datetime, verify: Callable[..., tuple[int, str]]
) -> None:
    assert verify()[1] == "Journal intact : 0 lignes scellées, 0 pas encore.\nTête : aucune\n"
    with transaction(database.engine) as db:
        some_lines(db, now)
        seal_new_lines(db, sealed, now)
        some_lines(db, now + timedelta(minutes=9), 1)
    code, said = verify("--json")
    told = json.loads(said)
    assert (code, told["intact"], told["sealed"], told["waiting"], told["broken"]) == (0, True, 5, 1, None)
    assert verify("--head", told["head"])[0] == 0
    assert verify("--head", "00")[0] == 2
    as_owner(database, "update audit_log set purpose = 'autre' where id = 2")
    code, said = verify()
    assert code == 2
    assert "la ligne n° 2 n’est pas celle qui a été scellée" in said
    broken = json.loads(verify("--json")[1])["broken"]
    assert (broken["how"], broken["line_id"], broken["seq"]) == ("changed", 2, 2)
