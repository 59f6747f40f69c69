"""The screen of one question: what is said, what may be answered, where the interview stands."""

from collections.abc import Mapping
from dataclasses import dataclass

from cati.calling import scripts
from cati.cases.rules import InterviewState
from cati.interviews.store import Interview
from cati.questionnaire.model import Answer, Question
from cati.questionnaire.route import AnswerKey, Fault, Route, Spoken, instance
from cati.questionnaire.routing import Compiled
from cati.questionnaire.wording import Wording, question_texts, sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """A question, or the end of the script, as the interviewer sees it."""

    interview_id: int
    seen: int  #: the interview's `seq`: what an answer from this screen was based on
    rank: int
    total: int
    back: AnswerKey | None  #: the question before this one on the route
    question: Question | None = None  #: None at the end
    iteration: str = ""
    block: str = ""  #: title of the block
    wording: Wording | None = None
    answer: Answer | None = None  #: already given, when the interviewer went back or a check broke
    other: str | None = None  #: the text given to « autre »
    at_position: bool = True  #: False when the interviewer went back to look or correct
    fault: Fault | None = None  #: why an answered question is the position again
    ended: str | None = None  #: the disposition or family that the answers ended the call with
    courtesy: str | None = None  #: what to say when the quota is reached
    complete: bool = False
    visit: int | None = None  #: the visit whose observer this question announces


def screen(
    interview: Interview,
    compiled: Compiled,
    route: Route,
    *,
    interviewer: str,
    contact: Mapping[str, str] | None = None,
    at: AnswerKey | None = None,
) -> Screen:
    """The screen at the position, or at an earlier question that the interviewer went back to.

    `contact` is needed for questions of the introduction, and for no other (`needs_contact`).
    """
    key = at if at in route.items else route.position
    said = scripts.spoken(interview, compiled, interviewer=interviewer, contact=contact)
    if key is None or interview.state is InterviewState.QUOTA_FULL:
        return _end(interview, compiled, route, said)
    return _question(interview, compiled, route, said, key)


def needs_contact(compiled: Compiled, route: Route, at: AnswerKey | None = None) -> bool:
    """Whether the next screen says the tenant's name: only the introduction of each call does."""
    key = at if at in route.items else route.position
    return (
        key is not None
        and compiled.questionnaire.block(compiled.questionnaire.questions[key[0]].block).each_call
    )


def _question(interview: Interview, compiled: Compiled, route: Route, said: Spoken, key: AnswerKey) -> Screen:
    question = compiled.questionnaire.questions[key[0]]
    other = route.visible.get(instance(f"{question.id}_other", key[1]))
    return Screen(
        interview_id=interview.id,
        seen=interview.seq,
        question=question,
        iteration=key[1],
        block=compiled.questionnaire.block(question.block).title,
        wording=question_texts(compiled, question, route, said, key[1]),
        answer=interview.answers.get(key),
        other=str(other.value) if other is not None and other.value is not None else None,
        rank=route.rank(key),
        total=route.total,
        back=_before(route, key),
        at_position=key == route.position,
        visit=interview.visit if scripts.introduces(compiled, question.id) else None,
        fault=next((fault for fault in route.faults if (fault.question, fault.iteration) == key), None),
    )


def _before(route: Route, key: AnswerKey) -> AnswerKey | None:
    rank = route.rank(key)
    return route.items[rank - 2] if rank > 1 else None


def _last(route: Route) -> AnswerKey | None:
    """The question to go back to from the end: the one that ended the call, else the last of the script."""
    ending = (item for item in route.items if item[0] == route.ended_by)
    return next(ending, route.items[-1] if route.items else None)


def _end(interview: Interview, compiled: Compiled, route: Route, said: Spoken) -> Screen:
    full = interview.state is InterviewState.QUOTA_FULL
    text = compiled.questionnaire.quota_full
    return Screen(
        interview_id=interview.id,
        seen=interview.seq,
        rank=route.total,
        total=route.total,
        back=None if full else _last(route),
        ended=InterviewState.QUOTA_FULL.value if full else route.ended,
        courtesy=sentence(compiled, text, route, said) if full and text else None,
        complete=interview.state is InterviewState.COMPLETE,
    )
