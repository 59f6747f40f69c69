"""The histories of a wave's cases as they were known at a moment, alike ones together: what outcome rates are made of.

A wave of 38,000 cases has a few thousand different histories: the database puts the same ones together, the rules then
read each of them once. Only what a statement cannot tell in a word is read case by case (`rates_exact`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Row, bindparam, text

from cati.cases.rules import AttemptFact, Direction, Disposition, InterviewState, RefusalKind
from cati.database import UtcDateTime


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """Cases that nothing tells apart for the rates, and how many they are; `case_id` of one that must be looked at."""

    bailleur_id: int
    qpv: bool | None
    interviewer_id: int | None  #: whose attempts these are, where they are told by interviewer
    released: bool
    not_callable: str | None
    interview_state: InterviewState | None  #: only what is final in it: complete, invalidated, withdrawn
    surplus: bool
    ever_eligible: bool
    numbers_left: bool
    opposed: bool
    behind_full_cell: bool
    history: tuple[AttemptFact, ...]
    case_id: int | None  #: None: nothing more is to be known
    interview_id: (
        int | None
    )  #: of a case whose interview has begun and is not complete: it may be a partial one
    exact: bool  #: its dates matter: a coding was corrected, or the case was opened again
    often_called: bool  #: so often that the caps may be reached
    cases: int


def of_cases(
    db: Connection, wave_id: int, at: datetime, *, most_attempts: int, most_dials: int
) -> Iterator[Alike]:
    """Every case of the wave. From `most_attempts`, or `most_dials` to one number, the caps are to be looked at."""
    asked = {"wave": wave_id, "at": at, "most_attempts": most_attempts, "most_dials": most_dials}
    return map(_alike, db.execute(_OF_CASES, asked))


def of_interviewers(db: Connection, wave_id: int, at: datetime) -> Iterator[Alike]:
    """Every case of the wave once for each interviewer who handled it, with his attempts alone.

    An interview is his who was at it when it became complete.
    """
    return map(_alike, db.execute(_OF_INTERVIEWERS, {"wave": wave_id, "at": at}))


#: Attempts that reached nobody: what a case came to is told by them only when one is the last. (A test holds the rules
#: to it; and this is what makes most histories alike.)
IN_VAIN = (Disposition.NO_ANSWER, Disposition.BUSY, Disposition.ANSWERING_MACHINE, Disposition.WRONG_NUMBER)

_IN_VAIN = "a.disposition in (" + ", ".join(f"'{each}'" for each in IN_VAIN) + ")"

#: One attempt in a word: its disposition, then marks for a hard refusal, a call of the tenant's own, a day of return.
_WORD = f"""
  a.disposition || case when a.refusal_kind = '{RefusalKind.HARD}' then '!' else '' end
  || case when a.direction = '{Direction.INBOUND}' then '<' else '' end
  || case when a.return_on is not null then '~' else '' end
"""

#: The words of a case's attempts, oldest first; of those in vain, the last attempt's own.
_WORDS = f"""
  coalesce(string_agg({_WORD}, ' ' order by a.opened_at, a.id) filter (where not {_IN_VAIN}), '') as reached,
  array_agg(case when {_IN_VAIN} then a.disposition end order by a.opened_at, a.id) as vain
"""
_HISTORY = "concat_ws(' ', s.reached, s.vain[cardinality(s.vain)])"

#: What was known of an interview: its last verdict by then, and whether its answers were erased by then.
_INTERVIEWS = """
  select i.case_id, i.id, i.completed_at, i.surplus, i.first_eligible_at <= :at as ever_eligible,
    i.started_at <= :at as begun, i.completed_at <= :at as complete, v.verdict = 'invalidated' as invalidated,
    case when i.state = 'withdrawn' then (
      select min(l.at) from audit_log l
      where l.object_type = 'interview' and l.object_id = i.id::text and l.action = 'interview.erased') <= :at
    end as withdrawn
  from interviews i
  left join (
    select distinct on (interview_id) interview_id, verdict from validations
    where decided_at <= :at order by interview_id, id desc
  ) v on v.interview_id = i.id
  where i.wave_id = :wave and i.opened_at <= :at
"""

#: Numbers heard to be wrong or dead, when last, and when the tenant called from one himself, which proves it is not.
PROVED = f"""
  select phone_id, max(wrong_at) filter (where wrong_at <= :at) as wrong_at,
    max(rang_at) filter (where rang_at <= :at) as rang_at
  from (
    select phone_id, ended_at as wrong_at, null::timestamptz as rang_at
    from dials where heard = '{Disposition.WRONG_NUMBER}'
    union all
    select d.phone_id, null, d.placed_at
    from attempts a join dials d on d.attempt_id = a.id where a.direction = '{Direction.INBOUND}'
  ) told group by phone_id
"""

#: Of a number `p` with what proves it `n` and its opposition `o`. A number dead without any dial came so with its file.
DEAD = """
  (case when n.wrong_at is null then p.status = 'dead' and n.phone_id is null
        else n.wrong_at > coalesce(n.rang_at, '-infinity') end)
"""
OPPOSED = "coalesce(o.said_at <= :at and (o.lifted_at is null or o.lifted_at > :at), false)"

#: Attempts of which a supervisor had corrected the coding by then.
_CORRECTED = """
  select a.case_id from disposition_corrections k join attempts a on a.id = k.attempt_id where k.corrected_at <= :at
"""

_STATE = f"""
  case when i.withdrawn then '{InterviewState.WITHDRAWN}' when i.invalidated then '{InterviewState.INVALIDATED}'
       when i.complete then '{InterviewState.COMPLETE}' end
"""

_OPEN = "(coalesce(i.begun, false) and not coalesce(i.complete or i.withdrawn or i.invalidated, false))"

_GROUPED = """
  select k.*, count(*) as cases
  from (select bailleur_id, qpv, interviewer_id, released, not_callable, interview_state, surplus, ever_eligible,
          numbers_left, opposed, behind_full_cell, history, exact, often_called,
          case when open or exact or often_called then case_id end as case_id,
          case when open then interview_id end as interview_id
        from told) k
  group by bailleur_id, qpv, interviewer_id, released, not_callable, interview_state, surplus, ever_eligible,
    numbers_left, opposed, behind_full_cell, history, exact, often_called, case_id, interview_id
"""

_OF_CASES = text(
    f"""
    with said as (
      select a.case_id, count(*) as attempts, {_WORDS}
      from attempts a join cases c on c.id = a.case_id
      where c.wave_id = :wave and a.closed_at <= :at and a.disposition <> '{Disposition.NOT_PLACED}'
      group by a.case_id
    ), begun as ({_INTERVIEWS}
    ), proved as ({PROVED}
    ), numbers as (
      select p.household_id, bool_and({DEAD} or {OPPOSED}) as none_left, bool_or({OPPOSED}) as opposed
      from phones p
      join households h on h.id = p.household_id and h.wave_id = :wave
      left join proved n on n.phone_id = p.id
      left join oppositions o on o.phone_hmac = p.phone_hmac
      group by p.household_id
    ), spent as (
      select distinct p.household_id from phones p join (
        select phone_id from dials where placed_at <= :at group by phone_id having count(*) >= :most_dials
      ) d on d.phone_id = p.id
    ), told as (
      select c.id as case_id, i.id as interview_id, h.bailleur_id, h.qpv, null::bigint as interviewer_id,
        c.state <> 'unreleased' and coalesce(p.opened_at <= :at, false) as released, h.not_callable,
        {_STATE} as interview_state, coalesce(i.surplus and i.complete, false) as surplus,
        coalesce(i.ever_eligible, false) as ever_eligible, not coalesce(n.none_left, true) as numbers_left,
        coalesce(n.opposed, false) as opposed,
        c.state = 'closed' and c.close_reason = 'quota_full' and c.since <= :at as behind_full_cell,
        {_HISTORY} as history, {_OPEN} as open, c.reopened_at is not null or c.id in ({_CORRECTED}) as exact,
        coalesce(s.attempts >= :most_attempts, false) or h.id in (select household_id from spent) as often_called
      from cases c
      join households h on h.id = c.household_id
      join wave_bailleurs p on p.wave_id = h.wave_id and p.bailleur_id = h.bailleur_id
      left join said s on s.case_id = c.id
      left join begun i on i.case_id = c.id
      left join numbers n on n.household_id = h.id
      where c.wave_id = :wave and h.created_at <= :at
    )
    {_GROUPED}
    """
).bindparams(bindparam("at", type_=UtcDateTime))

_OF_INTERVIEWERS = text(
    f"""
    with begun as ({_INTERVIEWS}
    ), said as (
      select a.case_id, a.interviewer_id, {_WORDS},
        bool_or(i.completed_at between a.opened_at and a.closed_at) as his
      from attempts a
      join cases c on c.id = a.case_id
      left join begun i on i.case_id = a.case_id
      where c.wave_id = :wave and a.closed_at <= :at and a.disposition <> '{Disposition.NOT_PLACED}'
      group by a.case_id, a.interviewer_id
    ), told as (
      select c.id as case_id, i.id as interview_id, h.bailleur_id, h.qpv, s.interviewer_id, true as released,
        null::text as not_callable,
        case when s.his and i.complete then
          case when i.invalidated then '{InterviewState.INVALIDATED}' else '{InterviewState.COMPLETE}' end
        end as interview_state,
        coalesce(i.surplus and i.complete and s.his, false) as surplus,
        coalesce(i.ever_eligible, false) as ever_eligible, true as numbers_left, false as opposed,
        false as behind_full_cell, {_HISTORY} as history, {_OPEN} as open,
        c.reopened_at is not null or c.id in ({_CORRECTED}) as exact, false as often_called
      from said s
      join cases c on c.id = s.case_id
      join households h on h.id = c.household_id
      left join begun i on i.case_id = c.id
    )
    {_GROUPED}
    """
).bindparams(bindparam("at", type_=UtcDateTime))


def _alike(row: Row[Any]) -> Alike:
    state = row.interview_state
    return Alike(
        bailleur_id=row.bailleur_id,
        qpv=row.qpv,
        interviewer_id=row.interviewer_id,
        released=row.released,
        not_callable=row.not_callable,
        interview_state=InterviewState(state) if state else None,
        surplus=row.surplus,
        ever_eligible=row.ever_eligible,
        numbers_left=row.numbers_left,
        opposed=row.opposed,
        behind_full_cell=row.behind_full_cell,
        history=_history(row.history),
        case_id=row.case_id,
        interview_id=row.interview_id,
        exact=row.exact,
        often_called=row.often_called,
        cases=row.cases,
    )


_WHENEVER = datetime(2000, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=50_000)
def _history(words: str) -> tuple[AttemptFact, ...]:
    return tuple(_attempt(word) for word in words.split())


@lru_cache(maxsize=1000)
def _attempt(word: str) -> AttemptFact:
    """The attempt of a word. Its dates are not told: no rule that is asked of it reads them."""
    return AttemptFact(
        attempt_id=0,
        interviewer_id=0,
        disposition=Disposition(word.rstrip("!<~")),
        opened_at=_WHENEVER,
        closed_at=_WHENEVER,
        refusal_kind=RefusalKind.HARD if "!" in word else None,
        direction=Direction.INBOUND if "<" in word else Direction.OUTBOUND,
        return_on=_WHENEVER.date() if "~" in word else None,
    )
