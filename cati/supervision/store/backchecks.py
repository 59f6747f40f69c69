"""SQL of the interviews that are called back to be checked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, func, insert, select, text, update

from cati.interviews.rules import BackcheckResult
from cati.interviews.tables import backchecks

#: The question whose « Oui » (code 1) lets a supervisor call back; a questionnaire without it draws nobody.
AGREES = "M3"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A completed interview, with what the draw goes by."""

    id: int
    export_id: UUID
    interviewer_id: int
    completed_at: datetime
    counts: bool  #: still complete: an invalidated one is no interview done any more
    agreed: bool
    drawn: bool  #: and checked, or still to be: one erased before gives way to another


_CANDIDATES = text(
    """
    select i.id, i.export_id, i.interviewer_id, i.completed_at, i.state = 'complete' as counts,
      coalesce(m.value = '1'::jsonb, false) as agreed,
      b.id is not null and (i.state <> 'withdrawn' or b.result is not null) as drawn
    from interviews i
    join cases c on c.id = i.case_id and c.state = 'closed'
    left join answers m on m.interview_id = i.id and m.question = :agrees and m.iteration = ''
    left join backchecks b on b.interview_id = i.id
    where i.completed_at >= :since and (i.state = 'complete' or b.id is not null)
    order by i.interviewer_id, i.id
    """
)


def one_drawer_at_a_time(db: Connection) -> None:
    """Two draws at once would each add what the other adds: the second waits for the first to commit."""
    db.execute(select(func.pg_advisory_xact_lock(func.hashtext("cati back-checks"))))


def candidates(db: Connection, since: datetime) -> list[Candidate]:
    """The interviews completed since then."""
    rows = db.execute(_CANDIDATES, {"agrees": AGREES, "since": since})
    return [Candidate(**row._mapping) for row in rows]


def add(db: Connection, interview_ids: Sequence[int], now: datetime) -> None:
    """These interviews are to be called back."""
    if interview_ids:
        db.execute(insert(backchecks), [{"interview_id": one, "drawn_at": now} for one in interview_ids])


@dataclass(frozen=True, slots=True, kw_only=True)
class Backcheck:
    """A back-check, locked."""

    id: int
    case_id: int
    result: BackcheckResult | None
    note: str | None
    done_by: int | None
    withdrawn: bool  #: its answers were erased: nobody calls there any more


_LOCKED = text(
    """
    select b.id, i.case_id, b.result, b.note, b.done_by, i.state = 'withdrawn' as withdrawn
    from backchecks b join interviews i on i.id = b.interview_id
    where b.id = :backcheck for update of b
    """
)


def lock(db: Connection, backcheck_id: int) -> Backcheck | None:
    """The back-check, for somebody who works on it; None when there is none."""
    row = db.execute(_LOCKED, {"backcheck": backcheck_id}).one_or_none()
    if row is None:
        return None
    return Backcheck(**{**row._mapping, "result": BackcheckResult(row.result) if row.result else None})


def count_call(db: Connection, backcheck_id: int, now: datetime) -> None:
    """One more call made for it."""
    changed = update(backchecks).where(backchecks.c.id == backcheck_id)
    db.execute(changed.values(calls=backchecks.c.calls + 1, last_called_at=now))


def end(
    db: Connection, backcheck_id: int, result: BackcheckResult, note: str, *, by: int, now: datetime
) -> None:
    """What the back-check found."""
    changed = update(backchecks).where(backchecks.c.id == backcheck_id)
    db.execute(changed.values(result=result, note=note or None, done_by=by, done_at=now))
