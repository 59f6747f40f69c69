"""Use cases of the office before the field: a survey, its wave, who takes part, the questionnaire it runs."""

from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from cati.errors import Conflict, NotFound
from cati.people.rules import folded
from cati.surveys import store
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


def publish_questionnaire(
    db: Connection, *, code: str, version: str, text: str, sha256: str, now: datetime
) -> int:
    """A questionnaire's canonical text, frozen. Published again: the same row; Conflict for another text."""
    questionnaire_id = store.add_questionnaire(
        db, code=code, version=version, text=text, sha256=sha256, published_at=now
    )
    if questionnaire_id is None:
        raise Conflict(f"La version {version} de « {code} » est déjà publiée avec un autre texte.")
    return questionnaire_id


def set_questionnaire(db: Connection, wave_id: int, questionnaire_id: int) -> None:
    """The questionnaire that interviews of the wave begin with from now on."""
    if not store.set_wave(db, wave_id, questionnaire_id=questionnaire_id):
        raise NotFound(wave=wave_id)


def set_state(db: Connection, wave_id: int, state: WaveState) -> None:
    """Move the wave between preparation, field and end."""
    if not store.set_wave(db, wave_id, state=state):
        raise NotFound(wave=wave_id)
