"""`cati doctor` finds what it is there to find, and says how to mend it."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from cati import embedded, sealing
from cati.cli.doctor import Finding, examine
from cati.settings import Settings
from tests.conftest import Database


@pytest.fixture
def sound(database: Database, keys: Path, tmp_path: Path) -> Settings:
    """An installation with nothing wrong."""
    sealing.create(keys)
    return Settings(
        database_url=database.app_url,
        owner_url=database.owner_url,
        observer_url=database.observer_url,
        keys=keys,
        var=tmp_path,
    )


def wrong(given: Settings) -> list[Finding]:
    return [finding for finding in examine(given) if finding.wrong]


def as_owner(given: Settings, statement: str) -> None:
    assert given.owner_url
    engine = create_engine(given.owner_url)
    with engine.begin() as db:
        db.execute(text(statement))
    engine.dispose()


def test_a_sound_installation_is_left_in_peace(sound: Settings) -> None:
    assert wrong(sound) == []
    assert len(list(examine(sound))) > 7


@pytest.mark.parametrize(
    ("statement", "title", "mend"),
    [
        # a migration of a newer or older code
        ("update alembic_version set version_num = 'other'", "Migrations", "cati db migrate"),
        # somebody gave the product the right to rewrite the past
        ("grant update on audit_log to cati_app", "Journaux en ajout seul", "revoke"),
        ("grant delete on answer_events to cati_app", "Journaux en ajout seul", "revoke"),
        ("grant delete on audit_seals to cati_app", "Journaux en ajout seul", "revoke"),
    ],
)
def test_a_database_that_is_not_as_it_should_be(
    sound: Settings, statement: str, title: str, mend: str
) -> None:
    as_owner(sound, statement)
    (finding,) = wrong(sound)
    assert finding.title == title
    assert mend in (finding.mend or "")


def test_keys_that_are_gone(sound: Settings) -> None:
    shutil.rmtree(sound.keys)
    (finding,) = wrong(sound)
    assert finding.title.startswith("Clés")
    assert "sauvegarde" in (finding.mend or "")


def test_an_address_of_the_superuser_where_the_product_should_be(
    sound: Settings, postgres: embedded.Server
) -> None:
    (finding,) = wrong(
        sound.model_copy(update={"database_url": postgres.url(embedded.SUPERUSER, "postgres")})
    )
    assert "postgres" in (finding.wrong or "")


def test_a_database_that_does_not_answer(sound: Settings) -> None:
    unreachable = {"observer_url": "postgresql+psycopg://cati_observer@127.0.0.1:1/cati"}
    (finding,) = wrong(sound.model_copy(update=unreachable))
    assert finding.title == "Connexion du rôle cati_observer"


def test_a_clock_moved_outside_a_demo(sound: Settings, tmp_path: Path) -> None:
    (finding,) = wrong(sound.model_copy(update={"clock_offset_file": tmp_path / "offset"}))
    assert "CATI_CLOCK_OFFSET_FILE" in (finding.mend or "")
