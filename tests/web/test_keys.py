"""The keyboard, in a real browser: static/js/keys.js on small pages of its markup."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from web.assets import STATIC

pytestmark = pytest.mark.needs("chromium")

Open = Callable[[str], Page]
GO_ON = '<button data-key="Entrée" name="go" value="on">Suivant</button>'


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def show(browser: Browser) -> Iterator[Open]:
    """Open a page with the given body; what its forms send is found in `page.sent`."""
    context = browser.new_context()

    def shown(body: str) -> Page:
        page = context.new_page()
        page.sent = []  # type: ignore[attr-defined]

        def answer(route) -> None:  # type: ignore[no-untyped-def]
            request = route.request
            if request.url.endswith("keys.js"):
                route.fulfill(path=STATIC / "js/keys.js", content_type="text/javascript")
            elif request.method == "POST":
                page.sent.append(request.post_data or "")  # type: ignore[attr-defined]
                route.fulfill(status=204)  # the browser stays on the page
            else:
                head = '<meta charset="utf-8"><script src="/keys.js" defer></script>'
                route.fulfill(body=head + body, content_type="text/html")

        page.route("**/*", answer)
        page.goto("http://poste.test/")
        return page

    yield shown
    context.close()


def question(*controls: str, more: str = "") -> str:
    return (
        f'<form method="post" data-question="A1" {more}>{"".join(controls)}{GO_ON}</form><p id="status"></p>'
    )


def choices(*codes: int, kind: str = "radio") -> str:
    return "".join(
        f'<label><input type="{kind}" name="value" value="{code}" data-key="{code}">{code}</label>'
        for code in codes
    )


def special(letter: str = "N", value: str = "dk") -> str:
    return f'<label><input type="radio" name="special" value="{value}" data-key="{letter}">{value}</label>'


def press_azerty(page: Page, code: str, key: str) -> None:
    """A key of an AZERTY keyboard: its place says Digit1, its character is &."""
    page.evaluate(
        "([code, key]) => document.activeElement.dispatchEvent("
        "new KeyboardEvent('keydown', {code, key, bubbles: true, cancelable: true}))",
        [code, key],
    )


def chosen(page: Page) -> list[str]:
    return page.eval_on_selector_all("input:checked", "found => found.map(one => one.value)")


def settle(page: Page, forms: int = 1) -> None:
    """Wait until the page has sent so many forms, then a moment more in which it must send no other."""
    for _ in range(150):
        if len(page.sent) >= forms:  # type: ignore[attr-defined]
            break
        page.wait_for_timeout(20)
    page.wait_for_timeout(50)


def test_a_question_takes_the_focus_when_it_opens(show: Open) -> None:
    page = show(question(choices(1, 2)))
    assert page.evaluate("document.activeElement.value") == "1"


@pytest.mark.parametrize(("code", "key"), [("Digit2", "é"), ("Digit2", "2"), ("Numpad2", "2")])
def test_a_digit_chooses_on_azerty_and_on_the_numeric_pad(show: Open, code: str, key: str) -> None:
    page = show(question(choices(1, 2, 3)))
    press_azerty(page, code, key)
    assert chosen(page) == ["2"]
    assert page.sent == []  # type: ignore[attr-defined]


def test_enter_goes_on_with_what_is_chosen(show: Open) -> None:
    page = show(question(choices(1, 2)))
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    settle(page)
    assert page.sent == ["value=2&go=on"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        (["7"], ["value=7&go=on"]),  # at once
        (["0"], ["value=0&go=on"]),
        (["1"], []),  # may become ten
        (["1", "0"], ["value=10&go=on"]),
        (["1", "Enter"], ["value=1&go=on"]),
        (["1", "3"], ["value=3&go=on"]),  # changed one's mind
    ],
)
def test_on_a_scale_one_waits_for_zero_or_enter_and_the_others_go_at_once(
    show: Open, typed: list[str], sent: list[str]
) -> None:
    page = show(question(choices(*range(11)), more="data-at-once"))
    for key in typed:
        page.keyboard.press(key)
    settle(page, len(sent))
    assert page.sent == sent  # type: ignore[attr-defined]


def test_one_waits_as_long_as_it_takes(show: Open) -> None:
    page = show(question(choices(*range(11)), more="data-at-once"))
    page.keyboard.press("1")
    page.wait_for_timeout(1500)
    assert (page.sent, chosen(page)) == ([], ["1"])  # type: ignore[attr-defined]


def test_digits_do_nothing_outside_the_question(show: Open) -> None:
    page = show('<input id="elsewhere"><button id="out">x</button>' + question(choices(1, 2)))
    page.focus("#out")
    page.keyboard.press("2")
    page.focus("#elsewhere")
    page.keyboard.press("2")
    assert chosen(page) == []
    assert page.input_value("#elsewhere") == "2"


@pytest.mark.parametrize("key", ["n", "N", "Alt+n"])
def test_a_letter_gives_a_special_answer(show: Open, key: str) -> None:
    page = show(question(choices(1, 2), special()))
    page.keyboard.press(key)
    assert chosen(page) == ["dk"]


def test_in_a_text_field_letters_are_text_and_alt_letters_are_keys(show: Open) -> None:
    page = show(question('<input name="value">', special("R", "refused")))
    page.keyboard.type("rr2")
    assert (page.input_value("input[name=value]"), chosen(page)) == ("rr2", [])
    page.keyboard.press("Alt+r")
    assert (page.input_value("input[name=value]"), chosen(page)) == ("rr2", ["refused"])


def test_enter_in_a_text_goes_on_and_shift_enter_is_a_new_line(show: Open) -> None:
    page = show(question('<textarea name="value"></textarea>'))
    page.keyboard.type("un")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("deux")
    assert page.input_value("textarea") == "un\ndeux"
    page.keyboard.press("Enter")
    settle(page)
    assert page.sent == ["value=un%0D%0Adeux&go=on"]  # type: ignore[attr-defined]


def test_several_answers_are_sent_in_the_order_of_mention(show: Open) -> None:
    page = show(question(choices(1, 2, 3, 4, kind="checkbox")))
    for key in ("3", "1", "4", "1", "1"):  # 1 is taken back, then said again
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    settle(page)
    sent = page.sent[0].split("&")  # type: ignore[attr-defined]
    assert [part for part in sent if part.startswith("value")] == ["value=3", "value=4", "value=1"]


def test_an_exclusive_choice_and_a_special_answer_untick_the_others(show: Open) -> None:
    alone = '<input type="checkbox" name="value" value="9" data-key="9" data-exclusive>'
    page = show(question(choices(1, 2, kind="checkbox"), alone, special()))
    for keys, expected in (("12", ["1", "2"]), ("9", ["9"]), ("1", ["1"]), ("n", ["dk"]), ("2", ["2"])):
        for key in keys:
            page.keyboard.press(key)
        assert chosen(page) == expected


def test_function_keys_press_their_button_from_anywhere(show: Open) -> None:
    page = show(
        question('<input name="value">')
        + '<form method="post"><button name="go" value="appointment" data-key="F2">Rendez-vous</button></form>'
    )
    page.keyboard.press("F2")
    settle(page)
    assert page.sent == ["go=appointment"]  # type: ignore[attr-defined]


def test_alt_backspace_goes_back_and_backspace_alone_corrects(show: Open) -> None:
    back = '<button name="go" value="back" data-key="Alt+Retour arrière">Précédent</button>'
    page = show(question('<input name="value" value="12">', back))
    page.keyboard.press("End")
    page.keyboard.press("Backspace")
    assert page.input_value("input[name=value]") == "1"
    page.keyboard.press("Alt+Backspace")
    settle(page)
    assert page.sent == ["value=1&go=back"]  # type: ignore[attr-defined]


HANG_UP = (
    '<form method="post"><button name="go" value="hangup" data-key="F9" data-confirm="Raccrocher ?"{}>'
    "Raccrocher</button></form>"
)


@pytest.mark.parametrize(
    ("more", "second", "sent"),
    [
        ("", "Enter", ["go=hangup"]),
        ("", "Escape", []),
        ("", "F9", []),  # pressed twice by mistake
        (' data-confirm-key="O"', "o", ["go=hangup"]),
        (' data-confirm-key="O"', "Enter", []),  # another key than the one that moves on
    ],
)
def test_a_dangerous_act_asks_for_another_key(show: Open, more: str, second: str, sent: list[str]) -> None:
    page = show(question(choices(1)) + HANG_UP.format(more))
    page.keyboard.press("F9")
    settle(page, 0)
    assert page.sent == []  # type: ignore[attr-defined]
    page.keyboard.press(second)
    settle(page, len(sent))
    assert page.sent == sent  # type: ignore[attr-defined]


def test_a_question_under_a_dialog_hears_nothing(show: Open) -> None:
    page = show(question(choices(1, 2)) + HANG_UP.format(""))
    page.keyboard.press("F9")
    page.keyboard.press("2")
    assert chosen(page) == []


def test_a_second_enter_is_not_a_second_answer(show: Open) -> None:
    page = show(question(choices(1, 2)))
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    settle(page)
    assert len(page.sent) == 1  # type: ignore[attr-defined]


def test_a_key_held_down_presses_once(show: Open) -> None:
    page = show(question(choices(1, 2, kind="checkbox")))
    for _ in range(3):
        page.keyboard.down("2")
    assert chosen(page) == ["2"]


def test_what_a_screen_announces_is_read_out(show: Open) -> None:
    page = show(question(choices(1), '<span data-announce="Question A1"></span>'))
    assert page.inner_text("#status") == "Question A1"
