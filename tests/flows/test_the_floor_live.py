"""Supervisors watch the floor: what an interviewer does is on their screens at once, and so is that nothing arrives."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright
from sqlalchemy import text

from cati import clock, sealing
from cati.database import notify
from cati.people import actions as people
from cati.people import store
from cati.people.actions import NewUser
from cati.people.passwords import Passwords
from cati.people.rules import Role, SessionEnd
from tests import stories
from tests.flows.driving import CallCentre, a_call_centre

if TYPE_CHECKING:
    from tests.conftest import Database

pytestmark = pytest.mark.needs("chromium")

AT_ONCE = 2_000  # ms from an interviewer's key to the supervisors' screens
GRACE = 6.0  # seconds that a server takes to stop with its streams open
SIZE = {"width": 1280, "height": 800}


@pytest.fixture
def centre(database: "Database", tmp_path: Path) -> Iterator[CallCentre]:
    """A call centre with two interviewers and two supervisors, `boss1` and `boss2`."""
    made = a_call_centre(
        tmp_path,
        DATABASE_URL=database.app_url,
        CATI_OWNER_URL=database.owner_url,
        CATI_OBSERVER_URL=database.observer_url,
    )
    made.database_url = database.app_url
    keys, now = sealing.create(tmp_path / "var" / "keys"), clock.now()
    with made.db() as db:
        wave = stories.a_wave(db, keys, now, households=[stories.some_households(12)])
        for login in ("te1", "te2"):
            stories.an_interviewer(db, now, waves=[wave], login=login)
        for login in ("boss1", "boss2"):
            boss = NewUser(
                login=login,
                first_name="Dominique",
                display_name=f"Dominique {login}",
                role=Role.SUPERVISOR,
                password=stories.PASSWORD,
            )
            assert isinstance(people.create_user(db, Passwords(least_cost=True), boss, now), int)
    try:
        made.start()
        yield made
    finally:
        made.kill()


@pytest.fixture
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield opened
        opened.close()


def watching(
    centre: CallCentre, browser: Browser, login: str, path: str = "/suivi", *, theme: str = "light"
) -> Page:
    """A supervisor's browser on a live page, its figures fresh."""
    context = browser.new_context(viewport=SIZE, locale="fr-FR", color_scheme=theme)
    page = context.new_page()
    page.faults = []  # type: ignore[attr-defined]
    page.on("pageerror", lambda error: page.faults.append(str(error)))  # type: ignore[attr-defined]
    page.goto(f"{centre.url}/connexion")
    page.fill("[name=login]", login)
    page.fill("[name=password]", stories.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector(".masthead .who")
    page.goto(centre.url + path)
    expect(page.locator("[data-freshness]")).to_contain_text("min", timeout=10_000)
    return page


def desk(page: Page, name: str) -> Locator:
    return page.locator(".seat", has_text=name)


def test_what_an_interviewer_does_is_on_every_supervisors_screen_at_once(
    centre: CallCentre, browser: Browser
) -> None:
    pages = [watching(centre, browser, "boss1"), watching(centre, browser, "boss2")]
    with centre.seat("te1") as seat:
        seat.press("ready")
        for page in pages:
            expect(desk(page, "te1")).to_contain_text("lit la fiche", timeout=AT_ONCE)
        seat.pick_up()
        for page in pages:
            expect(desk(page, "te1")).to_contain_text("introduction", timeout=AT_ONCE)
            expect(desk(page, "te1")).to_contain_text("INT1", timeout=AT_ONCE)
        seat.answer_until("A2")
        for page in pages:
            expect(desk(page, "te1")).to_contain_text("A2", timeout=AT_ONCE)
            expect(page.locator(".quotas tbody tr")).to_contain_text("1", timeout=4_000)
    for page in pages:
        assert page.faults == []  # type: ignore[attr-defined]


def test_a_server_that_stops_is_said_and_the_screens_come_back_by_themselves(
    centre: CallCentre, browser: Browser
) -> None:
    page, wall = watching(centre, browser, "boss1"), watching(centre, browser, "boss2", "/suivi/mur")
    assert centre.process is not None
    began = time.monotonic()
    centre.process.send_signal(signal.SIGTERM)
    centre.process.wait(timeout=GRACE)
    assert time.monotonic() - began < GRACE
    assert "ERROR" not in centre.log, "the streams end, they are not broken off"
    for one in (page, wall):
        expect(one.locator("[data-freshness]")).to_contain_text("le serveur ne répond pas", timeout=15_000)
    assert page.locator(".seats").count() == 1, "the last figures stay"
    centre.start()
    for one in (page, wall):
        expect(one.locator("[data-freshness]")).not_to_contain_text("arrêtés", timeout=15_000)
    with centre.seat("te2") as seat:
        seat.press("ready")
        expect(desk(page, "te2")).to_contain_text("lit la fiche", timeout=AT_ONCE)
        expect(wall.locator(".big-seats")).to_contain_text("lit la fiche", timeout=2 * AT_ONCE)
    assert (page.faults, wall.faults) == ([], [])  # type: ignore[attr-defined]


def test_whose_session_is_ended_is_shown_the_door(centre: CallCentre, browser: Browser) -> None:
    page = watching(centre, browser, "boss1")
    with centre.db() as db:
        (boss,) = centre.rows("select id from users where login = 'boss1'")
        store.end_sessions(db, boss.id, SessionEnd.BY_SUPERVISOR, clock.now())
        notify(db, f"session:{boss.id}")
    page.wait_for_url("**/connexion**", timeout=2 * AT_ONCE, wait_until="commit")


def test_the_curve_stays_drawn_when_the_board_is_swapped(centre: CallCentre, browser: Browser) -> None:
    page = watching(centre, browser, "boss1")
    expect(page.locator("#curve-plot canvas")).to_have_count(1)
    page.evaluate("document.querySelector('#curve-plot canvas').dataset.mine = 'oui'")
    goal = page.locator("#curve p").first.inner_text()
    with centre.db() as db:
        db.execute(text("update quota_cells set target = target + 900"))
    expect(page.locator("#curve p").first).not_to_have_text(goal, timeout=15_000)
    assert page.locator("#curve-plot canvas[data-mine]").count() == 1, "the same drawing"


def test_choosing_a_bailleur_looks_at_him_alone(centre: CallCentre, browser: Browser) -> None:
    page = watching(centre, browser, "boss1")
    page.select_option("[name=bailleur]", "01")
    page.wait_for_url("**bailleur=01*")
    expect(page.locator("[data-freshness]")).to_contain_text("min", timeout=10_000)


def test_without_scripts_everything_is_there_with_a_link_to_refresh(
    centre: CallCentre, browser: Browser
) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{centre.url}/connexion")
    page.fill("[name=login]", "boss1")
    page.fill("[name=password]", stories.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector(".masthead .who")
    page.goto(f"{centre.url}/suivi")
    assert page.locator(".quotas tbody tr").count() == 1
    assert page.locator("[data-freshness] a").inner_text() == "Actualiser"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/suivi", "/suivi/mur"])
def test_a_live_page_is_accessible_while_it_lives(
    centre: CallCentre, browser: Browser, path: str, theme: str
) -> None:
    with centre.seat("te1") as seat:
        seat.call()
        page = watching(centre, browser, "boss1", path, theme=theme)
        found = Axe().run(page).response["violations"]
    assert [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found] == []
    width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert width <= 0
