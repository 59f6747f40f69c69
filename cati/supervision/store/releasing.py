"""SQL of a case taken back."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text, update

from cati.cases.store import queue
from cati.cases.tables import case_queue


@dataclass(frozen=True, slots=True, kw_only=True)
class InHand:
    """A case in an interviewer's hands and how far its attempt has come."""

    case_id: int
    holder_id: int
    attempt_id: int | None
    on_the_line: bool  #: a dial is live


_IN_HAND = text(
    """
    select q.case_id, q.lease_by as holder_id, a.id as attempt_id,
      exists (select from dials d where d.attempt_id = a.id and d.ended_at is null) as on_the_line
    from case_queue q left join attempts a on a.case_id = q.case_id and a.closed_at is null
    where q.case_id = :case and q.lease_by is not null
    for update of q
    """
)


def in_hand(db: Connection, case_id: int) -> InHand | None:
    """The case if somebody holds it; its place in the queue is locked, so that his next request waits."""
    row = db.execute(_IN_HAND, {"case": case_id}).one_or_none()
    return None if row is None else InHand(**row._mapping)


def take_back(db: Connection, taken: InHand, now: datetime) -> None:
    """The case is interrupted and anybody's at once, but for the one it was taken from."""
    queue.interrupt(db, taken.case_id, taken.holder_id, now, now)
    db.execute(
        update(case_queue)
        .where(case_queue.c.case_id == taken.case_id)
        .values(owner_id=None, open_to_all_at=None, not_user_id=taken.holder_id)
    )
