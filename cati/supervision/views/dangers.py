"""Dangers that were heard on the line: those nobody dealt with yet, and what was done about the others."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, text

_SHOWN = timedelta(days=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class DangerLine:
    """A danger: who raised it and where, never what was said, nor by whom."""

    id: int
    case_id: int
    wave: str
    bailleur: str
    raised_by: str
    number: int | None  #: of the interviewer
    raised_at: datetime
    handled_by: str | None
    handled_at: datetime | None
    what_was_done: str | None


_ROWS = """
    select d.id, d.case_id, w.name as wave, b.name as bailleur, r.display_name as raised_by, r.number, d.raised_at,
      h.display_name as handled_by, d.handled_at, d.what_was_done
    from dangers d
    join cases c on c.id = d.case_id
    join households l on l.id = c.household_id
    join waves w on w.id = c.wave_id
    join bailleurs b on b.id = l.bailleur_id
    join users r on r.id = d.raised_by
    left join users h on h.id = d.handled_by
"""
_OPEN = text(f"{_ROWS} where d.handled_at is null order by d.raised_at, d.id")
_HANDLED = text(f"{_ROWS} where d.handled_at > :since order by d.handled_at desc, d.id desc")


def open_dangers(db: Connection) -> list[DangerLine]:
    """Those nobody dealt with yet, the oldest first: they stand at the top of the floor."""
    return [DangerLine(**row._mapping) for row in db.execute(_OPEN)]


def handled_dangers(db: Connection, now: datetime) -> list[DangerLine]:
    """Those dealt with in the last three months, the newest first."""
    return [DangerLine(**row._mapping) for row in db.execute(_HANDLED, {"since": now - _SHOWN})]
