"""The desk: which of its seven states an interviewer's station is in, computed from recorded facts alone."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection

from cati.calling import lines, scripts
from cati.calling.holding import call_facts
from cati.calling.views.card import Card, card, contact_fills
from cati.calling.views.help import HelpShown, help_of
from cati.calling.views.screen import Screen, needs_contact, screen
from cati.cases.rules import Disposition, possible
from cati.cases.store import attempts, queue
from cati.cases.store.attempts import Dial
from cati.cases.store.queue import Held
from cati.interviews import listening
from cati.interviews import store as interviews
from cati.interviews.store import Interview
from cati.people import store as people
from cati.people.rules import StationState
from cati.questionnaire.route import AnswerKey
from cati.sealing import Keys
from cati.telephony.rules import Capabilities, LineKind, LineState, suggested


class DeskState(StrEnum):
    """What the desk shows; the value of `data-desk`."""

    IDLE = "idle"
    CASE = "case"
    DIALING = "dialing"
    TALKING = "talking"
    INTERVIEW = "interview"
    CLOSING = "closing"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """The closing screen: what this call may end with, and what is offered first."""

    offered: Sequence[Disposition]
    first: Disposition | None
    refused: bool  #: a refusal was heard: by whom and how firmly is to be said


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One station at one moment."""

    state: DeskState
    card: Card | None = None
    dial: Dial | None = None
    line: LineState | None = None
    capabilities: Capabilities | None = None
    screen: Screen | None = None
    closing: Closing | None = None
    help: Sequence[HelpShown] = ()  #: objections and information of the questionnaire
    in_interview: bool = False  #: an interview may be gone back to from the closing screen


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Where the interviewer wants to look, beside where the facts put him."""

    at: AnswerKey | None = None  #: an earlier question
    closing: bool = False  #: the closing screen


def desk(
    db: Connection, keys: Keys, user_id: int, first_name: str, now: datetime, look: Look | None = None
) -> Desk:
    """The desk of this interviewer now. `first_name` is what he says on the telephone."""
    look = look or Look()
    held = queue.held_by(db, user_id)
    if held is None:
        paused = people.station(db, user_id) is StationState.PAUSED
        return Desk(state=DeskState.PAUSED if paused else DeskState.IDLE)
    about = card(db, keys, held, now)
    attempt_id = attempts.open_attempt_of(db, held.case_id)
    dials = attempts.dials_of(db, attempt_id) if attempt_id else []
    capabilities = lines.driver(db, held.wave_id).capabilities
    if not dials:
        return Desk(state=DeskState.CASE, card=about, capabilities=capabilities)
    last = dials[-1]
    line = lines.state(db, held.wave_id, last, now)
    if last.heard is not None and not look.closing:
        return Desk(state=DeskState.CASE, card=about, capabilities=capabilities, dial=last)
    if last.call_no is None and not look.closing:
        ringing = line.kind is not LineKind.ANSWERED
        state = DeskState.DIALING if ringing else DeskState.TALKING
        return Desk(state=state, card=about, dial=last, line=line, capabilities=capabilities)
    interview = announcing(db, interviews.of_case(db, held.case_id), user_id, now)
    at_desk = _Answered(held=held, interview=interview, dials=dials, line=line)
    return _answered(db, keys, first_name, at_desk, look, about, capabilities)


def announcing(db: Connection, interview: Interview | None, user_id: int, now: datetime) -> Interview | None:
    """The interview with the visit that this interviewer's introduction announces now, if any."""
    if interview is None:
        return None
    visit = listening.visit_on(db, interview.wave_id, interview.bailleur_id, user_id, now)
    return replace(interview, visit=visit)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answered:
    held: Held
    interview: Interview | None
    dials: list[Dial]
    line: LineState


def _answered(
    db: Connection,
    keys: Keys,
    first_name: str,
    call: _Answered,
    look: Look,
    about: Card,
    capabilities: Capabilities,
) -> Desk:
    """Somebody answered: the script, or the closing screen once the call or the script is over."""
    shown = _screen(db, keys, first_name, call, look) if call.interview is not None else None
    over = shown is None or shown.question is None
    hung_up = call.dials[-1].ended_at is not None
    closes = look.closing or (over and (shown is None or look.at is None)) or (hung_up and look.at is None)
    return Desk(
        state=DeskState.CLOSING if closes else DeskState.INTERVIEW,
        card=about,
        dial=call.dials[-1],
        line=call.line,
        capabilities=capabilities,
        screen=shown,
        closing=_closing(db, call, shown) if closes else None,
        help=_help(db, first_name, call) if shown is not None else (),
        in_interview=shown is not None and shown.question is not None,
    )


def _screen(db: Connection, keys: Keys, first_name: str, call: _Answered, look: Look) -> Screen | None:
    interview = call.interview
    if interview is None or all(each.call_no is None for each in call.dials):
        return None
    compiled = scripts.script(db, interview.questionnaire_id)
    route = scripts.route(interview, compiled)
    contact = (
        contact_fills(db, keys, call.held.household_id) if needs_contact(compiled, route, look.at) else None
    )
    return screen(interview, compiled, route, interviewer=first_name, contact=contact, at=look.at)


def _help(db: Connection, first_name: str, call: _Answered) -> Sequence[HelpShown]:
    assert call.interview is not None, "a script is shown of an interview only"
    compiled = scripts.script(db, call.interview.questionnaire_id)
    return help_of(call.interview, compiled, scripts.route(call.interview, compiled), interviewer=first_name)


#: What the families that a choice ends the call with (`ends:`) offer first on the closing screen.
_FAMILIES = {
    "appointment": Disposition.APPOINTMENT_FIRM,
    "refusal": Disposition.REFUSAL_PERSON,
}


def _closing(db: Connection, call: _Answered, shown: Screen | None) -> Closing:
    last = call.dials[-1]
    told = replace(last, line_outcome=last.line_outcome or call.line.outcome)
    offered = possible(call_facts(db, call.held, call.interview, [*call.dials[:-1], told]))
    said = shown.ended if shown is not None else None
    first = _FAMILIES.get(said) if said in _FAMILIES else _named(said)
    if shown is not None and shown.complete:
        first = Disposition.COMPLETE
    if first is None and call.dials[-1].call_no is None:
        first = call.dials[-1].heard or suggested(call.line)
    if first not in offered:
        first = _fallback(first, offered)
    ordered = sorted(offered, key=list(Disposition).index)
    return Closing(offered=ordered, first=first, refused=said == "refusal")


def _named(said: str | None) -> Disposition | None:
    return Disposition(said) if said is not None and said in list(Disposition) else None


def _fallback(first: Disposition | None, offered: frozenset[Disposition]) -> Disposition | None:
    """A firm appointment that is not possible here becomes a soft one; anything else is left to the interviewer."""
    soft = Disposition.APPOINTMENT_SOFT
    return soft if first is Disposition.APPOINTMENT_FIRM and soft in offered else None
