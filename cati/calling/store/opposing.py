"""SQL of the opposition list: keyed hashes of numbers never to be called, and the cases that they leave unreachable."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, func, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from cati.calling.caseref import CaseRef
from cati.sample.rules import NumberStatus
from cati.sample.tables import oppositions, phones


def numbers_of(db: Connection, household_id: int) -> frozenset[bytes]:
    """The keyed hashes of all numbers of a household."""
    query = select(phones.c.phone_hmac).where(phones.c.household_id == household_id)
    return frozenset(db.execute(query).scalars())


def with_their_households(db: Connection, number: bytes) -> frozenset[bytes]:
    """This number and every other one of the households that have it, in whatever wave."""
    theirs = select(phones.c.household_id).where(phones.c.phone_hmac == number)
    query = select(phones.c.phone_hmac).where(phones.c.household_id.in_(theirs))
    return frozenset(db.execute(query).scalars()) | {number}


def is_opposed(db: Connection, number: bytes) -> bool:
    """Whether the number is never to be called."""
    stands = select(oppositions.c.said_at).where(
        oppositions.c.phone_hmac == number, oppositions.c.lifted_at.is_(None)
    )
    return db.execute(stands).first() is not None


def any_of_household(db: Connection, household_id: int) -> bool:
    """Whether a number of the household is never to be called."""
    opposed = (phones.c.household_id == household_id) & (phones.c.status == NumberStatus.OPPOSED)
    return db.execute(select(phones.c.id).where(opposed).limit(1)).first() is not None


def add(db: Connection, numbers: Collection[bytes], user_id: int, now: datetime) -> None:
    """Put the numbers on the list; one whose opposition was lifted is opposed anew, one that stands keeps its date."""
    if not numbers:
        return
    rows = [{"phone_hmac": number, "said_at": now, "said_to": user_id} for number in sorted(numbers)]
    added = upsert(oppositions)
    written = ("said_at", "said_to", "lifted_at", "lifted_by", "lifted_reason")
    anew = {column: getattr(added.excluded, column) for column in written}
    stood_down = oppositions.c.lifted_at.is_not(None)
    db.execute(added.on_conflict_do_update(index_elements=["phone_hmac"], set_=anew, where=stood_down), rows)
    theirs = phones.c.phone_hmac.in_(numbers)
    db.execute(update(phones).where(theirs).values(status=NumberStatus.OPPOSED))


def lift(db: Connection, numbers: Collection[bytes], user_id: int, reason: str, now: datetime) -> list[bytes]:
    """Take the numbers off the list, for a reason; they may be dialled again. Returns those that were opposed."""
    lifted = (
        update(oppositions)
        .where(oppositions.c.phone_hmac.in_(numbers), oppositions.c.lifted_at.is_(None))
        .values(lifted_at=now, lifted_by=user_id, lifted_reason=reason)
    )
    taken_off = db.execute(lifted.returning(oppositions.c.phone_hmac)).scalars().all()
    opposed = phones.c.phone_hmac.in_(numbers) & (phones.c.status == NumberStatus.OPPOSED)
    db.execute(update(phones).where(opposed).values(status=NumberStatus.USABLE))
    return sorted(taken_off)


def opposed_among(db: Connection, numbers: Collection[bytes]) -> int:
    """How many of these numbers are never to be called."""
    stand = oppositions.c.phone_hmac.in_(numbers) & oppositions.c.lifted_at.is_(None)
    return int(db.execute(select(func.count()).select_from(oppositions).where(stand)).scalar_one())


#: Cases still open, in whatever wave, at households that have one of the numbers and none left that may be dialled.
_UNREACHABLE = text(
    """
    select c.id, c.wave_id, c.household_id, h.calendar_id
    from cases c join households h on h.id = c.household_id
    where c.state <> 'closed'
      and h.id in (select p.household_id from phones p where p.phone_hmac = any(:numbers))
      and not exists (select from phones p where p.household_id = h.id and p.status = 'usable')
    order by c.id
    """
)


def unreachable(db: Connection, numbers: Collection[bytes]) -> list[CaseRef]:
    """The open cases that nobody may ring any more, by number."""
    rows = db.execute(_UNREACHABLE, {"numbers": list(numbers)})
    return [CaseRef(row.id, row.wave_id, row.household_id, row.calendar_id) for row in rows]
