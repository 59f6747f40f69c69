"""How a command reaches the database: the one the settings name, or the embedded one, started if need be."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from cati import clock, embedded, schema, sealing, settings
from cati.database import connect, transaction
from cati.errors import SettingsRefused
from cati.settings import Settings


@contextmanager
def reachable() -> Iterator[Settings]:
    """The settings with every database address filled, while the database can be reached."""
    given = settings.load()
    if given.demo:
        clock.use_offset_file(given.clock_offset_file)
    with embedded.database(given) as found:
        yield found


def prepare(found: Settings) -> None:
    """Roles, database, migrations and sealing keys: made where absent, left alone where present."""
    schema.setup(found)
    sealing.create(found.keys)


@contextmanager
def as_app() -> Iterator[Connection]:
    """One transaction as cati_app: committed at the end of the command, rolled back by any error."""
    with reachable() as found:
        if found.database_url is None:
            raise SettingsRefused("l’adresse de la base manque (DATABASE_URL).")
        engine = connect(found.database_url, pool_size=1, application="cati command")
        try:
            with transaction(engine) as db:
                yield db
        finally:
            engine.dispose()
