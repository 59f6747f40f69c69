"""Find a case by what somebody holds in his hands: a telephone number, the bailleur's identifier, the case's number."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, text

from cati.cases.rules import CaseState, Outcome, WaitReason
from cati.supervision.views.wording import state_text

_MOST = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundCase:
    """A case that fits; who lives there is not said here."""

    case_id: int
    wave: str
    bailleur: str
    state: str  #: in French
    holder: str | None
    opposed: int  #: of its numbers, those never to be called
    numbers: int


_FOUND = """
    select c.id, c.state, c.wait_reason, c.close_reason, w.name as wave, b.name as bailleur, u.display_name as holder,
      (select count(*) from phones p where p.household_id = h.id) as numbers,
      (select count(*) from phones p join oppositions o on o.phone_hmac = p.phone_hmac and o.lifted_at is null
       where p.household_id = h.id) as opposed
    from cases c
    join households h on h.id = c.household_id
    join waves w on w.id = c.wave_id
    join bailleurs b on b.id = h.bailleur_id
    left join case_queue q on q.case_id = c.id
    left join users u on u.id = q.lease_by
"""
_ORDER = " order by w.created_at desc, b.sort_key, c.id limit :most"

_BY_NUMBER = text(
    f"{_FOUND} where h.id in (select p.household_id from phones p where p.phone_hmac = :number) {_ORDER}"
)
_BY_EXTERNAL_ID = text(
    f"{_FOUND} where h.external_id = :external_id and (cast(:bailleur as bigint) is null or b.id = :bailleur) {_ORDER}"
)
_BY_CASE = text(f"{_FOUND} where c.id = :case {_ORDER}")


def by_number(db: Connection, number: bytes) -> list[FoundCase]:
    """The cases of every wave whose household has the number, by its keyed hash."""
    return _read(db.execute(_BY_NUMBER, {"number": number, "most": _MOST}).all())


def by_external_id(db: Connection, external_id: str, bailleur_id: int | None) -> list[FoundCase]:
    """The cases of the household that its bailleur calls so; without a bailleur, of all who use this identifier."""
    wanted = {"external_id": external_id, "bailleur": bailleur_id, "most": _MOST}
    return _read(db.execute(_BY_EXTERNAL_ID, wanted).all())


def by_case(db: Connection, case_id: int) -> list[FoundCase]:
    """The case of this number, if there is one."""
    return _read(db.execute(_BY_CASE, {"case": case_id, "most": _MOST}).all())


def bailleurs(db: Connection) -> list[tuple[int, str]]:
    """Every bailleur that takes or took part in something, by name."""
    return [
        (row.id, row.name) for row in db.execute(text("select id, name from bailleurs order by sort_key, id"))
    ]


def _read(rows: Sequence[Row[Any]]) -> list[FoundCase]:
    return [
        FoundCase(
            case_id=row.id,
            wave=row.wave,
            bailleur=row.bailleur,
            state=state_text(
                CaseState(row.state),
                WaitReason(row.wait_reason) if row.wait_reason else None,
                Outcome(row.close_reason) if row.close_reason else None,
            ),
            holder=row.holder,
            opposed=row.opposed,
            numbers=row.numbers,
        )
        for row in rows
    ]
