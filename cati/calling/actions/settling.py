"""What an attempt just closed changes: the case waits or closes, its interview and its quota place follow."""

from datetime import datetime

from sqlalchemy import Connection

from cati.calling import scripts
from cati.calling.actions import resting
from cati.calling.caseref import CaseRef
from cati.calling.store import facts, opposing
from cati.cases.rules import CaseFacts, InterviewState, Outcome, WaitReason, outcome_at_end
from cati.cases.store import attempts, queue
from cati.cases.store import reopening as store
from cati.cases.store.queue import Waiting
from cati.interviews import store as interviews
from cati.interviews.rules import UNDER_WAY
from cati.interviews.store import Interview
from cati.quotas import store as quotas
from cati.quotas.rules import PlaceState
from cati.scheduling import store as scheduling
from cati.scheduling.rules import (
    AppointmentState,
    BackAsItWas,
    Close,
    Decision,
    Protocol,
    Wait,
    after_attempt,
    may_dial,
    missed_appointment,
)


def settle(db: Connection, case: CaseRef, now: datetime) -> Decision:
    """Apply what the protocol says after the case's last closed attempt, and let the case go."""
    protocol = scheduling.protocol_now(db, case.wave_id, now)
    calendar = scheduling.calendar(db, case.calendar_id, case.wave_id)
    interview = interviews.of_case(db, case.case_id, lock=True)
    planned = scheduling.planned(db, case.case_id)
    decision = after_attempt(
        protocol,
        calendar,
        attempts.history(db, case.case_id),
        _facts(db, case, interview, protocol, now),
        now,
        appointment=planned.appointment if planned else None,
    )
    resting.remember(db, case, now)
    if isinstance(decision, Wait):
        begun = interview is not None and interview.started_at is not None
        decision = resting.rested(db, case, decision, protocol, begun=begun, now=now)
    _apply(db, case, interview, decision, now)
    return decision


def close_as(db: Connection, case: CaseRef, outcome: Outcome, now: datetime) -> None:
    """Close a case that nobody holds, outside of any call: its interview, appointment and quota place follow.

    The caller has locked the interview, then the case's place in the queue.
    """
    _apply(db, case, interviews.of_case(db, case.case_id, lock=True), Close(outcome), now)


def put_back(db: Connection, case: CaseRef, wait: Wait, now: datetime) -> None:
    """Let a case that nobody holds wait otherwise, outside of any call; an interview that ended goes on with it.

    The caller has locked the interview, then the case's place in the queue.
    """
    interview = interviews.of_case(db, case.case_id, lock=True)
    if interview is not None and interview.state in RESUMABLE:
        interviews.set_state(db, interview.id, InterviewState.SUSPENDED, now)
    queue.wait(db, case.case_id, _waiting(wait), now)
    _free_place(db, interview, case, _freed_by(wait), wait.reason.value, now)


#: Ends of an interview after which it may yet be resumed.
RESUMABLE = frozenset(
    {
        InterviewState.PARTIAL,
        InterviewState.BROKEN_OFF,
        InterviewState.QUOTA_FULL,
        InterviewState.NOT_INTERVIEWED,
    }
)


def miss(db: Connection, case: CaseRef, now: datetime) -> bool:
    """Move a firm appointment that nobody kept; False when none stands any more, or a later one does."""
    planned = scheduling.planned(db, case.case_id)
    if planned is None or not planned.appointment.firm or planned.appointment.at > now:
        return False
    interview = interviews.of_case(db, case.case_id, lock=True)
    protocol = scheduling.protocol_now(db, case.wave_id, now)
    calendar = scheduling.calendar(db, case.calendar_id, case.wave_id)
    history = attempts.history(db, case.case_id)
    missed = missed_appointment(protocol, calendar, planned.appointment, now, history=history)
    _apply(db, case, interview, missed, now)
    return True


def end(db: Connection, case: CaseRef, now: datetime, *, behind_full_cell: bool) -> Outcome:
    """The field is over: the case gets the outcome that what was said and done leaves it."""
    protocol = scheduling.protocol_now(db, case.wave_id, now)
    interview = interviews.of_case(db, case.case_id, lock=True)
    outcome = outcome_at_end(
        attempts.history(db, case.case_id),
        _facts(db, case, interview, protocol, now),
        behind_full_cell=behind_full_cell,
        conversions=protocol.caps.conversions,
    )
    _apply(db, case, interview, Close(outcome), now)
    return outcome


def _facts(
    db: Connection, case: CaseRef, interview: Interview | None, protocol: Protocol, now: datetime
) -> CaseFacts:
    usable = attempts.usable_numbers(db, case.household_id)
    history = attempts.history(db, case.case_id)
    spent = sum(not may_dial(protocol, history, phone_id) for phone_id in usable)
    begun = interview is not None and interview.started_at is not None
    return CaseFacts(
        interview_state=interview.state if interview else None,
        ever_eligible=interview is not None and interview.first_eligible_at is not None,
        partial_reached=begun and interview is not None and _is_partial(db, interview),
        surplus=interview.surplus if interview else False,
        numbers_left=len(usable),
        opposed=not usable and opposing.any_of_household(db, case.household_id),
        numbers_spent=spent,
        reopened_at=store.reopened_at(db, case.case_id),
        language_te=facts.somebody_speaks_otherwise(db, case.wave_id, now),
    )


def _is_partial(db: Connection, interview: Interview) -> bool:
    return scripts.route(interview, scripts.script(db, interview.questionnaire_id)).partial


def _apply(
    db: Connection, case: CaseRef, interview: Interview | None, decision: Decision, now: datetime
) -> None:
    match decision:
        case Close(outcome):
            _end_appointment(db, case, AppointmentState.CANCELLED)
            _end_interview(db, interview, outcome, now)
            queue.close(db, case.case_id, outcome, now)
            _free_place(db, interview, case, _freed_at_end(outcome), outcome.value, now)
        case Wait() as wait:
            _move_appointment(db, case, wait)
            _suspend(db, interview, wait, now)
            queue.wait(db, case.case_id, _waiting(wait), now)
            _free_place(db, interview, case, _freed_by(wait), wait.reason.value, now)
        case BackAsItWas():
            queue.end_lease(db, case.case_id)


def _waiting(wait: Wait) -> Waiting:
    return Waiting(
        reason=wait.reason,
        due_at=wait.due_at,
        step=wait.step,
        owner_id=wait.owner_id,
        open_to_all_at=wait.open_to_all_at,
        not_user_id=wait.not_user,
        skill=wait.skill,
        earliest_at=wait.earliest_at,
        rests_until=wait.rests_until,
    )


_IN_PROGRESS = frozenset({PlaceState.PROMISED, PlaceState.RESERVED})


def _freed_at_end(outcome: Outcome) -> frozenset[PlaceState]:
    """The places that a closed case gives back: a complete interview counts until it is erased or found invalid."""
    uncounted = outcome in {Outcome.WITHDRAWN, Outcome.INVALIDATED}
    return _IN_PROGRESS | {PlaceState.DONE} if uncounted else _IN_PROGRESS


def _freed_by(wait: Wait) -> frozenset[PlaceState]:
    """The places that a waiting case gives back: a promise with its firm appointment; a break-off or refusal, any."""
    if wait.frees_place and not wait.missed:
        return _IN_PROGRESS
    return frozenset() if wait.reason is WaitReason.FIRM else frozenset({PlaceState.PROMISED})


def _end_interview(db: Connection, interview: Interview | None, outcome: Outcome, now: datetime) -> None:
    """The end that a closed case gives an interview still under way; complete or withdrawn stays so."""
    if interview is None or interview.state not in UNDER_WAY:
        return
    if outcome in _NOT_ELIGIBLE:
        interviews.undo_eligibility(db, interview.id)
    match outcome:
        case Outcome.PARTIAL:
            end = InterviewState.PARTIAL
        case Outcome.QUOTA_FULL:
            end = InterviewState.QUOTA_FULL
        case _:
            ever = interview.first_eligible_at is not None
            end = InterviewState.BROKEN_OFF if ever else InterviewState.NOT_INTERVIEWED
    interviews.set_state(db, interview.id, end, now)


#: What undoes eligibility. A partial interview keeps the introduction that let it begin.
_NOT_ELIGIBLE = {
    Outcome.REFUSAL_PERSON,
    Outcome.REFUSAL_HOUSEHOLD,
    Outcome.OPPOSITION,
    Outcome.MOVED,
    Outcome.OWNER,
    Outcome.DECEASED,
}


def _suspend(db: Connection, interview: Interview | None, wait: Wait, now: datetime) -> None:
    """While the case may come back its interview is suspended; a refusal undoes its eligibility."""
    if interview is None or interview.state not in UNDER_WAY:
        return
    interviews.set_state(db, interview.id, InterviewState.SUSPENDED, now)
    if (
        interview.surplus
    ):  # it counts as surplus once complete; resumed by us, it needs a place like any other
        interviews.set_surplus(db, interview.id, False)
    refused_now = wait.reason is WaitReason.CONVERSION and wait.frees_place and not wait.missed
    if refused_now:
        interviews.undo_eligibility(db, interview.id)


def _free_place(
    db: Connection,
    interview: Interview | None,
    case: CaseRef,
    freed: frozenset[PlaceState],
    reason: str,
    now: datetime,
) -> None:
    """Counters last in the transaction."""
    held = quotas.place(db, interview.id) if interview is not None and freed else None
    if interview is None or held is None or held[1] not in freed:
        return
    queue.set_holds_place(db, case.case_id, False)
    quotas.move_place(db, interview.id, PlaceState.RELEASED, now, reason)


def _end_appointment(db: Connection, case: CaseRef, state: AppointmentState) -> None:
    planned = scheduling.planned(db, case.case_id)
    if planned is not None:
        scheduling.end(db, planned.id, state)


def _move_appointment(db: Connection, case: CaseRef, wait: Wait) -> None:
    """A missed appointment stands again later; one that gave way to an ordinary wait is over."""
    planned = scheduling.planned(db, case.case_id)
    if planned is None:
        return
    if wait.reason not in {WaitReason.FIRM, WaitReason.SOFT, WaitReason.CALLBACK}:
        scheduling.end(db, planned.id, AppointmentState.MISSED)
    elif wait.appointment_at is not None and wait.appointment_at != planned.appointment.at:
        scheduling.move(db, planned.id, wait.appointment_at, wait.missed)
