"""SQL that reads what leaves: versions, bailleurs, interviews in short batches. No contact, no number, no remark."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, func, select, text
from sqlalchemy.dialects.postgresql import JSON

from cati.cases.rules import Direction, InterviewState, LineOutcome, reached_network
from cati.cases.tables import attempts, cases, dials
from cati.errors import NotFound
from cati.exports.rules.facts import Call
from cati.interviews.rules import Verdict
from cati.interviews.tables import answers, interviews, validations
from cati.questionnaire.model import Answer, State
from cati.questionnaire.route import AnswerKey
from cati.sample.tables import households
from cati.surveys.tables import bailleurs, questionnaires, wave_bailleurs, waves

BATCH = 500  # interviews read by one statement: some 40,000 answers, a fraction of a second


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An interview as it is stored, with all that its row is worked out from."""

    export_id: UUID
    case_id: int
    questionnaire_id: int
    interviewer_id: int
    state: InterviewState
    surplus: bool
    observed: bool
    language: str | None  #: None: the questionnaire's own
    facts: Mapping[str, Any]
    sample: Mapping[str, Any]
    qpv: bool | None
    bailleur: str
    call_no: int  #: of the introduction that counts: the one that made it eligible
    started_at: datetime | None
    ended_at: datetime | None
    answers: Mapping[AnswerKey, Answer]
    calls: tuple[Call, ...]
    attempts: int  #: in which a telephone may have rung, or the tenant called


def wave(db: Connection, wave_id: int) -> Row[Any]:
    """The row of `waves`; NotFound when there is none."""
    found = db.execute(select(waves).where(waves.c.id == wave_id)).one_or_none()
    if found is None:
        raise NotFound(wave=wave_id)
    return found


def versions(db: Connection, current: int | None, begun_with: Collection[int]) -> Sequence[Row[Any]]:
    """The questionnaires to describe: the wave's `current` one, then those interviews began with, newest first."""
    query = (
        select(questionnaires)
        .where(questionnaires.c.id.in_({*begun_with, *([current] if current else [])}))
        .order_by(
            (questionnaires.c.id == current).desc(),
            questionnaires.c.published_at.desc(),
            questionnaires.c.id.desc(),
        )
    )
    return db.execute(query).all()


def bailleur_names(db: Connection, wave_id: int) -> dict[int | str, str]:
    """The code and name of every bailleur of the wave, by code."""
    query = (
        select(bailleurs.c.code, bailleurs.c.name)
        .join(wave_bailleurs, wave_bailleurs.c.bailleur_id == bailleurs.c.id)
        .where(wave_bailleurs.c.wave_id == wave_id)
        .order_by(bailleurs.c.code)
    )
    return {row.code: row.name for row in db.execute(query)}


def kept(
    db: Connection,
    wave_id: int,
    states: Collection[InterviewState],
    *,
    validated_only: bool = False,
    with_surplus: bool = False,
    batch: int = BATCH,
) -> Iterator[Kept]:
    """The interviews of the wave in these states, by `export_id`: an order that tells nothing of the field.

    `validated_only`: those alone whose last verdict of quality control is that they are valid. Interviews beyond their
    quota belong to no sample of it: only `with_surplus`.
    """
    wanted = _exported(wave_id, states) & _VALIDATED if validated_only else _exported(wave_id, states)
    if not with_surplus:
        wanted &= ~interviews.c.surplus
    last: UUID | None = None
    while True:
        query = _KEPT.where(wanted).order_by(interviews.c.export_id).limit(batch)
        rows = db.execute(query if last is None else query.where(interviews.c.export_id > last)).all()
        yield from map(_kept, rows)
        if len(rows) < batch:
            return
        last = rows[-1].export_id


def _exported(wave_id: int, states: Collection[InterviewState]) -> ColumnElement[bool]:
    return (interviews.c.wave_id == wave_id) & interviews.c.state.in_(sorted(states))


#: The last verdict counts; an interview that nobody pronounced upon has none.
_VALIDATED = (
    select(validations.c.verdict)
    .where(validations.c.interview_id == interviews.c.id)
    .order_by(validations.c.id.desc())
    .limit(1)
    .correlate(interviews)
    .scalar_subquery()
) == Verdict.VALIDATED

_ANSWERS = (
    select(
        func.json_agg(
            func.json_build_array(answers.c.question, answers.c.iteration, answers.c.state, answers.c.value)
        )
    )
    .where(answers.c.interview_id == interviews.c.id)
    .correlate(interviews)
    .scalar_subquery()
)

#: One line a dial, or one for an attempt without any.
_DIALS = (
    select(
        func.json_agg(
            func.json_build_array(
                attempts.c.id,
                attempts.c.direction,
                dials.c.call_no,
                func.extract("epoch", dials.c.answered_at),
                func.extract("epoch", dials.c.ended_at),
                dials.c.line_outcome,
                dials.c.id.is_not(None),
            )
        )
    )
    .select_from(attempts.outerjoin(dials, dials.c.attempt_id == attempts.c.id))
    .where(attempts.c.case_id == interviews.c.case_id)
    .correlate(interviews)
    .scalar_subquery()
)

_NONE = text("'[]'::json")

_KEPT = (
    select(
        interviews,
        households.c.qpv,
        households.c.sample,
        bailleurs.c.code.label("bailleur"),
        func.coalesce(interviews.c.eligible_call, interviews.c.call_no).label("intro_call"),
        func.coalesce(_ANSWERS, _NONE, type_=JSON).label("answers"),
        func.coalesce(_DIALS, _NONE, type_=JSON).label("dials"),
    )
    .join(cases, cases.c.id == interviews.c.case_id)
    .join(households, households.c.id == cases.c.household_id)
    .join(bailleurs, bailleurs.c.id == interviews.c.bailleur_id)
)


def _kept(row: Row[Any]) -> Kept:
    return Kept(
        export_id=row.export_id,
        case_id=row.case_id,
        questionnaire_id=row.questionnaire_id,
        interviewer_id=row.interviewer_id,
        state=InterviewState(row.state),
        surplus=row.surplus,
        observed=row.observed,
        language=row.language,
        facts=row.facts,
        sample={**row.sample, "qpv": row.qpv},
        qpv=row.qpv,
        bailleur=row.bailleur,
        call_no=row.intro_call,
        started_at=row.started_at,
        ended_at=row.completed_at or row.suspended_at,
        answers={(question, time): _answer(state, value) for question, time, state, value in row.answers},
        calls=tuple(_calls(row.dials)),
        attempts=_attempts(row.dials),
    )


def _answer(state: str, value: Any) -> Answer:
    # Most answers are one of a few: shared, they are neither made nor kept eight hundred thousand times.
    return Answer(State(state), value) if isinstance(value, list) else _shared(state, value)


@lru_cache(maxsize=4096, typed=True)  # typed: True is not 1
def _shared(state: str, value: bool | int | str | None) -> Answer:
    return Answer(State(state), value)


def _calls(lines: Sequence[Sequence[Any]]) -> Iterator[Call]:
    for attempt_id, _, call_no, answered, ended, _, _ in lines:
        if call_no is not None:
            until = None if ended is None else datetime.fromtimestamp(ended, UTC)
            since = datetime.fromtimestamp(answered, UTC)
            yield Call(attempt_id=attempt_id, call_no=call_no, answered_at=since, ended_at=until)


def _attempts(lines: Sequence[Sequence[Any]]) -> int:
    """Attempts in which a telephone may have rung, and calls of the tenant's own."""
    counted = set()
    for attempt_id, direction, _, answered, _, outcome, is_dial in lines:
        told = LineOutcome(outcome) if outcome else None
        rang = is_dial and reached_network(told, answered=answered is not None)
        if rang or direction == Direction.INBOUND:
            counted.add(attempt_id)
    return len(counted)
