"""SQL that changes attempts and their dials, and reads a case's history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from cati.cases.rules import (
    AttemptFact,
    DialFact,
    Direction,
    Disposition,
    LineOutcome,
    RefusalBy,
    RefusalKind,
    reached_network,
)
from cati.cases.tables import attempts, case_queue, dials
from cati.database import constraint_of
from cati.errors import AttemptAlreadyClosed, NumberBusyElsewhere
from cati.sample.rules import NumberStatus
from cati.sample.tables import phones


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    """One number called; live until `ended_at`."""

    id: UUID
    attempt_id: int
    phone_id: int
    placed_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    line_outcome: LineOutcome | None
    heard: Disposition | None
    call_no: int | None


def open_attempt(
    db: Connection, case_id: int, user_id: int, now: datetime, direction: Direction = Direction.OUTBOUND
) -> int:
    """The interviewer's open attempt at this case, made if there is none; returns its id.

    Another interviewer's attempt left open by a dead workstation is closed first, as what its dials came to.
    """
    abandoned = db.execute(
        select(attempts.c.id, attempts.c.interviewer_id).where(
            attempts.c.case_id == case_id, attempts.c.closed_at.is_(None)
        )
    ).one_or_none()
    if abandoned is not None and abandoned.interviewer_id == user_id:
        return int(abandoned.id)
    if abandoned is not None:
        _abandon(db, abandoned.id, now)
    opened: int = db.execute(
        insert(attempts)
        .values(case_id=case_id, interviewer_id=user_id, direction=direction, opened_at=now)
        .returning(attempts.c.id)
    ).scalar_one()
    return opened


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """What the closing screen says of an attempt."""

    disposition: Disposition
    refusal_by: RefusalBy | None = None
    refusal_kind: RefusalKind | None = None
    reason: str | None = None
    return_on: date | None = None
    note: str | None = None


def close_attempt(db: Connection, attempt_id: int, closing: Closing, now: datetime) -> None:
    """Close the attempt, once: raises AttemptAlreadyClosed otherwise."""
    closed = db.execute(
        update(attempts)
        .where(attempts.c.id == attempt_id, attempts.c.closed_at.is_(None))
        .values(
            closed_at=now,
            disposition=closing.disposition,
            refusal_by=closing.refusal_by,
            refusal_kind=closing.refusal_kind,
            reason=closing.reason,
            return_on=closing.return_on,
            note=closing.note,
        )
    ).rowcount
    if not closed:
        raise AttemptAlreadyClosed(attempt=attempt_id)


def close_abandoned(db: Connection, case_id: int, now: datetime) -> None:
    """Close the attempt that a dead workstation or a dropped call left open, whosever it is, as what it came to."""
    left = select(attempts.c.id).where(attempts.c.case_id == case_id, attempts.c.closed_at.is_(None))
    attempt_id: int | None = db.scalar(left)
    if attempt_id is not None:
        _abandon(db, attempt_id, now)


def is_inbound(db: Connection, case_id: int) -> bool:
    """Whether the attempt now open at this case is a call of the tenant's own."""
    inbound = (attempts.c.direction == Direction.INBOUND) & attempts.c.closed_at.is_(None)
    return db.execute(select(attempts.c.id).where(attempts.c.case_id == case_id, inbound)).first() is not None


def open_attempt_of(db: Connection, case_id: int) -> int | None:
    """The attempt now open at this case: its holder's, or, while nobody holds it, the one left open."""
    holder = select(case_queue.c.lease_by).where(case_queue.c.case_id == case_id).scalar_subquery()
    return db.execute(
        select(attempts.c.id).where(
            attempts.c.case_id == case_id,
            attempts.c.closed_at.is_(None),
            attempts.c.interviewer_id == func.coalesce(holder, attempts.c.interviewer_id),
        )
    ).scalar_one_or_none()


def place_dial(db: Connection, attempt_id: int, phone_id: int, dial_id: UUID, now: datetime) -> Dial:
    """Write that this number is dialled now; the line is told after commit.

    Raises NumberBusyElsewhere while another dial to the same number is live, in whatever case.
    """
    number = db.execute(select(phones.c.phone_hmac).where(phones.c.id == phone_id)).scalar_one()
    try:
        row = db.execute(
            insert(dials)
            .values(id=dial_id, attempt_id=attempt_id, phone_id=phone_id, phone_hmac=number, placed_at=now)
            .returning(dials)
        ).one()
    except IntegrityError as error:
        if constraint_of(error) == "uq_dials_live_number":
            raise NumberBusyElsewhere from error
        raise
    return _dial(row)


def dial(db: Connection, dial_id: UUID) -> Dial | None:
    """A dial by its id, or None when it was never placed."""
    row = db.execute(select(dials).where(dials.c.id == dial_id)).one_or_none()
    return None if row is None else _dial(row)


def dials_of(db: Connection, attempt_id: int) -> list[Dial]:
    """The dials of an attempt, oldest first."""
    rows = db.execute(select(dials).where(dials.c.attempt_id == attempt_id).order_by(dials.c.placed_at))
    return [_dial(row) for row in rows]


def answer_dial(db: Connection, dial_id: UUID, case_id: int, at: datetime) -> int:
    """A person answered; returns the rank of this call within the case. The same dial twice counts once."""
    answered_before = (
        select(func.count() + 1)
        .select_from(dials.alias("d").join(attempts, attempts.c.id == text("d.attempt_id")))
        .where(attempts.c.case_id == case_id, text("d.call_no is not null"))
        .scalar_subquery()
    )
    call_no = db.execute(
        update(dials)
        .where(dials.c.id == dial_id, dials.c.call_no.is_(None))
        .values(answered_at=at, call_no=answered_before)
        .returning(dials.c.call_no)
    ).scalar_one_or_none()
    if call_no is None:
        call_no = db.execute(select(dials.c.call_no).where(dials.c.id == dial_id)).scalar_one()
    return int(call_no)


def end_dial(
    db: Connection,
    dial_id: UUID,
    at: datetime,
    *,
    line_outcome: LineOutcome | None = None,
    heard: Disposition | None = None,
) -> None:
    """The line is down; what was heard may be told later. Ending an ended dial only adds what was heard."""
    db.execute(
        update(dials)
        .where(dials.c.id == dial_id)
        .values(
            ended_at=func.coalesce(dials.c.ended_at, at),
            line_outcome=func.coalesce(dials.c.line_outcome, line_outcome),
            heard=func.coalesce(heard, dials.c.heard),
        )
    )


def lose_dials(
    db: Connection, now: datetime, *, ringing_since: datetime, talking_since: datetime
) -> Sequence[UUID]:
    """End as lost the live dials placed before `ringing_since` that nobody answered, or answered before
    `talking_since`; returns them. One statement: a dial answered meanwhile goes on.
    """
    unanswered = dials.c.answered_at.is_(None) & (dials.c.placed_at <= ringing_since)
    lost = (
        update(dials)
        .where(dials.c.ended_at.is_(None), unanswered | (dials.c.answered_at <= talking_since))
        .values(ended_at=now, line_outcome=LineOutcome.LOST)
    )
    return db.execute(lost.returning(dials.c.id)).scalars().all()


def mark_number(db: Connection, phone_id: int, status: NumberStatus) -> None:
    """A number heard to be dead, or opposed. An opposed number stays so, whatever is heard at it."""
    db.execute(
        update(phones)
        .where(phones.c.id == phone_id, phones.c.status != NumberStatus.OPPOSED)
        .values(status=status)
    )


def usable_numbers(db: Connection, household_id: int) -> list[int]:
    """The numbers of the household that may be dialled, in their order."""
    return list(
        db.execute(
            select(phones.c.id)
            .where(phones.c.household_id == household_id, phones.c.status == NumberStatus.USABLE)
            .order_by(phones.c.rank)
        ).scalars()
    )


#: The attempts of a case with their dials as JSON, corrections included: one statement.
_HISTORY = text(
    """
    select a.id, a.interviewer_id, coalesce(k.disposition, a.disposition) as disposition, a.opened_at, a.closed_at,
      a.direction, a.refusal_kind, a.return_on,
      (select ap.at from appointments ap where ap.case_id = a.case_id and ap.made_at between a.opened_at and a.closed_at
       order by ap.made_at desc limit 1) as appointment_at,
      coalesce((select jsonb_agg(jsonb_build_object('phone', d.phone_id, 'at', d.placed_at, 'rank', p.rank,
         'answered', d.answered_at is not null, 'outcome', d.line_outcome) order by d.placed_at)
       from dials d join phones p on p.id = d.phone_id where d.attempt_id = a.id), '[]'::jsonb) as dials
    from attempts a
    left join lateral (select disposition from disposition_corrections k where k.attempt_id = a.id
                       order by corrected_at desc, id desc limit 1) k on true
    where a.case_id = :case and a.closed_at is not null
    order by a.opened_at, a.id
    """
)


def history(db: Connection, case_id: int) -> tuple[AttemptFact, ...]:
    """The closed attempts of a case as they read after corrections, oldest first."""
    return tuple(_attempt(row) for row in db.execute(_HISTORY, {"case": case_id}))


def _abandon(db: Connection, attempt_id: int, now: datetime) -> None:
    """Close an attempt that its interviewer cannot close any more: its live dials are lost with it."""
    lost = update(dials).where(dials.c.attempt_id == attempt_id, dials.c.ended_at.is_(None))
    db.execute(lost.values(ended_at=now, line_outcome=LineOutcome.LOST))
    made = dials_of(db, attempt_id)
    heard = [each.heard for each in made if each.heard not in {None, Disposition.WRONG_NUMBER}]
    said = Disposition.BREAK_OFF if any(each.call_no and not each.heard for each in made) else None
    disposition = said or (heard or [Disposition.NO_ANSWER])[-1]
    close_attempt(db, attempt_id, Closing(disposition=disposition, reason="poste interrompu"), now)


def _dial(row: Row[Any]) -> Dial:
    return Dial(
        id=row.id,
        attempt_id=row.attempt_id,
        phone_id=row.phone_id,
        placed_at=row.placed_at,
        answered_at=row.answered_at,
        ended_at=row.ended_at,
        line_outcome=LineOutcome(row.line_outcome) if row.line_outcome else None,
        heard=Disposition(row.heard) if row.heard else None,
        call_no=row.call_no,
    )


def _attempt(row: Row[Any]) -> AttemptFact:
    return AttemptFact(
        attempt_id=row.id,
        interviewer_id=row.interviewer_id,
        disposition=Disposition(row.disposition),
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        direction=Direction(row.direction),
        refusal_kind=RefusalKind(row.refusal_kind) if row.refusal_kind else None,
        appointment_at=row.appointment_at,
        return_on=row.return_on,
        dials=tuple(_dial_fact(dial) for dial in row.dials),
    )


def _dial_fact(dial: dict[str, Any]) -> DialFact:
    outcome = LineOutcome(dial["outcome"]) if dial["outcome"] else None
    return DialFact(
        phone_id=dial["phone"],
        placed_at=datetime.fromisoformat(dial["at"]),
        number_rank=dial["rank"],
        reached_network=reached_network(outcome, answered=dial["answered"]),
        answered=dial["answered"],
        line_outcome=outcome,
    )
