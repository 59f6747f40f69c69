"""The `cati` command. Each module of this package is one of its words, listed here and nowhere else."""

import signal
import sys
from typing import NoReturn

import typer
from sqlalchemy.exc import OperationalError

from cati import logs
from cati.cli import (
    audit,
    case,
    db,
    demo,
    doctor,
    export,
    questionnaire,
    quota,
    rates,
    sample,
    serve,
    status,
    user,
    wave,
)
from cati.errors import (
    CatiError,
    Conflict,
    Invalid,
    LineUnavailable,
    NotAllowed,
    NotFound,
    QuestionnaireRefused,
    SampleFileRefused,
    SettingsRefused,
)

app = typer.Typer(
    name="cati",
    help="Enquêtes téléphoniques : échantillon, appels, quotas, questionnaire, exports.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(db.app, name="db")
app.add_typer(questionnaire.app, name="questionnaire")
app.add_typer(sample.app, name="sample")
app.add_typer(user.app, name="user")
app.add_typer(case.app, name="case")
app.add_typer(quota.app, name="quota")
app.add_typer(wave.app, name="wave")
app.add_typer(audit.app, name="audit")
app.command("demo")(demo.demo)
app.command("serve")(serve.serve)
app.command("doctor")(doctor.doctor)
app.command("status")(status.status)
app.command("export")(export.export)
app.command("rates")(rates.rates)

_FRENCH: dict[type[CatiError], str] = {
    CatiError: "Erreur",
    NotFound: "Introuvable",
    NotAllowed: "Interdit",
    Conflict: "Impossible, l’état a changé",
    Invalid: "Refusé",
    SettingsRefused: "Installation refusée",
    SampleFileRefused: "Fichier refusé",
    QuestionnaireRefused: "Questionnaire refusé",
    LineUnavailable: "Ligne téléphonique indisponible",
}


def main() -> None:
    """Run the command. A refusal is a French sentence on stderr and exit code 1, never a traceback."""
    logs.configure()
    signal.signal(signal.SIGTERM, _leave)  # so that a stopped command also stops the server it started
    try:
        app()
    except CatiError as error:
        _refuse(sentence(error))
    except OperationalError as error:
        _refuse(f"La base de données ne répond pas : {error.orig}".strip())


def sentence(error: CatiError) -> str:
    """What went wrong, for whoever typed the command."""
    title = next(_FRENCH[kind] for kind in type(error).__mro__ if kind in _FRENCH)
    told = str(error).removeprefix((type(error).__doc__ or "").strip()).strip()
    return f"{title} : {told}" if told else f"{title}."


def _refuse(text: str) -> NoReturn:
    print(text, file=sys.stderr)
    raise SystemExit(1)


def _leave(_signal: int, _frame: object) -> NoReturn:
    raise SystemExit(128 + signal.SIGTERM)
