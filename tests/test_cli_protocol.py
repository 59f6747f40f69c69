"""`cati wave protocol` and the closed days, as they are typed."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from cati import clock
from cati.cli.wave import app
from cati.database import transaction
from cati.errors import Conflict
from cati.people import actions as people
from cati.people.actions import NewUser
from cati.people.passwords import Passwords
from cati.people.rules import Role
from cati.scheduling import store as scheduling
from cati.scheduling.rules import PRUDENT, STANDARD
from cati.surveys import actions as surveys
from cati.surveys.actions import NewWave
from cati.surveys.rules import LineDriver

Cati = Callable[..., Result]


@pytest.fixture
def cati(database) -> Cati:  # type: ignore[no-untyped-def]
    """The command on an own database with one wave, `t26`, that has no protocol yet."""
    addresses = {
        "DATABASE_URL": database.app_url,
        "CATI_OWNER_URL": database.owner_url,
        "CATI_OBSERVER_URL": database.observer_url,
    }
    with transaction(database.engine) as db:
        survey_id = surveys.create_survey(db, "triennale", "Enquête triennale")
        made = NewWave(
            survey_id=survey_id,
            code="t26",
            name="Triennale 2026",
            institute="I",
            line=LineDriver.MANUAL,
            is_demo=False,
        )
        surveys.create_wave(db, made, clock.now())
        for login, role in (("chef", Role.SUPERVISOR), ("te", Role.INTERVIEWER)):
            new = NewUser(
                login=login, first_name="X", display_name=login, role=role, password="une phrase de test"
            )
            people.create_user(db, Passwords(least_cost=True), new, clock.now())

    def run(*words: str, typed: str = "") -> Result:
        return CliRunner().invoke(app, words, input=typed, env=addresses)

    return run


WHY = ("--reason", "le bailleur le demande", "--oui")


def test_a_wave_gets_its_first_protocol_and_another_one_then(cati: Cati, database, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    assert cati("protocol", "t26").exit_code == 1
    assert cati("protocol", "t26", "--preset", "études standard", *WHY, "--by", "chef").exit_code == 0
    shown = cati("protocol", "t26").stdout
    assert "D’après « études standard »." in shown
    assert "Un foyer est appelé au plus 2\u00a0fois par jour.  [caps.attempts_per_day]" in shown
    file = tmp_path / "protocole.yaml"
    file.write_text("preset: prudent D.223-9\ncaps: {attempts: 6}\n")
    told = cati("protocol", "t26", "--file", str(file), "--set", "rest.days=120", *WHY).stdout
    assert "- Dans l’étude : 10\u00a0fois → 6\u00a0fois" in told
    assert "Les délais et les plafonds s’appliquent à chaque dossier à son prochain appel" in told
    assert "version 2 en vigueur" in told
    kept = json.loads(cati("protocol", "t26", "--json").stdout)
    assert (kept["caps"]["attempts"], kept["rest"]["days"]) == (6, 120)
    with database.engine.connect() as db:
        assert scheduling.protocol(db, 1, 1) == STANDARD
        assert scheduling.protocol(db, 1, 2).windows == PRUDENT.windows


def test_a_protocol_that_is_not_wanted_after_all_stays_out(cati: Cati) -> None:
    assert cati("protocol", "t26", "--preset", "études standard", typed="n\n").exit_code == 1
    assert cati("protocol", "t26").exit_code == 1


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--preset", "charte"), "Il n’y a pas de préréglage « charte »"),
        (("--set", "caps.atempts=6"), "caps.atempts : Clé inconnue"),
        (("--set", "caps.attempts=mille"), "caps.attempts : Un nombre entier est attendu."),
        (("--file", "absent.yaml"), "absent.yaml ne se lit pas"),
        (("--preset", "études standard", "--by", "te", *WHY), "ni superviseur ni administrateur"),
    ],
)
def test_what_cannot_be_is_said(cati: Cati, words: tuple[str, ...], sentence: str) -> None:
    result = cati("protocol", "t26", *words)
    assert result.exit_code == 1
    assert sentence in result.stderr


def test_a_real_study_never_calls_at_night(cati: Cati) -> None:
    result = cati("protocol", "t26", "--preset", "démonstration", *WHY)
    assert isinstance(result.exception, Conflict)


def test_a_day_is_closed_listed_and_opened_again(cati: Cati) -> None:
    day = clock.now().date().replace(year=clock.now().year + 1)
    told = cati("close-day", day.isoformat(), "--wave", "t26", "--reason", "pont", "--by", "chef").stdout
    assert "Rendez-vous pris ce jour-là : 0." in told
    listed = json.loads(cati("closures", "t26", "--json").stdout)
    assert [(each["day"], each["reason"]) for each in listed] == [(day.isoformat(), "pont")]
    assert "pont" in cati("closures").stdout
    assert cati("reopen-day", str(listed[0]["id"]), "--reason", "finalement").exit_code == 0
    assert "Aucun jour fermé" in cati("closures", "t26").stdout
