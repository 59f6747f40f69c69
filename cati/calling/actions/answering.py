"""Record an answer: the answer, its quota place, the state of the interview, in one transaction and four statements."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from cati.calling import observed, respondent, scripts
from cati.cases.rules import InterviewState
from cati.cases.store import attempts, queue
from cati.errors import AnswerRefused, CaseClosed, CaseTaken, StaleScreen
from cati.events import EventKind
from cati.interviews import store as interviews
from cati.interviews.rules import UNDER_WAY
from cati.interviews.store import Event, Interview, Standing
from cati.questionnaire import checks
from cati.questionnaire.checks import AnswerProblem
from cati.questionnaire.model import Answer, Question, answered
from cati.questionnaire.route import Fault, Route
from cati.questionnaire.routing import Compiled, off_route
from cati.quotas import store as quotas
from cati.quotas.rules import PlaceState
from cati.scheduling import store as scheduling

ROUTE = "route"  #: what `confirm` holds once the interviewer accepts that answers leave the route

_TAKES_ANSWERS = UNDER_WAY | {InterviewState.COMPLETE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """An answer as the screen sends it."""

    question: str
    iteration: str = ""
    values: tuple[str, ...] = ()
    special: str | None = None
    other: str | None = None
    confirm: frozenset[str] = frozenset()  #: keys of soft faults, and `route`
    key: UUID  #: of the request: twice the same has one effect
    seen: int  #: the interview's `seq` when the screen was shown
    visit: int | None = None  #: the visit whose observer the screen announced
    language: str | None = None  #: in which the screen was read, where there are several
    elapsed_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """The answer is kept (or was already): the interview as it now stands."""

    interview: Interview
    route: Route
    repeated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """An answer that may be kept: the interview with it, and the route before and after."""

    interview: Interview
    before: Route
    after: Route


@dataclass(frozen=True, slots=True, kw_only=True)
class ToConfirm:
    """Nothing is stored yet: the interviewer confirms first, with a new request."""

    interview: Interview
    route: Route  #: as before the answer
    faults: tuple[Fault, ...] = ()  #: soft checks that would fail
    leaving: tuple[str, ...] = ()  #: answered questions that would leave the route


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The answer is not possible here; the sentence says why, in French."""

    interview: Interview
    route: Route
    message: str
    fault: Fault | None = None  #: the blocking check that says so


def record_answer(
    db: Connection, user_id: int, interview_id: int, given: Given, now: datetime
) -> Recorded | ToConfirm | Refused:
    """Keep an answer of the interview in hand.

    Raises StaleScreen when the interview moved on since the screen was shown, CaseTaken when somebody else holds the
    case, CaseClosed when the interview takes no answer any more.
    """
    interview, standing = interviews.load_for(db, interview_id, user_id, given.key, now)
    compiled = scripts.script(db, interview.questionnaire_id)
    if standing.repeated:
        return Recorded(interview=interview, route=scripts.route(interview, compiled), repeated=True)
    _check(interview, standing)
    if given.seen < interview.changed_seq:
        raise StaleScreen(interview=interview.id)
    weighed = weigh(interview, compiled, given)
    if not isinstance(weighed, Weighed):
        return weighed
    change = _Change(
        interview=weighed.interview,
        standing=standing,
        compiled=compiled,
        before=weighed.before,
        after=weighed.after,
        key=given.key,
    )
    return _keep(db, change, _events(change, given), user_id, now)


def weigh(interview: Interview, compiled: Compiled, given: Given) -> Weighed | ToConfirm | Refused:
    """What an answer does, before anything is stored: the desk decides by it, the authors' preview too."""
    before = scripts.route(interview, compiled)
    question = _asked(compiled, before, given)
    answer = _read(compiled, interview, question, before, given)
    if isinstance(answer, AnswerProblem):
        return Refused(interview=interview, route=before, message=answer.message)
    changed = _with(interview, question, answer, given)
    after = scripts.route(changed, compiled)
    another = respondent.another(changed, compiled, after, given.question)
    stop = _stop(interview, before, after, given, another)
    return Weighed(interview=changed, before=before, after=after) if stop is None else stop


def signal(db: Connection, user_id: int, interview_id: int, text: str, key: UUID, now: datetime) -> None:
    """Answer the questionnaire's hidden question once more: something the tenant asks to have passed on.

    Raises AnswerRefused when the questionnaire has none, or all its times are taken.
    """
    interview, standing = interviews.load_for(db, interview_id, user_id, key, now)
    if standing.repeated:
        return
    _check(interview, standing)
    compiled = scripts.script(db, interview.questionnaire_id)
    question = next((each for each in compiled.questionnaire.questions.values() if each.hidden), None)
    if question is None:
        raise AnswerRefused("Ce questionnaire ne prévoit pas de point à transmettre : le noter en remarque.")
    rank = 1 + sum(name == question.id for name, _ in interview.answers)
    if rank > question.repeat:
        raise AnswerRefused(f"« {question.ask} » : {question.repeat} fois au plus.")
    said, iteration = answered(text.strip()), "" if rank == 1 else str(rank)
    changed = replace(interview, answers={**interview.answers, (question.id, iteration): said})
    before, after = scripts.route(interview, compiled), scripts.route(changed, compiled)
    change = _Change(
        interview=changed,
        standing=standing,
        compiled=compiled,
        before=before,
        after=after,
        key=key,
        beside=not _asks_about_alerts(compiled, before),
    )
    event = Event(kind=EventKind.ANSWERED, question=question.id, iteration=iteration, answer=said)
    _keep(db, change, [event], user_id, now)


def remark(db: Connection, user_id: int, interview_id: int, text: str, key: UUID, now: datetime) -> None:
    """Note something about the call, never about the person: it leaves neither in exports nor to observers."""
    interview, standing = interviews.load_for(db, interview_id, user_id, key, now)
    if not standing.repeated:
        event = Event(kind=EventKind.REMARK, answer=answered(text.strip()))
        until = _lease_until(db, interview, now)
        interviews.save_in_hand(db, interview, [event], request=key, by=user_id, now=now, until=until)


def _check(interview: Interview, standing: Standing) -> None:
    """The interview is this interviewer's to go on with: he holds its case, and an answer may still change it."""
    if not standing.may_go_on:
        raise CaseTaken(case=interview.case_id)
    if interview.state not in _TAKES_ANSWERS:
        raise CaseClosed(interview=interview.id)
    if interview.first_call is None:
        raise CaseTaken("Aucun appel n’est en cours pour cet entretien.", interview=interview.id)


def _lease_until(db: Connection, interview: Interview, now: datetime) -> datetime:
    return now + scheduling.protocol_now(db, interview.wave_id, now).lease


def _asks_about_alerts(compiled: Compiled, route: Route) -> bool:
    """Whether the question on screen lists the alerts: one more makes it another question."""
    at = compiled.questionnaire.questions[route.position[0]] if route.position is not None else None
    return at is not None and at.from_alerts


def _asked(compiled: Compiled, route: Route, given: Given) -> Question:
    """The question, which the route has reached: nothing beyond where the interview stands can be answered."""
    key = (given.question, given.iteration)
    rank = route.rank(key)
    if rank and rank > _reached(route):
        raise AnswerRefused("Une question posée avant celle-ci attend sa réponse.", question=given.question)
    if not rank:
        raise AnswerRefused(
            "Cette question n’est pas posée à ce foyer.", question=given.question, iteration=given.iteration
        )
    return compiled.questionnaire.questions[given.question]


def _reached(route: Route) -> int:
    """The rank of the last item that may be answered: the position, the choice that ended the call, else the end."""
    if route.position is not None:
        return route.rank(route.position)
    return max((route.rank(key) for key in route.items if key[0] == route.ended_by), default=route.total)


def _read(
    compiled: Compiled, interview: Interview, question: Question, route: Route, given: Given
) -> Answer | AnswerProblem:
    limits = compiled.limits(question, scripts.situation(interview, compiled), route, given.iteration)
    return checks.read(question, values=given.values, special=given.special, other=given.other, limits=limits)


def _with(interview: Interview, question: Question, answer: Answer, given: Given) -> Interview:
    answers = {**interview.answers, (given.question, given.iteration): answer}
    other = checks.read_other(question, answer, given.other)
    if other is not None:
        answers[f"{given.question}_other", given.iteration] = other
    return replace(interview, answers=answers, confirmed=interview.confirmed | (given.confirm - {ROUTE}))


def _stop(
    interview: Interview,
    before: Route,
    after: Route,
    given: Given,
    another: Fault | None,
) -> ToConfirm | Refused | None:
    """What keeps the answer from being stored: a blocking check, a soft one or a changed route not yet confirmed."""
    known = {fault.key for fault in before.faults}
    here = (given.question, given.iteration)
    new = [
        fault for fault in after.faults if (fault.question, fault.iteration) == here or fault.key not in known
    ]
    blocking = [fault for fault in new if fault.hard and (fault.question, fault.iteration) == here]
    if blocking:
        return Refused(interview=interview, route=before, message=blocking[0].say, fault=blocking[0])
    soft = tuple(fault for fault in new if not fault.hard)
    if another is not None and another.key not in given.confirm:
        soft = (another, *soft)
    leaving = () if ROUTE in given.confirm else off_route(before, after)
    if soft or leaving:
        return ToConfirm(interview=interview, route=before, faults=soft, leaving=leaving)
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """An answer about to be kept: the interview with it, and the route before and after."""

    interview: Interview
    standing: Standing
    compiled: Compiled
    before: Route
    after: Route
    key: UUID
    beside: bool = False  #: it changes nothing of the question on screen, whose answer stays welcome


def _keep(db: Connection, change: _Change, changes: list[Event], user_id: int, now: datetime) -> Recorded:
    interview, route = change.interview, change.after
    until = _lease_until(db, interview, now)
    moved = replace(interview, **_progress(interview, route, now))
    if _moves_place(change, moved):
        # The queue's row before the cells': the renewal does not ride along here.
        queue.renew_lease(db, interview.case_id, user_id, until)
        moved = _with_place(db, change, moved, now)
    if route.marks.get("address_to_correct") and not change.before.marks.get("address_to_correct"):
        queue.flag_address(db, moved.case_id)
    events = [*changes, scripts.shown(moved, change.compiled, route)]
    columns = {name: getattr(moved, name) for name in _PROGRESS}
    if change.beside:
        columns["changed_seq"] = interview.changed_seq
    seq = interviews.save_in_hand(
        db, interview, events, request=change.key, by=user_id, now=now, until=until, **columns
    )
    if change.standing.listening is not None:
        seen = observed.Moment(
            interview=replace(moved, seq=seq), compiled=change.compiled, route=route, last=changes[0].key
        )
        observed.follow(db, seen, change.standing.listening, now)
    return Recorded(interview=replace(moved, seq=seq, changed_seq=seq - 1), route=route)


_PROGRESS = (
    "state",
    "started_at",
    "first_eligible_at",
    "eligible_at",
    "eligible_call",
    "completed_at",
    "surplus",
)


def _progress(interview: Interview, route: Route, now: datetime) -> Mapping[str, Any]:
    """The state that the answers bring about: consent opens, eligibility is latched, the last answer completes."""
    changes: dict[str, Any] = {}
    if route.marks.get("interview") and interview.state in {InterviewState.INTRO, InterviewState.SUSPENDED}:
        changes |= {"state": InterviewState.OPEN, "started_at": interview.started_at or now}
    if route.eligible and interview.eligible_at is None:
        changes |= {
            "eligible_at": now,
            "eligible_call": interview.call_no,
            "first_eligible_at": interview.first_eligible_at or now,
        }
    eligible = route.eligible or interview.eligible_at is not None
    if route.complete and eligible:
        changes |= {"state": InterviewState.COMPLETE, "completed_at": interview.completed_at or now}
    elif interview.state is InterviewState.COMPLETE:
        changes |= {"state": InterviewState.OPEN, "completed_at": None}
    return changes


def _moves_place(change: _Change, moved: Interview) -> bool:
    """Whether a quota place is taken or moved: at eligibility, at completion, where one was given back meanwhile."""
    return _wants_place(change, moved) or _completes(change.interview, moved)


def _wants_place(change: _Change, moved: Interview) -> bool:
    """Whether the interview is eligible now and does not hold its place as such: none yet, or one only promised."""
    newly = change.interview.eligible_at is None or not change.standing.holds_place
    return moved.eligible_at is not None and newly and not moved.surplus


def _completes(before: Interview, moved: Interview) -> bool:
    """Whether the interview becomes complete, or by a correction is so no more."""
    return moved.state is not before.state and InterviewState.COMPLETE in {moved.state, before.state}


def _with_place(db: Connection, change: _Change, moved: Interview, now: datetime) -> Interview:
    """Reserve at eligibility, finish at completion. No place: the courteous end, and nobody was let in too many."""
    before, cell_id = change.interview, change.standing.cell_id
    if _wants_place(change, moved) and cell_id is not None:
        if not quotas.take_place(db, moved.id, cell_id, PlaceState.RESERVED, now):
            return _without_place(db, before, moved)
        if not change.standing.holds_place:
            queue.set_holds_place(db, moved.case_id, True)
    if _completes(before, moved):
        done = moved.state is InterviewState.COMPLETE
        quotas.move_place(db, moved.id, PlaceState.DONE if done else PlaceState.RESERVED, now)
    return moved


def _without_place(db: Connection, before: Interview, moved: Interview) -> Interview:
    """Nobody eligible is turned away late: who was so before waits for a place, who becomes so now is thanked.

    A tenant who called by himself is heard to the end, outside of the quota.
    """
    if attempts.is_inbound(db, moved.case_id):
        return replace(moved, surplus=True)
    if before.eligible_at is not None:
        raise CaseTaken("La place de cet entretien a été donnée : il reviendra s’il s’en libère une.")
    return replace(moved, state=InterviewState.QUOTA_FULL, eligible_at=None, eligible_call=None)


def _events(change: _Change, given: Given) -> list[Event]:
    interview, listening = change.interview, change.standing.listening
    key = (given.question, given.iteration)
    first = Event(
        kind=EventKind.ANSWERED,
        question=given.question,
        iteration=given.iteration,
        answer=interview.answers[key],
        visit_id=listening.listeners[0].visit_id if listening is not None else None,
        elapsed_ms=given.elapsed_ms,
    )
    events = [_said(change, given, first)]
    other = (f"{given.question}_other", given.iteration)
    if given.other and other in interview.answers:
        events.append(
            Event(
                kind=EventKind.ANSWERED,
                question=other[0],
                iteration=other[1],
                answer=interview.answers[other],
            )
        )
    confirmed = sorted(given.confirm - {ROUTE})
    events += [Event(kind=EventKind.CONFIRMED, question=fault) for fault in confirmed]
    return events


def _said(change: _Change, given: Given, event: Event) -> Event:
    """The answer with what was read out for it, where the screen may have said it in other words: in several languages,
    or while it announced an observer whose visit is still on."""
    interview, compiled = change.interview, change.compiled
    announced = given.visit is not None and given.visit == interview.visit
    announced = announced and scripts.introduces(compiled, given.question)
    if not announced and not compiled.questionnaire.translations:
        return event
    read = scripts.read_in(interview, given.language)
    said = scripts.said_sha256(read, compiled, change.before, (given.question, given.iteration))
    return replace(event, text_sha256=said, visit_id=given.visit if announced else event.visit_id)
