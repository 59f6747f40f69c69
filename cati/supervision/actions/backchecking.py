"""Call tenants back to check interviews: who is drawn, whose number is read, what they say."""

from collections import defaultdict
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection

from cati.audit import store as audit
from cati.cases.store.requests import carry_out_once
from cati.errors import Conflict, Invalid, NotFound
from cati.interviews.rules import BackcheckResult
from cati.interviews.rules.quality import Completed, draw, week_of
from cati.supervision.store import backchecks as store
from cati.supervision.store.backchecks import Backcheck, Candidate

#: How far back weeks are looked at again: an interview completed on Sunday night is drawn on Monday.
_LOOKED_AT = timedelta(days=14)

#: What says that the interview itself is in question: a word is wanted.
DOUBTFUL = frozenset({BackcheckResult.DIFFERENT, BackcheckResult.NO_INTERVIEW})


def draw_backchecks(db: Connection, now: datetime) -> int:
    """Draw, of each interviewer and week, the interviews to be called back; returns how many are new."""
    store.one_drawer_at_a_time(db)
    oldest = week_of(now - _LOOKED_AT)
    groups: dict[tuple[int, tuple[int, int]], list[Candidate]] = defaultdict(list)
    for one in store.candidates(db, now - _LOOKED_AT - timedelta(days=7)):
        week = week_of(one.completed_at)
        if week >= oldest:  # whole weeks only: half a week would seem to lack nobody
            groups[one.interviewer_id, week].append(one)
    new = [interview_id for group in groups.values() for interview_id in _drawn(group)]
    store.add(db, sorted(new), now)
    return len(new)


def open_contact(db: Connection, backcheck_id: int, *, by: int, now: datetime) -> None:
    """A supervisor is about to read who lives there and on which numbers: audited.

    Raises Conflict once the check is done, or the tenant had his answers erased: there is no reason any more.
    """
    found = _open(db, backcheck_id)
    audit.write(
        db,
        now=now,
        user_id=by,
        action="identity.read",
        object_type="case",
        object_id=found.case_id,
        purpose="backcheck",
    )


def note_call(db: Connection, backcheck_id: int, *, key: UUID, by: int, now: datetime) -> None:
    """A call was made for the check. The same `key` twice counts once."""
    found = _open(db, backcheck_id)
    if not carry_out_once(db, key, by, "backcheck.call", f"backcheck {backcheck_id}", now):
        return
    store.count_call(db, backcheck_id, now)
    audit.write(db, now=now, user_id=by, action="backcheck.call", object_type="case", object_id=found.case_id)


def conclude(
    db: Connection, backcheck_id: int, result: BackcheckResult, note: str, *, by: int, now: datetime
) -> None:
    """What the check found, once. A doubt about the interview wants a word. The same form twice has one effect."""
    note = note.strip()
    if result in DOUBTFUL and not note:
        raise Invalid("Dites ce que la personne a répondu.", field="note")
    found = _found(db, backcheck_id)
    if (found.result, found.note or "", found.done_by) == (result, note, by):
        return
    if found.result is not None:
        raise Conflict("Ce contre-appel a déjà son résultat.")
    store.end(db, backcheck_id, result, note, by=by, now=now)
    audit.write(
        db,
        now=now,
        user_id=by,
        action="backcheck.done",
        object_type="case",
        object_id=found.case_id,
        details={"result": result.value},
    )


def _drawn(group: list[Candidate]) -> list[int]:
    ids = {one.export_id: one.id for one in group}
    completed = [Completed(one.export_id, one.agreed) for one in group if one.counts]
    already = {one.export_id for one in group if one.drawn}
    return [ids[export_id] for export_id in draw(completed, already)]


def _found(db: Connection, backcheck_id: int) -> Backcheck:
    found = store.lock(db, backcheck_id)
    if found is None:
        raise NotFound(backcheck=backcheck_id)
    return found


def _open(db: Connection, backcheck_id: int) -> Backcheck:
    found = _found(db, backcheck_id)
    if found.withdrawn:
        raise Conflict("Cette personne a demandé l’effacement de ses réponses : elle n’est plus rappelée.")
    if found.result is not None:
        raise Conflict("Ce contre-appel a déjà son résultat.")
    return found
