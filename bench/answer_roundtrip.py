"""An answer and the screen that follows it, over HTTP: server CPU beside a bare save and a bare partial.

The floor is a FastAPI route that runs the very statement an answer is saved with and renders a small template: no
session, no check, no route, no quota. After each interview the floor saves as often; the server whose turn it is not is
stopped meanwhile (SIGSTOP), so that what else the machine does weighs on both alike.
"""

import multiprocessing
import os
import signal
import socket
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from uuid import uuid4

import httpx
import uvicorn
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from jinja2 import Template
from sqlalchemy import Connection, Engine, event, select

from bench.floors import ROOT, Floor, bar, cpu_of, empty, server_cpu, show
from cati import clock, logs, sealing
from cati.calling.actions import dialling, taking
from cati.calling.actions.answering import Given, record_answer
from cati.cases.store.queue import Held
from cati.database import connect
from cati.events import EventKind
from cati.interviews import store as interviews
from cati.interviews.store import Event
from cati.people import store as people
from cati.questionnaire.model import answered
from cati.sample.tables import phones
from cati.settings import Settings
from cati.telephony.simulated import Fate
from tests.stories import PASSWORD, Tenant, a_dial_that, a_wave, an_interviewer, some_households

INTERVIEWS = 12
WARM = 3  # the first interviews compile, prepare and cache
_STILL = 600  # seconds that a connection outlives a server that stands still


def main() -> None:
    """Print the bars."""
    with empty(pool=10) as it:
        keys_folder = Path(it.server.folder) / "bench-keys"
        seats = _open(it, keys_folder)
        settings = Settings(
            database_url=it.server.url("cati_app", it.name),
            owner_url=it.server.url("cati_owner", it.name),
            observer_url=it.server.url("cati_observer", it.name),
            keys=keys_folder,
            demo=True,
            argon2_cost="test",
        )
        ours, bare = _measure(it, settings, seats[-2].interview_id)
        statements = _statements(it, seats[-1])
    print_all(ours, bare, statements)


class Measured:
    """What one server used."""

    def __init__(self) -> None:
        self.count = 0
        self.cpu = 0.0
        self.seconds: list[float] = []
        self.bytes: list[int] = []


def print_all(ours: Measured, bare: Measured, statements: int) -> None:
    """The bars of the round trip."""
    per_answer, per_save = ours.cpu / ours.count * 1000, bare.cpu / bare.count * 1000
    median = statistics.median(ours.seconds) * 1000
    show(
        [
            bar("answer_roundtrip CPU", per_answer, "ms/answer", per_save, 2.5),
            bar("answer_roundtrip wall, median", median, "ms", statistics.median(bare.seconds) * 1000, None),
            bar("answer_roundtrip size", max(ours.bytes), "bytes", 4096, 1.0),
            bar("answer_roundtrip statements", statements, "SQL", 4, 1.0),
        ]
    )


def _open(it: Floor, keys_folder: Path) -> list[Tenant]:
    """As many interviews as interviewers, each at its first question; one more for the floor, one to count on."""
    keys, now = sealing.create(keys_folder), clock.now()
    seats = []
    with it.engine.begin() as db:
        wave = a_wave(db, keys, now, households=[some_households(INTERVIEWS * 3)], objective=INTERVIEWS * 2)
        for rank in range(INTERVIEWS + 2):
            user_id = an_interviewer(db, now - timedelta(days=1), waves=[wave], login=f"te{rank}")
            held = taking.take_next_case(db, user_id, now)
            assert isinstance(held, Held)
            number = (
                db.execute(
                    select(phones.c.id)
                    .where(phones.c.household_id == held.household_id)
                    .order_by(phones.c.rank)
                )
                .scalars()
                .first()
            )
            dial_id = a_dial_that(Fate.PERSON)
            dialling.dial(db, user_id, number or 0, dial_id=dial_id, keys=keys, now=now)
            interview_id = dialling.answer(db, user_id, dial_id, request=uuid4(), now=now)
            seats.append(Tenant(db=db, user_id=user_id, interview_id=interview_id, now=now))
    return seats


class Meter:
    """A server, and what its stretches of requests cost it; what lies between two stretches costs nothing."""

    def __init__(self, it: Floor, client: httpx.Client, pid: int) -> None:
        self.client = client
        self.found = Measured()
        self._it = it
        self._pid = pid

    @contextmanager
    def its_turn(self) -> Iterator[None]:
        """The server runs; outside of its turns it stands still."""
        os.kill(self._pid, signal.SIGCONT)
        try:
            yield
        finally:
            os.kill(self._pid, signal.SIGSTOP)

    @contextmanager
    def stretch(self, *, counts: bool) -> Iterator[None]:
        """From here on it counts, if it does."""
        before, known = self._cpu(), self.found
        self.found = known if counts else Measured()
        yield
        self.found.cpu += self._cpu() - before
        self.found = known

    def took(self, seconds: float, size: int) -> None:
        """One request of the stretch."""
        self.found.count += 1
        self.found.seconds.append(seconds)
        self.found.bytes.append(size)

    def _cpu(self) -> float:
        return cpu_of(self._pid) + server_cpu(self._it.server)


def _measure(it: Floor, settings: Settings, interview_id: int) -> tuple[Measured, Measured]:
    """Whole interviews, and after each as many bare saves."""
    with _running(_serve_cati, settings) as ours, _running(_serve_bare, settings) as floor:
        cati, bare = Meter(it, *ours), Meter(it, *floor)
        with bare.its_turn():
            _save(bare, interview_id, 50)
            bare.found = Measured()
        for rank in range(INTERVIEWS):
            counts = rank >= WARM
            before = cati.found.count
            with cati.its_turn():
                _interview(cati, f"te{rank}", counts=counts)
            with bare.its_turn(), bare.stretch(counts=counts):
                _save(bare, interview_id, cati.found.count - before)
    return cati.found, bare.found


def _interview(meter: Meter, login: str, *, counts: bool) -> None:
    """One interview, answer by answer; signing in and the screens before and after are not counted."""
    client = meter.client
    client.cookies.clear()
    _sign_in(client, login)
    form = Form(client.get("/poste").text)
    with meter.stretch(counts=counts):
        while form.question != "M5":
            begun = time.perf_counter()
            headers = {"HX-Request": "true", **_ORIGIN}
            reply = client.post("/poste/reponse", data=form.answer(), headers=headers)
            meter.took(time.perf_counter() - begun, len(reply.content))
            form = Form(reply.text)


def _save(meter: Meter, interview_id: int, count: int) -> None:
    for _ in range(count):
        begun = time.perf_counter()
        reply = meter.client.post(f"/save/{interview_id}")
        meter.took(time.perf_counter() - begun, len(reply.content))


_ORIGIN = {"Sec-Fetch-Site": "same-origin"}


def _sign_in(client: httpx.Client, login: str) -> None:
    token = Form(client.get("/connexion").text).fields.get("csrf", "")
    data = {"login": login, "password": PASSWORD, "csrf": token}
    assert client.post("/connexion", data=data, headers=_ORIGIN).status_code == httpx.codes.SEE_OTHER


class Form(HTMLParser):
    """The question on the screen and an answer to it, read from the page alone."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.values: list[str] = []
        self.question = ""
        self.kind = ""
        self._inside = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self._inside = "data-question" in given or given.get("action") == "/connexion"
            self.question = given.get("data-question") or self.question
            self.kind = given.get("data-type") or self.kind
        if tag == "input" and self._inside:
            name, value = given.get("name") or "", given.get("value") or ""
            if given.get("type") == "hidden":
                self.fields[name] = value
            elif name == "value" and value:
                self.values.append(value)

    def answer(self) -> dict[str, str]:
        """The first choice, or something that fits."""
        typed = {
            "integer": "2019" if self.question == "B1" else "45" if self.question == "L1" else "1",
            "text": "Rien",
        }
        chosen = self.values[0] if self.values else typed.get(self.kind, "")
        return {**self.fields, **({"value": chosen} if chosen else {})}


@contextmanager
def _running(
    serve: Callable[[int, Settings], None], settings: Settings
) -> Iterator[tuple[httpx.Client, int]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(port, settings), daemon=True)
    server.start()
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
        _wait_for(client)
        try:
            yield client, server.pid or 0
        finally:
            server.kill()
            server.join()


def _wait_for(client: httpx.Client) -> None:
    for _ in range(200):
        try:
            client.get("/healthz")
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the server did not start")


def _serve_cati(port: int, settings: Settings) -> None:
    logs.configure()  # to stderr: the figures have the output for themselves
    from web.app import create_app  # noqa: PLC0415  (in the server's own process)

    uvicorn.run(
        create_app(settings), port=port, log_level="error", access_log=False, timeout_keep_alive=_STILL
    )


_PARTIAL = Template((ROOT / "bench" / "partial.html").read_text())


def _serve_bare(port: int, settings: Settings) -> None:
    app = bare(connect(settings.database_url or ""))
    uvicorn.run(app, port=port, log_level="error", access_log=False, timeout_keep_alive=_STILL)


def bare(engine: Engine) -> FastAPI:
    """The floor: the statement that saves an answer, and a partial."""
    app = FastAPI()

    @app.get("/healthz")
    def healthz() -> HTMLResponse:
        return HTMLResponse("ok")

    @app.post("/save/{interview_id}")
    def save(interview_id: int) -> HTMLResponse:
        with engine.begin() as db:
            interview = _cached(db, interview_id)
            seq = interviews.save(
                db, interview, _EVENTS, request=uuid4(), by=interview.interviewer_id, now=clock.now()
            )
            _SEQ[interview_id] = seq
        return HTMLResponse(_PARTIAL.render(choices=[(code, f"Réponse {code}") for code in range(1, 7)]))

    return app


_EVENTS = [
    Event(kind=EventKind.ANSWERED, question="A1", iteration="", answer=answered(1)),
    Event(kind=EventKind.SHOWN, question="A2", iteration="", text_sha256="0" * 64),
]
_SEQ: dict[int, int] = {}
_INTERVIEWS: dict[int, interviews.Interview] = {}


def _cached(db: Connection, interview_id: int) -> interviews.Interview:
    """The interview, read once: the floor saves, it does not load."""
    if interview_id not in _INTERVIEWS:
        _INTERVIEWS[interview_id] = interviews.load(db, interview_id)
        _SEQ[interview_id] = _INTERVIEWS[interview_id].seq
    return replace(_INTERVIEWS[interview_id], seq=_SEQ[interview_id])


def _statements(it: Floor, seat: Tenant) -> int:
    """How many statements an ordinary answer takes, without BEGIN and COMMIT, session included."""
    counted: list[str] = []
    with it.engine.begin() as db:
        tenant = Tenant(db=db, user_id=seat.user_id, interview_id=seat.interview_id, now=clock.now())
        tenant.agrees()
        loaded = interviews.load(db, seat.interview_id)
        event.listen(it.engine, "before_cursor_execute", lambda *args: counted.append(args[2]))
        people.session(db, "0" * 64)
        given = Given(question="A1", values=("1",), key=uuid4(), seen=loaded.seq)
        record_answer(db, seat.user_id, seat.interview_id, given, clock.now())
    return len(counted)


if __name__ == "__main__":
    main()
