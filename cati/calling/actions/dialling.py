"""Call the household's numbers: dial, say what is heard, answer, hang up. The line is told after commit."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from cati.calling import lines, scripts
from cati.calling.actions import leaving
from cati.calling.actions.settling import settle
from cati.calling.caseref import CaseRef
from cati.calling.holding import call_facts, hold, numbers_left
from cati.calling.store import facts
from cati.cases.rules import CaseState, Disposition, WaitReason, possible
from cati.cases.store import attempts
from cati.cases.store.attempts import Closing, Dial
from cati.cases.store.queue import Held
from cati.errors import DispositionRefused, LineUnavailable, NotFound
from cati.events import EventKind
from cati.interviews import listening
from cati.interviews import store as interviews
from cati.interviews.rules import ListeningEnd
from cati.interviews.store import Interview, Opening
from cati.people import store as people
from cati.people.rules import StationState
from cati.sample.rules import NumberStatus
from cati.scheduling import store as scheduling
from cati.scheduling.rules import Decision, is_open, local
from cati.sealing import Keys
from cati.telephony import store as telephony
from cati.telephony.rules import DialOrder, Key, LineKind


@dataclass(frozen=True, slots=True)
class NextNumber:
    """The attempt goes on with another number of the household."""

    phone_id: int


def dial(db: Connection, user_id: int, phone_id: int, *, dial_id: UUID, keys: Keys, now: datetime) -> Dial:
    """Call this number of the case in hand. `dial_id` is the request's key: twice the same is one dial.

    Raises NumberBusyElsewhere, LineUnavailable with the reason, NotFound for a number that may not be dialled.
    """
    before = attempts.dial(db, dial_id)
    if before is not None:
        return before
    held, interview = hold(db, user_id)
    before = attempts.dial(db, dial_id)
    if before is not None:
        return before
    _check_number(db, held, phone_id, keys)
    attempt_id = attempts.open_attempt(db, held.case_id, user_id, now)
    _check_hour(db, held, interview, phone_id, now)
    if any(each.ended_at is None for each in attempts.dials_of(db, attempt_id)):
        raise LineUnavailable("Un appel est déjà en cours pour ce dossier : raccrochez d’abord.")
    placed = attempts.place_dial(db, attempt_id, phone_id, dial_id, now)
    people.set_station(db, user_id, StationState.IN_CALL, now)
    return placed


def answer(db: Connection, user_id: int, dial_id: UUID, *, request: UUID, now: datetime) -> int:
    """A person answered: the introduction begins; returns the interview. A call already answered changes nothing."""
    held, interview = hold(db, user_id)
    current = _of_attempt(db, held, dial_id)
    if current.call_no is not None and interview is not None:
        return interview.id
    line = lines.state(db, held.wave_id, current, now)
    if current.ended_at is not None or line.kind is LineKind.ENDED:
        raise LineUnavailable("Cet appel est terminé.")
    answered_at = line.answered_at or now
    return introduce(db, held, interview, user_id, dial_id, request=request, at=answered_at, now=now)


def introduce(
    db: Connection,
    held: Held,
    interview: Interview | None,
    user_id: int,
    dial_id: UUID,
    *,
    request: UUID,
    at: datetime,
    now: datetime,
) -> int:
    """A person speaks since `at`: the call counts, its first introduction screen is next; returns the interview."""
    call_no = attempts.answer_dial(db, dial_id, held.case_id, at)
    telephony.add_event(db, dial_id, Key.ANSWERED, at=at, received_at=now)
    if interview is None:
        opened = _open_interview(db, held, user_id, call_no, now)
        interview = interviews.load(db, opened)
        kind = EventKind.SHOWN
    else:
        kind = EventKind.RESUMED
    compiled = scripts.script(db, interview.questionnaire_id)
    visit = listening.visit_on(db, held.wave_id, held.bailleur_id, user_id, now)
    begun = replace(interviews.in_call(interview, call_no), visit=visit)
    shown = scripts.shown(begun, compiled, scripts.route(begun, compiled), kind)
    interviews.save(db, interview, [shown], request=request, by=user_id, now=now, call_no=call_no)
    return interview.id


def hear(db: Connection, user_id: int, dial_id: UUID, key: Key, now: datetime) -> NextNumber | Decision:
    """Nobody to interview at this number: the dial ends with what was heard, the attempt goes on or closes.

    A dead or wrong number is not dialled again in any attempt.
    """
    held, interview = hold(db, user_id)
    current = _of_attempt(db, held, dial_id)
    heard = HEARD.get(key)
    if heard is None or not _may_be_said(db, held, interview, current, heard):
        raise DispositionRefused(key=key)
    if current.heard is None:
        state = lines.after_key(db, held.wave_id, current, key, now)
        attempts.end_dial(db, dial_id, now, line_outcome=state.outcome, heard=heard)
        telephony.add_event(db, dial_id, key, at=now, received_at=now)
    if heard is Disposition.WRONG_NUMBER:
        attempts.mark_number(db, current.phone_id, NumberStatus.DEAD)
    return go_on(db, held, user_id, current.attempt_id, now)


def hang_up(db: Connection, user_id: int, dial_id: UUID, now: datetime) -> None:
    """End the call; what became of it is said on the closing screen. Hanging up twice is hanging up."""
    held, interview = hold(db, user_id)
    current = _of_attempt(db, held, dial_id)
    if interview is not None:
        listening.end(db, interview.id, ListeningEnd.FINISHED, now)
    if current.ended_at is None:
        state = lines.after_key(db, held.wave_id, current, Key.HANG_UP, now)
        attempts.end_dial(db, dial_id, now, line_outcome=state.outcome)
        telephony.add_event(db, dial_id, Key.HANG_UP, at=now, received_at=now)
    people.set_station(db, user_id, StationState.CLOSING, now)


def go_on(db: Connection, held: Held, user_id: int, attempt_id: int, now: datetime) -> NextNumber | Decision:
    """The next number not yet dialled in this attempt, else the attempt closes with what was heard last.

    A call of the tenant's own leads to no other number: nobody was to be rung.
    """
    left = [] if attempts.is_inbound(db, held.case_id) else numbers_left(db, held, attempt_id, now)
    if left:
        people.set_station(db, user_id, StationState.ON_CASE, now)
        return NextNumber(left[0])
    decision = close_as_heard(db, CaseRef.of(held), attempt_id, now)
    leaving.free(db, user_id, now)
    return decision


def close_as_heard(db: Connection, case: CaseRef, attempt_id: int, now: datetime) -> Decision:
    """Close an attempt whose numbers reached nobody with what was heard last, a wrong number only if all were."""
    dials = attempts.dials_of(db, attempt_id)
    heard = [each.heard for each in dials if each.heard is not None]
    reached = [each for each in heard if each is not Disposition.WRONG_NUMBER]
    attempts.close_attempt(db, attempt_id, Closing(disposition=(reached or heard)[-1]), now)
    return settle(db, case, now)


#: What each key says of a dial that reached nobody to interview.
HEARD = {
    Key.NO_ANSWER: Disposition.NO_ANSWER,
    Key.BUSY: Disposition.BUSY,
    Key.MACHINE: Disposition.ANSWERING_MACHINE,
    Key.WRONG_NUMBER: Disposition.WRONG_NUMBER,
    Key.DEAD_NUMBER: Disposition.WRONG_NUMBER,
}


def _check_number(db: Connection, held: Held, phone_id: int, keys: Keys) -> None:
    if phone_id not in attempts.usable_numbers(db, held.household_id):
        raise NotFound("Ce numéro ne s’appelle plus.", phone=phone_id)
    number = facts.number(db, phone_id, keys)
    order = DialOrder(number=number.e164, fictional=number.fictional, demo=number.demo)
    refusal = lines.driver(db, held.wave_id).refusal(order)
    if refusal is not None:
        raise LineUnavailable(refusal)


def _check_hour(
    db: Connection, held: Held, interview: Interview | None, phone_id: int, now: datetime
) -> None:
    """Whether the household may be rung at this hour, and this number once more; an interview that was cut off may
    always be finished.
    """
    attempt_id = attempts.open_attempt_of(db, held.case_id)
    made = attempts.dials_of(db, attempt_id) if attempt_id is not None else []
    if interview is not None and interview.started_at is not None and any(each.call_no for each in made):
        return
    protocol = scheduling.protocol_now(db, held.wave_id, now)
    calendar = scheduling.calendar(db, held.calendar_id, held.wave_id)
    promised = held.state is CaseState.INTERRUPTED or held.wait_reason in {WaitReason.FIRM, WaitReason.SOFT}
    first = held.wait_reason is WaitReason.FRESH
    if not is_open(protocol, calendar, now, appointment=promised, first=first):
        raise LineUnavailable("Ce foyer ne s’appelle pas à cette heure.")
    if attempts.is_inbound(db, held.case_id):
        made = made[1:]  # the first is the tenant's own call
    past = [each for attempt in attempts.history(db, held.case_id) for each in attempt.rung]
    rung = sum(each.phone_id == phone_id and each.reached_network for each in past)
    if rung + sum(each.phone_id == phone_id for each in made) >= protocol.caps.dials_per_number:
        raise LineUnavailable("Ce numéro a été appelé autant de fois qu’il est permis.")


def _of_attempt(db: Connection, held: Held, dial_id: UUID) -> Dial:
    """The dial, which belongs to the attempt at the case in hand: nobody ends the call of somebody else."""
    current = attempts.dial(db, dial_id)
    if current is None or current.attempt_id != attempts.open_attempt_of(db, held.case_id):
        raise NotFound(dial=dial_id)
    return current


def _may_be_said(
    db: Connection, held: Held, interview: Interview | None, current: Dial, heard: Disposition
) -> bool:
    """Whether this may be heard at the dial: once a person has answered, only what that call may end with."""
    if current.call_no is None or current.heard is heard:
        return True
    return heard in possible(call_facts(db, held, interview, attempts.dials_of(db, current.attempt_id)))


def _open_interview(db: Connection, held: Held, user_id: int, call_no: int, now: datetime) -> int:
    today = local(scheduling.calendar(db, held.calendar_id, held.wave_id), now).date()
    opening = Opening(
        case_id=held.case_id,
        questionnaire_id=facts.questionnaire_of(db, held.wave_id),
        facts={"year": today.year, "date": today.isoformat()},
        interviewer_id=user_id,
        call_no=call_no,
    )
    return interviews.open_interview(db, opening, now)
