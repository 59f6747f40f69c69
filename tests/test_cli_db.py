"""`cati db` as an operator types it, on the embedded server and on somebody else's."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from cati import embedded

Cati = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def var(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "var"
    embedded.destroy(tmp_path / "var")


@pytest.fixture
def cati(var: Path) -> Cati:
    """The command on an own VAR; words, then variables."""

    def run(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        command = [str(Path(sys.executable).with_name("cati")), *words]
        environment = os.environ | {"CATI_VAR": str(var)} | variables
        return subprocess.run(
            command, check=False, env=environment, capture_output=True, text=True, timeout=120
        )

    return run


def test_setup_makes_all_that_is_missing_and_leaves_the_rest(cati: Cati, var: Path) -> None:
    assert cati("db", "setup").returncode == 0
    key = (var / "keys" / "seal-1").read_text()
    assert cati("db", "setup").stderr == ""
    assert (var / "keys" / "seal-1").read_text() == key


@pytest.mark.parametrize("role", ["app", "owner", "observer"])
def test_each_role_has_its_address_and_no_superuser_among_them(cati: Cati, role: str) -> None:
    cati("db", "setup")
    cati("db", "start")
    with psycopg.connect(cati("db", "url", role).stdout.strip()) as db:
        who = db.execute(
            "select current_user, rolsuper from pg_roles where rolname = current_user"
        ).fetchone()
    assert who == (f"cati_{role}", False)


def test_start_leaves_the_server_running_and_stop_ends_it(cati: Cati) -> None:
    assert "127.0.0.1" in cati("db", "start").stdout
    assert cati("db", "stop").stdout == "PostgreSQL est arrêté.\n"
    assert cati("db", "stop").stdout == "PostgreSQL ne tournait pas.\n"


def test_on_somebody_elses_server_no_server_is_started(
    cati: Cati, var: Path, postgres: embedded.Server
) -> None:
    owner, app, observer = (postgres.url(role, "elsewhere") for role in embedded.ROLES)
    given = {"DATABASE_URL": app, "CATI_OWNER_URL": owner, "CATI_OBSERVER_URL": observer}
    admin = postgres.url(embedded.SUPERUSER, "postgres")
    assert "CATI_ADMIN_URL" in cati("db", "setup", **given).stderr
    assert cati("db", "setup", **given, CATI_ADMIN_URL=admin).stderr == ""
    assert cati("db", "migrate", **given).stdout == "Migrations à jour.\n"
    assert "DATABASE_URL" in cati("db", "start", **given).stderr
    assert not (var / "pg").exists()


def test_an_address_of_another_role_is_refused(cati: Cati, postgres: embedded.Server) -> None:
    admin = postgres.url(embedded.SUPERUSER, "postgres")
    refused = cati(
        "db", "setup", DATABASE_URL=admin, CATI_OWNER_URL=admin, CATI_OBSERVER_URL=admin, CATI_ADMIN_URL=admin
    )
    assert refused.returncode == 1
    assert "cati_owner" in refused.stderr
    assert postgres.passwords[embedded.SUPERUSER] not in refused.stderr


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"DATABASE_URL": "mysql://somewhere/cati"}, "DATABASE_URL"),  # another database
        ({"DATABASE_URL": "postgresql://a@b/c"}, "CATI_OWNER_URL"),  # the two other roles are missing
        ({"PORT": "99999"}, "PORT"),  # no such port
        ({"CATI_WORKERS": "none"}, "CATI_WORKERS"),  # not a number
    ],
)
def test_a_set_up_that_cannot_work_is_told_in_a_sentence(
    cati: Cati, variables: dict[str, str], told: str
) -> None:
    refused = cati("db", "url", **variables)
    assert refused.returncode == 1
    assert told in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_database_that_does_not_answer_is_told_in_a_sentence(cati: Cati) -> None:
    url = "postgresql://cati_owner@127.0.0.1:1/cati"
    refused = cati("db", "migrate", DATABASE_URL=url, CATI_OWNER_URL=url, CATI_OBSERVER_URL=url)
    assert refused.returncode == 1
    assert "La base de données ne répond pas" in refused.stderr
    assert "Traceback" not in refused.stderr
