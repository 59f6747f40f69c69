"""A script with several questions on one screen, a table and two languages, read and answered by keyboard alone."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from sqlalchemy import text

from cati import clock
from cati.database import transaction
from cati.surveys import actions as surveys
from tests.flows.conftest import Floor
from tests.flows.keyboard import AtTheDesk
from tests.stories import proved

pytestmark = pytest.mark.needs("chromium")

SCRIPT = (Path(__file__).parents[1] / "questionnaires" / "screens.yaml").read_text(encoding="utf-8")


def in_the_field(floor: Floor) -> None:
    with transaction(floor.database.engine) as db:
        published = surveys.publish_questionnaire(db, proved(SCRIPT), now=clock.now()).id
        surveys.set_questionnaire(db, db.execute(text("select id from waves")).scalar_one(), published)


def violations(desk: AtTheDesk) -> list[str]:
    """What axe finds on the screen, in both themes."""
    found = []
    for scheme in ("light", "dark"):
        desk.page.emulate_media(color_scheme=scheme)
        found += [
            f"{scheme} {desk.question} {one['id']}" for one in Axe().run(desk.page).response["violations"]
        ]
    return found


def focused(desk: AtTheDesk, attribute: str) -> str | None:
    value: str | None = desk.page.evaluate("name => document.activeElement.getAttribute(name)", attribute)
    return value


def test_a_screen_a_table_and_another_language_by_keyboard(evening: Floor) -> None:
    in_the_field(evening)
    desk = AtTheDesk(evening.sit_down("te1"))
    desk.call()
    desk.answer("1")

    # Help: over the card, the question unmoved; the same key closes it where one was.
    desk.page.wait_for_selector("[name=value]:focus")
    desk.press("4", "F7")
    desk.page.wait_for_selector("#help[open]")
    before = desk.page.locator("[data-question]").bounding_box()
    desk.press("2")
    assert desk.page.locator("#help details[open]").get_attribute("data-help") == "numero"
    assert violations(desk) == []
    desk.press("F7")
    desk.page.wait_for_selector("#help[open]", state="detached")
    assert desk.page.locator("[data-question]").bounding_box() == before
    assert (focused(desk, "name"), desk.page.locator("[name=value]").input_value()) == ("value", "4")

    # Several questions on one screen: Entrée runs down them.
    desk.answer("5")  # 45: the 4 is still there
    desk.answer("3")
    desk.answer("1")
    assert desk.question == "L4"
    assert desk.page.locator(".lines strong").all_inner_texts() == ["45", "3", "1"]
    assert violations(desk) == []

    # The other language: what was chosen and not sent is still chosen.
    desk.press("1", "F6")
    desk.page.wait_for_selector("fieldset[lang=en]")
    assert (desk.question, desk.page.locator("input[name=value]:checked").count()) == ("L4", 1)
    assert focused(desk, "name") == "value"
    desk.answer()
    desk.press("Alt+Backspace")
    desk.page.wait_for_selector("[data-question=L4]")
    desk.press("Escape")
    desk.page.wait_for_selector("[data-question=L5]")
    desk.answer(*"7h30")

    # The table: one digit a row, ten rows in sight, a row corrected.
    for row, key in enumerate(("1", "2", "n", "4"), start=1):
        assert desk.question == f"C1_{row}"
        desk.press(key)
        desk.page.wait_for_selector(f"[data-question=C1_{row + 1}]")
    main = desk.page.locator("main")
    assert main.evaluate("main => main.scrollHeight - main.clientHeight") == 0, "ten rows fit"
    assert violations(desk) == []
    desk.press("Alt+Backspace")
    desk.page.wait_for_selector("[data-question=C1_4]")
    desk.press("3")
    for row in range(5, 11):
        desk.page.wait_for_selector(f"[data-question=C1_{row}]")
        desk.press("1")
    desk.page.wait_for_selector("[data-question=C2]")

    # A text typed and not sent survives the language too.
    desk.page.keyboard.type("Le froi")
    desk.press("F6")
    desk.page.wait_for_selector("fieldset:not([lang])")
    assert desk.page.locator("textarea[name=value]").first.input_value() == "Le froi"
    desk.answer("d")  # one goes on typing at its end
    desk.until("closing")
    kept = evening.counted("select question, (value #>> '{}') from answers where value is not null")
    told = (
        "INT1 1",
        "L1 45",
        "L2 3",
        "L3 1",
        "L4 1",
        "L5 07:30",
        "C2 Le froid",
        "C1_1 1",
        "C1_2 2",
        "C1_4 3",
    )
    assert {f"{name} {value}" for name, value in kept.items()} == {
        *told,
        *(f"C1_{row} 1" for row in range(5, 11)),
    }
