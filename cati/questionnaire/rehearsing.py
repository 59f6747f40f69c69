"""Imagined respondents: they answer a whole questionnaire at random, as an interview would take them.

For what an author asks before anybody calls: how long is it, which questions are met, does everybody come to the end?
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from statistics import quantiles

from cati.questionnaire import wording
from cati.questionnaire.model import SEVERAL, Answer, Kind, Question, Questionnaire, SampleType, State, Value
from cati.questionnaire.route import AnswerKey, Bound, Limits, Situation, Spoken
from cati.questionnaire.routing import Compiled

SIGNS_PER_SECOND = 15  # read aloud at a good pace and understood
#: seconds from the last word read to the answer typed: orders of size, until a field's own times are known
THINKING = {
    Kind.NOTE: 0.5,
    Kind.TEXT: 12.0,
    Kind.DATE: 5.0,
    Kind.TIME: 4.0,
    Kind.DURATION: 4.0,
    Kind.INTEGER: 4.0,
    Kind.DECIMAL: 5.0,
    Kind.PHONE: 12.0,
    Kind.MULTIPLE: 5.0,
    Kind.RANKING: 10.0,
}
_CHOOSING = 2.5
_SPECIAL_SHARE = 0.06  # « ne sait pas » and refusals together
_MOST_STEPS = 2000
_SPAN = 100  # of an open bound


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    """One imagined interview."""

    answers: Mapping[AnswerKey, Answer]
    complete: bool
    stuck_at: AnswerKey | None  #: where no answer was taken any more
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """How long an interview takes and what is met on the way, by imagined respondents."""

    respondents: int
    complete: int
    minutes: tuple[float, float, float]  #: one in ten is shorter; the median; one in ten is longer
    questions: tuple[int, int, int]  #: the fewest, the median and the most that are asked
    never_met: tuple[str, ...]


def estimate(compiled: Compiled, respondents: int, seed: int) -> Estimate:
    """The same figures for the same seed."""
    draw = random.Random(seed)  # noqa: S311  (imagined people, no secret)
    found = [rehearse(compiled, _situation(compiled, draw, case), draw) for case in range(1, respondents + 1)]
    minutes, asked = sorted(one.seconds / 60 for one in found), sorted(len(one.answers) for one in found)
    tenths = quantiles(minutes, n=10, method="inclusive")
    met = {question for one in found for question, _ in one.answers}
    posed = [name for name, each in compiled.questionnaire.questions.items() if not each.hidden]
    return Estimate(
        respondents=respondents,
        complete=sum(one.complete for one in found),
        minutes=(tenths[0], tenths[4], tenths[8]),
        questions=(asked[0], asked[len(asked) // 2], asked[-1]),
        never_met=tuple(name for name in posed if name not in met),
    )


def rehearse(compiled: Compiled, situation: Situation, draw: random.Random) -> Rehearsed:
    """One interview to its end: soft checks are confirmed, hard ones make him answer otherwise."""
    answers: dict[AnswerKey, Answer] = {}
    seconds, route = 0.0, compiled.route(situation, answers)
    for _ in range(_MOST_STEPS):
        key = route.position
        if key is None:
            break
        question = compiled.questionnaire.questions[key[0]]
        limits = compiled.limits(question, situation, route, key[1])
        said = wording.question_texts(compiled, question, route, Spoken(situation=situation), key[1])
        answers[key] = imagined_answer(question, limits, draw)
        seconds += _seconds(question, said)
        route = compiled.route(situation, answers)
        confirmed = {fault.key for fault in route.faults if not fault.hard}
        if confirmed:
            situation = replace(situation, confirmed=situation.confirmed | confirmed)
            route = compiled.route(situation, answers)
    return Rehearsed(answers=answers, complete=route.complete, stuck_at=route.position, seconds=seconds)


def imagined_answer(question: Question, limits: Limits, draw: random.Random) -> Answer:
    """An answer that the question takes now; never a choice that would end the interview, if another is offered."""
    specials = sorted(question.specials)
    if specials and (draw.random() < _SPECIAL_SHARE or not (limits.codes or not question.choices)):
        return Answer(draw.choice(specials))
    if not question.required and draw.random() < 0.5:
        return Answer(State.NA)
    return Answer(State.ANSWERED, _value(question, limits, draw))


def imagined_sample(questionnaire: Questionnaire, draw: random.Random) -> dict[str, object]:
    """Columns of a household that its bailleur's file could hold."""
    return {
        name: None if column.optional and draw.random() < 0.1 else _column(column.type, column.choices, draw)
        for name, column in questionnaire.sample.items()
    }


def _situation(compiled: Compiled, draw: random.Random, case_id: int) -> Situation:
    today = date(2026, 1, 1) + timedelta(days=draw.randrange(365))
    return Situation(
        sample=imagined_sample(compiled.questionnaire, draw),
        facts={"year": today.year, "date": today.isoformat()},
        case_id=case_id,
        version=compiled.questionnaire.version,
    )


def _column(kind: SampleType, choices: tuple[str, ...], draw: random.Random) -> object:
    if choices:
        return draw.choice(choices)
    match kind:
        case SampleType.BOOLEAN:
            return draw.random() < 0.5
        case SampleType.INTEGER:
            return draw.randrange(_SPAN)
        case SampleType.DECIMAL:
            return f"{draw.randrange(_SPAN)}.5"
        case SampleType.DATE:
            return (date(2026, 1, 1) - timedelta(days=draw.randrange(20 * 365))).isoformat()
        case SampleType.TEXT:
            return "exemple"


def _seconds(question: Question, said: wording.Wording) -> float:
    aloud = [said.stem or "", said.text, *(choice.label for choice in said.choices if said.read_choices)]
    return sum(map(len, aloud)) / SIGNS_PER_SECOND + THINKING.get(question.kind, _CHOOSING)


def _value(question: Question, limits: Limits, draw: random.Random) -> Value:  # noqa: PLR0911  (one case for each type)
    if question.kind in SEVERAL:
        return _codes(question, limits, draw)
    match question.kind:
        case Kind.INTEGER | Kind.DURATION | Kind.SCALE:
            return draw.randint(*_whole(limits))
        case Kind.DECIMAL:
            return f"{draw.randint(*_whole(limits))}"
        case Kind.DATE:
            return _day(limits, draw)
        case Kind.TIME:
            return str(limits.low or limits.high or "18:40")
        case Kind.TEXT | Kind.PHONE:
            return "+33639980000" if question.kind is Kind.PHONE else "Une réponse en clair"
        case Kind.NOTE:
            return True
    return draw.choice([code for code in limits.codes if _goes_on(question, code)] or list(limits.codes))


def _goes_on(question: Question, code: int) -> bool:
    """Whether the choice lets the interview go on: those that end it tell nothing of its length."""
    choice = question.choice(code)
    return choice is not None and not choice.ends


def _codes(question: Question, limits: Limits, draw: random.Random) -> list[int]:
    if question.kind is Kind.RANKING:
        return draw.sample(limits.codes, min(question.max_choices or len(limits.codes), len(limits.codes)))
    code = draw.choice(limits.codes)
    alone = {choice.code for choice in question.choices if choice.exclusive}
    others = [each for each in limits.codes if each not in alone]
    if code in alone or not others:
        return [code]
    return draw.sample(others, draw.randint(1, min(question.max_choices or 3, len(others))))


def _whole(limits: Limits) -> tuple[int, int]:
    low = _number(limits.low)
    high = _number(limits.high)
    if low is None:
        low = 0 if high is None or high >= 0 else high - _SPAN
    return low, low + _SPAN if high is None else max(high, low)


def _number(bound: Bound | None) -> int | None:
    return None if bound is None else int(bound)


def _day(limits: Limits, draw: random.Random) -> str:
    high = date.fromisoformat(str(limits.high)) if limits.high else date(2026, 1, 1)
    low = date.fromisoformat(str(limits.low)) if limits.low else high - timedelta(days=20 * 365)
    return (low + timedelta(days=draw.randint(0, max((high - low).days, 0)))).isoformat()
