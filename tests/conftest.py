"""One PostgreSQL for the run, migrated once; a rolled-back transaction or an own database for each test."""

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.pool import NullPool

from cati import embedded, schema
from cati.database import connect

SYSTEM_PACKAGES = ("chromium", "pspp")  # Debian names; each brings a command of the same name
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """A database of its own, as the three roles see it."""

    app_url: str
    owner_url: str
    observer_url: str
    engine: Engine  #: as cati_app


def pytest_configure(config: pytest.Config) -> None:
    """Passwords of tests are hashed at the least cost, and no test reads the set-up of the machine."""
    for name in [name for name in os.environ if name.startswith("CATI_") and name != "CATI_PG_BIN"]:
        del os.environ[name]
    os.environ.pop("DATABASE_URL", None)
    os.environ["CATI_ARGON2"] = "test"


def pytest_report_header() -> list[str]:
    """Which system packages are missing, before anything runs."""
    missing = [package for package in SYSTEM_PACKAGES if not shutil.which(package)]
    return (
        [f"missing system packages: {' '.join(missing)} (apt install them, or their tests are skipped)"]
        if missing
        else []
    )


def pytest_runtest_setup(item: pytest.Item) -> None:
    """`needs(package)`: skipped by name where the package is missing, a failure in CI."""
    for package in [mark.args[0] for mark in item.iter_markers("needs")]:
        assert package in SYSTEM_PACKAGES, f"{package} is not among {SYSTEM_PACKAGES}"
        if not shutil.which(package):
            verdict = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
            verdict(f"needs the system package {package} (apt install {package})")


@pytest.fixture(scope="session")
def postgres() -> Iterator[embedded.Server]:
    """The embedded server, with the three roles and no database."""
    var = Path(tempfile.mkdtemp(prefix="cati-tests-"))
    var.chmod(0o755)  # the account that runs PostgreSQL for root enters it
    try:
        with embedded.running(var) as server:
            with _admin(server) as admin:
                # Nothing of a test outlives the machine: its databases need not reach the disk.
                admin.execute(text("alter system set fsync = off"))
                admin.execute(text("alter system set full_page_writes = off"))
                admin.execute(text("select pg_reload_conf()"))
                for role in embedded.ROLES:
                    admin.execute(text(f"create role {role} login password '{server.passwords[role]}'"))
            yield server
    finally:
        embedded.destroy(var)
        shutil.rmtree(var)


@pytest.fixture(scope="session")
def template(postgres: embedded.Server) -> str:
    """The name of a database migrated to the newest version, with nobody connected to it."""
    with _admin(postgres) as admin:
        schema.make_database(admin, "template_cati")
    schema.migrate(postgres.url("cati_owner", "template_cati"))
    return "template_cati"


@pytest.fixture(scope="session")
def _shared(postgres: embedded.Server, template: str) -> Iterator[Engine]:
    with _copy(postgres, template) as copy:
        yield copy.engine


@pytest.fixture
def db(_shared: Engine) -> Iterator[Connection]:
    """A connection as cati_app, in a transaction that nothing outlives."""
    with _shared.connect() as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def database(postgres: embedded.Server, template: str) -> Iterator[Database]:
    """A database of the test's own: for concurrency, for the web, for whole flows."""
    with _copy(postgres, template) as copy:
        yield copy


@pytest.fixture
def now() -> datetime:
    """Tuesday 24 November 2026, 18:00 in Paris: the floor is full."""
    return datetime(2026, 11, 24, 17, 0, tzinfo=UTC)


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """Where a test's sealing keys are made and read."""
    return tmp_path / "keys"


@contextmanager
def _copy(server: embedded.Server, template: str) -> Iterator[Database]:
    name = f"test_{next(_numbers)}"
    with _admin(server) as admin:
        schema.make_database(admin, name, template=template)
    owner, app, observer = (server.url(role, name) for role in embedded.ROLES)
    engine = connect(app, pool_size=60)
    try:
        yield Database(app_url=app, owner_url=owner, observer_url=observer, engine=engine)
    finally:
        engine.dispose()
        with _admin(server) as admin:
            admin.execute(text(f"drop database {name} with (force)"))


@contextmanager
def _admin(server: embedded.Server) -> Iterator[Connection]:
    url = server.url(embedded.SUPERUSER, "postgres")
    engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as admin:
        yield admin
