"""Sign an interviewer out: at the end of his call, or at once for a reason that he is told."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from cati.audit import store as audit
from cati.cases.store import queue
from cati.database import notify
from cati.errors import Invalid, NotFound
from cati.people import leaving
from cati.people import store as people
from cati.people.leaving import Request
from cati.people.rules import Role
from cati.supervision.actions.releasing import release_case
from cati.supervision.store import presence


@dataclass(frozen=True, slots=True)
class SignedOut:
    """None of his sessions is open any more."""

    sessions: int


@dataclass(frozen=True, slots=True)
class AfterTheCall:
    """He has a case in hand: he is signed out when it leaves his hands, and reads so on his screen."""


@dataclass(frozen=True, slots=True)
class ShiftOver:
    """How many were signed out at once, and how many will be at the end of their call."""

    now: int
    later: int


def sign_out(
    db: Connection, user_id: int, *, by: int, now: datetime, reason: str = "", at_once: bool = False
) -> SignedOut | AfterTheCall:
    """Sign this interviewer out. With a case in hand it waits for the end of the call, unless `at_once`: then the case
    is taken back, his interview is suspended with all that was answered, and he must be told why.

    Raises Invalid for `at_once` in a call without a reason, NotFound when there is no such interviewer.
    """
    reason = reason.strip()
    if people.get_user(db, user_id).role is not Role.INTERVIEWER:
        raise NotFound(interviewer=user_id)
    held = queue.held_by(db, user_id)
    if held is not None and not at_once:
        _ask(db, user_id, Request(by, reason), now)
        return AfterTheCall()
    if held is not None:
        if not reason:
            raise Invalid("Un dossier est en main : dites au télé-enquêteur pourquoi il est déconnecté.")
        release_case(db, held.case_id, by=by, now=now, reason=reason, force=True)
    return SignedOut(leaving.leave(db, user_id, Request(by, reason), now))


def call_off(db: Connection, user_id: int, *, by: int, now: datetime) -> None:
    """He stays after all."""
    if leaving.asked(db, user_id) is None:
        return
    leaving.call_off(db, user_id)
    _audit(db, "user.sign_out_called_off", user_id, by, "", now)
    notify(db, f"desk:{user_id}")


def end_shift(db: Connection, *, by: int, now: datetime, reason: str, others_later: bool) -> ShiftOver:
    """The evening is over: everybody whose hands are empty is signed out, the others at the end of their call."""
    done = later = 0
    for user_id in presence.signed_in(db, now):
        if queue.held_by(db, user_id) is None:
            leaving.leave(db, user_id, Request(by, reason), now)
            done += 1
        elif others_later:
            _ask(db, user_id, Request(by, reason), now)
            later += 1
    return ShiftOver(done, later)


def sweep_sign_outs(db: Connection, now: datetime) -> int:
    """Sign out those who were to leave at the end of a call that ended without them; returns how many."""
    waiting = presence.to_leave(db)
    for user_id, request in waiting:
        leaving.leave(db, user_id, request, now)
    return len(waiting)


def _ask(db: Connection, user_id: int, request: Request, now: datetime) -> None:
    leaving.ask(db, user_id, request)
    _audit(db, "user.sign_out_asked", user_id, request.by, request.reason, now)
    notify(db, f"desk:{user_id}")


def _audit(db: Connection, action: str, user_id: int, by: int, reason: str, now: datetime) -> None:
    audit.write(
        db,
        now=now,
        user_id=by,
        action=action,
        object_type="user",
        object_id=user_id,
        purpose=reason or None,
    )
