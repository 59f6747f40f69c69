"""A supervisor moves the wave to a new version while an interviewer is in mid-interview: he goes on from there."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from sqlalchemy import text

from cati import clock
from cati.database import transaction
from cati.people import actions as people
from cati.people.actions import NewUser
from cati.people.passwords import Passwords
from cati.people.rules import Role
from tests import stories
from tests.flows.conftest import Floor
from tests.flows.keyboard import AtTheDesk
from tests.versioned import published

pytestmark = pytest.mark.needs("chromium")

#: A question more between two that are asked of everybody.
NEWER = (
    stories.TRIENNALE.read_text()
    .replace('version: "2026.1"', 'version: "2026.2"')
    .replace(
        "      - id: A2\n",
        "      - {id: A1B, ask: Et de votre quartier ?, type: single, choices: sat4}\n      - id: A2\n",
    )
)


def supervise(floor: Floor) -> Page:
    """A supervisor's browser, at the page of the questionnaire."""
    page = floor.browser.new_context(viewport={"width": 1280, "height": 800}, locale="fr-FR").new_page()
    page.set_default_timeout(10_000)
    page.goto(floor.url)
    page.fill("[name=login]", "boss")
    page.fill("[name=password]", stories.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/suivi*")
    page.goto(f"{floor.url}/suivi/questionnaire")
    return page


def test_a_wave_moves_to_the_next_version_with_an_interview_open(evening: Floor) -> None:
    boss_account = NewUser(
        login="boss",
        first_name="Dominique",
        display_name="Dominique Lefort",
        role=Role.SUPERVISOR,
        password=stories.PASSWORD,
    )
    with transaction(evening.database.engine) as db:
        people.create_user(db, Passwords(least_cost=True), boss_account, clock.now())
    desk = AtTheDesk(evening.sit_down("te1"))
    desk.call()
    desk.answer_until("A4")  # A1 and A2 are behind him

    with transaction(evening.database.engine) as db:
        published(db, NEWER, clock.now())
    boss = supervise(evening)
    assert Axe().run(boss).violations_count == 0
    boss.click("text=voir ce qui changerait")
    expect(boss.locator("main")).to_contain_text("A1B est nouvelle")
    assert Axe().run(boss).violations_count == 0
    boss.check("[name=whom][value=all]")
    boss.fill("[name=reason]", "Une question de plus demandée par les bailleurs")
    boss.check("[name=confirm]")
    boss.click("form[action^='/suivi/questionnaire/'] button")
    boss.keyboard.press("Enter")  # the dialog asks once more
    expect(boss.locator("[role=status].notice")).to_contain_text("1 en cours y passe")

    expect(desk.page.locator("#told .message")).to_contain_text("Le questionnaire passe à la version 2026.2")
    assert desk.question == "A4", "his screen is not taken from under his hands"
    desk.press("1", "Enter")  # the answer to the old screen is not kept
    expect(desk.page.locator("[data-question]")).to_have_attribute("data-question", "A1B")
    expect(desk.page.locator("[role=alert]").first).to_contain_text("a avancé")
    desk.answer()
    assert desk.question == "A4", "what was answered before counts"
    desk.answer()
    assert desk.question == "B1"
    with transaction(evening.database.engine) as db:
        told = db.execute(
            text(
                "select e.question, q.version from answer_events e join questionnaires q on q.id = e.questionnaire_id "
                "where e.kind in ('answered', 'migrated') and coalesce(e.iteration, '') not like 'c%' order by e.seq"
            )
        )
        assert [tuple(row) for row in told] == [
            ("A1", "2026.1"),
            ("A2", "2026.1"),
            (None, "2026.2"),
            ("A1B", "2026.2"),
            ("A4", "2026.2"),
        ]
