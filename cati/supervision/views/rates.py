"""Outcome rates of a wave at any moment, past or present: the whole, by bailleur, by quota cell, by interviewer."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from cati.cases.rules.rates import Counted, Tally
from cati.errors import NotFound
from cati.people.store import assignments_of
from cati.supervision.views import figures, rates_reading
from cati.supervision.views.figures import WaveFigures
from cati.supervision.views.rates_histories import Alike
from cati.supervision.views.rates_reading import Told

PARIS = ZoneInfo("Europe/Paris")


class By(StrEnum):
    """What the cases of a wave are told apart by."""

    WAVE = "wave"
    BAILLEUR = "bailleur"
    CELL = "cell"
    INTERVIEWER = "interviewer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A group of cases; those of a bailleur, or of a tranche, that was not released yet count in no rate."""

    key: str
    label: str
    tally: Tally
    unreleased: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """The rates of a wave as they were known at a moment. `whole` has each case once, whatever the lines."""

    wave_id: int
    code: str
    name: str
    at: datetime
    by: By
    whole: Line
    lines: Sequence[Line]


def moment(day: date, clock: time | None = None) -> datetime:
    """The moment, in UTC, at which the field's clocks (Paris) show so; a day without its time is the whole day over."""
    told = (
        datetime.combine(day + timedelta(days=1), time(0)) if clock is None else datetime.combine(day, clock)
    )
    return told.replace(tzinfo=PARIS).astimezone(UTC)


def rates(db: Connection, wave_id: int, at: datetime, by: By = By.WAVE) -> Rates:
    """What the cases of the wave had come to at that moment. NotFound when there is no such wave."""
    wave = db.execute(_WAVE, {"wave": wave_id}).one_or_none()
    if wave is None:
        raise NotFound(wave=wave_id)
    cases = rates_reading.by_case(db, wave_id, at)
    told = rates_reading.by_interviewer(db, wave_id, at) if by is By.INTERVIEWER else cases
    return Rates(
        wave_id=wave_id,
        code=wave.code,
        name=wave.name,
        at=at,
        by=by,
        whole=_line("", "Ensemble", cases),
        lines=_LINES[by](db, wave_id, told),
    )


_WAVE = text("select code, name from waves where id = :wave")


def waves_of(db: Connection, user_id: int, now: datetime) -> list[WaveFigures]:
    """The waves that this person works on now, the newest first."""
    assigned = {each.wave_id for each in assignments_of(db, user_id, now)}
    return [wave for wave in figures.waves(db) if wave.id in assigned]


def _line(key: str, label: str, told: Iterable[Told]) -> Line:
    counted: Counter[Counted] = Counter()
    unreleased = 0
    for each in told:
        if each.counted is None:
            unreleased += each.alike.cases
        else:
            counted[each.counted] += each.alike.cases
    return Line(key=key, label=label, tally=Tally(dict(counted)), unreleased=unreleased)


def _grouped(told: Iterable[Told], key: Callable[[Alike], Any]) -> dict[Any, list[Told]]:
    groups: dict[Any, list[Told]] = defaultdict(list)
    for each in told:
        groups[key(each.alike)].append(each)
    return groups


_BAILLEURS = text(
    """
    select b.id, b.code, b.name from wave_bailleurs p join bailleurs b on b.id = p.bailleur_id
    where p.wave_id = :wave order by b.sort_key, b.id
    """
)

_INTERVIEWERS = text("select id, login, display_name from users where id = any(:users) order by sort_key, id")


def _none(db: Connection, wave_id: int, told: Sequence[Told]) -> list[Line]:
    return []


def _by_bailleur(db: Connection, wave_id: int, told: Sequence[Told]) -> list[Line]:
    groups = _grouped(told, lambda alike: alike.bailleur_id)
    rows = db.execute(_BAILLEURS, {"wave": wave_id})
    return [_line(row.code, row.name, groups[row.id]) for row in rows if row.id in groups]


def _by_cell(db: Connection, wave_id: int, told: Sequence[Told]) -> list[Line]:
    groups = _grouped(told, lambda alike: (alike.bailleur_id, alike.qpv))
    return [
        _line(f"{row.code}:{_QPV_KEYS[qpv]}", f"{row.name}, {_QPV[qpv]}", groups[row.id, qpv])
        for row in db.execute(_BAILLEURS, {"wave": wave_id}).all()
        for qpv in (False, True, None)
        if (row.id, qpv) in groups
    ]


def _by_interviewer(db: Connection, wave_id: int, told: Sequence[Told]) -> list[Line]:
    groups = _grouped(told, lambda alike: alike.interviewer_id)
    rows = db.execute(_INTERVIEWERS, {"users": sorted(groups)})
    return [_line(row.login, row.display_name, groups[row.id]) for row in rows]


_QPV = {False: "hors QPV", True: "QPV", None: "QPV inconnu"}
_QPV_KEYS = {False: "hors_qpv", True: "qpv", None: "inconnu"}

_LINES: dict[By, Callable[[Connection, int, Sequence[Told]], list[Line]]] = {
    By.WAVE: _none,
    By.BAILLEUR: _by_bailleur,
    By.CELL: _by_cell,
    By.INTERVIEWER: _by_interviewer,
}
