"""The supervisor's pages of visits: the list, one visit with its guests, who listens to whom now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, Connection, Text, text

from cati.database import UtcDateTime
from cati.observation import store
from cati.observation.store import Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitLine:
    """A visit in the list."""

    id: int
    title: str
    wave: str
    starts_at: datetime
    ends_at: datetime
    closed_at: datetime | None
    bailleurs: str
    guests: int
    listening: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Concerned:
    """A bailleur of a visit."""

    id: int
    name: str
    agreed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestLine:
    """Somebody invited."""

    user_id: int
    name: str
    organisation: str
    bailleur: str | None  #: None: the region
    signed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListeningLine:
    """Who listens to whom now; of the household its bailleur alone."""

    guest: str
    organisation: str
    interviewer: str
    bailleur: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """What a visitor said of the script."""

    question: str | None
    text: str
    organisation: str
    said_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitPage:
    """One visit."""

    visit: Visit
    wave: str
    bailleurs: Sequence[Concerned]
    guests: Sequence[GuestLine]
    feedback: Sequence[Feedback]

    @property
    def all_agreed(self) -> bool:
        """Whether every bailleur concerned agreed that the region hears his tenants."""
        return all(one.agreed_at is not None for one in self.bailleurs)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveOffered:
    """A wave that may be visited, and its bailleurs."""

    id: int
    name: str
    bailleurs: Sequence[tuple[int, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An observer's account that may be invited."""

    user_id: int
    name: str
    organisation: str


def visits(db: Connection) -> Sequence[VisitLine]:
    """All visits: those under way first, then the latest."""
    return [VisitLine(**row._mapping) for row in db.execute(_VISITS)]


def visit_page(db: Connection, visit_id: int) -> VisitPage:
    """One visit; NotFound when there is none."""
    found = store.visit(db, visit_id)
    wanted = {"visit": visit_id}
    return VisitPage(
        visit=found,
        wave=db.execute(_WAVE, {"wave": found.wave_id}).scalar_one(),
        bailleurs=[Concerned(**row._mapping) for row in db.execute(_CONCERNED, wanted)],
        guests=[GuestLine(**row._mapping) for row in db.execute(_GUESTS, wanted)],
        feedback=[Feedback(**row._mapping) for row in db.execute(_FEEDBACK, wanted)],
    )


def listening_now(db: Connection, visit_id: int) -> Sequence[ListeningLine]:
    """Who of the visit listens to whom now."""
    return [ListeningLine(**row._mapping) for row in db.execute(_LISTENING, {"visit": visit_id})]


def waves_offered(db: Connection) -> Sequence[WaveOffered]:
    """The waves whose field is open, with their bailleurs by name."""
    found: dict[tuple[int, str], list[tuple[int, str]]] = {}
    for row in db.execute(_OFFERED):
        found.setdefault((row.wave_id, row.wave), []).append((row.id, row.name))
    return [WaveOffered(id=wave[0], name=wave[1], bailleurs=rows) for wave, rows in found.items()]


def accounts(db: Connection, visit_id: int) -> Sequence[Account]:
    """The observers' accounts of the visit's bailleurs, or of the region, that are not invited yet."""
    return [Account(**row._mapping) for row in db.execute(_ACCOUNTS, {"visit": visit_id})]


_VISITS = text(
    """
    select v.id, v.title, w.name as wave, v.starts_at, v.ends_at, v.closed_at,
      (select string_agg(b.name, ', ' order by b.sort_key) from visit_bailleurs p
       join bailleurs b on b.id = p.bailleur_id where p.visit_id = v.id) as bailleurs,
      (select count(*) from visit_observers o where o.visit_id = v.id) as guests,
      (select count(*) from listeners l where l.visit_id = v.id and l.ended_at is null) as listening
    from visits v join waves w on w.id = v.wave_id
    order by v.closed_at is not null, v.starts_at desc, v.id desc limit 200
    """
).columns(starts_at=UtcDateTime, ends_at=UtcDateTime, closed_at=UtcDateTime)

_WAVE = text("select name from waves where id = :wave").columns(name=Text)

_CONCERNED = text(
    """
    select b.id, b.name, p.agreed_at from visit_bailleurs p join bailleurs b on b.id = p.bailleur_id
    where p.visit_id = :visit order by b.sort_key, b.id
    """
).columns(id=BigInteger, agreed_at=UtcDateTime)

_GUESTS = text(
    """
    select o.user_id, coalesce(o.signed_name, u.display_name) as name, s.organisation, b.name as bailleur, o.signed_at
    from visit_observers o join users u on u.id = o.user_id
    join observer_scopes s on s.user_id = o.user_id left join bailleurs b on b.id = s.bailleur_id
    where o.visit_id = :visit order by u.sort_key, u.id
    """
).columns(user_id=BigInteger, signed_at=UtcDateTime)

_FEEDBACK = text(
    """
    select f.question, f.text, coalesce(s.organisation, u.display_name) as organisation, f.said_at
    from script_feedback f join users u on u.id = f.user_id left join observer_scopes s on s.user_id = f.user_id
    where f.visit_id = :visit order by f.said_at, f.id
    """
).columns(said_at=UtcDateTime)

_LISTENING = text(
    """
    select u.display_name as guest, coalesce(s.organisation, '') as organisation,
      te.display_name as interviewer, b.name as bailleur, l.started_at as since
    from listeners l join users u on u.id = l.user_id left join observer_scopes s on s.user_id = l.user_id
    join interviews i on i.id = l.interview_id join users te on te.id = i.interviewer_id
    join bailleurs b on b.id = i.bailleur_id
    where l.visit_id = :visit and l.ended_at is null order by l.started_at, l.id
    """
).columns(since=UtcDateTime)

_OFFERED = text(
    """
    select w.id as wave_id, w.name as wave, b.id, b.name
    from waves w join wave_bailleurs p on p.wave_id = w.id join bailleurs b on b.id = p.bailleur_id
    where w.state = 'open' and p.opened_at is not null order by w.id desc, b.sort_key, b.id
    """
).columns(wave_id=BigInteger, id=BigInteger)

_ACCOUNTS = text(
    """
    select u.id as user_id, u.display_name as name, s.organisation
    from users u join observer_scopes s on s.user_id = u.id
    where u.role = 'observer' and u.active
      and (s.bailleur_id is null
           or s.bailleur_id in (select p.bailleur_id from visit_bailleurs p where p.visit_id = :visit))
      and not exists (select from visit_observers o where o.visit_id = :visit and o.user_id = u.id)
    order by s.organisation, u.sort_key, u.id
    """
).columns(user_id=BigInteger)
