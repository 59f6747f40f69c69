"""The whole schema: every slice's tables on one metadata, the database and roles under it, migrations."""

import importlib
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, MetaData, create_engine, make_url, text
from sqlalchemy.engine import Connection
from sqlalchemy.pool import NullPool

from cati.database import metadata
from cati.errors import SettingsRefused
from cati.settings import ROLES, Settings

_PACKAGE = Path(__file__).parent
_MIGRATIONS = _PACKAGE.parent / "migrations"


def complete_metadata() -> MetaData:
    """The metadata with the tables of every slice on it."""
    for tables in sorted(_PACKAGE.glob("*/tables.py")):
        importlib.import_module(f"cati.{tables.parent.name}.tables")
    return metadata


def setup(settings: Settings) -> None:
    """Make the three roles and the database where absent, then migrate; `admin_url` is a superuser's."""
    if not (settings.admin_url and settings.owner_url and settings.database_url and settings.observer_url):
        raise SettingsRefused(
            "CATI_ADMIN_URL manque : l’adresse d’un superutilisateur, pour créer rôles et base."
        )
    engine = create_engine(settings.admin_url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as admin:
        for role, url in zip(
            ROLES, (settings.owner_url, settings.database_url, settings.observer_url), strict=True
        ):
            _make_role(admin, role, url)
        name = make_url(settings.owner_url).database or "cati"
        if not admin.scalar(text("select 1 from pg_database where datname = :name"), {"name": name}):
            make_database(admin, name)
    migrate(settings.owner_url)


def make_database(admin: Connection, name: str, *, template: str = "template0") -> None:
    """A database of `cati_owner`, sorted by code point on every machine; `admin` is in autocommit."""
    quoted = admin.dialect.identifier_preparer.quote(name)
    like = admin.dialect.identifier_preparer.quote(template)
    locale = "" if template != "template0" else " encoding 'UTF8' locale 'C.UTF-8'"
    admin.execute(text(f"create database {quoted} owner cati_owner template {like}{locale}"))


def migrate(owner_url: str) -> None:
    """Bring the database to the newest migration, as `cati_owner`."""
    command.upgrade(_alembic(owner_url), "head")


def at_head(engine: Engine) -> bool:
    """Whether the database carries exactly the migrations of this code."""
    heads = set(ScriptDirectory.from_config(_alembic()).get_heads())
    with engine.connect() as db:
        return set(MigrationContext.configure(db).get_current_heads()) == heads


def drift(owner_url: str) -> list[str]:
    """Where the migrated database differs from the tables of the code; empty as it should be."""
    engine = create_engine(owner_url, poolclass=NullPool)
    with engine.connect() as db:
        return [
            str(difference)
            for difference in compare_metadata(MigrationContext.configure(db), complete_metadata())
        ]


def _make_role(admin: Connection, role: str, url: str) -> None:
    address = make_url(url)
    if address.username != role:
        raise SettingsRefused(f"L’adresse « {address.render_as_string()} » doit être celle du rôle {role}.")
    if not admin.scalar(text("select 1 from pg_roles where rolname = :role"), {"role": role}):
        admin.execute(text(f"create role {role} login"))
    if address.password:
        # A password cannot be a bind of ALTER ROLE: the server quotes it for us.
        statement = admin.scalar(
            text("select format('alter role %I password %L', cast(:role as text), cast(:password as text))"),
            {"role": role, "password": address.password},
        )
        admin.exec_driver_sql(str(statement).replace("%", "%%"))


def _alembic(owner_url: str | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    if owner_url:
        config.attributes["url"] = owner_url
    return config
