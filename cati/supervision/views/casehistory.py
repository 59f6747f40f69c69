"""All that happened to a case: attempts with their dials, appointments, corrections, acts. Never an answer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, text

from cati.cases.rules import Direction, Disposition, LineOutcome, RefusalKind, label
from cati.scheduling.rules import AppointmentState


@dataclass(frozen=True, slots=True, kw_only=True)
class DialLine:
    """A number called within an attempt, or the call of the tenant's own."""

    at: datetime
    rank: int  #: of the number
    came_to: str  #: what was heard, else how the line ended, in French
    call_no: int | None
    inbound: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that happened: when, what, by whom, and more about it."""

    at: datetime
    what: str
    by: str | None
    why: str = ""
    dials: Sequence[DialLine] = ()


def history(db: Connection, case_id: int) -> list[Entry]:
    """Everything written of the case, the newest first."""
    wanted = {"case": case_id}
    dials = _dials(db.execute(_DIALS, wanted))
    entries = [
        *(_attempt(row, dials.get(row.id, [])) for row in db.execute(_ATTEMPTS, wanted)),
        *(_appointment(row) for row in db.execute(_APPOINTMENTS, wanted)),
        *(_correction(row) for row in db.execute(_CORRECTIONS, wanted)),
        *(_act(row) for row in db.execute(_ACTS, {**wanted, "acts": list(ACTS), "id": str(case_id)})),
    ]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)


_ATTEMPTS = text(
    """
    select a.id, a.opened_at, a.closed_at, a.direction, a.disposition, a.refusal_kind, a.reason, a.note, u.display_name
    from attempts a join users u on u.id = a.interviewer_id
    where a.case_id = :case order by a.opened_at, a.id
    """
)

_DIALS = text(
    """
    select d.attempt_id, d.placed_at, d.line_outcome, d.heard, d.call_no, d.ended_at, p.rank, a.direction
    from dials d join attempts a on a.id = d.attempt_id join phones p on p.id = d.phone_id
    where a.case_id = :case order by d.attempt_id, d.placed_at
    """
)

_APPOINTMENTS = text(
    """
    select ap.made_at, ap.at, ap.firm, ap.state, ap.note, ap.missed, u.display_name, k.zone
    from appointments ap
    join users u on u.id = ap.made_by
    join cases c on c.id = ap.case_id
    join households h on h.id = c.household_id
    join calendars k on k.id = h.calendar_id
    where ap.case_id = :case
    """
)

_CORRECTIONS = text(
    """
    select k.corrected_at, k.disposition, k.reason, u.display_name
    from disposition_corrections k
    join attempts a on a.id = k.attempt_id
    join users u on u.id = k.corrected_by
    where a.case_id = :case
    """
)

#: What the audit says of the case and of its interview. Reads for a call are the attempts' own.
_ACTS = text(
    """
    select l.at, l.action, l.purpose, u.display_name
    from audit_log l left join users u on u.id = l.user_id
    where l.action = any(:acts)
      and (l.object_type = 'case' and l.object_id = :id
           or l.object_type = 'interview'
              and l.object_id = (select i.id::text from interviews i where i.case_id = :case))
      and not (l.action = 'identity.read' and l.purpose in ('call', 'inbound call'))
    """
)

#: The words of the audit that this page knows, in French.
ACTS = {
    "identity.read": "Identité lue",
    "case.release": "Dossier libéré",
    "case.given": "Dossier donné à un télé-enquêteur",
    "case.booked": "Rendez-vous noté par un superviseur",
    "case.reopened": "Dossier rouvert",
    "case.withdrawn": "Effacement demandé",
    "opposition": "Opposition à tout appel",
    "opposition.lifted": "Opposition levée",
    "danger": "Danger signalé",
    "interview.erased": "Réponses effacées",
    "interview.validated": "Entretien validé",
    "interview.invalidated": "Entretien invalidé",
    "interview.restored": "Entretien validé de nouveau",
    "answers.read": "Réponses lues pour contrôle",
}

#: Purposes that the code writes; elsewhere it is what somebody wrote.
_PURPOSES = {"backcheck": "pour le contre-appel", "quality": "contrôle de la qualité"}

_LINES = {
    LineOutcome.BUSY: "occupé",
    LineOutcome.NO_ANSWER: "sans réponse",
    LineOutcome.REJECTED: "rejeté",
    LineOutcome.INVALID_NUMBER: "non attribué",
    LineOutcome.UNREACHABLE: "injoignable",
    LineOutcome.LINE_FAULT: "incident de ligne",
    LineOutcome.CANCELLED: "raccroché avant réponse",
    LineOutcome.COMPLETED: "communication",
    LineOutcome.LOST: "ligne perdue",
}
_STANDS = {
    AppointmentState.PLANNED: "prévu",
    AppointmentState.KEPT: "tenu",
    AppointmentState.MISSED: "manqué",
    AppointmentState.CANCELLED: "annulé",
}


def _dials(rows: Iterable[Row[Any]]) -> dict[int, list[DialLine]]:
    found: dict[int, list[DialLine]] = {}
    for row in rows:
        of_attempt = found.setdefault(row.attempt_id, [])
        line = DialLine(
            at=row.placed_at,
            rank=row.rank,
            came_to=_came_to(row),
            call_no=row.call_no,
            inbound=row.direction == Direction.INBOUND and not of_attempt,
        )
        of_attempt.append(line)
    return found


def _came_to(row: Row[Any]) -> str:
    if row.heard is not None:
        return label(Disposition(row.heard))
    if row.ended_at is None:
        return "en ligne"
    return _LINES[LineOutcome(row.line_outcome)] if row.line_outcome else "terminé"


def _attempt(row: Row[Any], dials: Sequence[DialLine]) -> Entry:
    what = "En cours" if row.disposition is None else label(Disposition(row.disposition))
    if row.direction == Direction.INBOUND:
        what = f"Appel entrant : {what}"
    if row.refusal_kind == RefusalKind.HARD:
        what = f"{what} (définitif)"
    said = " · ".join(filter(None, (row.reason, row.note)))
    return Entry(at=row.closed_at or row.opened_at, what=what, by=row.display_name, why=said, dials=dials)


def _appointment(row: Row[Any]) -> Entry:
    kind = "Rendez-vous ferme" if row.firm else "Rendez-vous vague"
    when = row.at.astimezone(ZoneInfo(row.zone))
    times = f", manqué {row.missed} fois" if row.missed else ""
    state = _STANDS[AppointmentState(row.state)]
    return Entry(
        at=row.made_at,
        what=f"{kind} pour le {when:%d/%m/%Y}, {when.hour} h {when.minute:02} : {state}{times}",
        by=row.display_name,
        why=row.note or "",
    )


def _correction(row: Row[Any]) -> Entry:
    what = f"Issue corrigée : {label(Disposition(row.disposition))}"
    return Entry(at=row.corrected_at, what=what, by=row.display_name, why=row.reason)


def _act(row: Row[Any]) -> Entry:
    why = _PURPOSES.get(row.purpose, row.purpose or "")
    return Entry(at=row.at, what=ACTS[row.action], by=row.display_name, why=why)
