"""What every answer carries, how static files are kept, and what the machines that watch us read."""

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import create_engine, text

from cati.settings import Settings
from web.app import create_app
from web.assets import asset
from web.security import HEADERS


@pytest.mark.parametrize("path", ["/connexion", "/compte", "/healthz", "/nulle-part"])
def test_every_answer_is_protected_and_never_stored(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert {name: headers.get(name) for name in HEADERS} == HEADERS
    assert headers["Cache-Control"] == "no-store"


def test_only_behind_tls_is_tls_required_for_the_future(settings: Settings, client: TestClient) -> None:
    behind_tls = TestClient(create_app(settings.model_copy(update={"secure_cookies": True})))
    assert "Strict-Transport-Security" in behind_tls.get("/healthz").headers
    assert "Strict-Transport-Security" not in client.get("/healthz").headers


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        (asset("css/base.css"), "public, max-age=31536000, immutable"),
        ("/static/css/base.css", "no-cache"),
        ("/static/css/base.css?v=00000000", "no-cache"),  # of another version
    ],
)
def test_a_static_file_is_kept_for_ever_under_its_own_address_only(
    client: TestClient, address: str, kept: str
) -> None:
    answer = client.get(address)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, kept)


def test_every_static_file_of_a_page_is_there(client: TestClient) -> None:
    page = client.get("/connexion").text
    addresses = [part.split('"')[0] for part in page.replace('src="', 'href="').split('href="/static')[1:]]
    assert len(addresses) >= 10
    assert {client.get("/static" + address).status_code for address in addresses} == {200}


def test_a_page_and_its_fragment_are_one_template(interviewer: TestClient) -> None:
    page, fragment = (interviewer.get("/compte", headers=more).text for more in ({}, {"HX-Request": "true"}))
    assert "<html" in page
    assert "<html" not in fragment
    assert fragment.strip() in page


@pytest.mark.parametrize("is_demo", [True, False])
def test_a_demo_says_that_its_figures_are_fictional(settings: Settings, is_demo: bool) -> None:
    with TestClient(create_app(settings.model_copy(update={"demo": is_demo}))) as client:
        assert ("Données fictives" in client.get("/connexion").text) is is_demo


def test_the_process_and_the_database_are_ready(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert (client.get("/readyz").status_code, client.get("/readyz").json()) == (200, {"status": "ok"})


def test_a_database_of_another_version_is_not_ready(client: TestClient, settings: Settings) -> None:
    assert settings.owner_url is not None
    owner = create_engine(settings.owner_url)
    with owner.begin() as db:
        db.execute(text("delete from alembic_version"))
    owner.dispose()
    assert (client.get("/readyz").status_code, client.get("/healthz").status_code) == (503, 200)


def test_without_its_database_a_page_says_so_and_the_process_lives(settings: Settings, app: FastAPI) -> None:
    nowhere = settings.model_copy(update={"database_url": "postgresql+psycopg://cati_app@127.0.0.1:9/none"})
    with TestClient(create_app(nowhere), raise_server_exceptions=False) as client:
        assert client.get("/healthz").status_code == 200
        assert client.get("/readyz").status_code == 503
        page = client.get("/connexion")
    assert page.status_code == 503
    assert "La base de données ne répond pas." in page.text


def test_the_menu_shows_only_pages_that_exist(app: FastAPI, interviewer: TestClient) -> None:
    addresses = {part.split('"')[0] for part in interviewer.get("/compte").text.split('<li><a href="')[1:]}
    assert addresses <= app.state.paths
    assert "/compte" in addresses
