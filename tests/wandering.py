"""Respondents who answer anything the screen takes, whatever the questionnaire: what a proof must not contradict."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from cati.questionnaire.model import (
    SPECIALS,
    Answer,
    Kind,
    Question,
    Questionnaire,
    SampleType,
    State,
    Value,
    answered,
)
from cati.questionnaire.route import AnswerKey, Limits, Route, Situation, instance
from cati.questionnaire.routing import Compiled

_MOST_TRIES = 12  # at one question, before somebody gives up


@dataclass(frozen=True, slots=True)
class Moment:
    """An answer given at the question that waited, or changed later, and the route it leads to."""

    question: Question
    answer: Answer
    after: Route
    key: AnswerKey
    where: Situation
    answers: Mapping[AnswerKey, Answer]  #: all that was ever given, on the route or not


def wander(compiled: Compiled, seed: int, *, changing: float = 0.0) -> Iterator[Moment]:
    """One interview, answer by answer, to its end or to where it is held. `changing`: how often somebody goes back to
    change an answer before going on."""
    draw = random.Random(seed)
    where = Situation(
        sample=a_sample(compiled.questionnaire, draw),
        facts={"year": 2026, "date": "2026-03-02"},
        case_id=seed,
        version=compiled.questionnaire.version,
    )
    answers: dict[AnswerKey, Answer] = {}
    for hidden in (question for question in compiled.questionnaire.questions.values() if question.hidden):
        if draw.random() < 0.1:
            answers[hidden.id, ""] = answered("un mot")
    route, tries = compiled.route(where, answers), 0
    while route.position and tries < _MOST_TRIES:
        key = _somewhere(route, draw) if draw.random() < changing else route.position
        question = compiled.questionnaire.questions[key[0]]
        limits = compiled.limits(question, where, route, key[1])
        answers[key] = an_answer(question, limits, draw)
        after = compiled.route(where, answers)
        if instance(*key) in after.visible:
            yield Moment(question, answers[key], after, key, where, dict(answers))
        where = replace(where, confirmed=where.confirmed | {fault.key for fault in after.faults})
        route = compiled.route(where, answers)
        tries = tries + 1 if route.position == key else 0


def _somewhere(route: Route, draw: random.Random) -> AnswerKey:
    """A question that is behind, or the one that waits."""
    assert route.position
    return draw.choice(route.items[: route.rank(route.position)])


def a_sample(questionnaire: Questionnaire, draw: random.Random) -> dict[str, object]:
    """Columns of the file that fit what is declared."""
    found: dict[str, object] = {}
    for name, column in questionnaire.sample.items():
        if column.optional and draw.random() < 0.2:
            continue
        match column.type:
            case SampleType.BOOLEAN:
                found[name] = draw.random() < 0.5
            case SampleType.INTEGER:
                found[name] = draw.choice([draw.randint(0, 12), draw.randint(1950, 2026)])
            case SampleType.DECIMAL:
                found[name] = f"{draw.randint(0, 99)}.5"
            case SampleType.TEXT:
                found[name] = draw.choice(column.choices or ("un mot",))
            case SampleType.DATE:
                found[name] = a_day(draw)
    return found


def an_answer(question: Question, limits: Limits, draw: random.Random) -> Answer:
    """Anything that the screen takes; the introduction is mostly agreed to."""
    states = [*question.specials, *([] if question.required else [State.NA])]
    if states and draw.random() < 0.15:
        return Answer(draw.choice([state for state in SPECIALS if state in states]))
    going_on = [choice.code for choice in question.choices if not choice.ends]
    if question.kind is Kind.SINGLE and going_on and draw.random() < 0.7:
        return answered(draw.choice(going_on))
    return answered(a_value(question, limits, draw))


def a_value(question: Question, limits: Limits, draw: random.Random) -> Value:
    match question.kind:
        case Kind.TEXT:
            return "un mot"
        case Kind.NOTE:
            return True
        case Kind.MULTIPLE:
            return mentions(question, limits, draw)
        case Kind.DECIMAL:
            return f"{draw.randint(0, 9)}.5"
        case Kind.INTEGER | Kind.SCALE | Kind.DURATION:
            least = 0 if question.kind is Kind.DURATION else -5
            low = int(limits.low) if limits.low is not None else least
            return draw.randint(low, max(low, int(limits.high) if limits.high is not None else low + 30))
    return something_else(question, limits, draw)


def something_else(question: Question, limits: Limits, draw: random.Random) -> Value:
    match question.kind:
        case Kind.RANKING:
            wanted = min(question.max_choices or len(limits.codes), len(limits.codes))
            return draw.sample(limits.codes, wanted)
        case Kind.PHONE:
            return "+33639980001"
        case Kind.DATE:
            return a_day(draw, limits)
        case Kind.TIME:
            low, high = str(limits.low or "00:00"), str(limits.high or "23:59")
            within = [one for one in ("09:30", "12:30", "18:00") if low <= one <= high]
            return draw.choice([low, high, *within])
    return draw.choice(limits.codes or (0,))


def a_day(draw: random.Random, limits: Limits | None = None) -> str:
    """A day of the last ten years, within the bounds."""
    low, high = (str(bound or "") for bound in (limits.low, limits.high)) if limits else ("", "")
    day = f"{draw.randint(2016, 2026)}-{draw.randint(1, 12):02}-{draw.randint(1, 28):02}"
    return max(low, min(day, high or day))


def mentions(question: Question, limits: Limits, draw: random.Random) -> list[int]:
    code = draw.choice(limits.codes or (0,))
    alone = {choice.code for choice in question.choices if choice.exclusive}
    others = [each for each in limits.codes if each not in alone]
    if code in alone or not others:
        return [code]
    return draw.sample(others, draw.randint(1, min(question.max_choices or len(others), len(others))))
