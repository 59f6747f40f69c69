"""What time alone brings about, done by one process of the whole installation: the one that holds an advisory lock.

Each worker runs `run` in a thread; one of them gets the lock and sweeps, the others ask again now and then, so that a
worker that dies is replaced within seconds. Every sweep is a short transaction of its own: one that fails is told to
the log and tried again at its next turn, and none holds a row while another waits.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from threading import Event
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import DBAPIError, OperationalError

from cati import clock
from cati.audit.actions import seal_new_lines
from cati.calling.actions import sweeping
from cati.calling.store.checks import quota_differences
from cati.database import connect, transaction
from cati.observation import actions as observation
from cati.people import actions as people
from cati.quotas import store as quotas
from cati.sealing import Keys
from cati.supervision.actions.backchecking import draw_backchecks
from cati.supervision.actions.priorities import shift_ranks
from cati.supervision.actions.signing_out import sweep_sign_outs
from cati.supervision.actions.watching import sweep_watches

LOCK = 0x63617469  #: of the advisory lock, one for the whole database
TICK = timedelta(seconds=2)
SELDOM = timedelta(seconds=30)
QUARTER = timedelta(minutes=15)
_HOURLY = timedelta(hours=1)
ASK_AGAIN = 5.0
_SYNC_TRIES = 3  #: a deadlock with a take is repeated at once
_NIGHT = 3  #: the hour of the nightly check, in Paris

_log = structlog.get_logger("cati.housekeeping")

Sweep = Callable[[Engine, datetime], int]


@dataclass(slots=True)
class _Duty:
    """A sweep and when it is next due."""

    name: str
    sweep: Sweep
    every: timedelta
    due_at: datetime | None = None


def run(engine: Engine, stop: Event, *, keys: Keys | None = None, ask_again: float = ASK_AGAIN) -> None:
    """Keep house until `stop` is set, on connections of its own: those of the pages are never taken.

    `keys`: what the audit log is sealed with; without them its lines wait for a worker that has them.
    `ask_again`: seconds before a worker that is not the one, or whose database went away, tries again.
    """
    url = engine.url.render_as_string(hide_password=False)
    own = connect(url, pool_size=2, application="cati housekeeping")
    try:
        while not stop.is_set():
            try:
                with _lock(own) as guard:
                    if guard is not None:
                        _keep(own, guard, stop, keys)
            except OperationalError as error:
                _log.warning("database away", error=type(error.orig).__name__)
                own.dispose()
            stop.wait(ask_again)
    finally:
        own.dispose()


def sync_open(engine: Engine, wave_id: int) -> int:
    """Write which cells of the wave are open into its queue, in a transaction of its own; how many cases changed.

    What everybody who changed a counter or paused a cell does right after commit.
    """
    for tries_left in reversed(range(_SYNC_TRIES)):
        try:
            with transaction(engine) as db:
                return quotas.sync_open(db, wave_id)
        except OperationalError as error:
            if error.connection_invalidated or not tries_left:
                raise
    raise AssertionError("the last try returns or raises")


def sync_ranks(engine: Engine, wave_id: int) -> int:
    """Write the ranks that the bailleurs' priorities give into the wave's queue, a batch a transaction; how many.

    What everybody who changed a priority does right after commit.
    """
    changed = 0
    while batch := _shift_ranks(engine, wave_id):
        changed += batch
    return changed


def next_night(now: datetime) -> datetime:
    """When the nightly check comes next: three o'clock in Paris, when nobody is called."""
    local = now.astimezone(ZoneInfo("Europe/Paris"))
    tonight = local.replace(hour=_NIGHT, minute=0, second=0, microsecond=0)
    return tonight if tonight > local else tonight + timedelta(days=1)


@contextmanager
def _lock(own: Engine) -> Iterator[Connection | None]:
    """The connection that holds the lock, or None when another process does. The lock dies with the connection."""
    guard = own.connect().execution_options(isolation_level="AUTOCOMMIT")
    guard.detach()
    with guard:
        yield guard if guard.scalar(select(func.pg_try_advisory_lock(LOCK))) else None


def _keep(own: Engine, guard: Connection, stop: Event, keys: Keys | None) -> None:
    """Do each duty when it is due, for as long as the connection that holds the lock lives."""
    _log.info("keeping house")
    duties = _duties(clock.now()) + (_sealing(keys) if keys else [])
    while not stop.is_set():
        guard.scalar(select(1))
        for duty in duties:
            if stop.is_set():
                return
            _do(duty, own, clock.now())
        stop.wait(TICK.total_seconds())


def _duties(now: datetime) -> list[_Duty]:
    return [
        _Duty("leases", _leases, TICK),
        _Duty("dials", _dials, TICK),
        _Duty("open cells", _open_cells, TICK),
        _Duty("sign-outs", _sign_outs, TICK),
        _Duty("watches", _watches, TICK),
        _Duty("appointments", _appointments, SELDOM),
        _Duty("places", _places, SELDOM),
        _Duty("ranks", _ranks, SELDOM),
        _Duty("back-checks", _backchecks, QUARTER),
        _Duty("sessions", _sessions, _HOURLY),
        _Duty("visits", _visits, TICK),
        _Duty("quota check", _quota_check, timedelta(days=1), next_night(now)),
    ]


def _sealing(keys: Keys) -> list[_Duty]:
    return [
        _Duty("audit seals", partial(_seals, keys), TICK),
        _Duty("late audit seals", partial(_seals, keys, all_of_them=True), _HOURLY),
    ]


def _do(duty: _Duty, own: Engine, now: datetime) -> None:
    if duty.due_at is not None and now < duty.due_at:
        return
    duty.due_at = now + duty.every
    try:
        changed = duty.sweep(own, now)
    except DBAPIError as error:
        if error.connection_invalidated:
            raise
        # Never the error's text: it holds the values of the statement.
        _log.warning("sweep failed", duty=duty.name, error=type(error.orig).__name__)
    except Exception as error:  # noqa: BLE001  (one sweep's bug must not stop the others, for nobody would see it)
        _log.error("sweep failed", duty=duty.name, error=type(error).__name__)
    else:
        if changed:
            _log.info("swept", duty=duty.name, changed=changed)


def _leases(own: Engine, now: datetime) -> int:
    with transaction(own) as db:
        return sweeping.sweep_leases(db, now)


def _dials(own: Engine, now: datetime) -> int:
    with transaction(own) as db:
        return sweeping.sweep_dials(db, now)


def _sign_outs(own: Engine, now: datetime) -> int:
    with transaction(own) as db:
        return sweep_sign_outs(db, now)


def _watches(own: Engine, now: datetime) -> int:
    with transaction(own) as db:
        return sweep_watches(db, now)


def _visits(own: Engine, now: datetime) -> int:
    with transaction(own) as db:
        return observation.sweep(db, now)


def _open_cells(own: Engine, _now: datetime) -> int:
    return sum(sync_open(own, wave_id) for wave_id in _open_waves(own))


def _ranks(own: Engine, _now: datetime) -> int:
    return sum(sync_ranks(own, wave_id) for wave_id in _open_waves(own))


def _shift_ranks(engine: Engine, wave_id: int) -> int:
    with transaction(engine) as db:
        return shift_ranks(db, wave_id)


def _appointments(own: Engine, now: datetime) -> int:
    return sum(_of_wave(own, wave_id, now, sweeping.sweep_appointments) for wave_id in _open_waves(own))


def _places(own: Engine, now: datetime) -> int:
    return sum(_of_wave(own, wave_id, now, sweeping.sweep_places) for wave_id in _open_waves(own))


def _sessions(own: Engine, now: datetime) -> int:
    """Small batches, each committed: who signs in meanwhile waits for none."""
    forgotten = 0
    while batch := _some_sessions(own, now):
        forgotten += batch
    return forgotten


def _some_sessions(own: Engine, now: datetime) -> int:
    with transaction(own) as db:
        return people.forget_sessions(db, now)


def _backchecks(own: Engine, now: datetime) -> int:
    with transaction(own) as db:
        return draw_backchecks(db, now)


def _seals(keys: Keys, own: Engine, now: datetime, *, all_of_them: bool = False) -> int:
    """Batch after batch, each committed: the chain follows the log and never holds it up."""
    sealed = 0
    while batch := _some_seals(keys, own, now, all_of_them=all_of_them):
        sealed += batch
    return sealed


def _some_seals(keys: Keys, own: Engine, now: datetime, *, all_of_them: bool) -> int:
    with transaction(own) as db:
        return seal_new_lines(db, keys, now, all_of_them=all_of_them)


def _of_wave(
    own: Engine, wave_id: int, now: datetime, sweep: Callable[[Connection, int, datetime], int]
) -> int:
    with transaction(own) as db:
        return sweep(db, wave_id, now)


def _open_waves(own: Engine) -> list[int]:
    with transaction(own) as db:
        return list(sweeping.open_waves(db))


def _quota_check(own: Engine, _now: datetime) -> int:
    """Tell the log where counters and interviews disagree. Nothing is corrected: somebody has to understand it."""
    with transaction(own) as db:
        found = quota_differences(db)
    for one in found:
        _log.error("quota differs", cell=one.cell_id, what=one.what, recorded=one.recorded, found=one.found)
    return len(found)
