"""The migrations: whole, reversible, and what the code's tables say."""

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import ProgrammingError

from cati import schema
from cati.database import connect
from tests.conftest import Database


@pytest.fixture
def owner(database: Database) -> Config:
    """Alembic on a database that is at its newest version."""
    config = Config()
    config.set_main_option("script_location", "migrations")
    config.attributes["url"] = database.owner_url
    return config


def test_the_migrated_database_is_what_the_tables_say(database: Database) -> None:
    assert schema.drift(database.owner_url) == []


def test_a_new_database_is_at_the_newest_version(database: Database) -> None:
    assert schema.at_head(database.engine)


def test_every_migration_goes_down_to_nothing_and_up_again(database: Database, owner: Config) -> None:
    command.downgrade(owner, "base")
    engine = create_engine(database.owner_url)
    assert inspect(engine).get_table_names() == ["alembic_version"]
    engine.dispose()
    assert not schema.at_head(database.engine)
    command.upgrade(owner, "head")
    assert schema.drift(database.owner_url) == []


def test_migrating_twice_changes_nothing(database: Database) -> None:
    schema.migrate(database.owner_url)
    assert schema.at_head(database.engine)


def test_only_the_owner_makes_tables(database: Database) -> None:

    for url in (database.app_url, database.observer_url):
        engine = connect(url, pool_size=1)
        with pytest.raises(ProgrammingError, match="permission denied"), engine.begin() as db:
            db.execute(text("create table mine (id integer)"))
        engine.dispose()
