"""SQL that opens and closes visits, invites to them, and keeps what visitors say of the script."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, exists, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from cati.cases.rules import InterviewState
from cati.cases.tables import case_queue
from cati.errors import NotFound
from cati.interviews.tables import answer_events, interviews, listeners
from cati.observation.rules import Invitation, Scope
from cati.observation.tables import script_feedback, visit_bailleurs, visit_observers, visits
from cati.people.tables import observer_scopes
from cati.surveys.tables import bailleurs, wave_bailleurs


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A visit, and each bailleur concerned with whether he agreed to be heard by the region."""

    id: int
    wave_id: int
    scope: Scope
    title: str
    starts_at: datetime
    ends_at: datetime
    opened_at: datetime
    closed_at: datetime | None
    concerned: Mapping[int, bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """A guest's place in a visit."""

    user_id: int
    visit_id: int
    own: int | None  #: his bailleur; None: the region
    organisation: str
    signed: bool
    invitation: Invitation


def add_visit(db: Connection, **columns: object) -> int:
    """The new visit's id."""
    visit_id: int = db.execute(insert(visits).values(**columns).returning(visits.c.id)).scalar_one()
    return visit_id


def add_bailleurs(db: Connection, visit_id: int, concerned: Collection[int]) -> None:
    """The bailleurs that the visit concerns; none has agreed to the region's hearing yet."""
    rows = [{"visit_id": visit_id, "bailleur_id": one} for one in sorted(concerned)]
    db.execute(insert(visit_bailleurs), rows)


def visit(db: Connection, visit_id: int, *, lock: bool = False, share: bool = False) -> Visit:
    """The visit, locked or kept from being closed (`share`) if asked; NotFound when there is none."""
    query = select(visits).where(visits.c.id == visit_id)
    if lock or share:
        query = query.with_for_update(read=share)
    row = db.execute(query).one_or_none()
    if row is None:
        raise NotFound(visit=visit_id)
    parts = db.execute(select(visit_bailleurs).where(visit_bailleurs.c.visit_id == visit_id))
    return Visit(
        id=row.id,
        wave_id=row.wave_id,
        scope=Scope(row.scope),
        title=row.title,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        concerned={part.bailleur_id: part.agreed_at is not None for part in parts},
    )


def visited(db: Connection, wave_id: int, concerned: Collection[int], but: int) -> Sequence[str]:
    """The names of the bailleurs among these whom another visit may hear."""
    query = (
        select(bailleurs.c.name)
        .join(wave_bailleurs, wave_bailleurs.c.bailleur_id == bailleurs.c.id)
        .where(
            wave_bailleurs.c.wave_id == wave_id,
            wave_bailleurs.c.bailleur_id.in_(concerned),
            wave_bailleurs.c.visit_id.is_not(None),
            wave_bailleurs.c.visit_id != but,
        )
    )
    return db.execute(query.order_by(bailleurs.c.sort_key)).scalars().all()


def announce(db: Connection, of: Visit, told: Collection[int]) -> None:
    """The tenants of these bailleurs are told of the visit for as long as it lasts; those of no other."""
    silence(db, of.id)
    db.execute(
        update(wave_bailleurs)
        .where(wave_bailleurs.c.wave_id == of.wave_id, wave_bailleurs.c.bailleur_id.in_(told))
        .values(visit_id=of.id, visit_from=of.starts_at, visit_until=of.ends_at)
    )


def silence(db: Connection, visit_id: int) -> None:
    """Nobody is told of the visit any more."""
    db.execute(
        update(wave_bailleurs)
        .where(wave_bailleurs.c.visit_id == visit_id)
        .values(visit_id=None, visit_from=None, visit_until=None)
    )


def agree(db: Connection, visit_id: int, bailleur_id: int, now: datetime) -> bool:
    """The bailleur agrees that the region hears his tenants; whether the visit concerns him."""
    part = (visit_bailleurs.c.visit_id == visit_id, visit_bailleurs.c.bailleur_id == bailleur_id)
    agreed = (
        update(visit_bailleurs).where(*part).values(agreed_at=func.coalesce(visit_bailleurs.c.agreed_at, now))
    )
    return bool(db.execute(agreed).rowcount)


def invite(db: Connection, visit_id: int, user_id: int, token_sha256: str, *, by: int, now: datetime) -> None:
    """A place in the visit. Invited again, he gets a new link and the old one is good no more."""
    row = {"visit_id": visit_id, "user_id": user_id, "token_sha256": token_sha256}
    added = upsert(visit_observers).values(**row, invited_by=by, invited_at=now)
    renewed = {"token_sha256": token_sha256, "revoked_at": None}
    db.execute(added.on_conflict_do_update(index_elements=["visit_id", "user_id"], set_=renewed))


def seat_by_token(db: Connection, token_sha256: str) -> Seat | None:
    """The place that a personal link leads to."""
    return _seat(db, visit_observers.c.token_sha256 == token_sha256)


def seat_of(db: Connection, user_id: int) -> Seat | None:
    """The guest's place in the visit he was last invited to."""
    return _seat(db, visit_observers.c.user_id == user_id)


def _seat(db: Connection, whose: object) -> Seat | None:
    query = (
        select(
            visit_observers.c.user_id,
            visit_observers.c.visit_id,
            visit_observers.c.signed_at,
            visit_observers.c.revoked_at,
            visits.c.closed_at,
            visits.c.ends_at,
            observer_scopes.c.bailleur_id,
            observer_scopes.c.organisation,
        )
        .join(visits, visits.c.id == visit_observers.c.visit_id)
        .join(observer_scopes, observer_scopes.c.user_id == visit_observers.c.user_id)
        .where(whose)  # type: ignore[arg-type]  # a condition on one of the two columns
        .order_by(visits.c.closed_at.is_not(None), visit_observers.c.id.desc())
        .limit(1)
    )
    row = db.execute(query).one_or_none()
    if row is None:
        return None
    return Seat(
        user_id=row.user_id,
        visit_id=row.visit_id,
        own=row.bailleur_id,
        organisation=row.organisation,
        signed=row.signed_at is not None,
        invitation=Invitation(revoked_at=row.revoked_at, closed_at=row.closed_at, ends_at=row.ends_at),
    )


def sign(db: Connection, seat: Seat, name: str, text_sha256: str, now: datetime) -> bool:
    """The guest signs what he read; False when he did before."""
    place = (visit_observers.c.visit_id == seat.visit_id, visit_observers.c.user_id == seat.user_id)
    signed = update(visit_observers).where(*place, visit_observers.c.signed_at.is_(None))
    row = {"signed_at": now, "signed_name": name, "signed_text_sha256": text_sha256}
    return bool(db.execute(signed.values(**row)).rowcount)


def close(db: Connection, visit_id: int, by: int | None, now: datetime) -> Sequence[int]:
    """The visit is over and its links are good no more; returns its guests."""
    db.execute(update(visits).where(visits.c.id == visit_id).values(closed_by=by, closed_at=now))
    guests = update(visit_observers).where(visit_observers.c.visit_id == visit_id)
    revoked = guests.values(revoked_at=func.coalesce(visit_observers.c.revoked_at, now))
    return db.execute(revoked.returning(visit_observers.c.user_id)).scalars().all()


def past(db: Connection, now: datetime) -> Sequence[int]:
    """The visits whose time is over and that nobody closed."""
    query = select(visits.c.id).where(visits.c.closed_at.is_(None), visits.c.ends_at <= now)
    return db.execute(query.order_by(visits.c.id)).scalars().all()


def candidates(db: Connection, of: Visit, whose: Collection[int], user_id: int) -> Sequence[int]:
    """Interviews under way that announced the visit, and that this guest never listened to: the latest begun first."""
    told = exists().where(
        answer_events.c.interview_id == interviews.c.id,
        answer_events.c.kind == "answered",
        answer_events.c.iteration == literal("c").concat(interviews.c.call_no),
        answer_events.c.visit_id == of.id,
    )
    known = exists().where(listeners.c.interview_id == interviews.c.id, listeners.c.user_id == user_id)
    query = (
        select(interviews.c.id)
        .join(case_queue, case_queue.c.case_id == interviews.c.case_id)
        .where(
            interviews.c.wave_id == of.wave_id,
            interviews.c.bailleur_id.in_(whose),
            interviews.c.state == InterviewState.OPEN,
            case_queue.c.lease_by.is_not(None),
            told,
            ~known,
        )
    )
    return db.execute(query.order_by(interviews.c.started_at.desc(), interviews.c.id)).scalars().all()


def add_feedback(db: Connection, seat: Seat, question: str | None, text: str, now: datetime) -> None:
    """What a visitor says of the script."""
    row = {"visit_id": seat.visit_id, "user_id": seat.user_id, "question": question, "text": text}
    db.execute(insert(script_feedback).values(**row, said_at=now))
