"""SQL of listening: who listens to which interview, what he sees of it, and how it ends.

Whoever begins or ends listening locks the interview first: an answer being kept is waited for, and the next one knows.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Connection, bindparam, exists, select, text, type_coerce, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert

from cati.database import CHANNEL, UtcDateTime, notify
from cati.errors import Conflict
from cati.interviews.loading import LISTENING
from cati.interviews.rules import ListeningEnd
from cati.interviews.tables import declined_visits, interviews, listeners
from cati.people.tables import sessions


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """An observer who listens now."""

    user_id: int
    visit_id: int
    signed_in: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An answer of the introduction of the call under way, and what its screen announced."""

    question: str
    seq: int
    visit_id: int | None
    text_sha256: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """All that opens or closes the gate of an interview besides its answers."""

    listeners: Sequence[Listener]
    visit_id: int | None  #: that is on for the bailleur
    declined: bool  #: by the interviewer
    on_line: bool
    said: Sequence[Said]
    cut_seq: int | None
    danger: bool

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "Listening":
        """As the database tells it."""
        return cls(
            listeners=tuple(
                Listener(user_id=user, visit_id=visit, signed_in=alive)
                for user, visit, alive in told["listeners"]
            ),
            visit_id=told["visit"],
            declined=told["declined"],
            on_line=told["on_line"],
            said=tuple(
                Said(question=question, seq=seq, visit_id=visit, text_sha256=sha256)
                for question, seq, visit, sha256 in told["said"]
            ),
            cut_seq=told["cut"],
            danger=told["danger"],
        )


def of_interview(db: Connection, interview_id: int, now: datetime) -> Listening:
    """The same, whether anybody listens or not."""
    return Listening.of(db.execute(_OF_INTERVIEW, {"wanted": interview_id, "now": now}).scalar_one())


def visit_on(db: Connection, wave_id: int, bailleur_id: int, user_id: int, now: datetime) -> int | None:
    """The visit that this interviewer's introduction announces to a tenant of the bailleur now."""
    place = {"wave": wave_id, "bailleur": bailleur_id, "me": user_id, "now": now}
    return db.execute(_VISIT_ON, place).scalar_one_or_none()


def begin(db: Connection, interview_id: int, user_id: int, visit_id: int, now: datetime) -> None:
    """He listens from now on; the interview, which the caller has locked, counts as observed for good.

    Raises Conflict when he listens already, in another tab.
    """
    row = {"interview_id": interview_id, "user_id": user_id, "visit_id": visit_id}
    added = upsert(listeners).values(**row, started_at=now, seen_at=now).on_conflict_do_nothing()
    if db.execute(added.returning(listeners.c.id)).one_or_none() is None:
        raise Conflict("Vous suivez déjà un entretien.")
    db.execute(update(interviews).where(interviews.c.id == interview_id).values(observed=True))
    _tell(db, interview_id, [visit_id])


def show(db: Connection, interview_id: int, screen: Mapping[str, Any], seq: int, now: datetime) -> None:
    """What those who listen see from now on, and tell their pages: one statement. Nobody listens: nothing."""
    db.execute(
        _SHOW,
        {
            "interview": interview_id,
            "screen": json.dumps(screen, ensure_ascii=False),
            "seq": seq,
            "now": now,
            "channel": CHANNEL,
        },
    )


def end(
    db: Connection,
    interview_id: int,
    reason: ListeningEnd,
    now: datetime,
    *,
    users: Collection[int] | None = None,
) -> int:
    """These users (all, by default) no longer listen to the interview; returns how many did."""
    lock(db, interview_id)
    open_ = (listeners.c.interview_id == interview_id, listeners.c.ended_at.is_(None))
    ended = update(listeners).where(*open_).values(ended_at=now, ended_reason=reason)
    if users is not None:
        ended = ended.where(listeners.c.user_id.in_(users))
    visits = db.execute(ended.returning(listeners.c.visit_id)).scalars().all()
    if visits:
        db.execute(_STILL_ADMITTED, {"interview": interview_id})
        db.execute(_NOBODY_LEFT, {"interview": interview_id})
        _tell(db, interview_id, set(visits))
    return len(visits)


def cut(db: Connection, interview_id: int, by: int, reason: ListeningEnd, now: datetime) -> int:
    """Nobody listens to this call from now on, until the tenant is asked again; returns how many did."""
    lock(db, interview_id)
    db.execute(_CUT, {"interview": interview_id, "by": by, "now": now})
    return end(db, interview_id, reason, now)


def end_of_case(db: Connection, case_id: int, reason: ListeningEnd, now: datetime) -> int:
    """Nobody listens to the interview of the case any more."""
    found = db.execute(select(interviews.c.id).where(interviews.c.case_id == case_id)).scalar_one_or_none()
    return 0 if found is None else end(db, found, reason, now)


def decline(db: Connection, visit_id: int, user_id: int, now: datetime) -> None:
    """This interviewer does not want to be observed during the visit."""
    row = {"visit_id": visit_id, "user_id": user_id, "declined_at": now}
    db.execute(upsert(declined_visits).values(**row).on_conflict_do_nothing())


def listened_in(db: Connection, visit_id: int) -> Sequence[int]:
    """The interviews that somebody of the visit listens to now."""
    query = select(listeners.c.interview_id).where(
        listeners.c.visit_id == visit_id, listeners.c.ended_at.is_(None)
    )
    return db.execute(query.distinct().order_by(listeners.c.interview_id)).scalars().all()


def listened_by(db: Connection, user_id: int) -> int | None:
    """The interview that this observer listens to now."""
    query = select(listeners.c.interview_id).where(
        listeners.c.user_id == user_id, listeners.c.ended_at.is_(None)
    )
    return db.execute(query).scalar_one_or_none()


def beat(db: Connection, user_id: int, now: datetime) -> bool:
    """The page of this observer lives; whether he listens."""
    open_ = (listeners.c.user_id == user_id, listeners.c.ended_at.is_(None))
    return bool(db.execute(update(listeners).where(*open_).values(seen_at=now)).rowcount)


def silent(db: Connection, before: datetime) -> Sequence[tuple[int, int]]:
    """(interview, user) of those who listen on paper: signed out, or their page said nothing since then."""
    live = exists().where(sessions.c.user_id == listeners.c.user_id, sessions.c.ended_at.is_(None))
    query = select(listeners.c.interview_id, listeners.c.user_id).where(
        listeners.c.ended_at.is_(None), (listeners.c.seen_at < before) | ~live
    )
    rows = db.execute(query.order_by(listeners.c.interview_id, listeners.c.user_id))
    return [(row.interview_id, row.user_id) for row in rows]


def recognised(db: Connection, interview_id: int, user_id: int) -> bool:
    """Whether this observer said that he knows the person."""
    query = select(listeners.c.id).where(
        listeners.c.interview_id == interview_id,
        listeners.c.user_id == user_id,
        listeners.c.ended_reason == ListeningEnd.RECOGNISED,
    )
    return db.execute(query.limit(1)).first() is not None


def lock(db: Connection, interview_id: int) -> None:
    """Wait for an answer being kept; the next one waits for us."""
    db.execute(select(interviews.c.id).where(interviews.c.id == interview_id).with_for_update())


def _tell(db: Connection, interview_id: int, visits: Collection[int]) -> None:
    """The observer's page, the interviewer's lamp and the supervisor's list look again."""
    interviewer = db.scalar(select(interviews.c.interviewer_id).where(interviews.c.id == interview_id))
    for topic in (f"interview:{interview_id}", f"desk:{interviewer}", *(f"visit:{one}" for one in visits)):
        notify(db, topic)


_OF_INTERVIEW = select(
    type_coerce(text(LISTENING).bindparams(bindparam("now", type_=UtcDateTime)), JSONB)
).where(interviews.c.id == bindparam("wanted"))

_VISIT_ON = (
    text(
        """
        select p.visit_id from wave_bailleurs p
        where p.wave_id = :wave and p.bailleur_id = :bailleur and p.visit_from <= :now and p.visit_until > :now
          and not exists (select from declined_visits d where d.visit_id = p.visit_id and d.user_id = :me)
        """
    )
    .bindparams(bindparam("now", type_=UtcDateTime))
    .columns(visit_id=BigInteger)
)

_SHOW = text(
    """
    with admitted as (
      select array_agg(l.user_id order by l.user_id) as users, min(l.visit_id) as visit_id
      from listeners l where l.interview_id = :interview and l.ended_at is null
    ), shown as (
      insert into observed_screens (interview_id, bailleur_id, visit_id, seq, screen, admitted, at)
      select i.id, i.bailleur_id, a.visit_id, :seq, cast(:screen as jsonb), a.users, :now
      from interviews i, admitted a where i.id = :interview and a.users is not null
      on conflict (interview_id) do update
        set seq = excluded.seq, screen = excluded.screen, admitted = excluded.admitted, at = excluded.at
      returning interview_id
    )
    select pg_notify(:channel, 'interview:' || s.interview_id) from shown s
    """
).bindparams(bindparam("now", type_=UtcDateTime))

_STILL_ADMITTED = text(
    """
    update observed_screens s set admitted = array(
      select l.user_id from listeners l where l.interview_id = s.interview_id and l.ended_at is null order by 1)
    where s.interview_id = :interview
    """
)

_NOBODY_LEFT = text("delete from observed_screens where interview_id = :interview and admitted = '{}'")

_CUT = text(
    """
    insert into listening_cuts (interview_id, seq, cut_by, cut_at)
    select i.id, i.seq, :by, :now from interviews i where i.id = :interview
    """
).bindparams(bindparam("now", type_=UtcDateTime))
