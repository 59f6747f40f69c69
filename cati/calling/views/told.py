"""What an interviewer is told at his desk, beside his work: who listens, a message, his call for help, when he leaves.

One statement, and no identity of a tenant. It is read for the whole desk, for the stream and for the heartbeat: never
for the question that follows an answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2s
from typing import Any

from sqlalchemy import Connection, Row, text

from cati.people.watches import LOST_AFTER


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A visit may hear tenants of these bailleurs now, at this desk too unless its interviewer declined."""

    id: int
    bailleurs: str  #: their names, with commas
    declined: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """The newest message not read yet."""

    id: int
    text: str
    sender: str
    sent_at: datetime
    others: int  #: older ones not read either


@dataclass(frozen=True, slots=True, kw_only=True)
class Help:
    """His open call for help."""

    asked_at: datetime
    answered_by: str | None  #: who sees to it


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """He is to be signed out at the end of the call in hand."""

    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Everything of it at one moment."""

    clients: Sequence[str] = ()  #: organisations that listen to the interview in hand now
    watchers: Sequence[str] = ()  #: supervisors who look at his screen now
    visits: Sequence[Visit] = ()
    message: Message | None = None
    help: Help | None = None
    leaving: Leaving | None = None
    signed_out: bool = False  #: none of his sessions is open any more

    @property
    def version(self) -> str:
        """The same for the same news: a heartbeat brings it back, and is told what is new only."""
        return blake2s(repr(self).encode(), digest_size=6).hexdigest()


_TOLD = text(
    """
    select
      (select array_agg(distinct coalesce(o.organisation, v.display_name))
       from case_queue q join interviews i on i.case_id = q.case_id
       join listeners l on l.interview_id = i.id and l.ended_at is null
       join users v on v.id = l.user_id left join observer_scopes o on o.user_id = l.user_id
       where q.lease_by = :me) as clients,
      (select array_agg(s.display_name order by w.started_at)
       from watches w join users s on s.id = w.watched_by
       where w.user_id = :me and w.ended_at is null and w.seen_at > :alive) as watchers,
      (select jsonb_agg(x order by x.id) from (
         select wb.visit_id as id, string_agg(distinct b.name, ', ') as bailleurs,
           exists (select from declined_visits d where d.visit_id = wb.visit_id and d.user_id = :me) as declined
         from wave_bailleurs wb join bailleurs b on b.id = wb.bailleur_id
         where wb.visit_id is not null and wb.visit_from <= :now and wb.visit_until > :now
           and exists (select from assignments a where a.user_id = :me and a.wave_id = wb.wave_id
                       and a.starts_at <= :now and (a.ends_at is null or a.ends_at > :now))
         group by wb.visit_id) x) as visits,
      m.id as message_id, m.text, m.sender, m.sent_at, m.others,
      h.asked_at, h.answered_by,
      boss.display_name as leaving_by, s.sign_out_reason,
      not exists (select from sessions e where e.user_id = :me and e.ended_at is null) as signed_out
    from (select) as one
    left join stations s on s.user_id = :me
    left join users boss on boss.id = s.sign_out_by
    left join lateral (
      select m.id, m.text, u.display_name as sender, m.sent_at, count(*) over () - 1 as others
      from messages m join users u on u.id = m.sent_by
      where m.until > :now and (m.to_user_id is null or m.to_user_id = :me)
        and not exists (select from message_reads r where r.message_id = m.id and r.user_id = :me)
        and (m.to_user_id is not null
             or m.sent_at >= (select min(e.created_at) from sessions e where e.user_id = :me and e.ended_at is null))
      order by m.sent_at desc, m.id desc limit 1
    ) m on true
    left join lateral (
      select c.asked_at, u.display_name as answered_by
      from help_calls c left join users u on u.id = c.answered_by where c.user_id = :me and c.closed_at is null
    ) h on true
    """
)


def told(db: Connection, user_id: int, now: datetime) -> Told:
    """What this interviewer is told now. A message to all is not for those who sat down after it was sent."""
    row = db.execute(_TOLD, {"me": user_id, "now": now, "alive": now - LOST_AFTER}).one()
    return Told(
        clients=tuple(row.clients or ()),
        watchers=tuple(row.watchers or ()),
        visits=tuple(Visit(**each) for each in row.visits or ()),
        message=_message(row),
        help=Help(asked_at=row.asked_at, answered_by=row.answered_by) if row.asked_at else None,
        leaving=Leaving(by=row.leaving_by, reason=row.sign_out_reason or "") if row.leaving_by else None,
        signed_out=row.signed_out,
    )


def _message(row: Row[Any]) -> Message | None:
    if row.message_id is None:
        return None
    return Message(
        id=row.message_id, text=row.text, sender=row.sender, sent_at=row.sent_at, others=row.others
    )
