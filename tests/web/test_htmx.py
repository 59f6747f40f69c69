"""htmx and keys.js together, in a real browser: one question after another without leaving the page."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Route, sync_playwright

from web.assets import STATIC

pytestmark = pytest.mark.needs("chromium")

HEAD = """<meta charset="utf-8">
<meta name="htmx-config" content='{"extensions": "", "history": false, "includeIndicatorCSS": false}'>
<script src="/htmx.js" defer></script><script src="/keys.js" defer></script>
<body hx-headers:inherited='{"X-CSRF-Token": "jeton"}'><p id="status"></p><main id="content">"""


def question(rank: int) -> str:
    boxes = "".join(
        f'<label><input type="checkbox" name="value" value="{code}" data-key="{code}">{code}</label>'
        for code in (1, 2, 3)
    )
    return (
        f'<form method="post" action="/" hx-post="/" hx-target="#content" hx-swap="innerHTML" data-question="Q{rank}">'
        f'<span data-announce="Question {rank}"></span>{boxes}'
        '<button data-key="Entrée" name="go" value="on">Suivant</button></form>'
    )


@pytest.fixture
def desk() -> Iterator[Page]:
    """A desk whose questions follow each other; `desk.sent` holds the token and the form of each answer."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page()
        page.sent = []  # type: ignore[attr-defined]

        def answer(route: Route) -> None:
            request = route.request
            if request.url.endswith("keys.js"):
                route.fulfill(path=STATIC / "js/keys.js", content_type="text/javascript")
            elif request.url.endswith("htmx.js"):
                route.fulfill(path=STATIC / "vendor/htmx.min.js", content_type="text/javascript")
            elif request.method == "POST":
                page.sent.append((request.headers.get("x-csrf-token"), request.post_data))  # type: ignore[attr-defined]
                rank = len(page.sent) + 1  # type: ignore[attr-defined]
                route.fulfill(status=422 if rank == 3 else 200, body=question(rank), content_type="text/html")
            else:
                csp = {"Content-Security-Policy": "default-src 'self'"}
                route.fulfill(body=HEAD + question(1) + "</main>", content_type="text/html", headers=csp)

        page.route("**/*", answer)
        page.goto("http://poste.test/")
        yield page
        browser.close()


def test_questions_follow_each_other_by_keyboard_alone(desk: Page) -> None:
    for keys, rank in (
        (["3", "1", "Enter"], 2),
        (["2", "Enter"], 3),
        (["1", "Enter"], 4),
    ):  # the third answers 422
        for key in keys:
            desk.keyboard.press(key)
        desk.wait_for_selector(f"[data-question=Q{rank}]")
        assert desk.inner_text("#status") == f"Question {rank}"
        assert desk.evaluate("document.activeElement.value") == "1", "the first choice has the focus"
        assert desk.query_selector_all("input:checked") == [], "nothing is carried over"
    token, first = desk.sent[0]  # type: ignore[attr-defined]
    assert token == "jeton"
    assert [part for part in first.split("&") if part.startswith("value")] == ["value=3", "value=1"]
    assert len(desk.sent) == 3  # type: ignore[attr-defined]
