"""Give a case to an interviewer: a waiting one at its hour, an interrupted one at once."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from cati.cases.rules import CaseState, WaitReason
from cati.errors import Conflict
from cati.scheduling import store as scheduling
from cati.supervision.actions import written
from cati.supervision.store import standing as store
from cati.supervision.store.standing import Standing

#: A case given is its interviewer's for a day: should he not come, it is anybody's again.
KEPT_FOR = timedelta(hours=24)

_INTERRUPTED, _GIVEN = 1, 4  # steps of what comes next


def give(db: Connection, case_id: int, user_id: int, reason: str, *, by: int, now: datetime) -> None:
    """The case comes first to this interviewer, once it is due: neither hours nor delays are cut short.

    A firm appointment stays firm and becomes his. Raises Conflict, with the sentence that says what stands against it.
    """
    case = store.lock_free(db, case_id)
    store.must_be_called(db, case)
    refusal = _refusal(db, case, user_id, now)
    if refusal is not None:
        raise Conflict(refusal)
    if case.wait_reason is WaitReason.FIRM:
        store.give_appointment(db, case_id, user_id)
    elif case.state is CaseState.INTERRUPTED:
        protocol = scheduling.protocol_now(db, case.ref.wave_id, now)
        alone = timedelta(minutes=protocol.holding.interrupted_minutes)
        store.give(db, case_id, user_id, step=_INTERRUPTED, open_to_all_at=now + alone)
    else:
        store.give(db, case_id, user_id, step=_GIVEN, open_to_all_at=now + KEPT_FOR)
    written.write(db, written.GIVEN, case_id, reason, by=by, now=now, details={"to": user_id})


def _refusal(db: Connection, case: Standing, user_id: int, now: datetime) -> str | None:
    match case.state:
        case CaseState.CLOSED:
            return "Ce dossier est clos : rouvrez-le d’abord."
        case CaseState.UNRELEASED:
            return "Ce dossier n’est pas encore mis en appel."
    skills = store.skills_for(db, user_id, case.ref.wave_id, now)
    if skills is None:
        return "Ce télé-enquêteur n’est pas affecté à cette édition aujourd’hui."
    if case.skill is not None and case.skill not in skills:
        return f"Ce dossier demande la compétence « {case.skill} »."
    if case.not_user_id == user_id and case.state is CaseState.WAITING:
        return "Ce foyer a refusé à ce télé-enquêteur : donnez le dossier à un autre."
    return None
