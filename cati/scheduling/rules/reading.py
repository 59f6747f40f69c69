"""A protocol as somebody wrote it, in a file or in a form, read with French sentences for what cannot be."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from cati.scheduling.rules.presets import CATALOGUE
from cati.scheduling.rules.protocol import DAYS, Protocol, Week, Windows
from cati.scheduling.rules.wording import FRENCH_DAYS, figures_of


@dataclass(frozen=True, slots=True)
class Problem:
    """What cannot be, and where: `caps.attempts`; an empty path is the whole."""

    path: str
    sentence: str


Problems = tuple[Problem, ...]


def read_protocol(given: object, base: Protocol) -> Protocol | Problems:
    """A protocol from the values of a file: those given take the place of the base's, the others stay.

    A key `preset` names the base itself.
    """
    if not isinstance(given, Mapping):
        return (Problem("", "Un protocole est une suite de clés et de valeurs."),)
    values = dict(given)
    if "preset" in values:
        name = values.pop("preset")
        if name not in CATALOGUE:
            return (Problem("preset", f"Préréglage inconnu. Il y a : {', '.join(CATALOGUE)}."),)
        base = CATALOGUE[name].protocol
    return _validated(_over(base.model_dump(mode="json"), values))


def with_values(protocol: Protocol, texts: Mapping[str, str]) -> Protocol | Problems:
    """The protocol with the values of a form, by path, as they were typed; the days of a week each have their own."""
    values: dict[str, Any] = protocol.model_dump(mode="json")
    problems = []
    for path, text in texts.items():
        read = _read(path, text.strip())
        if isinstance(read, Problem):
            problems.append(read)
            continue
        *parts, last = path.split(".")
        inner = values
        for part in parts:
            inner = inner[part]
        inner[last] = read
    return tuple(problems) or _validated(values)


def texts_of(protocol: Protocol) -> dict[str, str]:
    """What a form shows of each figure, by path: the inverse of `with_values`."""
    shown: dict[str, str] = {}
    for figure in figures_of(protocol):
        if isinstance(figure.value, Week):
            shown |= {
                f"{figure.path}.{day}": typed_windows(figure.value.on(at)) for at, day in enumerate(DAYS)
            }
        else:
            shown[figure.path] = _typed(figure.value)
    return shown


def typed_windows(windows: Windows) -> str:
    """« 10:00-13:00, 14:00-20:30 »; nothing for a day without calls."""
    return ", ".join(f"{window.start:%H:%M}-{window.end:%H:%M}" for window in windows)


def contradictions(protocol: Protocol) -> Problems:
    """What the figures say against each other, though each is possible."""
    caps, holding = protocol.caps, protocol.holding
    found = {
        "caps.attempts_with_appointment": (
            caps.attempts_with_appointment < caps.attempts,
            "Avec un rendez-vous, le foyer ne peut pas être appelé moins souvent que sans.",
        ),
        "caps.attempts_per_week": (
            caps.attempts_per_week < caps.attempts_per_day,
            "Le plafond d’une semaine ne peut pas être sous celui d’un jour.",
        ),
        "caps.attempts_per_30_days": (
            caps.attempts_per_30_days is not None and caps.attempts_per_30_days < caps.attempts_per_week,
            "Le plafond de trente jours ne peut pas être sous celui d’une semaine.",
        ),
        "holding.heartbeat_seconds": (
            holding.heartbeat_seconds * 2 > holding.lease_seconds,
            "Un poste donne signe de vie deux fois au moins pendant qu’il garde un dossier.",
        ),
        "holding.missed_minutes": (
            holding.missed_minutes <= holding.owner_grace_minutes,
            "Un rendez-vous ne peut pas être manqué tant qu’il est réservé à qui l’a pris.",
        ),
    }
    return tuple(Problem(path, sentence) for path, (stands, sentence) in found.items() if stands)


def _validated(values: Mapping[str, Any]) -> Protocol | Problems:
    try:
        protocol = Protocol.model_validate(values)
    except ValidationError as refused:
        return tuple(_problem(error) for error in refused.errors())
    return contradictions(protocol) or protocol


def _over(base: dict[str, Any], given: Mapping[Any, Any]) -> dict[str, Any]:
    """Parts are laid over parts; the windows of a week are replaced as a whole, as « no window » is left unsaid."""
    merged = dict(base)
    for key, value in given.items():
        inner = merged.get(key)
        part = isinstance(value, Mapping) and isinstance(inner, dict) and key not in _WEEKS
        merged[str(key)] = _over(dict(inner or {}), value) if part else value
    return merged


_WEEKS = {"windows", "appointment_windows"}
_STRETCH = re.compile(r"(\d{1,2})[:hH](\d{2})?\s*[-–]\s*(\d{1,2})[:hH](\d{2})?")


def _read(path: str, text: str) -> Any:
    """A typed value as the model takes it: nothing is None, a day of a week is its windows."""
    if path.split(".", maxsplit=1)[0] in _WEEKS:
        return _read_windows(path, text)
    if path.rpartition(".")[2] in {"first_attempt_until", "evening_from"}:
        return text.replace(" ", "").replace("h", ":").ljust(3, "0") if text else None
    return {"": None, "oui": True, "non": False}.get(text, text)


def _read_windows(path: str, text: str) -> list[dict[str, str]] | Problem:
    written = text.replace("\u00a0", "").replace("\u202f", "").replace(" ", "")
    windows = []
    for stretch in filter(None, re.split(r"[,;]|et", written)):
        found = _STRETCH.fullmatch(stretch)
        if found is None:
            return Problem(path, "Une plage s’écrit « 10:00-13:00 », plusieurs avec une virgule.")
        hour, minute, to_hour, to_minute = (group or "0" for group in found.groups())
        windows.append({"start": f"{hour:0>2}:{minute:0>2}", "end": f"{to_hour:0>2}:{to_minute:0>2}"})
    return windows


def _typed(value: object) -> str:
    match value:
        case bool():
            return "oui" if value else "non"
        case None:
            return ""
        case time():
            return f"{value:%H:%M}"
    return str(value)


def _problem(error: ErrorDetails) -> Problem:
    path = ".".join(str(part) for part in error["loc"] if not isinstance(part, int))
    context = error.get("ctx", {})
    match error["type"]:
        case "extra_forbidden":
            return Problem(path, _unknown_key(error["loc"]))
        case "missing":
            return Problem(path, "Il manque cette valeur.")
        case "greater_than_equal":
            return Problem(path, f"Au moins {context['ge']}.")
        case "less_than_equal":
            return Problem(path, f"Au plus {context['le']}.")
        case "value_error":
            sentence = str(context["error"])
            return Problem(path, f"{sentence[:1].upper()}{sentence[1:]}.{_which_day(error['loc'])}")
    return Problem(path, _EXPECTED.get(error["type"].split("_")[0], "Valeur impossible ici."))


_EXPECTED = {
    "int": "Un nombre entier est attendu.",
    "bool": "« oui » ou « non » est attendu.",
    "time": "Une heure est attendue, comme 20:30.",
    "enum": "Une de ces valeurs : interview, contact.",
    "model": "Une suite de clés et de valeurs est attendue.",
    "tuple": "Une liste de plages est attendue.",
}


def _which_day(place: tuple[int | str, ...]) -> str:
    days = [FRENCH_DAYS[part] for part in place if isinstance(part, str) and part in FRENCH_DAYS]
    return f" ({days[0]})" if days else ""


def _unknown_key(place: tuple[int | str, ...]) -> str:
    """An unknown key, with the nearest known one of the same part."""
    known: type[BaseModel] | None = Protocol
    for part in place[:-1]:
        field = known.model_fields.get(str(part)) if known is not None else None
        kind = field.annotation if field is not None else None
        known = kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None
    near = get_close_matches(str(place[-1]), known.model_fields, n=1) if known is not None else []
    return f"Clé inconnue : « {place[-1]} »." + (f" Vouliez-vous « {near[0]} » ?" if near else "")
