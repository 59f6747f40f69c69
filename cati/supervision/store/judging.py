"""SQL of a finished interview that quality control pronounces upon."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, insert, select, text

from cati.cases.rules import CaseState, InterviewState
from cati.interviews.rules import Verdict
from cati.interviews.tables import interviews, validations


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """An interview, its case and its queue row locked in that order."""

    id: int
    case_id: int
    wave_id: int
    state: InterviewState
    case_state: CaseState
    cell_id: int | None
    surplus: bool
    completed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LastVerdict:
    """The verdict that counts."""

    id: int
    verdict: Verdict
    reason: str
    decided_by: int


_CASE = text("select state from cases where id = :case for update")
_QUEUE = text("select cell_id from case_queue where case_id = :case for update")


def lock(db: Connection, export_id: UUID) -> Judged | None:
    """The interview, for somebody who is about to pronounce upon it; None when there is none."""
    row = db.execute(
        select(interviews).where(interviews.c.export_id == export_id).with_for_update()
    ).one_or_none()
    if row is None:
        return None
    case_state = db.execute(_CASE, {"case": row.case_id}).scalar_one()
    return Judged(
        id=row.id,
        case_id=row.case_id,
        wave_id=row.wave_id,
        state=InterviewState(row.state),
        case_state=CaseState(case_state),
        cell_id=db.execute(_QUEUE, {"case": row.case_id}).scalar_one_or_none(),
        surplus=row.surplus,
        completed=row.completed_at is not None,
    )


def last_verdict(db: Connection, interview_id: int) -> LastVerdict | None:
    """The last verdict upon the interview."""
    query = select(validations).where(validations.c.interview_id == interview_id)
    row = db.execute(query.order_by(validations.c.id.desc()).limit(1)).one_or_none()
    if row is None:
        return None
    return LastVerdict(id=row.id, verdict=Verdict(row.verdict), reason=row.reason, decided_by=row.decided_by)


def add_verdict(
    db: Connection, interview_id: int, verdict: Verdict, reason: str, *, by: int, now: datetime
) -> None:
    """One more verdict, which counts from now on."""
    db.execute(
        insert(validations).values(
            interview_id=interview_id, verdict=verdict, reason=reason, decided_by=by, decided_at=now
        )
    )
