"""The preview as an author has it: the real command, a real browser, the keyboard, a file saved beside it."""

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, sync_playwright

from tests.web.test_preview import LISTS, SCRIPT

pytestmark = pytest.mark.needs("chromium")


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """The preview of a file, by its command, until Ctrl-C."""
    (tmp_path / "essai.yaml").write_text(SCRIPT, encoding="utf-8")
    (tmp_path / "listes.yaml").write_text(LISTS, encoding="utf-8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = ("questionnaire", "preview", str(tmp_path / "essai.yaml"), "--port", str(port))
    serving = subprocess.Popen(
        [Path(sys.executable).with_name("cati"), *words], stdout=subprocess.PIPE, text=True
    )
    assert serving.stdout is not None
    assert f"http://127.0.0.1:{port}" in serving.stdout.readline()
    yield f"http://127.0.0.1:{port}"
    serving.send_signal(signal.SIGINT)
    serving.communicate(timeout=15)
    assert serving.returncode in {0, -signal.SIGINT}


@pytest.fixture
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
        opened = context.new_page()
        opened.set_default_timeout(15_000)
        yield opened
        browser.close()


def type_in(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def until(page: Page, question: str) -> None:
    page.wait_for_selector(f'[data-question="{question}"]')
    page.wait_for_selector(f'#route [aria-current] [value="{question}"]')


def test_an_author_tries_his_questionnaire_by_keyboard_while_he_writes_it(
    page: Page, url: str, tmp_path: Path
) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.goto(url)
    until(page, "INT1")
    type_in(page, "1", "Enter")
    until(page, "A1")
    assert "or A1\u00a0: sans réponse" in page.locator('#route li:has([value="A2"])').inner_text()
    accessible(page)
    type_in(page, "2", "Enter")
    until(page, "A2")
    page.keyboard.type("Le bruit de la r")  # still being typed while the file is saved
    changed = SCRIPT.replace("Pourquoi ?", "Dites-moi pourquoi ?")
    (tmp_path / "essai.yaml").write_text(changed, encoding="utf-8")
    page.wait_for_selector("text=Dites-moi pourquoi")
    page.keyboard.type("ue")
    assert page.input_value("textarea[name=value]:focus") == "Le bruit de la rue"
    type_in(page, "F2")
    page.keyboard.type("A5")
    type_in(page, "Enter")
    until(page, "A5")
    page.click('#route [value="A3"]')
    until(page, "A3")
    page.wait_for_selector("[data-question] input[name=value]:focus")
    type_in(page, "F4")
    page.wait_for_selector("#tenant[open]")
    page.select_option("#sample-qpv", "0")
    accessible(page)
    type_in(page, "Enter")
    page.get_by_text(re.compile(r"qpv \(fichier\)\s: non")).wait_for()
    (tmp_path / "essai.yaml").write_text(changed.replace("A1 == 2", "A0 == 2"), encoding="utf-8")
    page.wait_for_selector("text=A2.when")
    accessible(page)
    type_in(page, "F8")
    until(page, "INT1")
    type_in(page, "2", "Enter")
    page.wait_for_selector('[data-outcome="refusal"]')
    assert [each for each in said if not re.search("Content Security Policy", each)] == []


def accessible(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
