"""The board: the quota cells of a wave by bailleur, those that need somebody first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, text

from cati.quotas.rules import Cell
from cati.supervision.rules import LATELY, Forecast, Pace, Verdict, elapsed_share, forecast, judge

PARIS = ZoneInfo("Europe/Paris")


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardCell:
    """A quota cell on the board."""

    id: int
    counts: Cell
    left: int  #: households still to be called that hold no place
    in_hand: int  #: of them, in interviewers' hands now
    ahead: Forecast
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardLine:
    """A bailleur: his cell outside the QPV and his cell inside."""

    bailleur: str
    code: str  #: the bailleur's
    priority: int  #: of the bailleur, -2 to 2
    outside: BoardCell
    inside: BoardCell

    @property
    def worst(self) -> Pace:
        """What the line is sorted by."""
        return min((self.outside.verdict.pace, self.inside.verdict.pace), key=list(Pace).index)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """A cell that needs somebody, and why."""

    bailleur: str
    qpv: bool
    cell: BoardCell


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """The quotas of a wave, exceptions first."""

    lines: Sequence[BoardLine]
    target: int
    done: int
    under_way: int
    promised: int
    done_today: int

    @property
    def attention(self) -> list[Attention]:
        """The cells that may not fill, the worst first."""
        found = [
            Attention(bailleur=line.bailleur, qpv=qpv, cell=cell)
            for line in self.lines
            for qpv, cell in ((False, line.outside), (True, line.inside))
            if cell.verdict.pace in {Pace.LATE, Pace.WATCH}
        ]
        return sorted(found, key=lambda one: list(Pace).index(one.cell.verdict.pace))

    def count(self, pace: Pace) -> int:
        """How many cells are in this state."""
        return sum(cell.verdict.pace is pace for line in self.lines for cell in (line.outside, line.inside))


_BOARD = text(
    """
    select c.*, b.name as bailleur, b.code, p.opened_at, p.closes_on, p.priority,
      coalesce(q.waiting, 0) as waiting, coalesce(q.in_hand, 0) as in_hand,
      (select count(*) from quota_places d where d.cell_id = c.id and d.state = 'done' and d.since >= :lately) as lately
    from quota_cells c
    join bailleurs b on b.id = c.bailleur_id
    join wave_bailleurs p on p.wave_id = c.wave_id and p.bailleur_id = c.bailleur_id
    left join (
      select cell_id, count(*) as waiting, count(*) filter (where lease_by is not null) as in_hand
      from case_queue where wave_id = :wave and ready and not holds_place group by cell_id
    ) q on q.cell_id = c.id
    where c.wave_id = :wave and (cast(:bailleur as bigint) is null or c.bailleur_id = :bailleur)
    order by b.sort_key, b.id, c.qpv
    """
)

_DONE_SINCE = text(
    """
    select count(*) from interviews
    where wave_id = :wave and state = 'complete' and completed_at >= :since and not surplus
      and (cast(:bailleur as bigint) is null or bailleur_id = :bailleur)
    """
)


def board(db: Connection, wave_id: int, now: datetime, bailleur_id: int | None = None) -> Board:
    """The bailleurs of the wave (or one of them) by quota, those that need somebody first; then by name.

    Two statements.
    """
    whose = {"wave": wave_id, "bailleur": bailleur_id}
    rows = db.execute(_BOARD, whose | {"lately": now - LATELY}).all()
    pairs = [rows[at : at + 2] for at in range(0, len(rows), 2)]
    lines = [
        BoardLine(
            bailleur=outside.bailleur,
            code=outside.code,
            priority=outside.priority,
            outside=_cell(outside, now),
            inside=_cell(inside, now),
        )
        for outside, inside in pairs
    ]
    return Board(
        lines=sorted(lines, key=lambda line: list(Pace).index(line.worst)),
        target=sum(row.target for row in rows),
        done=sum(row.done for row in rows),
        under_way=sum(row.reserved for row in rows),
        promised=sum(row.promised for row in rows),
        done_today=db.execute(_DONE_SINCE, whose | {"since": midnight(now)}).scalar_one(),
    )


def midnight(now: datetime) -> datetime:
    """When the day of the field began."""
    return datetime.combine(now.astimezone(PARIS).date(), time(0), PARIS)


def _cell(row: Row[Any], now: datetime) -> BoardCell:
    counts = _counts(row)
    closes = datetime.combine(row.closes_on + timedelta(days=1), time(0), PARIS)
    elapsed = 0.0 if row.opened_at is None else elapsed_share(row.opened_at, closes, now)
    ahead = forecast(counts, row.lately, row.opened_at, row.closes_on, now)
    return BoardCell(
        id=row.id,
        counts=counts,
        left=row.waiting,
        in_hand=row.in_hand,
        ahead=ahead,
        verdict=judge(counts, row.waiting, elapsed, ahead),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CellPage:
    """One cell, as its own page shows it."""

    id: int
    wave: str
    wave_id: int
    bailleur: str
    bailleur_id: int
    priority: int  #: of the bailleur, -2 to 2
    qpv: bool
    counts: Cell


def cell(db: Connection, cell_id: int) -> CellPage | None:
    """The cell, or None."""
    row = db.execute(_CELL, {"cell": cell_id}).one_or_none()
    if row is None:
        return None
    return CellPage(
        id=row.id,
        wave=row.wave,
        wave_id=row.wave_id,
        bailleur=row.bailleur,
        bailleur_id=row.bailleur_id,
        priority=row.priority,
        qpv=row.qpv,
        counts=_counts(row),
    )


def _counts(row: Row[Any]) -> Cell:
    return Cell(
        target=row.target,
        margin=row.margin,
        done=row.done,
        reserved=row.reserved,
        promised=row.promised,
        paused=row.paused,
    )


_CELL = text(
    """
    select c.*, b.name as bailleur, w.code as wave, p.priority
    from quota_cells c join bailleurs b on b.id = c.bailleur_id join waves w on w.id = c.wave_id
    join wave_bailleurs p on p.wave_id = c.wave_id and p.bailleur_id = c.bailleur_id
    where c.id = :cell
    """
)
