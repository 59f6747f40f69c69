"""Dates and times of day as whole numbers: the day's place in the calendar, the minute's in the day."""

from datetime import date

import z3

from cati.questionnaire.proof.logic import TRUE, Formula, Term, all_of, any_of, choose
from cati.questionnaire.proof.values import Moment, Number

_LAST_MINUTE = 24 * 60 - 1
#: The years whose calendar is exact: one in four is a leap year. The year and the month of other dates may be any.
_EXACT = (1901, 2099)
_SHORTEST = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def day(
    name: str, present: Formula, years: tuple[int, int] | None = None
) -> tuple[Moment, tuple[Formula, ...], Formula]:
    """Any day of these years, or of the calendar: its value, its variables, and what they keep to."""
    rank, year = z3.Int(f"{name}:day"), z3.Int(f"{name}:year")
    first, last = years or (_EXACT[0], _EXACT[1])
    usual = all_of(year >= first, year <= last, rank >= _first(year), rank < _first(year + 1))
    if years:
        return Moment(present, rank, year), (rank, year), usual
    before = all_of(rank >= 1, rank < date(first, 1, 1).toordinal(), year >= 1, year < first)
    after = all_of(
        rank > date(last, 12, 31).toordinal(),
        rank <= date.max.toordinal(),
        year > last,
        year <= date.max.year,
    )
    return Moment(present, rank, year), (rank, year), any_of(usual, before, after)


def minute(name: str, present: Formula) -> tuple[Moment, tuple[Formula, ...], Formula]:
    """Any minute of the day."""
    rank = z3.Int(f"{name}:minute")
    return Moment(present, rank), (rank,), all_of(rank >= 0, rank <= _LAST_MINUTE)


def written(text: str) -> Moment:
    """A date or a time written in the questionnaire."""
    if ":" in text:
        hours, minutes = text.split(":")
        return Moment(TRUE, z3.IntVal(60 * int(hours) + int(minutes)))
    found = date.fromisoformat(text)
    return Moment(TRUE, z3.IntVal(found.toordinal()), z3.IntVal(found.year))


def told(rank: int, *, of_day: bool) -> str:
    """As the engine stores it."""
    return date.fromordinal(rank).isoformat() if of_day else f"{rank // 60:02}:{rank % 60:02}"


def number_of(moment: Moment) -> Number:
    """Its place, to be compared with another."""
    return Number(moment.present, free=moment.rank)


def select(test: Formula, then: Moment, otherwise: Moment) -> Moment:
    """One or the other."""
    years = None if then.year is None else z3.If(test, then.year, otherwise.year)
    present = choose(test, then.present, otherwise.present)
    return Moment(present, z3.If(test, then.rank, otherwise.rank), years)


def days(first: Moment, last: Moment) -> Number:
    """How many days after the first the last comes."""
    return Number(all_of(first.present, last.present), free=last.rank - first.rank)


def year(moment: Moment) -> Number:
    """The year of a date."""
    return Number(moment.present, free=moment.year)


def month(moment: Moment) -> Number:
    """The month of a date, from 1."""
    in_year: Term = moment.year
    first = _first(in_year)
    into = moment.rank - first  # from 0
    leap = z3.If(in_year % 4 == 0, 1, 0)
    found: Term = z3.IntVal(12)
    for rank in range(11, 0, -1):
        ends = sum(_SHORTEST[:rank]) + (leap if rank > 1 else 0)
        found = z3.If(into < ends, rank, found)
    return Number(moment.present, free=found)


def _first(in_year: Term) -> Term:
    """The place of the first of January, as `date.toordinal` counts."""
    since = in_year - _EXACT[0]
    return date(_EXACT[0], 1, 1).toordinal() + 365 * since + since / 4
