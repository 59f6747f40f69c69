"""SQL of interviews that go on with another version of their questionnaire: many at once, each with its event."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, bindparam, select, text

from cati.database import UtcDateTime
from cati.interviews.rules import UNDER_WAY
from cati.interviews.tables import interviews, listeners
from cati.questionnaire.rotation import DRAWN


def lock_under_way(db: Connection, wave_id: int, questionnaire_id: int) -> int:
    """Wait for the answers being kept to interviews of the wave that have another questionnaire; the next ones wait
    for us. Returns how many there are.

    In the order of their ids: two who lock many do not wait for each other.
    """
    wanted = (
        interviews.c.wave_id == wave_id,
        interviews.c.state.in_(sorted(UNDER_WAY)),
        interviews.c.questionnaire_id != questionnaire_id,
    )
    locked = select(interviews.c.id).where(*wanted).order_by(interviews.c.id)
    # Not the key: whoever writes a row that refers to an interview (a quota place, a listener) need not wait.
    return len(db.execute(locked.with_for_update(key_share=True)).all())


def move(
    db: Connection,
    interview_ids: Collection[int],
    questionnaire_id: int,
    *,
    request: UUID,
    by: int,
    now: datetime,
) -> None:
    """These interviews go on with this questionnaire: one statement.

    Every screen shown before is stale. Answers stay as they are, each with the version it was given under; orders stay
    drawn with the version that the interview began with.
    """
    moved = {"ids": sorted(interview_ids), "to": questionnaire_id, "request": request, "me": by, "now": now}
    db.execute(_MOVE, moved)


def listened(db: Connection, interview_ids: Collection[int]) -> list[int]:
    """Those of them that somebody listens to now."""
    now_on = (listeners.c.interview_id.in_(interview_ids), listeners.c.ended_at.is_(None))
    return list(db.scalars(select(listeners.c.interview_id).where(*now_on).distinct()))


_MOVE = text(
    f"""
    with moved as (
      update interviews i
      set questionnaire_id = :to, seq = i.seq + 1, changed_seq = i.seq + 1,
        facts = jsonb_build_object('{DRAWN}', q.version) || i.facts
      from questionnaires q
      where q.id = i.questionnaire_id and i.id = any(:ids)
      returning i.id, i.seq
    )
    insert into answer_events (interview_id, seq, kind, request, part, questionnaire_id, by, at)
    select m.id, m.seq, 'migrated', :request, 0, :to, :me, :now from moved m
    """
).bindparams(bindparam("now", type_=UtcDateTime))
