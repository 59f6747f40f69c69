"""The page of one case: where it stands, the state of its numbers, its cell. Never who lives there, never an answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from cati.calling.views.slots import Slots, slots_of
from cati.cases.rules import CaseState, InterviewState, Outcome, WaitReason, why_not_reopened
from cati.sample.rules import NOT_CALLABLE_LABELS, NotCallable
from cati.supervision.views.wording import state_text
from cati.surveys.rules import WaveState


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberLine:
    """One of the household's numbers, by rank: the number itself is read with the identity."""

    rank: int
    kind: str
    status: str
    to_check: bool
    dials: int
    opposed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
    """A case as a supervisor or the dpo sees it."""

    case_id: int
    wave: str
    wave_code: str
    bailleur: str
    external_id: str
    qpv: bool | None
    state: CaseState
    state_text: str
    since: datetime
    closed_as: Outcome | None
    not_callable: str | None  #: in French
    holder: str | None
    owner: str | None
    due_at: datetime | None
    zone: str  #: the household's
    cell_id: int | None
    interview: InterviewState | None
    surplus: bool
    observed: bool
    export_id: str | None
    address_to_correct: bool
    reopened_at: datetime | None
    opens: bool  #: its field is open
    field_ends: date | None
    numbers: Sequence[NumberLine]

    @property
    def why_closed_for_good(self) -> str | None:
        """Why the case cannot be reopened; None when it may, or is not closed."""
        return why_not_reopened(self.closed_as) if self.closed_as is not None else None

    @property
    def opposed(self) -> int:
        """How many of its numbers are never to be called."""
        return sum(number.opposed for number in self.numbers)

    @property
    def may_wait(self) -> bool:
        """Whether it can be given an appointment: open, or closed and reopened by it."""
        called = self.opens and self.state is not CaseState.QUARANTINED and self.not_callable is None
        return called and self.holder is None and self.why_closed_for_good is None


_CASE = text(
    """
    select c.id, c.household_id, c.wave_id, c.state, c.wait_reason, c.close_reason, c.since, c.address_to_correct,
      c.reopened_at, w.name as wave, w.code as wave_code, w.state as wave_state, b.name as bailleur, h.external_id,
      h.qpv, h.not_callable, h.calendar_id, k.zone, p.closes_on, p.opened_at, q.cell_id, q.due_at,
      holder.display_name as holder, owner.display_name as owner,
      i.state as interview, i.surplus, i.observed, i.export_id
    from cases c
    join waves w on w.id = c.wave_id
    join households h on h.id = c.household_id
    join bailleurs b on b.id = h.bailleur_id
    join wave_bailleurs p on p.wave_id = c.wave_id and p.bailleur_id = h.bailleur_id
    join calendars k on k.id = h.calendar_id
    left join case_queue q on q.case_id = c.id
    left join users holder on holder.id = q.lease_by
    left join users owner on owner.id = q.owner_id
    left join interviews i on i.case_id = c.id
    where c.id = :case
    """
)

_NUMBERS = text(
    """
    select p.rank, p.kind, p.status, p.to_check,
      exists (select from oppositions o where o.phone_hmac = p.phone_hmac and o.lifted_at is null) as opposed,
      (select count(*) from dials d where d.phone_id = p.id) as dials
    from phones p where p.household_id = :household order by p.rank
    """
)

_INTERVIEWERS = text(
    """
    select distinct u.id, u.display_name, u.number, u.sort_key
    from assignments a
    join users u on u.id = a.user_id
    join cases c on c.wave_id = a.wave_id
    where c.id = :case and u.active and u.role = 'interviewer'
      and a.starts_at <= :now and (a.ends_at is null or a.ends_at > :now)
    order by u.sort_key, u.id
    """
)


def casefile(db: Connection, case_id: int) -> CaseFile | None:
    """The case, or None."""
    row = db.execute(_CASE, {"case": case_id}).one_or_none()
    if row is None:
        return None
    numbers = db.execute(_NUMBERS, {"household": row.household_id})
    return _casefile(row, [NumberLine(**number._mapping) for number in numbers])


def interviewers(db: Connection, case_id: int, now: datetime) -> list[tuple[int, str]]:
    """Who is assigned to the case's wave today, by name: the case may be given to one of them."""
    rows = db.execute(_INTERVIEWERS, {"case": case_id, "now": now})
    return [
        (row.id, row.display_name if row.number is None else f"{row.display_name} ({row.number})")
        for row in rows
    ]


def slots_for(db: Connection, case_id: int, now: datetime) -> Slots:
    """The days and hours at which this household may be given an appointment."""
    row = db.execute(_CASE, {"case": case_id}).one()
    return slots_of(db, row.wave_id, row.calendar_id, now)


def household_of(db: Connection, case_id: int) -> int | None:
    """The household of a case: what its identity is read by."""
    found = db.execute(text("select household_id from cases where id = :case"), {"case": case_id})
    household: int | None = found.scalar_one_or_none()
    return household


def wave_of(db: Connection, case_id: int) -> int | None:
    """The wave of a case, whose queue is to be synced when a place is given back."""
    found = db.execute(text("select wave_id from cases where id = :case"), {"case": case_id})
    wave_id: int | None = found.scalar_one_or_none()
    return wave_id


def _casefile(row: Row[Any], numbers: Sequence[NumberLine]) -> CaseFile:
    state = CaseState(row.state)
    closed_as = Outcome(row.close_reason) if row.close_reason else None
    return CaseFile(
        case_id=row.id,
        wave=row.wave,
        wave_code=row.wave_code,
        bailleur=row.bailleur,
        external_id=row.external_id,
        qpv=row.qpv,
        state=state,
        state_text=state_text(state, WaitReason(row.wait_reason) if row.wait_reason else None, closed_as),
        since=row.since,
        closed_as=closed_as,
        not_callable=NOT_CALLABLE_LABELS[NotCallable(row.not_callable)] if row.not_callable else None,
        holder=row.holder,
        owner=row.owner,
        due_at=row.due_at if state in {CaseState.WAITING, CaseState.INTERRUPTED} else None,
        zone=row.zone,
        cell_id=row.cell_id,
        interview=InterviewState(row.interview) if row.interview else None,
        surplus=bool(row.surplus),
        observed=bool(row.observed),
        export_id=str(row.export_id) if row.export_id else None,
        address_to_correct=row.address_to_correct,
        reopened_at=row.reopened_at,
        opens=row.wave_state == WaveState.OPEN and row.opened_at is not None,
        field_ends=row.closes_on,
        numbers=numbers,
    )
