"""What a guest is shown: where he stands in his visit, and the screen that was written for him."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, text

from cati.database import restrict
from cati.interviews import listening
from cati.interviews.rules import ListeningEnd
from cati.interviews.tables import observed_screens
from cati.observation import store
from cati.observation.rules import hears, opens
from cati.observation.store import Seat, Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestPage:
    """A guest in his visit. `interview_id` never leaves the server."""

    seat: Seat
    visit: Visit
    on: bool  #: it has begun, and is not over
    hears: frozenset[int]
    bailleurs: Sequence[str]  #: the names of those
    interview_id: int | None  #: that he listens to now
    last_end: ListeningEnd | None  #: why the last one ended for him


def guest_page(db: Connection, user_id: int, now: datetime) -> GuestPage | None:
    """Where this guest stands; None when no visit is open for him."""
    seat = store.seat_of(db, user_id)
    if seat is None or not opens(seat.invitation, now):
        return None
    visit = store.visit(db, seat.visit_id)
    whose = hears(visit.scope, visit.concerned, seat.own)
    reason = db.execute(_LAST, {"me": user_id, "visit": visit.id}).scalar_one_or_none()
    return GuestPage(
        seat=seat,
        visit=visit,
        on=visit.starts_at <= now < visit.ends_at,
        hears=whose,
        bailleurs=db.execute(_NAMES, {"ids": list(whose)}).scalars().all(),
        interview_id=listening.listened_by(db, user_id),
        last_end=ListeningEnd(reason) if reason else None,
    )


def seen(db: Connection, user_id: int, interview_id: int, shown: str) -> Mapping[str, Any] | None:
    """The screen as it was written for those admitted; None once he is not.

    `db` is of the observers' role, which reads nothing without the pass `shown`.
    """
    restrict(db, shown)
    row = observed_screens.c
    query = select(row.screen).where(row.interview_id == interview_id, row.admitted.any_() == user_id)
    found: Mapping[str, Any] | None = db.execute(query).scalar_one_or_none()
    return found


_LAST = text(
    """
    select l.ended_reason from listeners l where l.user_id = :me and l.visit_id = :visit and l.ended_at is not null
    order by l.id desc limit 1
    """
)

_NAMES = text("select name from bailleurs where id = any(:ids) order by sort_key, id")
