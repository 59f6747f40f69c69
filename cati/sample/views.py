"""What screens read of a household: who lives there and on which numbers. Each read has a purpose, and is audited."""

from dataclasses import dataclass, fields

from sqlalchemy import Connection, select

from cati.errors import NotFound
from cati.sample.reading import Contact
from cati.sample.rules import NumberStatus
from cati.sample.tables import contacts, phones
from cati.sealing import Keys


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseholdNumber:
    """A number of a household, opened, in the order to be dialled."""

    id: int
    rank: int
    e164: str
    kind: str
    to_check: bool
    source_column: str
    status: NumberStatus


def contact_of(db: Connection, keys: Keys, household_id: int) -> Contact:
    """Who lives there, opened. The caller writes the audit."""
    row = db.execute(select(contacts).where(contacts.c.household_id == household_id)).one_or_none()
    if row is None:
        raise NotFound(household=household_id)
    sealed = {column.name: getattr(row, column.name) for column in fields(Contact)}
    return Contact(
        **{
            name: "" if text is None else keys.unseal(f"contacts.{name}", household_id, text)
            for name, text in sealed.items()
        }
    )


def numbers_of(db: Connection, keys: Keys, household_id: int) -> list[HouseholdNumber]:
    """The household's numbers, opened, dead and opposed ones too."""
    query = select(phones).where(phones.c.household_id == household_id).order_by(phones.c.rank)
    return [
        HouseholdNumber(
            id=row.id,
            rank=row.rank,
            e164=keys.unseal("phones.e164", row.id, row.e164),
            kind=row.kind,
            to_check=row.to_check,
            source_column=row.source_column,
            status=NumberStatus(row.status),
        )
        for row in db.execute(query)
    ]
