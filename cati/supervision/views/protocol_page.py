"""What the pages of a wave's protocol show: the one in force, how it came to be, what another one would change."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from sqlalchemy import Connection

from cati.calling.store.fielding import today
from cati.errors import NotFound
from cati.scheduling.rules import (
    CATALOGUE,
    Change,
    Chapter,
    Preset,
    Protocol,
    chapters,
    differences,
    nearest,
)
from cati.supervision.views import protocol_words, protocols
from cati.supervision.views.protocols import ClosedDay, Skilled, Version


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolPage:
    """The protocol in force, in words, and what surrounds it."""

    version: Version
    chapters: Sequence[Chapter]
    preset: Preset  #: the nearest one
    apart: str  #: what was changed of it
    versions: Sequence[tuple[Version, str]]  #: newest first, each with what it changed
    offered: Sequence[Preset]
    closed: Sequence[ClosedDay]
    skilled: Sequence[Skilled]


def protocol_page(db: Connection, wave_id: int, now: datetime) -> ProtocolPage:
    """NotFound when the wave has no protocol."""
    found = protocols.versions(db, wave_id)
    if not found:
        raise NotFound(wave=wave_id, sought="protocol")
    in_force = found[0].protocol
    preset, apart = nearest(in_force)
    return ProtocolPage(
        version=found[0],
        chapters=chapters(in_force),
        preset=preset,
        apart=protocol_words.changes_said(apart),
        versions=list(zip(found, _told(found), strict=True)),
        offered=offered(in_force),
        closed=protocols.closed_days(db, wave_id, today(now)),
        skilled=protocols.skilled(db, wave_id, now),
    )


def in_force(db: Connection, wave_id: int) -> Version:
    """The version that is obeyed now; NotFound when there is none."""
    found = protocols.versions(db, wave_id)
    if not found:
        raise NotFound(wave=wave_id, sought="protocol")
    return found[0]


def offered(standing: Protocol) -> list[Preset]:
    """The presets that may take its place: a demonstration may take any, a real study none that calls at night."""
    return [each for each in CATALOGUE.values() if standing.always_open or not each.demonstration]


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What another protocol would change: figure by figure, and for the cases that wait, in sentences."""

    changes: Sequence[Change]
    effects: Sequence[str]


def rehearse(db: Connection, wave_id: int, before: Protocol, after: Protocol, now: datetime) -> Rehearsal:
    """Counted now, nothing changed."""
    changes = differences(before, after)
    if not changes:
        return Rehearsal([], [])
    counted = protocols.effects(db, wave_id, before, after, now)
    skilled = protocols.skilled(db, wave_id, now)
    return Rehearsal(changes, protocol_words.sentences(before, after, counted, skilled))


def _told(found: Sequence[Version]) -> list[str]:
    pairs = pairwise(found)
    changed = [protocol_words.changes_said(differences(old.protocol, new.protocol)) for new, old in pairs]
    return [*(each or "rien" for each in changed), "première version"]
