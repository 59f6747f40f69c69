"""The case card: who is to be called, on which numbers, and what earlier calls came to. Never an answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from cati.calling.holding import numbers_left
from cati.cases.rules import Disposition, label
from cati.cases.store import attempts
from cati.cases.store.queue import Held
from cati.phone import display
from cati.sample import views as sample
from cati.sample.rules import NumberStatus
from cati.scheduling import store as scheduling
from cati.scheduling.store import Planned
from cati.sealing import Keys


@dataclass(frozen=True, slots=True, kw_only=True)
class CardNumber:
    """A number as the interviewer reads it."""

    id: int
    display: str
    e164: str
    kind: str
    to_check: bool
    usable: bool
    dialled: bool  #: in this attempt
    last_heard: str | None  #: in French, from whatever attempt


@dataclass(frozen=True, slots=True, kw_only=True)
class PastAttempt:
    """An earlier attempt, by whom and with what result."""

    at: datetime
    by: str
    disposition: str  #: in French
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """Everything the interviewer needs before and during the call."""

    case_id: int
    wave: str
    institute: str
    bailleur: str
    is_demo: bool
    civility: str
    name: str
    co_holder: str
    residence: str
    commune: str
    language: str
    numbers: Sequence[CardNumber]
    next_number: int | None
    attempts: Sequence[PastAttempt]
    appointment: Planned | None
    remarks: Sequence[str]
    begun: bool  #: an interview was begun in an earlier call


_CASE = text(
    """
    select w.name as wave, w.institute, w.is_demo, b.name as bailleur, i.started_at is not null as begun
    from cases c
    join waves w on w.id = c.wave_id
    join households h on h.id = c.household_id
    join bailleurs b on b.id = h.bailleur_id
    left join interviews i on i.case_id = c.id
    where c.id = :case
    """
)

_ATTEMPTS = text(
    """
    select a.closed_at, a.disposition, a.note, u.display_name
    from attempts a join users u on u.id = a.interviewer_id
    where a.case_id = :case and a.closed_at is not null and a.disposition <> 'not_placed'
    order by a.opened_at desc limit 12
    """
)

_REMARKS = text(
    """
    select e.value #>> '{}' as said
    from answer_events e join interviews i on i.id = e.interview_id
    where i.case_id = :case and e.kind = 'remark' and e.value is not null order by e.seq desc limit 6
    """
)

_HEARD = text(
    """
    select distinct on (d.phone_id) d.phone_id, d.heard
    from dials d join attempts a on a.id = d.attempt_id
    where a.case_id = :case and d.heard is not null
    order by d.phone_id, d.placed_at desc
    """
)


def card(db: Connection, keys: Keys, held: Held, now: datetime) -> Card:
    """The card of the case in hand. Whoever shows it first writes the audit of the identity read."""
    case = db.execute(_CASE, {"case": held.case_id}).one()
    contact = sample.contact_of(db, keys, held.household_id)
    attempt_id = attempts.open_attempt_of(db, held.case_id)
    left = numbers_left(db, held, attempt_id, now)
    return Card(
        case_id=held.case_id,
        wave=case.wave,
        institute=case.institute,
        bailleur=case.bailleur,
        is_demo=case.is_demo,
        civility=contact.civility,
        name=f"{contact.first_name} {contact.last_name}".strip(),
        co_holder=contact.co_holder,
        residence=contact.residence,
        commune=contact.commune,
        language=contact.language,
        numbers=_numbers(db, keys, held, attempt_id),
        next_number=left[0] if left else None,
        attempts=_attempts(db, held.case_id),
        appointment=scheduling.planned(db, held.case_id),
        remarks=[row.said for row in db.execute(_REMARKS, {"case": held.case_id})],
        begun=case.begun,
    )


def contact_fills(db: Connection, keys: Keys, household_id: int) -> dict[str, str]:
    """What the introduction may say of the household."""
    contact = sample.contact_of(db, keys, household_id)
    return {
        "civilite": contact.civility,
        "nom": contact.last_name,
        "residence": contact.residence,
        "commune": contact.commune,
    }


def _numbers(db: Connection, keys: Keys, held: Held, attempt_id: int | None) -> list[CardNumber]:
    heard = {
        row.phone_id: label(Disposition(row.heard)) for row in db.execute(_HEARD, {"case": held.case_id})
    }
    dialled = {each.phone_id for each in attempts.dials_of(db, attempt_id)} if attempt_id else set()
    return [
        CardNumber(
            id=number.id,
            display=display(number.e164),
            e164=number.e164,
            kind=number.kind,
            to_check=number.to_check,
            usable=number.status is NumberStatus.USABLE,
            dialled=number.id in dialled,
            last_heard=heard.get(number.id),
        )
        for number in sample.numbers_of(db, keys, held.household_id)
    ]


def _attempts(db: Connection, case_id: int) -> list[PastAttempt]:
    return [
        PastAttempt(
            at=row.closed_at,
            by=row.display_name,
            disposition=label(Disposition(row.disposition)),
            note=row.note,
        )
        for row in db.execute(_ATTEMPTS, {"case": case_id})
    ]
