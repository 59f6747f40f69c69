"""What time alone brings about: leases that ran out, lines that never ended, appointments missed, places given back.

Each function does a little in one short transaction and is repeated by the housekeeping process.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from cati.calling.actions import dialling, settling
from cati.calling.caseref import CaseRef
from cati.calling.store import sweeping as store
from cati.cases.rules import Disposition, InterviewState, LineOutcome
from cati.cases.store import attempts, queue
from cati.cases.store.attempts import Closing
from cati.cases.store.queue import Held
from cati.interviews import store as interviews
from cati.interviews.rules import UNDER_WAY
from cati.people import store as people
from cati.people.rules import StationState
from cati.quotas import store as quotas
from cati.quotas.rules import PlaceState
from cati.scheduling import store as scheduling

#: A line that rings is given up long before; one that talks for three hours has lost its end.
RINGS_AT_MOST = timedelta(minutes=2)
TALKS_AT_MOST = timedelta(hours=3)


def sweep_leases(db: Connection, now: datetime) -> int:
    """Bring back the cases whose holder gave no sign of life; returns how many.

    Nothing dialled: as it was. An interview complete: closed as such. A call up or an interview begun: interrupted,
    first to the same interviewer. All are locked before the first changes: counters come last.
    """
    expired = [_expired(db, *each, now) for each in store.expired_leases(db, now)]
    swept = [held for held in expired if held is not None]
    for held, holder_id in swept:
        _sweep(db, held, holder_id, now)
    return len(swept)


def sweep_lease(db: Connection, case_id: int, holder_id: int, now: datetime) -> bool:
    """Bring this case back at once if its holder gave no sign of life; False when he did. The caller has it locked."""
    held = queue.lock_held(db, case_id, holder_id)
    if held is None or held.lease_until > now:
        return False
    _sweep(db, held, holder_id, now)
    return True


def sweep_dials(db: Connection, now: datetime) -> int:
    """End as lost the dials that live longer than any call; the number may be dialled again. Returns how many."""
    lost = attempts.lose_dials(db, now, ringing_since=now - RINGS_AT_MOST, talking_since=now - TALKS_AT_MOST)
    return len(lost)


def sweep_appointments(db: Connection, wave_id: int, now: datetime) -> int:
    """Move the firm appointments that nobody kept to the next permitted day; returns how many."""
    protocol = scheduling.protocol_now(db, wave_id, now)
    before = now - timedelta(minutes=protocol.holding.missed_minutes)
    missed = [case for case in store.waiting_firm(db, wave_id, before) if _is_free(db, case.case_id)]
    return sum(settling.miss(db, case, now) for case in missed)


def sweep_places(db: Connection, wave_id: int, now: datetime) -> int:
    """Free the places of interviews suspended too long without an appointment; returns how many."""
    protocol = scheduling.protocol_now(db, wave_id, now)
    before = now - timedelta(hours=protocol.holding.suspended_hours)
    stale = [each for each in store.suspended_holding_places(db, wave_id, before) if _is_free(db, each[0])]
    for case_id, interview_id in stale:
        queue.set_holds_place(db, case_id, False)
        quotas.move_place(db, interview_id, PlaceState.RELEASED, now, "suspended too long")
    return len(stale)


def open_waves(db: Connection) -> Sequence[int]:
    """The waves that have something to sweep."""
    return store.open_wave_ids(db)


def _is_free(db: Connection, case_id: int) -> bool:
    """Whether nobody holds the case, nor takes it or changes its interview until the end of the transaction."""
    locked = store.lock_interview(db, case_id)
    return queue.lock_free(db, case_id) and store.interview_of(db, case_id) == locked


def _expired(db: Connection, case_id: int, holder_id: int, now: datetime) -> tuple[Held, int] | None:
    """The case, locked, if its lease is still the one that ran out and nobody is at it: a request may renew it now.

    A sweep waits for nobody, and so stands in nobody's way for long: what is busy is looked at again next time.
    """
    locked = store.lock_interview(db, case_id)
    held = queue.lock_held(db, case_id, holder_id, wait=False)
    if held is None or held.lease_until > now or store.interview_of(db, case_id) != locked:
        return None
    return held, holder_id


def _sweep(db: Connection, held: Held, holder_id: int, now: datetime) -> None:
    people.set_station(db, holder_id, StationState.AWAY, now)
    attempt_id = attempts.open_attempt_of(db, held.case_id)
    interview = interviews.of_case(db, held.case_id)
    if attempt_id is None:
        queue.end_lease(db, held.case_id)
    elif interview is not None and interview.state in _SAID:
        _close(db, held, attempt_id, _SAID[interview.state], now)
    elif _is_over(db, attempt_id):
        dialling.close_as_heard(db, CaseRef.of(held), attempt_id, now)
    else:
        if interview is not None and interview.state in UNDER_WAY:
            interviews.set_state(db, interview.id, InterviewState.SUSPENDED, now)
        protocol = scheduling.protocol_now(db, held.wave_id, now)
        opens = now + timedelta(minutes=protocol.holding.interrupted_minutes)
        queue.interrupt(db, held.case_id, holder_id, opens, now)


#: What a call came to before anybody said so on the closing screen: nobody is called again for that.
_SAID = {
    InterviewState.COMPLETE: Disposition.COMPLETE,
    InterviewState.QUOTA_FULL: Disposition.QUOTA_FULL,
}


def _close(db: Connection, held: Held, attempt_id: int, disposition: Disposition, now: datetime) -> None:
    made = attempts.dials_of(db, attempt_id)
    for each in made:
        attempts.end_dial(db, each.id, now, line_outcome=LineOutcome.LOST)
    attempts.close_attempt(db, attempt_id, Closing(disposition=disposition), now)
    settling.settle(db, CaseRef.of(held), now)


def _is_over(db: Connection, attempt_id: int) -> bool:
    """Whether every dial of the attempt reached nobody: it only lacked its last key."""
    dials = attempts.dials_of(db, attempt_id)
    return bool(dials) and all(each.heard is not None for each in dials)
