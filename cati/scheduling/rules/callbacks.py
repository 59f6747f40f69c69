"""What becomes of a case after an attempt: closed, or called again, when and by whom."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cati.cases.rules import AttemptFact, CaseFacts, Disposition, Outcome, WaitReason, outcome
from cati.errors import DispositionRefused
from cati.scheduling.rules.appointments import (
    Appointment,
    after_missed,
    due_from,
    first_served,
    open_to_all_at,
)
from cati.scheduling.rules.caps import busy_again, caps_reached, counted_attempts
from cati.scheduling.rules.protocol import Protocol
from cati.scheduling.rules.windows import (
    Calendar,
    DayPart,
    day_part,
    is_open,
    local,
    local_midnight,
    next_open,
    next_open_in,
)


@dataclass(frozen=True, slots=True)
class Close:
    """The case is closed; a quota place it held is kept only by a completed interview."""

    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Wait:
    """The case comes back."""

    reason: WaitReason
    due_at: datetime
    step: int  #: rank among what comes next: 2 firm, 5 soft and callbacks, 6 the rest
    owner_id: int | None = None  #: whose firm appointment it is
    open_to_all_at: datetime | None = None  #: from then on anybody's
    not_user: int | None = None  #: the interviewer who was refused: never him again
    skill: str | None = None  #: only an interviewer who has it
    appointment_at: datetime | None = None  #: the time agreed, or the new time of a missed appointment
    missed: int = 0
    frees_place: bool = False
    #: When the household may be called though another hour is preferred: for somebody who would have no case at all.
    earliest_at: datetime | None = None
    rests_until: datetime | None = None  #: it was spoken to in another study; until then it is left in peace


@dataclass(frozen=True, slots=True)
class BackAsItWas:
    """Nothing happened for the household: no dial reached the network. Its waiting is what it was before."""


Decision = Close | Wait | BackAsItWas

LANGUAGE = "language"  #: the skill of an interviewer who speaks another language
CONVERSION = "conversion"  #: the skill of an interviewer trained to take up a refusal


def after_attempt(
    protocol: Protocol,
    calendar: Calendar,
    history: Sequence[AttemptFact],
    case: CaseFacts,
    now: datetime,
    *,
    appointment: Appointment | None = None,
) -> Decision:
    """Decide after the last attempt of `history`; `appointment` is the one that stood when it began.

    Raises DispositionRefused for a disposition that says what the interview does not.
    """
    plan = _Plan(protocol, calendar, history, now)
    if plan.last.disposition == Disposition.NOT_PLACED:
        return BackAsItWas()
    spent = 0 < case.numbers_left <= case.numbers_spent
    exhausted = spent or caps_reached(protocol, calendar, history, now).exhausted
    closing = outcome(history, case, caps_reached=exhausted, conversions=protocol.caps.conversions)
    if closing is not None:
        return Close(closing)
    if plan.nobody_rung:
        return BackAsItWas()
    return _for_whom(protocol, _stands(plan, appointment) or _wait(plan), history)


def missed_appointment(
    protocol: Protocol,
    calendar: Calendar,
    appointment: Appointment,
    now: datetime,
    *,
    history: Sequence[AttemptFact] = (),
) -> Wait:
    """What follows a firm appointment at which nobody was reached: the same half-hour of the next permitted day.

    The first time it stays firm and is anybody's; missed twice it gives up its quota place and is an ordinary retry.
    One that nobody could keep, its day closed or its hour given up since, is moved and not counted as missed.
    """
    at = after_missed(protocol, calendar, appointment.at, now)
    missed = appointment.missed + is_open(protocol, calendar, appointment.at, appointment=True)
    if missed >= protocol.holding.misses_that_free:
        due = _permitted(protocol, calendar, history, at)
        wait = Wait(_retry_reason(history), due, _REST, missed=missed, frees_place=True)
    else:
        again = replace(appointment, at=at, missed=missed)
        wait = replace(_firm(protocol, calendar, again), open_to_all_at=at)
    return _for_whom(protocol, wait, history)


def booked(
    protocol: Protocol, calendar: Calendar, history: Sequence[AttemptFact], appointment: Appointment
) -> Wait:
    """How a case waits for an appointment made outside of a call, by a supervisor; it is at a permitted time."""
    if appointment.firm:
        return _for_whom(protocol, _firm(protocol, calendar, appointment), history)
    due = next_open(protocol, calendar, appointment.at, appointment=True)
    return _for_whom(protocol, Wait(WaitReason.SOFT, due, _ASKED, appointment_at=appointment.at), history)


def taken_up(protocol: Protocol, calendar: Calendar, history: Sequence[AttemptFact], now: datetime) -> Wait:
    """How a closed case waits that a supervisor opens again: at the first moment inside the windows and the caps."""
    never = all(attempt.disposition == Disposition.NOT_PLACED for attempt in history)
    reason = WaitReason.FRESH if never else _retry_reason(history)
    return _for_whom(protocol, Wait(reason, _permitted(protocol, calendar, history, now), _REST), history)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What the decision is made from."""

    protocol: Protocol
    calendar: Calendar
    history: Sequence[AttemptFact]
    now: datetime

    @property
    def last(self) -> AttemptFact:
        return self.history[-1]

    @property
    def nobody_rung(self) -> bool:
        """A line fault, or a call of the tenant's own in which nobody spoke: the household's telephone never rang."""
        return not self.last.counts and self.last.disposition in _NOBODY_REACHED

    def after(self, minutes: int) -> datetime:
        """So long after the household was dialled."""
        return self.last.called_at + timedelta(minutes=minutes)

    def days_later(self, days: int) -> datetime:
        """The beginning of a later day of the household."""
        today = local(self.calendar, self.last.called_at).date()
        return local_midnight(self.calendar, today + timedelta(days=days))

    def permitted(self, earliest: datetime) -> datetime:
        """The first moment from `earliest` on inside the windows and the caps, not before now."""
        return _permitted(self.protocol, self.calendar, self.history, max(earliest, self.now))

    def nth(self, first: int, again: int | None) -> int:
        """The delay of the first time, or of the next ones since somebody was last reached."""
        return (
            again if again is not None and _said_before(self.protocol, self.calendar, self.history) else first
        )

    def busy_due(self) -> datetime | None:
        """When a busy line is dialled again within the same attempt, or None."""
        due = self.after(self.protocol.delays.busy_minutes)
        busy = self.last.disposition == Disposition.BUSY
        return due if busy and busy_again(self.protocol, self.calendar, self.history, due) else None


_FIRM, _ASKED, _REST = 2, 5, 6  # steps of what comes next

_NOBODY_REACHED = {
    Disposition.NO_ANSWER,
    Disposition.BUSY,
    Disposition.ANSWERING_MACHINE,
    Disposition.WRONG_NUMBER,
}


def _for_whom(protocol: Protocol, wait: Wait, history: Sequence[AttemptFact]) -> Wait:
    """The same wait, kept from the interviewer who was refused, and for one who is understood or trained."""
    refused_by = _refused_by(history)
    return replace(
        wait,
        owner_id=None if wait.owner_id == refused_by else wait.owner_id,
        not_user=refused_by,
        skill=_skill(protocol, wait, history),
    )


def _skill(protocol: Protocol, wait: Wait, history: Sequence[AttemptFact]) -> str | None:
    """What its interviewer must be able to do: to be understood comes before everything."""
    if any(attempt.disposition == Disposition.LANGUAGE for attempt in history):
        return LANGUAGE
    asks_again = wait.reason is WaitReason.CONVERSION and protocol.conversion_needs_skill
    return CONVERSION if asks_again else None


def _refused_by(history: Sequence[AttemptFact]) -> int | None:
    """The interviewer who was softly refused."""
    return next((attempt.interviewer_id for attempt in reversed(history) if attempt.is_soft_refusal), None)


def _stands(plan: _Plan, appointment: Appointment | None) -> Wait | None:
    """A firm appointment survives a call that reached nobody: still to come, or missed."""
    if appointment is None or not appointment.firm or plan.last.disposition not in _NOBODY_REACHED:
        return None
    if plan.last.called_at < due_from(plan.protocol, appointment.at):
        return _firm(plan.protocol, plan.calendar, appointment)
    again = plan.busy_due()
    if again is None:
        return missed_appointment(plan.protocol, plan.calendar, appointment, plan.now, history=plan.history)
    due = next_open(plan.protocol, plan.calendar, again, appointment=True)
    return replace(_firm(plan.protocol, plan.calendar, appointment), due_at=due, open_to_all_at=due)


def _wait(plan: _Plan) -> Wait:
    """The wait that the last disposition calls for; those that are always final never come here."""
    last, delays = plan.last, plan.protocol.delays
    match last.disposition:
        case Disposition.BUSY:
            return _after_busy(plan)
        case Disposition.NO_ANSWER:
            return _retry(plan, plan.after(_no_answer_minutes(plan)))
        case Disposition.ANSWERING_MACHINE:
            minutes = plan.nth(delays.answering_machine_minutes, delays.answering_machine_again_minutes)
            return _retry(plan, plan.after(minutes))
        case Disposition.WRONG_NUMBER:
            return _retry(plan, plan.after(delays.wrong_number_minutes))
        case Disposition.LANGUAGE:
            return _retry(plan, plan.after(delays.no_answer_minutes))
        case _:
            return _asked_for(plan)


def _asked_for(plan: _Plan) -> Wait:
    """After a call in which somebody said when to call again, or left in the middle."""
    last, delays = plan.last, plan.protocol.delays
    match last.disposition:
        case Disposition.APPOINTMENT_FIRM if last.appointment_at is not None:
            made = Appointment(at=last.appointment_at, firm=True, owner_id=last.interviewer_id)
            return _firm(plan.protocol, plan.calendar, made)
        case Disposition.APPOINTMENT_SOFT:
            return _soft(plan)
        case Disposition.CALLBACK:
            return _callback(plan)
        case Disposition.AWAY if last.return_on is not None:
            back = local_midnight(plan.calendar, last.return_on)
            return Wait(WaitReason.CALLBACK, plan.permitted(back), _ASKED)
        case Disposition.BREAK_OFF:
            days = plan.nth(delays.break_off_days, delays.break_off_again_days)
            due = plan.permitted(plan.days_later(days))
            return Wait(WaitReason.CALLBACK, due, _ASKED, frees_place=True)
        case Disposition.REFUSAL_PERSON | Disposition.REFUSAL_HOUSEHOLD:
            # whole days of 24 h from the refusal: « at least ten days » must hold to the hour
            due = plan.permitted(last.called_at + timedelta(days=delays.conversion_days))
            return Wait(WaitReason.CONVERSION, due, _REST, frees_place=True)
    raise DispositionRefused(
        "Cette issue ne correspond pas à l’état de l’entretien.", disposition=last.disposition
    )


def _after_busy(plan: _Plan) -> Wait:
    again = plan.busy_due()
    if again is None:
        return _retry(plan, plan.after(_no_answer_minutes(plan)))
    return Wait(_retry_reason(plan.history), plan.permitted(again), _REST)


def _no_answer_minutes(plan: _Plan) -> int:
    """A line that stays busy is nobody who answers: both count for whether this is the first time."""
    delays = plan.protocol.delays
    return plan.nth(delays.no_answer_minutes, delays.no_answer_again_minutes)


def _retry(plan: _Plan, earliest: datetime) -> Wait:
    plain = plan.permitted(earliest)
    preferred = _in_another_part(plan, plain)
    sooner = plain if plain < preferred else None
    return Wait(_retry_reason(plan.history), preferred, _REST, earliest_at=sooner)


def _said_before(protocol: Protocol, calendar: Calendar, history: Sequence[AttemptFact]) -> bool:
    """Whether what the last attempt came to had been said before, with nobody reached in between.

    A series of busy dials is one attempt, and says what an unanswered call says.
    """
    last = _came_to(history[-1])
    counted = counted_attempts(protocol, calendar, history)
    before = (
        [each for each in history[:-1] if each.counts and each.called_at < counted[-1]] if counted else []
    )
    for attempt in reversed(before):
        if _came_to(attempt) == last:
            return True
        if attempt.disposition not in _NOBODY_REACHED:
            return False
    return False


def _came_to(attempt: AttemptFact) -> Disposition:
    busy = attempt.disposition == Disposition.BUSY
    return Disposition.NO_ANSWER if busy else attempt.disposition


def _retry_reason(history: Sequence[AttemptFact]) -> WaitReason:
    """Until somebody is reached, a conversion stays one."""
    return WaitReason.RETRY if _refused_by(history) is None else WaitReason.CONVERSION


def _soft(plan: _Plan) -> Wait:
    said = plan.last.appointment_at
    if said is None:
        return replace(_callback(plan), reason=WaitReason.SOFT)
    due = next_open(plan.protocol, plan.calendar, max(said, plan.now), appointment=True)
    return Wait(WaitReason.SOFT, due, _ASKED, appointment_at=said)


def _callback(plan: _Plan) -> Wait:
    said = plan.last.appointment_at
    if said is not None:
        due = plan.permitted(max(said, plan.now))
    else:
        delays = plan.protocol.delays
        days = plan.nth(delays.callback_days, delays.callback_again_days)
        due = _in_another_part(plan, plan.permitted(plan.days_later(days)))
    return Wait(WaitReason.CALLBACK, due, _ASKED, appointment_at=said)


def _firm(protocol: Protocol, calendar: Calendar, appointment: Appointment) -> Wait:
    return Wait(
        WaitReason.FIRM,
        first_served(protocol, calendar, appointment.at),
        _FIRM,
        owner_id=appointment.owner_id,
        open_to_all_at=open_to_all_at(protocol, appointment.at),
        appointment_at=appointment.at,
        missed=appointment.missed,
    )


def _permitted(
    protocol: Protocol, calendar: Calendar, history: Sequence[AttemptFact], earliest: datetime
) -> datetime:
    """The first moment from `earliest` on inside the windows and the caps."""
    moment = next_open(protocol, calendar, earliest)
    verdict = caps_reached(protocol, calendar, history, moment)
    while verdict.until is not None:
        moment = next_open(protocol, calendar, verdict.until)
        verdict = caps_reached(protocol, calendar, history, moment)
    return moment


def _in_another_part(plan: _Plan, plain: datetime) -> datetime:
    """The first permitted moment from `plain` on in a part of the week worth trying, or `plain` when there is none for
    two weeks.
    """
    if not plan.protocol.other_day_part:
        return plain
    better = next_open_in(plan.protocol, plan.calendar, plain, _worth_trying(plan))
    return better or plain  # the caps only loosen with time: what `plain` permits, a later moment does


def _worth_trying(plan: _Plan) -> Callable[[DayPart], bool]:
    """Parts not tried yet, until enough were; then any but the last one tried."""
    tried = [
        day_part(plan.protocol, plan.calendar, attempt.called_at)
        for attempt in plan.history
        if attempt.counts
    ]
    if len(set(tried)) < plan.protocol.caps.day_parts:
        return lambda part: part not in tried
    return lambda part: part != tried[-1]
