"""The floor: what each interviewer is doing, the case in his hands, what the last hour's calls came to."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, text

from cati.calling.actions.taking import GONE
from cati.cases.rules import Disposition, InterviewState, label
from cati.people.rules import StationState
from cati.supervision.rules import (
    LAST_ANSWERS,
    ON_THE_LINE,
    Alarm,
    DeskFacts,
    Seat,
    SeatFacts,
    SeatState,
    alarms,
    seat,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StationLine:
    """An interviewer's desk on the floor."""

    user_id: int
    name: str
    number: int | None
    seat: Seat
    pause_code: str | None
    case_id: int | None
    wave: str | None  #: its code
    wave_name: str | None
    bailleur: str | None
    question: str | None  #: on the screen of an interview
    shown_at: datetime | None  #: since when
    listened: bool  #: somebody of a visit listens
    alarms: tuple[Alarm, ...]


_STATIONS = text(
    """
    select u.id, u.display_name, u.number, s.state, s.since, s.seen_at, s.pause_code,
      q.case_id, q.lease_until, w.code as wave, w.name as wave_name, b.name as bailleur, i.state as interview,
      d.placed_at, d.answered_at, d.ended_at, e.question, e.at as shown_at, f.answers, f.first_at, f.last_at,
      exists (select from dangers x where x.raised_by = u.id and x.handled_at is null) as in_danger,
      exists (select from help_calls x where x.user_id = u.id and x.closed_at is null) as asked_help,
      exists (select from listeners x where x.interview_id = i.id and x.ended_at is null) as listened
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
    left join lateral (
      select question, at from answer_events where interview_id = i.id and kind = 'shown' order by seq desc limit 1
    ) e on d.answered_at is not null and d.ended_at is null
    left join lateral (
      select count(*) as answers, min(l.at) as first_at, max(l.at) as last_at
      from (select at from answer_events where interview_id = i.id and kind = 'answered' order by seq desc
            limit :answers) l
    ) f on d.answered_at is not null and d.ended_at is null
    where u.role = 'interviewer' and u.active
      and (cast(:bailleur as bigint) is null or h.bailleur_id = :bailleur)
      and (cast(:wave as bigint) is null or q.wave_id = :wave
           or q.wave_id is null
              and (not exists (select from assignments x where x.user_id = u.id)
                   or exists (select from assignments x
                              where x.user_id = u.id and x.wave_id = :wave and x.starts_at <= :now
                                and (x.ends_at is null or x.ends_at > :now))))
    order by u.sort_key, u.id
    """
)


def stations(
    db: Connection, now: datetime, *, wave_id: int | None = None, bailleur_id: int | None = None
) -> list[StationLine]:
    """The desk of every interviewer, by name, the empty chairs last; of a wave: those who call for it, or for nobody.

    What a desk does is read from its lease, its dial and its interview: nobody has to say it. Of a bailleur: those who
    have a case of his in hand.
    """
    asked = {"wave": wave_id, "bailleur": bailleur_id, "now": now, "answers": LAST_ANSWERS}
    lines = [_station(row, now) for row in db.execute(_STATIONS, asked)]
    return sorted(lines, key=lambda line: line.seat.state is SeatState.AWAY)


def _station(row: Row[Any], now: datetime) -> StationLine:
    found = seat(_seat_facts(row), now, GONE)
    in_interview = found.state in {SeatState.INTRODUCTION, SeatState.INTERVIEW}
    return StationLine(
        user_id=row.id,
        name=row.display_name,
        number=row.number,
        seat=found,
        pause_code=row.pause_code,
        case_id=row.case_id,
        wave=row.wave,
        wave_name=row.wave_name,
        bailleur=row.bailleur,
        question=row.question if in_interview else None,
        shown_at=row.shown_at if in_interview else None,
        listened=row.listened,
        alarms=alarms(found, _desk_facts(row), now),
    )


def _desk_facts(row: Row[Any]) -> DeskFacts:
    enough = row.answers is not None and row.answers >= LAST_ANSWERS
    return DeskFacts(
        in_danger=row.in_danger,
        asked_help=row.asked_help,
        shown_at=row.shown_at,
        last_answers=row.last_at - row.first_at if enough else None,
    )


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
    left join households h on h.id = c.household_id and cast(:bailleur as bigint) is not null
    where a.closed_at > :since and c.wave_id = :wave and h.bailleur_id is not distinct from :bailleur
    group by a.disposition order by count(*) desc, a.disposition
    """
)


def last_hour(db: Connection, wave_id: int, now: datetime, bailleur_id: int | None = None) -> list[HourLine]:
    """The attempts closed in the last hour by disposition, the most frequent first."""
    since = now - timedelta(hours=1)
    rows = db.execute(_LAST_HOUR, {"wave": wave_id, "since": since, "bailleur": bailleur_id})
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
