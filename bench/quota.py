"""Fifty interviewers at once at the boundary of a quota with twenty places: who is let in finishes, and nobody else is.

Every one has a tenant on the line whose next answer makes him eligible; all give it at the same moment, and those who
were let in answer to the end, all at once. There is no floor: these are exact figures, not times.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from uuid import uuid4

from sqlalchemy import func, select

from bench.floors import NOW, Floor, bar, empty, show
from cati import sealing
from cati.calling.actions import dialling, taking
from cati.cases.rules import InterviewState
from cati.cases.store import attempts
from cati.cases.store.queue import Held
from cati.interviews.tables import interviews
from cati.quotas.tables import quota_cells
from cati.telephony.simulated import Fate
from tests.stories import Household, Tenant, a_dial_that, a_wave, an_interviewer

SEATS, PLACES = 50, 20


def main() -> None:
    """Print the bars."""
    with empty() as it:
        seats = _on_the_line(it)
        begun = time.perf_counter()
        states = _all_at_once(it, seats)
        boundary = time.perf_counter() - begun
        let_in = [tenant for tenant, state in zip(seats, states, strict=True) if state is InterviewState.OPEN]
        with ThreadPoolExecutor(PLACES) as pool:
            list(pool.map(lambda tenant: _to_the_end(it, tenant), let_in))
        done, over, thrown_out = _found(it)
    show(
        [
            bar("quota done", done, "interviews", PLACES, 0, ratio=abs(PLACES - done)),
            bar("quota over", over, "interviews", 0, 0, ratio=over),
            bar("quota thrown out after eligibility", thrown_out, "interviews", 0, 0, ratio=thrown_out),
            bar("quota boundary, all fifty", boundary * 1000, "ms", 0, None),
        ]
    )


def _on_the_line(it: Floor) -> list[Tenant]:
    """A tenant for each interviewer, one answer short of being eligible."""
    keys = sealing.create(Path(it.server.folder) / "bench-keys")
    rows = [Household(id=f"Q{rank}", mobile=f"06 39 98 00 {rank:02}") for rank in range(SEATS)]
    with it.engine.begin() as db:
        wave = a_wave(db, keys, NOW, households=[rows], objective=PLACES)
        seats = []
        for rank in range(SEATS):
            user_id = an_interviewer(db, NOW - timedelta(days=1), waves=[wave], login=f"te{rank}")
            held = taking.take_next_case(db, user_id, NOW)
            assert isinstance(held, Held)
            number, dial_id = attempts.usable_numbers(db, held.household_id)[0], a_dial_that(Fate.PERSON)
            dialling.dial(db, user_id, number, dial_id=dial_id, keys=keys, now=NOW)
            at = NOW + timedelta(seconds=20)
            interview_id = dialling.answer(db, user_id, dial_id, request=uuid4(), now=at)
            tenant = Tenant(db=db, user_id=user_id, interview_id=interview_id, now=at)
            for question in ("INT1", "INT2", "INT3"):
                tenant.says(question, 1)
            seats.append(tenant)
    return seats


def _all_at_once(it: Floor, seats: list[Tenant]) -> list[InterviewState]:
    start = Barrier(SEATS)

    def lets_in(tenant: Tenant) -> InterviewState:
        with it.engine.begin() as db:
            start.wait()
            replace(tenant, db=db).says("INT4", 1)
            state = select(interviews.c.state).where(interviews.c.id == tenant.interview_id)
            return InterviewState(db.execute(state).scalar_one())

    with ThreadPoolExecutor(SEATS) as pool:
        return list(pool.map(lets_in, seats))


def _to_the_end(it: Floor, tenant: Tenant) -> None:
    with it.engine.begin() as db:
        replace(tenant, db=db).answers_on()


def _found(it: Floor) -> tuple[int, int, int]:
    """Interviews done, places taken beyond the target, interviews let in that did not reach their end."""
    with it.engine.begin() as db:
        counts = db.execute(
            select(func.sum(quota_cells.c.done), func.sum(quota_cells.c.reserved + quota_cells.c.promised))
        ).one()
        complete = select(func.count()).where(interviews.c.state == InterviewState.COMPLETE)
        let_in = select(func.count()).where(interviews.c.eligible_at.is_not(None))
        finished, eligible = db.scalar(complete) or 0, db.scalar(let_in) or 0
    return finished, max(0, counts[0] + counts[1] - PLACES), eligible - finished


if __name__ == "__main__":
    main()
