"""The sample becomes cases, and a wave opens its field: targets freeze, cases are released."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from cati.calling.actions import resting, settling
from cati.calling.store import ending, facts
from cati.cases.rules import Outcome
from cati.cases.store import queue, released
from cati.errors import Conflict
from cati.quotas import store as quotas
from cati.quotas.rules import split_by_largest_remainder
from cati.sample import actions as sample
from cati.sample.actions import Begun, SampleFile
from cati.sample.report import ImportReport
from cati.scheduling import store as scheduling
from cati.scheduling.rules import Protocol
from cati.sealing import Keys
from cati.surveys import store as surveys
from cati.surveys import views as surveys_views
from cati.surveys.rules import WaveState


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What opening a wave's field did."""

    bailleurs: int
    released: int  #: cases that may now be called
    target: int  #: completes wanted, over all cells


def import_sample(
    db: Connection,
    *,
    wave_id: int,
    bailleur_id: int,
    file: SampleFile,
    keys: Keys,
    now: datetime,
    dry_run: bool = False,
) -> ImportReport:
    """Import a bailleur's file and let the cases follow: new households get one, corrected ones change theirs.

    Once the bailleur's field is open, new households may be called at once.

    In one transaction. Nothing that was said by a tenant is undone: an outcome, an opposition, a withdrawal stay.
    """
    begun = _begun(db, wave_id)
    report = sample.import_file(
        db,
        wave_id=wave_id,
        bailleur_id=bailleur_id,
        file=file,
        keys=keys,
        now=now,
        begun=begun,
        dry_run=dry_run,
    )
    if not dry_run:
        _follow(db, report, now)
    return report


def set_protocol(
    db: Connection, wave_id: int, protocol: Protocol, *, reason: str, by: int | None, now: datetime
) -> int:
    """Put a protocol in force from now on; earlier attempts keep the version they were made under."""
    return scheduling.set_protocol(db, wave_id, protocol, reason=reason, by=by, now=now)


def open_wave(db: Connection, wave_id: int, now: datetime) -> Opened:
    """Open the field of every bailleur of the wave. Opening an open wave opens the bailleurs who joined since.

    Raises Conflict when the wave has no protocol, NotFound when it has no questionnaire: nobody could be called; and
    Conflict when its field is over.
    """
    facts.questionnaire_of(db, wave_id)
    if facts.is_over(db, wave_id):
        raise Conflict("Le terrain de cette édition est terminé.")
    if scheduling.version_in_force(db, wave_id) is None:
        raise Conflict("Cette édition n’a pas de protocole d’appel.")
    surveys.set_wave(db, wave_id, state=WaveState.OPEN)
    parts = [part for part in surveys_views.parts_of(db, wave_id) if part.opened_at is None]
    freed = sum(_open_part(db, wave_id, part.id, part.objective, now) for part in parts)
    resting.rest_fresh(db, wave_id, now)
    return Opened(bailleurs=len(parts), released=freed, target=sum(part.objective for part in parts))


def close_wave(db: Connection, wave_id: int, now: datetime) -> Mapping[Outcome, int]:
    """End the field: every case that still waited gets its outcome; returns how many got which.

    Raises Conflict while a case is in somebody's hands: an interview is never cut off by a date.
    """
    held = ending.held_cases(db, wave_id)
    if held:
        raise Conflict(f"{held} dossier(s) sont en main : le terrain se ferme une fois les appels terminés.")
    surveys.set_wave(db, wave_id, state=WaveState.CLOSED)
    found = Counter(ending.close_untouched(db, wave_id, now))
    while waiting := ending.left(db, wave_id):
        found.update(settling.end(db, case, now, behind_full_cell=full) for case, full in waiting)
    return found


def _follow(db: Connection, report: ImportReport, now: datetime) -> None:
    """Let the cases follow what an import changed."""
    queue.open_cases(db, report.wave_id, now)
    opened = facts.is_opened(db, report.wave_id, report.bailleur_id)
    if opened:
        queue.release(db, report.wave_id, report.bailleur_id, now)
    followed = {moved.household_id for moved in report.moved} | {*report.reopened_ids}
    released.follow_sample(db, sorted(followed), now)
    facts.take_up_interviews(db, sorted(followed), now)
    released.move_cells(db, report.qpv_changed_ids)
    released.move_calendars(db, report.changed_ids)
    if opened:
        resting.rest_fresh(db, report.wave_id, now)


def _open_part(db: Connection, wave_id: int, bailleur_id: int, objective: int, now: datetime) -> int:
    shares = facts.drawn_by_qpv(db, wave_id, bailleur_id)
    quotas.create_cells(db, wave_id, bailleur_id, split_by_largest_remainder(objective, shares))
    facts.mark_opened(db, wave_id, bailleur_id, now)
    return queue.release(db, wave_id, bailleur_id, now)


def _begun(db: Connection, wave_id: int) -> Begun:
    return Begun(
        locked=facts.households_interviewed(db, wave_id), attempted=facts.households_attempted(db, wave_id)
    )
