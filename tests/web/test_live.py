"""Live boards, before a real server: what is sent, when, to whom, and what happens when something goes away."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

import httpx
import pytest
import uvicorn
from fastapi import APIRouter, Request
from sqlalchemy import Connection, create_engine, text
from sse_starlette import EventSourceResponse

from cati import embedded
from cati.database import notify, transaction
from cati.people import actions, store
from cati.people.actions import NewUser
from cati.people.passwords import Passwords
from cati.people.rules import Role, SessionEnd
from cati.settings import Settings
from tests.conftest import Database
from web.app import create_app
from web.deps import CurrentSession, Supervisor
from web.live import BEAT_EVERY, SESSIONS_EVERY, Board, stream

PASSWORD = "une phrase de test"
SOON = 1.0  # seconds


@dataclass(slots=True)
class Shown:
    """A board of the test's own: what it shows, and how often it was rendered."""

    text: str = "un"
    every: float = 0.05
    topics: frozenset[str] = frozenset()
    rendered: int = 0
    fails: bool = False
    draw: Callable[[Connection], str] | None = None

    def render(self, db: Connection, now: datetime) -> str:
        db.execute(text("select 1"))
        self.rendered += 1
        if self.draw:
            return self.draw(db)
        if self.fails:
            raise RuntimeError("a bug")
        return self.text


@dataclass(slots=True)
class Watching:
    """A browser that looks: one event after another. Waiting too long for one fails the test."""

    response: httpx.Response
    lines: Iterator[str]

    def next(self) -> tuple[str, str]:
        """The next event: its name ('' for what is swapped) and what it says."""
        name, said = "", []
        for line in self.lines:
            if not line and (name or said):
                return name, "\n".join(said)
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                said.append(line.removeprefix("data: "))
        raise EOFError

    def until(self, is_it: Callable[[str, str], bool]) -> list[tuple[str, str]]:
        """The events up to the one awaited."""
        seen = [self.next()]
        while not is_it(*seen[-1]):
            seen.append(self.next())
        return seen

    def shows(self, said: str) -> list[tuple[str, str]]:
        return self.until(lambda name, data: (name, data) == ("", said))

    def beats(self, state: str) -> dict[str, str]:
        seen = self.until(lambda name, data: name == "beat" and json.loads(data)["state"] == state)
        told: dict[str, str] = json.loads(seen[-1][1])
        return told

    def is_over(self) -> list[tuple[str, str]]:
        """The events up to the end of the stream."""
        seen = []
        try:
            while True:
                seen.append(self.next())
        except EOFError:
            return seen


@dataclass(slots=True)
class Place:
    """A server, its boards by name, and somebody signed in."""

    url: str
    database: Database
    postgres: embedded.Server
    boards: dict[str, Shown]
    cookies: httpx.Cookies = field(default_factory=httpx.Cookies)
    user_id: int = 0

    @contextmanager
    def watching(self, names: str = "one", patience: float = 8.0) -> Iterator[Watching]:
        url = f"{self.url}/vu?boards={names}"
        with httpx.stream("GET", url, cookies=self.cookies, timeout=patience) as response:
            assert response.status_code == httpx.codes.OK
            yield Watching(response, response.iter_lines())

    def get(self, path: str) -> httpx.Response:
        return httpx.get(self.url + path, cookies=self.cookies, timeout=30)

    def says(self, topic: str) -> None:
        with transaction(self.database.engine) as db:
            notify(db, topic)

    def away(self, is_away: bool) -> None:
        """Nobody reaches the database any more; or everybody again."""
        name = self.database.engine.url.database
        with self.admin() as admin:
            admin.execute(text(f"alter database {name} with allow_connections {not is_away}"))
            if is_away:
                self.cut(admin, "cati%")

    @contextmanager
    def admin(self) -> Iterator[Connection]:
        url = self.postgres.url(embedded.SUPERUSER, "postgres")
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as admin:
            yield admin
        engine.dispose()

    def cut(self, admin: Connection, application: str) -> None:
        of_whom = "datname = :name and application_name like :who"
        cut = f"select pg_terminate_backend(pid) from pg_stat_activity where {of_whom}"
        admin.execute(text(cut), {"name": self.database.engine.url.database, "who": application})

    def connections(self, application: str) -> int:
        with self.admin() as admin:
            counted = (
                "select count(*) from pg_stat_activity where datname = :name and application_name = :who"
            )
            found: int = admin.execute(
                text(counted), {"name": self.database.engine.url.database, "who": application}
            ).scalar_one()
            return found


@pytest.fixture
def place(settings: Settings, database: Database, postgres: embedded.Server) -> Iterator[Place]:
    boards = {"one": Shown(), "two": Shown(text="deux")}
    router = APIRouter()

    @router.get("/vu")
    def live(request: Request, me: Supervisor, session: CurrentSession, boards: str) -> EventSourceResponse:
        return stream(request, session, *(board(name) for name in boards.split(",")))

    def board(name: str) -> Board:
        shown = boards[name]
        return Board(key=name, render=shown.render, every=shown.every, topics=shown.topics)

    app = create_app(settings)
    app.include_router(router)
    with serving(app) as url:
        made = Place(url, database, postgres, boards)
        sign_in(made)
        yield made


@contextmanager
def serving(app: object) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(timeout=30)
    assert not thread.is_alive()


def sign_in(place: Place) -> None:
    new = NewUser(
        login="boss",
        first_name="Dominique",
        display_name="Dominique Lefort",
        role=Role.SUPERVISOR,
        password=PASSWORD,
    )
    now = datetime.fromisoformat("2026-11-24T17:00:00+00:00")
    with transaction(place.database.engine) as db:
        made = actions.create_user(db, Passwords(least_cost=True), new, now)
        assert isinstance(made, int)
    answer = httpx.post(f"{place.url}/connexion", data={"login": "boss", "password": PASSWORD}, timeout=30)
    assert answer.status_code == httpx.codes.SEE_OTHER
    place.cookies, place.user_id = answer.cookies, made


def test_a_change_reaches_every_screen_and_what_did_not_change_is_not_sent_again(place: Place) -> None:
    with place.watching() as first, place.watching() as second:
        first.shows("un")
        second.shows("un")
        time.sleep(10 * place.boards["one"].every)
        place.boards["one"].text = "deux\nlignes"
        for each in (first, second):
            assert [said for name, said in each.shows("deux\nlignes") if not name] == ["deux\nlignes"]


def test_a_board_is_rendered_once_for_all_who_watch_it_and_not_at_all_when_nobody_does(place: Place) -> None:
    board = place.boards["one"]
    with place.watching() as first, place.watching() as second, place.watching() as third:
        for each in (first, second, third):
            each.shows("un")
        before = board.rendered
        time.sleep(1)
        assert 1 < board.rendered - before <= 1 / board.every + 2
    time.sleep(0.5)
    before = board.rendered
    time.sleep(10 * board.every)
    assert board.rendered == before


def test_somebody_who_comes_later_sees_at_once_what_is_there(place: Place) -> None:
    place.boards["one"].every = 60
    with place.watching() as first:
        first.shows("un")
        with place.watching(patience=SOON) as second:
            second.shows("un")
    assert place.boards["one"].rendered == 1


def test_a_board_waits_its_time_unless_its_topic_is_told(place: Place) -> None:
    place.boards["one"].every = 60
    place.boards["one"].topics = frozenset({"visit:7"})
    with place.watching(patience=BEAT_EVERY + SOON) as browser:
        browser.shows("un")
        place.boards["one"].text = "deux"
        place.says("visit:8")
        assert ("", "deux") not in browser.until(lambda name, _: name == "beat")
        told = time.monotonic()
        place.says("visit:7")
        browser.shows("deux")
        assert time.monotonic() - told < SOON


def test_several_boards_share_one_stream(place: Place) -> None:
    with place.watching("one,two") as browser:
        seen = browser.until(lambda name, _: name == "beat")
        assert {said for name, said in seen if not name} == {"un", "deux"}


@pytest.mark.parametrize("is_told", [True, False], ids=["told", "found out"])
def test_a_stream_ends_with_its_session(place: Place, is_told: bool, now: datetime) -> None:
    with place.watching(patience=SESSIONS_EVERY + 2 * SOON) as browser:
        browser.shows("un")
        ended = time.monotonic()
        with transaction(place.database.engine) as db:
            store.end_sessions(db, place.user_id, SessionEnd.BY_SUPERVISOR, now)
            if is_told:
                notify(db, f"session:{place.user_id}")
        assert browser.is_over()[-1][0] == "ended"
        assert time.monotonic() - ended < (SOON if is_told else SESSIONS_EVERY + SOON)
    assert place.get("/vu?boards=one").status_code == httpx.codes.SEE_OTHER


def test_a_database_that_goes_away_is_told_and_comes_back_by_itself(place: Place) -> None:
    with place.watching() as browser:
        browser.shows("un")
        assert browser.beats("fresh")["at"]
        place.away(True)
        try:
            last = browser.beats("stale")["at"]
            assert browser.beats("stale")["at"] == last, "the time of the last figures stays"
            place.boards["one"].text = "deux"
        finally:
            place.away(False)
        browser.shows("deux")
        assert browser.beats("fresh")["at"] > last


def test_what_was_told_while_nobody_listened_is_made_up_for(place: Place) -> None:
    place.boards["one"].every = 60
    place.boards["one"].topics = frozenset({"visit:7"})
    with place.watching() as browser:
        browser.shows("un")
        with place.admin() as admin:
            place.cut(admin, "cati listen")
        browser.shows("un")
        assert place.boards["one"].rendered == 2, "rendered and sent afresh, though nothing changed"
        place.boards["one"].text = "deux"
        place.says("visit:7")
        browser.shows("deux")


def test_a_board_with_a_bug_says_nothing_and_the_others_go_on(place: Place) -> None:
    with place.watching("one,two") as browser:
        browser.beats("fresh")
        place.boards["one"].fails = True
        browser.beats("stale")
        place.boards["two"].text = "trois"
        browser.shows("trois")
        place.boards["one"].fails = False
        browser.beats("fresh")


def test_a_board_reads_and_never_writes(place: Place, database: Database) -> None:
    def writes(db: Connection) -> str:
        db.execute(text("update users set active = false"))
        return "écrit"

    place.boards["one"].draw = writes
    with place.watching() as browser:
        browser.beats("stale")
    assert place.get("/compte").status_code == httpx.codes.OK


def test_a_slow_browser_gets_the_newest_and_never_all(place: Place) -> None:
    board = place.boards["one"]
    board.every = 0.01
    board.draw = lambda _: f"{board.rendered} {'x' * 1_000_000}"
    with place.watching() as browser:
        time.sleep(3)
        rendered = board.rendered
        board.draw = None
        received = browser.shows("un")
        assert len(received) < rendered / 2


def test_streams_take_nothing_from_the_pages(place: Place) -> None:
    streams = [place.watching("one,two") for _ in range(30)]
    browsers = [each.__enter__() for each in streams]
    for each in browsers:
        each.shows("un")
    began = time.monotonic()
    assert [place.get("/compte").status_code for _ in range(5)] == [httpx.codes.OK] * 5
    assert time.monotonic() - began < 10 * SOON, (
        "a page that waited for a connection gives up after ten seconds"
    )
    assert place.connections("cati live") <= 3
    assert place.connections("cati listen") == 1
    for each in streams:
        each.__exit__(None, None, None)
