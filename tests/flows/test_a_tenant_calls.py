"""A tenant calls back: taken by keyboard, whoever picks up; heard to the end when his quota is full; and axe looks."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page
from sqlalchemy import text

from cati.database import transaction
from tests.flows.conftest import Floor
from tests.flows.keyboard import AtTheDesk

pytestmark = pytest.mark.needs("chromium")

NUMBER = "06 39 98 00 03"


def violations(page: Page) -> list[str]:
    return [one["id"] for one in Axe().run(page).response["violations"]]


def picks_up(desk: AtTheDesk, number: str = NUMBER) -> None:
    """« E », the number as it shows, Entrée."""
    desk.press("e")
    desk.page.wait_for_selector("[data-caller=ask] input:focus")
    desk.page.keyboard.type(number)
    desk.press("Enter")


def test_a_tenant_who_calls_back_is_interviewed_beyond_a_full_quota(evening: Floor) -> None:
    with transaction(evening.database.engine) as db:
        db.execute(text("update quota_cells set target = 0"))
    camille, sacha = AtTheDesk(evening.sit_down("te1")), AtTheDesk(evening.sit_down("te2"))

    picks_up(camille)
    camille.until("interview")
    assert camille.question == "INT1"

    # The same tenant's number, typed by a colleague: the call is passed on.
    picks_up(sacha)
    sacha.page.wait_for_selector("[data-caller=elsewhere]")
    assert "passez l’appel à Camille te1" in sacha.words
    assert violations(sacha.page) == []
    sacha.press("Enter")
    sacha.page.wait_for_selector("[data-action=ready]")

    camille.answer_until()
    camille.until("closing")
    assert "entretien complet, enregistré" in camille.words
    camille.press("Enter")
    camille.until("idle")
    assert evening.counted("select state, count(*) from interviews where surplus group by 1") == {
        "complete": 1
    }
    assert evening.counted("select 'done', sum(done) from quota_cells") == {"done": 0}

    # He calls again: thanked.
    picks_up(camille)
    camille.page.wait_for_selector("[data-caller=thanked]")
    assert "Vous avez déjà répondu" in camille.words


def test_whoever_is_in_no_sample_may_still_be_left_in_peace(evening: Floor) -> None:
    desk = AtTheDesk(evening.sit_down("te1"))
    desk.press("1")
    desk.until("paused")
    picks_up(desk, "06 39 98 99 99")
    desk.page.wait_for_selector("[data-caller=unknown]")
    assert violations(desk.page) == []
    desk.press("s")
    desk.page.wait_for_selector("dialog[open]")
    desk.press("s")  # the same key again is no confirmation
    desk.press("o")
    desk.page.wait_for_selector("[data-action=resume]")
    assert "ne sera plus appelé" in desk.words
    assert evening.counted("select 'opposed', count(*) from oppositions") == {"opposed": 1}
