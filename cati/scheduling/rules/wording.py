"""A protocol in words: every figure with its name and its sentence, and what differs between two protocols."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time
from itertools import groupby

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from cati.scheduling.rules.presets import CATALOGUE, Preset
from cati.scheduling.rules.protocol import DAYS, Protocol, RestAfter, Unit, Week, Windows

NBSP = "\u00a0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure of a protocol: where it stands (`caps.attempts`), its name, what it says here."""

    path: str
    title: str
    sentence: str
    said: str  #: its value alone: « 3 h », « 4 fois », « oui »
    value: object
    unit: Unit | None


@dataclass(frozen=True, slots=True)
class Chapter:
    """The figures of one part of a protocol."""

    title: str
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A figure that two protocols do not share."""

    path: str
    title: str
    before: str
    after: str


def chapters(protocol: Protocol) -> list[Chapter]:
    """The whole protocol, in the order somebody would read it."""
    found = {path: list(figures) for path, figures in groupby(figures_of(protocol), key=_part)}
    return [Chapter(title, tuple(found[part])) for part, title in _CHAPTERS.items()]


def figures_of(protocol: Protocol) -> Iterator[Figure]:
    """Every figure: first those of the protocol itself, then part by part."""
    return _walk(protocol, "")


def differences(before: Protocol, after: Protocol) -> list[Change]:
    """What changes from one protocol to the other, figure by figure."""
    pairs = zip(figures_of(before), figures_of(after), strict=True)
    return [Change(old.path, old.title, old.said, new.said) for old, new in pairs if old.value != new.value]


def nearest(protocol: Protocol) -> tuple[Preset, list[Change]]:
    """The preset it departs from least, and in what."""
    apart = [(preset, differences(preset.protocol, protocol)) for preset in CATALOGUE.values()]
    return min(apart, key=lambda each: len(each[1]))


def said_minutes(minutes: int) -> str:
    """« 10 min », « 3 h », « 1 h 30 », « 2 jours »."""
    if minutes and minutes % (24 * 60) == 0:
        return _count(minutes // (24 * 60), "jour")
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{rest}{NBSP}min"
    return f"{hours}{NBSP}h{NBSP}{rest:02}" if rest else f"{hours}{NBSP}h"


def said_time(wall: time) -> str:
    """« 20 h », « 20 h 30 »."""
    return f"{wall.hour}{NBSP}h{NBSP}{wall.minute:02}" if wall.minute else f"{wall.hour}{NBSP}h"


def said_week(week: Week) -> str:
    """« du lundi au vendredi 10 h – 13 h et 14 h – 20 h 30 ; samedi 10 h – 18 h ; jamais le dimanche »."""
    runs = [(windows, list(days)) for windows, days in groupby(range(7), key=week.on)]
    open_ = [f"{_days(days)} {_stretches(windows)}" for windows, days in runs if windows]
    closed = [f"le {_FRENCH_DAYS[day]}" for windows, days in runs if not windows for day in days]
    return f"{NBSP}; ".join(open_) + (f"{NBSP}; jamais {' ni '.join(closed)}" if closed else "")


_CHAPTERS = {
    "": "Quand un foyer s’appelle",
    "delays": "Combien de temps on le laisse après un appel",
    "caps": "Combien de fois on l’appelle",
    "rest": "Repos entre deux études",
    "holding": "Combien de temps un dossier est gardé",
}


def _part(figure: Figure) -> str:
    head, _, tail = figure.path.partition(".")
    return head if tail else ""


def _walk(model: BaseModel, prefix: str) -> Iterator[Figure]:
    parts: list[tuple[str, BaseModel]] = []
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        if field.title is None:
            parts.append((name, value))
        else:
            yield _figure(f"{prefix}{name}", field, value)
    for name, part in parts:
        yield from _walk(part, f"{name}.")


def _figure(path: str, field: FieldInfo, value: object) -> Figure:
    unit = next((each for each in field.metadata if isinstance(each, Unit)), None)
    said = _said(value, unit)
    title, sentence = field.title or path, field.description or "{}"
    told = f"{title}{NBSP}: {said}." if value is None else sentence.format(said)
    return Figure(path=path, title=title, sentence=_french(told), said=said, value=value, unit=unit)


def _said(value: object, unit: Unit | None) -> str:
    match value:
        case bool():
            return "oui" if value else "non"
        case None:
            return "pas de plafond" if unit is Unit.TIMES else "comme la première fois"
        case int():
            return _counted(value, unit)
        case time():
            return said_time(value)
        case Week():
            return said_week(value)
        case RestAfter():
            return _RESTS[value]
    raise TypeError(f"a protocol has no such value: {value!r}")


_RESTS = {
    RestAfter.INTERVIEW: "un entretien commencé avec l’accord de la personne",
    RestAfter.CONTACT: "un appel auquel une personne a répondu",
}


def _counted(value: int, unit: Unit | None) -> str:
    match unit:
        case Unit.SECONDS if value % 60:
            return f"{value}{NBSP}s"
        case Unit.SECONDS | Unit.MINUTES | Unit.HOURS:
            return said_minutes(round(value * _IN_MINUTES[unit]))
        case Unit.DAYS | Unit.DAY_PARTS | Unit.CASES:
            return _count(value, _NOUNS[unit])
    return f"{value}{NBSP}fois"


_IN_MINUTES = {Unit.SECONDS: 1 / 60, Unit.MINUTES: 1, Unit.HOURS: 60}
_NOUNS = {Unit.DAYS: "jour", Unit.DAY_PARTS: "partie", Unit.CASES: "dossier"}


def _count(number: int, noun: str) -> str:
    return f"{number}{NBSP}{noun}{'s' if number > 1 else ''}"


_FRENCH_DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")

FRENCH_DAYS = dict(zip(DAYS, _FRENCH_DAYS, strict=True))


def _days(days: list[int]) -> str:
    first, last = _FRENCH_DAYS[days[0]], _FRENCH_DAYS[days[-1]]
    if len(days) == 1:
        return first
    return f"{first} et {last}" if len(days) == 2 else f"du {first} au {last}"


def _stretches(windows: Windows) -> str:
    return " et ".join(f"{said_time(one.start)} – {said_time(one.end)}" for one in windows)


def _french(text: str) -> str:
    return (
        text.replace(" ;", f"{NBSP};")
        .replace(" :", f"{NBSP}:")
        .replace("« ", f"«{NBSP}")
        .replace(" »", f"{NBSP}»")
    )
