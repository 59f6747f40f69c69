"""The desk driven over HTTP, before a real server in a process of its own.

Pages are read by the markup that programs are promised (`data-desk`, `data-question`, `data-action`), and their forms
are sent as a browser sends them, with htmx.
"""

import itertools
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import Connection, NullPool, create_engine, text

from cati import embedded, sealing
from cati.sealing import Keys
from tests import stories
from tests.flows.killing import children_of, kill

PATIENCE = 30.0  # seconds before a wait is given up: the machine may be busy
STARTS_WITHIN = 90.0  # with a database to make
CATI = [sys.executable, "-c", "from cati.cli import main; main()"]

Values = dict[str, list[str]]


@dataclass(slots=True)
class Form:
    """A form of the page: what it sends when nothing is touched, and what its radios and boxes offer."""

    action: str
    question: str = ""
    kind: str = ""
    fields: Values = field(default_factory=dict)
    offered: Values = field(default_factory=dict)

    def first(self, name: str) -> str:
        """The one value of a field."""
        return self.fields[name][0]


@dataclass(slots=True)
class Button:
    """A button named by `data-action`, its form, and what it adds to it."""

    form: Form
    fields: Values
    disabled: bool


class Page(HTMLParser):
    """What a program reads of a page: the state of the desk, the forms, the buttons, the words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.state = self.question = self.outcome = self.seen = ""
        self.forms: list[Form] = []
        self.buttons: dict[str, Button] = {}
        self._text: list[str] = []
        self._form: Form | None = None
        self._select = ""
        self.feed(html)
        self.words = " ".join("".join(self._text).replace("\u00a0", " ").replace("\u202f", " ").split())
        if self.question and not self.state:
            self.state = "interview"  # a question that follows another comes alone

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        self.state = told.get("data-desk") or self.state
        self.outcome = told.get("data-outcome") or self.outcome
        self.seen = self.seen or told.get("data-seen", "")  # the question before a guest's eyes
        self._text.append(" ")
        if tag == "form":
            self._form = Form(
                told.get("action", ""), told.get("data-question", ""), told.get("data-type", "")
            )
            self.forms.append(self._form)
            self.question = self._form.question or self.question
        elif self._form is not None:
            self._control(self._form, tag, told)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None

    def handle_data(self, data: str) -> None:
        self._text.append(data)

    def _control(self, form: Form, tag: str, told: dict[str, str]) -> None:
        name, value = told.get("name", ""), told.get("value", "")
        if tag == "button" and "data-action" in told:
            self.buttons[told["data-action"]] = Button(
                form, {name: [value]} if name else {}, "disabled" in told
            )
        elif tag == "select":
            self._select = name
        elif tag == "option" and ("selected" in told or self._select not in form.fields):
            form.fields[self._select] = [value]
        elif tag == "input" and told.get("type") in {"radio", "checkbox"}:
            form.offered.setdefault(name, []).append(value)
            if "checked" in told:
                form.fields.setdefault(name, []).append(value)
        elif tag in {"input", "textarea"} and name:
            form.fields.setdefault(name, []).append(value)

    @property
    def asked(self) -> Form:
        """The form of the question on the screen."""
        return next(form for form in self.forms if form.question)


@dataclass(frozen=True, slots=True)
class Said:
    """An answer that the screen said was kept."""

    interview: int
    question: str
    iteration: str
    values: tuple[str, ...]
    key: str


@dataclass(slots=True)
class Seat:
    """A browser at a desk: what it shows, and every answer it was told is kept."""

    client: httpx.Client
    page: Page
    kept: list[Said] = field(default_factory=list)

    def look(self, path: str = "/poste") -> Page:
        """Open a page; this one becomes what the browser shows."""
        return self._show(self.client.get(path))

    def press(self, action: str, **fields: str) -> httpx.Response:
        """Press a button of the page."""
        button = self.page.buttons[action]
        assert not button.disabled, f"{action} cannot be pressed"
        return self.send(button.form, **{name: values[0] for name, values in button.fields.items()}, **fields)

    def send(self, form: Form, **fields: str) -> httpx.Response:
        """Send a form of the page, with these fields changed."""
        answer = self.client.post(
            form.action, data=form.fields | {name: [one] for name, one in fields.items()}
        )
        self._show(answer)
        return answer

    def call(self) -> None:
        """From ready to the introduction: the next case, its first number, somebody answers."""
        self.press("ready")
        assert self.page.state == "case", self.page.words
        self.pick_up()

    def pick_up(self) -> None:
        """Dial the number offered, and say that somebody answers."""
        self.press("dial")
        wait_until(lambda: self.look().state == "talking")
        self.press("answered")
        assert self.page.state == "interview", self.page.words

    def filled(self) -> Values:
        """The form of the question on the screen, as somebody content answers it."""
        form = self.page.asked
        said = plain_answer(form)
        return form.fields | ({"value": [said]} if said is not None else {})

    def answer(self, **other: str) -> None:
        """Answer the question on the screen, plainly or with `other` fields; the next one says that it is kept."""
        assert self.tries(**other), self.page.words

    def tries(self, **other: str) -> bool:
        """Answer; False when the screen was no longer true: the desk as it now is replaces it, and nothing is kept."""
        fields = self.filled() | {name: [one] for name, one in other.items()}
        answer = self.client.post("/poste/reponse", data=fields)
        if answer.status_code == httpx.codes.CONFLICT:
            self._show(answer)
            return False
        self.acknowledge(fields, answer)
        return True

    def acknowledge(self, fields: Values, answer: httpx.Response) -> None:
        """What followed an answer is shown, and says that it is kept."""
        assert answer.status_code == httpx.codes.OK, (answer.status_code, Page(answer.text).words)
        self._show(answer)
        question, key, iteration = (fields[name][0] for name in ("question", "key", "iteration"))
        assert f"{question} enregistré" in self.page.words, self.page.words
        interview, values = int(fields["interview"][0]), tuple(fields.get("value", ()))
        self.kept.append(Said(interview, question, iteration, values, key))

    def answer_until(self, question: str | None = None) -> None:
        """Plain answers until this question is on the screen, or to the end."""
        while self.page.state == "interview" and self.page.question != question:
            self.answer()

    def another_tab(self) -> "Seat":
        """The same browser, where the desk is opened once more."""
        tab = Seat(self.client, self.page)
        tab.look()
        return tab

    def same_browser(self) -> httpx.Client:
        """Another connection of the same browser."""
        known = self.client
        return httpx.Client(
            base_url=known.base_url, cookies=known.cookies, headers=known.headers, timeout=PATIENCE
        )

    def _show(self, answer: httpx.Response) -> Page:
        self.page = Page(answer.text)
        return self.page


def plain_answer(form: Form) -> str | None:
    """What somebody content answers, read from the screen: the first choice, an 8, a figure, a few words."""
    if form.kind == "note":
        return None
    if form.kind == "scale":
        return "8"
    if offered := form.offered.get("value"):
        return offered[0]
    return "Rien de plus" if form.kind == "text" else {"B1": "2019", "L1": "45"}.get(form.question, "1")


@dataclass(slots=True, kw_only=True)
class CallCentre:
    """`cati serve` in a process of its own, started and killed at will, and the database beside it."""

    port: int
    environment: dict[str, str]
    folder: Path
    process: subprocess.Popen[bytes] | None = None
    database_url: str = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        """What the server wrote."""
        return (self.folder / "log").read_text()

    def start(self) -> None:
        """Start the server, and wait until it is ready."""
        with (self.folder / "log").open("ab") as log:
            command = [*CATI, "serve", "--port", str(self.port)]
            self.process = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log)
        wait_until(self._is_ready, STARTS_WITHIN)

    def kill(self) -> None:
        """End the server with -9, and its workers."""
        if self.process is not None:
            kill([self.process.pid, *children_of(self.process.pid)])
            self.process.wait()

    def cati(self, *words: str) -> str:
        """What a command of cati prints for this installation."""
        ran = subprocess.run(
            [*CATI, *words], env=self.environment, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout

    @contextmanager
    def seat(self, login: str) -> Iterator[Seat]:
        """A workstation where somebody signs in."""
        with httpx.Client(base_url=self.url, follow_redirects=True, timeout=PATIENCE) as client:
            yield signed_in(client, login)

    @contextmanager
    def db(self) -> Iterator[Connection]:
        """A transaction of its own, on a connection that nothing keeps."""
        engine = create_engine(self.database_url, poolclass=NullPool)
        with engine.begin() as connection:
            yield connection

    def rows(self, sql: str, **values: object) -> list[Any]:
        """What the database holds."""
        with self.db() as connection:
            return list(connection.execute(text(sql), values))

    def counted(self, sql: str) -> dict[str, int]:
        """Figures by name."""
        return {row[0]: row[1] for row in self.rows(sql)}

    def let_pass(self, seconds: float) -> None:
        """The server's clock goes on by itself; here it jumps."""
        offset = self.folder / "offset"
        before = float(offset.read_text()) if offset.exists() else 0.0
        fresh = self.folder / "offset.new"
        fresh.write_text(str(before + seconds))
        fresh.replace(offset)

    def _is_ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log
        try:
            return httpx.get(f"{self.url}/readyz").status_code == httpx.codes.OK
        except httpx.TransportError:
            return False


def signed_in(client: httpx.Client, login: str) -> Seat:
    """A browser where somebody has just signed in."""
    form = next(one for one in Page(client.get("/connexion").text).forms if one.action == "/connexion")
    answer = client.post("/connexion", data=form.fields | {"login": [login], "password": [stories.PASSWORD]})
    assert answer.status_code == httpx.codes.OK, answer.text
    client.headers["HX-Request"] = "true"
    return Seat(client, Page(answer.text))


def a_call_centre(folder: Path, **environment: str) -> CallCentre:
    """A call centre that is not started yet; its simulated line is quick, and everybody answers."""
    told = {
        "CATI_VAR": str(folder / "var"),
        "CATI_DEMO": "true",
        "CATI_ARGON2": "test",
        "CATI_SIMULATED_LINE": "answered",
        "CATI_CLOCK_OFFSET_FILE": str(folder / "offset"),
    }
    return CallCentre(port=free_port(), environment=os.environ | told | environment, folder=folder)


@contextmanager
def on_its_own_postgresql(
    folder: Path | None = None, **environment: str
) -> Iterator[tuple[CallCentre, Keys]]:
    """A call centre that is started, with an embedded PostgreSQL that nobody else uses, and its sealing keys.

    In a folder of its own unless told; whatever was there is gone afterwards.
    """
    folder = folder or Path(tempfile.mkdtemp(prefix="cati-centre-"))
    folder.chmod(0o755)  # the account that runs PostgreSQL for root enters it
    made = a_call_centre(folder, **environment)
    try:
        made.start()
        with embedded.running(folder / "var") as server:
            made.database_url = server.url()
        yield made, sealing.load(folder / "var" / "keys")
    finally:
        made.kill()
        embedded.destroy(folder / "var")
        shutil.rmtree(folder)


def wait_until(is_so: Callable[[], bool], patience: float = PATIENCE) -> None:
    """Wait until it is so."""
    limit = time.monotonic() + patience
    while not is_so():
        assert time.monotonic() < limit, "it never came"
        time.sleep(0.1)


def assert_all_kept(centre: CallCentre, *seats: Seat) -> None:
    """Every answer that a screen said was kept is there, as it was said, by one event of its request."""
    told = [list(seat.kept) for seat in seats]
    assert all(told)
    answers = {tuple(row[:3]): row for row in centre.rows(_ANSWERS)}
    events = {tuple(row[:3]): row.times for row in centre.rows(_EVENTS)}
    for said in itertools.chain.from_iterable(told):
        row = answers[said.interview, said.question, said.iteration]
        value = row.value if isinstance(row.value, list) else [row.value]
        assert row.state == "answered", said
        assert not said.values or tuple(map(str, value)) == said.values, said
        assert events[said.interview, said.question, said.key] == 1, said


_ANSWERS = "select interview_id, question, iteration, state, value from answers"
_EVENTS = """
    select interview_id, question, cast(request as text), count(*) as times
    from answer_events where kind = 'answered' group by 1, 2, 3
"""


def free_port() -> int:
    """A port where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
