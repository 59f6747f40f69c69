"""Signing in and out, as a browser sees it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from cati import clock
from cati.database import transaction
from cati.people import store, views
from cati.people.rules import Role, StationState

ClientOf = Callable[[Role], TestClient]
MoveClock = Callable[[timedelta], None]
RIGHT = {"login": "interviewer", "password": "une phrase de test"}
WRONG = {"login": "interviewer", "password": "autre chose"}


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(
    interviewer: TestClient, client: TestClient
) -> None:
    cookie = client.post("/connexion", data=RIGHT).headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))


def test_behind_tls_the_cookie_never_travels_in_clear(
    interviewer: TestClient, client: TestClient, app
) -> None:  # type: ignore[no-untyped-def]
    app.state.settings = app.state.settings.model_copy(update={"secure_cookies": True})
    assert "Secure" in client.post("/connexion", data=RIGHT).headers["Set-Cookie"].split("; ")


def test_the_database_never_sees_the_cookies_token(interviewer: TestClient, database) -> None:  # type: ignore[no-untyped-def]
    with transaction(database.engine) as db:
        stored = db.exec_driver_sql("select token_sha256 from sessions").scalars().all()
    assert interviewer.cookies["cati_session"] not in stored


@pytest.mark.parametrize(
    ("role", "home"),
    [
        (Role.ADMIN, "/compte"),  # a role without a page of its own
        (Role.DPO, "/audit"),
        (Role.OBSERVER, "/bailleur"),
    ],
)
def test_each_role_begins_at_its_page(role: Role, home: str, client_of: ClientOf) -> None:
    assert client_of(role).get("/").headers["Location"] == home


def test_whoever_is_signed_in_is_not_asked_again(interviewer: TestClient) -> None:
    assert interviewer.get("/connexion").headers["Location"] == "/"


def test_after_sign_in_one_is_where_one_wanted_to_go(interviewer: TestClient, client: TestClient) -> None:
    assert client.get("/compte").headers["Location"] == "/connexion?suite=/compte"
    assert 'name="suite" value="/compte"' in client.get("/connexion?suite=/compte").text
    assert client.post("/connexion", data=RIGHT | {"suite": "/compte"}).headers["Location"] == "/compte"


@pytest.mark.parametrize(
    "elsewhere",
    ["https://ailleurs.example/", "//ailleurs.example", "/\\ailleurs.example", "javascript:alert(1)"],
)
def test_a_link_never_leads_elsewhere_after_sign_in(
    interviewer: TestClient, client: TestClient, elsewhere: str
) -> None:
    answer = client.post("/connexion", data=RIGHT | {"suite": elsewhere})
    assert answer.headers["Location"] in {"/poste", "/compte"}


def test_a_wrong_password_and_an_unknown_login_read_the_same(
    interviewer: TestClient, client: TestClient
) -> None:
    wrong = client.post("/connexion", data=WRONG)
    unknown = client.post("/connexion", data={"login": "personne", "password": "autre chose"})
    assert (wrong.status_code, unknown.status_code) == (422, 422)
    assert wrong.text.replace('value="interviewer"', 'value="personne"') == unknown.text


def test_the_password_typed_is_never_sent_back(interviewer: TestClient, client: TestClient) -> None:
    assert WRONG["password"] not in client.post("/connexion", data=WRONG).text


def test_after_five_failures_the_account_waits_even_with_the_right_password(
    interviewer: TestClient, client: TestClient, move_clock: MoveClock
) -> None:
    assert [client.post("/connexion", data=WRONG).status_code for _ in range(5)] == [422] * 5
    waiting = client.post("/connexion", data=RIGHT)
    assert waiting.status_code == 429
    assert "Réessayez à partir de 18\u00a0h\u00a002." in waiting.text
    move_clock(timedelta(minutes=1, seconds=5))
    assert client.post("/connexion", data=RIGHT).status_code == 303


def test_a_whole_floor_signs_in_behind_one_address(interviewer: TestClient, client: TestClient) -> None:
    for _ in range(15):  # three mistype, then succeed, many times over: successes never count
        assert client.post("/connexion", data=WRONG).status_code == 422
        assert client.post("/connexion", data=RIGHT).status_code == 303


def test_signing_out_ends_the_session_on_the_server(interviewer: TestClient) -> None:
    token = interviewer.cookies["cati_session"]
    assert interviewer.post("/deconnexion").headers["Location"] == "/connexion"
    interviewer.cookies["cati_session"] = token
    assert interviewer.get("/compte").headers["Location"].startswith("/connexion")


def test_signing_out_everywhere_ends_the_other_browsers_sessions(client_of: ClientOf) -> None:
    here, elsewhere, somebody = client_of(Role.ANALYST), client_of(Role.ANALYST), client_of(Role.DPO)
    here.post("/compte/deconnexion-partout")
    assert elsewhere.get("/compte").status_code == 303
    assert somebody.get("/compte").status_code == 200


def test_a_session_ends_after_two_hours_without_a_request(
    interviewer: TestClient, move_clock: MoveClock
) -> None:
    move_clock(timedelta(hours=1, minutes=50))
    assert interviewer.get("/compte").status_code == 200
    move_clock(timedelta(hours=3, minutes=40))
    assert interviewer.get("/compte").status_code == 200, "the request before it counted"
    move_clock(timedelta(hours=6))
    assert interviewer.get("/compte").status_code == 303


def test_a_session_lasts_one_working_day(interviewer: TestClient, move_clock: MoveClock) -> None:
    for hours in range(1, 13):
        move_clock(timedelta(hours=hours))
        assert interviewer.get("/compte").status_code == 200
    move_clock(timedelta(hours=13, minutes=1))
    assert interviewer.get("/compte").status_code == 303


@pytest.mark.parametrize("path", ["/deconnexion", "/compte/deconnexion-partout"])
def test_nobody_leaves_with_a_case_in_hand(interviewer: TestClient, database, path: str) -> None:  # type: ignore[no-untyped-def]
    with transaction(database.engine) as db:
        user_id = views.user_id_of(db, "interviewer")
        store.set_station(db, user_id, StationState.IN_CALL, clock.now())
    assert interviewer.post(path).status_code == 409
    assert interviewer.get("/compte").status_code == 200


def test_a_new_password_replaces_the_old_one_and_ends_other_sessions(
    client_of: ClientOf, client: TestClient
) -> None:
    here, elsewhere = client_of(Role.DPO), client_of(Role.DPO)
    new = "une autre phrase"
    form = {"current": RIGHT["password"], "new": new, "again": new}
    assert "Mot de passe changé" in here.post("/compte/mot-de-passe", data=form).text
    assert elsewhere.get("/compte").status_code == 303
    assert here.get("/compte").status_code == 200
    assert client.post("/connexion", data={"login": "dpo", "password": RIGHT["password"]}).status_code == 422
    assert client.post("/connexion", data={"login": "dpo", "password": new}).status_code == 303


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({}, "À remplir."),
        ({"current": "autre chose", "new": "x" * 12, "again": "x" * 12}, "Ce n’est pas votre mot de passe"),
        ({"current": RIGHT["password"], "new": "x" * 11, "again": "x" * 11}, "Au moins 12 caractères"),
        ({"current": RIGHT["password"], "new": "x" * 12, "again": "y" * 12}, "Les deux saisies diffèrent."),
        ({"current": RIGHT["password"], "new": "x" * 201, "again": "x" * 201}, "Trop long."),
    ],
)
def test_a_password_refused_says_why_beside_its_field(
    interviewer: TestClient, form: dict[str, str], sentence: str
) -> None:
    answer = interviewer.post("/compte/mot-de-passe", data=form)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'aria-invalid="true"' in answer.text


def test_a_closed_account_says_so_to_who_knows_its_password(
    interviewer: TestClient,
    client: TestClient,
    database,  # type: ignore[no-untyped-def]
) -> None:
    with transaction(database.engine) as db:
        store.set_active(db, views.user_id_of(db, "interviewer"), active=False)
    assert interviewer.get("/compte").status_code == 303, "its session opens nothing any more"
    assert client.post("/connexion", data=RIGHT).status_code == 403
    assert client.post("/connexion", data=WRONG).status_code == 422
