"""`cati quota`: whether the counters say what the interviews say."""

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from cati.calling.store.checks import Difference, quota_differences
from cati.cli.connection import as_app

app = typer.Typer(help="Les quotas.", no_args_is_help=True)

_WHAT = {
    "done": "réalisés",
    "reserved": "en cours",
    "promised": "promis",
    "complete interviews": "entretiens complets",
    "places without ground": "places sans motif",
}


@app.callback()
def quota() -> None:
    """Les quotas."""


@app.command()
def check(
    as_json: Annotated[bool, typer.Option("--json", help="Pour un programme.")] = False,
) -> None:
    """Recompte les quotas d’après les entretiens et les places ; code de sortie 1 s’il y a un écart."""
    with as_app() as db:
        found = quota_differences(db)
    if as_json:
        print(json.dumps([asdict(one) for one in found], ensure_ascii=False))
    elif found:
        Console().print(_table(found))
    else:
        print("Les compteurs disent ce que disent les entretiens : aucun écart.")
    if found:
        raise typer.Exit(1)


def _table(found: list[Difference]) -> Table:
    table = Table(title="Écarts", title_justify="left")
    for heading in ("Bailleur", "QPV", "Figure", "Compteur", "Recompté"):
        table.add_column(heading)
    for one in found:
        qpv = "oui" if one.qpv else "non"
        table.add_row(one.bailleur, qpv, _WHAT[one.what], str(one.recorded), str(one.found))
    return table
