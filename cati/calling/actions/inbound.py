"""A tenant calls by himself: his case is found by his number, and he is heard, thanked, or passed to who has his case.

Nobody is disturbed by it: hours of calling, caps, paused and full cells do not matter. Found a full cell, the interview
is heard to the end and kept as surplus.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from cati.audit import store as audit
from cati.calling.actions import dialling, sweeping
from cati.calling.actions.settling import RESUMABLE
from cati.calling.holding import in_order
from cati.calling.store import inbound as store
from cati.calling.store import opposing, taking
from cati.calling.store.inbound import Caller
from cati.cases.rules import Direction, InterviewState, OwnCall, on_own_call
from cati.cases.store import attempts, queue
from cati.errors import Conflict, NotFound
from cati.interviews import store as interviews
from cati.interviews.store import Interview
from cati.people import store as people
from cati.people.rules import StationState
from cati.sample.rules import NumberStatus
from cati.scheduling import store as scheduling


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A number that calls, as an interviewer typed it in; `id` is the request's key: twice the same is one call."""

    id: UUID
    number: bytes  #: keyed hash of the number
    case_id: int | None = None  #: which one, when the number is known to several


@dataclass(frozen=True, slots=True)
class Taken:
    """His case is in this interviewer's hands and he is on the line."""

    case_id: int
    interview_id: int


@dataclass(frozen=True, slots=True)
class Several:
    """The number belongs to several cases: the bailleur tells them apart, nobody's identity does."""

    callers: Sequence[Caller]


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Another interviewer has his case: the call is passed to him."""

    holder: str


@dataclass(frozen=True, slots=True)
class NotHeard:
    """Why nobody is interviewed: what is said to him follows from it."""

    why: OwnCall


@dataclass(frozen=True, slots=True)
class NotBegun:
    """His bailleur's field is not open yet."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """No case of the interviewer's waves has this number."""


Answer = Taken | Several | Elsewhere | NotHeard | NotBegun | Unknown


def take_call(db: Connection, user_id: int, call: Call, now: datetime) -> Answer:
    """Find the case of the number that calls and take it, the tenant on the line. Refused with another case in hand."""
    waves = [shift.wave_id for shift in taking.shifts(db, user_id, now)]
    if (before := _before(db, user_id, call)) is not None:
        return before
    if queue.held_by(db, user_id) is not None:
        raise Conflict("Terminez d’abord le dossier en main, ou passez l’appel à un collègue.")
    found = _who_calls(db, store.callers(db, call.number, waves), call)
    answer = _take(db, user_id, found, call, now) if isinstance(found, Caller) else found
    _audit(db, user_id, call, found, answer, now)
    return answer


def _before(db: Connection, user_id: int, call: Call) -> Taken | None:
    """The same request again: what it did."""
    made, held = attempts.dial(db, call.id), queue.held_by(db, user_id)
    if made is None or held is None or made.attempt_id != attempts.open_attempt_of(db, held.case_id):
        return None
    interview = interviews.of_case(db, held.case_id)
    return Taken(held.case_id, interview.id) if interview is not None else None


def _who_calls(
    db: Connection, callers: Sequence[Caller], call: Call
) -> Caller | Several | NotHeard | Unknown:
    """The one case to look at: of several, those whose tenant would be heard come first."""
    if opposing.is_opposed(db, call.number):
        return NotHeard(OwnCall.OPPOSED)
    if call.case_id is not None:
        chosen = [each for each in callers if each.case_id == call.case_id]
        if not chosen:
            raise NotFound(case=call.case_id)
        return chosen[0]
    heard = [each for each in callers if on_own_call(each.state, each.closed_as) is OwnCall.HEARD]
    look = heard or callers
    if not look:
        return Unknown()
    return look[0] if len(look) == 1 or not heard else Several(look)


def _take(db: Connection, user_id: int, caller: Caller, call: Call, now: datetime) -> Answer:
    """Lock the case, and take it if it is free and its tenant is to be heard. Two who type at once: one gets it."""
    interview, holder_id = in_order(db, caller.case_id, lambda: _lock(db, caller.case_id, now))
    if holder_id is not None and not sweeping.sweep_lease(db, caller.case_id, holder_id, now):
        return Elsewhere(people.get_user(db, holder_id).display_name)
    why = _state_now(db, caller, call)
    if why is not OwnCall.HEARD:
        return NotHeard(why)
    protocol = scheduling.protocol_now(db, caller.wave_id, now)
    if not queue.lease(db, caller.case_id, user_id, now + protocol.lease):
        return NotBegun()
    return _begin(db, user_id, caller, interview, call, now)


def _lock(db: Connection, case_id: int, now: datetime) -> int | None:
    queue.enter(db, case_id, now)
    return queue.lock(db, case_id)


def _state_now(db: Connection, caller: Caller, call: Call) -> OwnCall:
    """Read again under the lock: the case may have been closed meanwhile, or its dead holder's call was complete."""
    again = store.callers(db, call.number, [caller.wave_id])
    stands = next(each for each in again if each.case_id == caller.case_id)
    return on_own_call(stands.state, stands.closed_as)


def _begin(
    db: Connection, user_id: int, caller: Caller, interview: Interview | None, call: Call, now: datetime
) -> Taken:
    """An attempt of the tenant's own with one call, answered; the introduction is asked anew."""
    attempts.close_abandoned(db, caller.case_id, now)
    attempts.mark_number(db, caller.phone_id, NumberStatus.USABLE)  # it calls: it is not dead
    attempt_id = attempts.open_attempt(db, caller.case_id, user_id, now, Direction.INBOUND)
    attempts.place_dial(db, attempt_id, caller.phone_id, call.id, now)
    if interview is not None and interview.state in RESUMABLE:
        interviews.set_state(db, interview.id, InterviewState.SUSPENDED, now)
    interview = interviews.of_case(db, caller.case_id)  # its first call is now this one
    held = queue.held(db, caller.case_id)
    assert held is not None, "its lease was written in this transaction"
    opened = dialling.introduce(db, held, interview, user_id, call.id, request=call.id, at=now, now=now)
    people.set_station(db, user_id, StationState.IN_CALL, now)
    return Taken(caller.case_id, opened)


def _audit(
    db: Connection,
    user_id: int,
    call: Call,
    found: Caller | Several | NotHeard | Unknown,
    answer: Answer,
    now: datetime,
) -> None:
    """What was looked for is kept as the case found, or as the keyed hash of a number that led to none."""
    if isinstance(found, Caller):
        kind, object_id = "case", str(found.case_id)
    else:
        kind, object_id = "number", call.number.hex()
    audit.write(
        db,
        now=now,
        user_id=user_id,
        action="call.inbound",
        object_type=kind,
        object_id=object_id,
        details={"answer": type(answer).__name__},
    )
    if isinstance(answer, Taken):
        _identity_read(db, user_id, answer.case_id, now)


def _identity_read(db: Connection, user_id: int, case_id: int, now: datetime) -> None:
    audit.write(
        db,
        now=now,
        user_id=user_id,
        action="identity.read",
        object_type="case",
        object_id=case_id,
        purpose="inbound call",
    )
