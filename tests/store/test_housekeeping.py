"""What time alone brings about: one process keeps house, brings back what nobody holds, and outlives its database."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Engine, create_engine, select, text, update
from sqlalchemy.pool import NullPool

from cati import clock, housekeeping, sealing
from cati.calling.actions import closing, dialling
from cati.calling.actions.closing import Verdict
from cati.cases.rules import CaseState, Disposition
from cati.cases.store import attempts
from cati.cases.tables import case_queue, cases, dials
from cati.database import transaction
from cati.people import store as people
from cati.quotas import store as quotas
from cati.quotas.tables import quota_cells, quota_places
from cati.sealing import Keys
from cati.telephony.simulated import Fate
from tests.stories import (
    Tenant,
    a_case_in_hand,
    a_dial_that,
    a_wave,
    an_interview,
    an_interviewer,
)

if TYPE_CHECKING:
    from tests.conftest import Database

HOUR = timedelta(hours=1)
PATIENCE = 10.0  # seconds: several turns of the loop

#: keeps house until it is killed, telling on stdout that it began
_OTHER_WORKER = """
import sys, threading
from cati import housekeeping
from cati.database import connect
stop = threading.Event()
threading.Thread(target=housekeeping.run, args=(connect(sys.argv[1], pool_size=1), stop), daemon=True).start()
print("begun", flush=True)
stop.wait()
"""


@pytest.fixture
def opened(keys: Path) -> Keys:
    sealing.create(keys)
    return sealing.load(keys)


@contextmanager
def keeping_house(engine: Engine) -> Iterator[Thread]:
    """A worker that keeps house, if nobody else does."""
    stop = Event()
    worker = Thread(target=housekeeping.run, args=(engine, stop), kwargs={"ask_again": 0.2})
    worker.start()
    try:
        yield worker
    finally:
        stop.set()
        worker.join(timeout=PATIENCE)
    assert not worker.is_alive()


def soon(condition: Callable[[], bool]) -> bool:
    """Whether the condition comes true while the loop turns a few times."""
    limit = time.monotonic() + PATIENCE
    while time.monotonic() < limit:
        if condition():
            return True
        time.sleep(0.05)
    return False


def keepers(database: "Database") -> list[int]:
    """The server processes that hold the lock of housekeeping in this database."""
    query = text(
        "select pid from pg_locks where locktype = 'advisory' and granted and objid = :lock "
        "and database = (select oid from pg_database where datname = current_database())"
    )
    with transaction(database.engine) as db:
        return list(db.scalars(query, {"lock": housekeeping.LOCK}))


def test_an_expired_lease_comes_back(database: "Database", opened: Keys) -> None:
    then = clock.now() - HOUR
    with transaction(database.engine) as db:
        wave = a_wave(db, opened, then)
        held = a_case_in_hand(db, an_interviewer(db, then, waves=[wave]), then)

    def is_back() -> bool:
        with transaction(database.engine) as db:
            holder = select(case_queue.c.lease_by).where(case_queue.c.case_id == held.case_id)
            return db.execute(holder).scalar_one() is None

    with keeping_house(database.engine):
        assert soon(is_back)


def test_a_case_cut_off_in_mid_call_is_interrupted_for_the_one_who_held_it(
    database: "Database", opened: Keys
) -> None:
    then = clock.now() - HOUR
    with transaction(database.engine) as db:
        wave = a_wave(db, opened, then)
        te = an_interviewer(db, then, waves=[wave])
        held = a_case_in_hand(db, te, then)
        an_interview(db, opened, te, attempts.usable_numbers(db, held.household_id)[0], then)

    def state() -> tuple[str, int | None]:
        with transaction(database.engine) as db:
            query = select(cases.c.state, case_queue.c.owner_id).join(
                case_queue, case_queue.c.case_id == cases.c.id
            )
            row = db.execute(query.where(cases.c.id == held.case_id)).one()
            return row.state, row.owner_id

    with keeping_house(database.engine):
        assert soon(lambda: state() == (CaseState.INTERRUPTED, te))


def test_a_line_that_never_ended_is_lost_and_its_number_free(database: "Database", opened: Keys) -> None:
    then = clock.now() - HOUR
    with transaction(database.engine) as db:
        wave = a_wave(db, opened, then)
        te = an_interviewer(db, then, waves=[wave])
        held = a_case_in_hand(db, te, then)
        number = attempts.usable_numbers(db, held.household_id)[0]
        dial_id = a_dial_that(Fate.NO_ANSWER)
        dialling.dial(db, te, number, dial_id=dial_id, keys=opened, now=then)

    def outcome() -> str | None:
        with transaction(database.engine) as db:
            return db.execute(select(dials.c.line_outcome).where(dials.c.id == dial_id)).scalar_one()

    with keeping_house(database.engine):
        assert soon(lambda: outcome() == "lost")


def test_a_cell_that_is_full_closes_its_cases(database: "Database", opened: Keys) -> None:
    now = clock.now()
    with transaction(database.engine) as db:
        a_wave(db, opened, now)
        db.execute(update(quota_cells).values(target=0))

    def closed() -> bool:
        with transaction(database.engine) as db:
            return not db.scalar(select(case_queue.c.case_id).where(case_queue.c.cell_open).limit(1))

    with keeping_house(database.engine):
        assert soon(closed)


def test_a_place_kept_too_long_without_appointment_is_given_back(database: "Database", opened: Keys) -> None:
    then = clock.now() - timedelta(hours=60)
    with transaction(database.engine) as db:
        wave = a_wave(db, opened, then)
        te = an_interviewer(db, then, waves=[wave])
        held = a_case_in_hand(db, te, then)
        number = attempts.usable_numbers(db, held.household_id)[0]
        interview_id = an_interview(db, opened, te, number, then)
        Tenant(db=db, user_id=te, interview_id=interview_id, now=then).agrees()
        verdict = Verdict(disposition=Disposition.CALLBACK)
        closing.close(db, te, verdict, then + timedelta(minutes=1))

    def place() -> str:
        with transaction(database.engine) as db:
            return db.execute(select(quota_places.c.state)).scalar_one()

    assert place() == "reserved"
    with keeping_house(database.engine):
        assert soon(lambda: place() == "released")


def test_only_one_of_two_processes_keeps_house_and_the_other_follows(
    database: "Database",
) -> None:
    other = subprocess.Popen(
        [sys.executable, "-c", _OTHER_WORKER, database.app_url], stdout=subprocess.PIPE, text=True
    )
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == "begun\n"
        assert soon(lambda: len(keepers(database)) == 1)
        theirs = keepers(database)
        with keeping_house(database.engine):
            time.sleep(1.0)
            assert keepers(database) == theirs
            other.kill()
            other.wait()
            assert soon(lambda: keepers(database) not in ([], theirs)), "a dead keeper is replaced"
        assert keepers(database) == []
    finally:
        other.kill()
        other.communicate()


def test_it_outlives_the_loss_of_its_connections(
    database: "Database",
) -> None:
    with keeping_house(database.engine) as worker:
        assert soon(lambda: len(keepers(database)) == 1)
        before = keepers(database)
        cut_connections(database)
        assert soon(lambda: keepers(database) not in ([], before))
        assert worker.is_alive()


def cut_connections(database: "Database") -> None:
    """What a restart of the database does to those who keep house."""
    owner = create_engine(database.app_url, poolclass=NullPool)
    with owner.connect() as db:
        db.execute(
            text(
                "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'cati housekeeping'"
            )
        )


def test_whoever_keeps_house_stops_when_told(database: "Database") -> None:
    with keeping_house(database.engine):
        assert soon(lambda: len(keepers(database)) == 1)
    assert keepers(database) == []


def test_whoever_waits_for_his_turn_stops_without_waiting_for_it(database: "Database") -> None:
    with keeping_house(database.engine):
        assert soon(lambda: len(keepers(database)) == 1)
        stop = Event()
        waiting = Thread(target=housekeeping.run, args=(database.engine, stop), kwargs={"ask_again": 3600.0})
        waiting.start()
        time.sleep(0.5)
        stop.set()
        waiting.join(timeout=PATIENCE)
        assert not waiting.is_alive()


def test_the_nightly_check_comes_at_three_in_paris() -> None:
    evening = datetime.fromisoformat("2026-11-24T18:00:00+01:00")
    night = datetime.fromisoformat("2026-11-25T02:59:00+01:00")
    three = datetime.fromisoformat("2026-11-25T03:00:00+01:00")
    assert [housekeeping.next_night(at) for at in (evening, night)] == [three, three]
    assert housekeeping.next_night(three) == three + timedelta(days=1)


def test_a_sync_changes_only_what_changed(database: "Database", opened: Keys) -> None:
    now = clock.now()
    with transaction(database.engine) as db:
        wave = a_wave(db, opened, now)
        for cell_id in quotas.cell_ids(db, wave.id).values():
            quotas.set_paused(db, cell_id, True)
    assert housekeeping.sync_open(database.engine, wave.id) == 12
    assert housekeeping.sync_open(database.engine, wave.id) == 0


def test_sessions_of_last_season_are_forgotten(database: "Database") -> None:
    then = clock.now() - timedelta(days=60)
    with transaction(database.engine) as db:
        te = an_interviewer(db, then)
        for rank in range(3):
            people.insert_session(
                db,
                token_sha256=f"{rank}",
                csrf_token="-",
                user_id=te,
                now=then if rank else clock.now(),
                expires_at=then if rank else clock.now() + HOUR,
            )

    def left() -> list[str]:
        with transaction(database.engine) as db:
            return list(db.scalars(text("select token_sha256 from sessions")))

    with keeping_house(database.engine):
        assert soon(lambda: left() == ["0"])
