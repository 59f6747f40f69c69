"""An evening on the floor: two interviewers, real browsers, the keyboard alone."""

import pytest

from tests.flows.conftest import Floor
from tests.flows.keyboard import AtTheDesk

pytestmark = pytest.mark.needs("chromium")


def test_two_interviewers_make_an_evening(evening: Floor) -> None:
    camille, sacha = AtTheDesk(evening.sit_down("te1")), AtTheDesk(evening.sit_down("te2"))

    # Camille reads a whole triennale, from hello to thank you.
    camille.call()
    camille.answer_until()
    camille.until("closing")
    assert "entretien complet, enregistré" in camille.words
    assert (len(camille.asked), camille.chosen_in_advance) == (len(set(camille.asked)), [])
    assert {"INT1", "A2", "C2_7", "K1", "L1", "FIN"} <= set(camille.asked)
    camille.press("Enter")
    camille.until("idle")

    # Sacha is refused at the door: the household, for good.
    sacha.call()
    sacha.answer("7")
    sacha.until("closing")
    sacha.press("1", "0", "d", "Enter")
    sacha.until("idle")

    # Then somebody agrees, and must leave in the middle: an appointment in an hour.
    sacha.call()
    sacha.answer_until("C1")
    sacha.press("F2")
    sacha.until("closing")
    sacha.page.keyboard.press("Tab")
    sacha.page.keyboard.press("ArrowDown")  # the first day offered
    sacha.page.keyboard.press("Tab")
    sacha.page.keyboard.press("ArrowDown")  # its first hour
    sacha.press("Enter")
    sacha.until("idle")
    answered = len(sacha.asked)

    # The hour comes; the household is first again, and is asked the introduction and what was left.
    evening.let_pass(seconds=60 * 31)
    sacha.call()
    assert "Rendez-vous" in sacha.words
    sacha.answer_until()
    sacha.until("closing")
    sacha.press("Enter")
    sacha.until("idle")
    assert sacha.asked[answered : answered + 5] == ["INT1", "INT2", "INT3", "INT4", "C1"]
    assert sacha.chosen_in_advance == []

    said = evening.counted("select disposition, count(*) from attempts group by 1")
    assert said == {"complete": 2, "refusal_household": 1, "appointment_firm": 1}
    assert evening.counted("select state, count(*) from interviews where state = 'complete' group by 1") == {
        "complete": 2
    }
    assert evening.counted("select 'done', sum(done) from quota_cells") == {"done": 2}


def test_an_enter_too_many_says_nothing_of_the_call(evening: Floor) -> None:
    desk = AtTheDesk(evening.sit_down("te1"))
    desk.press("Enter")
    desk.until("case")
    desk.press("Enter")
    desk.until("dialing")
    desk.press("Enter")
    desk.until("talking")
    assert evening.counted("select coalesce(heard, 'nothing'), count(*) from dials group by 1") == {
        "nothing": 1
    }


def test_a_slip_of_the_finger_is_taken_back(evening: Floor) -> None:
    desk = AtTheDesk(evening.sit_down("te1"))
    desk.call()
    desk.answer("7")
    desk.until("closing")
    desk.press("Alt+Backspace")
    desk.until("interview")
    assert desk.question == "INT1"
    desk.answer("1")
    desk.press("Alt+Backspace")
    desk.page.wait_for_selector("[data-question=INT1]")
    assert desk.page.locator("input:checked").get_attribute("value") == "1"


def test_an_opposition_needs_two_different_keys(evening: Floor) -> None:
    desk = AtTheDesk(evening.sit_down("te1"))
    desk.call()
    desk.answer("1")
    desk.answer("4")
    desk.until("closing")
    desk.press("Enter", "Enter")
    assert desk.page.locator("[data-desk=closing]").count() == 1, "Entrée twice opposes nobody"
    desk.press("Enter", "o")
    desk.until("idle")
    assert evening.counted("select status, count(*) from phones where status = 'opposed' group by 1")


def test_what_is_being_typed_is_still_there_after_a_remark(evening: Floor) -> None:
    desk = AtTheDesk(evening.sit_down("te1"))
    desk.call()
    desk.answer_until("A1")
    desk.answer("4")
    desk.answer("1")
    assert desk.question == "A3"
    desk.page.keyboard.type("Le hall est sale")
    desk.press("F4")
    desk.page.wait_for_selector("dialog[open]")
    desk.page.keyboard.type("Rappeler le soir")
    desk.press("Enter")
    desk.page.wait_for_selector("dialog[open]", state="detached")
    desk.page.keyboard.type(", toujours")
    assert desk.page.input_value("[data-question] textarea") == "Le hall est sale, toujours"


@pytest.mark.parametrize(
    ("key", "back"),
    [
        ("F2", "Escape"),  # an appointment
        ("F8", "Escape"),  # the closing screen
        ("Alt+u", "Enter"),  # a danger
    ],
)
def test_what_is_being_typed_is_still_there_when_one_comes_back(evening: Floor, key: str, back: str) -> None:
    desk = AtTheDesk(evening.sit_down("te1"))
    desk.call()
    desk.answer_until("A1")
    desk.answer("4")
    desk.answer("1")
    desk.page.keyboard.type("Le hall est sale")
    desk.press(key)
    desk.page.wait_for_selector("[data-question]", state="detached")
    desk.press(back)
    desk.page.wait_for_selector("[data-question=A3]")
    desk.page.keyboard.type(", toujours")
    assert desk.page.input_value("[data-question] textarea") == "Le hall est sale, toujours"
    desk.answer()
    desk.press("Alt+Backspace")
    desk.page.wait_for_selector("[data-question=A3]")
    desk.page.fill("[data-question] textarea", "Le hall")
    desk.press("Enter")
    desk.page.wait_for_selector("[data-question]:not([data-question=A3])")
    desk.press("Alt+Backspace")
    desk.page.wait_for_selector("[data-question=A3]")
    assert desk.page.input_value("[data-question] textarea") == "Le hall", "what was kept, no older draft"
    assert evening.counted("select value #>> '{}', 1 from answers where question = 'A3'") == {"Le hall": 1}


def test_hanging_up_asks_first_and_never_loses_the_interview(evening: Floor) -> None:
    desk = AtTheDesk(evening.sit_down("te1"))
    desk.call()
    desk.answer_until("A4")
    desk.press("F9", "Escape")
    assert desk.question == "A4"
    desk.press("F9")
    desk.page.wait_for_selector("dialog[open]")
    desk.press("Enter")
    desk.until("closing")
    desk.press("Alt+r")
    desk.until("talking")
    desk.press("Enter")
    desk.until("interview")
    desk.answer("1")
    desk.answer("1")
    assert desk.question == "A4", "after a drop INT1 and INT3 are said again, and one is where one was"


def test_the_desk_works_without_javascript(evening: Floor) -> None:
    page = evening.sit_down("te1", scripts=False)
    page.click("[data-action=ready]")
    page.click("[data-action=dial]")
    page.wait_for_selector("[data-desk=talking]")  # the page reloads itself while it rings
    page.click("[data-action=answered]")
    for question in ("INT1", "INT2", "INT3", "INT4", "A1"):
        page.wait_for_selector(f"[data-question={question}]")
        page.check("[name=value][value='1']")
        page.click("[data-question] [data-kind=main]")
    page.wait_for_selector("[data-question=A2]")
    page.click("[data-action=close]")
    page.check("[value=break_off]")
    page.click("text=Valider l’issue")
    page.wait_for_selector("[data-desk=idle]")
    assert evening.counted("select disposition, count(*) from attempts group by 1") == {"break_off": 1}
