"""The screen of one question: what is said, what may be answered, where the interview stands."""

from collections.abc import Mapping
from dataclasses import dataclass

from cati.calling import scripts
from cati.cases.rules import InterviewState
from cati.interviews.store import Interview
from cati.questionnaire.model import Answer, Question
from cati.questionnaire.route import AnswerKey, Fault, Route, Spoken, instance
from cati.questionnaire.routing import Compiled
from cati.questionnaire.wording import Wording, question_texts, said_fault, sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Another question of a screen that shows several: answered before, or to come."""

    question: Question
    iteration: str
    wording: Wording
    answer: Answer | None


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
    fault_said: str = ""  #: the same in words
    lead: str | None = None  #: read before the first question of a screen that shows several
    above: tuple[Beside, ...] = ()  #: the questions of that screen before this one, as far as they are asked
    below: tuple[Beside, ...] = ()
    language: str = ""  #: of the script as it is read
    languages: tuple[str, ...] = ()  #: those it may be read in, where there are several
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
    whole = compiled.questionnaire.said_in(said.language)
    question = whole.questions[key[0]]
    fault = next((fault for fault in route.faults if (fault.question, fault.iteration) == key), None)
    above, below = _beside(interview, compiled, route, said, key)
    other = route.visible.get(instance(f"{question.id}_other", key[1]))
    return Screen(
        interview_id=interview.id,
        seen=interview.seq,
        question=question,
        iteration=key[1],
        block=whole.block(question.block).title,
        wording=question_texts(compiled, question, route, said, key[1]),
        answer=interview.answers.get(key),
        other=str(other.value) if other is not None and other.value is not None else None,
        rank=route.rank(key),
        total=route.total,
        back=_before(route, key),
        at_position=key == route.position,
        visit=interview.visit if scripts.introduces(compiled, question.id) else None,
        fault=fault,
        fault_said=said_fault(compiled, fault, route, said) if fault else "",
        lead=_lead(compiled, question, route, said),
        above=above,
        below=below,
        language=whole.language,
        languages=_languages(compiled),
    )


def _beside(
    interview: Interview, compiled: Compiled, route: Route, said: Spoken, key: AnswerKey
) -> tuple[tuple[Beside, ...], tuple[Beside, ...]]:
    """The other questions of the screen, those above and those below: the ones that this household is asked."""
    questions = compiled.questionnaire.said_in(said.language).questions
    group = questions[key[0]].group
    if group is None:
        return (), ()
    shown = [item for item in route.items if item[0] in group.members and item[1] == key[1]]
    place = shown.index(key)
    others = [
        Beside(
            question=questions[name],
            iteration=iteration,
            wording=question_texts(compiled, questions[name], route, said, iteration),
            answer=interview.answers.get((name, iteration)),
        )
        for name, iteration in shown
        if name != key[0]
    ]
    return tuple(others[:place]), tuple(others[place:])


def _lead(compiled: Compiled, question: Question, route: Route, said: Spoken) -> str | None:
    asked = question.group.ask if question.group else None
    return sentence(compiled, asked, route, said) if asked else None


def _languages(compiled: Compiled) -> tuple[str, ...]:
    languages = compiled.questionnaire.languages
    return languages if len(languages) > 1 else ()


def _before(route: Route, key: AnswerKey) -> AnswerKey | None:
    rank = route.rank(key)
    return route.items[rank - 2] if rank > 1 else None


def _last(route: Route) -> AnswerKey | None:
    """The question to go back to from the end: the one that ended the call, else the last of the script."""
    ending = (item for item in route.items if item[0] == route.ended_by)
    return next(ending, route.items[-1] if route.items else None)


def _end(interview: Interview, compiled: Compiled, route: Route, said: Spoken) -> Screen:
    full = interview.state is InterviewState.QUOTA_FULL
    whole = compiled.questionnaire.said_in(said.language)
    text = whole.quota_full
    return Screen(
        interview_id=interview.id,
        seen=interview.seq,
        rank=route.total,
        total=route.total,
        back=None if full else _last(route),
        ended=InterviewState.QUOTA_FULL.value if full else route.ended,
        courtesy=sentence(compiled, text, route, said) if full and text else None,
        complete=interview.state is InterviewState.COMPLETE,
        language=whole.language,
        languages=_languages(compiled),
    )
