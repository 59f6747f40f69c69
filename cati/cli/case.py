"""`cati case`: why a household is called now, or is not."""

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from cati import clock
from cati.cli.connection import as_app
from cati.supervision.views.explaining import Explanation
from cati.supervision.views.explaining import explain as explanation_of

app = typer.Typer(help="Les dossiers.", no_args_is_help=True)


@app.callback()
def case() -> None:
    """Les dossiers."""


@app.command()
def explain(
    case_id: Annotated[int, typer.Argument(metavar="DOSSIER", help="Numéro du dossier.")],
    as_json: Annotated[bool, typer.Option("--json", help="Pour un programme.")] = False,
) -> None:
    """Dit pourquoi un dossier est servi maintenant ou ne l’est pas, filtre par filtre."""
    with as_app() as db:
        found = explanation_of(db, case_id, clock.now())
    if as_json:
        print(json.dumps(_as_fields(found), ensure_ascii=False))
    else:
        _print(found)


def _print(found: Explanation) -> None:
    verdict = "peut être servi maintenant" if found.served else "n’est pas servi maintenant"
    table = Table(title=f"Dossier {found.case_id} ({found.bailleur}) : {verdict}", title_justify="left")
    for heading in ("", "Filtre", "D’après"):
        table.add_column(heading)
    for each in found.filters:
        table.add_row("✓" if each.passed else "✗", each.name, each.why)
    console = Console()
    console.print(table)
    console.print(f"État : {found.state}. Ordre : {found.order}.", highlight=False)


def _as_fields(found: Explanation) -> dict[str, object]:
    filters = [{"filter": each.name, "passed": each.passed, "why": each.why} for each in found.filters]
    return {
        "case": found.case_id,
        "bailleur": found.bailleur,
        "state": found.state,
        "served": found.served,
        "filters": filters,
        "order": found.order,
    }
