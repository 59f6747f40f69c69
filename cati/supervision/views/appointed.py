"""Appointments that are late, or due within the hour."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, text

AHEAD = timedelta(hours=1)
LATE_AFTER = timedelta(minutes=2)
_SHOWN = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointed:
    """An appointment that nobody has called for yet."""

    case_id: int
    at: datetime
    firm: bool
    owner: str | None
    bailleur: str
    late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointments:
    """The first of them, by hour, and how many there are."""

    first: Sequence[Appointed]
    late: int
    due: int  #: within the hour


_APPOINTED = text(
    """
    select a.case_id, a.at, a.firm, u.display_name as owner, b.name as bailleur, a.at <= :late as late,
      count(*) filter (where a.at <= :late) over () as all_late,
      count(*) filter (where a.at > :late) over () as all_due
    from appointments a
    join case_queue q on q.case_id = a.case_id and q.ready and q.lease_by is null
    join households h on h.id = (select household_id from cases where id = a.case_id)
    join bailleurs b on b.id = h.bailleur_id
    left join users u on u.id = a.owner_id
    where a.state = 'planned' and a.at <= :ahead and q.wave_id = :wave
      and (cast(:bailleur as bigint) is null or h.bailleur_id = :bailleur)
    order by a.at, a.id
    limit :shown
    """
)


def appointments(db: Connection, wave_id: int, now: datetime, bailleur_id: int | None = None) -> Appointments:
    """Of a wave, those whose hour has passed, then those of the next hour. One statement."""
    asked = {"wave": wave_id, "bailleur": bailleur_id, "late": now - LATE_AFTER, "ahead": now + AHEAD}
    rows = db.execute(_APPOINTED, asked | {"shown": _SHOWN}).all()
    return Appointments(
        first=[
            Appointed(
                case_id=row.case_id,
                at=row.at,
                firm=row.firm,
                owner=row.owner,
                bailleur=row.bailleur,
                late=row.late,
            )
            for row in rows
        ],
        late=rows[0].all_late if rows else 0,
        due=rows[0].all_due if rows else 0,
    )
