"""Every page beside the desk, checked by axe-core in a real browser, in both themes and at both sizes."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page
from sqlalchemy import text

from cati import clock
from cati.calling.actions import taking
from cati.cases.store.queue import Held
from cati.database import transaction
from cati.people import actions as people
from cati.people.actions import NewAssignment, NewUser
from cati.people.passwords import Passwords
from cati.people.rules import Role
from tests import stories
from tests.flows.conftest import Floor

pytestmark = pytest.mark.needs("chromium")

SIZES = ({"width": 1280, "height": 800}, {"width": 1920, "height": 1080})


def somebody(floor: Floor, role: Role) -> str:
    """An account of the role, assigned to the wave; returns its login."""
    now = clock.now()
    new = NewUser(
        login=role.value,
        first_name="Dominique",
        display_name=f"Dominique {role.value}",
        role=role,
        password=stories.PASSWORD,
    )
    with transaction(floor.database.engine) as db:
        user_id = people.create_user(db, Passwords(least_cost=True), new, now)
        assert isinstance(user_id, int)
        wave_id = db.execute(text("select id from waves")).scalar_one()
        people.assign(db, NewAssignment(user_id=user_id, wave_id=wave_id, starts_at=now), now)
    return role.value


def signed_in(floor: Floor, login: str, theme: str, size: dict[str, int]) -> Page:
    context = floor.browser.new_context(viewport=size, locale="fr-FR", color_scheme=theme)
    page = context.new_page()
    page.goto(floor.url)
    page.fill("[name=login]", login)
    page.fill("[name=password]", stories.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector(".masthead .who")
    return page


def faults(page: Page) -> list[str]:
    """What somebody could not use, and whether the page is wider than the window."""
    found = [
        f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in Axe().run(page).response["violations"]
    ]
    width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return found + ([f"{width} px too wide"] if width > 0 else [])


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES, ids=["1280", "1920"])
def test_every_page_of_the_office_and_the_floor_is_accessible(
    evening: Floor, theme: str, size: dict[str, int]
) -> None:
    supervisor, analyst = somebody(evening, Role.SUPERVISOR), somebody(evening, Role.ANALYST)
    with transaction(evening.database.engine) as db:
        te1 = db.execute(text("select id from users where login = 'te1'")).scalar_one()
        held = taking.take_next_case(db, te1, clock.now())
        assert isinstance(held, Held)
        cell_id = held.cell_id
    pages = {
        supervisor: (
            "/suivi",
            "/suivi/mur",
            f"/suivi/cellules/{cell_id}",
            f"/suivi/dossiers/{held.case_id}",
            "/suivi/dossiers/1",
            "/suivi/recherche",
            "/suivi/interrompus",
            "/suivi/taux?par=cell",
            "/suivi/protocole",
            "/suivi/protocole/1/changer?preset=post-intervention",
            "/compte",
        ),
        analyst: ("/exports", "/compte", "/nulle-part"),
    }
    found: dict[str, list[str]] = {}
    for login, paths in pages.items():
        page = signed_in(evening, login, theme, size)
        for path in paths:
            page.goto(evening.url + path)
            found[f"{login} {path}"] = faults(page)
    stranger = evening.browser.new_context(viewport=size, color_scheme=theme).new_page()
    stranger.goto(f"{evening.url}/connexion")
    found["/connexion"] = faults(stranger)
    assert {page: said for page, said in found.items() if said} == {}
