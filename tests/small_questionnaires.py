"""Random questionnaires so small that every interview can be played: what a proof is held against."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import combinations, product

from cati.questionnaire import ast
from cati.questionnaire.model import Answer, Expression, Kind, Question, State, answered
from cati.questionnaire.route import AnswerKey, Route, Situation
from cati.questionnaire.routing import Compiled

_SAMPLE = {"b": (True, False, None), "z": ("x", "y", None)}
_CASES = (1, 2, 3, 4, 5)  # enough of them for two questions that turn to come in both orders


class Author:
    """Writes one questionnaire; the same seed writes the same."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.numbers: list[str] = []
        self.multiples: list[str] = []
        self.asked: list[str] = []
        self.texts: list[str] = []
        self.early: list[str] = []

    def text(self) -> str:
        lines = ["questionnaire: alea", 'version: "1"', "sample: {b: boolean?, z: [x, y, null]}"]
        blocks = list(self._blocks())
        if self.early:
            lines.append(f'eligible: "{self._about(self.early)}"')
            lines.append("quotas: [sample.z]")
            lines.append("quota_full: Merci.")
        if self.draw.random() < 0.5:
            lines.append(f'alerts: [{{id: al, when: "{self.condition()}", label: l}}]')
        return "\n".join([*lines, "blocks:", *blocks, ""])

    def condition(self, depth: int = 2) -> str:
        roll = self.draw.random()
        if depth and roll < 0.25:
            return f"({self.condition(depth - 1)} and {self.condition(depth - 1)})"
        if depth and roll < 0.4:
            return f"({self.condition(depth - 1)} or {self.condition(depth - 1)})"
        if depth and roll < 0.5:
            return f"not ({self.condition(depth - 1)})"
        if depth and roll < 0.56:
            parts = (self.condition(0) for _ in range(3))
            return "(if {} then {} else {})".format(*parts)
        return self._atom()

    def number(self, depth: int = 1) -> str:
        roll = self.draw.random()
        if not self.numbers or roll < 0.2:
            return str(self.draw.randint(0, 4))
        if depth == 0 or roll < 0.6:
            return self.draw.choice(self.numbers)
        one, other = self.number(depth - 1), self.number(depth - 1)
        return self.draw.choice(
            [
                f"({one} + {other})",
                f"({one} - {other})",
                f"({one} * 2)",
                f"({one} / {other})",
                f"min({one}, {other})",
                f"max({one}, {other})",
                f"sum({one}, {other})",
                f"abs({one} - {other})",
                f"or_else({one}, {other})",
                f"(if {self._atom()} then {one} else {other})",
                f"count({self._atom()}, {self._atom()})",
            ]
        )

    def _atom(self) -> str:
        kinds = [self._about_the_file]
        if self.numbers:
            kinds += [self._comparison, self._comparison, self._membership]
        if self.multiples:
            kinds += [self._mention]
        if self.texts:
            kinds += [self._words]
        if self.asked:
            kinds += [self._state]
        return self.draw.choice(kinds)()

    def _about_the_file(self) -> str:
        return self.draw.choice(
            [
                "sample.b",
                "sample.b is answered",
                f"or_else(sample.b, {self._file()})",
                "sample.z == 'x'",
                "sample.z != 'x'",
                "sample.z in {'x', 'y'}",
            ]
        )

    def _file(self) -> str:
        return self.draw.choice(
            ["sample.z == 'y'", "sample.z is answered", "(if sample.b then 'x' else sample.z) == 'x'"]
        )

    def _comparison(self) -> str:
        sign = self.draw.choice(["==", "!=", "<", "<=", ">", ">="])
        left, right = self.number(), self.number(0)
        # The lint refuses a code that a question does not have; behind a sum it is no code any more.
        return f"{left} + 0 {sign} {right}" if right.isdigit() else f"{left} {sign} {right}"

    def _membership(self) -> str:
        word = self.draw.choice(["in", "in", "not in"])
        low = self.draw.randint(0, 3)
        return f"{self.number()} + 0 {word} {{{low}..{low + 1}, 4}}"

    def _mention(self) -> str:
        name = self.draw.choice(self.multiples)
        forms = (
            f"1 in {name}",
            f"2 not in {name}",
            f"count({name}) > 1",
            f"has({name}, {{2, 3}})",
            f"count({name}) < 1",
        )
        return self.draw.choice(forms)

    def _words(self) -> str:
        name = self.draw.choice(self.texts)
        forms = (
            f"{name} == 'oui'",
            f"{name} != 'oui'",
            f"{name} in {{'oui', 'si'}}",
            f"or_else({name}, 'oui') == 'oui'",
        )
        return self.draw.choice(forms)

    def _state(self) -> str:
        state = self.draw.choice(["answered", "dk", "refused", "na", "not_asked", "unanswered"])
        return f"{self.draw.choice(self.asked)} is {self.draw.choice(['', 'not '])}{state}"

    def _about(self, names: list[str]) -> str:
        return " or ".join(f"{name} == {self.draw.randint(1, 2)}" for name in self.draw.sample(names, 1))

    def _blocks(self) -> Iterator[str]:
        if self.draw.random() < 0.4:
            yield "  - {id: INT, each_call: true, special: [], questions: ["
            yield f"      {self._question('I1', early=True)}]}}"
            self.early = ["I1"]
        turning = self.draw.random() < 0.25
        when = f', when: "{self.condition(1)}"' if self.draw.random() < 0.3 else ""
        yield f"  - {{id: A, special: []{when}, questions: ["
        yield f"      {self._question('A1')},"
        yield f"      {self._question('A2')}]}}"
        when = f', when: "{self.condition(1)}"' if self.draw.random() < 0.3 else ""
        yield f"  - {{id: B, special: []{when}{', rotate: true' if turning else ''}, questions: ["
        if turning:
            known = list(self.numbers), list(self.multiples), list(self.asked), list(self.texts)
            first = self._question("B1")
            self.numbers, self.multiples, self.asked, self.texts = (
                known  # what turns together reads nothing of the other
            )
            yield f"      {first},"
        else:
            yield f"      {self._question('B1')},"
        yield f"      {self._question('B2')}]}}"

    def _question(self, name: str, *, early: bool = False) -> str:
        kind = (
            self.draw.choice(["single", "single", "scale", "integer", "multiple", "text"])
            if not early
            else "single"
        )
        parts = [f"id: {name}", "ask: '?'", f"type: {kind}", *self._answers(kind)]
        if self.draw.random() < 0.55:
            parts.append(f'when: "{self.condition()}"')
        if not early:
            parts += [
                word for word in ("dk: true", "na: true", "required: false") if self.draw.random() < 0.2
            ]
        if kind in ("single", "scale", "integer"):
            self.numbers.append(name)
        elif kind == "text":
            self.texts.append(name)
        elif kind == "multiple":
            self.multiples.append(name)
        self.asked.append(name)
        if not early:
            parts += self._checks(name)
            if self.draw.random() < 0.2:
                parts.append(f'compute: {{c{name}: "{self.number(2)}"}}')
                self.numbers.append(f"c{name}")
        return "{" + ", ".join(parts) + "}"

    def _answers(self, kind: str) -> list[str]:
        if kind == "scale":
            return ["min: 0", "max: 2"]
        if kind == "integer":
            high = f"min({self.number(0)}, 3)" if self.draw.random() < 0.4 else "3"
            low = f"max({self.number(0)}, 0)" if self.draw.random() < 0.2 else "0"
            return [f'min: "{low}"', f'max: "{high}"']
        if kind == "text":
            return []
        codes = [self._choice(code, kind) for code in range(1, self.draw.randint(2, 3) + 1)]
        limit = ["max: 2"] if kind == "multiple" and self.draw.random() < 0.3 else []
        return [f"choices: {{{', '.join(codes)}}}", *limit]

    def _choice(self, code: int, kind: str) -> str:
        keys = [f"label: l{code}"]
        if self.draw.random() < 0.2:
            keys.append(f'when: "{self.condition(1)}"')
        if kind == "single" and self.draw.random() < 0.15:
            keys.append("ends: owner")
        if kind == "multiple" and code == 2 and self.draw.random() < 0.3:
            keys.append("exclusive: true")
        return f"{code}: {{{', '.join(keys)}}}"

    def _checks(self, name: str) -> list[str]:
        found = [
            f"{{id: {name}_{rank}, say: '!', fault: \"{self.condition()}\", hard: {self._yes(0.6)}}}"
            for rank in range(2)
            if self.draw.random() < 0.3
        ]
        return [f"checks: [{', '.join(found)}]"] if found else []

    def _yes(self, chance: float) -> str:
        return "true" if self.draw.random() < chance else "false"


@dataclass(slots=True)
class Lived:
    """All that every respondent together has met."""

    reached: set[str] = field(default_factory=set)
    skipped: set[str] = field(default_factory=set)  #: behind, and not asked although its block was
    chosen: set[str] = field(default_factory=set)
    tripped: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)  #: checks that an answer with a value broke
    kept: set[str] = field(default_factory=set)  #: and those it did not break
    valued: set[str] = field(default_factory=set)  #: questions that took a value
    passed: set[str] = field(default_factory=set)
    went_on: set[str] = field(default_factory=set)  #: questions whose answer did not end the interview
    held: set[str] = field(default_factory=set)  #: questions that held somebody
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
    turning = any(block.rotate for block in compiled.questionnaire.blocks)
    for b, z in product(*_SAMPLE.values()):
        for case in _CASES if turning else (1,):
            sample = {name: one for name, one in {"b": b, "z": z}.items() if one is not None}
            _live(compiled, Situation(sample=sample, case_id=case, version="1"), {}, lived, most)
    return lived


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
    stuck = True
    for answer in _every(question):
        told = compiled.route(where, {**answers, key: answer})
        if question.id not in told.visible:
            continue
        here = [fault for fault in told.faults if fault.question == question.id]
        _note_checks(question, answer, {fault.check for fault in here}, lived)
        ends = told.ended_by == question.id
        if any(fault.hard for fault in here) and not ends:
            continue
        stuck = False
        _note_answer(question, answer, lived, ends=ends)
        confirmed = where.confirmed | {fault.key for fault in told.faults}
        _live(compiled, replace(where, confirmed=confirmed), {**answers, key: answer}, lived, most)
    if stuck:
        lived.held.add(question.id)


def _look(compiled: Compiled, where: Situation, route: Route, lived: Lived) -> None:
    questions = list(compiled.questionnaire.questions)
    turning = {q.id for block in compiled.questionnaire.blocks if block.rotate for q in block.questions}
    now = questions.index(route.position[0]) if route.position else len(questions)
    behind = {
        name for name in questions[:now] if not (route.position and {name, route.position[0]} <= turning)
    }
    asked = {name for name, _ in route.items}
    if not route.ended:  # nothing that turns reads what turns with it: its filter is settled with the block
        lived.skipped |= (
            behind | (turning if route.position and route.position[0] in turning else set())
        ) - asked
    for alert in compiled.questionnaire.alerts:
        if alert.id in route.alerts and (route.ended or _read(compiled, alert.when) <= behind):
            lived.alerts.add(alert.id)
    if "I1" in behind:
        lived.eligible.add(route.eligible)
        lived.served |= route.eligible and not route.ended
        if route.eligible and not route.ended:
            lived.cells.add(where.sample.get("z"))


def _read(compiled: Compiled, expression: Expression) -> set[str]:
    """The questions that an expression reads, by itself or through computed values."""
    questions, computed = compiled.questionnaire.questions, compiled.questionnaire.computes
    names = list(ast.names(expression.tree))
    for name in names:
        if name in computed:
            names.extend(ast.names(computed[name].value.tree))
            names.extend(q.id for q in questions.values() if computed[name] in q.computes)
    return {name for name in names if name in questions}


def _note_checks(question: Question, answer: Answer, tripped: set[str], lived: Lived) -> None:
    lived.tripped |= tripped
    if answer.state is State.ANSWERED:
        lived.broken |= tripped
        lived.kept |= {check.id for check in question.checks} - tripped


def _note_answer(question: Question, answer: Answer, lived: Lived, *, ends: bool) -> None:
    lived.passed.add(question.id)
    if not ends:
        lived.went_on.add(question.id)
    if answer.state is State.ANSWERED:
        lived.valued.add(question.id)
        for code in answer.value if isinstance(answer.value, list) else [answer.value]:
            lived.chosen.add(f"{question.id}.choices.{code}")


def _every(question: Question) -> Iterator[Answer]:
    states = {*question.specials, *(() if question.required else (State.NA,))}
    yield from (Answer(state) for state in sorted(states))
    match question.kind:
        case Kind.TEXT:
            yield from (answered("un mot"), answered("oui"), answered("si"))
        case Kind.MULTIPLE:
            yield from (answered(list(codes)) for codes in _mentions(question))
        case Kind.SINGLE:
            yield from (answered(choice.code) for choice in question.choices)
        case _:
            yield from (answered(value) for value in range(4))


def _mentions(question: Question) -> Iterator[tuple[int, ...]]:
    codes = [choice.code for choice in question.choices]
    alone: Mapping[int, bool] = {choice.code: choice.exclusive for choice in question.choices}
    for size in range(1, (question.max_choices or len(codes)) + 1):
        for chosen in combinations(codes, size):
            if size == 1 or not any(alone[code] for code in chosen):
                yield chosen
