"""What each case of a wave had come to at a moment: the rules that close a case, on what was known of it by then.

Only what was written by then is read, and of what was overwritten since, only what is dated.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, text

from cati.cases.rules import AttemptFact, CaseFacts, Outcome, outcome
from cati.cases.rules.rates import Counted, outcome_so_far
from cati.database import UtcDateTime
from cati.sample.rules import NotCallable
from cati.scheduling import store as scheduling
from cati.scheduling.rules import LANGUAGE, STANDARD, Calendar, Protocol, caps_reached, may_dial
from cati.supervision.views import rates_exact, rates_histories
from cati.supervision.views.rates_exact import Exact
from cati.supervision.views.rates_histories import Alike


@dataclass(frozen=True, slots=True)
class Told:
    """Cases alike, with what they count as; None: not released yet."""

    alike: Alike
    counted: Counted | None


def by_case(db: Connection, wave_id: int, at: datetime) -> list[Told]:
    """Every case of the wave once."""
    field = _field(db, wave_id, at)
    caps = field.protocol.caps
    most = min(caps.attempts, caps.attempts_with_appointment)
    found = rates_histories.of_cases(db, wave_id, at, most_attempts=most, most_dials=caps.dials_per_number)
    return _told(db, field, list(found))


def by_interviewer(db: Connection, wave_id: int, at: datetime) -> list[Told]:
    """Every case of the wave once for each interviewer who handled it, by his attempts alone.

    That the caps are reached is nobody's doing: his last word counts then.
    """
    return _told(db, _field(db, wave_id, at), list(rates_histories.of_interviewers(db, wave_id, at)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Field:
    """What held for the whole wave at that moment."""

    wave_id: int
    at: datetime
    protocol: Protocol
    language_te: bool


@dataclass(frozen=True, slots=True)
class _LookedAt:
    """A case read by itself, and the calendar by which its calls are counted."""

    exact: Exact
    calendar: Calendar


def _told(db: Connection, field: _Field, found: Sequence[Alike]) -> list[Told]:
    begun = [each.interview_id for each in found if each.interview_id is not None]
    partial = rates_exact.partial_at(db, begun, field.at) if begun else {}
    looked_at = _look_at(
        db, field, [each.case_id for each in found if each.case_id and _is_open(field, each)]
    )
    return [Told(each, _counted(field, each, partial, looked_at.get(each.case_id or 0))) for each in found]


def _is_open(field: _Field, alike: Alike) -> bool:
    """Whether the dates of the case must be known: the caps count only where nothing else closed it."""
    if alike.exact or not alike.often_called:
        return alike.exact
    case = _facts(field, alike, alike.history, None, partial=False)
    return outcome(alike.history, case, conversions=field.protocol.caps.conversions) is None


def _look_at(db: Connection, field: _Field, case_ids: Sequence[int]) -> dict[int, _LookedAt]:
    exact = rates_exact.exactly(db, sorted({*case_ids}), field.at) if case_ids else {}
    ids = {each.calendar_id for each in exact.values()}
    calendars = {each: scheduling.calendar(db, each, field.wave_id) for each in ids}
    return {case_id: _LookedAt(each, calendars[each.calendar_id]) for case_id, each in exact.items()}


def _counted(
    field: _Field, alike: Alike, partial: Mapping[int, int], looked_at: _LookedAt | None
) -> Counted | None:
    if not alike.released:
        return None
    history = _history(alike, looked_at)
    at_it = partial.get(alike.interview_id) if alike.interview_id is not None else None
    reached = at_it is not None and alike.interviewer_id in {None, at_it}
    case = _facts(field, alike, history, looked_at, partial=reached)
    came_to = outcome_so_far(
        history,
        case,
        excluded=_EXCLUDED[NotCallable(alike.not_callable)] if alike.not_callable else None,
        caps_reached=_is_exhausted(field, alike, case, looked_at),
        behind_full_cell=alike.behind_full_cell,
        conversions=field.protocol.caps.conversions,
    )
    return Counted(came_to, alike.ever_eligible)


def _history(alike: Alike, looked_at: _LookedAt | None) -> Sequence[AttemptFact]:
    if looked_at is None:
        return alike.history
    whose = alike.interviewer_id
    return [each for each in looked_at.exact.history if whose is None or each.interviewer_id == whose]


def _facts(
    field: _Field,
    alike: Alike,
    history: Sequence[AttemptFact],
    looked_at: _LookedAt | None,
    *,
    partial: bool,
) -> CaseFacts:
    by_himself = looked_at is not None and alike.interviewer_id is None
    usable = looked_at.exact.usable if looked_at is not None and by_himself else frozenset()
    return CaseFacts(
        interview_state=alike.interview_state,
        ever_eligible=alike.ever_eligible,
        partial_reached=partial,
        surplus=alike.surplus,
        numbers_left=max(len(usable), int(alike.numbers_left)),
        opposed=alike.opposed,
        numbers_spent=sum(not may_dial(field.protocol, history, phone_id) for phone_id in usable),
        language_te=field.language_te,
        reopened_at=looked_at.exact.reopened_at if looked_at else None,
    )


def _is_exhausted(field: _Field, alike: Alike, case: CaseFacts, looked_at: _LookedAt | None) -> bool:
    if looked_at is None or alike.interviewer_id is not None:
        return False
    if 0 < case.numbers_left <= case.numbers_spent:
        return True
    return caps_reached(field.protocol, looked_at.calendar, looked_at.exact.history, field.at).exhausted


#: What a case is whose household its file keeps from being called. One of a shared number waits for a supervisor.
_EXCLUDED: Mapping[NotCallable, Outcome | None] = {
    NotCallable.NO_PHONE: Outcome.NO_NUMBER,
    NotCallable.OPPOSITION: Outcome.OPPOSITION,
    NotCallable.GUARDIANSHIP: Outcome.TUTELLE,
    NotCallable.DUPLICATE: Outcome.DUPLICATE,
    NotCallable.SHARED_PHONE: None,
    NotCallable.QPV_UNKNOWN: Outcome.QPV_UNKNOWN,
}

_VERSION = text(
    """
    select coalesce(max(version) filter (where set_at <= :at), min(version)) as version
    from protocols where wave_id = :wave
    """
).bindparams(bindparam("at", type_=UtcDateTime))

_SPEAKS = text(
    "select exists (select from assignments where wave_id = :wave and skill = :skill and starts_at <= :at)"
).bindparams(bindparam("at", type_=UtcDateTime))


def _field(db: Connection, wave_id: int, at: datetime) -> _Field:
    """Before its first protocol a wave had the first; one that has none yet, the usual one."""
    version: int | None = db.scalar(_VERSION, {"wave": wave_id, "at": at})
    speaks = db.scalar(_SPEAKS, {"wave": wave_id, "skill": LANGUAGE, "at": at})
    return _Field(
        wave_id=wave_id,
        at=at,
        protocol=STANDARD if version is None else scheduling.protocol(db, wave_id, version),
        language_te=bool(speaks),
    )
