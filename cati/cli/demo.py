"""`cati demo`: a whole fictional survey, ready to be called, on this machine alone."""

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from cati import clock, embedded, schema, sealing, settings
from cati.cli.connection import prepare
from cati.cli.serve import refuse_if_taken, run
from cati.database import connect
from cati.errors import SettingsRefused
from cati.people.passwords import Passwords
from cati.people.rules import Role
from cati.sample.generate import HOUSEHOLDS
from cati.settings import Settings
from cati.simulation import demonstration
from cati.simulation.demonstration import ACCOUNTS, PASSWORD, Site

_ROLES = {
    Role.INTERVIEWER: "Télé-enquêteur",
    Role.SUPERVISOR: "Superviseur",
    Role.ANALYST: "Chargé d’études",
    Role.ADMIN: "Administrateur",
    Role.DPO: "Délégué à la protection des données",
    Role.OBSERVER: "Bailleur",
}


def demo(
    port: Annotated[int | None, typer.Option(help="Port d’écoute (PORT).")] = None,
    var: Annotated[Path | None, typer.Option(help="Dossier de la démonstration (CATI_VAR).")] = None,
    households: Annotated[int, typer.Option(min=260, help="Ménages, au premier démarrage.")] = HOUSEHOLDS,
) -> None:
    """Prépare une enquête fictive de 26 bailleurs et la sert ; Ctrl-C arrête tout."""
    asked = {"CATI_VAR": var, "PORT": port}
    os.environ |= {name: str(said) for name, said in asked.items() if said is not None}
    os.environ["CATI_DEMO"] = "true"
    given = settings.load()
    refuse_if_taken(given.host, given.port)
    console = Console()
    with embedded.database(given) as found:
        _prepare(found, console, households)
        _greet(found, console)
        run(found)


def _prepare(found: Settings, console: Console, households: int) -> None:
    assert found.database_url is not None, "the embedded server has its address"
    if found.is_embedded or found.admin_url:
        prepare(found)
    clock.use_offset_file(found.clock_offset_file)
    engine = connect(found.database_url, pool_size=2, application="cati demo")
    if not schema.at_head(engine):
        raise SettingsRefused("La base n’est pas prête : lancez d’abord cati db setup.")
    site = Site(
        engine=engine,
        keys=sealing.load(found.keys),
        passwords=Passwords.of(found),
        folder=found.var / "demonstration",
        households=households,
    )
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bars:
        demonstration.build(site, clock.now(), _Bars(bars))
    engine.dispose()


class _Bars:
    """One progress bar for each step, made when the step begins."""

    def __init__(self, bars: Progress) -> None:
        self.bars = bars
        self.tasks: dict[str, TaskID] = {}

    def __call__(self, step: str, done: int, total: int) -> None:
        """Show that so many parts of the step are done."""
        if step not in self.tasks:
            self.tasks[step] = self.bars.add_task(step, total=total)
        self.bars.update(self.tasks[step], completed=done)


def _greet(found: Settings, console: Console) -> None:
    table = Table(title="Données fictives : aucun numéro n’est appelé", title_justify="left")
    for heading in ("Rôle", "Identifiant", "Mot de passe"):
        table.add_column(heading)
    for one in ACCOUNTS:
        table.add_row(_ROLES[one.role], one.login, PASSWORD)
    console.print(table)
    if found.is_embedded:
        console.print(f"Autres commandes : CATI_VAR={found.var} cati …", highlight=False, soft_wrap=True)
