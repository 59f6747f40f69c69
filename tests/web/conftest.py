"""The web application on a database of the test's own, and a browser for each role."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from cati import clock, sealing
from cati.database import transaction
from cati.people import actions, views
from cati.people.actions import NewUser
from cati.people.passwords import Passwords
from cati.people.rules import Role
from cati.settings import Settings
from web.app import create_app

if TYPE_CHECKING:
    from tests.conftest import Database

PASSWORD = "une phrase de test"

ClientOf = Callable[[Role], TestClient]
MoveClock = Callable[[timedelta], None]


@pytest.fixture
def settings(database: "Database", keys: Path, tmp_path: Path) -> Settings:
    """A demo installation, whose clock `move_clock` can move."""
    sealing.create(keys)
    return Settings(
        database_url=database.app_url,
        owner_url=database.owner_url,
        observer_url=database.observer_url,
        keys=keys,
        demo=True,
        clock_offset_file=tmp_path / "offset",
    )


@pytest.fixture
def move_clock(settings: Settings, now: datetime) -> Iterator[MoveClock]:
    """Set the server's time to `now` plus a delay; it runs on from there."""
    assert settings.clock_offset_file is not None
    offset_file = settings.clock_offset_file

    def move(delay: timedelta) -> None:
        offset_file.write_text("0")
        offset_file.write_text(str((now + delay - clock.now()).total_seconds()))

    clock.use_offset_file(offset_file)
    move(timedelta(0))
    yield move
    clock.use_offset_file(None)


@pytest.fixture
def app(settings: Settings, move_clock: MoveClock) -> Iterator[FastAPI]:
    """The application, started, at the hour of `now`."""
    made = create_app(settings)
    with TestClient(made):
        yield made


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    """A browser where nobody is signed in. Redirections are not followed, errors are pages."""
    return TestClient(app, follow_redirects=False, raise_server_exceptions=False)


@pytest.fixture
def client_of(app: FastAPI, database: "Database") -> ClientOf:
    """A browser signed in to the account of a role (its login is the role), made when first asked for."""

    def signed_in(role: Role) -> TestClient:
        with transaction(database.engine) as db:
            if views.user_id_of(db, role.value) is None:
                new = NewUser(
                    login=role.value,
                    first_name="Camille",
                    display_name=f"Camille {role.value}",
                    role=role,
                    password=PASSWORD,
                )
                actions.create_user(db, Passwords(least_cost=True), new, clock.now())
        browser = TestClient(app, follow_redirects=False, raise_server_exceptions=False)
        answer = browser.post("/connexion", data={"login": role.value, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        browser.headers["X-CSRF-Token"] = csrf_of(browser.get("/compte").text)
        return browser

    return signed_in


@pytest.fixture
def interviewer(client_of: ClientOf) -> TestClient:
    return client_of(Role.INTERVIEWER)


@pytest.fixture
def supervisor(client_of: ClientOf) -> TestClient:
    return client_of(Role.SUPERVISOR)


@pytest.fixture
def analyst(client_of: ClientOf) -> TestClient:
    return client_of(Role.ANALYST)


def csrf_of(html: str) -> str:
    """The token that a page's forms carry."""
    found = re.search(r'name="csrf" value="([^"]+)"', html)
    assert found is not None, html
    return found[1]
