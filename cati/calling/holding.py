"""The case in an interviewer's hands: whose it is, which numbers are left, what the attempt has come to so far."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection

from cati.calling import scripts
from cati.cases.rules import CallFacts, reached_network
from cati.cases.store import attempts, queue
from cati.cases.store.attempts import Dial
from cati.cases.store.queue import Held
from cati.errors import CaseTaken
from cati.interviews import store as interviews
from cati.interviews.store import Interview
from cati.quotas import store as quotas
from cati.scheduling import store as scheduling
from cati.scheduling.rules import may_dial

_T = TypeVar("_T")

_NOTHING_IN_HAND = "Vous n’avez plus de dossier en main\u00a0: il a été rendu ou repris."


def must_hold(db: Connection, user_id: int) -> Held:
    """The case this interviewer holds. Raises CaseTaken when he holds none: it was taken back meanwhile."""
    held = queue.held_by(db, user_id)
    if held is None:
        raise CaseTaken(_NOTHING_IN_HAND)
    return held


def hold(db: Connection, user_id: int) -> tuple[Held, Interview | None]:
    """The case this interviewer holds and its interview, locked in this order: what two tabs ask comes one at a time.

    Raises CaseTaken when he holds none, or lost it while waiting.
    """
    case_id = must_hold(db, user_id).case_id
    interview, held = in_order(db, case_id, lambda: queue.lock_held(db, case_id, user_id))
    if held is None:
        raise CaseTaken(_NOTHING_IN_HAND)
    return held, interview


def in_order(db: Connection, case_id: int, lock_case: Callable[[], _T]) -> tuple[Interview | None, _T]:
    """The interview of a case, then the case as `lock_case` finds it, locked in this order whatever happens meanwhile.

    An interview opened while the case was waited for is not locked after it, for whoever has it waits for the case:
    the case is let go, and both are locked anew.
    """
    while True:
        interview = interviews.of_case(db, case_id, lock=True)
        if interview is not None:
            return interview, lock_case()
        with db.begin_nested() as waiting:
            found = lock_case()
            if interviews.of_case(db, case_id) is None:
                return None, found
            waiting.rollback()


def numbers_left(db: Connection, held: Held, attempt_id: int | None, now: datetime) -> list[int]:
    """The numbers that may still be dialled in this attempt, in their order."""
    protocol = scheduling.protocol_now(db, held.wave_id, now)
    history = attempts.history(db, held.case_id)
    dialled = {each.phone_id for each in attempts.dials_of(db, attempt_id)} if attempt_id else set()
    usable = attempts.usable_numbers(db, held.household_id)
    return [phone for phone in usable if phone not in dialled and may_dial(protocol, history, phone)]


def call_facts(db: Connection, held: Held, interview: Interview | None, dials: Sequence[Dial]) -> CallFacts:
    """What has happened in the attempt so far: it decides which dispositions the closing screen offers."""
    call_numbers = [each.call_no for each in dials if each.call_no is not None]
    said = set()
    if interview is not None and call_numbers:
        iterations = {f"c{number}" for number in call_numbers}
        said = {question for question, iteration in interview.answers if iteration in iterations}
    return CallFacts(
        dialled=any(
            reached_network(each.line_outcome, answered=each.answered_at is not None) for each in dials
        ),
        answered=bool(call_numbers),
        spoke=bool(said),
        leaseholder=interview is not None and bool(call_numbers) and _speaks_leaseholder(db, interview),
        place_left=held.holds_place or held.cell_id is None or quotas.cell(db, held.cell_id).has_place,
        interview_state=interview.state if interview else None,
    )


def _speaks_leaseholder(db: Connection, interview: Interview) -> bool:
    route = scripts.route(interview, scripts.script(db, interview.questionnaire_id))
    return route.marks.get("leaseholder", False)
