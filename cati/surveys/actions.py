"""Use cases of the office before the field: a survey, its wave, who takes part, the questionnaire it runs."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from cati.audit import store as audit
from cati.errors import Conflict, NotFound, QuestionnaireRefused
from cati.people.rules import folded
from cati.questionnaire import changes, loader
from cati.questionnaire.model import Questionnaire
from cati.surveys import store
from cati.surveys.proving import Proved, Waived
from cati.surveys.rules import LegalBasis, LineDriver, WaveState


@dataclass(frozen=True, slots=True, kw_only=True)
class Participation:
    """What a bailleur's part in a wave is: his field, his objective, what his tenants are told."""

    opens_on: date
    closes_on: date
    objective: int  #: completes wanted
    legal_basis: LegalBasis
    information_text: str
    dpo_contact: str
    caller_id: str | None = None  #: E.164 number shown to the tenants


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWave:
    """A wave to be prepared. `simulated` lines exist in demo waves only."""

    survey_id: int
    code: str
    name: str
    institute: str
    line: LineDriver
    is_demo: bool = False


def create_survey(db: Connection, code: str, name: str) -> int:
    """A survey, found again by its code."""
    return store.add_survey(db, code, name)


def create_wave(db: Connection, wave: NewWave, now: datetime) -> int:
    """A wave in preparation; Conflict when its code is taken."""
    wave_id = store.add_wave(db, **asdict(wave), state=WaveState.DRAFT, created_at=now)
    if wave_id is None:
        raise Conflict(f"L’édition « {wave.code} » existe déjà.")
    return wave_id


def create_bailleur(db: Connection, code: str, name: str) -> int:
    """A bailleur, found again by its code."""
    return store.add_bailleur(db, code, name, folded(name))


def join_wave(db: Connection, wave_id: int, bailleur_id: int, participation: Participation) -> None:
    """Let a bailleur take part in a wave, or change his part."""
    store.set_part(db, wave_id=wave_id, bailleur_id=bailleur_id, **asdict(participation))


@dataclass(frozen=True, slots=True)
class Published:
    """A questionnaire as it is kept; `is_new` is False when the same was published before."""

    id: int
    is_new: bool


def publish_questionnaire(
    db: Connection, proved: Proved | Waived, *, now: datetime, by: int | None = None
) -> Published:
    """Freeze a questionnaire: its whole text, with the waiver if its proof was not clean; audited.

    Published again: the same row. Raises QuestionnaireRefused when a name or a code of it last meant something else,
    Conflict when its version is taken by another text. `by` is the account that publishes, if it is known.
    """
    read = proved.questionnaire
    store.lock_code(db, read.id)
    known = store.questionnaire_of(db, read.sha256)
    if known is not None:
        return Published(known, is_new=False)
    _check_meaning(db, read)
    columns = {"code": read.id, "version": read.version, "sha256": read.sha256}
    reason, waived_by = (proved.reason, proved.by) if isinstance(proved, Waived) else (None, None)
    added = store.add_questionnaire(
        db, **columns, text=proved.text, published_at=now, waiver=reason, waived_by=waived_by
    )
    if added is None:
        raise Conflict(f"La version {read.version} de « {read.id} » est déjà publiée avec un autre texte.")
    details = columns | {"waived": reason is not None}
    _audit(db, added, reason, details, by=waived_by or by, now=now)
    return Published(added, is_new=True)


def set_questionnaire(db: Connection, wave_id: int, questionnaire_id: int) -> None:
    """The questionnaire that interviews of the wave begin with from now on."""
    if not store.set_wave(db, wave_id, questionnaire_id=questionnaire_id):
        raise NotFound(wave=wave_id)


def set_state(db: Connection, wave_id: int, state: WaveState) -> None:
    """Move the wave between preparation, field and end."""
    if not store.set_wave(db, wave_id, state=state):
        raise NotFound(wave=wave_id)


def _check_meaning(db: Connection, read: Questionnaire) -> None:
    """Answers already given must never come to mean something else: no waiver lets that through."""
    before = [loader.load(row.text, f"{row.code} {row.version}") for row in store.versions(db, read.id)]
    found = changes.reused(before, read)
    if found:
        told = " ; ".join(change.sentence for change in found)
        raise QuestionnaireRefused(f"« {read.id} » {read.version} n’est pas publié : {told}")


def _audit(
    db: Connection,
    questionnaire_id: int,
    reason: str | None,
    details: Mapping[str, object],
    *,
    by: int | None,
    now: datetime,
) -> None:
    audit.write(
        db,
        now=now,
        user_id=by,
        action="questionnaire.published",
        object_type="questionnaire",
        object_id=questionnaire_id,
        purpose=reason,
        details=details,
    )
