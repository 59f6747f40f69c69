"""Plays every interview of a little questionnaire, and keeps all that its respondents together have met."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import combinations, groupby, permutations, product

from cati.questionnaire import ast
from cati.questionnaire.model import (
    SEVERAL,
    Answer,
    Expression,
    Kind,
    Question,
    Questionnaire,
    State,
    answered,
)
from cati.questionnaire.route import AnswerKey, Route, Situation, Spoken, instance
from cati.questionnaire.routing import Compiled
from tests.small_loops import DAYS, TIMES

_SAMPLE = {"b": (True, False, None), "z": ("x", "y", None)}
_CASES = (1, 2, 3, 4, 5)  # enough of them for two questions that turn to come in both orders


@dataclass(slots=True)
class Lived:
    """All that every respondent together has met. Of a loop: in any of its turns, unless it says otherwise."""

    reached: set[str] = field(default_factory=set)
    skipped: set[str] = field(default_factory=set)  #: behind, and not asked although its block or turn was
    chosen: set[str] = field(default_factory=set)
    withheld: set[str] = field(default_factory=set)  #: choices not offered where their question waited
    tripped: set[str] = field(default_factory=set)
    broken: set[AnswerKey] = field(
        default_factory=set
    )  #: checks that an answer with a value broke, turn by turn
    kept: set[AnswerKey] = field(default_factory=set)  #: and those it did not break
    valued: set[AnswerKey] = field(default_factory=set)  #: questions that took a value, turn by turn
    waited: set[AnswerKey] = field(default_factory=set)  #: questions reached, turn by turn
    went_on: set[AnswerKey] = field(default_factory=set)  #: those whose answer did not end the interview
    held: set[str] = field(default_factory=set)  #: questions that held somebody
    cut: set[str] = field(
        default_factory=set
    )  #: loops that stand in no other, whose number exceeded their turns
    alerts: set[str] = field(default_factory=set)
    eligible: set[bool] = field(default_factory=set)
    served: bool = False  #: somebody was eligible and still there
    cells: set[object] = field(default_factory=set)
    moments: int = 0


class TooManyError(Exception):
    """More interviews than are worth playing."""


def live(compiled: Compiled, most: int) -> Lived:
    """Plays every interview there is. Raises TooManyError."""
    lived = Lived()
    declared = [name for name in _SAMPLE if name in compiled.questionnaire.sample]
    turning = any(block.rotate for block in compiled.questionnaire.blocks)
    for cells in product(*(_SAMPLE[name] for name in declared)):
        for case in _CASES if turning else (1,):
            sample = {name: one for name, one in zip(declared, cells, strict=True) if one is not None}
            _live(compiled, Situation(sample=sample, case_id=case, version="1"), {}, lived, most)
    return lived


def slots(questionnaire: Questionnaire) -> list[AnswerKey]:
    """Every question, once for each turn that there can be, in the order written."""
    found: list[AnswerKey] = []
    for block in questionnaire.blocks:
        found += _slots(questionnaire, block.questions, 0, "")
    return found


def _slots(
    questionnaire: Questionnaire, questions: tuple[Question, ...], depth: int, turn: str
) -> Iterator[AnswerKey]:
    for loop_id, members in groupby(questions, key=lambda one: next(iter(one.loops[depth:]), None)):
        together = tuple(members)
        if loop_id is None:
            yield from ((question.id, turn) for question in together)
        else:
            for rank in questionnaire.loops[loop_id].turns():
                yield from _slots(questionnaire, together, depth + 1, f"{turn}.{rank}" if turn else str(rank))


def _live(
    compiled: Compiled, where: Situation, answers: dict[AnswerKey, Answer], lived: Lived, most: int
) -> None:
    lived.moments += 1
    if lived.moments > most:
        raise TooManyError
    route = compiled.route(where, answers)
    _look(compiled, where, route, lived)
    key = route.position
    if key is None:
        return
    question = compiled.questionnaire.questions[key[0]]
    lived.reached.add(question.id)
    lived.waited.add(key)
    offered = compiled.limits(question, where, route, key[1]).codes
    lived.withheld |= {
        f"{question.id}.choices.{one.code}" for one in question.choices if one.code not in offered
    }
    stuck = True
    for answer in every_answer(question):
        told = compiled.route(where, {**answers, key: answer})
        if instance(*key) not in told.visible:
            continue
        here = [fault for fault in told.faults if (fault.question, fault.iteration) == key]
        _note_checks(key, question, answer, {fault.check for fault in here}, lived)
        ends = told.ended_by == question.id
        if any(fault.hard for fault in here) and not ends:
            continue
        stuck = False
        _note_answer(key, question, answer, lived, ends=ends)
        confirmed = where.confirmed | {fault.key for fault in told.faults}
        _live(compiled, replace(where, confirmed=confirmed), {**answers, key: answer}, lived, most)
    if stuck:
        lived.held.add(question.id)


def _look(compiled: Compiled, where: Situation, route: Route, lived: Lived) -> None:
    questionnaire = compiled.questionnaire
    order = slots(questionnaire)
    turning = {q.id for block in questionnaire.blocks if block.rotate for q in block.questions}
    now = order.index(_plain(route.position)) if route.position else len(order)
    behind = {key for key in order[:now] if not (route.position and {key[0], route.position[0]} <= turning)}
    asked = {_plain(key) for key in route.items}
    if not route.ended:  # nothing that turns reads what turns with it: its filter is settled with the block
        passed = behind | (
            {(name, "") for name in turning} if route.position and route.position[0] in turning else set()
        )
        lived.skipped |= {name for name, turn in passed - asked if _turned(questionnaire, route, name, turn)}
        lived.cut |= {
            loop for loop in _cut(compiled, where, route) if _begun(questionnaire, loop, order[:now])
        }
    done = {name for name, _ in order} - {name for name, _ in order if (name, _) not in behind}
    for alert in questionnaire.alerts:
        if alert.id in route.alerts and (route.ended or _read(compiled, alert.when) <= done):
            lived.alerts.add(alert.id)
    if "I1" in done:
        lived.eligible.add(route.eligible)
        lived.served |= route.eligible and not route.ended
        if route.eligible and not route.ended:
            lived.cells.add(where.sample.get("z"))


def _cut(compiled: Compiled, where: Situation, route: Route) -> Iterator[str]:
    """The loops that should turn more often than they may."""
    now = partial(compiled.evaluator.value, spoken=Spoken(situation=where), route=route)
    for loop in compiled.questionnaire.loops.values():
        if loop.inside or loop.count is None:
            continue
        members = (one for one in compiled.questionnaire.questions.values() if loop.id in one.loops)
        block = compiled.questionnaire.block(next(members).block)
        if (
            all(now(test) for test in (block.when, loop.when) if test)
            and (now(loop.count) or 0) >= loop.most + 1
        ):
            yield loop.id


def _begun(questionnaire: Questionnaire, loop_id: str, behind: list[AnswerKey]) -> bool:
    """Whether all that stands before a loop is behind."""
    order = slots(questionnaire)
    first = next(
        rank for rank, (name, _) in enumerate(order) if loop_id in questionnaire.questions[name].loops
    )
    return len(behind) >= first


def _plain(key: AnswerKey) -> AnswerKey:
    """Without the call that it was asked in."""
    return (key[0], "") if key[1].startswith("c") else key


def _turned(questionnaire: Questionnaire, route: Route, name: str, turn: str) -> bool:
    """Whether the turn takes place: its first question leaves a value in each that does."""
    loops = questionnaire.questions[name].loops
    return not loops or instance(f"t{loops[-1]}", turn) in route.computed


def _read(compiled: Compiled, expression: Expression) -> set[str]:
    """The questions that an expression reads, by itself or through computed values."""
    questions, computed = compiled.questionnaire.questions, compiled.questionnaire.computes
    names = list(ast.names(expression.tree))
    for name in names:
        if name in computed:
            names.extend(ast.names(computed[name].value.tree))
            names.extend(q.id for q in questions.values() if computed[name] in q.computes)
        if name.endswith(".rank"):
            names.extend(q.id for q in questions.values() if name.removesuffix(".rank") in q.loops)
    return {name for name in names if name in questions}


def _note_checks(key: AnswerKey, question: Question, answer: Answer, tripped: set[str], lived: Lived) -> None:
    lived.tripped |= tripped
    if answer.state is State.ANSWERED:
        lived.broken |= {(check, key[1]) for check in tripped}
        lived.kept |= {(check.id, key[1]) for check in question.checks if check.id not in tripped}


def _note_answer(key: AnswerKey, question: Question, answer: Answer, lived: Lived, *, ends: bool) -> None:
    if not ends:
        lived.went_on.add(key)
    if answer.state is State.ANSWERED:
        lived.valued.add(key)
        for code in answer.value if isinstance(answer.value, list) else [answer.value]:
            lived.chosen.add(f"{question.id}.choices.{code}")


def every_answer(question: Question) -> Iterator[Answer]:
    """Every answer, and some that the route has to refuse."""
    states = {*question.specials, *(() if question.required else (State.NA,))}
    yield from (Answer(state) for state in sorted(states))
    match question.kind:
        case Kind.TEXT:
            yield from (answered("un mot"), answered("oui"), answered("si"))
        case Kind.PHONE:
            yield answered("+33639980001")
        case Kind.DATE:
            yield from (answered(day) for days in DAYS for day in days)
        case Kind.TIME:
            yield from (answered(time) for time in TIMES)
        case Kind.SINGLE:
            yield from (answered(choice.code) for choice in question.choices)
        case kind if kind in SEVERAL:
            yield from (answered(list(codes)) for codes in _mentions(question))
        case _:
            yield from (answered(value) for value in range(4))


def _mentions(question: Question) -> Iterator[tuple[int, ...]]:
    codes = [choice.code for choice in question.choices]
    if question.kind is Kind.RANKING:
        for size in range(1, len(codes) + 1):
            yield from permutations(codes, size)
        return
    alone: Mapping[int, bool] = {choice.code: choice.exclusive for choice in question.choices}
    for size in range(1, len(codes) + 1):
        for chosen in combinations(codes, size):
            if size == 1 or not any(alone[code] for code in chosen):
                yield chosen
