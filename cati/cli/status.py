"""`cati status`: where the field stands, for a person or for a program."""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.console import Console, Group
from rich.table import Table

from cati.cli.connection import as_app
from cati.supervision.views.figures import status as status_of

_CELL = {
    "bailleur": "Bailleur",
    "qpv": "QPV",
    "target": "Objectif",
    "done": "Réalisé",
    "reserved": "En cours",
    "promised": "Promis",
}


def status(
    as_json: Annotated[bool, typer.Option("--json", help="Pour un programme.")] = False,
) -> None:
    """L’état du terrain : échantillon, dossiers, entretiens, quotas."""
    with as_app() as db:
        figures = status_of(db)
    if as_json:
        print(json.dumps(figures, ensure_ascii=False))
    else:
        Console().print(page(figures))


def page(figures: Mapping[str, Any]) -> Group:
    """The figures as three tables for the terminal."""
    return Group(
        _counts("Échantillon", {name: figure for name, figure in figures.items() if isinstance(figure, int)}),
        _counts("Non appelables", figures["reasons"]),
        _counts("Dossiers", figures["cases"]),
        _counts("Entretiens", figures["interviews"]),
        _cells(figures["quota_cells"]),
    )


def _counts(title: str, counts: Mapping[str, int]) -> Table:
    table = Table(title=title, title_justify="left", show_header=False)
    for name, count in counts.items():
        table.add_row(name, f"{count:,}".replace(",", "\u202f"))
    return table


def _cells(cells: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(title="Quotas", title_justify="left")
    for heading in _CELL.values():
        table.add_column(heading, justify="left" if heading == "Bailleur" else "right")
    for cell in cells:
        table.add_row(*(_shown(cell[name]) for name in _CELL))
    return table


def _shown(value: object) -> str:
    match value:
        case bool():
            return "oui" if value else "non"
        case _:
            return str(value)
