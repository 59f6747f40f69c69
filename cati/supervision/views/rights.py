"""What tenants asked for: not to be called any more, to have their answers erased, to have their address corrected.

An opposition is known by keyed hashes alone: no number stands here, only the cases that have one of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

_PARIS = ZoneInfo("Europe/Paris")
_SHOWN = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class OppositionLine:
    """An opposition: when, said to whom, and the cases it closed. Without a case: no file holds such a number."""

    said_at: datetime
    said_to: str | None  #: None: not said on the telephone
    numbers: int
    cases: Sequence[tuple[int, str, str]]  #: case, wave, bailleur
    lifted: int  #: of its numbers, those that the dpo lifted


#: One opposition is all numbers of a household, said at one moment to one person.
_OPPOSITIONS = text(
    """
    select o.said_at, u.display_name as said_to, o.numbers, o.lifted,
      coalesce((
        select json_agg(json_build_array(k.id, k.wave, k.bailleur) order by k.id)
        from (select distinct c.id, w.name as wave, b.name as bailleur
              from phones p
              join households h on h.id = p.household_id
              join cases c on c.household_id = h.id
              join waves w on w.id = c.wave_id
              join bailleurs b on b.id = h.bailleur_id
              where p.phone_hmac = any(o.hashes)) k), '[]'::json) as cases
    from (select said_at, said_to, count(*) as numbers, count(lifted_at) as lifted, array_agg(phone_hmac) as hashes
          from oppositions group by said_at, said_to order by said_at desc limit :most) o
    left join users u on u.id = o.said_to
    order by o.said_at desc, u.display_name
    """
)


def oppositions(db: Connection) -> list[tuple[date, list[OppositionLine]]]:
    """The last oppositions by day (in Paris), the newest first."""
    days: dict[date, list[OppositionLine]] = {}
    for row in db.execute(_OPPOSITIONS, {"most": _SHOWN}):
        line = OppositionLine(
            said_at=row.said_at,
            said_to=row.said_to,
            numbers=row.numbers,
            cases=[(case_id, wave, bailleur) for case_id, wave, bailleur in row.cases],
            lifted=row.lifted,
        )
        days.setdefault(row.said_at.astimezone(_PARIS).date(), []).append(line)
    return list(days.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawalLine:
    """An interview whose answers were erased."""

    export_id: UUID
    case_id: int
    wave: str
    bailleur: str
    at: datetime
    by: str | None
    reason: str


_WITHDRAWALS = text(
    """
    select i.export_id, i.case_id, w.name as wave, b.name as bailleur, l.at, u.display_name as by,
      coalesce(l.purpose, '') as reason
    from audit_log l
    join interviews i on i.id::text = l.object_id
    join waves w on w.id = i.wave_id
    join bailleurs b on b.id = i.bailleur_id
    left join users u on u.id = l.user_id
    where l.action = 'interview.erased' and l.object_type = 'interview'
    order by l.at desc, l.id desc limit :most
    """
)


def withdrawals(db: Connection) -> list[WithdrawalLine]:
    """The last interviews erased at the tenant's word, the newest first."""
    return [WithdrawalLine(**row._mapping) for row in db.execute(_WITHDRAWALS, {"most": _SHOWN})]


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressLine:
    """A case whose tenant said that his address is wrong. What is right is nowhere written."""

    case_id: int
    wave: str
    bailleur: str
    external_id: str  #: by which the bailleur finds the lease
    said_at: datetime
    said_to: str | None


_ADDRESSES = text(
    """
    select c.id as case_id, w.name as wave, b.name as bailleur, h.external_id,
      coalesce(a.closed_at, c.since) as said_at, u.display_name as said_to
    from cases c
    join households h on h.id = c.household_id
    join waves w on w.id = c.wave_id
    join bailleurs b on b.id = h.bailleur_id
    left join lateral (
      select closed_at, interviewer_id from attempts where case_id = c.id order by opened_at desc limit 1
    ) a on true
    left join users u on u.id = a.interviewer_id
    where c.address_to_correct
    order by b.sort_key, said_at, c.id
    """
)


def addresses_to_correct(db: Connection) -> list[AddressLine]:
    """The addresses that nobody dealt with yet, by bailleur, the oldest first."""
    return [AddressLine(**row._mapping) for row in db.execute(_ADDRESSES)]
