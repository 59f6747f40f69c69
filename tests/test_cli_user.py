"""`cati user` as an administrator types it."""

import json
from collections.abc import Callable

import pytest
from click.testing import Result
from sqlalchemy import text
from typer.testing import CliRunner

from cati import clock
from cati.cli.user import app
from cati.database import transaction
from cati.errors import NotFound
from cati.people import actions, store, views
from cati.people.passwords import Passwords
from cati.surveys import actions as surveys
from cati.surveys.actions import NewWave
from cati.surveys.rules import LineDriver

Cati = Callable[..., Result]
CREATE = ("create", "Éloïse", "--role", "interviewer", "--first-name", "Éloïse", "--name", "Éloïse T.")


@pytest.fixture
def cati(database) -> Cati:  # type: ignore[no-untyped-def]
    """The command on an own database; `typed` is what stands on its standard input."""
    addresses = {
        "DATABASE_URL": database.app_url,
        "CATI_OWNER_URL": database.owner_url,
        "CATI_OBSERVER_URL": database.observer_url,
    }

    def run(*words: str, typed: str = "") -> Result:
        return CliRunner().invoke(app, words, input=typed, env=addresses)

    return run


def signs_in(database, password: str) -> bool:  # type: ignore[no-untyped-def]
    attempt = actions.Attempt(login="eloise", password=password, address="192.0.2.1")
    with transaction(database.engine) as db:
        outcome = actions.sign_in(db, Passwords(least_cost=True), attempt, clock.now())
    return isinstance(outcome, actions.SignedIn)


def test_an_account_created_with_a_generated_password_signs_in(cati: Cati, database) -> None:  # type: ignore[no-untyped-def]
    printed = cati(*CREATE, "--generate").stdout.splitlines()
    assert printed[1].startswith("Compte eloise créé (interviewer)")
    assert signs_in(database, printed[0].removeprefix("Mot de passe : "))


def test_a_password_comes_from_standard_input_or_is_asked_twice(cati: Cati, database) -> None:  # type: ignore[no-untyped-def]
    assert cati(*CREATE, "--password-stdin", typed="une phrase de test\n").exit_code == 0
    assert signs_in(database, "une phrase de test")
    assert cati("password", "eloise", typed="une autre phrase\nune autre phrase\n").exit_code == 0
    assert signs_in(database, "une autre phrase")
    assert not signs_in(database, "une phrase de test")


@pytest.mark.parametrize(
    ("words", "typed", "sentence"),
    [
        (CREATE, "une phrase de test\n", "Cet identifiant ou ce numéro est déjà pris.\n"),
        (("password", "eloise"), "court\n", "Le mot de passe doit compter au moins 12 caractères.\n"),
    ],
)
def test_a_refusal_says_why_and_fails(cati: Cati, words: tuple[str, ...], typed: str, sentence: str) -> None:
    cati(*CREATE, "--generate")
    refused = cati(*words, "--password-stdin", typed=typed)
    assert (refused.exit_code, refused.stderr) == (1, sentence)


def test_the_list_is_for_people_and_for_programs(cati: Cati) -> None:
    cati(*CREATE, "--number", "12", "--generate")
    assert cati("list").stdout.split() == ["eloise", "interviewer", "Éloïse", "T."]
    [account] = json.loads(cati("list", "--json").stdout)
    assert (account["login"], account["number"], account["active"]) == ("eloise", 12, True)


def test_sessions_are_ended_from_the_command_line(cati: Cati, database) -> None:  # type: ignore[no-untyped-def]
    cati(*CREATE, "--password-stdin", typed="une phrase de test\n")
    assert signs_in(database, "une phrase de test")
    assert cati("end-sessions", "ELOÏSE").stdout == "Sessions fermées : 1.\n"
    with database.engine.connect() as db:
        assert db.scalar(text("select count(*) from sessions where ended_at is null")) == 0


def test_an_interviewer_works_on_the_wave_he_is_assigned_to(cati: Cati, database) -> None:  # type: ignore[no-untyped-def]
    cati(*CREATE, "--generate")
    with transaction(database.engine) as db:
        survey_id = surveys.create_survey(db, "triennale", "Enquête triennale")
        wave_id = surveys.create_wave(
            db,
            NewWave(
                survey_id=survey_id, code="t26", name="2026", institute="Institut", line=LineDriver.MANUAL
            ),
            clock.now(),
        )
    assert (
        cati("assign", "eloise", "--wave", "t26", "--skill", "nl").stdout
        == "eloise est affecté à l’édition t26.\n"
    )
    with transaction(database.engine) as db:
        user_id = views.user_id_of(db, "eloise")
        assert store.assignments_of(db, user_id, clock.now()) == (
            store.Assignment(wave_id=wave_id, skill="nl"),
        )


@pytest.mark.parametrize("words", [("end-sessions", "personne"), ("assign", "eloise", "--wave", "rien")])
def test_who_does_not_exist_is_not_found(cati: Cati, words: tuple[str, ...]) -> None:
    assert isinstance(cati(*words).exception, NotFound)


def test_an_observer_is_created_for_a_bailleur_or_for_the_region(cati: Cati, database) -> None:  # type: ignore[no-untyped-def]
    with transaction(database.engine) as db:
        bailleur_id = surveys.create_bailleur(db, "07", "Habitat des Flandres")
    who = ("--first-name", "Alix", "--name", "Alix F.", "--generate")
    observer = ("--role", "observer", "--organisation", "Habitat des Flandres")
    assert cati("create", "un", *observer, "--bailleur", "07", *who).exit_code == 0
    assert cati("create", "deux", *observer, *who).exit_code == 0
    with transaction(database.engine) as db:
        scopes = [store.scope_of(db, views.user_id_of(db, login) or 0) for login in ("un", "deux")]
    assert [scope and scope.bailleur_id for scope in scopes] == [bailleur_id, None]
    with pytest.raises(NotFound, match="pas de bailleur « 99 »"):
        raise cati("create", "trois", *observer, "--bailleur", "99", *who).exception or AssertionError


@pytest.mark.parametrize(
    "words",
    [
        ("--role", "observer"),  # an observer belongs to somebody
        ("--role", "observer", "--bailleur", "07"),
        ("--role", "analyst", "--organisation", "Habitat"),  # and nobody else does
    ],
)
def test_only_observers_have_an_organisation_and_all_of_them_do(cati: Cati, words: tuple[str, ...]) -> None:
    answer = cati("create", "un", *words, "--first-name", "Alix", "--name", "Alix F.", "--generate")
    assert answer.exit_code == 1
    assert "Un observateur, et lui seul" in answer.stderr
