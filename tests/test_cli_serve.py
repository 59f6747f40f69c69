"""`cati serve`: up, stopped, killed, and the database with it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from cati import embedded
from tests.flows.driving import wait_until
from tests.flows.killing import workers_of

Serve = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def var(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "var"
    embedded.destroy(tmp_path / "var")


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def serve(var: Path, port: int) -> Iterator[Serve]:
    """Starts the server and waits until it is ready."""
    started: list[subprocess.Popen[str]] = []

    def run(*words: str) -> subprocess.Popen[str]:
        command = [str(Path(sys.executable).with_name("cati")), "serve", *words]
        environment = os.environ | {"CATI_VAR": str(var), "PORT": str(port)}
        started.append(subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True))
        wait_until_ready(started[-1], port)
        return started[-1]

    yield run
    for process in started:
        process.kill()
        process.communicate()


def wait_until_ready(process: subprocess.Popen[str], port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, process.stderr.read() if process.stderr else ""
        try:
            if httpx.get(f"http://127.0.0.1:{port}/readyz", trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    pytest.fail("not ready after 60 s")


@pytest.mark.parametrize("workers", [1, 2])
def test_the_address_is_printed_when_a_browser_finds_somebody_there(
    var: Path, port: int, workers: int
) -> None:
    command = [str(Path(sys.executable).with_name("cati")), "serve", "--workers", str(workers)]
    environment = os.environ | {"CATI_VAR": str(var), "PORT": str(port)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = process.stdout.readline()
        answer = httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False)
        process.terminate()
        process.communicate(timeout=30)
    assert told == f"Ouvrez http://127.0.0.1:{port} ; Ctrl-C arrête tout.\n"
    assert answer.status_code == httpx.codes.OK


@pytest.mark.parametrize(
    ("stop", "code"),
    [
        (signal.SIGINT, 0),  # Ctrl-C
        (signal.SIGTERM, 143),  # systemd, docker stop
    ],
)
def test_a_stopped_server_leaves_nothing_running(
    serve: Serve, var: Path, stop: signal.Signals, code: int
) -> None:
    process = serve()
    process.send_signal(stop)
    _, told = process.communicate(timeout=30)
    assert process.returncode == code
    assert {json.loads(line)["event"] for line in told.splitlines()} <= {"keeping house"}
    assert embedded.stop(var) is False


def test_workers_do_not_outlive_a_server_that_was_killed(serve: Serve) -> None:
    process = serve("--workers", "2")
    workers = workers_of(process.pid)
    assert len(workers) == 2
    process.kill()
    process.wait()
    wait_until(lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers))


def test_a_killed_server_starts_again_on_the_same_database(serve: Serve, var: Path) -> None:
    process = serve()
    with embedded.running(var) as server:
        with psycopg.connect(server.url("cati_owner").replace("+psycopg", "")) as db:
            db.execute("create table kept as select 1 as figure")
        process.kill()
        process.wait()
    again = serve()
    with (
        embedded.running(var) as server,
        psycopg.connect(server.url("cati_owner").replace("+psycopg", "")) as db,
    ):
        assert db.execute("select figure from kept").fetchone() == (1,)
    assert again.poll() is None


def test_a_taken_port_is_told_in_a_sentence(var: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        command = [
            str(Path(sys.executable).with_name("cati")),
            "serve",
            "--port",
            str(other.getsockname()[1]),
        ]
        environment = os.environ | {"CATI_VAR": str(var)}
        refused = subprocess.run(
            command, check=False, env=environment, capture_output=True, text=True, timeout=60
        )
    assert refused.returncode == 1
    assert "PORT=8123" in refused.stderr
    assert embedded.stop(var) is False
