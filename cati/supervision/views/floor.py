"""The floor: what each interviewer is doing, the case in his hands, what the last hour's calls came to."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, text

from cati.calling.actions.taking import GONE
from cati.cases.rules import Disposition, InterviewState, label
from cati.people.rules import StationState
from cati.supervision.rules import ON_THE_LINE, Seat, SeatFacts, SeatState, seat


@dataclass(frozen=True, slots=True, kw_only=True)
class StationLine:
    """An interviewer's desk on the floor."""

    user_id: int
    name: str
    number: int | None
    seat: Seat
    pause_code: str | None
    case_id: int | None
    wave: str | None
    bailleur: str | None


_STATIONS = text(
    """
    select u.id, u.display_name, u.number, s.state, s.since, s.seen_at, s.pause_code,
      q.case_id, q.lease_until, w.code as wave, b.name as bailleur, i.state as interview,
      d.placed_at, d.answered_at, d.ended_at
    from users u
    left join stations s on s.user_id = u.id
    left join case_queue q on q.lease_by = u.id
    left join waves w on w.id = q.wave_id
    left join cases c on c.id = q.case_id
    left join households h on h.id = c.household_id
    left join bailleurs b on b.id = h.bailleur_id
    left join interviews i on i.case_id = q.case_id
    left join attempts a on a.case_id = q.case_id and a.closed_at is null and a.interviewer_id = u.id
    left join lateral (
      select placed_at, answered_at, ended_at from dials where attempt_id = a.id order by placed_at desc limit 1
    ) d on true
    where u.role = 'interviewer' and u.active
    order by u.sort_key, u.id
    """
)


def stations(db: Connection, now: datetime) -> list[StationLine]:
    """The desk of every interviewer, by name, the empty chairs last.

    What a desk does is read from its lease, its dial and its interview: nobody has to say it.
    """
    lines = [
        StationLine(
            user_id=row.id,
            name=row.display_name,
            number=row.number,
            seat=seat(_seat_facts(row), now, GONE),
            pause_code=row.pause_code,
            case_id=row.case_id,
            wave=row.wave,
            bailleur=row.bailleur,
        )
        for row in db.execute(_STATIONS)
    ]
    return sorted(lines, key=lambda line: line.seat.state is SeatState.AWAY)


def _seat_facts(row: Row[Any]) -> SeatFacts:
    return SeatFacts(
        station=StationState(row.state) if row.state else None,
        station_since=row.since,
        seen_at=row.seen_at,
        lease_until=row.lease_until,
        placed_at=row.placed_at,
        answered_at=row.answered_at,
        ended_at=row.ended_at,
        interview=InterviewState(row.interview) if row.interview else None,
    )


@dataclass(frozen=True, slots=True)
class HourLine:
    """How many attempts closed with a disposition."""

    label: str
    count: int


_LAST_HOUR = text(
    """
    select a.disposition, count(*) as attempts
    from attempts a join cases c on c.id = a.case_id
    where a.closed_at > :since and c.wave_id = :wave
    group by a.disposition order by count(*) desc, a.disposition
    """
)


def last_hour(db: Connection, wave_id: int, now: datetime) -> list[HourLine]:
    """The attempts closed in the last hour by disposition, the most frequent first."""
    rows = db.execute(_LAST_HOUR, {"wave": wave_id, "since": now - timedelta(hours=1)})
    return [HourLine(label(Disposition(row.disposition)), row.attempts) for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldCase:
    """A case in an interviewer's hands, as the page that releases it shows it."""

    case_id: int
    wave: str
    bailleur: str
    holder: str
    seat: Seat

    @property
    def on_the_line(self) -> bool:
        """Whether a call is up."""
        return self.seat.state in ON_THE_LINE


def held_case(db: Connection, case_id: int, now: datetime) -> HeldCase | None:
    """The case if somebody holds it."""
    for line in stations(db, now):
        if line.case_id == case_id:
            return HeldCase(
                case_id=case_id,
                wave=line.wave or "",
                bailleur=line.bailleur or "",
                holder=line.name,
                seat=line.seat,
            )
    return None
