"""A real server on a database of the test's own, and real browsers before it."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import text

from cati import clock, sealing
from cati.calling import lines
from cati.database import transaction
from cati.sealing import Keys
from cati.settings import Settings
from tests import stories
from web.app import create_app

if TYPE_CHECKING:
    from tests.conftest import Database


@dataclass(slots=True)
class Floor:
    """A call centre that is open: its address, its database, and a browser to sit at."""

    url: str
    database: "Database"
    keys: Keys
    browser: Browser
    offset: Path  #: seconds that the server's clock is ahead

    def sit_down(self, login: str, *, scripts: bool = True) -> Page:
        """A workstation of its own, signed in by keyboard, at its desk."""
        context = self.browser.new_context(
            viewport={"width": 1280, "height": 800},
            locale="fr-FR",
            reduced_motion="reduce",
            java_script_enabled=scripts,
        )
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.goto(self.url)
        page.wait_for_selector("[name=login]:focus")
        page.keyboard.type(login)
        page.keyboard.press("Tab")
        page.keyboard.type(stories.PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_selector("[data-desk]")
        return page

    def let_pass(self, seconds: float) -> None:
        """The server's clock goes on by itself; here it jumps."""
        before = float(self.offset.read_text()) if self.offset.exists() else 0.0
        self.offset.write_text(str(before + seconds))

    def counted(self, sql: str) -> dict[str, int]:
        """What the database holds, by name."""
        with transaction(self.database.engine) as db:
            return {row[0]: row[1] for row in db.execute(text(sql))}


@pytest.fixture
def floor(database: "Database", keys: Path, tmp_path: Path) -> Iterator[Floor]:
    """The floor, before anybody signs in."""
    sealed = sealing.create(keys)
    settings = Settings(
        database_url=database.app_url,
        owner_url=database.owner_url,
        observer_url=database.observer_url,
        keys=keys,
        var=tmp_path,
        demo=True,
        clock_offset_file=tmp_path / "offset",
        simulated_line="answered",
    )
    with serving(settings) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield Floor(url=url, database=database, keys=sealed, browser=browser, offset=tmp_path / "offset")
        browser.close()
    clock.use_offset_file(None)
    lines.use_simulated("usual")


@pytest.fixture
def evening(floor: Floor) -> Floor:
    """The triennale in the field, two interviewers assigned to it: `te1` and `te2`."""
    now = clock.now()
    with transaction(floor.database.engine) as db:
        wave = stories.a_wave(db, floor.keys, now, households=[stories.some_households(12)])
        stories.an_interviewer(db, now, waves=[wave], login="te1", first_name="Camille")
        stories.an_interviewer(db, now, waves=[wave], login="te2", first_name="Sacha")
    return floor


@contextmanager
def serving(settings: Settings) -> Iterator[str]:
    """The application served over HTTP on a free port, until the test is over."""
    server = uvicorn.Server(
        uvicorn.Config(create_app(settings), host="127.0.0.1", port=0, log_level="warning", lifespan="on")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.02)
    assert server.started, "the server did not start"
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)
