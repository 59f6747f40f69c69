"""SQL of a case that a supervisor acts on: how it stands, locked until the end of the transaction."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, text, update

from cati.calling.caseref import CaseRef
from cati.calling.holding import in_order
from cati.cases.rules import CaseState, Outcome, WaitReason
from cati.cases.store import queue
from cati.cases.tables import case_queue
from cati.errors import Conflict, NotFound
from cati.interviews.store import Interview
from cati.scheduling.tables import appointments
from cati.surveys.rules import WaveState


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A case as it stands, and what decides which acts it takes."""

    ref: CaseRef
    bailleur_id: int
    cell_id: int | None
    state: CaseState
    wait_reason: WaitReason | None
    closed_as: Outcome | None
    not_callable: str | None  #: why its file keeps it from being called
    numbers: int  #: that may be dialled
    holder: str | None
    not_user_id: int | None  #: the interviewer it is kept from
    skill: str | None
    interview: Interview | None


_STANDING = text(
    """
    select c.id, c.wave_id, c.household_id, c.state, c.wait_reason, c.close_reason, h.calendar_id, h.bailleur_id,
      h.not_callable, w.state as wave_state, q.cell_id, q.not_user_id, q.skill, holder.display_name as holder,
      (select count(*) from phones p where p.household_id = h.id and p.status = 'usable') as numbers
    from cases c
    join households h on h.id = c.household_id
    join waves w on w.id = c.wave_id
    left join case_queue q on q.case_id = c.id
    left join users holder on holder.id = q.lease_by
    where c.id = :case
    """
)


def lock_free(db: Connection, case_id: int) -> Standing:
    """The case that nobody holds, locked: its interview, then its place in the queue. Conflict while somebody does."""
    interview, _ = in_order(db, case_id, lambda: queue.lock(db, case_id))
    row = db.execute(_STANDING, {"case": case_id}).one_or_none()
    if row is None:
        raise NotFound(case=case_id)
    if row.holder is not None:
        raise Conflict(f"{row.holder} a ce dossier en main : libérez-le d’abord.")
    return _standing(row, interview)


_FIELD = text(
    """
    select w.state, p.opened_at from waves w
    join wave_bailleurs p on p.wave_id = w.id and p.bailleur_id = :bailleur
    where w.id = :wave
    """
)


def must_be_called(db: Connection, standing: Standing) -> None:
    """The field is open and the case may be in the queue. Conflict, with the sentence that says what is missing."""
    field = db.execute(_FIELD, {"wave": standing.ref.wave_id, "bailleur": standing.bailleur_id}).one()
    if field.state != WaveState.OPEN or field.opened_at is None:
        raise Conflict("Le terrain n’est pas ouvert pour ce bailleur.")
    if standing.state is CaseState.QUARANTINED or standing.not_callable is not None:
        raise Conflict(
            "Ce ménage n’est pas appelable d’après son fichier : un fichier corrigé le fait revenir."
        )
    if standing.numbers == 0:
        raise Conflict("Ce dossier n’a plus de numéro à appeler.")


def give(db: Connection, case_id: int, user_id: int, *, step: int, open_to_all_at: datetime | None) -> None:
    """Write whose the case is, before anybody else's until `open_to_all_at`."""
    db.execute(
        update(case_queue)
        .where(case_queue.c.case_id == case_id)
        .values(step=step, owner_id=user_id, open_to_all_at=open_to_all_at, not_user_id=None)
    )


def give_appointment(db: Connection, case_id: int, user_id: int) -> None:
    """Write who keeps the case's firm appointment; from its time on the case is anybody's, as before."""
    db.execute(update(case_queue).where(case_queue.c.case_id == case_id).values(owner_id=user_id))
    planned = (appointments.c.case_id == case_id) & (appointments.c.state == "planned")
    db.execute(update(appointments).where(planned).values(owner_id=user_id))


_SKILLS = text(
    """
    select a.skill from assignments a join users u on u.id = a.user_id
    where a.user_id = :user and a.wave_id = :wave and u.active and u.role = 'interviewer'
      and a.starts_at <= :now and (a.ends_at is null or a.ends_at > :now)
    """
)


def skills_for(db: Connection, user_id: int, wave_id: int, now: datetime) -> frozenset[str] | None:
    """What this interviewer is assigned to the wave for, today ('' for the ordinary); None when he is not."""
    found = frozenset(db.execute(_SKILLS, {"user": user_id, "wave": wave_id, "now": now}).scalars())
    return found or None


def _standing(row: Row[Any], interview: Interview | None) -> Standing:
    return Standing(
        ref=CaseRef(row.id, row.wave_id, row.household_id, row.calendar_id),
        bailleur_id=row.bailleur_id,
        cell_id=row.cell_id,
        state=CaseState(row.state),
        wait_reason=WaitReason(row.wait_reason) if row.wait_reason else None,
        closed_as=Outcome(row.close_reason) if row.close_reason else None,
        not_callable=row.not_callable,
        numbers=row.numbers,
        holder=row.holder,
        not_user_id=row.not_user_id,
        skill=row.skill,
        interview=interview,
    )
