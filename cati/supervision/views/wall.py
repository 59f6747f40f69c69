"""The wallboard: what everybody in the room may read, visitors too.

Safe by construction: none of these types can hold a name, a telephone number, a residence or anything said. Desks are
numbers, bailleurs are ranks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from cati.supervision.rules import ON_THE_LINE, Pace, SeatState
from cati.supervision.views.board import board, midnight
from cati.supervision.views.floor import stations


@dataclass(frozen=True, slots=True)
class WallSeat:
    """A desk: its number, what it does."""

    number: int
    state: SeatState


@dataclass(frozen=True, slots=True, kw_only=True)
class WallBar:
    """A bailleur's quota."""

    rank: int  #: of the bailleur in the order of the codes, from 1
    target: int
    done: int
    pace: Pace


@dataclass(frozen=True, slots=True, kw_only=True)
class Wall:
    """All of it."""

    seats: Sequence[WallSeat]
    bars: Sequence[WallBar]
    target: int
    done: int
    today: int
    calls: int  #: numbers dialled today
    on_the_line: int
    present: int

    @property
    def by_state(self) -> list[tuple[SeatState, list[int]]]:
        """The numbers of the desks where somebody sits, by what they do."""
        states = (state for state in SeatState if state is not SeatState.AWAY)
        found = [(state, [seat.number for seat in self.seats if seat.state is state]) for state in states]
        return [(state, numbers) for state, numbers in found if numbers]

    @property
    def calls_per_interview(self) -> float | None:
        """How many numbers were dialled for one interview today; None before the first."""
        return self.calls / self.today if self.today else None


_CALLS = text(
    """
    select count(*) from dials d
    join attempts a on a.id = d.attempt_id join cases c on c.id = a.case_id
    where d.placed_at >= :since and (a.closed_at >= :since or a.closed_at is null) and c.wave_id = :wave
    """
)


def wall(db: Connection, wave_id: int, now: datetime) -> Wall:
    """The wave as the room sees it. Four statements."""
    shown = board(db, wave_id, now)
    desks = stations(db, now, wave_id=wave_id)
    seats = [WallSeat(line.number or line.user_id, line.seat.state) for line in desks]
    lines = sorted(shown.lines, key=lambda line: line.code)
    return Wall(
        seats=sorted(seats, key=lambda one: one.number),
        bars=[
            WallBar(
                rank=rank,
                target=line.outside.counts.target + line.inside.counts.target,
                done=line.outside.counts.done + line.inside.counts.done,
                pace=line.worst,
            )
            for rank, line in enumerate(lines, 1)
        ],
        target=shown.target,
        done=shown.done,
        today=shown.done_today,
        calls=db.execute(_CALLS, {"wave": wave_id, "since": midnight(now)}).scalar_one(),
        on_the_line=sum(one.state in ON_THE_LINE for one in seats),
        present=sum(one.state is not SeatState.AWAY for one in seats),
    )
