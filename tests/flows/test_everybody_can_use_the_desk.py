"""Each state of the desk, checked by axe-core in a real browser."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.flows.conftest import Floor
from tests.flows.keyboard import AtTheDesk

pytestmark = pytest.mark.needs("chromium")


class Eye:
    """Looks at the page as it is, and notes what somebody could not use."""

    def __init__(self, desk: AtTheDesk) -> None:
        self.desk = desk
        self.found: dict[str, list[str]] = {}
        self.seen: list[str] = []
        self.axe = Axe()

    def look(self, name: str) -> None:
        self.seen.append(name)
        violations = self.axe.run(self.desk.page).response["violations"]
        if violations:
            self.found[name] = [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in violations]


def test_every_state_of_the_desk_is_accessible(evening: Floor) -> None:
    desk = AtTheDesk(evening.sit_down("te1"))
    eye = Eye(desk)
    desk.until("idle")
    eye.look("idle")
    desk.press("1")
    desk.until("paused")
    eye.look("paused")
    desk.press("Enter")
    desk.until("idle")
    desk.press("Enter")
    desk.until("case")
    eye.look("case")
    desk.press("Enter")
    desk.until("dialing")
    eye.look("dialing")
    desk.until("talking")
    eye.look("talking")
    desk.press("Enter")
    desk.until("interview")
    types: set[str] = set()
    while desk.page.locator("[data-desk=interview]").count():
        kind = desk.page.get_attribute("[data-question]", "data-type") or ""
        if kind not in types:
            types.add(kind)
            eye.look(f"{desk.question} ({kind})")
        if desk.question == "A2":
            desk.press("2")
            desk.page.wait_for_selector("[role=alert]")
            eye.look("doubt")
            desk.press("Escape")
            desk.page.wait_for_selector("[data-at-once]")
        desk.answer()
        if desk.question == "A4" and "remark" not in eye.seen:
            desk.press("F4")
            desk.page.wait_for_selector("dialog[open]")
            eye.look("remark")
            desk.press("Escape")
            desk.press("Alt+u")
            desk.page.wait_for_selector(".danger-script")
            eye.look("danger")
            desk.press("Enter")
            desk.page.wait_for_selector("[data-question]")
            for key, name in (("F2", "appointment"), ("F8", "closing")):
                desk.press(key)
                desk.until("closing")
                eye.look(name)
                desk.press("Escape")
                desk.until("interview")
    eye.look("complete")
    assert types == {"single", "scale", "integer", "grid-item", "text", "multiple", "note"}
    assert eye.found == {}


def test_the_checker_sees_a_fault(evening: Floor) -> None:
    desk = AtTheDesk(evening.sit_down("te1"))
    desk.page.evaluate("document.querySelector('main').append(document.createElement('button'))")
    eye = Eye(desk)
    eye.look("broken")
    assert "button-name" in eye.found["broken"][0]
