"""SQL that changes a case and its place in the queue: release, lease, wait, close."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, select, text, update

from cati.cases.rules import CaseState, Outcome, WaitReason
from cati.cases.tables import case_queue, cases
from cati.errors import CaseTaken
from cati.sample.tables import households


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A case as its holder works on it."""

    case_id: int
    wave_id: int
    household_id: int
    bailleur_id: int
    calendar_id: int
    cell_id: int | None
    holds_place: bool
    state: CaseState
    wait_reason: WaitReason | None
    lease_until: datetime


#: A case for each household of the wave that has none. Callable ones wait unreleased; the others say why they do not.
_OPEN_CASES = text(
    """
    insert into cases (wave_id, household_id, state, close_reason, since)
    select h.wave_id, h.id,
      case when h.not_callable is null then 'unreleased'
           when h.not_callable = 'shared_phone' then 'quarantined' else 'closed' end,
      case h.not_callable when 'no_phone' then 'no_number' when 'opposition' then 'opposition'
        when 'guardianship' then 'tutelle' when 'duplicate' then 'duplicate' when 'qpv_unknown' then 'qpv_unknown' end,
      :now
    from households h left join cases c on c.household_id = h.id
    where h.wave_id = :wave and c.id is null
    order by h.id
    """
)


def open_cases(db: Connection, wave_id: int, now: datetime) -> int:
    """Make the missing cases of a wave's households; returns how many."""
    return db.execute(_OPEN_CASES, {"wave": wave_id, "now": now}).rowcount


#: Unreleased cases of one bailleur enter the queue as fresh, in an order that is theirs alone (a hash of the case).
_RELEASE = text(
    """
    with released as (
      update cases c set state = 'waiting', wait_reason = 'fresh', since = :now
      from households h
      where h.id = c.household_id and c.wave_id = :wave and h.bailleur_id = :bailleur and c.state = 'unreleased'
      returning c.id, h.calendar_id, h.qpv
    )
    insert into case_queue (case_id, wave_id, cell_id, calendar_id, ready, cell_open, holds_place, fresh, step, rank,
                            due_at)
    select r.id, :wave, q.id, r.calendar_id, true, true, false, true, 6,
      (hashint8extended(r.id, 20261) & 2147483647)::float8 / 2147483648, :now
    from released r
    join quota_cells q on q.wave_id = :wave and q.bailleur_id = :bailleur and q.qpv = r.qpv
    on conflict (case_id) do update set ready = true, fresh = true, due_at = excluded.due_at
    """
)


def release(db: Connection, wave_id: int, bailleur_id: int, now: datetime) -> int:
    """Put the bailleur's unreleased cases into the queue; his cells exist. Returns how many."""
    return db.execute(_RELEASE, {"wave": wave_id, "bailleur": bailleur_id, "now": now}).rowcount


_ENTER = text(
    """
    insert into case_queue (case_id, wave_id, cell_id, calendar_id, ready, cell_open, holds_place, fresh, step, rank,
                            due_at)
    select c.id, c.wave_id, q.id, h.calendar_id, false, true, false, true, 6,
      (hashint8extended(c.id, 20261) & 2147483647)::float8 / 2147483648, :now
    from cases c
    join households h on h.id = c.household_id
    join quota_cells q on q.wave_id = c.wave_id and q.bailleur_id = h.bailleur_id and q.qpv = h.qpv
    where c.id = :case
    on conflict (case_id) do nothing
    """
)


def enter(db: Connection, case_id: int, now: datetime) -> None:
    """Give a case its row in the queue, not ready, if it never had one and its bailleur's field is open."""
    db.execute(_ENTER, {"case": case_id, "now": now})


def lock(db: Connection, case_id: int) -> int | None:
    """Lock the case's place in the queue, waiting for whoever is taking it; returns who holds the case, if anybody."""
    queued = select(case_queue.c.lease_by).where(case_queue.c.case_id == case_id)
    holder: int | None = db.execute(queued.with_for_update()).scalar_one_or_none()
    return holder


def lease(db: Connection, case_id: int, user_id: int, until: datetime) -> bool:
    """Put a case into an interviewer's hands; False when somebody holds it, or when it never entered the queue."""
    free = update(case_queue).where(case_queue.c.case_id == case_id, case_queue.c.lease_by.is_(None))
    return bool(db.execute(free.values(lease_by=user_id, lease_until=until, lease_token=uuid4())).rowcount)


def held_by(db: Connection, user_id: int) -> Held | None:
    """The case this interviewer holds, if any (one at a time)."""
    row = db.execute(_HELD.where(case_queue.c.lease_by == user_id)).one_or_none()
    return None if row is None else read_held(row)


def read_held(row: Any) -> Held:
    """The case of a row that has every column of `Held`."""
    return Held(
        case_id=row.case_id,
        wave_id=row.wave_id,
        household_id=row.household_id,
        bailleur_id=row.bailleur_id,
        calendar_id=row.calendar_id,
        cell_id=row.cell_id,
        holds_place=row.holds_place,
        state=CaseState(row.state),
        wait_reason=WaitReason(row.wait_reason) if row.wait_reason else None,
        lease_until=row.lease_until,
    )


def held(db: Connection, case_id: int) -> Held | None:
    """The case as its holder works on it, or None when nobody holds it."""
    query = _HELD.where(case_queue.c.case_id == case_id, case_queue.c.lease_by.is_not(None))
    row = db.execute(query).one_or_none()
    return None if row is None else read_held(row)


def lock_held(db: Connection, case_id: int, user_id: int, *, wait: bool = True) -> Held | None:
    """The case, locked, if this interviewer holds it at this moment: what he does with it then comes one at a time.

    Without `wait` also None when somebody else has it locked.
    """
    query = _HELD.where(case_queue.c.case_id == case_id, case_queue.c.lease_by == user_id)
    row = db.execute(query.with_for_update(of=case_queue, skip_locked=not wait)).one_or_none()
    return None if row is None else read_held(row)


def lock_free(db: Connection, case_id: int) -> bool:
    """Lock the case's place in the queue; False when somebody holds the case, or is taking it at this moment."""
    free = select(case_queue.c.case_id).where(
        case_queue.c.case_id == case_id, case_queue.c.lease_by.is_(None)
    )
    return db.execute(free.with_for_update(skip_locked=True)).one_or_none() is not None


def keep_lease(db: Connection, case_id: int, user_id: int, until: datetime) -> bool:
    """A sign of life of the holder; False when he holds the case no more."""
    kept = update(case_queue).where(case_queue.c.case_id == case_id, case_queue.c.lease_by == user_id)
    return bool(db.execute(kept.values(lease_until=until)).rowcount)


#: Whether the interviewer `:me` may go on with the case of the queue's row `q`: it is his, or it was swept and nobody
#: took it since, and his attempt at it is open. Written out, as it runs at every answer.
MAY_GO_ON = """
  (q.lease_by = :me
   or q.lease_by is null and q.not_user_id is distinct from :me
      and not exists (select from case_queue o where o.lease_by = :me and o.case_id <> q.case_id))
  and exists (select from attempts a where a.case_id = q.case_id and a.interviewer_id = :me and a.closed_at is null)
"""

#: What renewing a lease writes.
RENEWED = "lease_by = :me, lease_until = :until, lease_token = coalesce(q.lease_token, gen_random_uuid())"

_RENEW = text(
    f"update case_queue q set {RENEWED} where q.case_id = :case and {MAY_GO_ON} returning q.holds_place"
)


def renew_lease(db: Connection, case_id: int, user_id: int, until: datetime) -> bool:
    """Prolong the lease of a case whose attempt is under way, or take it back if it was swept and nobody took it since;
    returns whether the case holds a quota place.

    Raises CaseTaken when another interviewer holds the case, when a supervisor took it back, when this one now holds
    another case, or when his attempt is closed.
    """
    renewed = db.execute(_RENEW, {"case": case_id, "me": user_id, "until": until})
    holds_place: bool | None = renewed.scalar_one_or_none()
    if holds_place is None:
        raise CaseTaken(case=case_id)
    return holds_place


def end_lease(db: Connection, case_id: int) -> None:
    """Give the case back to the queue, as it was."""
    db.execute(
        update(case_queue)
        .where(case_queue.c.case_id == case_id)
        .values(lease_by=None, lease_until=None, lease_token=None)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How a case waits in the queue."""

    reason: WaitReason
    due_at: datetime
    step: int
    owner_id: int | None = None
    open_to_all_at: datetime | None = None
    not_user_id: int | None = None
    skill: str | None = None
    earliest_at: datetime | None = None
    rests_until: datetime | None = None


def wait(db: Connection, case_id: int, waiting: Waiting, now: datetime) -> None:
    """The case is not held any more and waits for its time."""
    db.execute(
        update(cases)
        .where(cases.c.id == case_id)
        .values(state=CaseState.WAITING, wait_reason=waiting.reason, close_reason=None, since=now)
    )
    db.execute(
        update(case_queue)
        .where(case_queue.c.case_id == case_id)
        .values(
            ready=True,
            fresh=waiting.reason is WaitReason.FRESH,
            step=waiting.step,
            due_at=waiting.due_at,
            owner_id=waiting.owner_id,
            open_to_all_at=waiting.open_to_all_at,
            not_user_id=waiting.not_user_id,
            skill=waiting.skill,
            earliest_at=waiting.earliest_at,
            rests_until=waiting.rests_until,
            **_NO_LEASE,
        )
    )


def interrupt(db: Connection, case_id: int, owner_id: int, open_to_all_at: datetime, now: datetime) -> None:
    """The holder gave no sign of life in mid-call: his case first to him, to the others from `open_to_all_at`."""
    db.execute(
        update(cases)
        .where(cases.c.id == case_id)
        .values(state=CaseState.INTERRUPTED, wait_reason=None, since=now)
    )
    db.execute(
        update(case_queue)
        .where(case_queue.c.case_id == case_id)
        .values(
            ready=True,
            fresh=False,
            step=1,
            due_at=now,
            owner_id=owner_id,
            open_to_all_at=open_to_all_at,
            earliest_at=None,
            **_NO_LEASE,
        )
    )


def close(db: Connection, case_id: int, reason: Outcome, now: datetime) -> None:
    """The case has its outcome and leaves the queue."""
    db.execute(
        update(cases)
        .where(cases.c.id == case_id)
        .values(state=CaseState.CLOSED, wait_reason=None, close_reason=reason, since=now)
    )
    db.execute(
        update(case_queue)
        .where(case_queue.c.case_id == case_id)
        .values(ready=False, owner_id=None, open_to_all_at=None, not_user_id=None, **_NO_LEASE)
    )


def set_holds_place(db: Connection, case_id: int, holds_place: bool) -> None:
    """Write whether the case's interview holds a quota place: such a case is called even if its cell is closed."""
    db.execute(update(case_queue).where(case_queue.c.case_id == case_id).values(holds_place=holds_place))


def flag_address(db: Connection, case_id: int) -> None:
    """The tenant said that his address is to be corrected: a flag for the supervisor, no text."""
    db.execute(update(cases).where(cases.c.id == case_id).values(address_to_correct=True))


_NO_LEASE: dict[str, None] = {"lease_by": None, "lease_until": None, "lease_token": None}

_HELD = (
    select(
        case_queue.c.case_id,
        case_queue.c.wave_id,
        case_queue.c.calendar_id,
        case_queue.c.cell_id,
        case_queue.c.holds_place,
        case_queue.c.lease_until,
        cases.c.household_id,
        cases.c.state,
        cases.c.wait_reason,
        households.c.bailleur_id,
    )
    .join(cases, cases.c.id == case_queue.c.case_id)
    .join(households, households.c.id == cases.c.household_id)
)
