"""The server of our own: started, killed, shared, moved. Run as root and as a plain user, from a closed folder."""

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from cati import embedded
from cati.errors import SettingsRefused
from cati.settings import Settings

IS_ROOT = os.geteuid() == 0


@pytest.fixture
def var(tmp_path: Path) -> Iterator[Path]:
    """A folder that nobody else may enter: its parents are 0700, as in a home or a fresh clone."""
    tmp_path.chmod(0o700)
    yield tmp_path / "var"
    embedded.destroy(tmp_path / "var")


def ask(server: embedded.Server, query: str) -> list[tuple[object, ...]]:
    url = server.url(embedded.SUPERUSER, "postgres").replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as db:
        cursor = db.execute(query)
        return cursor.fetchall() if cursor.description else []


def postmaster(server: embedded.Server) -> int:
    return int((server.directory / "postmaster.pid").read_text().splitlines()[0])


def test_a_server_killed_in_the_middle_keeps_what_was_committed(var: Path) -> None:
    with embedded.running(var) as server:
        ask(server, "create table kept as select 1 as figure")
        os.kill(postmaster(server), signal.SIGKILL)
        with embedded.running(var) as again:
            assert ask(again, "select figure from kept") == [(1,)]


def test_the_server_stops_with_its_last_user_and_not_before(var: Path) -> None:
    with embedded.running(var) as server:
        with embedded.running(var):
            pass
        assert ask(server, "select 1") == [(1,)]
    with pytest.raises(psycopg.OperationalError):
        ask(server, "select 1")


def test_a_user_killed_with_9_does_not_keep_the_server_alive(var: Path) -> None:
    program = "import sys, time; from cati import embedded; from pathlib import Path\n"
    program += "with embedded.running(Path(sys.argv[1])): print('up', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", program, var], stdout=subprocess.PIPE) as killed:
        assert killed.stdout is not None
        assert killed.stdout.readline() == b"up\n"
        killed.kill()
    with embedded.running(var) as server:
        assert ask(server, "select 1") == [(1,)]
    with pytest.raises(psycopg.OperationalError):
        ask(server, "select 1")


def test_a_started_server_stays_until_it_is_stopped(var: Path) -> None:
    started = embedded.start(var)
    with embedded.running(var):
        pass
    assert ask(started, "select 1") == [(1,)]
    assert embedded.stop(var) is True
    assert embedded.stop(var) is False


def test_two_starters_at_once_share_one_server(var: Path) -> None:
    program = "import sys; from cati import embedded; from pathlib import Path\n"
    program += "with embedded.running(Path(sys.argv[1])) as server: print(server.port); sys.stdin.read()"
    command = [sys.executable, "-c", program, str(var)]
    starters = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(2)]
    ports = {starter.stdout.readline() for starter in starters if starter.stdout}
    ends = [starter.communicate(timeout=60) and starter.returncode for starter in starters]
    assert len(ports) == 1
    assert ends == [0, 0]


def test_an_interrupted_initdb_leaves_no_half_server(var: Path) -> None:
    with embedded.running(var) as server:
        pass
    server.directory.rename(server.directory.with_name("data.new"))
    (server.directory.with_name("data.new") / "global" / "pg_control").unlink()
    with embedded.running(var) as again:
        assert ask(again, "select 1") == [(1,)]


def test_a_port_taken_meanwhile_is_left_to_its_new_owner(var: Path, tmp_path: Path) -> None:
    with embedded.running(var) as server:
        pass
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", server.port))
        other.listen()
        with embedded.running(var) as again:
            assert again.port != server.port


def test_passwords_are_read_by_nobody_else_and_asked_from_everybody(var: Path) -> None:
    with embedded.running(var) as server:
        assert stat.S_IMODE((var / "pg.json").stat().st_mode) == 0o600
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(f"postgresql://{embedded.SUPERUSER}:wrong@127.0.0.1:{server.port}/postgres")


def test_texts_sort_by_code_point_whatever_the_machine(var: Path) -> None:
    with embedded.running(var) as server:
        assert (
            ask(server, "select datcollate, pg_encoding_to_char(encoding) from pg_database")
            == [("C.UTF-8", "UTF8")] * 3
        )


@pytest.mark.skipif(not IS_ROOT, reason="only root lends the server to another account")
def test_root_lends_the_server_to_a_plain_account_that_cannot_enter_var(var: Path) -> None:
    with embedded.running(var) as server:
        assert Path(server.folder).parent == Path("/var/lib/cati")
        assert Path(f"/proc/{postmaster(server)}").stat().st_uid == Path(server.folder).stat().st_uid != 0


@pytest.mark.skipif(not IS_ROOT, reason="only root lends the server to another account")
def test_the_data_of_a_deleted_var_are_set_aside_not_deleted(var: Path) -> None:
    with embedded.running(var):
        shutil.rmtree(var)
        with embedded.running(var) as server:
            assert ask(server, "select 1") == [(1,)]
            assert (Path(server.folder) / "orphan-1" / "PG_VERSION").exists()


def test_a_told_folder_of_binaries_is_taken_or_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CATI_PG_BIN", str(tmp_path))
    with pytest.raises(SettingsRefused, match="CATI_PG_BIN"):
        embedded.find_binaries()


def test_addresses_that_were_given_start_no_server(tmp_path: Path) -> None:
    url = "postgresql://somebody@127.0.0.1:1/elsewhere"
    given = Settings(database_url=url, owner_url=url, observer_url=url, var=tmp_path / "var")
    with embedded.database(given) as found:
        assert found.database_url == "postgresql+psycopg://somebody@127.0.0.1:1/elsewhere"
    assert not (tmp_path / "var").exists()


def test_the_log_tells_no_value_of_a_row(var: Path) -> None:
    with embedded.running(var) as server:
        ask(server, "create table named (name text primary key)")
        ask(server, "insert into named values ('Marie Fictive')")
        url = server.url(embedded.SUPERUSER, "postgres").replace("+psycopg", "")
        with psycopg.connect(url) as db, pytest.raises(psycopg.errors.UniqueViolation):
            db.execute("insert into named values (%s)", ["Marie Fictive"])
        log = (Path(server.folder) / "log").read_text()
    assert "duplicate key" in log
    assert "Marie" not in log
