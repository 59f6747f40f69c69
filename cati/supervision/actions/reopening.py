"""Take a closed case up again; its attempts and what they came to stay written."""

from datetime import datetime

from sqlalchemy import Connection

from cati.calling.actions import settling
from cati.cases.rules import CaseState, Outcome, why_not_reopened
from cati.cases.store import attempts, queue
from cati.cases.store import reopening as cases
from cati.errors import Conflict
from cati.quotas import store as quotas
from cati.scheduling import store as scheduling
from cati.scheduling.rules import caps_reached, taken_up
from cati.supervision.actions import written
from cati.supervision.store import standing as store
from cati.supervision.store.standing import Standing


def reopen(db: Connection, case_id: int, reason: str, *, by: int, now: datetime) -> None:
    """The case waits again for the first moment that hours and caps permit; an interview that ended goes on with it.

    Raises Conflict, with the sentence that says why it stays closed: an opposition, a withdrawal, a complete interview…
    """
    case = store.lock_free(db, case_id)
    if case.state is not CaseState.CLOSED:
        raise Conflict("Ce dossier n’est pas clos.")
    take_up(db, case, now)
    protocol = scheduling.protocol_now(db, case.ref.wave_id, now)
    calendar = scheduling.calendar(db, case.ref.calendar_id, case.ref.wave_id)
    wait = taken_up(protocol, calendar, attempts.history(db, case_id), now)
    settling.put_back(db, case.ref, wait, now)
    written.write(
        db, written.REOPENED, case_id, reason, by=by, now=now, details={"closed_as": case.closed_as}
    )


def take_up(db: Connection, case: Standing, now: datetime) -> None:
    """Undo the end of a closed case; how it waits from now on is the caller's to write."""
    refusal = _refusal(db, case, now)
    if refusal is not None:
        raise Conflict(refusal)
    queue.enter(db, case.ref.case_id, now)
    cases.reopen(db, case.ref.case_id, now)


def _refusal(db: Connection, case: Standing, now: datetime) -> str | None:
    assert case.closed_as is not None, "a closed case is closed for a reason"
    final = why_not_reopened(case.closed_as)
    if final is not None:
        return final
    store.must_be_called(db, case)
    protocol = scheduling.protocol_now(db, case.ref.wave_id, now)
    calendar = scheduling.calendar(db, case.ref.calendar_id, case.ref.wave_id)
    if caps_reached(protocol, calendar, attempts.history(db, case.ref.case_id), now).exhausted:
        return "Le nombre d’appels permis pour ce foyer est atteint."
    full = case.cell_id is not None and not quotas.cell(db, case.cell_id).has_place
    if case.closed_as is Outcome.QUOTA_FULL and full:
        return "Le quota de cette cellule est toujours atteint : augmentez d’abord sa marge."
    return None
