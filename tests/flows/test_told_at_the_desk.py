"""A supervisor and an interviewer at two screens: help asked and given, a message, a watched screen, the way out."""

import time

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from cati import clock
from cati.database import transaction
from cati.people import actions as people
from cati.people.actions import NewUser
from cati.people.passwords import Passwords
from cati.people.rules import Role
from tests import stories
from tests.flows.conftest import Floor
from tests.flows.keyboard import AtTheDesk

pytestmark = pytest.mark.needs("chromium")

SIZES = [(1280, 800), (1920, 1080)]
LONG = (
    "Prenez votre temps sur la partie C : les locataires de la tranche de ce soir ont reçu une lettre annonçant des "
    "travaux de chauffage, et beaucoup en parlent. Notez ce qu’ils demandent par « Signaler », sans répondre pour le "
    "bailleur, puis revenez au questionnaire. Merci."
)


@pytest.fixture
def staffed(evening: Floor) -> Floor:
    """The evening, with somebody who supervises it: `boss`."""
    new = NewUser(
        login="boss",
        first_name="Dominique",
        display_name="Dominique Lefort",
        role=Role.SUPERVISOR,
        password=stories.PASSWORD,
    )
    with transaction(evening.database.engine) as db:
        people.create_user(db, Passwords(least_cost=True), new, clock.now())
    return evening


def supervise(floor: Floor, path: str) -> Page:
    """A supervisor's browser, signed in, at a page."""
    context = floor.browser.new_context(viewport={"width": 1280, "height": 800}, locale="fr-FR")
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.goto(floor.url)
    page.fill("[name=login]", "boss")
    page.fill("[name=password]", stories.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/suivi*")
    page.goto(floor.url + path)
    return page


def write(boss: Page, url: str, said: str) -> None:
    """Send a message to the whole floor, from a page of its own."""
    page = boss.context.new_page()
    page.goto(f"{url}/suivi/messages")
    page.fill("[name=text]", said)
    page.click("[data-action=send]")
    expect(page.locator("#sent-list")).to_contain_text(said[:40])
    page.close()


def box(page: Page, selector: str = "#question form") -> dict[str, float]:
    found = page.locator(selector).bounding_box()
    assert found is not None
    return dict(found)


def test_help_is_asked_and_given_a_message_read_and_the_evening_ended(staffed: Floor) -> None:
    desk = AtTheDesk(staffed.sit_down("te1"))
    desk.call()
    desk.answer_until("A2")
    desk.press("Alt+a")
    expect(desk.page.locator("#told")).to_contain_text("Aide demandée à")
    assert desk.page.evaluate("document.activeElement.closest('[data-question]') !== null")

    boss = supervise(staffed, "/suivi/postes")
    expect(boss.locator(".chairs tbody tr").first).to_contain_text("demande de l’aide (A2)")
    boss.click(".chairs tbody tr:first-child a")
    boss.click("[data-action=answer-help]")
    expect(boss.locator("#mirror [data-question]")).to_have_attribute("data-question", "A2")
    expect(desk.page.locator("[data-lamp=internal]")).to_have_text("◎ Écoute interne : Dominique Lefort")
    expect(desk.page.locator("#told .help")).to_contain_text("Dominique Lefort regarde votre écran")

    for _ in range(2):
        desk.answer()
        began = time.monotonic()
        expect(boss.locator("#mirror [data-question]")).to_have_attribute("data-question", desk.question)
        assert time.monotonic() - began < 3, (
            "the mirror follows"
        )  # a second, on a machine that does nothing else
    boss.keyboard.press("Enter")  # the mirrored screen's keys are the interviewer's alone
    boss.wait_for_timeout(300)
    assert boss.url.endswith(f"/suivi/postes/{boss.get_attribute('#mirror', 'data-mirror')}")

    write(boss, staffed.url, "Pause dans dix minutes.")
    expect(desk.page.locator("#told .message")).to_contain_text("Pause dans dix minutes.")
    desk.answer()
    desk.press("Alt+l")
    expect(desk.page.locator("#told .message")).to_have_count(0)

    boss.click("[data-action=unwatch]")
    expect(desk.page.locator("[data-lamp]")).to_have_count(0)
    expect(desk.page.locator("#told .help")).to_contain_text("Demander de l’aide")

    boss.fill("#reason", "Fin de vacation")
    boss.click("[data-action=sign-out-station]")
    boss.keyboard.press("Enter")
    expect(desk.page.locator("#told")).to_contain_text("Déconnexion à la fin de cet appel")
    desk.answer_until()
    desk.until("closing")
    desk.press("Enter")
    desk.page.wait_for_url("**/connexion*")
    expect(desk.page.locator("[role=alert]")).to_contain_text(
        "Vous avez été déconnecté par Dominique Lefort : Fin de vacation."
    )
    assert staffed.counted("select state, count(*) from interviews group by 1") == {"complete": 1}


def test_who_is_signed_out_in_mid_interview_reads_why_without_touching_anything(staffed: Floor) -> None:
    desk = AtTheDesk(staffed.sit_down("te1"))
    desk.call()
    desk.answer_until("A2")
    boss = supervise(staffed, "/suivi/postes")
    boss.click(".chairs tbody tr:first-child a")
    boss.check("[name=at_once]")
    boss.fill("#reason", "Alerte incendie")
    boss.click("[data-action=sign-out-station]")
    boss.keyboard.press("Enter")
    desk.page.wait_for_url("**/connexion*")
    expect(desk.page.locator("[role=alert]")).to_contain_text("Dominique Lefort : Alerte incendie.")
    assert staffed.counted("select state, count(*) from interviews group by 1") == {"suspended": 1}


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_question_does_not_move_when_a_message_arrives(staffed: Floor, width: int, height: int) -> None:
    desk = AtTheDesk(staffed.sit_down("te1"))
    desk.page.set_viewport_size({"width": width, "height": height})
    boss = supervise(staffed, "/suivi/postes")
    desk.call()
    desk.answer_until("C1")
    before = box(desk.page), box(desk.page, "legend"), box(desk.page, "#question .actions")
    desk.page.locator("[data-question] [data-key]").nth(1).focus()
    focused = desk.page.evaluate("document.activeElement.outerHTML")
    write(boss, staffed.url, LONG)
    desk.page.wait_for_selector("#told .message")
    desk.press("Alt+a")
    desk.page.wait_for_selector("#told-help[data-state=asked]")
    assert (box(desk.page), box(desk.page, "legend"), box(desk.page, "#question .actions")) == before
    assert desk.page.evaluate("document.activeElement.outerHTML") == focused
    told, question = box(desk.page, "#told"), box(desk.page, "#content")
    assert told["x"] >= question["x"] + question["width"], "beside the question, not over it"
    assert told["y"] + told["height"] <= question["y"] + question["height"] + 1


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_is_told_can_be_used_by_everybody(staffed: Floor, theme: str) -> None:
    desk = AtTheDesk(staffed.sit_down("te1"))
    boss = supervise(staffed, "/suivi/postes")
    desk.call()
    desk.answer_until("A2")
    desk.press("Alt+a")
    write(boss, staffed.url, LONG)
    boss.reload()
    boss.click(".chairs tbody tr:first-child a")
    boss.click("[data-action=answer-help]")
    boss.wait_for_selector("#mirror [data-question]")
    desk.page.wait_for_selector("[data-lamp=internal]")
    desk.page.wait_for_selector("#told .message")
    other = boss.context.new_page()
    found = {}
    for name, page, path in (
        ("desk", desk.page, ""),
        ("station", boss, ""),
        ("stations", other, "/suivi/postes"),
        ("messages", other, "/suivi/messages"),
    ):
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]  # one of the two
        if path:
            page.goto(staffed.url + path)
        violations = Axe().run(page).response["violations"]
        if violations:
            found[name] = [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in violations]
    assert found == {}
