"""Cases read one by one as they were known at a moment: those whose dates count, and interviews that may be partial."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, text

from cati.calling import scripts
from cati.cases.rules import (
    AttemptFact,
    Correction,
    DialFact,
    Direction,
    Disposition,
    LineOutcome,
    RefusalKind,
    as_known,
    reached_network,
)
from cati.database import UtcDateTime
from cati.questionnaire.model import Answer, State
from cati.questionnaire.rotation import drawn_with
from cati.questionnaire.route import Situation
from cati.supervision.views.rates_histories import DEAD, OPPOSED, PROVED


@dataclass(frozen=True, slots=True, kw_only=True)
class Exact:
    """A case with all that its outcome at that moment depends on."""

    history: tuple[AttemptFact, ...]
    calendar_id: int
    usable: frozenset[int]  #: its numbers neither dead nor opposed
    reopened_at: datetime | None


def exactly(db: Connection, case_ids: Sequence[int], at: datetime) -> dict[int, Exact]:
    """These cases: three statements, whatever their number."""
    asked = {"cases": list(case_ids), "at": at}
    attempts = {row.case_id: [_attempt(*told) for told in row.told] for row in db.execute(_ATTEMPTS, asked)}
    corrections: dict[int, list[Correction]] = defaultdict(list)
    for row in db.execute(_CORRECTIONS, asked):
        corrections[row.case_id].append(_correction(row))
    return {
        row.id: Exact(
            history=as_known(attempts.get(row.id, ()), corrections[row.id], at),
            calendar_id=row.calendar_id,
            usable=frozenset(row.usable or ()),
            reopened_at=row.reopened_at,
        )
        for row in db.execute(_CASES, asked)
    }


def partial_at(db: Connection, interview_ids: Sequence[int], at: datetime) -> dict[int, int]:
    """Those of these interviews that were far enough at that moment to count as partial, and who was at them last."""
    found = {}
    for row in db.execute(_INTERVIEWS, {"interviews": list(interview_ids), "at": at}):
        compiled = scripts.script(db, row.questionnaire_id)
        told = [(question, time, state, value) for question, time, state, value in row.answers if state]
        answers = {(question, time): Answer(State(state), value) for question, time, state, value in told}
        calls = [int(time[1:]) for _, time, _, _ in told if time.startswith("c")]
        situation = Situation(
            sample={**row.sample, "qpv": row.qpv},
            facts=row.facts,
            case_id=row.case_id,
            call_no=max(calls, default=1),
            version=drawn_with(row.facts, compiled.questionnaire.version),
            confirmed=frozenset(row.confirmed),
        )
        if compiled.route(situation, answers).partial:
            found[row.id] = row.last_by
    return found


#: A case opened again more than once keeps only the last time: the time before is in the audit.
_CASES = text(
    f"""
    with proved as ({PROVED}
    ), usable as (
      select p.household_id, array_agg(p.id) as numbers
      from phones p
      join cases c on c.household_id = p.household_id and c.id = any(:cases)
      left join proved n on n.phone_id = p.id
      left join oppositions o on o.phone_hmac = p.phone_hmac
      where not {DEAD} and not {OPPOSED}
      group by p.household_id
    )
    select c.id, h.calendar_id, u.numbers as usable,
      case when c.reopened_at <= :at then c.reopened_at
           when c.reopened_at is not null then (
             select max(l.at) from audit_log l
             where l.object_type = 'case' and l.object_id = c.id::text and l.action = 'case.reopened' and l.at <= :at)
      end as reopened_at
    from cases c
    join households h on h.id = c.household_id
    left join usable u on u.household_id = h.id
    where c.id = any(:cases)
    """
).bindparams(bindparam("at", type_=UtcDateTime))

#: One row a case: what is told as JSON is read several times faster than rows are.
_ATTEMPTS = text(
    """
    select a.case_id, json_agg(json_build_array(a.id, a.interviewer_id, a.disposition, extract(epoch from a.opened_at),
      extract(epoch from a.closed_at), a.direction, a.refusal_kind, a.return_on, d.dials)) as told
    from attempts a
    left join lateral (
      select json_agg(json_build_array(d.phone_id, extract(epoch from d.placed_at), d.answered_at is not null,
                                       d.line_outcome) order by d.placed_at) as dials
      from dials d where d.attempt_id = a.id
    ) d on true
    where a.case_id = any(:cases) and a.closed_at <= :at
    group by a.case_id
    """
).bindparams(bindparam("at", type_=UtcDateTime))

_CORRECTIONS = text(
    """
    select k.id, a.case_id, k.attempt_id, k.corrected_at, k.disposition
    from disposition_corrections k join attempts a on a.id = k.attempt_id
    where a.case_id = any(:cases) and k.corrected_at <= :at
    """
).bindparams(bindparam("at", type_=UtcDateTime))

#: The answers as the events up to then left them. Of one erased since, the events tell no answer any more.
_INTERVIEWS = text(
    """
    select i.id, i.case_id, i.questionnaire_id, i.facts, h.sample, h.qpv, e.answers, e.last_by,
      coalesce((select json_agg(question) from answer_events k
                where k.interview_id = i.id and k.kind = 'confirmed' and k.at <= :at), '[]'::json) as confirmed
    from interviews i
    join cases c on c.id = i.case_id
    join households h on h.id = c.household_id
    join lateral (
      select json_agg(json_build_array(last.question, last.iteration, last.state, last.value)) as answers,
        (array_agg(last.by order by last.seq desc))[1] as last_by
      from (
        select distinct on (question, iteration) question, iteration, state, value, seq, by
        from answer_events where interview_id = i.id and kind = 'answered' and at <= :at
        order by question, iteration, seq desc
      ) last
    ) e on e.answers is not null
    where i.id = any(:interviews)
    order by i.id
    """
).bindparams(bindparam("at", type_=UtcDateTime))


def _attempt(
    attempt_id: int,
    interviewer_id: int,
    disposition: str,
    opened: float,
    closed: float,
    *others: Any,
) -> AttemptFact:
    direction, refusal_kind, return_on, dials = others
    return AttemptFact(
        attempt_id=attempt_id,
        interviewer_id=interviewer_id,
        disposition=Disposition(disposition),
        opened_at=datetime.fromtimestamp(opened, UTC),
        closed_at=datetime.fromtimestamp(closed, UTC),
        direction=Direction(direction),
        refusal_kind=RefusalKind(refusal_kind) if refusal_kind else None,
        return_on=date.fromisoformat(return_on) if return_on else None,
        dials=tuple(_dial(*dial) for dial in dials or ()),
    )


def _dial(phone_id: int, placed: float, answered: bool, outcome: str | None) -> DialFact:
    told = LineOutcome(outcome) if outcome else None
    return DialFact(
        phone_id=phone_id,
        placed_at=datetime.fromtimestamp(placed, UTC),
        reached_network=reached_network(told, answered=answered),
        answered=answered,
        line_outcome=told,
    )


def _correction(row: Row[Any]) -> Correction:
    return Correction(
        correction_id=row.id,
        attempt_id=row.attempt_id,
        at=row.corrected_at,
        disposition=Disposition(row.disposition),
    )
