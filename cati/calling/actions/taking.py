"""Take the next case: the right household, held by nobody else, in a cell that still wants it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from cati.audit import store as audit
from cati.calling.store import taking as store
from cati.calling.store.taking import Moment, Picked, Shift
from cati.cases.store import queue
from cati.cases.store.queue import Held
from cati.interviews import store as interviews
from cati.people import store as people
from cati.people.rules import StationState
from cati.quotas import store as quotas
from cati.quotas.rules import PlaceState
from cati.scheduling import store as scheduling
from cati.scheduling.rules import Calendar, Protocol, next_open, open_calendars

#: A desk without a sign of life for this long is an empty chair (three heartbeats).
GONE = timedelta(minutes=1)

_MOST_FULL_CELLS = 60  # passed over before giving up: more cells than one wave has full in the same second


@dataclass(frozen=True, slots=True, kw_only=True)
class NothingDue:
    """No case may be called now; `next_at` is when the first one is due, if any waits."""

    assigned: bool  #: False when the interviewer calls for no open wave today
    next_at: datetime | None = None


def take_next_case(db: Connection, user_id: int, now: datetime) -> Held | NothingDue:
    """Hold the next case for this interviewer. The case already held is given again: two tabs hold one case."""
    shifts = store.shifts(db, user_id, now)
    held = queue.held_by(db, user_id)
    if held is not None:
        return held
    for shift in _passes(shifts):
        taken = _take_of_wave(db, shift, user_id, now, store.take)
        if taken is not None:
            return taken
    for shift in shifts:  # nobody sits idle for a preference
        taken = _take_of_wave(db, shift, user_id, now, store.take_sooner)
        if taken is not None:
            return taken
    return NothingDue(assigned=bool(shifts), next_at=_next_at(db, shifts, user_id, now))


def open_card(db: Connection, user_id: int, held: Held, now: datetime) -> None:
    """The interviewer is about to read who lives there: audited, in the transaction that gave him the case."""
    people.set_station(db, user_id, StationState.ON_CASE, now)
    audit.write(
        db,
        now=now,
        user_id=user_id,
        action="identity.read",
        object_type="case",
        object_id=held.case_id,
        purpose="call",
    )


def _passes(shifts: Sequence[Shift]) -> list[Shift]:
    """What comes first does so over all waves: one step after the other, in each."""
    if len(shifts) == 1:
        return list(shifts)
    return [shift.only_up_to(step) for step in range(1, store.REST + 1) for shift in shifts]


_Pick = Callable[[Connection, Shift, int, Moment, Sequence[int]], Picked | None]


def _take_of_wave(db: Connection, shift: Shift, user_id: int, now: datetime, pick: _Pick) -> Held | None:
    protocol = scheduling.protocol(db, shift.wave_id, shift.protocol_version)
    moment = _moment(protocol, shift.calendars, now)
    full: list[int] = []
    while len(full) < _MOST_FULL_CELLS:
        picked = pick(db, shift, user_id, moment, full)
        if picked is None:
            return None
        if _admitted(db, picked, protocol, now):
            return picked.held
        queue.end_lease(db, picked.held.case_id)
        full.append(picked.held.cell_id or 0)
    return None


def _next_at(db: Connection, shifts: Sequence[Shift], user_id: int, now: datetime) -> datetime | None:
    """When it is worth asking again: a case comes due, or the households may be called again."""
    if not shifts:
        return None
    due = store.next_due(db, [shift.wave_id for shift in shifts], user_id, now)
    opens = [
        next_open(scheduling.protocol(db, shift.wave_id, shift.protocol_version), calendar, now)
        for shift in shifts
        for calendar in shift.calendars
    ]
    return min((at for at in (due, *opens) if at is not None and at > now), default=None)


def _moment(protocol: Protocol, calendars: Sequence[Calendar], now: datetime) -> Moment:
    holding = protocol.holding
    return Moment(
        now=now,
        until=now + protocol.lease,
        open=open_calendars(protocol, calendars, now),
        first=open_calendars(protocol, calendars, now, first=True),
        late=open_calendars(protocol, calendars, now, appointment=True),
        quiet=timedelta(minutes=holding.owner_quiet_minutes),
        gone=now - GONE,
    )


def _admitted(db: Connection, picked: Picked, protocol: Protocol, now: datetime) -> bool:
    """The queue's flag is a hint, the counters are the truth: whether this case may be called after all."""
    if picked.held.holds_place:
        return True
    if picked.fresh:
        most = protocol.holding.fresh_ratio * picked.places_left
        return not picked.paused and picked.in_hand < most
    waits = interviews.awaits_place(db, picked.held.case_id)
    if waits is None or picked.held.cell_id is None:
        return picked.places_left > 0
    return _reserve_again(db, picked.held, waits, now)


def _reserve_again(db: Connection, held: Held, interview_id: int, now: datetime) -> bool:
    """An interview once eligible whose place was freed takes one again before anybody is called."""
    if held.cell_id is None or not quotas.take_place(
        db, interview_id, held.cell_id, PlaceState.RESERVED, now
    ):
        return False
    queue.set_holds_place(db, held.case_id, True)
    return True
