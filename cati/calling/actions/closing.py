"""Close an attempt: the disposition the interviewer gives, and what each one brings about. Also release, and erase."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Connection

from cati.audit import store as audit
from cati.calling.actions import appointing, dialling, leaving, opposing
from cati.calling.actions.dialling import NextNumber
from cati.calling.actions.settling import settle
from cati.calling.caseref import CaseRef
from cati.calling.holding import call_facts, hold
from cati.calling.store import facts
from cati.cases.rules import (
    CallFacts,
    Disposition,
    InterviewState,
    RefusalBy,
    RefusalKind,
    possible,
)
from cati.cases.store import attempts, queue
from cati.cases.store.attempts import Closing, Dial
from cati.cases.store.queue import Held
from cati.errors import DispositionRefused
from cati.interviews import store as interviews
from cati.interviews.rules import UNDER_WAY
from cati.interviews.store import Interview
from cati.sample.rules import NumberStatus
from cati.scheduling import store as scheduling
from cati.scheduling.rules import AppointmentState, Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the closing screen says."""

    disposition: Disposition
    refusal_by: RefusalBy | None = None
    refusal_kind: RefusalKind | None = None
    reason: str | None = None
    at: datetime | None = None  #: of an appointment, or of a callback that a third person told
    return_on: date | None = None  #: of somebody away
    note: str | None = None


def close(db: Connection, user_id: int, verdict: Verdict, now: datetime) -> NextNumber | Decision:
    """Close the attempt at the case in hand. A wrong number closes it only when no number is left.

    Raises DispositionRefused for what this call cannot end with, AppointmentRefused for a time that is not permitted.
    """
    held, interview = hold(db, user_id)
    attempt_id = attempts.open_attempt(db, held.case_id, user_id, now)
    _hang_up(db, user_id, attempts.dials_of(db, attempt_id), now)
    dials = attempts.dials_of(db, attempt_id)
    call = call_facts(db, held, interview, dials)
    if verdict.disposition not in possible(call):
        raise DispositionRefused(disposition=verdict.disposition)
    _say_what_was_heard(db, dials, verdict, now)
    if verdict.disposition is Disposition.WRONG_NUMBER and dials:
        attempts.mark_number(db, dials[-1].phone_id, NumberStatus.DEAD)
        return dialling.go_on(db, held, user_id, attempt_id, now)
    _carry_out(db, _Call(held, user_id, interview, call, dials), verdict, now)
    attempts.close_attempt(db, attempt_id, _closing(verdict), now)
    decision = settle(db, CaseRef.of(held), now)
    _count(db, held, user_id, interview, verdict, now)
    leaving.free(db, user_id, now)
    return decision


def release(db: Connection, user_id: int, now: datetime) -> None:
    """Give the case back without having dialled: it waits as it did. Refused once a number was dialled."""
    held, _ = hold(db, user_id)
    attempt_id = attempts.open_attempt(db, held.case_id, user_id, now)
    if attempts.dials_of(db, attempt_id):
        raise DispositionRefused("Un numéro a été appelé : dites l’issue de cet appel.")
    attempts.close_attempt(db, attempt_id, Closing(disposition=Disposition.NOT_PLACED), now)
    queue.end_lease(db, held.case_id)
    leaving.free(db, user_id, now)


@dataclass(frozen=True, slots=True)
class _Call:
    """The call that is being closed."""

    held: Held
    user_id: int
    interview: Interview | None
    facts: CallFacts
    dials: list[Dial]


def _hang_up(db: Connection, user_id: int, dials: list[Dial], now: datetime) -> None:
    """Closing hangs up: what the line came to is then known."""
    for live in (each for each in dials if each.ended_at is None):
        dialling.hang_up(db, user_id, live.id, now)


def _say_what_was_heard(db: Connection, dials: list[Dial], verdict: Verdict, now: datetime) -> None:
    heard = set(dialling.HEARD.values())
    if dials and verdict.disposition in heard:
        attempts.end_dial(db, dials[-1].id, now, heard=verdict.disposition)


def _carry_out(db: Connection, call: _Call, verdict: Verdict, now: datetime) -> None:
    held, user_id, interview = call.held, call.user_id, call.interview
    if call.facts.answered and verdict.disposition not in set(dialling.HEARD.values()):
        _keep_appointment(db, held, now)
    match verdict.disposition:
        case Disposition.APPOINTMENT_FIRM | Disposition.APPOINTMENT_SOFT | Disposition.CALLBACK:
            phone_id = call.dials[-1].phone_id if call.dials else None
            wish = verdict_to_wish(verdict, phone_id, call.facts)
            appointing.make_appointment(db, held, user_id, wish, now)
        case Disposition.OPPOSITION:
            opposing.oppose_household(db, held.household_id, user_id, now, spared=held.case_id)
            audit.write(
                db, now=now, user_id=user_id, action="opposition", object_type="case", object_id=held.case_id
            )
        case Disposition.QUOTA_FULL if interview is not None and interview.state in UNDER_WAY:
            interviews.set_state(db, interview.id, InterviewState.QUOTA_FULL, now)


def _count(
    db: Connection, held: Held, user_id: int, interview: Interview | None, verdict: Verdict, now: datetime
) -> None:
    """What moves a counter comes last: a place promised, an interview erased."""
    if verdict.disposition is Disposition.APPOINTMENT_FIRM:
        appointing.promise_place(db, held, interview, now)
    elif verdict.disposition is Disposition.WITHDRAWN and interview is not None:
        facts.erase_interview(db, interview.id, verdict.reason or "demandé au téléphone", user_id, now)


def verdict_to_wish(verdict: Verdict, phone_id: int | None, call: CallFacts) -> appointing.Wish:
    """The appointment that a verdict asks for."""
    return appointing.Wish(
        at=verdict.at,
        firm=verdict.disposition is Disposition.APPOINTMENT_FIRM,
        told_by_third=verdict.disposition is Disposition.CALLBACK,
        leaseholder=call.leaseholder,
        phone_id=phone_id,
        note=verdict.note,
    )


def _keep_appointment(db: Connection, held: Held, now: datetime) -> None:
    """Somebody was reached: the appointment that stood is kept, or was overtaken by an earlier call."""
    planned = scheduling.planned(db, held.case_id)
    if planned is not None:
        due = held.wait_reason is not None and now >= planned.appointment.at - appointing.EARLY
        kept = due or attempts.is_inbound(db, held.case_id)  # the tenant came to it himself
        scheduling.end(db, planned.id, AppointmentState.KEPT if kept else AppointmentState.CANCELLED)


def _closing(verdict: Verdict) -> Closing:
    refused = verdict.disposition in {Disposition.REFUSAL_PERSON, Disposition.REFUSAL_HOUSEHOLD}
    by = RefusalBy.PERSON if verdict.disposition is Disposition.REFUSAL_PERSON else RefusalBy.HOUSEHOLD
    closing = Closing(
        disposition=verdict.disposition,
        reason=verdict.reason,
        return_on=verdict.return_on,
        note=verdict.note,
    )
    if not refused:
        return closing
    return replace(closing, refusal_by=by, refusal_kind=verdict.refusal_kind or RefusalKind.SOFT)
