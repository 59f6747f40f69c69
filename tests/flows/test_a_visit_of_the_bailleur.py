"""A visit in three browsers: a supervisor opens it, an interviewer calls, a guest follows and knows nobody."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page
from sqlalchemy import text

from cati import clock
from cati.database import transaction
from cati.people.rules import Role
from cati.sample import views as sample
from tests.flows.conftest import Floor
from tests.flows.keyboard import AtTheDesk
from tests.flows.test_everybody_can_use_every_page import SIZES, faults, signed_in, somebody

pytestmark = pytest.mark.needs("chromium")

#: Hands everything that a stream brings to the test, beside the page it is for.
_EAVESDROP = """
(() => {
  const ask = window.fetch;
  window.fetch = async (...args) => {
    const answer = await ask(...args);
    if (!answer.headers.get("Content-Type")?.includes("event-stream")) return answer;
    const [own, copy] = answer.body.tee();
    (async () => {
      const reader = copy.getReader(), text = new TextDecoder();
      for (let part; !(part = await reader.read()).done;) heard(text.decode(part.value, { stream: true }));
    })().catch(() => {});
    return new Response(own, { status: answer.status, headers: answer.headers });
  };
})()
"""


class Guest:
    """The guest's browser, and every byte of text that it received."""

    def __init__(self, context: BrowserContext) -> None:
        self.received: list[str] = []
        self.streamed: list[str] = []
        self.page: Page = context.new_page()
        self.page.set_default_timeout(10_000)
        self.page.expose_function("heard", self._hear)
        self.page.add_init_script(_EAVESDROP)
        self.page.on("response", self._keep)

    def _hear(self, said: str) -> None:
        self.streamed.append(said)

    def _keep(self, response: Any) -> None:
        self.received.append(f"{response.url} {response.headers}")
        kind = response.headers.get("content-type", "")
        if "event-stream" in kind or response.status in {204, 303} or "/static/" in response.url:
            return
        self.received.append(response.text())

    def sees(self, question: str, *, answer: str = "") -> None:
        """Wait until this question is asked on his screen, and this answer to the one before stands there."""
        self.page.wait_for_selector(f'[data-seen="{question}"][aria-current]')
        if answer:
            self.page.wait_for_selector(f'[data-seen]:not([aria-current]) [data-chosen]:has-text("{answer}")')

    @property
    def words(self) -> str:
        return " ".join(self.page.inner_text("#content").split())


def test_a_visit_from_its_opening_to_its_report(evening: Floor) -> None:
    boss = signed_in(evening, somebody(evening, Role.SUPERVISOR), "light", SIZES[0])
    boss.set_default_timeout(10_000)
    found: dict[str, list[str]] = {}

    # The supervisor opens the visit and invites somebody; the link is shown once.
    boss.goto(f"{evening.url}/suivi/visites")
    found["visits"] = faults(boss)
    now = clock.now().astimezone(ZoneInfo("Europe/Paris"))
    boss.fill("[name=title]", "Visite de mars")
    boss.fill("[name=starts]", (now - timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M"))
    boss.fill("[name=ends]", (now + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M"))
    boss.check("[name^=bailleur-]")
    boss.click("[data-action=open-visit]")
    boss.fill("[name=name]", "Ines Fictif")
    boss.fill("[name=organisation]", "Habitat des Flandres")
    boss.click("[data-action=invite]")
    link = boss.inner_text("#personal-link")
    found["visit"] = faults(boss)
    visit = boss.url.removesuffix("/invitations")

    # The guest comes in by it and signs.
    guest = Guest(evening.browser.new_context(viewport=SIZES[0], locale="fr-FR"))
    guest.page.goto(link)
    found["entering"] = faults(guest.page)
    guest.page.keyboard.press("Enter")
    guest.page.wait_for_selector("#commitment")
    found["commitment"] = faults(guest.page)
    guest.page.fill("[name=name]", "Ines Fictif")
    guest.page.check("[name=agreed]")
    guest.page.click("[data-action=sign]")
    guest.page.wait_for_selector("#room")
    found["room"] = faults(guest.page)
    guest.page.click("[data-action=next]")
    guest.page.wait_for_selector("#waiting")

    # A tenant is called. What he is told announces the guest, who sees nothing of the introduction.
    te = AtTheDesk(evening.sit_down("te1"))
    te.call()
    te.answer_until("INT3")
    assert "peut écouter l’entretien" in te.words
    te.answer()
    assert te.question == "INT4"
    assert guest.page.locator("[data-seen]").count() == 0
    te.answer()
    guest.sees("A1")
    te.page.wait_for_selector("[data-lamp=client]")
    assert "Écoute client : Habitat des Flandres" in te.words
    boss.goto(visit)
    boss.wait_for_selector("#listening-now tbody tr")
    found["desk"] = faults(te.page)

    # Question by question; never what is said in clear.
    te.answer("4")
    guest.sees("A2", answer="Pas du tout satisfait")
    te.answer("2")
    guest.sees("A3", answer="2")
    assert "Réponse en clair en cours" in guest.words
    te.answer(*"Lemaire du second")
    guest.sees("A4")
    assert "Lemaire" not in guest.words
    found["observed"] = faults(guest.page)

    # The interviewer cuts by one key; only a new reading of INT3 opens again, for another guest.
    te.press("Alt+K")
    guest.page.wait_for_selector("#room")
    assert "Le télé-enquêteur a coupé l’écoute." in guest.words
    assert te.question == "A4", "his question stays as it was"
    te.page.wait_for_selector("[data-lamp=client]", state="detached")

    # The next tenant does not want it: it is his right; the one after him does.
    te.answer_until()
    te.until("closing")
    te.press("Enter")
    guest.page.click("[data-action=next]")
    te.call()
    te.answer_until("INT3")
    te.answer("3")
    guest.page.wait_for_selector("#waiting .notice")
    assert "ne souhaite pas être écouté : c’est son droit" in guest.words
    te.answer_until()
    te.until("closing")
    te.press("Enter")
    te.call()
    te.answer_until("A1")
    guest.sees("A1")

    # The stream goes on behind another tab, and ends before the questions about the person.
    guest.page.evaluate(
        "Object.defineProperty(document, 'hidden', { get: () => true });"
        "document.dispatchEvent(new Event('visibilitychange'));"
    )
    te.answer()
    guest.sees("A2")
    te.answer_until("L1")
    guest.page.wait_for_selector("#room")
    assert "ne concerne que le locataire" in guest.words

    # The supervisor ends the visit: the guest is out at once, and the report counts.
    te.answer_until()
    te.until("closing")
    boss.goto(visit)
    boss.click("[data-action=close-visit]")
    boss.wait_for_selector("dialog[open]")
    boss.keyboard.press("Enter")
    boss.wait_for_url("**/rapport")
    report = " ".join(boss.inner_text("#content").replace("\u202f", " ").split())
    assert "Entretiens suivis 2" in report
    assert "Refus d’être écouté 1" in report
    found["report"] = faults(boss)
    guest.page.goto(f"{evening.url}/visite")
    assert "/connexion" in guest.page.url

    assert {page: said for page, said in found.items() if said} == {}
    assert told_apart(evening, guest) == []
    observed = evening.counted("select observed::text, count(*) from interviews group by 1")
    assert observed == {"true": 2, "false": 1}


def told_apart(floor: Floor, guest: Guest) -> list[str]:
    """What the guest's browser received of any household or interview: nothing, or it is said here."""
    everything = "\n".join([*guest.received, *guest.streamed])
    assert "data-seen" in "".join(guest.streamed), "the stream was read"
    with transaction(floor.database.engine) as db:
        secrets = {row[0] for row in db.execute(text("select export_id::text from interviews"))}
        for (household_id,) in db.execute(text("select id from households")).all():
            contact = sample.contact_of(db, floor.keys, household_id)
            secrets |= {contact.last_name, contact.residence, contact.commune, contact.first_name}
            for number in sample.numbers_of(db, floor.keys, household_id):
                national = "0" + number.e164.removeprefix("+33")
                pairs = [national[at : at + 2] for at in range(0, 10, 2)]
                secrets |= {number.e164, national, *(mark.join(pairs) for mark in (" ", "\u00a0", ".", "-"))}
    return sorted(secret for secret in secrets if secret and secret in everything)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES, ids=["1280", "1920"])
def test_the_pages_of_a_visit_are_accessible(evening: Floor, theme: str, size: dict[str, int]) -> None:
    boss = signed_in(evening, somebody(evening, Role.SUPERVISOR), theme, size)
    boss.goto(f"{evening.url}/suivi/visites")
    found = {"visits": faults(boss)}
    now = clock.now().astimezone(ZoneInfo("Europe/Paris"))
    boss.fill("[name=title]", "Visite de mars")
    boss.fill("[name=starts]", (now - timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M"))
    boss.fill("[name=ends]", (now + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M"))
    boss.check("[name=scope][value=region]")
    boss.check("[name^=bailleur-]")
    boss.click("[data-action=open-visit]")
    found["visit of the region"] = faults(boss)
    boss.check("[name^=bailleur-]")
    boss.click("[data-action=agree]")
    boss.fill("[name=name]", "Ines Fictif")
    boss.fill("[name=organisation]", "Union régionale")
    boss.select_option("[name=bailleur]", "")
    boss.click("[data-action=invite]")
    link = boss.inner_text("#personal-link")
    page = evening.browser.new_context(viewport=size, locale="fr-FR", color_scheme=theme).new_page()
    page.goto(link)
    page.keyboard.press("Enter")
    page.fill("[name=name]", "Ines Fictif")
    page.check("[name=agreed]")
    found["commitment"] = faults(page)
    page.click("[data-action=sign]")
    page.click("[data-action=next]")
    page.wait_for_selector("#waiting")
    found["waiting"] = faults(page)
    te = AtTheDesk(evening.sit_down("te1"))
    te.call()
    te.answer_until("A2")
    page.wait_for_selector('[data-seen="A2"][aria-current]')
    found["observed"] = faults(page)
    boss.goto(f"{boss.url.removesuffix('/invitations')}/rapport")
    found["report"] = faults(boss)
    assert {page: said for page, said in found.items() if said} == {}
    assert Axe().run(te.page).response["violations"] == []
