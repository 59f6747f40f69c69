"""The boards of the floor: what each shows and how often; the page and the stream are made of the same parts."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cati.supervision.rules import ON_THE_LINE, Alarm, Pace, SeatState
from cati.supervision.views import appointed, board, curve, dangers, floor
from cati.supervision.views.figures import WaveChoice
from cati.supervision.views.floor import StationLine
from web.deps import Db
from web.live import Board
from web.pages import fragment

Context = dict[str, Any]

FLOOR_TOPIC = "floor"  #: something happened that a supervisor should see at once: help asked, a danger


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a supervisor looks at: a wave, or one bailleur of it."""

    wave: WaveChoice
    bailleur_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What is read together. Each place it fills has the template of its name."""

    places: tuple[str, ...]
    every: float  #: seconds between renderings
    read: Callable[[Db, Look, datetime], Context]
    topics: frozenset[str] = frozenset()

    def board(self, look: Look) -> Board:
        """The part, live."""

        def render(db: Db, now: datetime) -> str:
            context = self.read(db, look, now)
            return "".join(
                f'<hx-partial hx-target="#{place}" hx-swap="innerMorph">'
                f"{fragment(f'supervisor/floor/{place}.html', **context)}</hx-partial>"
                for place in self.places
            )

        key = (self.places, look.wave.id, look.bailleur_id)
        return Board(key=key, render=render, every=self.every, topics=self.topics)


def _stations(db: Db, look: Look, now: datetime) -> Context:
    lines = floor.stations(db, now, wave_id=look.wave.id, bailleur_id=look.bailleur_id)
    return {
        "dangers": dangers.open_dangers(db),  # whatever is looked at: nobody may filter a danger away
        "seats": [line for line in lines if line.seat.state is not SeatState.AWAY],
        "away": [line for line in lines if line.seat.state is SeatState.AWAY],
        "alarmed": sorted((line for line in lines if line.alarms), key=_gravest),
        "on_the_line": sum(line.seat.state in ON_THE_LINE for line in lines),
    }


def _gravest(line: StationLine) -> int:
    return list(Alarm).index(line.alarms[0])


def _quotas(db: Db, look: Look, now: datetime) -> Context:
    return {"board": board.board(db, look.wave.id, now, look.bailleur_id), "paces": Pace}


def _day(db: Db, look: Look, now: datetime) -> Context:
    return {
        "curve": curve.curve(db, look.wave.id, now, look.bailleur_id),
        "appointments": appointed.appointments(db, look.wave.id, now, look.bailleur_id),
        "last_hour": floor.last_hour(db, look.wave.id, now, look.bailleur_id),
    }


#: What moves with every call is looked at each second, what moves with every interview seldomer.
PARTS = (
    Part(places=("alarms", "wall"), every=1.0, read=_stations, topics=frozenset({FLOOR_TOPIC})),
    Part(places=("figures", "quotas", "attention"), every=3.0, read=_quotas),
    Part(places=("curve", "appointments", "last-hour"), every=10.0, read=_day),
)


def whole(db: Db, look: Look, now: datetime) -> Context:
    """All parts, for the page as it is first sent."""
    context: Context = {}
    for part in PARTS:
        context |= part.read(db, look, now)
    return context
