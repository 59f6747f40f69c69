"""An interviewer's screen as a supervisor may see it: where the desk stands, the question with its choices, no name.

Read from what is recorded, as the desk itself is; nothing of the household's identity is unsealed for it.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from cati.calling import lines, scripts
from cati.calling.views.desk import DeskState, announcing
from cati.calling.views.screen import Screen, needs_contact, screen
from cati.cases.store import attempts, queue
from cati.cases.store.attempts import Dial
from cati.cases.store.queue import Held
from cati.interviews import store as interviews
from cati.people import store as people
from cati.people.rules import StationState
from cati.questionnaire import ast
from cati.questionnaire.route import Route
from cati.questionnaire.routing import Compiled
from cati.telephony.rules import LineKind, LineState

#: What stands where the introduction says who is called.
_MASKED = dict.fromkeys(("nom", "residence", "commune"), "[…]") | {"civilite": "Mme/M."}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirror:
    """One desk at one moment."""

    state: DeskState
    case_id: int | None = None
    wave: str = ""
    bailleur: str = ""
    line: LineState | None = None
    screen: Screen | None = None
    withheld: bool = False  #: the tenant does not want to be listened to: rank and block alone are shown


_CASE = text(
    """
    select w.name as wave, b.name as bailleur
    from households h join waves w on w.id = h.wave_id join bailleurs b on b.id = h.bailleur_id
    where h.id = :household
    """
)


def mirror(db: Connection, user_id: int, now: datetime) -> Mirror:
    """The desk of this interviewer now."""
    held = queue.held_by(db, user_id)
    if held is None:
        station = people.station(db, user_id)
        return Mirror(state=DeskState.PAUSED if station is StationState.PAUSED else DeskState.IDLE)
    attempt_id = attempts.open_attempt_of(db, held.case_id)
    dials = attempts.dials_of(db, attempt_id) if attempt_id else []
    line = lines.state(db, held.wave_id, dials[-1], now) if dials else None
    shown, refused = _screen(db, user_id, held, dials, now)
    about = db.execute(_CASE, {"household": held.household_id}).one()
    return Mirror(
        state=_state(dials, line, shown),
        case_id=held.case_id,
        wave=about.wave,
        bailleur=about.bailleur,
        line=line,
        screen=shown,
        withheld=refused,
    )


def _state(dials: list[Dial], line: LineState | None, shown: Screen | None) -> DeskState:
    if not dials or line is None or dials[-1].heard is not None:
        return DeskState.CASE
    if dials[-1].call_no is None:
        return DeskState.TALKING if line.kind is LineKind.ANSWERED else DeskState.DIALING
    over = shown is None or shown.question is None or dials[-1].ended_at is not None
    return DeskState.CLOSING if over else DeskState.INTERVIEW


def _screen(
    db: Connection, user_id: int, held: Held, dials: list[Dial], now: datetime
) -> tuple[Screen | None, bool]:
    """The question in the call that somebody answered, and whether this call's tenant refused every listening."""
    found = interviews.of_case(db, held.case_id) if dials and dials[-1].call_no is not None else None
    interview = announcing(db, found, user_id, now)
    if interview is None:
        return None, False
    compiled = scripts.script(db, interview.questionnaire_id)
    route = scripts.route(interview, compiled)
    contact = _MASKED if needs_contact(compiled, route) else None
    name = people.get_user(db, user_id).first_name
    return screen(interview, compiled, route, interviewer=name, contact=contact), _refused(compiled, route)


def _refused(compiled: Compiled, route: Route) -> bool:
    """Whether the tenant was asked in this call, and wants nobody of the house to listen either."""
    consent = compiled.questionnaire.consents.get("quality")
    if consent is None or not all(name in route.visible for name in ast.names(consent.tree)):
        return False
    return not route.consents["quality"]
