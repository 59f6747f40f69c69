"""Doors that stay shut: anothers’ case or bailleur, sessions that end, the headers of every answer, odd addresses."""

import re
import time
from datetime import timedelta
from typing import Any

import httpx
import pytest
import schemathesis
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from sqlalchemy import Engine, text
from starlette.routing import Mount

from cati import clock
from cati.database import transaction
from cati.observation import actions as observation
from cati.observation.actions import NewGuest, NewVisit
from cati.observation.rules import Scope as VisitScope
from cati.people import actions as people
from cati.people import views
from cati.people.actions import NewAssignment, NewUser
from cati.people.passwords import Passwords
from cati.people.rules import Role
from cati.people.store import Scope
from cati.settings import Settings
from tests.conftest import Database
from tests.flows.conftest import serving
from tests.web.conftest import PASSWORD, ClientOf, csrf_of
from tests.web.desk.conftest import Desk
from tests.web.desk.conftest import desk as desk  # noqa: PLC0414  (a fixture)
from tests.web.test_access import EVERY_ROUTE, roles_of
from web.security import HEADERS

STREAMS = {route.path for _, route in EVERY_ROUTE if route.path.endswith(("/direct", "/flux"))}


def signed_in(
    app: FastAPI, database: Database, login: str, role: Role, scope: Scope | None = None
) -> TestClient:
    """A browser of an account of its own."""
    new = NewUser(
        login=login,
        first_name="Sacha",
        display_name=f"Sacha {login}",
        role=role,
        password=PASSWORD,
        scope=scope,
    )
    with transaction(database.engine) as db:
        people.create_user(db, Passwords(least_cost=True), new, clock.now())
    browser = TestClient(app, follow_redirects=False, raise_server_exceptions=False)
    assert browser.post("/connexion", data={"login": login, "password": PASSWORD}).status_code == 303
    browser.headers["X-CSRF-Token"] = csrf_of(browser.get("/compte").text)
    return browser


def routes_of(role: Role) -> list[tuple[str, APIRoute]]:
    """What the role may open; streams and the account's own pages apart."""
    return [
        (method, route)
        for method, route in EVERY_ROUTE
        if role in (roles_of(route.dependant) or ())
        and route.path not in STREAMS
        and not route.path.startswith(("/compte", "/deconnexion"))
    ]


#: what the field holds of a case: nobody but the one who holds it may change a row of it
KEPT = {
    "cases": "select * from cases order by id",
    "case_queue": "select * from case_queue order by case_id",
    "attempts": "select * from attempts order by id",
    "dials": "select * from dials order by id",
    "interviews": "select * from interviews order by id",
    "answers": "select * from answers order by 1, 2, 3",
    "answer_events": "select * from answer_events order by 1, 2",
    "oppositions": "select * from oppositions order by 1",
    "dangers": "select * from dangers order by id",
    "phones": "select id, status from phones order by id",
}


def kept(engine: Engine) -> dict[str, list[Any]]:
    with transaction(engine) as db:
        return {table: list(map(tuple, db.execute(text(sql)))) for table, sql in KEPT.items()}


def test_an_interviewer_reaches_nothing_of_the_case_in_anothers_hands(
    app: FastAPI, database: Database, desk: Desk
) -> None:
    """Every route of the desk, asked by a colleague with the ids of the call under way."""
    desk.at_an_interview(agreed=True)
    colleague = signed_in(app, database, "collegue", Role.INTERVIEWER)
    with transaction(database.engine) as db:
        wave_id = db.scalar(text("select id from waves"))
        user_id = views.user_id_of(db, "collegue")
        assert user_id is not None
        assert wave_id is not None
        db.execute(text("update case_queue set due_at = due_at + interval '1 day'"))  # he has none of his own
        people.assign(db, NewAssignment(user_id=user_id, wave_id=wave_id, starts_at=clock.now()), clock.now())
        ids = dict(db.execute(_IDS).one()._mapping)
    form = {name: str(value) for name, value in ids.items()} | {
        "value": "1",
        "seen": "99",
        "iteration": "",
        "heard": "wrong-number",
        "disposition": "opposition",
        "text": "un mot",
        "confirm": "route",
        "at": "2026-11-25T18:00",
        "number": "06 39 98 00 01",
    }
    before = kept(database.engine)
    wrong = {}
    for method, route in routes_of(Role.INTERVIEWER):
        key = {"key": f"00000000-0000-0000-0000-{len(route.path):012}"}
        answer = (
            colleague.post(route.path, data=form | key)
            if method == "POST"
            else colleague.get(route.path, params=form)
        )
        named = re.search(r"Lemaire|Delattre|Carpentier|Wattrelos|Acacias|06.39.98", answer.text)
        if (
            answer.status_code >= 500
            or (named and "entrant" not in route.path)
            or kept(database.engine) != before
        ):
            wrong[method, route.path] = (answer.status_code, named)
            before = kept(database.engine)
    assert wrong == {}
    assert desk.look().question == "A1", "the one who holds it goes on"


_IDS = text(
    """
    select i.id as interview, i.case_id as case, d.id as dial, d.phone_id as phone, 'A1' as question
    from interviews i join attempts a on a.case_id = i.case_id join dials d on d.attempt_id = a.id
    """
)


def test_an_observer_reaches_nothing_of_another_bailleur(
    app: FastAPI, database: Database, desk: Desk
) -> None:
    """Every route of observers, asked by a bailleur who has no part in the wave, with the ids of one who has."""
    desk.at_an_interview(agreed=True)
    with transaction(database.engine) as db:
        other = db.scalar(
            text("insert into bailleurs (code, name, sort_key) values ('ZZ', 'Autre', 'autre') returning id")
        )
    stranger = signed_in(
        app, database, "autre", Role.OBSERVER, Scope(organisation="Autre", bailleur_id=other)
    )
    before = kept(database.engine)
    form = {
        "interview": "1",
        "visit": "1",
        "bailleur": "1",
        "case": "1",
        "text": "un mot",
        "edition": "triennale-2026",
    }
    asked = routes_of(Role.OBSERVER)
    assert {route.path for _, route in asked} >= {"/bailleur", "/visite"}
    for method, route in asked:
        for said in (form, {}):
            answer = (
                stranger.post(route.path, data=said)
                if method == "POST"
                else stranger.get(route.path, params=said)
            )
            assert answer.status_code < 500, (method, route.path)
            assert not re.search(r"Flandres|Triennale 2026|Lemaire|Acacias", answer.text, re.IGNORECASE), (
                route.path
            )
    assert kept(database.engine) == before


def a_guests_link(database: Database, *, by: str) -> tuple[int, str]:
    """A visit of the only bailleur, open for an hour, and the personal link of its guest."""
    now = clock.now()
    with transaction(database.engine) as db:
        wave_id = db.scalar(text("select id from waves"))
        bailleur_id = db.scalar(text("select id from bailleurs"))
        chief = views.user_id_of(db, by)
        assert wave_id
        assert bailleur_id
        assert chief
        new = NewVisit(
            wave_id=wave_id,
            scope=VisitScope.BAILLEURS,
            title="Visite",
            starts_at=now - timedelta(minutes=1),
            ends_at=now + timedelta(hours=1),
            bailleurs=frozenset({bailleur_id}),
        )
        visit_id = observation.open_visit(db, new, now, by=chief)
        guest = NewGuest(name="Ines Fictif", organisation="Office", bailleur_id=bailleur_id)
        return visit_id, f"/visite/entree/{observation.invite(db, visit_id, guest, now, by=chief)}"


@pytest.mark.parametrize("how", ["closed", "its hour has come"])
def test_a_guests_session_ends_with_the_visit(
    app: FastAPI, database: Database, desk: Desk, client_of: ClientOf, how: str
) -> None:
    supervisor = client_of(Role.SUPERVISOR)
    visit_id, link = a_guests_link(database, by="supervisor")
    guest = TestClient(app, follow_redirects=False)
    assert guest.post(link).status_code == 303
    assert guest.get("/visite").status_code == 200
    if how == "closed":
        assert supervisor.post(f"/suivi/visites/{visit_id}/cloture").status_code == 303
    else:
        desk.wait(minutes=61)
    for path in ("/visite", "/bailleur", "/compte"):
        answer = guest.get(path)
        assert answer.headers.get("Location", "").startswith("/connexion"), path
    again = TestClient(app, follow_redirects=False).post(link)
    assert (again.status_code, "set-cookie" in again.headers) == (404, False), (
        "the link opens nothing any more"
    )


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        (("GET", "/compte", {}), 200),  # a page
        (("GET", "/compte", {"HX-Request": "true"}), 200),  # its fragment
        (("HEAD", "/healthz", {}), 405),
        (("GET", "/healthz", {}), 200),  # JSON
        (("GET", "/static/css/base.css", {}), 200),
        (("GET", "/static/nulle-part.css", {}), 404),
        (("GET", "/nulle-part", {}), 404),
        (("GET", "/nulle-part", {"HX-Request": "true"}), 404),
        (("PUT", "/compte", {}), 405),
        (("GET", "/poste", {}), 403),  # another role's page
        (("POST", "/deconnexion", {"X-CSRF-Token": "x"}), 403),  # without the session's token
        (("POST", "/deconnexion", {"Origin": "http://ailleurs.example"}), 403),  # refused before any route
        (("GET", "/suivi/cellules/1", {}), 404),
        (("GET", "/suivi/cellules/x", {}), 422),
        (("GET", "/suivi?edition=nulle", {}), 404),
        (("GET", "/en-panne", {}), 500),  # a bug
        (("GET", "/", {"Cookie": ""}), None),
    ],
)
def test_every_kind_of_answer_is_protected(
    app: FastAPI, client_of: ClientOf, asked: tuple[str, str, dict[str, str]], status: int | None
) -> None:
    @app.get("/en-panne")
    def fails() -> None:
        raise RuntimeError

    method, path, headers = asked
    answer = client_of(Role.SUPERVISOR).request(method, path, headers=headers)
    assert status in {None, answer.status_code}, answer.status_code
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert len(answer.headers.get_list("content-security-policy")) == 1
    assert "server" not in answer.headers
    assert "Traceback" not in answer.text
    stored = answer.headers["Cache-Control"]
    assert stored == ("no-cache" if path == "/static/css/base.css" else "no-store")


def test_streams_are_protected_and_end_with_their_session(
    settings: Settings, database: Database, client_of: ClientOf, desk: Desk
) -> None:
    """Before a real server: a stream that a test client opened would never end."""
    assert desk.state == "idle", "there is a field to look at"
    client_of(Role.SUPERVISOR)
    a_guests_link(database, by="supervisor")
    with serving(settings) as url, httpx.Client(base_url=url, timeout=20) as browser:
        browser.post("/connexion", data={"login": "supervisor", "password": PASSWORD})
        for path in sorted(STREAMS):
            with browser.stream("GET", path.replace("{visit_id}", "1")) as answer:
                assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS, path
                assert answer.headers["Cache-Control"] in {"no-store", "no-cache"}, path
        with browser.stream("GET", "/suivi/visites/1/direct") as answer:
            assert answer.status_code == 200
            with transaction(database.engine) as db:
                user_id = views.user_id_of(db, "supervisor")
                assert user_id is not None
                people.end_sessions(db, user_id, clock.now())
            began = time.monotonic()
            said = answer.read().decode()
        assert "event: ended" in said
        assert time.monotonic() - began < 10
        assert browser.get("/suivi/visites/1/direct").headers["Location"].startswith("/connexion")


def asked_for(app: FastAPI) -> schemathesis.BaseSchema:
    """The routes as OpenAPI tells them, streams apart."""
    listed: dict[str, Any] = app.openapi()
    listed["paths"] = {path: told for path, told in listed["paths"].items() if path not in STREAMS}
    return schemathesis.openapi.from_dict(listed)


def test_the_json_routes_answer_what_they_promise(app: FastAPI, client: TestClient) -> None:
    """What is not a page: only the machines that watch us read JSON here."""
    inside = [part for part in app.routes if not isinstance(part, Mount)]
    assert inside, "the application has routes"
    for path in ("/healthz", "/readyz"):
        operation = asked_for(app)[path]["GET"]

        @given(case=operation.as_strategy())
        @hypothesis(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
        def holds(case: schemathesis.Case) -> None:
            answer = client.request(case.method, case.formatted_path, params=case.query, headers=case.headers)
            assert answer.status_code == 200
            assert answer.headers["Content-Type"] == "application/json"
            assert answer.json() == {"status": "ok"}

        holds()


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.OBSERVER, Role.DPO, Role.ANALYST, Role.INTERVIEWER])
def test_nothing_that_can_be_asked_for_is_a_bug(app: FastAPI, client_of: ClientOf, role: Role) -> None:
    """Every page a role may read, with whatever stands in its address: an answer, never a 500."""
    browser, schema = client_of(role), asked_for(app)
    pages = [route.path for method, route in routes_of(role) if method == "GET"]
    assert pages
    for path in pages:
        operation = schema[path]["GET"]

        @given(case=operation.as_strategy())
        @hypothesis(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
        def holds(case: schemathesis.Case) -> None:
            answer = browser.request("GET", case.formatted_path, params=dict(case.query or {}))
            assert answer.status_code < 500, (case.formatted_path, case.query)

        holds()
