"""Cases that are not in the ordinary run: interviews cut off, to be given on at once; quarantined ones, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from cati.sample.rules import NOT_CALLABLE_LABELS, NotCallable

_MOST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Interrupted:
    """A case that its interviewer gave no sign of life of in mid-call, and that nobody has taken since."""

    case_id: int
    wave: str
    bailleur: str
    since: datetime
    owner: str | None  #: whom it comes back to first
    open_to_all_at: datetime | None
    begun: bool  #: the interview had been agreed to
    interviewers: Sequence[tuple[int, str]]  #: assigned to the wave today, who could go on with it


_INTERRUPTED = text(
    """
    select c.id as case_id, w.name as wave, b.name as bailleur, c.since, o.display_name as owner, q.open_to_all_at,
      i.started_at is not null as begun,
      coalesce((
        select json_agg(json_build_array(k.id, k.name) order by k.sort_key)
        from (select distinct u.id, u.display_name as name, u.sort_key
              from assignments a join users u on u.id = a.user_id
              where a.wave_id = c.wave_id and u.active and u.role = 'interviewer'
                and a.starts_at <= :now and (a.ends_at is null or a.ends_at > :now)) k), '[]'::json) as interviewers
    from cases c
    join case_queue q on q.case_id = c.id
    join waves w on w.id = c.wave_id and w.state = 'open'
    join households h on h.id = c.household_id
    join bailleurs b on b.id = h.bailleur_id
    left join users o on o.id = q.owner_id
    left join interviews i on i.case_id = c.id
    where c.state = 'interrupted' and q.lease_by is null
    order by c.since, c.id limit :most
    """
)


def interrupted(db: Connection, now: datetime) -> list[Interrupted]:
    """The cases cut off, the oldest first."""
    rows = db.execute(_INTERRUPTED, {"now": now, "most": _MOST})
    return [
        Interrupted(
            case_id=row.case_id,
            wave=row.wave,
            bailleur=row.bailleur,
            since=row.since,
            owner=row.owner,
            open_to_all_at=row.open_to_all_at,
            begun=row.begun,
            interviewers=[(user_id, name) for user_id, name in row.interviewers],
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """A case that is left in peace until somebody looks at it."""

    case_id: int
    wave: str
    bailleur: str
    since: datetime
    why: str  #: in French
    sharing: int  #: households on the same number, itself included


_QUARANTINED = text(
    """
    select c.id as case_id, w.name as wave, b.name as bailleur, c.since, h.not_callable,
      (select count(distinct o.household_id) from phones p join phones o on o.phone_hmac = p.phone_hmac
       join households oh on oh.id = o.household_id and oh.wave_id = c.wave_id
       where p.household_id = h.id) as sharing
    from cases c
    join waves w on w.id = c.wave_id and w.state = 'open'
    join households h on h.id = c.household_id
    join bailleurs b on b.id = h.bailleur_id
    where c.state = 'quarantined'
    order by b.sort_key, c.id limit :most
    """
)

_HOW_MANY = text(
    "select count(*) from cases c join waves w on w.id = c.wave_id where c.state = 'quarantined' and w.state = 'open'"
)


def quarantined(db: Connection) -> tuple[list[Quarantined], int]:
    """The quarantined cases of open fields by bailleur (the first two hundred), and how many there are."""
    lines = [
        Quarantined(
            case_id=row.case_id,
            wave=row.wave,
            bailleur=row.bailleur,
            since=row.since,
            why=NOT_CALLABLE_LABELS[NotCallable(row.not_callable)] if row.not_callable else "à examiner",
            sharing=row.sharing,
        )
        for row in db.execute(_QUARANTINED, {"most": _MOST})
    ]
    return lines, int(db.execute(_HOW_MANY).scalar_one())
