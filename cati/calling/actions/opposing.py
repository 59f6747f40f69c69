"""Somebody never wants to be called again, in any study; only the dpo takes that back."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection

from cati.audit import store as audit
from cati.calling.actions import settling
from cati.calling.caseref import CaseRef
from cati.calling.holding import in_order
from cati.calling.store import opposing as store
from cati.cases.rules import Outcome
from cati.cases.store import queue


def oppose_household(
    db: Connection, household_id: int, user_id: int, now: datetime, *, spared: int | None = None
) -> int:
    """No number of the household is ever called again; returns how many open cases that closed.

    `spared` is the case in hand, which its own closing settles. Others that somebody holds end when he is done.
    """
    return _oppose(db, store.numbers_of(db, household_id), user_id, now, spared)


def oppose_number(db: Connection, number: bytes, user_id: int, now: datetime) -> int:
    """This number, by its keyed hash, and all others of the households that have it; returns how many cases closed.

    Whoever calls may be in no sample at all: the number is then refused in every file to come.
    """
    closed = _oppose(db, store.with_their_households(db, number), user_id, now, None)
    audit.write(
        db,
        now=now,
        user_id=user_id,
        action="opposition",
        object_type="number",
        object_id=number.hex(),
        details={"cases_closed": closed},
    )
    return closed


def is_opposed(db: Connection, number: bytes) -> bool:
    """Whether this number, by its keyed hash, is never to be called."""
    return store.is_opposed(db, number)


def lift(db: Connection, numbers: Collection[bytes], reason: str, *, by: int, now: datetime) -> int:
    """The dpo takes an opposition back, for a reason in writing; returns how many numbers may be dialled again.

    Cases that it closed stay closed: whether they are called is for the next file to say.
    """
    lifted = store.lift(db, numbers, by, reason, now)
    for number in lifted:
        audit.write(
            db,
            now=now,
            user_id=by,
            action="opposition.lifted",
            object_type="number",
            object_id=number.hex(),
            purpose=reason,
        )
    return len(lifted)


def _oppose(
    db: Connection, numbers: Collection[bytes], user_id: int, now: datetime, spared: int | None
) -> int:
    store.add(db, numbers, user_id, now)
    left = [case for case in store.unreachable(db, numbers) if case.case_id != spared]
    free = [case for case in left if _is_free(db, case)]
    for case in free:  # all are locked before the first changes: counters come last
        settling.close_as(db, case, Outcome.OPPOSITION, now)
    return len(free)


def _is_free(db: Connection, case: CaseRef) -> bool:
    """Lock the case; False when somebody holds it."""
    _, holder_id = in_order(db, case.case_id, lambda: queue.lock(db, case.case_id))
    return holder_id is None
