"""The server or PostgreSQL killed with -9 in mid-interview: what the screen said was kept is there, and it goes on."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from playwright.sync_api import Page, sync_playwright

from cati import clock
from tests import stories
from tests.flows.driving import (
    PATIENCE,
    CallCentre,
    Seat,
    Values,
    assert_all_kept,
    on_its_own_postgresql,
    wait_until,
)
from tests.flows.keyboard import AtTheDesk
from tests.flows.killing import kill, postgres_processes

ANSWERS = 20  # acknowledged before anything is killed


@pytest.fixture
def centre() -> Iterator[CallCentre]:
    """A call centre on its own embedded PostgreSQL, with a wave in the field and one interviewer."""
    with on_its_own_postgresql() as (made, keys):
        with made.db() as db:
            wave = stories.a_wave(db, keys, clock.now())
            stories.an_interviewer(db, clock.now(), waves=[wave], login="te1")
        yield made


def test_the_server_killed_in_mid_interview_lost_no_answer_that_the_screen_said_was_kept(
    centre: CallCentre,
) -> None:
    with centre.seat("te1") as seat:
        seat.call()
        answer_some(seat, ANSWERS)

        # The answer was kept, and nobody was told: the server died between its commit and its response.
        fields = seat.filled()
        with on_its_way(seat, fields):
            wait_until(lambda: times_kept(centre, fields) == 1)
            centre.kill()
        goes_on_after_a_restart(centre, seat, fields)
        assert_all_kept(centre, seat)
        answer_some(seat, 3)

        # The answer had reached the server, and was not kept: it waited for the interview, and died there.
        fields = seat.filled()
        with centre.db() as db:
            db.exec_driver_sql("select 1 from interviews for update")
            with on_its_way(seat, fields):
                wait_until(lambda: bool(waiting_for_a_lock(centre)))
                centre.kill()
        wait_until(lambda: not waiting_for_a_lock(centre))
        assert times_kept(centre, fields) == 0
        goes_on_after_a_restart(centre, seat, fields)

        seat.answer_until()
        assert (seat.page.state, seat.page.outcome) == ("closing", "complete")
        assert_all_kept(centre, seat)
        assert centre.counted("select 'done', sum(done) from quota_cells") == {"done": 1}
        assert json.loads(centre.cati("quota", "check", "--json")) == []


def test_postgresql_killed_in_mid_interview_lost_nothing_and_the_desk_goes_on_by_itself(
    centre: CallCentre,
) -> None:
    with centre.seat("te1") as seat:
        seat.call()
        answer_some(seat, ANSWERS)

        # It dies in the same instant as the screen says that an answer is kept.
        fields, processes = seat.filled(), postgres_processes(centre.folder / "var")
        told = seat.client.post("/poste/reponse", data=fields)
        kill(processes)
        seat.acknowledge(fields, told)
        shown, fields = seat.page, seat.filled()
        for _ in range(3):  # a connection of the pool that has died, and new ones that nobody takes
            refused = seat.client.post("/poste/reponse", data=fields)
            assert refused.status_code == httpx.codes.SERVICE_UNAVAILABLE
            assert "La base de données ne répond pas." in refused.text
        assert seat.client.get("/poste").status_code == httpx.codes.SERVICE_UNAVAILABLE
        assert httpx.get(f"{centre.url}/healthz").status_code == httpx.codes.OK
        assert httpx.get(f"{centre.url}/readyz").status_code == httpx.codes.SERVICE_UNAVAILABLE

        centre.cati("db", "start")
        assert times_kept(centre, fields) == 0
        assert seat.look().question == shown.question, "nobody signs in again, and the question is the same"
        seat.acknowledge(fields, seat.client.post("/poste/reponse", data=fields))
        assert times_kept(centre, fields) == 1
        answer_some(seat, 3)
        assert_all_kept(centre, seat)
        assert centre.counted("select 'reserved', sum(reserved) from quota_cells") == {"reserved": 1}
        assert json.loads(centre.cati("quota", "check", "--json")) == []

        # Housekeeping came back too: a desk that falls silent now is noticed.
        at = seat.page.question
        centre.let_pass(seconds=150)
        wait_until(lambda: centre.rows("select from cases where state = 'interrupted'") != [])
        seat.look()
        seat.press("ready")
        assert (seat.page.state, seat.page.question) == ("interview", at)
    assert "Traceback" not in centre.log


@pytest.mark.needs("chromium")
def test_while_the_server_or_postgresql_is_away_the_screen_says_so_and_keeps_what_was_typed(
    centre: CallCentre,
) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        desk = signed_in(browser.new_page(), centre.url)
        desk.call()
        desk.answer_until("A1")
        desk.answer("4")
        desk.answer("1")
        assert desk.question == "A3"
        desk.page.keyboard.type("Le hall est sale")

        centre.kill()
        desk.press("Enter")
        desk.page.wait_for_selector("text=Le serveur ne répond pas")
        desk.page.keyboard.type(", toujours")
        centre.start()
        kill(postgres_processes(centre.folder / "var"))
        desk.press("Enter")
        desk.page.wait_for_selector("text=La base de données ne répond pas")
        assert desk.page.input_value("[data-question=A3] textarea") == "Le hall est sale, toujours"

        centre.cati("db", "start")
        desk.press("Enter")
        desk.page.wait_for_selector("[data-question]:not([data-question=A3])")
        assert "ne répond pas" not in desk.page.inner_text("body")
        browser.close()
    (kept,) = centre.rows("select value from answers where question = 'A3'")
    assert kept.value == "Le hall est sale, toujours"


def signed_in(page: Page, url: str) -> AtTheDesk:
    """An interviewer at his desk, in a real browser."""
    page.set_default_timeout(PATIENCE * 1000)
    page.goto(url)
    page.fill("[name=login]", "te1")
    page.fill("[name=password]", stories.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-desk]")
    return AtTheDesk(page)


def answer_some(seat: Seat, count: int) -> None:
    for _ in range(count):
        seat.answer()


def goes_on_after_a_restart(centre: CallCentre, seat: Seat, fields: Values) -> None:
    """The server is started again; the same browser, still signed in, sends its last answer once more."""
    before = times_kept(centre, fields)
    centre.start()
    current = seat.look()
    assert current.state == "interview"
    assert (current.question == fields["question"][0]) == (before == 0)
    seat.acknowledge(fields, seat.client.post("/poste/reponse", data=fields))
    following = seat.page.question
    assert times_kept(centre, fields) == 1
    seat.client.post("/poste/reponse", data=fields)
    assert times_kept(centre, fields) == 1
    assert seat.look().question == following


@contextmanager
def on_its_way(seat: Seat, fields: Values) -> Iterator[None]:
    """The answer is sent to the server, whose response is never read."""
    request = seat.client.build_request("POST", "/poste/reponse", data=fields)
    head = [
        f"POST {request.url.path} HTTP/1.1",
        *(f"{name}: {value}" for name, value in request.headers.items()),
    ]
    with socket.create_connection((request.url.host, request.url.port or 80)) as line:
        line.sendall("\r\n".join((*head, "", "")).encode() + request.content)
        yield


def times_kept(centre: CallCentre, fields: Values) -> int:
    """How many times the answer of this request was kept."""
    sql = "select from answer_events where request = :key and kind = 'answered'"
    return len(centre.rows(sql, key=fields["key"][0]))


def waiting_for_a_lock(centre: CallCentre) -> list[object]:
    return [*centre.rows("select pid from pg_stat_activity where wait_event_type = 'Lock'")]
