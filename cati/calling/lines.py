"""Which driver carries a wave's calls, and what it says of a dial."""

from datetime import datetime

from sqlalchemy import Connection, select

from cati.cases.store.attempts import Dial
from cati.surveys.rules import LineDriver
from cati.surveys.tables import waves
from cati.telephony.manual import ManualLine
from cati.telephony.port import Line
from cati.telephony.rules import DialFacts, Key, KeyPress, LineState
from cati.telephony.simulated import FAST_PACE, Chances, Fate, SimulatedLine

_DRIVERS: dict[LineDriver, Line] = {
    LineDriver.SIMULATED: SimulatedLine(),
    LineDriver.MANUAL: ManualLine(),
}


#: How the simulated line may behave: as on a real evening; quickly; quickly, and everybody answers.
_MANNERS = {
    "usual": SimulatedLine(),
    "fast": SimulatedLine(pace=FAST_PACE),
    "answered": SimulatedLine(pace=FAST_PACE, chances=Chances.only(Fate.PERSON)),
}


def use_simulated(manner: str) -> None:
    """Let the line of demo waves behave so (`CATI_SIMULATED_LINE`); tests and trials change it."""
    _DRIVERS[LineDriver.SIMULATED] = _MANNERS[manner]


def driver(db: Connection, wave_id: int) -> Line:
    """What carries the calls of the wave."""
    return _DRIVERS[LineDriver(db.execute(select(waves.c.line).where(waves.c.id == wave_id)).scalar_one())]


def state(db: Connection, wave_id: int, dial: Dial, now: datetime) -> LineState:
    """Where the dial stands, from what is recorded of it."""
    return driver(db, wave_id).state(_facts(dial), now)


def after_key(db: Connection, wave_id: int, dial: Dial, key: Key, now: datetime) -> LineState:
    """Where the dial stands once the interviewer has pressed this key."""
    facts = _facts(dial)
    pressed = DialFacts(
        dial_id=facts.dial_id, placed_at=facts.placed_at, keys=(*facts.keys, KeyPress(key, now))
    )
    return driver(db, wave_id).state(pressed, now)


def _facts(dial: Dial) -> DialFacts:
    keys = []
    if dial.call_no is not None and dial.answered_at is not None:
        keys.append(KeyPress(Key.ANSWERED, dial.answered_at))
    if dial.ended_at is not None:
        keys.append(KeyPress(Key.HANG_UP, dial.ended_at))
    return DialFacts(dial_id=dial.id, placed_at=dial.placed_at, keys=tuple(keys))
