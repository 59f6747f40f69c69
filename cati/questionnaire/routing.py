"""The route: which questions are asked, where the interview stands, what is wrong. Recomputed whole at each answer."""

import builtins
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache, partial
from itertools import chain
from json import JSONEncoder
from typing import Any

from cati.questionnaire import ast, scope
from cati.questionnaire.evaluation import NAMESPACE, Evaluator, Place, exact, typed
from cati.questionnaire.generator import generate
from cati.questionnaire.model import Answer, Expression, Question, Questionnaire
from cati.questionnaire.rotation import order
from cati.questionnaire.route import AnswerKey, Fault, Limits, Route, Situation, Spoken, instance, within
from cati.questionnaire.writer import Unit

__all__ = ["AnswerKey", "Compiled", "Fault", "Limits", "Route", "Situation", "compile", "off_route"]


class Compiled:
    """A questionnaire made ready to run. Callers keep one per sha256; it is safe between threads."""

    def __init__(self, questionnaire: Questionnaire) -> None:
        generated = generate(questionnaire)
        self.questionnaire = questionnaire
        self.evaluator = Evaluator(questionnaire)
        self.source = generated.source
        self._checks = generated.checks
        self._checked = [ast.names(check.fault.tree) for check, _ in generated.checks]
        self._turners = {what: _turner(what, units) for what, units in generated.turning.items()}
        self._turning = frozenset(
            m for units in generated.turning.values() for unit in units for m in unit.members
        )
        self._alerts = {alert.code: alert.id for alert in questionnaire.alerts}
        self._closing = frozenset(q.id for q in questionnaire.questions.values() if q.closing)
        self._early = _early(questionnaire)
        self._standing = scope.loops_of(questionnaire)
        self._fixed_limits = _fixed_limits(questionnaire)
        self._run = self._function(generated.source)

    def route(self, situation: Situation, answers: Mapping[AnswerKey, Answer]) -> Route:
        """The route of these answers. A pure function: the same facts give the same route, always."""
        call = f"c{situation.call_no}"
        first = f"c{situation.intro_call}" if situation.intro_call else call
        asked, seen, opens, failing, ended, raised, eligible, consents, marks, computed = self._run(
            situation.sample, situation.facts, answers, call, first, situation.case_id, situation.version
        )
        faults = self._faults(failing, seen, computed, situation.confirmed) if failing else ()
        if faults:
            waiting = {*opens, *((fault.question, fault.iteration) for fault in faults)}
            opens = [key for key in asked if key in waiting]
        return Route(
            tuple(asked),
            seen,
            computed,
            self._first(asked, opens) if opens and not ended else None,
            faults,
            not ended and (not opens or self._is_complete(opens)),
            not opens or not any(question in self._early for question, _ in opens),
            eligible,
            tuple([self._alerts[code] for code in raised]) if raised else (),
            consents,
            marks,
            *(ended or (None, None)),
        )

    def limits(self, question: Question, situation: Situation, route: Route, iteration: str = "") -> Limits:
        """The bounds and codes that `question` takes now, in this turn of its loops."""
        fixed = self._fixed_limits.get(question.id)
        if fixed:
            return fixed
        here = Place(question.loops, iteration)
        now = partial(self.evaluator.value, spoken=Spoken(situation=situation), route=route, here=here)
        return Limits(
            now(question.low) if question.low else None,
            now(question.high) if question.high else None,
            tuple(choice.code for choice in question.choices if not choice.when or now(choice.when)),
        )

    def _first(self, asked: Sequence[AnswerKey], opens: Sequence[AnswerKey]) -> AnswerKey:
        """The first open item in this case's order, which is the order written except inside what turns."""
        if opens[0][0] not in self._turning:
            return opens[0]
        open_now = set(opens)
        return next(key for key in asked if key in open_now)

    def _is_complete(self, opens: Sequence[AnswerKey]) -> bool:
        return len(opens) <= len(self._closing) and all(question in self._closing for question, _ in opens)

    def _faults(
        self,
        failing: Sequence[tuple[int, str]],
        seen: Mapping[str, Answer],
        computed: Mapping[str, object],
        confirmed: frozenset[str],
    ) -> tuple[Fault, ...]:
        found = [self._fault(number, iteration, seen, computed) for number, iteration in failing]
        return tuple(fault for fault in found if fault.hard or fault.key not in confirmed)

    def _fault(
        self, number: int, iteration: str, seen: Mapping[str, Answer], computed: Mapping[str, object]
    ) -> Fault:
        """The fault; its key is of what the check states and of the answers it read: another of either asks again."""
        check, question = self._checks[number]
        read = [
            each
            for name in self._checked[number]
            for each in self._instances(name, question, iteration, chain(seen, computed))
        ]
        involved: list[object] = [check.fault.source]
        involved += [[name, str(seen[name].state), seen[name].value] for name in read if name in seen]
        involved += [[name, "computed", str(computed[name])] for name in read if name in computed]
        digest = hashlib.sha256(_JSON.encode(involved).encode()).hexdigest()[:12]
        at = instance(check.id, iteration)
        return Fault(
            check=check.id,
            hard=check.hard,
            say=check.say,
            question=question,
            iteration=iteration,
            key=f"{at}:{digest}",
        )

    def _instances(self, name: str, question: str, iteration: str, told: Iterable[str]) -> list[str]:
        """Under which names the route holds what a check reads: of its own turn, of the inner turns of its own turn, or
        of every turn of another loop."""
        standing = self._standing.get(name)
        if standing is None:
            return [name]
        here = self.questionnaire.questions[question].loops
        shared = sum(1 for one, other in zip(standing.loops, here, strict=False) if one == other)
        if shared == len(standing.loops):
            return [instance(name, within(iteration, shared))]
        own = within(iteration, shared)
        return [
            each
            for each in told
            if each.startswith(f"{name}#") and within(each.partition("#")[2], shared) == own
        ]

    def _function(self, source: str) -> Callable[..., Any]:
        turners = {f"turn_{what}": turner for what, turner in self._turners.items()}
        space = {**NAMESPACE, "exact": exact, "typed": typed, **turners}
        # The source is ours, made from a tree that the grammar and the type check have passed.
        exec(builtins.compile(source, f"<route {self.questionnaire.id}>", "exec"), space)  # noqa: S102
        route: Callable[..., Any] = space["route"]
        return route


_JSON = JSONEncoder(ensure_ascii=False)  # made once: a check that fails is told at every answer


def compile(questionnaire: Questionnaire) -> Compiled:  # noqa: A001  (said as `routing.compile`)
    """A few milliseconds: callers keep the result by sha256."""
    return Compiled(questionnaire)


def off_route(before: Route, after: Route) -> tuple[str, ...]:
    """The answered questions that a change takes off the route. The introduction never counts (it is asked at every
    call), nor does the text of « autre » (it goes with its question)."""
    kept = set(after.items)
    gone = [instance(*key) for key in before.items if not key[1].startswith("c") and key not in kept]
    return tuple(name for name in gone if name in before.visible and not _is_other(name))


def _is_other(name: str) -> bool:
    return name.partition("#")[0].endswith("_other")


def _fixed_limits(questionnaire: Questionnaire) -> dict[str, Limits]:
    """The limits that no situation changes, worked out once."""
    fixed = {}
    for question in questionnaire.questions.values():
        written = all(isinstance(bound.tree, ast.Number) for bound in (question.low, question.high) if bound)
        if written and not any(choice.when for choice in question.choices):
            codes = tuple(choice.code for choice in question.choices)
            fixed[question.id] = Limits(_written(question.low), _written(question.high), codes)
    return fixed


def _written(bound: Expression | None) -> int | Decimal | None:
    if bound is None:
        return None
    return int(bound.source) if bound.source.isdigit() else Decimal(bound.source)


def _early(questionnaire: Questionnaire) -> frozenset[str]:
    """The questions of the study proper up to the block after which an interview counts as partial."""
    early: set[str] = set()
    for block in questionnaire.blocks:
        if not block.each_call:
            early.update(question.id for question in block.questions)
        if block.id == questionnaire.partial_after:
            return frozenset(early)
    return frozenset(questionnaire.questions)


def _turner(
    what: str, units: tuple[Unit, ...]
) -> Callable[[tuple[AnswerKey, ...], int, str], Sequence[AnswerKey]]:
    """For one thing that turns: its items in the order of a case, kept at hand while the case is on screen."""

    @lru_cache(maxsize=1024)
    def turned(keys: tuple[AnswerKey, ...], case_id: int, version: str) -> Sequence[AnswerKey]:
        drawn = order(case_id, what, version, [unit.name for unit in units])
        ranks = {member: place for place, unit in enumerate(drawn) for member in units[unit].members}
        # Sorting is stable: inside a unit the order written, or already turned, is kept.
        return tuple(sorted(keys, key=lambda key: ranks[key[0]]))

    return turned
