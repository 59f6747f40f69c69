"""Who sits where, what is odd about it, who calls for help: the list of stations and the page of one of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, text

from cati.cases.rules import Disposition, label
from cati.people.rules import StationState
from cati.supervision.rules import SeatState
from cati.supervision.views import floor
from cati.supervision.views.floor import StationLine

LONG_PAUSE = timedelta(minutes=15)
#: A browser that has asked for nothing for so long shows no desk: an open one speaks every 20 s, noted each minute.
_BROWSER_OPEN = timedelta(minutes=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenHelpCall:
    """An interviewer who asks a supervisor to look."""

    user_id: int
    name: str
    case_id: int | None
    question: str | None  #: where he stood when he asked
    asked_at: datetime
    answered_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chair:
    """A station, and what a supervisor should know of it."""

    line: StationLine
    browsers: int  #: in which he is signed in now
    seen_at: datetime | None
    leaving_by: str | None  #: who wants him signed out at the end of his call
    help: OpenHelpCall | None
    watchers: Sequence[str]
    oddities: Sequence[str]  #: in French, the worst first

    @property
    def signed_in(self) -> bool:
        """Whether a session of his is open."""
        return self.browsers > 0


_HELP = text(
    """
    select h.user_id, u.display_name as name, h.case_id, h.question, h.asked_at, a.display_name as answered_by
    from help_calls h join users u on u.id = h.user_id left join users a on a.id = h.answered_by
    where h.closed_at is null order by h.asked_at, h.id
    """
)


def open_help_calls(db: Connection) -> list[OpenHelpCall]:
    """Who waits for help, the longest first."""
    return [OpenHelpCall(**row._mapping) for row in db.execute(_HELP)]


_CHAIRS = text(
    """
    select u.id, s.state, s.since, s.seen_at, boss.display_name as leaving_by,
      (select count(*) from sessions e
        where e.user_id = u.id and e.ended_at is null and e.expires_at > :now and e.seen_at > :open) as browsers,
      coalesce((select array_agg(w2.display_name order by w.started_at) from watches w
                join users w2 on w2.id = w.watched_by
                where w.user_id = u.id and w.ended_at is null), '{}') as watchers
    from users u left join stations s on s.user_id = u.id left join users boss on boss.id = s.sign_out_by
    where u.role = 'interviewer' and u.active
    """
)


def chairs(db: Connection, now: datetime) -> list[Chair]:
    """Every interviewer's station; who calls for help and what is odd come first, the empty chairs last."""
    about = {row.id: row for row in db.execute(_CHAIRS, {"now": now, "open": now - _BROWSER_OPEN})}
    calls = {call.user_id: call for call in open_help_calls(db)}
    found = [
        _chair(line, about[line.user_id], calls.get(line.user_id), now)
        for line in floor.stations(db, now)
        if line.user_id in about
    ]
    return sorted(found, key=_rank)


def chair(db: Connection, user_id: int, now: datetime) -> Chair | None:
    """The station of one interviewer; None when there is no such interviewer."""
    return next((each for each in chairs(db, now) if each.line.user_id == user_id), None)


def _rank(found: Chair) -> tuple[bool, bool, bool]:
    return (found.help is None, not found.oddities, found.line.seat.state is SeatState.AWAY)


def _chair(line: StationLine, row: Row[Any], call: OpenHelpCall | None, now: datetime) -> Chair:
    return Chair(
        line=line,
        browsers=row.browsers,
        seen_at=row.seen_at,
        leaving_by=row.leaving_by,
        help=call,
        watchers=tuple(row.watchers),
        oddities=_oddities(line, row, now),
    )


def _oddities(line: StationLine, row: Row[Any], now: datetime) -> tuple[str, ...]:
    """A desk that says nothing any more, one open in two browsers, a pause that lasts."""
    here = row.state is not None and row.state != StationState.AWAY
    silent = line.seat.state is SeatState.SILENT or (
        here and line.seat.state is SeatState.AWAY and row.browsers > 0
    )
    paused = line.seat.state is SeatState.PAUSED and row.since is not None
    found = (
        ("plus de signe de vie", silent),
        (f"connecté dans {row.browsers} navigateurs", row.browsers > 1),
        ("pause longue", paused and now - row.since > LONG_PAUSE),
    )
    return tuple(words for words, applies in found if applies)


@dataclass(frozen=True, slots=True, kw_only=True)
class Today:
    """What an interviewer did today, in counts."""

    arrived_at: datetime | None
    completes: int
    attempts: Sequence[tuple[str, int]]  #: by disposition, the most frequent first


_ATTEMPTS = text(
    """
    select disposition, count(*) as attempts from attempts
    where interviewer_id = :user and closed_at >= :since and disposition <> 'not_placed'
    group by disposition order by count(*) desc, disposition
    """
)

_DAY = text(
    """
    select (select min(created_at) from sessions where user_id = :user and created_at >= :since) as arrived_at,
      (select count(*) from interviews
        where interviewer_id = :user and state = 'complete' and completed_at >= :since) as completes
    """
)


def today(db: Connection, user_id: int, now: datetime) -> Today:
    """The day of one interviewer, by the clock of Paris."""
    midnight = now.astimezone(ZoneInfo("Europe/Paris")).replace(hour=0, minute=0, second=0, microsecond=0)
    told = {"user": user_id, "since": midnight}
    day = db.execute(_DAY, told).one()
    return Today(
        arrived_at=day.arrived_at,
        completes=day.completes,
        attempts=tuple(
            (label(Disposition(row.disposition)), row.attempts) for row in db.execute(_ATTEMPTS, told)
        ),
    )
