"""How migrations run: as cati_owner, never waiting long for a lock that the floor holds."""

from typing import Any

from alembic import context
from sqlalchemy import MetaData, create_engine, text
from sqlalchemy.pool import NullPool

from cati import embedded, settings
from cati.database import UtcDateTime
from cati.schema import complete_metadata


def run(owner_url: str, metadata: MetaData | None) -> None:
    """Run what was asked for in one transaction; a new migration is compared with `metadata`."""
    options = "-c lock_timeout=5s -c timezone=UTC"
    engine = create_engine(owner_url, poolclass=NullPool, connect_args={"options": options})
    with engine.begin() as db:
        # Two machines that start at once migrate one after the other: the second finds nothing left to do.
        db.execute(text("set local lock_timeout = 0"))
        db.execute(text("select pg_advisory_xact_lock(hashtext('cati migrations'))"))
        db.execute(text("set local lock_timeout = '5s'"))
        context.configure(connection=db, target_metadata=metadata, render_item=render)
        context.run_migrations()
        if db.dialect.has_table(db, "alembic_version"):  # absent while the first migration is being written
            db.execute(text("grant select on alembic_version to cati_app, cati_observer"))


def render(kind: str, rendered: Any, _autogen: Any) -> str | bool:
    """A migration stands on SQLAlchemy alone: our column types may change, what was migrated may not."""
    if kind == "type" and isinstance(rendered, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


if url := context.config.attributes.get("url"):  # cati.schema.migrate: no table of the code is needed
    run(url, None)
elif url := context.get_x_argument(as_dictionary=True).get("url"):
    run(url, complete_metadata())
else:
    with embedded.database(settings.load()) as found:
        if not found.owner_url:
            raise SystemExit("CATI_OWNER_URL manque.")
        run(found.owner_url, complete_metadata())
