"""SQL of what the flow asks or changes beside the case itself: numbers, the wave, the sample."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, func, insert, select, update

from cati.cases.rules import CaseState, InterviewState
from cati.cases.tables import attempts, cases
from cati.errors import NotFound
from cati.interviews.rules import BEGUN
from cati.interviews.tables import dangers, interviews
from cati.people.tables import assignments
from cati.phone import is_fictional
from cati.sample.tables import households, phones
from cati.scheduling.rules import LANGUAGE
from cati.sealing import Keys
from cati.surveys.rules import WaveState
from cati.surveys.tables import wave_bailleurs, waves


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A number about to be dialled."""

    e164: str
    fictional: bool
    demo: bool


def number(db: Connection, phone_id: int, keys: Keys) -> Number:
    """The opened number, for the line alone."""
    row = db.execute(
        select(phones.c.id, phones.c.e164, waves.c.is_demo)
        .join(households, households.c.id == phones.c.household_id)
        .join(waves, waves.c.id == households.c.wave_id)
        .where(phones.c.id == phone_id)
    ).one()
    e164 = keys.unseal("phones.e164", row.id, row.e164)
    return Number(e164=e164, fictional=is_fictional(e164), demo=row.is_demo)


def questionnaire_of(db: Connection, wave_id: int) -> int:
    """The questionnaire that interviews of the wave begin with now."""
    found: int | None = db.scalar(select(waves.c.questionnaire_id).where(waves.c.id == wave_id))
    if found is None:
        raise NotFound(wave=wave_id, sought="questionnaire")
    return found


def field_ends_on(db: Connection, wave_id: int, bailleur_id: int) -> date | None:
    """The last day of the bailleur's field."""
    ends: date | None = db.scalar(
        select(wave_bailleurs.c.closes_on).where(
            wave_bailleurs.c.wave_id == wave_id, wave_bailleurs.c.bailleur_id == bailleur_id
        )
    )
    return ends


def somebody_speaks_otherwise(db: Connection, wave_id: int, now: datetime) -> bool:
    """Whether an interviewer assigned to the wave, now or later, speaks another language."""
    found = select(assignments.c.id).where(
        assignments.c.wave_id == wave_id,
        assignments.c.skill == LANGUAGE,
        assignments.c.ends_at.is_(None) | (assignments.c.ends_at > now),
    )
    return db.execute(found.limit(1)).first() is not None


def erase_interview(db: Connection, interview_id: int, reason: str, user_id: int, now: datetime) -> None:
    """Delete the answers, keep that there were some: only the owner's function may."""
    db.execute(select(func.erase_interview(interview_id, reason, user_id, now)))


def households_interviewed(db: Connection, wave_id: int) -> frozenset[int]:
    """Households of the wave whose interview has begun: their file changes nothing any more."""
    query = (
        select(cases.c.household_id)
        .join(interviews, interviews.c.case_id == cases.c.id)
        .where(cases.c.wave_id == wave_id, interviews.c.state.in_(BEGUN))
    )
    return frozenset(db.execute(query).scalars())


def households_attempted(db: Connection, wave_id: int) -> frozenset[int]:
    """Households of the wave that were called already."""
    query = (
        select(cases.c.household_id)
        .join(attempts, attempts.c.case_id == cases.c.id)
        .where(cases.c.wave_id == wave_id)
    )
    return frozenset(db.execute(query).scalars())


def drawn_by_qpv(db: Connection, wave_id: int, bailleur_id: int) -> dict[bool, int]:
    """How many households of the bailleur were drawn in the QPV and outside: what his objective is split by."""
    query = (
        select(households.c.qpv, func.count().label("drawn"))
        .where(
            households.c.wave_id == wave_id,
            households.c.bailleur_id == bailleur_id,
            households.c.qpv.is_not(None),
        )
        .group_by(households.c.qpv)
    )
    return {False: 0, True: 0} | {row.qpv: row.drawn for row in db.execute(query)}


def take_up_interviews(db: Connection, household_ids: Sequence[int], now: datetime) -> None:
    """The cases of these households may be called again: an interview that ended with its case is suspended."""
    waiting = select(cases.c.id).where(
        cases.c.household_id.in_(household_ids), cases.c.state == CaseState.WAITING
    )
    ended = [InterviewState.NOT_INTERVIEWED, InterviewState.BROKEN_OFF]
    db.execute(
        update(interviews)
        .where(interviews.c.case_id.in_(waiting), interviews.c.state.in_(ended))
        .values(state=InterviewState.SUSPENDED, suspended_at=now)
    )


def is_opened(db: Connection, wave_id: int, bailleur_id: int) -> bool:
    """Whether the bailleur's field is open."""
    opened = select(wave_bailleurs.c.opened_at).where(
        wave_bailleurs.c.wave_id == wave_id, wave_bailleurs.c.bailleur_id == bailleur_id
    )
    return db.scalar(opened) is not None


def is_over(db: Connection, wave_id: int) -> bool:
    """Whether the wave's field has ended: it never opens again."""
    return db.scalar(select(waves.c.state).where(waves.c.id == wave_id)) == WaveState.CLOSED


def mark_opened(db: Connection, wave_id: int, bailleur_id: int, now: datetime) -> None:
    """The bailleur's field opens: his targets are frozen from now on."""
    db.execute(
        update(wave_bailleurs)
        .where(wave_bailleurs.c.wave_id == wave_id, wave_bailleurs.c.bailleur_id == bailleur_id)
        .values(opened_at=now)
    )


def raise_danger(db: Connection, case_id: int, user_id: int, now: datetime) -> int:
    """Log that a danger was heard, apart from the answers; returns its id."""
    danger_id: int = db.execute(
        insert(dangers).values(case_id=case_id, raised_by=user_id, raised_at=now).returning(dangers.c.id)
    ).scalar_one()
    return danger_id
