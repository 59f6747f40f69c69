"""`cati audit`: whether the audit log is still what was written."""

import json
from dataclasses import asdict
from typing import Annotated, Any

import typer

from cati import sealing
from cati.audit import views
from cati.audit.rules import Break, Broken, Report
from cati.cli.connection import as_app
from cati.settings import load

app = typer.Typer(name="audit", help="Le journal d’audit : sa chaîne de sceaux.", no_args_is_help=True)


@app.callback()
def audit() -> None:
    """Le journal d’audit : sa chaîne de sceaux."""


@app.command()
def verify(
    head: Annotated[
        str | None, typer.Option(help="Tête notée auparavant, à retrouver dans la chaîne.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Pour un programme.")] = False,
) -> None:
    """Relit le journal depuis sa première ligne. Code de sortie 2 si une ligne a changé, disparu ou été glissée."""
    with as_app() as db:
        report = views.chain(db, sealing.load(load().keys), noted=head)
    typer.echo(json.dumps(_plain(report), ensure_ascii=False) if as_json else sentence(report))
    if not report.intact:
        raise typer.Exit(2)


def sentence(report: Report) -> str:
    """What was found, for whoever reads the terminal."""
    counts = f"{report.sealed} lignes scellées, {report.waiting} pas encore"
    if report.broken is None:
        return f"Journal intact : {counts}.\nTête : {report.head or 'aucune'}"
    return f"Journal altéré : {_where(report.broken)}\n{counts}."


def _where(broken: Broken) -> str:
    line = f"la ligne n° {broken.line_id}" if broken.line_id else f"la ligne du sceau n° {broken.seq}"
    match broken.how:
        case Break.CHANGED:
            return f"{line} n’est pas celle qui a été scellée."
        case Break.REMOVED:
            return f"une ligne a été retirée avant ou à {line}."
        case Break.SLIPPED_IN:
            return f"{line} a été écrite après des lignes bien plus récentes."
        case Break.CUT:
            return "la tête notée n’est plus dans la chaîne : sa fin a été coupée."


def _plain(report: Report) -> dict[str, Any]:
    broken = report.broken and asdict(report.broken) | {
        "at": report.broken.at and report.broken.at.isoformat()
    }
    return {"intact": report.intact, **asdict(report), "broken": broken}
