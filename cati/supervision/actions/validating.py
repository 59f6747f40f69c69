"""Validate or invalidate a finished interview: its state, its case, its quota place, in one transaction."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from cati.audit import store as audit
from cati.cases.rules import CaseState, InterviewState, Outcome
from cati.cases.store import queue
from cati.errors import Conflict, Invalid, NotFound, StaleScreen
from cati.interviews import store as interviews
from cati.interviews.rules import Verdict
from cati.interviews.rules.quality import FINISHED
from cati.quotas import store as quotas
from cati.quotas.rules import PlaceState
from cati.supervision.store import judging as store
from cati.supervision.store.judging import Judged


@dataclass(frozen=True, slots=True, kw_only=True)
class Pronounced:
    """What a supervisor says of an interview, having seen the verdict `seen` (0: none yet)."""

    verdict: Verdict
    reason: str
    seen: int


@dataclass(frozen=True, slots=True)
class Settled:
    """The verdict stands; the wave's queue is to be synced when a place moved."""

    wave_id: int
    place_moved: bool


@dataclass(frozen=True, slots=True)
class NoPlaceLeft:
    """The interview stays invalidated: its cell was filled meanwhile. Nothing was changed."""

    cell_id: int | None


def pronounce(
    db: Connection, export_id: UUID, said: Pronounced, *, by: int, now: datetime
) -> Settled | NoPlaceLeft:
    """Validate or invalidate the interview, for a reason. The same form sent twice has one effect.

    Invalidated: its place is given back and its case closed for good, for one household is interviewed once.
    Validated again: it takes a place again, if one is free. Raises StaleScreen when somebody pronounced meanwhile.
    """
    if not said.reason.strip():
        raise Invalid("Un verdict se motive.", field="reason")
    found = store.lock(db, export_id)
    if found is None:
        raise NotFound(interview=export_id)
    last = store.last_verdict(db, found.id)
    if last is not None and last.id != said.seen:
        if (last.verdict, last.reason, last.decided_by) == (said.verdict, said.reason.strip(), by):
            return Settled(found.wave_id, place_moved=False)
        raise StaleScreen("Quelqu’un s’est prononcé sur cet entretien entre-temps.")
    why_not = _why_not(found)
    if why_not is not None:
        raise Conflict(why_not)
    return _carry_out(db, found, said, by, now)


def validate_unjudged(
    db: Connection, export_ids: Collection[UUID], reason: str, *, by: int, now: datetime
) -> int:
    """Validate at once the interviews of a list, for one reason; returns how many.

    What somebody pronounced upon meanwhile is left as he said, what is not over as it is.
    """
    if not reason.strip():
        raise Invalid("Un verdict se motive.", field="reason")
    said = Pronounced(verdict=Verdict.VALIDATED, reason=reason, seen=0)
    found = [store.lock(db, one) for one in sorted(set(export_ids))]
    fit = [one for one in found if one is not None and _why_not(one) is None]
    unjudged = [one for one in fit if store.last_verdict(db, one.id) is None]
    for one in unjudged:
        _carry_out(db, one, said, by, now)
    return len(unjudged)


def open_script(db: Connection, interview_id: int, *, by: int, now: datetime) -> None:
    """A supervisor is about to read the interview's script with its answers: audited."""
    audit.write(
        db,
        now=now,
        user_id=by,
        action="answers.read",
        object_type="interview",
        object_id=interview_id,
        purpose="quality",
    )


def _why_not(found: Judged) -> str | None:
    """Why nobody can pronounce upon it; None when one can."""
    if found.state not in FINISHED:
        return "Cet entretien n’est pas terminé, ou ses réponses ont été effacées."
    if found.case_state is not CaseState.CLOSED:
        return "Le télé-enquêteur n’a pas encore clos cet appel."
    return None


def _carry_out(
    db: Connection, found: Judged, said: Pronounced, by: int, now: datetime
) -> Settled | NoPlaceLeft:
    was_invalid = found.state is InterviewState.INVALIDATED
    match said.verdict:
        case Verdict.INVALIDATED if was_invalid:
            raise Conflict("Cet entretien est déjà invalidé.")
        case Verdict.VALIDATED if was_invalid:
            moved = _counts(found)
            if moved and not _take_place(db, found, now):
                return NoPlaceLeft(found.cell_id)
            _set(db, found, _state_before(found), _outcome_before(found), now)
            queue.set_holds_place(db, found.case_id, moved)
            action = "interview.restored"
        case Verdict.VALIDATED:
            moved, action = False, "interview.validated"
        case Verdict.INVALIDATED:
            _set(db, found, InterviewState.INVALIDATED, Outcome.INVALIDATED, now)
            queue.set_holds_place(db, found.case_id, False)
            moved = quotas.move_place(db, found.id, PlaceState.RELEASED, now, "invalidated")
            action = "interview.invalidated"
    _write_down(db, found, said, action, by, now)
    return Settled(found.wave_id, moved)


def _counts(found: Judged) -> bool:
    """Whether, valid, it counts in its cell: neither a partial interview nor one beyond the quota does."""
    return found.completed and not found.surplus


def _take_place(db: Connection, found: Judged, now: datetime) -> bool:
    """The rows locked before are the only ones written after the counter: it is last in the order of locks."""
    if found.cell_id is None:
        return False
    if not quotas.take_place(db, found.id, found.cell_id, PlaceState.RESERVED, now):
        return False
    return quotas.move_place(db, found.id, PlaceState.DONE, now)


def _state_before(found: Judged) -> InterviewState:
    return InterviewState.COMPLETE if found.completed else InterviewState.PARTIAL


def _outcome_before(found: Judged) -> Outcome:
    if not found.completed:
        return Outcome.PARTIAL
    return Outcome.SURPLUS if found.surplus else Outcome.COMPLETE


def _set(db: Connection, found: Judged, state: InterviewState, outcome: Outcome, now: datetime) -> None:
    interviews.set_state(db, found.id, state, now)
    queue.close(db, found.case_id, outcome, now)


def _write_down(db: Connection, found: Judged, said: Pronounced, action: str, by: int, now: datetime) -> None:
    reason = said.reason.strip()
    store.add_verdict(db, found.id, said.verdict, reason, by=by, now=now)
    audit.write(
        db,
        now=now,
        user_id=by,
        action=action,
        object_type="interview",
        object_id=found.id,
        purpose=reason,
        details={"case": found.case_id},
    )
