"""The day's curve: interviews completed since this morning, against the pace that the target needs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, Row, text

from cati.scheduling import store as scheduling
from cati.scheduling.rules import Protocol
from cati.supervision.views.board import PARIS, midnight

STEP = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Both lines, at each end of a half-hour of the day's calls; `done` stops at the present one."""

    at: Sequence[datetime]
    done: Sequence[int | None]
    needed: Sequence[float]
    today: int  #: completed since midnight
    expected: float  #: of them, by now at the pace needed
    goal: float  #: interviews needed today

    @property
    def figures(self) -> dict[str, list[float | None]]:
        """For whoever draws it: seconds since 1970, and the two lines."""
        return {
            "at": [moment.timestamp() for moment in self.at],
            "done": list(self.done),
            "needed": list(self.needed),
        }


_DONE = text(
    """
    select floor(extract(epoch from completed_at - :since) / :step)::int as slot, count(*) as done
    from interviews
    where wave_id = :wave and state = 'complete' and completed_at >= :since and completed_at <= :now and not surplus
      and (cast(:bailleur as bigint) is null or bailleur_id = :bailleur)
    group by 1 order by 1
    """
)

#: What each bailleur still needed this morning, over the days that his field has left, this one counted.
_GOAL = text(
    """
    select coalesce(sum(greatest(0, l.target - l.done + coalesce(t.done, 0))
                        / greatest(1, l.closes_on - :today + 1)::float8), 0) as goal
    from (select p.bailleur_id, p.closes_on, sum(c.target) as target, sum(c.done) as done
          from quota_cells c join wave_bailleurs p on p.wave_id = c.wave_id and p.bailleur_id = c.bailleur_id
          where c.wave_id = :wave and (cast(:bailleur as bigint) is null or c.bailleur_id = :bailleur)
          group by p.bailleur_id, p.closes_on) l
    left join (select bailleur_id, count(*) as done from interviews
               where wave_id = :wave and state = 'complete' and completed_at >= :since and not surplus
               group by bailleur_id) t on t.bailleur_id = l.bailleur_id
    """
)


def curve(db: Connection, wave_id: int, now: datetime, bailleur_id: int | None = None) -> Curve:
    """The day so far. Two statements."""
    since = midnight(now)
    asked = {"wave": wave_id, "bailleur": bailleur_id, "since": since}
    rows = db.execute(_DONE, asked | {"now": now, "step": STEP.total_seconds()}).all()
    goal: float = db.execute(_GOAL, asked | {"today": since.date()}).scalar_one()
    first, last = _hours(scheduling.protocol_now(db, wave_id, now), since)
    at = _half_hours(min(first, now), max(last, now), since)
    return Curve(
        at=at,
        done=[_by(rows, since, end) if end - STEP < now else None for end in at],
        needed=[round(goal * _share(first, last, end), 1) for end in at],
        today=sum(row.done for row in rows),
        expected=goal * _share(first, last, now),
        goal=goal,
    )


def _half_hours(first: datetime, last: datetime, since: datetime) -> list[datetime]:
    begin, end = (first - since) // STEP, -((since - last) // STEP)
    return [since + STEP * slot for slot in range(begin, end + 1)]


def _share(first: datetime, last: datetime, moment: datetime) -> float:
    return min(1.0, max(0.0, (moment - first) / (last - first)))


def _by(rows: Sequence[Row[Any]], since: datetime, end: datetime) -> int:
    return sum(row.done for row in rows if since + STEP * (row.slot + 1) <= end)


def _hours(protocol: Protocol, since: datetime) -> tuple[datetime, datetime]:
    """From the first to the last hour at which this day's households are called; nine to nine where that is always."""
    windows = protocol.windows.on(since.weekday())
    if protocol.always_open or not windows:
        return _at(since, time(9)), _at(since, time(21))
    return _at(since, windows[0].start), _at(since, windows[-1].end)


def _at(day: datetime, hour: time) -> datetime:
    return datetime.combine(day.date(), hour, PARIS)
