"""What a tenant may ask at any time: never to be called again, to have his answers erased; and the dpo's way back."""

from datetime import datetime

from sqlalchemy import Connection

from cati.calling.actions import opposing, settling
from cati.calling.store import facts
from cati.calling.store import opposing as numbers
from cati.cases.rules import InterviewState, Outcome
from cati.errors import Conflict, NotFound
from cati.supervision.actions import written
from cati.supervision.store import standing as store


def oppose(db: Connection, case_id: int, reason: str, *, by: int, now: datetime) -> int:
    """No number of this household is ever called again, in any study; returns how many open cases that closed.

    An interview given before stays: its answers go only if the tenant asks for that too.
    """
    case = store.lock_free(db, case_id)
    if not numbers.numbers_of(db, case.ref.household_id):
        raise Conflict("Ce ménage n’a aucun numéro : il n’y a rien à opposer.")
    closed = opposing.oppose_household(db, case.ref.household_id, by, now)
    written.write(db, written.OPPOSED, case_id, reason, by=by, now=now, details={"cases_closed": closed})
    return closed


def withdraw(db: Connection, case_id: int, reason: str, *, by: int, now: datetime) -> None:
    """Erase the answers of this household for good and close its case; its place in the quota is given back."""
    case = store.lock_free(db, case_id)
    if case.interview is None:
        raise Conflict("Ce foyer n’a donné aucune réponse : il n’y a rien à effacer.")
    if case.interview.state is InterviewState.WITHDRAWN:
        raise Conflict("Ses réponses sont déjà effacées.")
    settling.close_as(db, case.ref, Outcome.WITHDRAWN, now)
    written.write(db, written.WITHDRAWN, case_id, reason, by=by, now=now)
    facts.erase_interview(db, case.interview.id, reason.strip(), by, now)


def lift_opposition(db: Connection, case_id: int, reason: str, *, by: int, now: datetime) -> int:
    """The dpo takes the opposition of this household back, in writing; returns how many numbers it was.

    The case stays closed: whether the household is called again is for the next file to say.
    """
    case = store.lock_free(db, case_id)
    opposed = numbers.numbers_of(db, case.ref.household_id)
    if not numbers.opposed_among(db, opposed):
        raise NotFound("Aucun numéro de ce foyer n’est opposé.", case=case_id)
    written.write(db, written.LIFTED, case_id, reason, by=by, now=now)
    return opposing.lift(db, opposed, reason.strip(), by=by, now=now)
