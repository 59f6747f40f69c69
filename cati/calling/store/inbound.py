"""SQL of a tenant who calls: the cases that his number belongs to."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from cati.cases.rules import CaseState, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A case that the number which calls belongs to, and how it stands."""

    case_id: int
    wave_id: int
    household_id: int
    phone_id: int
    wave: str
    bailleur: str
    state: CaseState
    closed_as: Outcome | None
    holder_id: int | None
    holder: str | None


_CALLERS = text(
    """
    select distinct on (c.id) c.id as case_id, c.wave_id, c.household_id, p.id as phone_id, w.name as wave,
      b.name as bailleur, c.state, c.close_reason, q.lease_by, u.display_name as holder
    from phones p
    join cases c on c.household_id = p.household_id
    join households h on h.id = c.household_id
    join waves w on w.id = c.wave_id
    join bailleurs b on b.id = h.bailleur_id
    left join case_queue q on q.case_id = c.id
    left join users u on u.id = q.lease_by
    where p.phone_hmac = :number and c.wave_id = any(:waves)
    order by c.id, p.status = 'usable' desc, p.rank
    """
)


def callers(db: Connection, number: bytes, wave_ids: Sequence[int]) -> list[Caller]:
    """The cases of these waves that have the number, by its keyed hash."""
    return [
        Caller(
            case_id=row.case_id,
            wave_id=row.wave_id,
            household_id=row.household_id,
            phone_id=row.phone_id,
            wave=row.wave,
            bailleur=row.bailleur,
            state=CaseState(row.state),
            closed_as=Outcome(row.close_reason) if row.close_reason else None,
            holder_id=row.lease_by,
            holder=row.holder,
        )
        for row in db.execute(_CALLERS, {"number": number, "waves": list(wave_ids)})
    ]
