"""Interviews, their answers as they stand, and every event that made them."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from cati.cases.rules import InterviewState
from cati.database import UtcDateTime, identity, metadata, one_of
from cati.events import EventKind
from cati.interviews.rules import BackcheckResult, ListeningEnd, Verdict
from cati.questionnaire.model import State

#: One per case. `export_id` is all that exports and observers ever see. `seq` counts events; `changed_seq` is the
#: seq of the last one that changed an answer: a screen shown before it is stale. `facts` are frozen at opening.
#: `eligible_at` is latched until a refusal undoes it; `first_eligible_at` never changes: once eligible, never unknown.
interviews = Table(
    "interviews",
    metadata,
    identity(),
    Column("case_id", BigInteger, ForeignKey("cases.id"), nullable=False, unique=True),
    Column("wave_id", BigInteger, ForeignKey("waves.id"), nullable=False),
    Column("bailleur_id", BigInteger, ForeignKey("bailleurs.id"), nullable=False),
    Column("export_id", Uuid, nullable=False, unique=True),
    Column("questionnaire_id", BigInteger, ForeignKey("questionnaires.id"), nullable=False),
    Column("state", Text, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("changed_seq", Integer, nullable=False),
    Column("facts", JSONB, nullable=False),
    Column("call_no", SmallInteger, nullable=False),
    Column("language", Text, comment="of the script as it is read; null: the questionnaire's own"),
    Column("interviewer_id", BigInteger, ForeignKey("users.id"), nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("started_at", UtcDateTime),
    Column("first_eligible_at", UtcDateTime),
    Column("eligible_at", UtcDateTime),
    Column("eligible_call", SmallInteger),
    Column("completed_at", UtcDateTime),
    Column("suspended_at", UtcDateTime),
    Column("surplus", Boolean, nullable=False),
    Column("observed", Boolean, nullable=False),
    one_of("state", InterviewState),
    CheckConstraint("(state = 'complete') <= (completed_at is not null)", name="complete_since"),
    CheckConstraint("(eligible_at is null) = (eligible_call is null)", name="eligible_by_a_call"),
    Index(None, "wave_id", "state"),
)

#: The latest state of each question: what the route reads. `iteration` is `''`, or `c3`: the introduction of call 3.
answers = Table(
    "answers",
    metadata,
    Column("interview_id", BigInteger, ForeignKey("interviews.id"), primary_key=True),
    Column("question", Text, primary_key=True),
    Column("iteration", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("value", JSONB(none_as_null=True)),
    Column("seq", Integer, nullable=False),
    Column("answered_at", UtcDateTime, nullable=False),
    CheckConstraint("state in ('answered', 'dk', 'refused', 'na')", name="state_storable"),
    CheckConstraint("(value is not null) = (state = 'answered')", name="value_if_answered"),
)

#: Append-only: replaying them gives the answers. `part` 0 of a request is its guard against being sent twice.
answer_events = Table(
    "answer_events",
    metadata,
    Column("interview_id", BigInteger, ForeignKey("interviews.id"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("request", Uuid, nullable=False),
    Column("part", SmallInteger, nullable=False),
    Column("question", Text),
    Column("iteration", Text),
    Column("state", Text),
    Column("value", JSONB(none_as_null=True)),
    Column("text_sha256", Text),
    Column("visit_id", BigInteger),
    Column("questionnaire_id", BigInteger, ForeignKey("questionnaires.id"), nullable=False),
    Column("screen", Text),
    Column("by", BigInteger, ForeignKey("users.id"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("elapsed_ms", Integer),
    UniqueConstraint("interview_id", "request", "part"),
    one_of("kind", EventKind),
    one_of("state", State, nullable=True),
)

#: Danger to life said on the line: kept apart from the answers, with what was done.
dangers = Table(
    "dangers",
    metadata,
    identity(),
    Column("case_id", BigInteger, ForeignKey("cases.id"), nullable=False),
    Column("raised_by", BigInteger, ForeignKey("users.id"), nullable=False),
    Column("raised_at", UtcDateTime, nullable=False),
    Column("handled_by", BigInteger, ForeignKey("users.id")),
    Column("handled_at", UtcDateTime),
    Column("what_was_done", Text),
)

#: An interviewer asks a supervisor to look: at most one open call each.
help_calls = Table(
    "help_calls",
    metadata,
    identity(),
    Column("user_id", BigInteger, ForeignKey("users.id"), nullable=False),
    Column("case_id", BigInteger, ForeignKey("cases.id")),
    Column("question", Text, comment="where he stood, if in an interview"),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("answered_by", BigInteger, ForeignKey("users.id")),
    Column("answered_at", UtcDateTime),
    Column("closed_at", UtcDateTime),
    Index("uq_help_calls_open", "user_id", unique=True, postgresql_where="closed_at is null"),
)

#: Who listens to, or reads along with, an interview: now while `ended_at` is null.
listeners = Table(
    "listeners",
    metadata,
    identity(),
    Column("interview_id", BigInteger, ForeignKey("interviews.id"), nullable=False),
    Column("user_id", BigInteger, ForeignKey("users.id"), nullable=False),
    Column("visit_id", BigInteger, ForeignKey("visits.id"), nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False, comment="the last sign of life of his page"),
    Column("ended_at", UtcDateTime),
    Column("ended_reason", Text),
    one_of("ended_reason", ListeningEnd, nullable=True),
    CheckConstraint("(ended_at is null) = (ended_reason is null)", name="ended_for_a_reason"),
    Index("uq_listeners_open_user", "user_id", unique=True, postgresql_where="ended_at is null"),
    Index("ix_listeners_interview_id", "interview_id"),
    Index("ix_listeners_visit_id", "visit_id"),
)

#: Nobody listens to the call from here on, until the tenant is asked again: `seq` is the interview's at that moment.
listening_cuts = Table(
    "listening_cuts",
    metadata,
    identity(),
    Column("interview_id", BigInteger, ForeignKey("interviews.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("cut_by", BigInteger, ForeignKey("users.id"), nullable=False),
    Column("cut_at", UtcDateTime, nullable=False),
    Index(None, "interview_id"),
)

#: What observers of an interview see of it, already masked: one row while somebody listens, none afterwards.
#: `admitted`: the accounts that listen now.
observed_screens = Table(
    "observed_screens",
    metadata,
    Column("interview_id", BigInteger, ForeignKey("interviews.id"), primary_key=True, autoincrement=False),
    Column("bailleur_id", BigInteger, ForeignKey("bailleurs.id"), nullable=False),
    Column("visit_id", BigInteger, ForeignKey("visits.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("screen", JSONB, nullable=False),
    Column("admitted", ARRAY(BigInteger), nullable=False, server_default=text("'{}'")),
    Column("at", UtcDateTime, nullable=False),
)

#: Interviewers who do not want to be observed during a visit: their calls announce nobody.
declined_visits = Table(
    "declined_visits",
    metadata,
    Column("visit_id", BigInteger, ForeignKey("visits.id"), primary_key=True),
    Column("user_id", BigInteger, ForeignKey("users.id"), primary_key=True),
    Column("declined_at", UtcDateTime, nullable=False),
)

#: What quality control decided of a finished interview; the last row counts.
validations = Table(
    "validations",
    metadata,
    identity(),
    Column("interview_id", BigInteger, ForeignKey("interviews.id"), nullable=False),
    Column("verdict", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("decided_by", BigInteger, ForeignKey("users.id"), nullable=False),
    Column("decided_at", UtcDateTime, nullable=False),
    one_of("verdict", Verdict),
    Index(None, "interview_id"),
)

#: Completed interviews drawn to be called back and checked, with the leave that M3 gave.
backchecks = Table(
    "backchecks",
    metadata,
    identity(),
    Column("interview_id", BigInteger, ForeignKey("interviews.id"), nullable=False, unique=True),
    Column("drawn_at", UtcDateTime, nullable=False),
    Column("calls", SmallInteger, nullable=False, server_default=text("0")),
    Column("last_called_at", UtcDateTime),
    Column("result", Text),
    Column("note", Text),
    Column("done_by", BigInteger, ForeignKey("users.id")),
    Column("done_at", UtcDateTime),
    one_of("result", BackcheckResult, nullable=True),
    CheckConstraint("(done_at is null) = (result is null)", name="done_with_a_result"),
)
