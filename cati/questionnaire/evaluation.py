"""Evaluates one expression against a route already computed: bounds, conditional choices, presets and fills.

The route itself never comes here: it is one compiled function. These are needed for the question on screen only, so
each expression is compiled once and binds only the names that it reads.
"""

import builtins
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import partial
from types import CodeType
from typing import Any

from cati.questionnaire import ast, compiling, french, moments, scope, speaking
from cati.questionnaire.model import Answer, Block, Expression, Kind, Questionnaire, State
from cati.questionnaire.route import Route, Spoken, instance, within
from cati.questionnaire.speaking import Unit


def turns(number: object, most: int) -> range:
    """The turns of a loop that a number decides; none while it is not known."""
    return range(1, min(int(number), most) + 1) if isinstance(number, int | Decimal) else range(0)


#: What compiled source may call; no other built-in is in reach.
NAMESPACE: dict[str, Any] = {
    "__builtins__": {
        function.__name__: function
        for function in (len, bool, int, abs, range, type, any, list, tuple, str, min)
    },
    "Decimal": Decimal,
    "total": compiling.total,
    "minimum": compiling.minimum,
    "maximum": compiling.maximum,
    "turns": turns,
    "days_between": moments.days_between,
    "is_date": moments.is_date,
    "is_time": moments.is_time,
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where an expression is read: in which loops, the outer one first, and in which of their turns."""

    loops: tuple[str, ...] = ()
    iteration: str = ""


OUTSIDE = Place()  #: of every loop


class Evaluator:
    """One per questionnaire; safe between threads."""

    def __init__(self, questionnaire: Questionnaire) -> None:
        self._questionnaire = questionnaire
        self._names = scope.everything(questionnaire) | scope.spoken()
        self._standing = scope.loops_of(questionnaire)
        self._codes: dict[tuple[str, tuple[str, ...]], tuple[CodeType, tuple[str, ...], Unit]] = {}
        self._alert_codes = {alert.id: alert.code for alert in questionnaire.alerts}

    def value(self, expression: Expression, spoken: Spoken, route: Route, here: Place = OUTSIDE) -> Any:
        """The value now; None when it is missing. A condition gives True or False."""
        code, names, _ = self._compiled(expression, here.loops)
        space = {**NAMESPACE, **_Labels(self._questionnaire.said_in(spoken.language)).functions()}
        for name in names:
            standing = self._standing.get(name)
            rows = scope.rows(self._standing, standing.loops, here.loops) if standing else None
            if rows:
                space[rows.code] = self._rows(rows, spoken, route, here)
            elif standing:
                self._bind_turn(space, name, route, within(here.iteration, len(standing.loops)))
            else:
                self._bind(space, name, spoken, route)
        return eval(code, space)  # noqa: S307  (source of our own making, from a tree the type check has passed)

    def said(self, expression: Expression, spoken: Spoken, route: Route, here: Place = OUTSIDE) -> str:
        """The value now, as it is read aloud in the language of the call; nothing when it is missing."""
        unit = self._compiled(expression, here.loops)[2]
        language = self._questionnaire.said_in(spoken.language).language
        return speaking.said(self.value(expression, spoken, route, here), unit, language)

    def _compiled(
        self, expression: Expression, loops: tuple[str, ...]
    ) -> tuple[CodeType, tuple[str, ...], Unit]:
        found = self._codes.get((expression.source, loops))
        if found is None:
            names = scope.seen_from(self._names, loops, self._standing)
            piece = compiling.value(expression.tree, names)
            unit = speaking.unit_of(expression.tree, piece.type, self._questionnaire)
            found = builtins.compile(piece.or_none, "<expression>", "eval"), ast.names(expression.tree), unit
            self._codes[expression.source, loops] = found
        return found

    def _rows(self, rows: compiling.Rows, spoken: Spoken, route: Route, here: Place) -> list[tuple[Any, ...]]:
        """The turns of a loop as the route has them: what an aggregate runs over."""
        return [self._row(rows, route, turn) for turn in self._turns(rows.loops, spoken, route, here)]

    def _turns(self, loops: tuple[str, ...], spoken: Spoken, route: Route, here: Place) -> list[str]:
        """The turns that take place, those too in which nothing is asked: all, or those of the outer turn under way."""
        if loops == here.loops[: len(loops)]:
            return [within(here.iteration, len(loops))]
        if not loops:
            return [""]
        loop, found = self._questionnaire.loops[loops[-1]], []
        for around in self._turns(loops[:-1], spoken, route, here):
            place = Place(loops[:-1], around)
            now = partial(self.value, spoken=spoken, route=route, here=place)
            if all(now(test) for test in (self._block_of(loop.id).when, loop.when) if test):
                ranks = turns(now(loop.count), loop.most) if loop.count else loop.turns()
                found += [f"{around}.{rank}" if around else str(rank) for rank in ranks]
        return found

    def _block_of(self, loop_id: str) -> Block:
        questions = self._questionnaire.questions.values()
        return self._questionnaire.block(next(one.block for one in questions if loop_id in one.loops))

    def _row(self, rows: compiling.Rows, route: Route, turn: str) -> tuple[Any, ...]:
        space: dict[str, Any] = {}
        for name, each in self._standing.items():
            if each.loops == rows.loops[: len(each.loops)]:
                self._bind_turn(space, name, route, within(turn, len(each.loops)))
        return tuple(space[code] for code in rows.columns)

    def _bind_turn(self, space: dict[str, Any], name: str, route: Route, iteration: str) -> None:
        """What a name is in one turn of its loop."""
        variable = self._names[name]
        if name.endswith(".rank"):
            space[variable.code] = int(iteration.rpartition(".")[2])
        elif variable.state is None:
            space[variable.code] = route.computed.get(instance(name, iteration))
        else:
            self._answer(space, name, variable, route.visible.get(instance(name, iteration)))

    def _bind(self, space: dict[str, Any], name: str, spoken: Spoken, route: Route) -> None:
        root, _, leaf = name.partition(".")
        variable = self._names[name]
        match root:
            case "sample":
                space[variable.code] = self._sample(spoken.situation.sample, leaf)
            case "facts":
                space[variable.code] = spoken.situation.facts.get(leaf)
            case "call":
                space[variable.code] = spoken.call.get(leaf)
            case "contact":
                space[variable.code] = spoken.contact.get(leaf)
            case "alert":
                space[variable.code] = leaf in route.alerts
            case "alerts":
                space[variable.code] = [self._alert_codes[alert] for alert in route.alerts]
            case _ if variable.state is None:
                space[variable.code] = route.computed.get(name)
            case _:
                self._answer(space, name, variable, route.visible.get(name))

    def _answer(
        self, space: dict[str, Any], name: str, variable: compiling.Variable, answer: Answer | None
    ) -> None:
        given = answer.value if answer else None
        decimal = self._questionnaire.questions[name].kind is Kind.DECIMAL
        space[variable.code] = typed(given) if decimal else given
        space[str(variable.state)] = answer.state if answer else State.NOT_ASKED

    def _sample(self, sample: Mapping[str, object], name: str) -> object:
        given = sample.get(name)
        return exact(given) if self._questionnaire.sample[name].type == "decimal" else given


class _Labels:
    """The functions that make texts, in one language."""

    def __init__(self, questionnaire: Questionnaire) -> None:
        self._questionnaire = questionnaire

    def functions(self) -> dict[str, Any]:
        """Under the names that compiled source calls them by."""
        return {"label": self._label, "labels": self._labels, "civility": french.civility}

    def _label(self, question_id: str, code: int) -> str:
        choice = self._questionnaire.questions[question_id].choice(code)
        return self._lowered(choice.label) if choice else ""

    def _labels(self, what: str, codes: list[int]) -> str:
        if what == "alerts":
            return self._listed([alert.label for alert in self._questionnaire.alerts if alert.code in codes])
        return self._listed([self._label(what, code) for code in codes])

    def _lowered(self, label: str) -> str:
        return french.lowered(label) if self._questionnaire.language == french.FRENCH else label

    def _listed(self, words: list[str]) -> str:
        return french.listed(words) if self._questionnaire.language == french.FRENCH else ", ".join(words)


def exact(number: object) -> Decimal | None:
    """A decimal, whatever JSON made of it."""
    return None if number is None else Decimal(str(number))


def typed(number: object) -> Decimal | None:
    """The decimal that an interviewer typed; None when the stored answer is of another kind."""
    try:
        return Decimal(number) if isinstance(number, str) else None
    except InvalidOperation:
        return None
