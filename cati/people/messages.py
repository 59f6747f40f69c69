"""SQL of what supervisors tell interviewers: sent, read, expired. The text stands here and nowhere else."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, or_, select, text
from sqlalchemy.dialects.postgresql import insert as upsert

from cati.people.tables import message_reads, messages

LONGEST = 280  #: signs of a message: read at a glance, in mid-call


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A message as the list of supervisors shows it."""

    id: int
    text: str
    sender: str
    to: str | None  #: None: the whole floor
    sent_at: datetime
    until: datetime
    readers: Sequence[str]  #: who said that they read it, by name
    unread: int  #: of those it is for and who are signed in, how many have not read it


def add(db: Connection, said: str, *, by: int, to: int | None, now: datetime, until: datetime) -> int:
    """Send a message to one interviewer, or to all of them; returns its id."""
    values = {"text": said, "sent_by": by, "to_user_id": to, "sent_at": now, "until": until}
    added: int = db.execute(insert(messages).values(**values).returning(messages.c.id)).scalar_one()
    return added


def mark_read(db: Connection, message_id: int, user_id: int, now: datetime) -> None:
    """The person has read the message; once is enough, and somebody else's message stays unread."""
    mine = or_(messages.c.to_user_id.is_(None), messages.c.to_user_id == user_id)
    reader = select(messages.c.id, text(":me"), text(":now")).where(messages.c.id == message_id, mine)
    added = upsert(message_reads).from_select(["message_id", "user_id", "read_at"], reader)
    db.execute(added.on_conflict_do_nothing(), {"me": user_id, "now": now})


_SENT = text(
    """
    select m.id, m.text, s.display_name as sender, t.display_name as "to", m.sent_at, m.until,
      coalesce((select array_agg(u.display_name order by u.sort_key)
                from message_reads r join users u on u.id = r.user_id where r.message_id = m.id), '{}') as readers,
      (select count(*) from users u
        where u.role = 'interviewer' and (m.to_user_id is null or u.id = m.to_user_id)
          and exists (select from sessions e where e.user_id = u.id and e.ended_at is null and e.expires_at > :now)
          and not exists (select from message_reads r where r.message_id = m.id and r.user_id = u.id)) as unread
    from messages m join users s on s.id = m.sent_by left join users t on t.id = m.to_user_id
    where m.sent_at > :since
    order by m.sent_at desc, m.id desc limit :most
    """
)


def sent(db: Connection, since: datetime, now: datetime, most: int = 50) -> list[Sent]:
    """The messages sent since then, the newest first, with who has read them."""
    rows = db.execute(_SENT, {"since": since, "now": now, "most": most})
    return [Sent(**row._mapping) for row in rows]
