"""Why a question is asked in an interview, or is not: its filter in French, and the values that decide.

For whoever writes the questionnaire. The decision itself is the route's; this only tells it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cati import phone
from cati.questionnaire import ast, moments, sentences
from cati.questionnaire.evaluation import OUTSIDE, Place
from cati.questionnaire.french import typography
from cati.questionnaire.model import Answer, Expression, Kind, Question, State
from cati.questionnaire.route import Route, Spoken, instance, within
from cati.questionnaire.routing import Compiled

_STATES = {State.DK: "ne sait pas", State.REFUSED: "refus", State.NA: "non concerné"}
_LONGEST = 60  # signs of a text in clear


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A question's filter in one situation."""

    sentence: str  #: « posée si … »
    holds: bool
    because: tuple[str, ...]  #: the values that decide: « A1 : « Très satisfait(e) » (1) »


def why(compiled: Compiled, question: Question, route: Route, spoken: Spoken, iteration: str = "") -> Reason:
    """Its filter, whether it holds now, and by which values. Of a loop without a turn, why there is none."""
    told = _Told(compiled, route, spoken)
    sentence = sentences.asked_if(compiled.questionnaire, question)
    because: list[str] = []
    for condition, place in _conditions(compiled, question, iteration):
        holds, values = told.decided(condition, place)
        if not holds:
            return Reason(sentence=sentence, holds=False, because=tuple(values))
        because += values
    if (question.id, iteration) in route.items:
        return Reason(sentence=sentence, holds=True, because=tuple(dict.fromkeys(because)))
    stopped = (f"l’entretien s’arrête à {route.ended_by}",) if route.ended_by else ()
    return Reason(sentence=sentence, holds=False, because=stopped or tuple(told.turns(question, iteration)))


def said(question: Question, answer: Answer | None) -> str:
    """An answer in words: « Très satisfait(e) » (1), ne sait pas, 12 mars 2024."""
    if answer is None:
        return "sans réponse"
    if answer.state is not State.ANSWERED:
        return _STATES.get(answer.state, answer.state.value)
    if question.choices:
        codes = answer.value if isinstance(answer.value, list) else [answer.value]
        return ", ".join(_code(question, code) for code in codes)
    return _SAID.get(question.kind, _figure)(str(answer.value))


def _conditions(compiled: Compiled, question: Question, iteration: str) -> Iterator[tuple[Expression, Place]]:
    """What must hold, from the outside in: the block's condition, those of its loops, its own."""
    questionnaire = compiled.questionnaire
    block = questionnaire.block(question.block)
    if block.when:
        yield block.when, OUTSIDE
    turned = len(iteration.split(".")) if iteration and question.loops else 0
    for depth, loop_id in enumerate(question.loops[: turned + 1]):
        loop = questionnaire.loops[loop_id]
        if loop.when:
            yield loop.when, Place(question.loops[:depth], within(iteration, depth))
    if question.when and turned == len(question.loops):
        yield question.when, Place(question.loops, iteration if question.loops else "")


def _code(question: Question, code: object) -> str:
    choice = question.choice(code)
    return typography(f"« {choice.label} » ({code})") if choice else str(code)


def _in_clear(text: str) -> str:
    one_line = " ".join(text.split())
    shown = one_line if len(one_line) <= _LONGEST else f"{one_line[: _LONGEST - 1]}…"
    return typography(f"« {shown} »")


def _figure(number: str) -> str:
    return number.replace(".", ",")


#: How a value that is no code is said.
_SAID: dict[Kind, Callable[[str], str]] = {
    Kind.NOTE: lambda _: "lu",
    Kind.DATE: moments.said_date,
    Kind.TIME: moments.said_time,
    Kind.DURATION: lambda minutes: moments.said_duration(int(minutes)),
    Kind.PHONE: phone.display,
    Kind.TEXT: _in_clear,
}


class _Told:
    """Conditions and values of one situation, in words."""

    def __init__(self, compiled: Compiled, route: Route, spoken: Spoken) -> None:
        self._compiled = compiled
        self._route = route
        self._spoken = spoken

    def decided(self, condition: Expression, place: Place) -> tuple[bool, list[str]]:
        """Whether it holds, and the values of the names that make it so."""
        names = dict.fromkeys(self._deciding(condition.tree, place))
        return self._holds(condition.tree, place), [self._value(name, place) for name in names]

    def turns(self, question: Question, iteration: str) -> Iterator[str]:
        """The numbers that say how many turns there are, as far as turns are under way."""
        turned = len(iteration.split(".")) if iteration else 0
        for depth, loop_id in enumerate(question.loops[: turned + 1]):
            count = self._compiled.questionnaire.loops[loop_id].count
            for name in ast.names(count.tree) if count else ():
                yield self._value(name, Place(question.loops[:depth], within(iteration, depth)))

    def _holds(self, node: ast.Node, place: Place) -> bool:
        # By the tree itself, and not by a text of the file: a part of a condition has none of its own.
        part = Expression(repr(node), node, 0)
        return bool(self._compiled.evaluator.value(part, self._spoken, self._route, place))

    def _deciding(self, node: ast.Node, place: Place) -> Iterator[str]:
        """The names that the verdict hangs on: all parts of what holds as a whole, else the first that breaks it."""
        match node:
            case ast.And(left, right) | ast.Or(left, right):
                whole = isinstance(node, ast.And)
                verdicts = [(part, self._holds(part, place)) for part in (left, right)]
                enough = next((part for part, holds in verdicts if holds is not whole), None)
                for part in (left, right) if enough is None else (enough,):
                    yield from self._deciding(part, place)
            case ast.Not(operand):
                yield from self._deciding(operand, place)
            case ast.If(condition, then, otherwise):
                yield from self._deciding(condition, place)
                yield from self._deciding(then if self._holds(condition, place) else otherwise, place)
            case _:
                yield from ast.names(node)

    def _value(self, name: str, place: Place) -> str:
        return typography(f"{sentences.named(name)} : {', '.join(self._values(name, place)) or 'aucun tour'}")

    def _values(self, name: str, place: Place) -> Iterator[str]:
        """The value of a name; of every turn, when it stands in a loop that is not under way here."""
        questionnaire, route = self._compiled.questionnaire, self._route
        question = questionnaire.questions.get(name)
        computed = next((q for q in questionnaire.questions.values() if _makes(q, name)), None)
        standing = question or computed
        if standing is None:
            yield self._given(name, place)
            return
        for turn in self._instances(standing, place):
            if question is None:
                yield _plain(route.computed.get(instance(name, turn)))
            elif (name, turn) in route.items or question.hidden:
                yield said(question, route.visible.get(instance(name, turn)))
            else:
                yield "pas posée"

    def _instances(self, question: Question, place: Place) -> list[str]:
        """The turns of a name that are meant here: those under way as far as its loops are, all of the others."""
        asked = dict.fromkeys(
            within(turn, len(question.loops)) if question.loops else turn
            for name, turn in self._route.items
            if self._compiled.questionnaire.questions[name].loops[: len(question.loops)] == question.loops
            and (question.loops or name == question.id)
        )
        shared = sum(1 for own, here in zip(question.loops, place.loops, strict=False) if own == here)
        if shared == len(question.loops):
            return [within(place.iteration, shared)] if shared else [*asked] or [""]
        return [turn for turn in asked if within(turn, shared) == within(place.iteration, shared)]

    def _given(self, name: str, place: Place) -> str:
        """Of what no question tells: the file, the facts, the alerts, the rank of a turn."""
        path = Expression(name, ast.Name(name), 0)
        found = self._compiled.evaluator.value(path, self._spoken, self._route, place)
        if name == "alerts":
            return str(len(found))
        return _plain(found)


def _makes(question: Question, name: str) -> bool:
    return any(computed.name == name for computed in question.computes)


def _plain(value: object) -> str:
    match value:
        case None:
            return "sans valeur"
        case bool():
            return "oui" if value else "non"
    return _figure(str(value))
