"""What supervisors and guests do of a visit. Each act is one transaction; what a supervisor does is audited."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from cati.audit import store as audit
from cati.calling import observed
from cati.database import notify
from cati.errors import Conflict, Invalid, NotAllowed, NotFound
from cati.interviews import listening
from cati.interviews.rules import Closed, Guest, ListeningEnd
from cati.observation import store
from cati.observation.rules import (
    FEEDBACK_LENGTH,
    SILENT_AFTER,
    Scope,
    announced,
    commitment_sha256,
    hears,
    opens,
    token_sha256,
)
from cati.observation.store import Seat, Visit
from cati.people import store as people
from cati.people.rules import SESSION_LASTS, Role, SessionEnd, folded
from cati.people.store import User

#: Matches no password: a guest comes in by his link alone.
_NO_PASSWORD = "!"  # noqa: S105


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVisit:
    """A visit to open."""

    wave_id: int
    scope: Scope
    title: str
    starts_at: datetime
    ends_at: datetime
    bailleurs: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewGuest:
    """Somebody to invite: an account there is (`user_id`), or a person whose account is made for it."""

    user_id: int | None = None
    name: str = ""
    organisation: str = ""
    bailleur_id: int | None = None  #: None: the region


@dataclass(frozen=True, slots=True)
class Entered:
    """The link is good: `token` goes into the browser's cookie and nowhere else."""

    token: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """No interview may be listened to now; whether a tenant on the line did not want it."""

    refused: bool


@dataclass(frozen=True, slots=True)
class Joined:
    """The guest listens."""


def open_visit(db: Connection, new: NewVisit, now: datetime, *, by: int) -> int:
    """Open a visit; from its beginning the introductions announce it. Conflict when a bailleur has another."""
    if new.ends_at <= new.starts_at or new.ends_at <= now:
        raise Invalid("La fin de la visite vient après son début, et après maintenant.", field="ends_at")
    if not new.bailleurs:
        raise Invalid("Choisissez au moins un bailleur.", field="bailleurs")
    visit_id = store.add_visit(
        db,
        wave_id=new.wave_id,
        scope=new.scope,
        title=new.title,
        starts_at=new.starts_at,
        ends_at=new.ends_at,
        opened_by=by,
        opened_at=now,
    )
    store.add_bailleurs(db, visit_id, new.bailleurs)
    _announce(db, store.visit(db, visit_id, lock=True))
    _audit(db, "visit.open", visit_id, by, now, scope=new.scope.value, bailleurs=sorted(new.bailleurs))
    return visit_id


def agree(db: Connection, visit_id: int, bailleurs: Collection[int], now: datetime, *, by: int) -> None:
    """These bailleurs told the supervisor that the region may hear their tenants."""
    found = _open(db, visit_id)
    for bailleur_id in sorted(bailleurs):
        if not store.agree(db, found.id, bailleur_id, now):
            raise NotFound(visit=visit_id, bailleur=bailleur_id)
    _announce(db, store.visit(db, visit_id))
    _audit(db, "visit.agree", visit_id, by, now, bailleurs=sorted(bailleurs))


def invite(db: Connection, visit_id: int, guest: NewGuest, now: datetime, *, by: int) -> str:
    """Invite somebody; returns the token of his personal link, which is stored nowhere."""
    found = _open(db, visit_id)
    user_id = guest.user_id or _account(db, found, guest, now)
    scope = people.scope_of(db, user_id)
    user = people.get_user(db, user_id)
    if scope is None or user.role is not Role.OBSERVER or not user.active:
        raise NotFound(user=user_id)
    if scope.bailleur_id is not None and scope.bailleur_id not in found.concerned:
        raise Invalid("Ce bailleur n’est pas de la visite.", field="bailleur")
    token = secrets.token_urlsafe(32)
    store.invite(db, visit_id, user_id, token_sha256(token), by=by, now=now)
    _audit(db, "visit.invite", visit_id, by, now, user=user_id)
    return token


def enter(db: Connection, token: str, now: datetime) -> Entered | None:
    """Sign the guest of a personal link in, until the visit ends; None when the link is good no more."""
    seat = store.seat_by_token(db, token_sha256(token))
    if seat is None or not opens(seat.invitation, now) or not people.get_user(db, seat.user_id).active:
        return None
    opened = secrets.token_urlsafe(32)
    people.insert_session(
        db,
        token_sha256=token_sha256(opened),
        csrf_token=secrets.token_urlsafe(32),
        user_id=seat.user_id,
        now=now,
        expires_at=min(seat.invitation.ends_at, now + SESSION_LASTS),
    )
    _audit(db, "visit.enter", seat.visit_id, seat.user_id, now)
    return Entered(opened)


def sign(db: Connection, me: User, name: str, now: datetime) -> None:
    """The guest signs the confidentiality by typing his name."""
    seat = _seat(db, me, now)
    if store.sign(db, seat, name, commitment_sha256(), now):
        notify(db, f"visit:{seat.visit_id}")
        _audit(db, "visit.sign", seat.visit_id, me.id, now, text=commitment_sha256())


def next_interview(db: Connection, me: User, now: datetime) -> Joined | Waiting:
    """Let the guest listen to an interview of his bailleur, if the gate of one is open."""
    seat = _seat(db, me, now)
    found = store.visit(db, seat.visit_id, share=True)
    if found.closed_at is not None:  # while we waited for it
        raise NotAllowed(user=me.id)
    if listening.listened_by(db, me.id) is not None:
        return Joined()
    closed = []
    for interview_id in store.candidates(db, found, hears(found.scope, found.concerned, seat.own), me.id):
        guest = _guest(db, seat, found, interview_id)
        why = observed.judge(db, interview_id, guest, now)
        if why is None and observed.admit(db, interview_id, me.id, guest, now) is None:
            return Joined()
        closed.append(why)
    return Waiting(refused=Closed.REFUSED in closed)


def leave(db: Connection, me: User, now: datetime) -> None:
    """The guest cuts, for himself."""
    _stop(db, me, ListeningEnd.LEFT, now)


def recognise(db: Connection, me: User, now: datetime) -> None:
    """The guest knows the person: it ends at once for him, and this case is never shown to him again."""
    interview_id = _stop(db, me, ListeningEnd.RECOGNISED, now)
    if interview_id is not None:
        audit.write(
            db,
            now=now,
            user_id=me.id,
            action="visit.recognised",
            object_type="interview",
            object_id=interview_id,
        )


def beat(db: Connection, me: User, now: datetime) -> bool:
    """The guest's page lives; whether he follows an interview."""
    return listening.beat(db, me.id, now)


def say_of_script(db: Connection, me: User, question: str, text: str, now: datetime) -> None:
    """Keep what a guest says of a question's wording."""
    seat = _seat(db, me, now)
    if not text or len(text) > FEEDBACK_LENGTH:
        raise Invalid(f"De 1 à {FEEDBACK_LENGTH} signes.", field="text")
    store.add_feedback(db, seat, question.strip()[:20] or None, text, now)


def cut(db: Connection, visit_id: int, now: datetime, *, by: int) -> int:
    """A supervisor cuts everything: nobody of the visit listens any more, nor again in these calls; how many did."""
    found = store.visit(db, visit_id, lock=True)
    ended = sum(
        listening.cut(db, interview_id, by, ListeningEnd.BY_SUPERVISOR, now)
        for interview_id in listening.listened_in(db, found.id)
    )
    _audit(db, "visit.cut", visit_id, by, now, listeners=ended)
    return ended


def close(db: Connection, visit_id: int, now: datetime, *, by: int | None) -> None:
    """End the visit: nobody listens, no introduction announces it, and its guests are signed out at once."""
    found = store.visit(db, visit_id, lock=True)
    if found.closed_at is not None:
        return
    store.silence(db, visit_id)
    for interview_id in listening.listened_in(db, visit_id):
        listening.end(db, interview_id, ListeningEnd.VISIT_OVER, now)
    for user_id in store.close(db, visit_id, by, now):
        people.end_sessions(db, user_id, SessionEnd.BY_SUPERVISOR, now)
        notify(db, f"session:{user_id}")
    notify(db, f"visit:{visit_id}")
    notify(db, "floor")
    _audit(db, "visit.close", visit_id, by, now)


def sweep(db: Connection, now: datetime) -> int:
    """What time alone ends: visits whose hour has passed, guests whose page is gone; returns how many."""
    over = store.past(db, now)
    for visit_id in over:
        close(db, visit_id, now, by=None)
    gone = listening.silent(db, now - SILENT_AFTER)
    for interview_id, user_id in gone:
        listening.end(db, interview_id, ListeningEnd.LEFT, now, users=[user_id])
    return len(over) + len(gone)


def _announce(db: Connection, found: Visit) -> None:
    told = announced(found.scope, found.concerned)
    others = store.visited(db, found.wave_id, told, found.id)
    if others:
        raise Conflict(f"Une autre visite est déjà ouverte pour {', '.join(others)}.")
    store.announce(db, found, told)
    notify(db, f"visit:{found.id}")
    notify(db, "floor")  # the lamps


def _open(db: Connection, visit_id: int) -> Visit:
    found = store.visit(db, visit_id, lock=True)
    if found.closed_at is not None:
        raise Conflict("Cette visite est terminée.")
    return found


def _account(db: Connection, found: Visit, guest: NewGuest, now: datetime) -> int:
    """An account without a password, for a guest who has none."""
    if not guest.name or not guest.organisation:
        raise Invalid("À remplir : le nom et l’organisme.", field="name")
    user_id = people.insert_user(
        db,
        login=f"visite-{found.id}-{secrets.token_hex(6)}",
        first_name=guest.name,
        display_name=guest.name,
        sort_key=folded(guest.name),
        number=None,
        role=Role.OBSERVER,
        password_hash=_NO_PASSWORD,
        created_at=now,
    )
    assert user_id is not None, "a login drawn at random is free"
    scope = people.Scope(organisation=guest.organisation, bailleur_id=guest.bailleur_id)
    people.insert_scope(db, user_id, scope)
    return user_id


def _seat(db: Connection, me: User, now: datetime) -> Seat:
    """The guest's place in a visit under way. Raises NotAllowed when he has none."""
    seat = store.seat_of(db, me.id)
    if seat is None or not opens(seat.invitation, now):
        raise NotAllowed(user=me.id)
    return seat


def _guest(db: Connection, seat: Seat, found: Visit, interview_id: int) -> Guest:
    return Guest(
        visit_id=seat.visit_id,
        signed=seat.signed,
        bailleurs=hears(found.scope, found.concerned, seat.own),
        recognised=listening.recognised(db, interview_id, seat.user_id),
        signed_in=True,  # this request is of a live session
    )


def _stop(db: Connection, me: User, reason: ListeningEnd, now: datetime) -> int | None:
    interview_id = listening.listened_by(db, me.id)
    if interview_id is not None:
        listening.end(db, interview_id, reason, now, users=[me.id])
    return interview_id


def _audit(
    db: Connection, action: str, visit_id: int, by: int | None, now: datetime, **details: object
) -> None:
    audit.write(
        db, now=now, user_id=by, action=action, object_type="visit", object_id=visit_id, details=details
    )
