"""Let a wave go on with another version of its questionnaire: who begins from now on, and who is under way."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import Connection

from cati.audit import store as audit
from cati.calling import observed, scripts
from cati.calling.observed import Moment
from cati.database import notify
from cati.errors import Conflict, Invalid, StaleScreen
from cati.interviews import listening, moving
from cati.interviews import store as interviews
from cati.people import messages
from cati.supervision.rules import Whom
from cati.supervision.store import versions as store
from cati.supervision.store.versions import Plan, Planned
from cati.surveys import actions as surveys

#: How long an interviewer who is in a call is told that the script has changed.
_TOLD_FOR = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveOrder:
    """What a supervisor asks for, having seen the wave at the version `seen`."""

    whom: Whom
    reason: str
    seen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """The wave is at the new version."""

    moved: int  #: interviews under way that go on with it
    kept: int  #: those that keep their version
    calling: int  #: of those moved, in a call: their interviewers were told


def move_wave(
    db: Connection, wave_id: int, questionnaire_id: int, order: MoveOrder, *, by: int, now: datetime
) -> Moved:
    """Interviews of the wave begin with this version from now on, and those that `order.whom` says go on with it.

    Raises Invalid without a reason, StaleScreen when somebody moved the wave meanwhile, Conflict when a name or a code
    would come to mean something else. Finished interviews never change.
    """
    if not order.reason.strip():
        raise Invalid("Un changement de version se motive.", field="reason")
    wave = store.wave(db, wave_id, lock=True)
    if wave.questionnaire_id != order.seen:
        raise StaleScreen("Quelqu’un a changé la version de cette édition entre-temps : regardez de nouveau.")
    moving.lock_under_way(db, wave_id, questionnaire_id)
    plan = _possible(db, wave, questionnaire_id)
    chosen = plan.moving(order.whom)
    surveys.set_questionnaire(db, wave_id, questionnaire_id)
    moving.move(db, [each.interview.id for each in chosen], questionnaire_id, request=uuid4(), by=by, now=now)
    _show_listeners(db, chosen, now)
    called = _tell(db, plan, chosen, by, now)
    moved = Moved(moved=len(chosen), kept=len(plan.planned) - len(chosen), calling=called)
    _audit(db, wave_id, (wave.version, plan.to.version), moved, order.reason.strip(), by, now=now)
    return moved


def begin_with(db: Connection, wave_id: int, questionnaire_id: int, *, by: int | None, now: datetime) -> int:
    """Interviews of the wave begin with this version from now on; returns how many under way keep another one.

    Conflict when a name or a code would come to mean something else, NotFound for another questionnaire's version.
    """
    if not store.has_questionnaire(db, wave_id):
        surveys.set_questionnaire(db, wave_id, questionnaire_id)
        first = store.wave(db, wave_id)
        _audit(db, wave_id, (None, first.version), Moved(moved=0, kept=0, calling=0), None, by, now=now)
        return 0
    wave = store.wave(db, wave_id, lock=True)
    plan = _possible(db, wave, questionnaire_id)
    surveys.set_questionnaire(db, wave_id, questionnaire_id)
    kept = Moved(moved=0, kept=len(plan.planned), calling=0)
    if wave.questionnaire_id != questionnaire_id:
        _audit(db, wave_id, (wave.version, plan.to.version), kept, None, by, now=now)
    return kept.kept


def _possible(db: Connection, wave: store.WaveVersion, questionnaire_id: int) -> Plan:
    plan = store.plan(db, wave, questionnaire_id)
    if plan.refused:
        raise Conflict(
            f"L’édition ne peut passer à la version {plan.to.version} : {' ; '.join(plan.refused)}"
        )
    return plan


def _show_listeners(db: Connection, chosen: list[Planned], now: datetime) -> None:
    """Who listens to one of them sees the question that is asked now, or listens no more."""
    for interview_id in moving.listened(db, [each.interview.id for each in chosen]):
        interview = interviews.load(db, interview_id)
        compiled = scripts.script(db, interview.questionnaire_id)
        route = scripts.route(interview, compiled)
        moment = Moment(interview=interview, compiled=compiled, route=route, last=None)
        observed.follow(db, moment, listening.of_interview(db, interview_id, now), now)


def _tell(db: Connection, plan: Plan, chosen: list[Planned], by: int, now: datetime) -> int:
    """Interviewers in a call are told to look at their question again; returns how many."""
    said = (
        f"Le questionnaire passe à la version {plan.to.version}. Regardez de nouveau la question à l’écran."
    )
    desks = {each.interview.interviewer_id for each in chosen if each.calling}
    for user_id in sorted(desks):
        messages.add(db, said, by=by, to=user_id, now=now, until=now + _TOLD_FOR)
        notify(db, f"desk:{user_id}")
    return len(desks)


def _audit(
    db: Connection,
    wave_id: int,
    versions: tuple[str | None, str],
    moved: Moved,
    reason: str | None,
    by: int | None,
    *,
    now: datetime,
) -> None:
    audit.write(
        db,
        now=now,
        user_id=by,
        action="wave.questionnaire",
        object_type="wave",
        object_id=wave_id,
        purpose=reason,
        details={
            "version": list(versions),
            "moved": moved.moved,
            "kept": moved.kept,
            "calling": moved.calling,
        },
    )
