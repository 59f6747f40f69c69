"""Take a case back from whoever holds it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from cati.audit import store as audit
from cati.calling.actions import dialling
from cati.calling.actions.settling import settle
from cati.calling.caseref import CaseRef
from cati.calling.holding import in_order
from cati.calling.views.taken_back import TAKEN_BACK
from cati.cases.rules import Disposition, InterviewState, LineOutcome
from cati.cases.store import attempts, queue
from cati.cases.store.attempts import Closing, Dial
from cati.errors import Conflict, Invalid
from cati.interviews import store as interviews
from cati.interviews.rules import UNDER_WAY
from cati.interviews.store import Interview
from cati.people import store as people
from cati.people.rules import StationState
from cati.supervision.store import releasing as store
from cati.supervision.store.releasing import InHand


@dataclass(frozen=True, slots=True)
class Released:
    """The case is nobody's any more."""

    case_id: int


@dataclass(frozen=True, slots=True)
class StillOnTheLine:
    """A call is up: the case is released at its end, or at once with a reason. Nothing was changed."""

    case_id: int


def release_case(
    db: Connection, case_id: int, *, by: int, now: datetime, reason: str = "", force: bool = False
) -> Released | StillOnTheLine:
    """Take a case back from whoever holds it. With a call up, only by force and for a reason, which he is told.

    Nothing dialled: it waits as it did. A call made: it is interrupted, for anybody but him; his interview is
    suspended with all that was answered. Raises Conflict when nobody holds it.
    """
    interview, taken = in_order(db, case_id, lambda: store.in_hand(db, case_id))
    if taken is None:
        raise Conflict("Ce dossier n’est plus en main : il n’y a rien à libérer.")
    if taken.on_the_line and not force:
        return StillOnTheLine(case_id)
    if taken.on_the_line and not reason.strip():
        raise Invalid("Un appel est en cours : dites au télé-enquêteur pourquoi il est interrompu.")
    _let_go(db, taken, interview, now)
    people.set_station(db, taken.holder_id, StationState.PRESENT, now)
    _audit(db, taken, reason.strip(), by, now)
    return Released(case_id)


def _let_go(db: Connection, taken: InHand, interview: Interview | None, now: datetime) -> None:
    """By how far the attempt has come: as it was, closed with what is known already, or interrupted."""
    dials = attempts.dials_of(db, taken.attempt_id) if taken.attempt_id is not None else []
    _hang_up(db, dials, now)
    held = queue.held(db, taken.case_id)
    assert held is not None, "its lease was read and locked by this transaction"
    if taken.attempt_id is None or not dials:
        queue.end_lease(db, taken.case_id)
    elif interview is not None and interview.state is InterviewState.COMPLETE:
        attempts.close_attempt(db, taken.attempt_id, Closing(disposition=Disposition.COMPLETE), now)
        settle(db, CaseRef.of(held), now)
    elif all(each.heard is not None for each in dials):
        dialling.close_as_heard(db, CaseRef.of(held), taken.attempt_id, now)
    else:
        if interview is not None and interview.state in UNDER_WAY:
            interviews.set_state(db, interview.id, InterviewState.SUSPENDED, now)
        store.take_back(db, taken, now)


def _hang_up(db: Connection, dials: list[Dial], now: datetime) -> None:
    for live in (each for each in dials if each.ended_at is None):
        outcome = LineOutcome.COMPLETED if live.answered_at is not None else LineOutcome.CANCELLED
        attempts.end_dial(db, live.id, now, line_outcome=outcome)


def _audit(db: Connection, taken: InHand, reason: str, by: int, now: datetime) -> None:
    """On the case, and on the interviewer: his desk reads there what to tell him."""
    told = {"case": taken.case_id, "holder": taken.holder_id, "on_the_line": taken.on_the_line}
    for action, kind, object_id in (
        ("case.release", "case", taken.case_id),
        (TAKEN_BACK, "user", taken.holder_id),
    ):
        audit.write(
            db,
            now=now,
            user_id=by,
            action=action,
            object_type=kind,
            object_id=object_id,
            purpose=reason or None,
            details=told,
        )
