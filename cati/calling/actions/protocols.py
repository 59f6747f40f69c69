"""A new version of a wave's protocol, and days on which nobody is called: acts, each with its reason and its trace."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from cati.audit import store as audit
from cati.calling.actions import resting
from cati.calling.store import fielding as store
from cati.errors import Conflict, Invalid
from cati.scheduling import store as scheduling
from cati.scheduling.rules import Protocol, contradictions, differences
from cati.surveys.rules import WaveState


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolOrder:
    """The protocol wanted, why, and the version it was decided from (None: whichever is in force)."""

    protocol: Protocol
    reason: str
    seen: int | None = None


def change_protocol(
    db: Connection, wave_id: int, order: ProtocolOrder, *, by: int | None, now: datetime
) -> int:
    """Put a new version in force; returns its number. Hours and holding are obeyed at once, by the next take; each case
    that waits follows delays and caps from its next settlement; households never called rest as it says from now on.

    Raises Conflict, with its sentence, when nothing changes, when another version came first, when the field is over.
    """
    reason = _reason(order.reason)
    wave = store.lock_wave(db, wave_id)
    version = scheduling.version_in_force(db, wave_id)
    before = scheduling.protocol(db, wave_id, version) if version is not None else None
    refusal = _refusal(wave, before, version, order)
    if refusal is not None:
        raise Conflict(refusal)
    made = scheduling.set_protocol(db, wave_id, order.protocol, reason=reason, by=by, now=now)
    if before is None or before.rest != order.protocol.rest:
        resting.rest_fresh(db, wave_id, now)
    changed = [] if before is None else [each.path for each in differences(before, order.protocol)]
    audit.write(
        db,
        now=now,
        user_id=by,
        action="wave.protocol",
        object_type="wave",
        object_id=wave_id,
        purpose=reason,
        details={"version": made, "changed": ", ".join(changed)},
    )
    return made


def close_day(
    db: Connection, day: date, *, wave_id: int | None, reason: str, by: int | None, now: datetime
) -> int:
    """Call nobody on this day, in one wave or (None) in all; returns the closure. A day that is over is history."""
    if day < store.today(now):
        raise Invalid("Ce jour est passé.", field="day")
    closure_id = scheduling.add_closure(db, day, wave_id=wave_id, reason=_reason(reason), by=by, now=now)
    if closure_id is None:
        raise Conflict("Ce jour est déjà fermé.")
    _audit_day(db, "calendar.closed", day, wave_id, reason, by, now)
    return closure_id


def reopen_day(db: Connection, closure_id: int, *, reason: str, by: int | None, now: datetime) -> None:
    """Take a closure back: the day is called on as any other. NotFound when it was taken back already."""
    closure = scheduling.remove_closure(db, closure_id)
    _audit_day(db, "calendar.reopened", closure.day, closure.wave_id, _reason(reason), by, now)


def _reason(reason: str) -> str:
    if len(reason.strip()) < _SHORTEST:
        raise Invalid("Un motif est demandé.", field="reason")
    return reason.strip()


_SHORTEST = 3


def _refusal(
    wave: store.WaveFacts, before: Protocol | None, version: int | None, order: ProtocolOrder
) -> str | None:
    wrong = contradictions(order.protocol)
    refusals = {
        "Le terrain de cette édition est terminé.": wave.state is WaveState.CLOSED,
        "Un autre protocole a été mis en vigueur entre-temps\u00a0: relisez ce qui change.": order.seen
        not in {None, version},
        "Ce protocole est déjà en vigueur\u00a0: rien ne change.": order.protocol == before,
        "Seule une édition de démonstration peut appeler jour et nuit.": order.protocol.always_open
        and not wave.is_demo,
        wrong[0].sentence if wrong else "": bool(wrong),
    }
    return next((sentence for sentence, stands in refusals.items() if stands), None)


def _audit_day(
    db: Connection, action: str, day: date, wave_id: int | None, reason: str, by: int | None, now: datetime
) -> None:
    audit.write(
        db,
        now=now,
        user_id=by,
        action=action,
        object_type="closure",
        object_id=day.isoformat(),
        purpose=reason.strip(),
        details={"wave": wave_id} if wave_id is not None else {},
    )
