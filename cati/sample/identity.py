"""Who lives in a household and on which numbers, opened together for somebody who said why. The caller audits."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from cati.phone import display
from cati.sample import views
from cati.sample.rules import NumberStatus
from cati.sealing import Keys


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityNumber:
    """A number as it is read."""

    display: str
    kind: str
    status: NumberStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What the file says of the household."""

    name: str
    co_holder: str
    residence: str
    address: str
    language: str
    email: str
    numbers: Sequence[IdentityNumber]


def identity(db: Connection, keys: Keys, household_id: int) -> Identity:
    """The identity, opened."""
    contact = views.contact_of(db, keys, household_id)
    return Identity(
        name=" ".join(filter(None, (contact.civility, contact.first_name, contact.last_name))),
        co_holder=contact.co_holder,
        residence=contact.residence,
        address=", ".join(filter(None, (contact.address, f"{contact.postcode} {contact.commune}".strip()))),
        language=contact.language,
        email=contact.email,
        numbers=[
            IdentityNumber(display=display(number.e164), kind=number.kind, status=number.status)
            for number in views.numbers_of(db, keys, household_id)
        ],
    )
