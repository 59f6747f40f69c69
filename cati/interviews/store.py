"""SQL that opens, loads and saves interviews: answers, their events and the interview's own row in one statement."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    Connection,
    Row,
    Select,
    Uuid,
    bindparam,
    case,
    func,
    insert,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by

from cati.cases.rules import InterviewState
from cati.cases.tables import attempts, cases, dials
from cati.errors import NotFound
from cati.events import CHANGES_ANSWERS, EventKind
from cati.interviews.tables import answer_events, answers, dangers, interviews
from cati.questionnaire.model import Answer, State
from cati.sample.tables import households
from cati.surveys.tables import bailleurs, wave_bailleurs, waves


@dataclass(frozen=True, slots=True, kw_only=True)
class Interview:
    """An interview as it stands, with all that its route is computed from."""

    id: int
    case_id: int
    household_id: int
    wave_id: int
    bailleur_id: int
    questionnaire_id: int
    state: InterviewState
    seq: int
    changed_seq: int
    facts: Mapping[str, Any]
    call_no: int
    interviewer_id: int
    started_at: datetime | None
    first_eligible_at: datetime | None
    eligible_at: datetime | None
    eligible_call: int | None
    completed_at: datetime | None
    surplus: bool
    institute: str
    bailleur: str
    dpo_contact: str
    sample: Mapping[str, Any]  #: the household's columns, `qpv` among them
    answers: Mapping[tuple[str, str], Answer]
    confirmed: frozenset[str]  #: keys of the soft checks the interviewer confirmed
    first_call: (
        int | None
    )  #: of the attempt under way: its introduction holds after a redial by the same interviewer


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of the paradata, before it has its number."""

    kind: EventKind
    question: str | None = None
    iteration: str | None = None
    answer: Answer | None = None
    text_sha256: str | None = None
    screen: str | None = None
    elapsed_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What an interview begins with."""

    case_id: int
    questionnaire_id: int
    facts: Mapping[str, Any]  #: `year` and `date`, frozen from now on
    interviewer_id: int
    call_no: int


def open_interview(db: Connection, opening: Opening, now: datetime) -> int:
    """The row of an interview whose first introduction screen is about to be shown; returns its id."""
    first = {
        "case_id": cases.c.id,
        "wave_id": cases.c.wave_id,
        "bailleur_id": households.c.bailleur_id,
        "export_id": literal(uuid4()),
        "questionnaire_id": literal(opening.questionnaire_id),
        "state": literal(InterviewState.INTRO.value),
        "facts": literal(dict(opening.facts), JSONB),
        "call_no": literal(opening.call_no),
        "interviewer_id": literal(opening.interviewer_id),
        "opened_at": literal(now),
        **dict.fromkeys(("seq", "changed_seq"), literal(0)),
        **dict.fromkeys(("surplus", "observed"), literal(False)),
    }
    case = select(*first.values()).join(households, households.c.id == cases.c.household_id)
    made = insert(interviews).from_select(list(first), case.where(cases.c.id == opening.case_id))
    opened: int = db.execute(made.returning(interviews.c.id)).scalar_one()
    return opened


def load(db: Connection, interview_id: int, *, lock: bool = False) -> Interview:
    """The interview with its answers and its household's sample columns, in one statement."""
    row = _read(db, _INTERVIEW.where(interviews.c.id == interview_id), lock=lock)
    if row is None:
        raise NotFound(interview=interview_id)
    return _interview(row)


def of_case(db: Connection, case_id: int, *, lock: bool = False) -> Interview | None:
    """The case's interview, or None while it has none."""
    row = _read(db, _INTERVIEW.where(interviews.c.case_id == case_id), lock=lock)
    return None if row is None else _interview(row)


def awaits_place(db: Connection, case_id: int) -> int | None:
    """The case's interview, if it was found eligible and is suspended: it goes on only with a quota place."""
    waits = select(interviews.c.id).where(
        interviews.c.case_id == case_id,
        interviews.c.state == InterviewState.SUSPENDED,
        interviews.c.eligible_at.is_not(None),
        ~interviews.c.surplus,
    )
    return db.execute(waits).scalar_one_or_none()


def load_for(db: Connection, interview_id: int, request: UUID) -> tuple[Interview, bool]:
    """The interview, locked, and whether this request already had its effect on it: one statement."""
    wanted = {"wanted": interview_id, "request": request}
    row = db.execute(_FOR_ANSWER, wanted).one_or_none()
    if row is None:
        raise NotFound(interview=interview_id)
    if row.seq != row.last_seq:  # waited for the lock: what stands beside the row is older than the row
        row = db.execute(_FOR_ANSWER, wanted).one()
    return _interview(row), row.already


#: Events, answers and the interview's own row: one round trip, one effect. An answer that comes twice in one
#: request (a choice and its text) has its own row.
_SAVE = text(
    """
    with event as (
      insert into answer_events (interview_id, seq, kind, request, part, question, iteration, state, value,
                                 text_sha256, questionnaire_id, screen, by, at, elapsed_ms)
      select :interview, e.seq, e.kind, :request, e.part, e.question, e.iteration, e.state, e.value,
             e.text_sha256, :questionnaire, e.screen, :by, :now, e.elapsed_ms
      from jsonb_to_recordset(cast(:events as jsonb)) as e(
        seq int, kind text, part smallint, question text, iteration text, state text, value jsonb,
        text_sha256 text, screen text, elapsed_ms int)
    ), answer as (
      insert into answers (interview_id, question, iteration, state, value, seq, answered_at)
      select :interview, e.question, e.iteration, e.state, e.value, e.seq, :now
      from jsonb_to_recordset(cast(:events as jsonb)) as e(
        seq int, kind text, question text, iteration text, state text, value jsonb)
      where e.kind = 'answered'
      on conflict (interview_id, question, iteration) do update
        set state = excluded.state, value = excluded.value, seq = excluded.seq, answered_at = excluded.answered_at
    )
    update interviews
    set seq = :seq, changed_seq = :changed_seq, state = :state, call_no = :call_no, interviewer_id = :by,
        started_at = :started_at, first_eligible_at = :first_eligible_at, eligible_at = :eligible_at,
        eligible_call = :eligible_call,
        completed_at = :completed_at, surplus = :surplus
    where id = :interview
    """
)


_CHANGING = (
    "state",
    "call_no",
    "started_at",
    "first_eligible_at",
    "eligible_at",
    "eligible_call",
    "completed_at",
    "surplus",
)


def save(
    db: Connection,
    interview: Interview,
    events: Sequence[Event],
    *,
    request: UUID,
    by: int,
    now: datetime,
    **changes: Any,
) -> int:
    """Append the events (part 0 first), their answers and the interview's changed columns; returns the new seq."""
    numbered = [_event(event, interview.seq + part + 1, part) for part, event in enumerate(events)]
    seq = interview.seq + len(numbered)
    db.execute(
        _SAVE,
        {
            "interview": interview.id,
            "questionnaire": interview.questionnaire_id,
            "request": request,
            "by": by,
            "now": now,
            "events": json.dumps(numbered, ensure_ascii=False),
            "seq": seq,
            "changed_seq": changes.get("changed_seq", _changed_seq(interview, numbered)),
            **{column: changes.get(column, getattr(interview, column)) for column in _CHANGING},
        },
    )
    return seq


def set_state(db: Connection, interview_id: int, state: InterviewState, now: datetime) -> None:
    """Move the interview to a state that no answer brings about (suspended, and the ends of a closed case).

    An interview that is suspended already stays so since it was: what keeps its place is counted from then.
    """
    since = case((interviews.c.state == state, interviews.c.suspended_at), else_=now)
    suspended = {"suspended_at": since} if state is InterviewState.SUSPENDED else {}
    db.execute(update(interviews).where(interviews.c.id == interview_id).values(state=state, **suspended))


def undo_eligibility(db: Connection, interview_id: int) -> None:
    """Somebody refused: should he agree later, he is asked again, and a place is taken again."""
    db.execute(
        update(interviews).where(interviews.c.id == interview_id).values(eligible_at=None, eligible_call=None)
    )


def in_call(interview: Interview, call_no: int) -> Interview:
    """The interview as it reads in this call: its introduction is the one of the call."""
    return replace(interview, call_no=call_no, first_call=interview.first_call or call_no)


def raise_danger(db: Connection, case_id: int, user_id: int, now: datetime) -> int:
    """Log that a danger was heard, apart from the answers; returns its id."""
    danger_id: int = db.execute(
        insert(dangers).values(case_id=case_id, raised_by=user_id, raised_at=now).returning(dangers.c.id)
    ).scalar_one()
    return danger_id


def _read(db: Connection, query: Select[Any], *, lock: bool) -> Row[Any] | None:
    """The interview's row, locked if asked.

    Who waits for the lock gets the row as it is then, but what stands beside it as it was before: it is read again.
    """
    if not lock:
        return db.execute(query).one_or_none()
    row = db.execute(query.with_for_update(of=interviews)).one_or_none()
    if row is not None and row.seq != row.last_seq:
        row = db.execute(query).one_or_none()
    return row


def _changed_seq(interview: Interview, numbered: Sequence[Mapping[str, Any]]) -> int:
    return max(
        (row["seq"] for row in numbered if row["kind"] in CHANGES_ANSWERS), default=interview.changed_seq
    )


def _event(event: Event, seq: int, part: int) -> dict[str, Any]:
    answer = event.answer
    return {
        "seq": seq,
        "part": part,
        "kind": event.kind,
        "question": event.question,
        "iteration": event.iteration,
        "state": answer.state if answer else None,
        "value": answer.value if answer else None,
        "text_sha256": event.text_sha256,
        "screen": event.screen,
        "elapsed_ms": event.elapsed_ms,
    }


_ANSWERS = (
    select(
        func.jsonb_agg(
            func.jsonb_build_array(answers.c.question, answers.c.iteration, answers.c.state, answers.c.value)
        )
    )
    .where(answers.c.interview_id == interviews.c.id)
    .correlate(interviews)
    .scalar_subquery()
)

_CONFIRMED = (
    select(func.jsonb_agg(aggregate_order_by(answer_events.c.question, answer_events.c.seq)))
    .where(answer_events.c.interview_id == interviews.c.id, answer_events.c.kind == EventKind.CONFIRMED)
    .correlate(interviews)
    .scalar_subquery()
)

_FIRST_CALL = (
    select(func.min(dials.c.call_no))
    .join(attempts, attempts.c.id == dials.c.attempt_id)
    .where(
        attempts.c.case_id == interviews.c.case_id, attempts.c.closed_at.is_(None), dials.c.heard.is_(None)
    )
    .correlate(interviews)
    .scalar_subquery()
)

_LAST_SEQ = (
    select(func.coalesce(func.max(answer_events.c.seq), 0))
    .where(answer_events.c.interview_id == interviews.c.id)
    .correlate(interviews)
    .scalar_subquery()
)

_INTERVIEW = (
    select(
        interviews,
        households.c.id.label("household_id"),
        households.c.qpv,
        households.c.sample,
        waves.c.institute,
        bailleurs.c.name.label("bailleur"),
        wave_bailleurs.c.dpo_contact,
        func.coalesce(_ANSWERS, text("'[]'::jsonb"), type_=JSONB).label("answers"),
        func.coalesce(_CONFIRMED, text("'[]'::jsonb"), type_=JSONB).label("confirmed"),
        _FIRST_CALL.label("first_call"),
        _LAST_SEQ.label("last_seq"),
    )
    .join(cases, cases.c.id == interviews.c.case_id)
    .join(households, households.c.id == cases.c.household_id)
    .join(waves, waves.c.id == interviews.c.wave_id)
    .join(bailleurs, bailleurs.c.id == interviews.c.bailleur_id)
    .join(
        wave_bailleurs,
        (wave_bailleurs.c.wave_id == interviews.c.wave_id)
        & (wave_bailleurs.c.bailleur_id == interviews.c.bailleur_id),
    )
)


#: Built once: it runs at every answer.
_FOR_ANSWER = (
    _INTERVIEW.add_columns(
        select(answer_events.c.seq)
        .where(
            answer_events.c.interview_id == bindparam("wanted"),
            answer_events.c.request == bindparam("request", type_=Uuid),
            answer_events.c.part == 0,
        )
        .exists()
        .label("already")
    )
    .where(interviews.c.id == bindparam("wanted"))
    .with_for_update(of=interviews)
)


def _interview(row: Row[Any]) -> Interview:
    return Interview(
        id=row.id,
        case_id=row.case_id,
        household_id=row.household_id,
        wave_id=row.wave_id,
        bailleur_id=row.bailleur_id,
        questionnaire_id=row.questionnaire_id,
        state=InterviewState(row.state),
        seq=row.seq,
        changed_seq=row.changed_seq,
        facts=row.facts,
        call_no=row.call_no,
        interviewer_id=row.interviewer_id,
        started_at=row.started_at,
        first_eligible_at=row.first_eligible_at,
        eligible_at=row.eligible_at,
        eligible_call=row.eligible_call,
        completed_at=row.completed_at,
        surplus=row.surplus,
        institute=row.institute,
        bailleur=row.bailleur,
        dpo_contact=row.dpo_contact,
        sample={**row.sample, "qpv": row.qpv},
        answers={(q, it): Answer(State(state), value) for q, it, state, value in row.answers},
        confirmed=frozenset(row.confirmed),
        first_call=row.first_call,
    )
