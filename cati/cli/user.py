"""`cati user`: accounts, their passwords and sessions, who works on which wave."""

import json
import secrets
import sys
from dataclasses import replace
from datetime import datetime
from typing import Annotated, NoReturn
from zoneinfo import ZoneInfo

import typer
from sqlalchemy import Connection

from cati import clock
from cati.cli.connection import as_app
from cati.errors import NotFound
from cati.people import actions, views
from cati.people.actions import LoginTaken, NewAssignment, NewUser, PasswordTooShort
from cati.people.passwords import Passwords
from cati.people.rules import Role, folded
from cati.people.store import Scope
from cati.settings import load
from cati.surveys.views import bailleur_by_code, wave_by_code

app = typer.Typer(name="user", help="Comptes, mots de passe, sessions, affectations.", no_args_is_help=True)

Login = Annotated[str, typer.Argument(help="Identifiant.")]
Generate = Annotated[bool, typer.Option("--generate", help="Tire un mot de passe au hasard et l’affiche.")]
Stdin = Annotated[bool, typer.Option("--password-stdin", help="Lit le mot de passe sur l’entrée standard.")]


@app.command()
def create(  # noqa: PLR0913, PLR0917  (the options of a command are its arguments)
    login: Login,
    role: Annotated[Role, typer.Option(help="Rôle du compte.")],
    first_name: Annotated[str, typer.Option(help="Prénom, dit au téléphone.")],
    name: Annotated[str, typer.Option(help="Nom affiché dans les listes.")],
    number: Annotated[int | None, typer.Option(help="Numéro d’enquêteur dans les exports.")] = None,
    bailleur: Annotated[str | None, typer.Option(help="Code du bailleur d’un observateur.")] = None,
    organisation: Annotated[
        str | None, typer.Option(help="Organisme d’un observateur ; sans bailleur : la région.")
    ] = None,
    generate: Generate = False,
    password_stdin: Stdin = False,
) -> None:
    """Crée un compte."""
    if (role is Role.OBSERVER) != bool(organisation) or (bailleur and not organisation):
        _fail(
            "Un observateur, et lui seul, a un organisme (--organisation) et, sinon la région, un bailleur."
        )
    password = _password(generate=generate, from_stdin=password_stdin)
    new = NewUser(
        login=login, first_name=first_name, display_name=name, role=role, password=password, number=number
    )
    with as_app() as db:
        if organisation:
            new = replace(new, scope=_scope(db, organisation, bailleur))
        made = actions.create_user(db, Passwords.of(load()), new, clock.now())
    if isinstance(made, LoginTaken | PasswordTooShort):
        _fail(_refusal(made))
    typer.echo(f"Compte {folded(login)} créé ({role.value}), n° {made}.")


@app.command()
def password(login: Login, generate: Generate = False, password_stdin: Stdin = False) -> None:
    """Donne un autre mot de passe au compte et ferme ses sessions."""
    new = _password(generate=generate, from_stdin=password_stdin)
    with as_app() as db:
        done = actions.reset_password(db, Passwords.of(load()), _id_of(db, login), new, clock.now())
    if isinstance(done, PasswordTooShort):
        _fail(_refusal(done))
    typer.echo(f"Mot de passe de {folded(login)} changé, sessions fermées.")


@app.command("list")
def list_accounts(
    as_json: Annotated[bool, typer.Option("--json", help="Pour un programme.")] = False,
) -> None:
    """Liste les comptes."""
    with as_app() as db:
        found = views.accounts(db)
    if as_json:
        lines = [
            {"id": one.id, "login": one.login, "name": one.display_name, "number": one.number}
            | {"role": one.role.value, "active": one.active}
            for one in found
        ]
        typer.echo(json.dumps(lines, ensure_ascii=False))
        return
    for one in found:
        closed = "" if one.active else "  (fermé)"
        typer.echo(f"{one.login:<20} {one.role.value:<12} {one.display_name}{closed}")


@app.command()
def assign(
    login: Login,
    wave: Annotated[str, typer.Option(help="Code de l’édition.")],
    skill: Annotated[str, typer.Option(help="Compétence ; vide : dossiers ordinaires.")] = "",
    until: Annotated[
        datetime | None, typer.Option(help="Fin (heure de Paris) ; sinon la fin du terrain.")
    ] = None,
) -> None:
    """Affecte un compte à une édition, dès maintenant."""
    now = clock.now()
    with as_app() as db:
        wave_id = wave_by_code(db, wave).id
        new = NewAssignment(
            user_id=_id_of(db, login), wave_id=wave_id, starts_at=now, ends_at=_in_paris(until), skill=skill
        )
        actions.assign(db, new, now)
    typer.echo(f"{folded(login)} est affecté à l’édition {wave}.")


@app.command("end-sessions")
def end_sessions(login: Login) -> None:
    """Ferme toutes les sessions du compte."""
    with as_app() as db:
        ended = actions.end_sessions(db, _id_of(db, login), clock.now())
    typer.echo(f"Sessions fermées : {ended}.")


def _password(*, generate: bool, from_stdin: bool) -> str:
    if generate:
        made = secrets.token_urlsafe(12)
        typer.echo(f"Mot de passe : {made}")
        return made
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    typed: str = typer.prompt("Mot de passe", hide_input=True, confirmation_prompt="Une seconde fois")
    return typed


def _scope(db: Connection, organisation: str, bailleur: str | None) -> Scope:
    return Scope(
        organisation=organisation, bailleur_id=None if bailleur is None else bailleur_by_code(db, bailleur)
    )


def _id_of(db: Connection, login: str) -> int:
    found = views.user_id_of(db, folded(login))
    if found is None:
        raise NotFound(login=folded(login))
    return found


def _in_paris(local: datetime | None) -> datetime | None:
    return None if local is None else local.replace(tzinfo=ZoneInfo("Europe/Paris"))


def _refusal(outcome: LoginTaken | PasswordTooShort) -> str:
    match outcome:
        case LoginTaken():
            return "Cet identifiant ou ce numéro est déjà pris."
        case PasswordTooShort(minimum):
            return f"Le mot de passe doit compter au moins {minimum} caractères."


def _fail(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(1)
