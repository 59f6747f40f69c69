"""Why a case is served now, or is not: each filter of the take, from recorded facts, and the terms of its order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, text

from cati.calling.actions.taking import GONE
from cati.cases.rules import CaseState, Outcome, WaitReason
from cati.cases.store import attempts
from cati.errors import NotFound
from cati.sample.rules import NOT_CALLABLE_LABELS, NotCallable
from cati.scheduling import store as scheduling
from cati.scheduling.rules import (
    Calendar,
    Protocol,
    attempts_allowed,
    counted_attempts,
    is_open,
    local,
    next_open,
)
from cati.supervision.views.wording import state_text
from cati.surveys.rules import WaveState


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition of the take, whether it holds now, and what it was read from, in French."""

    name: str
    passed: bool
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Every filter of a case, and in which order it comes if it passes them all."""

    case_id: int
    bailleur: str
    state: str
    filters: Sequence[Filter]
    order: str

    @property
    def served(self) -> bool:
        """Whether the next interviewer who may have it could get it now."""
        return all(each.passed for each in self.filters)


_FACTS = text(
    """
    select c.id, c.wave_id, c.state, c.wait_reason, c.close_reason, c.since, w.state as wave_state, w.code as wave,
      h.calendar_id, h.not_callable, h.qpv, b.name as bailleur,
      (select count(*) from phones p where p.household_id = h.id and p.status = 'usable') as numbers,
      q.case_id is not null as queued, q.ready, q.holds_place, q.fresh, q.step, q.rank, q.due_at, q.open_to_all_at,
      q.earliest_at, q.rests_until, (select count(*) from assignments a where a.wave_id = c.wave_id
         and a.skill = q.skill and a.starts_at <= :now and (a.ends_at is null or a.ends_at > :now)) as skilled,
      q.skill, q.lease_until, holder.display_name as holder, owner.display_name as owner,
      other.display_name as not_user, s.state as owner_state, s.seen_at as owner_seen_at,
      k.paused, k.target, k.done, k.reserved, k.promised,
      (select count(*) from case_queue o where o.lease_by is not null and o.cell_id = q.cell_id and not o.holds_place
         and o.case_id <> c.id) as in_hand
    from cases c
    join waves w on w.id = c.wave_id
    join households h on h.id = c.household_id
    join bailleurs b on b.id = h.bailleur_id
    left join case_queue q on q.case_id = c.id
    left join quota_cells k on k.id = q.cell_id
    left join users holder on holder.id = q.lease_by
    left join users owner on owner.id = q.owner_id
    left join stations s on s.user_id = q.owner_id
    left join users other on other.id = q.not_user_id
    where c.id = :case
    """
)


def explain(db: Connection, case_id: int, now: datetime) -> Explanation:
    """Why this household now, or why not, from recorded facts. NotFound when there is no such case."""
    row = db.execute(_FACTS, {"case": case_id, "now": now}).one_or_none()
    if row is None:
        raise NotFound(case=case_id)
    return Explanation(
        case_id=case_id,
        bailleur=row.bailleur,
        state=_state(row),
        filters=list(_filters(db, row, now)),
        order=_order(row),
    )


def _filters(db: Connection, row: Row[Any], now: datetime) -> Iterator[Filter]:
    """In the order somebody would ask. A case that never entered the queue stops at the reason."""
    yield Filter("Terrain ouvert", row.wave_state == WaveState.OPEN, f"{row.wave} : {_WAVES[row.wave_state]}")
    yield _in_sample(row)
    yield Filter("Dossier en attente", bool(row.ready), _state(row))
    yield Filter("Numéro à appeler", row.numbers > 0, f"{row.numbers} numéro(s) utilisable(s)")
    if not row.queued or scheduling.version_in_force(db, row.wave_id) is None:
        return
    protocol = scheduling.protocol_now(db, row.wave_id, now)
    calendar = scheduling.calendar(db, row.calendar_id, row.wave_id)
    yield Filter("En main de personne", row.holder is None, _holder(row, calendar))
    yield _rest(row, calendar, now)
    yield _due(row, calendar, now)
    yield _window(row, calendar, protocol, now)
    yield _quota(row, protocol)
    yield _owner(row, calendar, protocol, now)
    if row.not_user is not None:
        yield Filter("Refusé à un seul", True, f"à n’importe qui sauf {row.not_user}")
    if row.skill is not None:
        who = f"{row.skilled} affecté(s) l’ont" if row.skilled else "personne ne l’a dans cette édition"
        whom = f"seulement à qui a la compétence « {row.skill} » : {who}"
        yield Filter("Compétence", row.skilled > 0, whom)
    yield _caps(db, row, protocol, calendar)


def _in_sample(row: Row[Any]) -> Filter:
    why = NOT_CALLABLE_LABELS[NotCallable(row.not_callable)] if row.not_callable else "rien ne l’exclut"
    return Filter("Ménage appelable d’après l’échantillon", row.not_callable is None, why)


def _holder(row: Row[Any], calendar: Calendar) -> str:
    if row.holder is None:
        return "libre"
    return f"{row.holder}, jusqu’à {_at(row.lease_until, calendar)} s’il ne donne plus signe de vie"


def _rest(row: Row[Any], calendar: Calendar, now: datetime) -> Filter:
    name = "Repos entre deux études"
    if row.rests_until is None:
        return Filter(name, True, "rien d’une autre étude")
    until = _at(row.rests_until, calendar)
    if row.rests_until <= now:
        return Filter(name, True, f"terminé depuis le {until}")
    return Filter(name, False, f"joint pour une autre étude : au repos jusqu’au {until}")


def _due(row: Row[Any], calendar: Calendar, now: datetime) -> Filter:
    """A preferred hour is no obstacle for an interviewer who would have no case at all."""
    if row.due_at <= now:
        return Filter("Échéance atteinte", True, f"depuis {_at(row.due_at, calendar)}")
    due = _at(row.due_at, calendar)
    if row.earliest_at is None:
        return Filter("Échéance atteinte", False, f"pas avant {due}")
    sooner = f"de préférence à partir de {due}, dès {_at(row.earliest_at, calendar)} à qui n’a rien d’autre"
    return Filter("Échéance atteinte", row.earliest_at <= now, sooner)


def _window(row: Row[Any], calendar: Calendar, protocol: Protocol, now: datetime) -> Filter:
    """Promised calls have the hours of appointments, first calls end earlier."""
    appointment, first = row.step < _HOURS_OF_APPOINTMENTS, row.step == _REST and row.fresh
    if is_open(protocol, calendar, now, appointment=appointment, first=first):
        why = "toujours ouvert" if protocol.always_open else f"{calendar.zone}, ouvert à cette heure"
        return Filter("Heure d’appel permise", True, why)
    opens = next_open(protocol, calendar, now, appointment=appointment, first=first)
    return Filter("Heure d’appel permise", False, f"{calendar.zone}, à partir de {_at(opens, calendar)}")


def _quota(row: Row[Any], protocol: Protocol) -> Filter:
    """As the take decides it: the counters, then how many fresh cases of the cell are in hands already."""
    if row.target is None:
        return Filter("Quota ouvert", True, "aucun quota")
    taken = row.done + row.reserved + row.promised
    counts = f"{row.done} réalisés, {row.reserved} en cours, {row.promised} promis, objectif {row.target}"
    if row.holds_place:
        return Filter("Quota ouvert", True, f"sa place est gardée ({counts})")
    if row.paused and row.fresh:
        return Filter("Quota ouvert", False, f"en pause ({counts})")
    most = protocol.holding.fresh_ratio * (row.target - taken)
    if row.fresh and taken < row.target and row.in_hand >= most:
        return Filter(
            "Quota ouvert", False, f"{row.in_hand} dossiers neufs déjà en main, {most} au plus ({counts})"
        )
    return Filter("Quota ouvert", taken < row.target, counts)


def _owner(row: Row[Any], calendar: Calendar, protocol: Protocol, now: datetime) -> Filter:
    """A promised or interrupted case is its owner's for a while."""
    if row.owner is None:
        return Filter("Réservé à personne", True, "n’importe quel télé-enquêteur affecté")
    if row.open_to_all_at is not None and row.open_to_all_at <= now:
        return Filter("Réservé à personne", True, f"d’abord à {row.owner}, ouvert à tous maintenant")
    early = timedelta(minutes=protocol.holding.firm_early_minutes)
    absent = row.owner_state in {None, "paused", "away"} or row.owner_seen_at < now - GONE
    if row.step == _FIRM and row.due_at + early <= now and absent:
        return Filter("Réservé à personne", True, f"{row.owner} est absent : ouvert à tous")
    until = f" jusqu’à {_at(row.open_to_all_at, calendar)}" if row.open_to_all_at else ""
    return Filter("Réservé à personne", False, f"à {row.owner}{until}")


def _caps(db: Connection, row: Row[Any], protocol: Protocol, calendar: Calendar) -> Filter:
    history = attempts.history(db, row.id)
    made, most = len(counted_attempts(protocol, calendar, history)), attempts_allowed(protocol, history)
    return Filter("Plafond de tentatives", made < most, f"{made} tentative(s) sur {most}")


def _state(row: Row[Any]) -> str:
    return state_text(
        CaseState(row.state),
        WaitReason(row.wait_reason) if row.wait_reason else None,
        Outcome(row.close_reason) if row.close_reason else None,
    )


def _order(row: Row[Any]) -> str:
    if not row.queued:
        return "pas dans la file"
    if row.step < _REST:
        return f"rang {row.step} : {_STEPS[row.step]}"
    return f"rang {_REST} : {_STEPS[_REST]}, {row.rank:.4f} (le plus petit d’abord)"


def _at(moment: datetime, calendar: Calendar) -> str:
    wall = local(calendar, moment)
    return f"{wall:%d/%m/%Y} {wall.hour} h {wall.minute:02}"


_FIRM, _HOURS_OF_APPOINTMENTS, _REST = 2, 4, 6  # steps of the take

_WAVES = {
    WaveState.DRAFT: "en préparation",
    WaveState.OPEN: "terrain ouvert",
    WaveState.CLOSED: "terrain clos",
}
_STEPS = {
    1: "entretien interrompu, d’abord à qui l’a commencé",
    2: "rendez-vous ferme",
    3: "rendez-vous ferme ouvert à tous",
    4: "donné par un superviseur",
    5: "rendez-vous vague ou rappel",
    6: "le reste, par rang",
}
