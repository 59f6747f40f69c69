"""The list of interviews to call back, what one needs before dialling, and how much of whose work was checked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from cati.interviews.rules import BackcheckResult
from cati.sample import views as sample
from cati.sample.rules import NumberStatus
from cati.sealing import Keys

_DONE_SHOWN = timedelta(days=14)
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class BackcheckLine:
    """One interview to be called back, or that was."""

    id: int
    export_id: UUID
    case_id: int
    wave: str
    bailleur: str
    interviewer: str
    completed_at: datetime
    drawn_at: datetime
    calls: int
    last_called_at: datetime | None
    result: BackcheckResult | None
    note: str | None
    done_by: str | None
    done_at: datetime | None
    seconds: float  #: between consent and the last answer
    institute: str
    withdrawn: bool  #: answers erased since: nobody calls there any more


_ROWS = """
    select k.id, i.export_id, i.case_id, w.name as wave, w.institute, b.name as bailleur,
      u.display_name as interviewer, i.completed_at, k.drawn_at, k.calls, k.last_called_at, k.result, k.note,
      d.display_name as done_by, k.done_at, extract(epoch from i.completed_at - i.started_at) as seconds,
      i.state = 'withdrawn' as withdrawn
    from backchecks k
    join interviews i on i.id = k.interview_id
    join waves w on w.id = i.wave_id
    join bailleurs b on b.id = i.bailleur_id
    join users u on u.id = i.interviewer_id
    left join users d on d.id = k.done_by
"""

_LIST = text(
    f"""
    {_ROWS} where k.result is null and i.state <> 'withdrawn' or k.done_at > :since
    order by k.done_at desc nulls first, k.last_called_at nulls first, i.completed_at, k.id
    """
)
_ONE = text(f"{_ROWS} where k.id = :backcheck")


def backchecks(db: Connection, now: datetime) -> tuple[list[BackcheckLine], list[BackcheckLine]]:
    """Those to be called back, the never called first; and those done in the last two weeks, the newest first."""
    lines = [_line(row) for row in db.execute(_LIST, {"since": now - _DONE_SHOWN})]
    return [one for one in lines if one.result is None], [one for one in lines if one.result is not None]


def backcheck(db: Connection, backcheck_id: int) -> BackcheckLine | None:
    """One of them."""
    row = db.execute(_ONE, {"backcheck": backcheck_id}).one_or_none()
    return None if row is None else _line(row)


def _line(row: Row[Any]) -> BackcheckLine:
    return BackcheckLine(
        **{
            **row._mapping,
            "result": BackcheckResult(row.result) if row.result else None,
            "seconds": float(row.seconds),
        }
    )


@dataclass(frozen=True, slots=True)
class BackcheckContact:
    """Who to ask for, and on which numbers: those that may still be called."""

    civility: str
    name: str
    numbers: Sequence[str]  #: E.164


_HOUSEHOLD = text(
    """
    select c.household_id from backchecks k
    join interviews i on i.id = k.interview_id join cases c on c.id = i.case_id where k.id = :backcheck
    """
)


def contact(db: Connection, keys: Keys, backcheck_id: int) -> BackcheckContact:
    """The person and the numbers. Whoever shows them writes the audit first (`open_contact`)."""
    household_id = db.execute(_HOUSEHOLD, {"backcheck": backcheck_id}).scalar_one()
    person = sample.contact_of(db, keys, household_id)
    numbers = sample.numbers_of(db, keys, household_id)
    return BackcheckContact(
        civility=person.civility,
        name=f"{person.first_name} {person.last_name}".strip(),
        numbers=[one.e164 for one in numbers if one.status is NumberStatus.USABLE],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """How much of an interviewer's work of a week was looked at."""

    interviewer: str
    completed: int
    drawn: int
    done: int
    doubtful: int  #: different, or no interview


_CHECKED = text(
    """
    select u.display_name as interviewer,
      count(*) filter (where i.state = 'complete') as completed,
      count(k.id) as drawn, count(k.result) as done,
      count(*) filter (where k.result in ('different', 'no_interview')) as doubtful
    from interviews i
    join users u on u.id = i.interviewer_id
    left join backchecks k on k.interview_id = i.id
    where i.completed_at >= :since and i.state in ('complete', 'invalidated')
    group by u.id order by u.sort_key, u.id
    """
)


def checked(db: Connection, now: datetime) -> list[Checked]:
    """By interviewer, over the last seven days."""
    rows = db.execute(_CHECKED, {"since": now - _WEEK})
    return [Checked(**row._mapping) for row in rows]
