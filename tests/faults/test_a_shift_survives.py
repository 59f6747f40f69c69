"""Whatever dies under a shift: what a screen said is kept is kept, nobody is called twice, and everybody goes on."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from cati import embedded
from tests.faults.line import Network
from tests.faults.shift import Shift
from tests.flows.killing import kill, postgres_processes, the_postmaster

AWAY = "La base de données ne répond pas."
FULL = "Le serveur n’a plus de place : rien de nouveau n’est enregistré."
STOPS_WITHIN = 15  # seconds: three are left to what is under way
LEASE = 150  # seconds after which a desk that fell silent is noticed


def test_the_server_killed_in_the_middle_of_everything(shift: Shift) -> None:
    shift.centre.kill()
    shift.until(lambda: all(one.line.refusals for one in shift.interviewers))
    shift.centre.start()
    everybody_goes_on(shift)


def test_the_server_stopped_and_started_with_every_stream_open(shift: Shift) -> None:
    assert shift.centre.process is not None
    opened = [one.connections for one in shift.watchers]
    shift.centre.process.terminate()
    shift.centre.process.wait(timeout=STOPS_WITHIN)
    shift.centre.start()
    everybody_goes_on(shift)
    assert all(one.connections > before for one, before in zip(shift.watchers, opened, strict=True))


def test_one_worker_of_two_killed(shift: Shift) -> None:
    keeper = shift.keeper()
    (other,) = (pid for pid in shift.workers() if pid != keeper)
    kill([other])
    shift.goes_on()
    shift.until(lambda: len(shift.workers()) == 2 and other not in shift.workers())
    assert shift.keeper() == keeper
    shift.assert_nothing_is_lost()


def test_the_worker_that_keeps_house_killed_the_other_takes_over(shift: Shift) -> None:
    keeper = shift.keeper()
    assert keeper is not None
    kill([keeper])
    shift.until(lambda: shift.keeper() not in {None, keeper})
    with shift.centre.seat(f"te{len(shift.interviewers) + 1}") as silent:
        silent.press("ready")
        assert silent.page.state == "case"
        shift.centre.let_pass(seconds=LEASE)
        login = f"te{len(shift.interviewers) + 1}"
        held = "select from case_queue q join users u on u.id = q.lease_by where u.login = :login"
        shift.until(lambda: shift.centre.rows(held, login=login) == [])
    everybody_goes_on(shift)


def test_postgresql_killed_under_everybody(shift: Shift) -> None:
    kill(postgres_processes(shift.centre.folder / "var"))
    before = shift.refused(AWAY)
    shift.until(lambda: shift.refused(AWAY) >= before + len(shift.interviewers))
    shift.centre.cati("db", "start")
    everybody_goes_on(shift)


def test_the_network_loses_answers_then_holds_everything_then_is_cut(shift: Shift) -> None:
    lost = shift.line.lost_answers
    shift.line.becomes(Network.LOSES_ANSWERS)
    shift.until(lambda: shift.line.lost_answers >= lost + 2 * len(shift.interviewers))
    shift.line.becomes(Network.WHOLE)
    shift.goes_on(answers=1)
    shift.line.becomes(Network.HELD)
    late = shift.refused("ReadTimeout")
    shift.until(lambda: shift.refused("ReadTimeout") >= late + len(shift.interviewers))
    shift.line.becomes(Network.CUT)
    shift.line.becomes(Network.WHOLE)
    everybody_goes_on(shift)


def test_the_clock_jumps_an_hour(shift: Shift) -> None:
    shift.centre.let_pass(seconds=3600)
    everybody_goes_on(shift)


def test_the_disk_of_the_database_is_full(shift: Shift) -> None:
    volume = shift.centre.folder.parent
    if not volume.is_mount():
        pytest.skip("a disk of its own that can be filled: only root may mount one")
    postmaster = the_postmaster(shift.centre.folder / "var")
    room_in_the_log(shift)
    before = shift.refused(FULL)
    with filled(volume):
        shift.until(lambda: shift.refused(FULL) >= before + len(shift.interviewers))
    everybody_goes_on(shift)
    assert the_postmaster(shift.centre.folder / "var") == postmaster, "it refused, and went on"


def everybody_goes_on(shift: Shift) -> None:
    """Nobody signs in again, nobody is told to reload: the desks go on, the screens recover, and nothing is lost."""
    shift.goes_on()
    shift.screens_recover()
    shift.assert_nothing_is_lost()


def room_in_the_log(shift: Shift) -> None:
    """A fresh segment of the log of writes, whose space is taken: what is refused is a table that grows."""
    with embedded.running(shift.centre.folder / "var") as server:
        address = server.url(embedded.SUPERUSER).replace("+psycopg", "")
    with psycopg.connect(address, autocommit=True) as db:
        db.execute("select pg_switch_wal()")
        db.execute("checkpoint")


@contextmanager
def filled(volume: Path) -> Iterator[None]:
    """Not one byte is free, until the end."""
    ballast = volume / "ballast"
    try:
        with ballast.open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(1 << 20))
        yield
    finally:
        ballast.unlink()
