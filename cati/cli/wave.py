"""`cati wave`: the editions of the surveys, and the opening of their field."""

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from cati import clock
from cati.calling.actions import waves as field
from cati.cases.rules import label
from cati.cli import protocol
from cati.cli.connection import as_app
from cati.supervision.rules import Pace
from cati.supervision.views import board, figures
from cati.supervision.views.figures import WaveFigures
from cati.surveys.views import wave_by_code

app = typer.Typer(help="Les éditions d’enquête : liste, ouverture du terrain, état.", no_args_is_help=True)

app.command("protocol")(protocol.protocol)
app.command("closures")(protocol.closures)
app.command("close-day")(protocol.close_day)
app.command("reopen-day")(protocol.reopen_day)

Code = Annotated[str, typer.Argument(help="Code de l’édition.")]
AsJson = Annotated[bool, typer.Option("--json", help="Pour un programme.")]

_STATES = {"draft": "en préparation", "open": "terrain ouvert", "closed": "terrain clos"}


@app.command("list")
def list_waves(as_json: AsJson = False) -> None:
    """Liste les éditions."""
    with as_app() as db:
        found = figures.waves(db)
    if as_json:
        print(json.dumps([_as_fields(one) for one in found], ensure_ascii=False))
        return
    table = Table(title="Éditions", title_justify="left")
    for heading in ("Code", "Nom", "État", "Bailleurs", "Ménages", "Objectif", "Réalisés"):
        table.add_column(heading)
    for one in found:
        counts = (one.bailleurs, one.households, one.objective, one.done)
        table.add_row(one.code, one.name, _STATES[one.state], *map(str, counts))
    Console().print(table)


@app.command("open")
def open_wave(code: Code) -> None:
    """Ouvre le terrain : les objectifs se figent, les dossiers entrent dans la file."""
    with as_app() as db:
        opened = field.open_wave(db, wave_by_code(db, code).id, clock.now())
    print(
        f"Terrain de « {code} » ouvert : {opened.bailleurs} bailleurs, {opened.released} dossiers, "
        f"objectif {opened.target}."
    )


@app.command("close")
def close_wave(
    code: Code, sure: Annotated[bool, typer.Option("--oui", help="Sans demander de confirmation.")] = False
) -> None:
    """Ferme le terrain : chaque dossier en attente reçoit son résultat. Ne se défait pas."""
    if not sure:
        typer.confirm(f"Fermer le terrain de « {code} » ? Cela ne se défait pas.", abort=True)
    with as_app() as db:
        ended = field.close_wave(db, wave_by_code(db, code).id, clock.now())
    told = (
        ", ".join(f"{label(outcome)} : {count}" for outcome, count in ended.items())
        or "aucun dossier n’attendait"
    )
    print(f"Terrain de « {code} » fermé. {told}.")


@app.command()
def status(code: Code, as_json: AsJson = False) -> None:
    """L’état d’une édition : ses quotas, ceux qui demandent attention d’abord."""
    with as_app() as db:
        wave_id = wave_by_code(db, code).id
        shown = board.board(db, wave_id, clock.now())
    counts = {pace.value: shown.count(pace) for pace in Pace}
    if as_json:
        totals = {"target": shown.target, "done": shown.done, "reserved": shown.under_way}
        print(json.dumps(totals | {"promised": shown.promised, "cells": counts}, ensure_ascii=False))
        return
    table = Table(title=f"{shown.done} réalisés sur {shown.target}", title_justify="left")
    for heading in ("Bailleur", "QPV", "Réalisés", "Objectif", "En cours", "Promis", "À appeler", "État"):
        table.add_column(heading)
    for line in shown.lines:
        for qpv, cell in (("non", line.outside), ("oui", line.inside)):
            held = (
                cell.counts.done,
                cell.counts.target,
                cell.counts.reserved,
                cell.counts.promised,
                cell.left,
            )
            table.add_row(line.bailleur, qpv, *map(str, held), cell.verdict.pace.mark)
    Console().print(table)


def _as_fields(one: WaveFigures) -> dict[str, object]:
    return {
        "code": one.code,
        "name": one.name,
        "state": one.state,
        "demo": one.is_demo,
        "bailleurs": one.bailleurs,
        "households": one.households,
        "objective": one.objective,
        "done": one.done,
    }
