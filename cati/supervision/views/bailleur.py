"""A bailleur's own page: how his field gets on, as counts. Read as cati_observer, who finds his rows alone.

Nothing here is an opinion, and nothing is crossed with anything: neither a day, nor the QPV, nor an interviewer divides
the issues of calls or the faults of a file. The decision on small counts stands in docs/decisions.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from cati.cases.rules import Disposition
from cati.sample.rules import REJECT_LABELS, RejectReason
from cati.supervision.rules import elapsed_share

PARIS = ZoneInfo("Europe/Paris")


class Family(StrEnum):
    """What an attempt came to, as a bailleur is told it: none says what state a person is in."""

    INTERVIEW = "Entretien complet"
    BEGUN = "Entretien commencé, à reprendre"
    LATER = "Rendez-vous ou rappel"
    NO_CONTACT = "Personne ne répond (absence, occupé, répondeur)"
    REFUSAL = "Refus, opposition ou effacement"
    WRONG_NUMBER = "Faux numéro"
    OUTSIDE = "Hors champ (n’est plus locataire, doublon, quota atteint)"
    PREVENTED = "Ne peut pas répondre (langue, santé, absence durable)"


#: Every disposition but `not_placed` (nothing was called) is in one family.
FAMILIES: dict[Family, tuple[Disposition, ...]] = {
    Family.INTERVIEW: (Disposition.COMPLETE,),
    Family.BEGUN: (Disposition.BREAK_OFF,),
    Family.LATER: (Disposition.APPOINTMENT_FIRM, Disposition.APPOINTMENT_SOFT, Disposition.CALLBACK),
    Family.NO_CONTACT: (Disposition.NO_ANSWER, Disposition.BUSY, Disposition.ANSWERING_MACHINE),
    Family.REFUSAL: (
        *(Disposition.REFUSAL_PERSON, Disposition.REFUSAL_HOUSEHOLD),
        *(Disposition.OPPOSITION, Disposition.WITHDRAWN),
    ),
    Family.WRONG_NUMBER: (Disposition.WRONG_NUMBER,),
    Family.OUTSIDE: (
        *(Disposition.MOVED, Disposition.DECEASED, Disposition.OWNER),
        *(Disposition.DUPLICATE, Disposition.QUOTA_FULL),
    ),
    Family.PREVENTED: (Disposition.LANGUAGE, Disposition.UNABLE, Disposition.AWAY),
}
_FAMILY_OF = {one: family for family, members in FAMILIES.items() for one in members}


@dataclass(frozen=True, slots=True)
class WaveChoice:
    """A wave that an observer may follow."""

    id: int
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Progress:
    """Interviews wanted, done, and under way or promised; `qpv` None: both together."""

    qpv: bool | None
    target: int
    done: int
    under_way: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """When the bailleur's field lasts, and how many interviews an even pace would have by now."""

    opens_on: date
    closes_on: date
    is_open: bool
    expected: int


@dataclass(frozen=True, slots=True)
class Week:
    """The interviews of a week, and of all weeks up to it."""

    monday: date
    done: int
    so_far: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """The attempts made: how many, for how long, what they came to."""

    attempts: int
    seconds: float
    families: Sequence[tuple[Family, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """What the bailleur's file was worth: counts, for the upkeep of his base."""

    households: int
    numbers: int
    dead_numbers: int
    without_number: int
    duplicates: int
    imported_at: datetime | None
    rejects: Sequence[tuple[str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """All bailleurs of the wave together."""

    bailleurs: int
    target: int
    done: int
    under_way: int
    households: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPage:
    """What a bailleur reads of one wave."""

    bailleur: str
    whole: Progress
    cells: Sequence[Progress]
    field: Field
    weeks: Sequence[Week]
    calls: Calls
    quality: Quality


def own_waves(db: Connection) -> list[WaveChoice]:
    """The waves that the bailleur takes part in, the newest first."""
    return [WaveChoice(row.id, row.code, row.name) for row in db.execute(_OWN_WAVES)]


def all_waves(db: Connection) -> list[WaveChoice]:
    """The waves whose field has opened, the newest first: what the region may follow."""
    return [WaveChoice(row.id, row.code, row.name) for row in db.execute(_ALL_WAVES)]


def own_page(db: Connection, wave_id: int, now: datetime) -> OwnPage | None:
    """The wave as the bailleur set for this transaction sees it; None when he has no part in it. Five statements."""
    asked = {"wave": wave_id}
    part = db.execute(_PART, asked).one_or_none()
    if part is None:
        return None
    cells = [Progress(row.qpv, row.target, row.done, row.under_way) for row in db.execute(_CELLS, asked)]
    target = sum(cell.target for cell in cells)
    closes = datetime.combine(part.closes_on + timedelta(days=1), time(0), PARIS)
    elapsed = elapsed_share(part.opened_at, closes, now) if part.opened_at else 0.0
    return OwnPage(
        bailleur=part.name,
        whole=Progress(None, target, sum(c.done for c in cells), sum(c.under_way for c in cells)),
        cells=cells,
        field=Field(
            opens_on=part.opens_on,
            closes_on=part.closes_on,
            is_open=part.opened_at is not None and now < closes,
            expected=round(target * elapsed),
        ),
        weeks=_weeks(db, asked),
        calls=_calls(db, asked),
        quality=_quality(db, asked),
    )


def region(db: Connection, wave_id: int) -> Region | None:
    """The totals; None where one bailleur could be told from them (fewer than three, or one above 85 %)."""
    row = db.execute(_REGION, {"wave": wave_id}).one_or_none()
    return None if row is None else Region(**row._mapping)


def _weeks(db: Connection, asked: dict[str, Any]) -> list[Week]:
    weeks: list[Week] = []
    for row in db.execute(_WEEKS, asked):
        before = weeks[-1].so_far if weeks else 0
        weeks.append(Week(row.monday, row.done, before + row.done))
    return weeks


def _calls(db: Connection, asked: dict[str, Any]) -> Calls:
    attempts: Counter[Family] = Counter()
    seconds = 0.0
    for row in db.execute(_CALLS, asked):
        found = _FAMILY_OF.get(row.disposition)
        if found is not None:
            attempts[found] += row.attempts
            seconds += row.seconds
    families = [(one, attempts[one]) for one in Family if attempts[one]]
    return Calls(attempts=attempts.total(), seconds=seconds, families=families)


def _quality(db: Connection, asked: dict[str, Any]) -> Quality:
    row = db.execute(_QUALITY, asked).one()
    counts = {one.reason: one.rejects for one in db.execute(_REJECTS, asked)}
    return Quality(
        **row._mapping,
        rejects=[
            (REJECT_LABELS[reason], counts[reason.value]) for reason in RejectReason if reason.value in counts
        ],
    )


_OWN_WAVES = text(
    """
    select w.id, w.code, w.name from waves w
    where w.id in (select wave_id from wave_bailleurs) order by w.id desc
    """
)

_ALL_WAVES = text("select id, code, name from waves where state <> 'draft' order by id desc")

_PART = text(
    """
    select b.name, p.opens_on, p.closes_on, p.opened_at
    from wave_bailleurs p join bailleurs b on b.id = p.bailleur_id where p.wave_id = :wave
    """
)

_CELLS = text(
    """
    select qpv, target, done, reserved + promised as under_way
    from quota_cells where wave_id = :wave order by qpv
    """
)

_WEEKS = text(
    """
    select date_trunc('week', completed_at at time zone 'Europe/Paris')::date as monday, count(*) as done
    from interviews where wave_id = :wave and state = 'complete' and not surplus group by 1 order by 1
    """
)

_CALLS = text(
    """
    select a.disposition, count(*) as attempts,
      extract(epoch from sum(a.closed_at - a.opened_at))::float8 as seconds
    from households h join cases c on c.household_id = h.id join attempts a on a.case_id = c.id
    where h.wave_id = :wave and a.closed_at is not null group by 1
    """
)

#: Of files given again, only the last one's rejected rows count.
_QUALITY = text(
    """
    select (select count(*) from households where wave_id = :wave) as households,
      count(p.id) as numbers, count(p.id) filter (where p.status = 'dead') as dead_numbers,
      (select count(*) from cases where wave_id = :wave and close_reason = 'no_number') as without_number,
      (select count(*) from cases where wave_id = :wave and close_reason = 'duplicate') as duplicates,
      (select max(imported_at) from sample_imports where wave_id = :wave) as imported_at
    from households h join phones p on p.household_id = h.id where h.wave_id = :wave
    """
)

_REJECTS = text(
    """
    select reason, count(*) as rejects from sample_rejects
    where import_id = (select max(id) from sample_imports where wave_id = :wave) group by reason
    """
)

_REGION = text("select * from region_totals(:wave)")
