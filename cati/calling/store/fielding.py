"""SQL of a wave whose field is steered: locked while it is, and the day it is where its institute works."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from cati.errors import NotFound
from cati.surveys.rules import WaveState
from cati.surveys.tables import waves

_INSTITUTE = ZoneInfo("Europe/Paris")


@dataclass(frozen=True, slots=True)
class WaveFacts:
    """What decides whether a wave may be steered so."""

    state: WaveState
    is_demo: bool


def lock_wave(db: Connection, wave_id: int) -> WaveFacts:
    """The wave, locked against another who steers it at the same moment; calls go on meanwhile."""
    query = select(waves.c.state, waves.c.is_demo).where(waves.c.id == wave_id)
    row = db.execute(query.with_for_update(key_share=True)).one_or_none()
    if row is None:
        raise NotFound(wave=wave_id)
    return WaveFacts(WaveState(row.state), row.is_demo)


def today(now: datetime) -> date:
    """The day of the institute."""
    return now.astimezone(_INSTITUTE).date()
