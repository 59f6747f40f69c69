"""What an observer sees of an interview: built already masked, by the transaction of the answer, through the gate.

Nothing else of an interview ever reaches an observer's page.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from cati.calling import scripts
from cati.interviews import listening
from cati.interviews import store as interviews
from cati.interviews.listening import Listening, Said
from cati.interviews.rules import Asked, Call, Closed, Guest, ListeningEnd, Stage, ending, gate
from cati.interviews.store import Interview
from cati.questionnaire import ast, sentences
from cati.questionnaire.model import Answer, Kind, Question, Questionnaire, State
from cati.questionnaire.route import AnswerKey, Route
from cati.questionnaire.routing import Compiled
from cati.questionnaire.wording import Wording, question_texts

CLIENT = "client"  #: among the questionnaire's `consents:`, the one to be listened to by an observer


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """An interview right after an answer: `last` is what was answered."""

    interview: Interview
    compiled: Compiled
    route: Route
    last: AnswerKey | None


def follow(db: Connection, moment: Moment, told: Listening, now: datetime) -> None:
    """Show the moment to those who listen and still may; the listening of the others ends. One statement as a rule."""
    if moment.last is not None and moment.compiled.questionnaire.questions[moment.last[0]].hidden:
        return  # a point to pass on, noted beside the question: not for observers, and what they see is unchanged
    call, ended = call_of(moment, told), defaultdict[ListeningEnd, list[int]](list)
    for one in told.listeners:
        closed = gate(call, _sits_in(one, moment.interview))
        if closed is not None:
            ended[ending(closed)].append(one.user_id)
    for reason, users in ended.items():
        listening.end(db, moment.interview.id, reason, now, users=users)
    if sum(map(len, ended.values())) < len(told.listeners):
        listening.show(db, moment.interview.id, screen(moment), moment.interview.seq, now)


def follow_language(db: Connection, interview_id: int, told: Listening, now: datetime) -> None:
    """Those who listen see the question asked now in the language that the interview has just changed to."""
    follow(db, _now_at(db, interviews.load(db, interview_id)), told, now)


def judge(db: Connection, interview_id: int, guest: Guest, now: datetime) -> Closed | None:
    """Why the interview is closed to the guest now, without waiting for anybody."""
    moment = _now_at(db, interviews.load(db, interview_id))
    return gate(call_of(moment, listening.of_interview(db, interview_id, now)), guest)


def admit(db: Connection, interview_id: int, user_id: int, guest: Guest, now: datetime) -> Closed | None:
    """Let the guest listen to the interview from now on, if the gate is open; else why it is closed."""
    moment = _now_at(db, interviews.load(db, interview_id, lock=True))
    closed = gate(call_of(moment, listening.of_interview(db, interview_id, now)), guest)
    if closed is None:
        listening.begin(db, interview_id, user_id, guest.visit_id, now)
        listening.show(db, interview_id, screen(moment), moment.interview.seq, now)
    return closed


def call_of(moment: Moment, told: Listening) -> Call:
    """The call under way, as the gate judges it."""
    return Call(
        bailleur_id=moment.interview.bailleur_id,
        visit_id=told.visit_id,
        declined=told.declined,
        on_line=told.on_line,
        asked=_asked(moment, told),
        stage=stage(moment.compiled.questionnaire, moment.route),
        cut_seq=told.cut_seq,
        danger=told.danger,
    )


def stage(questionnaire: Questionnaire, route: Route) -> Stage:
    """Where the call stands: once a private block was reached, the rest of the interview is nobody else's."""
    answered = {name.partition("#")[0] for name in route.visible}
    person = any(
        question.id in answered and not question.hidden
        for block in questionnaire.blocks
        if block.private
        for question in block.questions
    )
    if person or route.position is None:
        return Stage.PERSON
    block = questionnaire.block(questionnaire.questions[route.position[0]].block)
    if block.each_call:
        return Stage.INTRODUCTION
    return Stage.PERSON if block.private else Stage.STUDY


def screen(moment: Moment) -> dict[str, Any]:
    """What is shown: the question asked now, the one just answered with its answer, how far the interview is."""
    route, began = moment.route, moment.interview.started_at
    assert route.position is not None, "the gate is closed once no question is asked"
    return {
        "rank": route.rank(route.position),
        "total": route.total,
        "began": began.isoformat() if began else None,
        "asked": _seen(moment, route.position, answered=False),
        "last": _seen(moment, moment.last, answered=True) if _is_studied(moment, moment.last) else None,
    }


def _now_at(db: Connection, interview: Interview) -> Moment:
    compiled = scripts.script(db, interview.questionnaire_id)
    route = scripts.route(interview, compiled)
    return Moment(interview=interview, compiled=compiled, route=route, last=_before(route))


def _sits_in(one: listening.Listener, interview: Interview) -> Guest:
    """Whoever listens was let in through the gate, and would have been sent out: only his session may have ended."""
    return Guest(
        visit_id=one.visit_id,
        signed=True,
        bailleurs=frozenset({interview.bailleur_id}),
        recognised=False,
        signed_in=one.signed_in,
    )


def _asked(moment: Moment, told: Listening) -> Asked | None:
    """The consent to an observer as it was last given in this call."""
    consent = moment.compiled.questionnaire.consents.get(CLIENT)
    if consent is None:
        return None
    names = ast.names(consent.tree)
    said = [each for each in told.said if each.question in names]
    if not said:
        return None
    return Asked(
        agreed=moment.route.consents.get(CLIENT, False),
        seq=said[-1].seq,
        visit_id=said[-1].visit_id,
        announced=_announces(moment, said[-1]),
    )


def _announces(moment: Moment, said: Said) -> bool:
    """Whether what was read, in whatever language, is the text that speaks of an observer, and not the one that does
    not."""
    return any(_announces_in(language, moment, said) for language in moment.compiled.questionnaire.languages)


def _announces_in(language: str, moment: Moment, said: Said) -> bool:
    read = scripts.read_in(moment.interview, language)
    alone, watched = replace(read, visit=None), replace(read, visit=said.visit_id)
    with_nobody, with_somebody = (
        scripts.said_sha256(each, moment.compiled, moment.route, (said.question, ""))
        for each in (alone, watched)
    )
    return said.text_sha256 == with_somebody != with_nobody


def _before(route: Route) -> AnswerKey | None:
    rank = route.rank(route.position) if route.position is not None else 0
    return route.items[rank - 2] if rank > 1 else None


def _is_studied(moment: Moment, key: AnswerKey | None) -> bool:
    """Whether the item is of the study: nothing of the introduction, nothing of the person."""
    if key is None or moment.route.rank(key) == 0:
        return False
    questionnaire = moment.compiled.questionnaire
    block = questionnaire.block(questionnaire.questions[key[0]].block)
    return not block.each_call and not block.private


def _seen(moment: Moment, key: AnswerKey | None, *, answered: bool) -> Mapping[str, Any] | None:
    """One question as an observer sees it: number and block alone unless it is observable."""
    if key is None:
        return None
    questionnaire = moment.compiled.questionnaire
    question = questionnaire.questions[key[0]]
    block = questionnaire.block(question.block)
    known = {"question": question.id, "block": block.title, "open": question.kind is Kind.TEXT}
    if not question.observable or block.private or block.each_call:
        return known | {"masked": True}
    said = scripts.spoken(moment.interview, moment.compiled)
    wording = question_texts(moment.compiled, question, moment.route, said, key[1])
    answer = moment.interview.answers.get(key) if answered else None
    return known | {
        "masked": False,
        "stem": wording.stem,
        "text": wording.text,
        "kind": question.kind.value,
        "choices": [[choice.code, choice.label] for choice in wording.choices],
        "ends": wording.ends_of_scale,
        "why": sentences.asked_if(questionnaire, question),
        "chosen": _codes(question, answer),
        "answer": _words(question, wording, answer),
    }


def _codes(question: Question, answer: Answer | None) -> list[int]:
    """The codes chosen, in order of mention."""
    if (
        answer is None
        or answer.state is not State.ANSWERED
        or not (question.choices or question.kind is Kind.SCALE)
    ):
        return []
    return list(answer.value) if isinstance(answer.value, list) else [int(str(answer.value))]


def _words(question: Question, wording: Wording, answer: Answer | None) -> str | None:
    """The answer where it is no choice: a figure, « ne sait pas », a refusal."""
    if answer is None or _codes(question, answer):
        return None
    if answer.state is State.ANSWERED:
        return str(answer.value)
    return next((one.label for one in wording.specials if one.state is answer.state), "")
