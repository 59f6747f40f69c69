"""What the page of exports shows: the analyst's waves, how much there is to take out, what was taken out."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from cati.audit.tables import audit_log
from cati.cases.rules import InterviewState
from cati.errors import NotFound
from cati.interviews.rules import Verdict
from cati.interviews.tables import interviews, validations
from cati.people.store import assignments_of
from cati.people.tables import users
from cati.surveys.tables import questionnaires, waves

_SHOWN = 20  # exports of the past

_LEAVES = interviews.c.state.in_([InterviewState.COMPLETE, InterviewState.PARTIAL]) & ~interviews.c.surplus
#: Those beyond their quota leave only if asked for.
_COMPLETE = (interviews.c.state == InterviewState.COMPLETE) & ~interviews.c.surplus
#: By its last verdict.
_FOUND_VALID = interviews.c.id.in_(
    select(validations.c.interview_id)
    .where(validations.c.verdict == Verdict.VALIDATED)
    .where(validations.c.id.in_(select(func.max(validations.c.id)).group_by(validations.c.interview_id)))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportableWave:
    """A wave the analyst works on. `questionnaire` is None before one is published for it."""

    id: int
    code: str
    name: str
    complete: int
    partial: int
    validated: int  #: complete or partial, found valid by quality control
    questionnaire: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PastExport:
    """An export that left; `by` is None when the command line made it."""

    at: datetime
    by: str | None
    wave: str
    complete: int
    partial: int
    validated_only: bool
    sha256: str


def waves_of(db: Connection, user_id: int, now: datetime) -> tuple[ExportableWave, ...]:
    """The waves this analyst is assigned to now, newest first."""
    assigned = {each.wave_id for each in assignments_of(db, user_id, now)}
    counted = func.count(interviews.c.id)
    query = (
        select(waves.c.id, waves.c.code, waves.c.name)
        .add_columns(counted.filter(_COMPLETE).label("complete"))
        .add_columns(counted.filter(interviews.c.state == InterviewState.PARTIAL).label("partial"))
        .add_columns(counted.filter(_LEAVES & _FOUND_VALID).label("validated"))
        .add_columns((questionnaires.c.code + " " + questionnaires.c.version).label("questionnaire"))
        .outerjoin(questionnaires, questionnaires.c.id == waves.c.questionnaire_id)
        .outerjoin(interviews, interviews.c.wave_id == waves.c.id)
        .where(waves.c.id.in_(assigned))
        .group_by(waves.c.id, questionnaires.c.id)
        .order_by(waves.c.created_at.desc(), waves.c.id.desc())
    )
    return tuple(
        ExportableWave(
            id=row.id,
            code=row.code,
            name=row.name,
            complete=row.complete,
            partial=row.partial,
            validated=row.validated,
            questionnaire=row.questionnaire,
        )
        for row in db.execute(query)
    )


def assigned_wave(db: Connection, user_id: int, wave_id: int, now: datetime) -> ExportableWave:
    """One of these waves; NotFound for any other, whether it exists or not."""
    for wave in waves_of(db, user_id, now):
        if wave.id == wave_id:
            return wave
    raise NotFound(wave=wave_id)


def past_exports(db: Connection, shown: Collection[ExportableWave]) -> tuple[PastExport, ...]:
    """The last exports of these waves, newest first."""
    codes = {str(wave.id): wave.code for wave in shown}
    query = (
        select(audit_log.c.at, audit_log.c.object_id, audit_log.c.details, users.c.display_name)
        .outerjoin(users, users.c.id == audit_log.c.user_id)
        .where(
            audit_log.c.action == "export.written",
            audit_log.c.object_type == "wave",
            audit_log.c.object_id.in_(codes),
        )
        .order_by(audit_log.c.at.desc(), audit_log.c.id.desc())
        .limit(_SHOWN)
    )
    return tuple(
        PastExport(
            at=row.at,
            by=row.display_name,
            wave=codes[row.object_id],
            complete=row.details["interviews"].get("complete", 0),
            partial=row.details["interviews"].get("partial", 0),
            validated_only=row.details.get("validated_only", False),
            sha256=row.details["sha256"],
        )
        for row in db.execute(query)
    )
