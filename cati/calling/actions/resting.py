"""A household spoken to in one study is left in peace by the others for a while, and comes back by itself."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from cati.calling.caseref import CaseRef
from cati.calling.store import resting as store
from cati.cases.rules import WaitReason
from cati.scheduling import store as scheduling
from cati.scheduling.rules import Protocol, Wait, next_open, rests_until


def remember(db: Connection, case: CaseRef, now: datetime) -> None:
    """Log the attempt just closed; the cases of other waves at this household wait until it has rested."""
    if not store.log_contact(db, case.household_id):
        return
    for other in store.neighbours(db, case.household_id, case.wave_id):
        protocol = scheduling.protocol_now(db, other.wave_id, now)
        until = rests_until(protocol.rest, store.contacted_elsewhere(db, other.household_id), now)
        if until is not None:
            store.leave_in_peace(db, other.case_id, until)


def rested(
    db: Connection, case: CaseRef, wait: Wait, protocol: Protocol, *, begun: bool, now: datetime
) -> Wait:
    """The same wait, not before the household has rested from another study.

    What the tenant asked for himself, an appointment or the rest of an interview he began, is not put off.
    """
    if begun or wait.reason not in _OURS:
        return wait
    until = rests_until(protocol.rest, store.contacted_elsewhere(db, case.household_id), now)
    if until is None:
        return wait
    calendar = scheduling.calendar(db, case.calendar_id, case.wave_id)
    due = next_open(protocol, calendar, max(until, wait.due_at))
    return replace(wait, due_at=due, earliest_at=None, rests_until=until)


def rest_fresh(db: Connection, wave_id: int, now: datetime) -> int:
    """Let the wave's households never called yet rest as its protocol says; returns how many do."""
    if scheduling.version_in_force(db, wave_id) is None:
        return 0
    return store.rest_fresh(db, wave_id, scheduling.protocol(db, wave_id).rest, now)


#: Calls that we decide on; a callback was told by a third person.
_OURS = frozenset({WaitReason.FRESH, WaitReason.RETRY, WaitReason.CONVERSION, WaitReason.CALLBACK})
