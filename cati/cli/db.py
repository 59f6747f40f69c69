"""`cati db`: the database of this installation."""

from enum import StrEnum
from typing import Annotated

import typer

from cati import embedded, schema, settings
from cati.cli.connection import prepare, reachable
from cati.errors import SettingsRefused
from cati.settings import ROLES, Settings

app = typer.Typer(help="La base de données : préparer, migrer, démarrer, arrêter.", no_args_is_help=True)


class Role(StrEnum):
    """Whose address `cati db url` prints."""

    APP = "app"
    OWNER = "owner"
    OBSERVER = "observer"


@app.command()
def setup() -> None:
    """Crée les rôles, la base et les clés s’ils manquent, puis migre. Sans effet la seconde fois."""
    with reachable() as found:
        prepare(found)
    print(f"Rôles {', '.join(ROLES)}, base et clés prêts ; migrations à jour.")


@app.command()
def migrate() -> None:
    """Applique les migrations qui manquent."""
    with reachable() as found:
        if found.owner_url is None:
            raise SettingsRefused("CATI_OWNER_URL manque : les migrations se font sous le rôle cati_owner.")
        schema.migrate(found.owner_url)
    print("Migrations à jour.")


@app.command()
def start() -> None:
    """Démarre le PostgreSQL embarqué et le laisse tourner."""
    server = embedded.start(_embedded().var)
    print(f"PostgreSQL écoute sur 127.0.0.1:{server.port} (données : {server.directory}).")


@app.command()
def stop() -> None:
    """Arrête le PostgreSQL embarqué."""
    stopped = embedded.stop(_embedded().var)
    print("PostgreSQL est arrêté." if stopped else "PostgreSQL ne tournait pas.")


@app.command()
def url(role: Annotated[Role, typer.Argument(help="Rôle dont l’adresse est voulue.")] = Role.APP) -> None:
    """Écrit l’adresse de la base (avec son mot de passe) pour psql ou DATABASE_URL."""
    with reachable() as found:
        address = {
            Role.APP: found.database_url,
            Role.OWNER: found.owner_url,
            Role.OBSERVER: found.observer_url,
        }[role]
    print(str(address).replace("+psycopg", ""))


def _embedded() -> Settings:
    found = settings.load()
    if not found.is_embedded:
        raise SettingsRefused("DATABASE_URL est défini : cati n’administre pas ce serveur PostgreSQL.")
    return found
