"""A visit over HTTP: the personal link, the signature, the waiting room, the screen, and who may do what."""

import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import text

from cati import clock
from cati.database import transaction
from cati.people.rules import Role
from tests.web.conftest import csrf_of
from tests.web.desk.conftest import ClientOf, Desk

if TYPE_CHECKING:
    from tests.conftest import Database

PARIS = timedelta(hours=1)


def opened(supervisor: TestClient, database: "Database", **fields: str) -> str:
    """The path of a visit opened from now on, for the only bailleur."""
    with transaction(database.engine) as db:
        bailleur = db.execute(text("select id from bailleurs order by id limit 1")).scalar_one()
        wave = db.execute(text("select id from waves")).scalar_one()
    now = clock.now() + PARIS
    form = {
        "title": "Visite de mars",
        "wave": str(wave),
        "scope": "bailleurs",
        "starts": (now - timedelta(minutes=10)).strftime("%Y-%m-%dT%H:%M"),
        "ends": (now + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M"),
        f"bailleur-{bailleur}": "oui",
    }
    answer = supervisor.post("/suivi/visites", data=form | fields)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def invited(supervisor: TestClient, path: str, name: str = "Ines Fictif") -> str:
    """The path of the personal link of somebody invited."""
    page = supervisor.get(path).text
    bailleur = re.search(r'<option value="(\d+)"', page)
    assert bailleur is not None
    form = {"name": name, "organisation": "Habitat des Flandres", "bailleur": bailleur[1]}
    answer = supervisor.post(f"{path}/invitations", data=form)
    found = re.search(r"(/visite/entree/[\w-]+)", answer.text)
    assert found is not None, answer.text
    assert found[1] not in supervisor.get(path).text, "shown once"
    return found[1]


def entered(app: FastAPI, link: str, *, signed: bool = True) -> TestClient:
    """The guest's browser, past the link."""
    guest = TestClient(app, follow_redirects=False, raise_server_exceptions=False)
    assert guest.post(link).headers["Location"] == "/visite"
    guest.headers["X-CSRF-Token"] = csrf_of(guest.get("/visite").text)
    if signed:
        answer = guest.post("/visite/signature", data={"name": "Ines Fictif", "agreed": "true"})
        assert answer.status_code == 303
    return guest


@pytest.fixture
def visit(supervisor: TestClient, desk: Desk, database: "Database") -> str:
    return opened(supervisor, database)


def test_looking_at_the_link_does_not_use_it(
    app: FastAPI, client: TestClient, supervisor: TestClient, visit: str
) -> None:
    link = invited(supervisor, visit)
    looked = client.get(link)
    assert (looked.status_code, "set-cookie" in looked.headers) == (200, False)
    assert entered(app, link, signed=False).get("/visite").status_code == 200
    assert client.post("/visite/entree/quelconque").status_code == 404


def test_nothing_is_shown_before_the_commitment_is_signed(
    app: FastAPI, supervisor: TestClient, visit: str
) -> None:
    guest = entered(app, invited(supervisor, visit), signed=False)
    assert "Engagement de confidentialité" in guest.get("/visite").text
    assert guest.post("/visite/signature", data={"name": "Ines Fictif"}).status_code == 422, "not ticked"
    assert guest.post("/visite/signature", data={"name": "", "agreed": "true"}).status_code == 422
    guest.post("/visite/signature", data={"name": "Ines Fictif", "agreed": "true"})
    assert "Salle d’attente" in guest.get("/visite").text
    assert "signé à" in supervisor.get(visit).text


def test_a_guest_follows_an_interview_without_any_identity(
    app: FastAPI,
    supervisor: TestClient,
    visit: str,
    desk: Desk,
) -> None:
    guest = entered(app, invited(supervisor, visit))
    assert guest.post("/visite/prochain", headers={"HX-Request": "true"}).status_code == 200
    desk.at_an_interview(agreed=True)
    answer = guest.post("/visite/prochain", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, "/visite")
    page = guest.get("/visite").text
    assert 'data-seen="A1"' in page
    assert "Je reconnais cette personne" in page
    desk.look().say(2)
    page = guest.get("/visite").text
    assert 'data-seen="A2"' in page
    assert "Plutôt satisfait(e)" in page
    assert "Habitat des Flandres" in supervisor.get(visit).text
    with desk.db() as db:
        identity = db.execute(text("select export_id::text from interviews")).scalar_one()
    for secret in ("Acacias", "Lille", "06 39 98", "Claude", identity):
        assert secret not in page
    assert "Écoute client" in desk.look().html
    assert "Alt+K" in desk.html


def test_the_interviewer_cuts_by_a_form_and_the_guest_is_told(
    app: FastAPI,
    supervisor: TestClient,
    visit: str,
    desk: Desk,
) -> None:
    guest = entered(app, invited(supervisor, visit))
    desk.at_an_interview(agreed=True)
    guest.post("/visite/prochain")
    desk.look().send("/poste/ecoute/couper")
    assert desk.question == "A1", "his screen stays as it is"
    page = guest.get("/visite").text
    assert "data-seen" not in page
    assert "Le télé-enquêteur a coupé l’écoute." in page
    assert guest.post("/visite/battement").headers.get("Location") == "/visite"


def test_a_guest_leaves_or_recognises_at_once(
    app: FastAPI, supervisor: TestClient, visit: str, desk: Desk
) -> None:
    guest = entered(app, invited(supervisor, visit))
    desk.at_an_interview(agreed=True)
    guest.post("/visite/prochain")
    assert guest.post("/visite/battement").status_code == 204
    guest.post("/visite/reconnu")
    assert "ne vous sera plus jamais proposé" in guest.get("/visite").text
    assert "Écoute client" not in desk.look().html


def test_the_supervisor_cuts_and_the_end_of_the_visit_signs_the_guest_out(
    app: FastAPI,
    supervisor: TestClient,
    visit: str,
    desk: Desk,
) -> None:
    link = invited(supervisor, visit)
    guest = entered(app, link)
    desk.at_an_interview(agreed=True)
    guest.post("/visite/prochain")
    assert supervisor.post(f"{visit}/couper").status_code == 303
    assert "Le superviseur a coupé l’écoute." in guest.get("/visite").text
    answer = supervisor.post(f"{visit}/cloture")
    assert answer.headers["Location"] == f"{visit}/rapport"
    assert guest.get("/visite").headers["Location"].startswith("/connexion")
    assert guest.post(link).status_code == 404
    page = supervisor.get(f"{visit}/rapport").text
    assert "Entretiens suivis" in page
    assert "Ines Fictif" in page


def test_the_report_is_for_supervisors_and_analysts(
    supervisor: TestClient, analyst: TestClient, visit: str
) -> None:
    assert analyst.get(f"{visit}/rapport").status_code == 200
    assert analyst.get(visit).status_code == 403


def test_what_a_guest_says_of_the_script_reaches_the_report(
    app: FastAPI, supervisor: TestClient, analyst: TestClient, visit: str
) -> None:
    guest = entered(app, invited(supervisor, visit))
    assert guest.post("/visite/remarque", data={"text": ""}).status_code == 422
    assert guest.post("/visite/remarque", data={"text": "x" * 301}).status_code == 422
    assert guest.post("/visite/remarque", data={"question": "A1", "text": "Trop longue."}).status_code == 200
    assert "Trop longue." in analyst.get(f"{visit}/rapport").text
    assert "Trop longue." in supervisor.get(visit).text


def test_an_observer_without_a_visit_is_told_so(client_of: ClientOf) -> None:
    observer = client_of(Role.OBSERVER)
    assert "Aucune visite" in observer.get("/visite").text
    assert observer.post("/visite/prochain").status_code == 403
    assert observer.get("/visite/direct").status_code == 204


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"title": ""}, 422),
        ({"starts": ""}, 422),
        ({"scope": "monde"}, 422),
        ({"ends": "2020-01-01T10:00"}, 422),  # over before it begins
    ],
)
def test_a_visit_badly_typed_is_refused_with_what_was_typed(
    supervisor: TestClient,
    desk: Desk,
    database: "Database",
    fields: dict[str, str],
    status: int,
) -> None:
    with transaction(database.engine) as db:
        wave = db.execute(text("select id from waves")).scalar_one()
        bailleur = db.execute(text("select id from bailleurs")).scalar_one()
    form = {
        "title": "Mars",
        "wave": str(wave),
        "scope": "bailleurs",
        "starts": "2030-03-01T14:00",
        "ends": "2030-03-01T17:00",
    }
    answer = supervisor.post("/suivi/visites", data=form | {f"bailleur-{bailleur}": "oui"} | fields)
    assert answer.status_code == status
    assert supervisor.post("/suivi/visites", data=form).status_code == 422, "no bailleur"


def test_the_interviewer_declines_by_a_form(supervisor: TestClient, visit: str, desk: Desk) -> None:
    assert "Visite en cours" in desk.look().html
    desk.send("/poste/ecoute/refus")
    assert "vous n’êtes pas observé" in desk.look().html
    desk.at_an_interview()
    assert 'name="visit"' not in desk.html


def test_the_screen_of_int3_says_the_announcement(
    supervisor: TestClient, visit: str, desk: Desk, keys: Path
) -> None:
    desk.at_an_interview()
    desk.say(1)
    desk.say(1)
    assert desk.question == "INT3"
    assert "peut écouter l’entretien" in desk.words
    assert 'name="visit"' in desk.html
    desk.look()
    assert "peut écouter l’entretien" in desk.words, "the same when the page is reloaded"
    supervisor.post(f"{visit}/cloture")
    desk.look()
    assert "peut écouter l’entretien" not in desk.words
