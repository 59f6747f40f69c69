"""`cati wave protocol` and the closed days: how often and when households are called, told and changed."""

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from sqlalchemy import Connection

from cati import clock
from cati.calling.actions import protocols as acts
from cati.calling.actions.protocols import ProtocolOrder
from cati.cli.connection import as_app
from cati.errors import NotFound
from cati.people import store as people
from cati.people import views as people_views
from cati.people.rules import Role, folded
from cati.scheduling import store as scheduling
from cati.scheduling.rules import (
    CATALOGUE,
    STANDARD,
    Problems,
    Protocol,
    chapters,
    differences,
    nearest,
    read_protocol,
    with_values,
)
from cati.supervision.views import protocol_words, protocols
from cati.surveys.views import wave_by_code

Code = Annotated[str, typer.Argument(metavar="ÉDITION", help="Code de l’édition.")]
AsJson = Annotated[bool, typer.Option("--json", help="Pour un programme.")]
Sure = Annotated[bool, typer.Option("--oui", help="Sans demander de confirmation.")]
Reason = Annotated[str, typer.Option(help="Motif, gardé dans le journal.")]
By = Annotated[str, typer.Option(help="Identifiant du superviseur ou de l’administrateur qui décide.")]


def protocol(
    code: Code,
    preset: Annotated[str, typer.Option(help=f"Préréglage : {', '.join(CATALOGUE)}.")] = "",
    file: Annotated[Path | None, typer.Option(help="Valeurs à changer, en YAML ou en JSON.")] = None,
    value: Annotated[
        list[str] | None, typer.Option("--set", help="Une valeur : caps.attempts=8. Se répète.")
    ] = None,
    reason: Reason = "",
    by: By = "",
    sure: Sure = False,
    as_json: AsJson = False,
) -> None:
    """Dit le protocole d’appel en vigueur ; avec --preset, --file ou --set, en met un autre en vigueur."""
    with as_app() as db:
        wave_id = wave_by_code(db, code).id
        before = _in_force(db, wave_id)
        if not (preset or file or value):
            _print(db, wave_id, before, as_json=as_json)
            return
        after = _wanted(before, preset, file, value or [])
        if not _agreed(db, wave_id, before, after, sure=sure):
            raise typer.Exit(1)
        reason = reason or typer.prompt("Motif")
        order = ProtocolOrder(protocol=after, reason=reason)
        version = acts.change_protocol(db, wave_id, order, by=_decider(db, by), now=clock.now())
    typer.echo(f"Protocole de « {code} » : version {version} en vigueur.")


def closures(
    code: Annotated[str, typer.Argument(metavar="[ÉDITION]", help="Code de l’édition ; sans : tout.")] = "",
    as_json: AsJson = False,
) -> None:
    """Liste les jours fermés, à venir, en plus des jours fériés."""
    with as_app() as db:
        wave_id = wave_by_code(db, code).id if code else None
        found = scheduling.closures_of(db, wave_id, clock.now().date())
    if as_json:
        lines = [
            {"id": each.id, "day": each.day.isoformat(), "wave": each.wave_id, "reason": each.reason}
            for each in found
        ]
        typer.echo(json.dumps(lines, ensure_ascii=False))
        return
    for each in found:
        whom = "toutes les éditions" if each.wave_id is None else "cette édition"
        typer.echo(f"{each.id:>5}  {each.day:%d/%m/%Y}  {whom}  {each.reason}")
    if not found:
        typer.echo("Aucun jour fermé à venir.")


def close_day(
    day: Annotated[datetime, typer.Argument(metavar="JOUR", formats=["%Y-%m-%d"], help="Le jour à fermer.")],
    wave: Annotated[str, typer.Option("--wave", help="Code de l’édition ; sans : toutes les éditions.")] = "",
    reason: Reason = "",
    by: By = "",
) -> None:
    """Ferme un jour : aucun foyer n’est appelé, aucun rendez-vous n’est proposé ce jour-là."""
    now = clock.now()
    with as_app() as db:
        wave_id = wave_by_code(db, wave).id if wave else None
        standing = protocols.appointments_on(db, day.date(), wave_id, now)
        reason = reason or typer.prompt("Motif")
        acts.close_day(db, day.date(), wave_id=wave_id, reason=reason, by=_decider(db, by), now=now)
    typer.echo(f"Le {day:%d/%m/%Y} est fermé. Rendez-vous pris ce jour-là : {standing}.")


def reopen_day(
    closure: Annotated[int, typer.Argument(metavar="NUMÉRO", help="Numéro donné par « closures ».")],
    reason: Reason = "",
    by: By = "",
) -> None:
    """Rouvre un jour fermé."""
    with as_app() as db:
        reason = reason or typer.prompt("Motif")
        acts.reopen_day(db, closure, reason=reason, by=_decider(db, by), now=clock.now())
    typer.echo("Le jour est rouvert.")


def _in_force(db: Connection, wave_id: int) -> Protocol | None:
    version = scheduling.version_in_force(db, wave_id)
    return None if version is None else scheduling.protocol(db, wave_id, version)


def _wanted(before: Protocol | None, preset: str, file: Path | None, values: list[str]) -> Protocol:
    if preset and preset not in CATALOGUE:
        _fail([f"Il n’y a pas de préréglage « {preset} » : {', '.join(CATALOGUE)}."])
    base = CATALOGUE[preset].protocol if preset else before or STANDARD
    if file is not None:
        base = _read(read_protocol(_content(file), base))
    typed = dict(each.partition("=")[::2] for each in values)
    return _read(with_values(base, typed)) if typed else base


def _content(file: Path) -> object:
    """JSON is YAML too."""
    try:
        return YAML(typ="safe").load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, YAMLError) as unreadable:
        _fail([f"{file} ne se lit pas : {str(unreadable).splitlines()[0]}"])


def _read(found: Protocol | Problems) -> Protocol:
    if not isinstance(found, tuple):
        return found
    return _fail([f"{each.path or 'protocole'} : {each.sentence}" for each in found])


def _agreed(db: Connection, wave_id: int, before: Protocol | None, after: Protocol, *, sure: bool) -> bool:
    """What changes, told; whether it is to be."""
    if before is not None:
        for change in differences(before, after):
            typer.echo(f"- {change.title} : {change.before} → {change.after}")
        now = clock.now()
        counted = protocols.effects(db, wave_id, before, after, now)
        for sentence in protocol_words.sentences(before, after, counted, protocols.skilled(db, wave_id, now)):
            typer.echo(f"  {sentence}")
    return sure or typer.confirm("Mettre ce protocole en vigueur ?")


def _print(db: Connection, wave_id: int, protocol: Protocol | None, *, as_json: bool) -> None:
    if protocol is None:
        typer.echo("Cette édition n’a pas de protocole d’appel.", err=True)
        raise typer.Exit(1)
    if as_json:
        typer.echo(protocol.model_dump_json())
        return
    preset, apart = nearest(protocol)
    typer.echo(f"D’après « {preset.name} »" + (f", {len(apart)} valeur(s) changée(s)." if apart else "."))
    for chapter in chapters(protocol):
        typer.echo(f"\n{chapter.title}")
        for figure in chapter.figures:
            typer.echo(f"  {figure.sentence}  [{figure.path}]")
    typer.echo("\nVersions")
    for each in protocols.versions(db, wave_id):
        who = f", {each.set_by}" if each.set_by else ""
        typer.echo(f"  {each.number}  {each.set_at:%d/%m/%Y %H:%M} UTC{who} : {each.reason}")


def _decider(db: Connection, login: str) -> int | None:
    """Who decides; a command without a name is the machine's own."""
    if not login:
        return None
    user_id = people_views.user_id_of(db, folded(login))
    if user_id is None:
        raise NotFound(login=folded(login))
    if people.get_user(db, user_id).role not in {Role.SUPERVISOR, Role.ADMIN}:
        _fail([f"« {login} » n’est ni superviseur ni administrateur."])
    return user_id


def _fail(sentences: list[str]) -> NoReturn:
    for sentence in sentences:
        typer.echo(sentence, err=True)
    raise typer.Exit(1)
