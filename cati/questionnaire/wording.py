"""What one screen says: the texts of one question, filled in, in this case's order, with the key of each answer."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from cati.questionnaire import speaking, texts
from cati.questionnaire.checks import scale_bounds
from cati.questionnaire.evaluation import OUTSIDE, Place
from cati.questionnaire.french import FRENCH, fill
from cati.questionnaire.model import Alert, Answer, Choice, Kind, Question, Questionnaire, State
from cati.questionnaire.rotation import turn_choices
from cati.questionnaire.route import Bound, Fault, Route, Spoken, instance
from cati.questionnaire.routing import Compiled

#: N, R, C; in text fields with Alt.
SPECIAL_KEYS = {State.DK: "N", State.REFUSED: "R", State.NA: "C"}


@dataclass(frozen=True, slots=True)
class ShownChoice:
    code: int
    label: str
    key: str | None  #: the digit that chooses it (« 10 » on a scale); None when there are too many
    exclusive: bool = False
    specify: bool = False


@dataclass(frozen=True, slots=True)
class ShownSpecial:
    state: State
    label: str
    key: str  #: N, R or C


@dataclass(frozen=True, slots=True)
class ShownRow:
    """One row of the grid in sight."""

    id: str
    text: str
    asked: bool
    answer: Answer | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    text: str  #: read aloud
    instruction: str | None  #: not read aloud
    probe: str | None
    optional: str | None  #: read if it helps
    choices: tuple[ShownChoice, ...]
    read_choices: bool
    specials: tuple[ShownSpecial, ...]
    stem: str | None  #: of the grid, read before its first row
    rows: tuple[ShownRow, ...]
    ends_of_scale: tuple[str, str] | None
    preset: int | None  #: shown chosen, to be confirmed
    low: str | None = None  #: the bounds, as they may be read aloud
    high: str | None = None


def text_sha256(rendered: str) -> str:
    """The fingerprint of what was said, kept with the event of the screen."""
    return hashlib.sha256(rendered.encode()).hexdigest()


def question_texts(
    compiled: Compiled, question: Question, route: Route, spoken: Spoken, iteration: str = ""
) -> Wording:
    """Everything the screen of one question says. Only for the question shown: the route itself needs no text."""
    whole = compiled.questionnaire.said_in(spoken.language)
    question, language = whole.questions[question.id], whole.language
    said = _Said(compiled, question, route, spoken, iteration)
    limits = compiled.limits(question, spoken.situation, route, iteration)
    grid = question.grid
    return Wording(
        text=said.text(question.ask),
        instruction=said.maybe(question.instruction),
        probe=said.maybe(question.probe),
        optional=said.maybe(question.optional),
        choices=tuple(said.choices(limits.codes)),
        read_choices=question.read_choices,
        specials=tuple(
            ShownSpecial(state, said.text(label), SPECIAL_KEYS[state])
            for state, label in question.specials.items()
        ),
        stem=said.text(grid.stem) if grid else None,
        rows=tuple(said.rows(grid.rows)) if grid else (),
        ends_of_scale=said.pair(question.ends_of_scale),
        preset=said.preset(),
        low=_said_bound(question, limits.low, language),
        high=_said_bound(question, limits.high, language),
    )


def sentence(compiled: Compiled, text: str, route: Route, spoken: Spoken, here: Place = OUTSIDE) -> str:
    """Any other text of the questionnaire (quota reached, danger, a check), filled in."""
    language = compiled.questionnaire.said_in(spoken.language).language
    return _put_in(text, _fills(compiled, texts.fills_of(text), route, spoken, here), language)


def said_fault(compiled: Compiled, fault: Fault, route: Route, spoken: Spoken) -> str:
    """What a check that fails says, in the language of the call."""
    question = compiled.questionnaire.said_in(spoken.language).questions.get(fault.question)
    checks = {check.id: check.say for check in question.checks} if question else {}
    here = Place(question.loops, fault.iteration) if question else OUTSIDE
    return sentence(compiled, checks.get(fault.check, fault.say), route, spoken, here)


def digit_keys(choices: tuple[Choice, ...]) -> dict[int, str | None]:
    """The key of each code: itself below 10; above, the next free digit after the last one used, 0 at the end."""
    keys: dict[int, str | None] = {
        choice.code: str(choice.code) for choice in choices if 0 <= choice.code <= 9
    }
    used = {int(key) for key in keys.values() if key}
    last = max(used, default=0)
    free = [digit for digit in (*range(last + 1, 10), *range(1, last + 1), 0) if digit not in used]
    for choice in choices:
        if choice.code not in keys:
            keys[choice.code] = str(free.pop(0)) if free else None
    return keys


class _Said:
    """The texts of one question in one situation; fills are worked out once."""

    def __init__(
        self, compiled: Compiled, question: Question, route: Route, spoken: Spoken, iteration: str
    ) -> None:
        self._here = Place(question.loops, iteration)
        self._whole = compiled.questionnaire.said_in(spoken.language)
        self._compiled = compiled
        self._question = question
        self._route = route
        self._spoken = spoken
        wanted = tuple(name for text in texts.of_question(question) for name in texts.fills_of(text))
        wanted += tuple(name for row in self._grid_texts() for name in texts.fills_of(row))
        alert = _alert(self._whole, question)
        given = {texts.ALERT_FILL: alert.label} if alert else {}
        self._fills = _fills(compiled, wanted, route, spoken, self._here, given)

    def text(self, text: str) -> str:
        return _put_in(text, self._fills, self._whole.language)

    def maybe(self, text: str | None) -> str | None:
        return self.text(text) if text else None

    def pair(self, pair: tuple[str, str] | None) -> tuple[str, str] | None:
        return (self.text(pair[0]), self.text(pair[1])) if pair else None

    def choices(self, codes: tuple[int, ...]) -> list[ShownChoice]:
        question, situation = self._question, self._spoken.situation
        if question.kind is Kind.SCALE:
            low, high = scale_bounds(question)
            return [ShownChoice(note, str(note), str(note)) for note in range(low, high + 1)]
        turned = question.choices
        if question.rotate:
            turned = turn_choices(
                turned, case_id=situation.case_id, question_id=question.id, version=situation.version
            )
        keys = digit_keys(question.choices)
        return [
            ShownChoice(
                choice.code, self.text(choice.label), keys[choice.code], choice.exclusive, choice.specify
            )
            for choice in turned
            if choice.code in codes
        ]

    def rows(self, rows: tuple[str, ...]) -> list[ShownRow]:
        turn = self._here.iteration
        asked = [question for question, iteration in self._route.items if iteration == turn]
        # In the order of this case where they are asked; the others after, so that the table stays whole.
        order = [row for row in asked if row in rows] + [row for row in rows if row not in asked]
        questions = self._whole.questions
        return [
            ShownRow(
                row, self.text(questions[row].ask), row in asked, self._route.visible.get(instance(row, turn))
            )
            for row in order
        ]

    def preset(self) -> int | None:
        if self._question.preset is None:
            return None
        found = self._compiled.evaluator.value(self._question.preset, self._spoken, self._route, self._here)
        return found if self._question.choice(found) else None

    def _grid_texts(self) -> list[str]:
        grid = self._question.grid
        return [self._whole.questions[row].ask for row in grid.rows] if grid else []


def _put_in(text: str, fills: dict[str, str], language: str) -> str:
    """With the grammar of French in French; in another language names are put in as they are."""
    return fill(text, fills) if language == FRENCH else texts.put_in(text, fills)


def _turns(questionnaire: Questionnaire, here: Place) -> dict[str, str]:
    """`{PIECE}` in its loop: the member of the list, or the number of the turn."""
    ranks = here.iteration.split(".") if here.loops else []
    found = {}
    for loop_id, rank in zip(here.loops, ranks, strict=True):
        members = questionnaire.loops[loop_id].over
        found[loop_id] = next((each.label for each in members if str(each.code) == rank), rank)
    return found


def _said_bound(question: Question, bound: Bound | None, language: str) -> str | None:
    """A bound as it may be read aloud."""
    return None if bound is None else speaking.said(bound, _UNITS.get(question.kind, "number"), language)


_UNITS: dict[Kind, speaking.Unit] = {Kind.DATE: "date", Kind.TIME: "time", Kind.DURATION: "duration"}


def _alert(questionnaire: Questionnaire, question: Question) -> Alert | None:
    return next((alert for alert in questionnaire.alerts if alert.id == question.per_alert), None)


def _fills(
    compiled: Compiled,
    wanted: tuple[str, ...],
    route: Route,
    spoken: Spoken,
    here: Place,
    given: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """The fills that these texts name, and those that fills themselves name; `given`: what the place gives."""
    whole = compiled.questionnaire.said_in(spoken.language)
    found = {**_turns(whole, here), **(given or {})}
    queue = [*wanted, *(name for text in found.values() for name in texts.fills_of(text))]
    while queue:
        name = queue.pop()
        if name in whole.fills and name not in found:
            found[name] = compiled.evaluator.said(whole.fills[name], spoken, route, here)
            queue += texts.fills_of(found[name])
    return found
