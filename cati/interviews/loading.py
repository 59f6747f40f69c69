"""The statements that load an interview: whole, and for an answer with how it stands to who sends it."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Uuid,
    bindparam,
    func,
    literal_column,
    select,
    text,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import JSON, JSONB, aggregate_order_by

from cati.cases.store.queue import MAY_GO_ON
from cati.cases.tables import attempts, case_queue, cases, dials
from cati.database import UtcDateTime
from cati.events import EventKind
from cati.interviews.tables import answer_events, answers, interviews
from cati.sample.tables import households
from cati.surveys.tables import bailleurs, wave_bailleurs, waves

#: As JSON: who listens to the interview, and all that opens or closes the gate besides the answers themselves. A
#: function of the database: an answer that nobody follows does not pay for preparing these questions.
LISTENING = "listening_facts(interviews.id, :now)"

# json, not jsonb, here and below: it is made to be sent, and jsonb would be built only to be written out again.
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

_CONFIRMED = (
    select(func.json_agg(aggregate_order_by(answer_events.c.question, answer_events.c.seq)))
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

#: Whether the row is the one that what stands beside it was read with: after a wait for the lock it is a newer one.
_OF_ONE_TIME: ColumnElement[bool] = literal_column(
    "interviews.xmin = (select own.xmin from interviews own where own.id = interviews.id)", Boolean
)

#: The visit that is on for the household's bailleur, unless this interviewer does not want to be observed in it.
_VISIT = text(
    """
    (case when wave_bailleurs.visit_from <= :now and wave_bailleurs.visit_until > :now
      and not exists (select from declined_visits d where d.visit_id = wave_bailleurs.visit_id and d.user_id = :me)
      then wave_bailleurs.visit_id end)
    """
).bindparams(bindparam("now", type_=UtcDateTime))

#: What the gate needs to know, while somebody listens; nothing otherwise.
_LISTENING = text(
    "(case when exists (select from listeners l where l.interview_id = interviews.id and l.ended_at is null) "
    f"then {LISTENING} end)"
).bindparams(bindparam("now", type_=UtcDateTime))

_OWN = (
    "id",
    "case_id",
    "wave_id",
    "bailleur_id",
    "questionnaire_id",
    "state",
    "seq",
    "changed_seq",
    "facts",
    "call_no",
    "language",
    "interviewer_id",
    "started_at",
    "first_eligible_at",
    "eligible_at",
    "eligible_call",
    "completed_at",
    "surplus",
)

INTERVIEW = (
    select(
        *(interviews.c[name] for name in _OWN),
        households.c.id.label("household_id"),
        households.c.qpv,
        households.c.sample,
        waves.c.institute,
        bailleurs.c.name.label("bailleur"),
        wave_bailleurs.c.dpo_contact,
        func.coalesce(_ANSWERS, text("'[]'::json"), type_=JSON).label("answers"),
        func.coalesce(_CONFIRMED, text("'[]'::json"), type_=JSON).label("confirmed"),
        _FIRST_CALL.label("first_call"),
        _OF_ONE_TIME.label("of_one_time"),
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


_QUEUE = case_queue.alias("q")

#: Built once: it runs at every answer.
FOR_ANSWER = (
    INTERVIEW.add_columns(
        select(answer_events.c.seq)
        .where(
            answer_events.c.interview_id == bindparam("wanted"),
            answer_events.c.request == bindparam("request", type_=Uuid),
            answer_events.c.part == 0,
        )
        .exists()
        .label("already"),
        type_coerce(text(f"({MAY_GO_ON})"), Boolean).label("may_go_on"),
        _QUEUE.c.holds_place,
        _QUEUE.c.cell_id,
        type_coerce(_VISIT, BigInteger).label("visit"),
        type_coerce(_LISTENING, JSONB).label("listening"),
    )
    .join(_QUEUE, _QUEUE.c.case_id == interviews.c.case_id)
    .where(interviews.c.id == bindparam("wanted"))
    .with_for_update(of=interviews)
)
