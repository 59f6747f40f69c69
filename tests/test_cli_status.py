"""What `cati status` prints for a person."""

from rich.console import Console

from cati.cli.status import page

FIGURES = {
    "bailleurs": 26,
    "households": 38000,
    "phones": 41210,
    "callable": 36120,
    "reasons": {"no_number": 1204, "opposition": 12},
    "rejected_rows": 7,
    "cases": {"waiting": 36120, "closed": 1216},
    "interviews": {"complete": 3},
    "quota_cells": [
        {"bailleur": "B01", "qpv": True, "target": 120, "done": 3, "reserved": 1, "promised": 2},
        {"bailleur": "B01", "qpv": False, "target": 290, "done": 0, "reserved": 0, "promised": 0},
    ],
}


def test_the_page_shows_every_figure() -> None:
    console = Console(width=100, record=True, force_terminal=False, quiet=True)
    with console.capture() as shown:
        console.quiet = False
        console.print(page(FIGURES))
    rows = [
        [cell.strip() for cell in line.split("│")[1:-1]] for line in shown.get().splitlines() if "│" in line
    ]
    assert ["households", "38\u202f000"] in rows
    assert ["B01", "oui", "120", "3", "1", "2"] in rows
    assert ["no_number", "1\u202f204"] in rows
