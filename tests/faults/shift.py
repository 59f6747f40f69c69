"""A shift under way over real HTTP, and what must hold of it at every moment."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.exc import DBAPIError

from cati import housekeeping
from cati.calling.store.checks import quota_differences
from tests.faults.guests import Guest
from tests.faults.interviewers import Interviewer
from tests.faults.line import Line
from tests.faults.watchers import Watcher
from tests.flows.driving import CallCentre, assert_all_kept, wait_until
from tests.flows.killing import owner_of_port, workers_of

FLOOR, WALL, DESK = "/suivi", "/suivi/mur", "/poste"

#: What each page is made of, and is sent anew at each connection.
_PLACES = {
    FLOOR: frozenset(
        {"alarms", "wall", "figures", "quotas", "attention", "curve", "appointments", "last-hour"}
    ),
    WALL: frozenset({"mur"}),
    DESK: frozenset({"told"}),
}
PATIENCE = 60.0  # seconds: seventeen at work and two workers on a machine that may be busy
LOOKS_EVERY = 0.1  # seconds between two looks at who holds what


@dataclass(slots=True, kw_only=True)
class Shift:
    """Who works, on what, and the eye kept on them."""

    centre: CallCentre
    line: Line
    interviewers: Sequence[Interviewer]
    watchers: Sequence[Watcher]
    guests: Sequence[Guest]
    seen: "Sampled"

    def goes_on(self, answers: int = 3) -> None:
        """Wait until every interviewer was told of so many more answers that they are kept."""
        wanted = {one.login: one.answers + answers for one in self.interviewers}
        self.until(lambda: all(one.answers >= wanted[one.login] for one in self.interviewers))

    @property
    def everybody(self) -> list[Interviewer | Watcher | Guest]:
        """All who are before a screen."""
        return [*self.interviewers, *self.watchers, *self.guests]

    def screens_recover(self) -> None:
        """Wait until every screen that lives by itself is whole, fresh, and says what the database says."""
        now = time.monotonic()
        self.until(lambda: all(one.is_whole(now, _PLACES[one.page]) for one in self.watchers))
        self.until(self._done_is_shown)
        self.until(lambda: all(one.seen_at > now for one in self.guests))

    def until(self, is_so: Callable[[], bool]) -> None:
        """Wait until it is so; whatever stopped somebody stops the waiting."""

        def checked() -> bool:
            for one in self.everybody:
                if one.failure is not None:
                    raise one.failure
            return is_so()

        try:
            wait_until(checked, PATIENCE)
        except AssertionError as never:
            if any(one.failure is never for one in self.everybody):
                raise
            raise AssertionError("\n".join(map(str, self.everybody))) from never

    def refused(self, words: str) -> int:
        """How often a screen said so instead of what was asked."""
        return sum(
            times for one in self.interviewers for said, times in one.line.refusals.items() if words in said
        )

    def workers(self) -> list[int]:
        """The server's workers."""
        assert self.centre.process is not None
        return workers_of(self.centre.process.pid)

    def keeper(self) -> int | None:
        """The worker that keeps house: whose connection holds the lock."""
        rows = self.centre.rows(_KEEPER, lock=housekeeping.LOCK)
        return owner_of_port(self.workers(), rows[0].client_port) if rows else None

    def assert_nothing_is_lost(self) -> None:
        """What holds at every moment of a shift."""
        assert_all_kept(self.centre, *[one.seat for one in self.interviewers if one.seat])
        for what, sql in _NEVER.items():
            assert self.centre.rows(sql) == [], what
        with self.centre.db() as db:
            assert quota_differences(db) == []
        self._assert_calls_that_are_over_are_kept()
        assert self.seen.looks > 0
        assert self.seen.twice == []
        assert {row.indexname for row in self.centre.rows("select indexname from pg_indexes")} >= _GUARDS

    def _done_is_shown(self) -> bool:
        """Whether every floor shows at this moment how many interviews are done."""
        done = self.centre.counted("select 'done', sum(done) from quota_cells")["done"]
        floors = [one.places["figures"] for one in self.watchers if one.page == FLOOR]
        return all(f"<dt>Réalisés</dt><dd>{done} " in shown for shown in floors)

    def _assert_calls_that_are_over_are_kept(self) -> None:
        told = {one.login: one.closed for one in self.interviewers}
        kept = self.centre.counted(_CLOSED)
        assert [login for login, times in told.items() if kept.get(login, 0) < times] == []


@dataclass(slots=True)
class Sampled:
    """What was seen, moment after moment, of cases held and numbers being called."""

    looks: int = 0
    twice: list[str] = field(default_factory=list)


@contextmanager
def watched(centre: CallCentre) -> Iterator[Sampled]:
    """Somebody looks at the database all the time, and writes down what must never be seen."""
    seen, over = Sampled(), threading.Event()
    watcher = threading.Thread(target=_watch, args=(centre.database_url, seen, over), daemon=True)
    watcher.start()
    try:
        yield seen
    finally:
        over.set()
        watcher.join()


def _watch(url: str, seen: Sampled, over: threading.Event) -> None:
    engine = create_engine(url, poolclass=NullPool)
    while not over.is_set():
        try:
            with engine.connect() as db:
                while not over.wait(LOOKS_EVERY):
                    found = [f"{row.what} {row.id}" for row in db.execute(text(_TWICE))]
                    db.rollback()
                    seen.looks += 1
                    seen.twice += found
        except DBAPIError:  # it is away: that is what is being tried
            time.sleep(LOOKS_EVERY)
    engine.dispose()


#: Whom more than one person would be busy with at this moment.
_TWICE = """
    select 'household called on two lines:' as what, p.household_id as id
    from dials d join phones p on p.id = d.phone_id
    where d.ended_at is null group by p.household_id having count(*) > 1
    union all
    select 'interviewer with two cases:', lease_by from case_queue
    where lease_by is not null group by lease_by having count(*) > 1
    union all
    select 'case with two attempts open:', case_id from attempts
    where closed_at is null group by case_id having count(*) > 1
    union all
    select 'case held by another than who handles it:', q.case_id
    from case_queue q join attempts a on a.case_id = q.case_id and a.closed_at is null
    where q.lease_by <> a.interviewer_id
"""

#: In this shift everybody answers the first call, and nobody falls silent for ten minutes: one call each.
_NEVER = {
    "a household was dialled twice": """
        select p.household_id from dials d join phones p on p.id = d.phone_id
        group by p.household_id having count(*) > 1
    """,
    "a household was called beyond its protocol": """
        select case_id from attempts group by case_id having count(*) > 1
    """,
    "two persons answered for one interview": """
        select interview_id from answer_events where kind = 'answered'
        group by interview_id having count(distinct by) > 1
    """,
    "one request was kept twice": """
        select request from answer_events where part = 0 group by request having count(*) > 1
    """,
    "an interview is complete and its call has another end": """
        select i.id from interviews i join attempts a on a.case_id = i.case_id
        where i.state = 'complete' and a.disposition <> 'complete'
    """,
    "a call that is over has a live line": """
        select d.id from dials d join attempts a on a.id = d.attempt_id
        where a.closed_at is not null and d.ended_at is null
    """,
}

_CLOSED = """
    select u.login, count(*) from attempts a join users u on u.id = a.interviewer_id
    where a.closed_at is not null group by 1
"""

#: What makes it impossible rather than unlikely.
_GUARDS = {"uq_case_queue_lease_by", "uq_attempts_open_case", "uq_dials_live_number"}

_KEEPER = """
    select a.client_port from pg_locks l join pg_stat_activity a on a.pid = l.pid
    where l.locktype = 'advisory' and l.granted and l.objsubid = 1
      and (l.classid::bigint << 32) + l.objid::bigint = :lock
"""
