"""Two hundred watchers of the floor over HTTP, on two workers, while a shift is running.

From a commit to each screen; from an answer to the guest who follows the interview; what watching costs those who
work. The floor is a bare sse-starlette server on two workers, told by NOTIFY, that sends the same bytes to as many.
"""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import httpx
from sqlalchemy import Connection, Engine, event
from sse_starlette import ServerSentEvent

from bench.floors import ROOT, bar, cpu_of, server_cpu, show
from bench.watching import Times, watching
from cati import clock, embedded
from cati.database import connect, notify, transaction
from cati.embedded import Server
from cati.people import actions as people
from cati.people import store as stations
from cati.people.actions import Attempt, NewUser, SignedIn
from cati.people.passwords import Passwords
from cati.people.rules import Role, StationState
from cati.sealing import Keys
from cati.supervision.views import figures
from tests.faults.guests import enter, follow_next, links
from tests.faults.interviewers import Interviewer
from tests.flows.driving import CallCentre, free_port, on_its_own_postgresql, wait_until
from tests.flows.killing import children_of, kill, workers_of
from tests.stories import PASSWORD, Wave, a_wave, an_interviewer, some_households
from web.deps import COOKIE
from web.supervisor.boards import PARTS, Look

WATCHERS, WORKERS, GUESTS, BAILLEURS, SEATS = 200, 2, 3, 26, 10
PACE = 1.0  # seconds between two keys of an interviewer
BREATH = 0.1  # of the one who is listened to
COMMITS, GAP = 15, 2.0  # changes that are timed, and seconds between them: more than a board's turn
TAKES, INTERVIEWS, IDLE = 60, 2, 5.0
SCREENS_MS, OBSERVED_MS = 1500, 250
MARK, SEEN = r"\((m\d{4})\)", r'data-seen="(\w+)"'


def main() -> None:
    """Print the bars."""
    with on_its_own_postgresql(CATI_WORKERS=str(WORKERS)) as (centre, keys), ExitStack() as stack:
        server = stack.enter_context(embedded.running(centre.folder / "var"))
        bench = _opened(centre, keys, server)
        bench.costs("warm")  # compiles, prepares and caches
        quiet, alone = bench.idle(), bench.costs("alone")
        with watching(centre.port, "/suivi/direct", bench.cookies, MARK) as screens:
            watched_idle, watched = bench.idle(), bench.costs("watched")
            observed = bench.observed()
            with bench.shift():
                told = bench.told(GAP, bench.pauses)
            ours = _delays(told, screens())
        bare = bench.bare()
        statements = bench.statements()
    missed = WATCHERS * COMMITS - len(ours)
    show(
        [
            bar("board commit → screens, p95", _p95(ours), "ms", _p95(bare), SCREENS_MS, absolute=True),
            bar("board commit → screens, median", _median(ours), "ms", _median(bare), None),
            bar("board screens that missed a change", missed, "screens", 0, 0, ratio=missed),
            bar("board answer → guest, p95", _p95(observed), "ms", _p95(bare), OBSERVED_MS, absolute=True),
            bar("board answer → guest, median", _median(observed), "ms", _median(bare), None),
            bar("board CPU per answer, watched", watched.answer, "ms/answer", alone.answer, None),
            bar("board CPU per take given back, watched", watched.take, "ms/take", alone.take, None),
            bar("board CPU of watching alone", watched_idle, "ms/s", quiet, None),
            bar("board statements a turn", statements, "SQL", len(PARTS), None),
        ]
    )


@dataclass(frozen=True, slots=True)
class Costs:
    """Milliseconds of CPU, of the workers and of PostgreSQL."""

    answer: float
    take: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """A call centre that is open, who watches it, who visits it."""

    centre: CallCentre
    server: Server
    engine: Engine  #: as cati_app
    wave: Wave
    paused: int  #: the interviewer whose pause is the change that is timed
    cookies: list[str]
    links: list[str]

    def cpu(self) -> float:
        """Milliseconds used so far."""
        assert self.centre.process is not None
        workers = sum(cpu_of(pid) for pid in workers_of(self.centre.process.pid))
        return 1000 * (workers + server_cpu(self.server))

    def idle(self) -> float:
        """Milliseconds of CPU a second while nobody works."""
        begun, since = self.cpu(), time.monotonic()
        time.sleep(IDLE)
        return (self.cpu() - begun) / (time.monotonic() - since)

    def costs(self, login: str) -> Costs:
        """What an answer and a take cost, one after the other, as fast as they go."""
        with self.centre.seat(login) as seat:
            begun = self.cpu()
            for _ in range(TAKES):
                seat.press("ready")
                seat.press("release")
            taken = self.cpu()
            answers = 0.0
            for _ in range(INTERVIEWS):
                seat.call()
                calling = self.cpu()
                seat.answer_until()
                answers += self.cpu() - calling
                seat.press("close")
            return Costs(answer=answers / len(seat.kept), take=(taken - begun) / TAKES)

    def observed(self) -> list[float]:
        """Milliseconds from an answer's response to each guest's screen, through the questions he may see."""
        told: dict[bytes, float] = {}
        with ExitStack() as stack:
            seat = stack.enter_context(self.centre.seat("heard"))
            seat.call()
            seat.answer_until("A1")
            clients = [stack.enter_context(_browser(self.centre.url)) for _ in self.links]
            for client, link in zip(clients, self.links, strict=True):
                enter(client, link)
                wait_until(partial(follow_next, client))
            cookies = [client.cookies[COOKIE] for client in clients]
            stack.enter_context(self.shift())
            with watching(self.centre.port, "/visite/direct", cookies, SEEN) as screens:
                received: list[float] = []
                seat.client.event_hooks = {"response": [lambda _: received.append(time.monotonic())]}
                while not seat.page.question.startswith("L"):
                    seat.answer()
                    told[seat.page.question.encode()] = received[-1]
                    time.sleep(BREATH)
                arrived = screens()
        return _delays({mark: at for mark, at in told.items() if not mark.startswith(b"L")}, arrived)

    def pauses(self, db: Connection, mark: str) -> None:
        """A change that every floor shows."""
        stations.set_station(db, self.paused, StationState.PAUSED, clock.now(), pause_code=mark)

    def told(self, gap: float, change: Callable[[Connection, str], None]) -> dict[bytes, float]:
        """Make the changes one after the other; when each was about to be committed, by its mark."""
        told = {}
        for rank in range(1, COMMITS + 1):
            mark = f"m{rank:04}"
            with transaction(self.engine) as db:
                change(db, mark)
                told[mark.encode()] = time.monotonic()
            time.sleep(gap + rank % 7 * 0.13)  # at every moment of a board's turn
        return told

    @contextmanager
    def shift(self) -> Iterator[None]:
        """Interviewers at work."""
        working = [Interviewer(self.centre.url, f"te{rank}", breath=PACE) for rank in range(SEATS)]
        for one in working:
            one.start()
        wait_until(lambda: all(one.answers for one in working))
        try:
            yield
        finally:
            for one in working:
                one.over.set()
            for one in working:
                one.join()
                if one.failure is not None:
                    raise one.failure

    def bare(self) -> list[float]:
        """The same from the bare server, in the same run."""
        message = self.centre.folder / "message"
        with transaction(self.engine) as db:
            self.pauses(db, "m0000")
        with transaction(self.engine) as db:
            message.write_bytes(
                ServerSentEvent(PARTS[0].board(self.look(db)).render(db, clock.now())).encode()
            )
        environment = {"BENCH_MESSAGE": str(message), "BENCH_DATABASE": self.centre.database_url}
        with _serving_bare(environment) as port, watching(port, "/stream", [""] * WATCHERS, MARK) as screens:
            told = self.told(0.2, notify)
            return _delays(told, screens())

    def statements(self) -> int:
        """How many statements all boards of the floor take, rendered once each."""
        counted: list[str] = []
        event.listen(self.engine, "before_cursor_execute", lambda *args: counted.append(args[2]))
        for part in PARTS:
            with transaction(self.engine) as db:
                look = self.look(db)
                counted.clear() if part is PARTS[0] else counted.pop()
                part.board(look).render(db, clock.now())
        return len(counted)

    def look(self, db: Connection) -> Look:
        """The whole floor."""
        return Look(wave=figures.open_waves(db)[0], bailleur_id=None)


def _opened(centre: CallCentre, keys: Keys, server: Server) -> Bench:
    now, engine = clock.now(), connect(centre.database_url, pool_size=2)
    files = [
        some_households(40, prefix=f"{rank:02}-", first=1 + 100 * rank) for rank in range(1, BAILLEURS + 1)
    ]
    with transaction(engine) as db:
        wave = a_wave(db, keys, now, households=files, objective=30)
        for login in ("warm", "alone", "watched", "heard", *(f"te{rank}" for rank in range(SEATS))):
            an_interviewer(db, now, waves=[wave], login=login)
        paused = an_interviewer(db, now, waves=[wave], login="paused")
        boss = _supervisor(db, now)
        tokens = links(db, wave, now, GUESTS, by=boss)
        cookies = [_signed_in(db, now) for _ in range(WATCHERS)]
    return Bench(
        centre=centre, server=server, engine=engine, wave=wave, paused=paused, cookies=cookies, links=tokens
    )


def _supervisor(db: Connection, now: datetime) -> int:
    new = NewUser(
        login="boss", first_name="Alix", display_name="Alix", role=Role.SUPERVISOR, password=PASSWORD
    )
    made = people.create_user(db, Passwords(least_cost=True), new, now)
    assert isinstance(made, int)
    return made


def _signed_in(db: Connection, now: datetime) -> str:
    given = Attempt(login="boss", password=PASSWORD, address="127.0.0.1")
    opened = people.sign_in(db, Passwords(least_cost=True), given, now)
    assert isinstance(opened, SignedIn)
    return opened.token


def _browser(url: str) -> httpx.Client:
    return httpx.Client(base_url=url, follow_redirects=True, timeout=30)


@contextmanager
def _serving_bare(environment: dict[str, str]) -> Iterator[int]:
    port = free_port()
    words = [
        "uvicorn",
        "bench.watching:bare",
        "--factory",
        "--port",
        str(port),
        "--workers",
        str(WORKERS),
        "--log-level",
        "error",
    ]
    command = [sys.executable, "-m", *words]
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | environment)
    try:
        wait_until(lambda: _answers(port))
        yield port
    finally:
        kill([process.pid, *children_of(process.pid)])
        process.wait()


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/").status_code == httpx.codes.NOT_FOUND
    except httpx.TransportError:
        return False


def _delays(told: dict[bytes, float], arrived: Times) -> list[float]:
    """Milliseconds from each telling to each screen."""
    return [1000 * max(0.0, at - told[mark]) for mark in told for at in arrived.get(mark, [])]


def _p95(figures_: list[float]) -> float:
    return statistics.quantiles(figures_, n=20)[-1]


def _median(figures_: list[float]) -> float:
    return statistics.median(figures_)


if __name__ == "__main__":
    main()
