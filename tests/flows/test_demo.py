"""`cati demo`: built once through the real importer, taken up again where it was cut, nothing lost when killed."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from sqlalchemy import select

from cati import embedded, sealing
from cati.calling.actions import taking
from cati.calling.store.checks import quota_differences
from cati.cases.store.queue import Held
from cati.database import transaction
from cati.errors import Conflict
from cati.people import views as accounts
from cati.people.passwords import Passwords
from cati.simulation import demonstration
from cati.simulation.demonstration import ACCOUNTS, PASSWORD, Site
from cati.supervision.views import figures
from cati.supervision.views.figures import status
from cati.surveys.tables import waves
from tests.stories import an_interviewer

if TYPE_CHECKING:
    from tests.conftest import Database

SMALL = 520
PATIENCE = 90.0
CATI = [sys.executable, "-c", "from cati.cli import main; main()"]


@pytest.fixture
def site(database: "Database", keys: Path, tmp_path: Path) -> Site:
    return Site(
        engine=database.engine,
        keys=sealing.create(keys),
        passwords=Passwords(least_cost=True),
        folder=tmp_path / "files",
        households=SMALL,
    )


class CutShortError(Exception):
    """The demonstration was stopped in the middle."""


def nothing(_step: str, _done: int, _total: int) -> None:
    """Progress that nobody watches."""


def test_it_is_a_whole_survey_ready_to_be_called(site: Site, now: datetime) -> None:
    steps: list[tuple[str, int, int]] = []
    wave_id = demonstration.build(site, now, lambda *told: steps.append(told))
    assert {step for step, done, total in steps if done == total} == {step for step, _, _ in steps}
    with transaction(site.engine) as db:
        shown = status(db)
        assert (shown["bailleurs"], shown["households"]) == (26, SMALL)
        assert shown["cases"]["waiting"] == shown["callable"]
        assert len(shown["quota_cells"]) == 52
        wave = db.execute(select(waves).where(waves.c.id == wave_id)).one()
        assert (wave.is_demo, wave.line, wave.state) == (True, "simulated", "open")
        te = accounts.user_id_of(db, "te1")
        assert te is not None
        assert isinstance(taking.take_next_case(db, te, now), Held)
        assert quota_differences(db) == []


def test_built_again_it_stays_as_it_is(site: Site, now: datetime) -> None:
    wave_id = demonstration.build(site, now, nothing)
    with transaction(site.engine) as db:
        before = status(db)
    steps: list[str] = []
    assert demonstration.build(site, now, lambda step, _done, _total: steps.append(step)) == wave_id
    assert steps == []
    with transaction(site.engine) as db:
        assert status(db) == before


@pytest.mark.parametrize(
    "step", ["Comptes", "Extraits fictifs", "Import des extraits", "Ouverture du terrain"]
)
def test_cut_short_it_is_taken_up_where_it_stood(site: Site, now: datetime, step: str) -> None:
    def cut(reached: str, done: int, total: int) -> None:
        if reached == step and done >= min(5, total - 1):
            raise CutShortError

    with pytest.raises(CutShortError):
        demonstration.build(site, now, cut)
    demonstration.build(site, now, nothing)
    with transaction(site.engine) as db:
        shown = status(db)
        assert (shown["bailleurs"], shown["households"]) == (26, SMALL)
        assert shown["cases"]["waiting"] == shown["callable"]
        assert len(accounts.accounts(db)) == len(ACCOUNTS)


def test_it_is_never_built_beside_something_real(site: Site, now: datetime) -> None:
    with transaction(site.engine) as db:
        an_interviewer(db, now)
    with pytest.raises(Conflict):
        demonstration.build(site, now, nothing)
    with transaction(site.engine) as db:
        assert [one.login for one in accounts.accounts(db)] == ["interviewer"]
        assert figures.waves(db) == []


class Demonstration:
    """`cati demo` as it is typed, in a folder of its own."""

    def __init__(self, var: Path) -> None:
        self.var = var
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {**os.environ, "CATI_VAR": str(var), "CATI_ARGON2": "test"}

    @contextmanager
    def running(self) -> Iterator[subprocess.Popen[str]]:
        """The command, once it serves."""
        typed = [*CATI, "demo", "--port", str(self.port), "--households", str(SMALL)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        command = subprocess.Popen(typed, env=self.environment, text=True, **pipes)  # type: ignore[call-overload]
        try:
            self._wait(command)
            yield command
        finally:
            command.kill()
            command.communicate()

    def _wait(self, command: "subprocess.Popen[str]") -> None:
        limit = time.monotonic() + PATIENCE
        while time.monotonic() < limit and command.poll() is None:
            try:
                if httpx.get(f"{self.url}/readyz").status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        raise AssertionError(command.communicate())

    def told(self, *words: str) -> Any:
        """What the command prints for a program, of this folder."""
        command = [*CATI, *words, "--json"]
        told = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=True)
        return json.loads(told.stdout)

    def is_database_running(self) -> bool:
        state = json.loads((self.var / "pg.json").read_text())
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", state["port"])) == 0


@pytest.fixture
def demo() -> Iterator[Demonstration]:
    var = Path(tempfile.mkdtemp(prefix="cati-demo-"))
    var.chmod(0o755)
    yield Demonstration(var)
    embedded.destroy(var)
    shutil.rmtree(var)


@contextmanager
def signed_in(url: str, login: str) -> Iterator[httpx.Client]:
    """A browser where somebody of the demonstration is signed in, as it was printed."""
    with httpx.Client(base_url=url, follow_redirects=True) as client:
        answer = client.post("/connexion", data={"login": login, "password": PASSWORD})
        assert answer.status_code == 200
        yield client


def test_killed_and_started_again_it_has_lost_nothing_and_ctrl_c_stops_everything(
    demo: Demonstration,
) -> None:
    with demo.running() as command:
        with signed_in(demo.url, "superviseur") as supervisor:
            page = supervisor.get("/suivi").text
            assert "Données fictives" in page
            token = re.search(r'name="csrf" value="([^"]+)"', page)
            assert token is not None
            paused = {"csrf": token[1], "paused": "oui", "pause_reason": "essai"}
            assert supervisor.post("/suivi/cellules/1/pause", data=paused).status_code == 200
        before = demo.told("status")
        assert before["households"] == SMALL
        command.send_signal(signal.SIGKILL)
        command.wait()
    with demo.running() as command:
        with signed_in(demo.url, "superviseur") as supervisor:
            assert "❚❚ en pause" in supervisor.get("/suivi").text
        assert demo.told("status") == before
        (wave,) = demo.told("wave", "list")
        assert (wave["code"], wave["state"], wave["bailleurs"]) == ("DEMO", "open", 26)
        assert demo.told("wave", "status", "DEMO")["cells"]["paused"] == 1
        assert demo.told("quota", "check") == []
        assert demo.told("case", "explain", "1")["bailleur"] == "Habitat des Trois Beffrois"
        command.send_signal(signal.SIGINT)
        out, error = command.communicate(timeout=PATIENCE)
    assert all(one.login in out for one in ACCOUNTS)
    assert PASSWORD in out
    assert "Traceback" not in error
    assert not demo.is_database_running()
