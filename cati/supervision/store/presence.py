"""SQL of who sits at the desks, and who is to leave."""

from datetime import datetime

from sqlalchemy import Connection, text

from cati.people.leaving import Request

_SIGNED_IN = text(
    """
    select u.id from users u
    where u.role = 'interviewer'
      and exists (select from sessions s where s.user_id = u.id and s.ended_at is null and s.expires_at > :now)
    order by u.id
    """
)

#: Locked, so that two sweeps, or a sweep and a closing, do it once; who is busy is looked at again next time.
_TO_LEAVE = text(
    """
    select s.user_id, s.sign_out_by, s.sign_out_reason from stations s
    where s.sign_out_by is not null and not exists (select from case_queue q where q.lease_by = s.user_id)
    order by s.user_id for update of s skip locked
    """
)


def signed_in(db: Connection, now: datetime) -> list[int]:
    """The interviewers who have a session open."""
    return list(db.execute(_SIGNED_IN, {"now": now}).scalars())


def to_leave(db: Connection) -> list[tuple[int, Request]]:
    """Who is to be signed out and has nothing in hand any more."""
    rows = db.execute(_TO_LEAVE)
    return [(row.user_id, Request(row.sign_out_by, row.sign_out_reason or "")) for row in rows]
