"""One shift for every fault: ten interviewers at work, two supervisors and three guests who watch, two workers."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection

from cati import clock
from cati.people import actions as people
from cati.people.actions import NewUser
from cati.people.passwords import Passwords
from cati.people.rules import Role
from tests import stories
from tests.faults.guests import Guest, links
from tests.faults.interviewers import Interviewer
from tests.faults.line import Line
from tests.faults.shift import DESK, FLOOR, WALL, Shift, watched
from tests.faults.watchers import Watcher
from tests.flows.driving import on_its_own_postgresql

DESKS, GUESTS = 10, 3
DISK = "600m"  # of the volume, where the test may have one


@pytest.fixture(scope="module")
def volume() -> Iterator[Path]:
    """A folder for everything the call centre keeps; for root, on a disk of its own that can be filled."""
    folder = Path(tempfile.mkdtemp(prefix="cati-faults-"))
    with _mounted(folder):
        yield folder / "centre"


@pytest.fixture(scope="module")
def _shift(volume: Path) -> Iterator[Shift]:
    volume.mkdir()
    with ExitStack() as stack:
        centre, keys = stack.enter_context(on_its_own_postgresql(volume, CATI_WORKERS="2"))
        now = clock.now()
        with centre.db() as db:
            files = [
                stories.some_households(300, prefix="A", first=1),
                stories.some_households(300, prefix="B", first=1001),
            ]
            wave = stories.a_wave(db, keys, now, households=files, objective=200)
            for rank in range(1, DESKS + 3):
                stories.an_interviewer(db, now, waves=[wave], login=f"te{rank}")
            boss, _ = [a_supervisor(db, now, login) for login in ("boss1", "boss2")]
            guests = links(db, wave, now, GUESTS, by=boss)
        line = stack.enter_context(Line(centre.port))
        seen = stack.enter_context(watched(centre))
        interviewers = [Interviewer(line.url, f"te{rank}") for rank in range(1, DESKS + 1)]
        watchers = [
            Watcher(line.url, "boss1", FLOOR),
            Watcher(line.url, "boss2", WALL),
            Watcher(line.url, f"te{DESKS + 2}", DESK),
        ]
        shift = Shift(
            centre=centre,
            line=line,
            interviewers=interviewers,
            watchers=watchers,
            guests=[Guest(line.url, link) for link in guests],
            seen=seen,
        )
        stack.enter_context(_at_work(shift))
        yield shift


@pytest.fixture
def shift(_shift: Shift) -> Shift:
    """The shift, with everybody at work and every screen alive."""
    _shift.goes_on(answers=1)
    _shift.screens_recover()
    return _shift


def a_supervisor(db: Connection, now: datetime, login: str) -> int:
    """Somebody who watches the floor."""
    new = NewUser(
        login=login,
        first_name="Dominique",
        display_name=f"Dominique {login}",
        role=Role.SUPERVISOR,
        password=stories.PASSWORD,
    )
    made = people.create_user(db, Passwords(least_cost=True), new, now)
    assert isinstance(made, int)
    return made


@contextmanager
def _at_work(shift: Shift) -> Iterator[None]:
    for one in shift.everybody:
        one.start()
    try:
        yield
    finally:
        for one in shift.everybody:
            one.over.set()
        for one in shift.everybody:
            one.join(20)


@contextmanager
def _mounted(folder: Path) -> Iterator[None]:
    """The folder is a volume of its own as long as it lasts, if this account and this machine allow it."""
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=755", "tmpfs", str(folder)]
    mounted = os.geteuid() == 0 and subprocess.run(mount, capture_output=True, check=False).returncode == 0
    try:
        yield
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(folder)], check=True)
        folder.rmdir() if mounted else None
