"""A browser at the desk of an open wave, with or without htmx."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import Connection, text

from cati import clock, sealing
from cati.database import transaction
from cati.people import actions as people
from cati.people import views
from cati.people.actions import NewAssignment
from cati.people.rules import Role
from cati.sealing import Keys
from tests import stories

if TYPE_CHECKING:
    from tests.conftest import Database

ClientOf = Callable[[Role], TestClient]
MoveClock = Callable[[timedelta], None]


@dataclass(slots=True)
class Form:
    """A form of the page, with what it sends when nothing is touched."""

    action: str
    question: str | None
    fields: dict[str, list[str]] = field(default_factory=dict)


class Page(HTMLParser):
    """The forms of a page, and what is chosen in them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.checked: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(told["action"], told.get("data-question")))
        elif tag == "input" and self.forms and told.get("name"):
            chosen = "checked" in told
            if told.get("type") not in {"radio", "checkbox"} or chosen:
                self.forms[-1].fields.setdefault(told["name"], []).append(told.get("value", ""))
            if chosen:
                self.checked.append(f"{told['name']}={told.get('value')}")


@dataclass(slots=True)
class Desk:
    """An interviewer's browser at his desk; `html` is what it shows, `answer` the last answer of the server."""

    client: TestClient
    database: "Database"
    keys: Keys
    user_id: int
    move_clock: MoveClock
    passed: timedelta = timedelta(0)
    html: str = ""
    answer: Response | None = None
    htmx: bool = False

    def look(self, path: str = "/poste") -> "Desk":
        """Open a page of the desk."""
        self._show(self.client.get(path, headers=self._headers))
        return self

    def send(self, action: str, **fields: object) -> Response:
        """Send the form of this action as the page has it, with these fields changed."""
        form = next(form for form in self.page.forms if form.action == action)
        said = {name: [str(one) for one in _listed(value)] for name, value in fields.items()}
        answer = self.client.post(action, data=form.fields | said, headers=self._headers)
        self._show(answer)
        return answer

    def say(self, *values: object, **fields: object) -> Response:
        """Answer the question on the screen."""
        return self.send("/poste/reponse", value=list(values), **fields)

    @property
    def page(self) -> Page:
        return Page(self.html)

    @property
    def state(self) -> str:
        return _found(r'data-desk="([^"]+)"', self.html)

    @property
    def question(self) -> str:
        return _found(r'data-question="([^"]+)"', self.html)

    @property
    def words(self) -> str:
        """The page's text, without its markup."""
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", self.html)).replace("\u00a0", " ").split())

    @contextmanager
    def db(self) -> Iterator[Connection]:
        with transaction(self.database.engine) as db:
            yield db

    def count(self, sql: str) -> int:
        with self.db() as db:
            return int(db.execute(text(sql)).scalar_one())

    def wait(self, **delay: float) -> None:
        """Let time pass."""
        self.passed += timedelta(**delay)
        self.move_clock(self.passed)

    def sign_in_again(self) -> "Desk":
        """Another evening: the session of the last one is over."""
        del self.client.headers["X-CSRF-Token"]
        self.client.post("/connexion", data={"login": "interviewer", "password": stories.PASSWORD})
        return self.look()

    def at_an_interview(self, *, agreed: bool = False) -> "Desk":
        """A person answered; with `agreed`, the introduction is over and A1 is on the screen."""
        with self.db() as db:
            now = clock.now()
            held = stories.a_case_in_hand(db, self.user_id, now)
            phone_id = db.execute(
                text("select id from phones where household_id = :h order by rank limit 1"),
                {"h": held.household_id},
            ).scalar_one()
            interview_id = stories.an_interview(db, self.keys, self.user_id, phone_id, now)
            if agreed:
                self.tenant(db, interview_id).agrees()
        self.wait(seconds=20)
        return self.look()

    def tenant(self, db: Connection, interview_id: int = 1) -> stories.Tenant:
        return stories.Tenant(db=db, user_id=self.user_id, interview_id=interview_id, now=clock.now())

    def with_htmx(self) -> "Desk":
        """From now on as htmx asks."""
        self.htmx = True
        return self

    @property
    def _headers(self) -> dict[str, str]:
        return {"HX-Request": "true"} if self.htmx else {}

    def _show(self, answer: Response) -> None:
        self.answer = answer
        if answer.status_code == 303:
            answer = self.client.get(answer.headers["Location"])
        self.html = answer.text or self.html


@pytest.fixture
def desk(client_of: ClientOf, database: "Database", keys: Path, now: datetime, move_clock: MoveClock) -> Desk:
    """A desk, before the first case: one bailleur, twelve households, places for all."""
    browser = client_of(Role.INTERVIEWER)
    sealed = sealing.load(keys)
    with transaction(database.engine) as db:
        wave = stories.a_wave(db, sealed, now, objective=12)
        user_id = views.user_id_of(db, Role.INTERVIEWER.value)
        assert user_id is not None
        people.assign(db, NewAssignment(user_id=user_id, wave_id=wave.id, starts_at=now), now)
    made = Desk(browser, database, sealed, user_id, move_clock)
    return made.look()


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _found(pattern: str, html: str) -> str:
    found = re.search(pattern, html)
    return found[1] if found else ""
