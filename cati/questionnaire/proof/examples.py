"""From what the solver found to somebody who can be played, and played at once: an example that the engine does not
confirm is not shown."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import z3

from cati.questionnaire import checks
from cati.questionnaire.model import Answer, Kind, Question, State
from cati.questionnaire.proof import moments
from cati.questionnaire.proof.defects import Example
from cati.questionnaire.proof.given import Column, Day
from cati.questionnaire.proof.items import Item
from cati.questionnaire.proof.values import Codes, Moment, Number, Truth, Words
from cati.questionnaire.route import AnswerKey, Route, Situation, instance
from cati.questionnaire.routing import Compiled

_TEXT = "un texte"
_PHONE = "06 39 98 00 01"  # kept for fiction


class NotPlayableError(Exception):
    """A number that nobody can type, such as a third."""


def example(model: Any, items: list[Item], columns: Mapping[str, Column], day: Day) -> Example:
    """Who the model describes, up to the items given. Raises NotPlayableError."""
    answers = {instance(*item.key): _content(model, item) for item in items if _is(model, item.seen)}
    sample = {
        name: _cell(model, column) for name, column in columns.items() if _is(model, column.value.present)
    }
    return Example(answers=answers, sample=sample, date=_moment(model, day.moment))


def situation(compiled: Compiled, shown: Example, confirmed: frozenset[str] = frozenset()) -> Situation:
    return Situation(
        sample=shown.sample,
        facts={"year": int(shown.date[:4]), "date": shown.date},
        case_id=1,
        version=compiled.questionnaire.version,
        confirmed=confirmed,
    )


def answers_of(compiled: Compiled, shown: Example) -> dict[AnswerKey, Answer]:
    """The answers as the desk would read them. Raises NotPlayableError when one of them could not be given."""
    questionnaire = compiled.questionnaire
    found: dict[AnswerKey, Answer] = {}
    for name, content in shown.answers.items():
        question_id, _, turn = name.partition("#")
        question = questionnaire.questions[question_id]
        answer = checks.read_content(question, content)
        if not isinstance(answer, Answer):
            raise NotPlayableError(question_id)
        found[question_id, "c1" if questionnaire.block(question.block).each_call else turn] = answer
    return found


def played(compiled: Compiled, shown: Example, *, confirming: bool = True) -> Route:
    """The route of an example; soft faults on the way are confirmed, as the interviewer would."""
    answers = answers_of(compiled, shown)
    route = compiled.route(situation(compiled, shown), answers)
    if not confirming:
        return route
    confirmed = frozenset(fault.key for fault in route.faults if not fault.hard)
    return compiled.route(situation(compiled, shown, confirmed), answers) if confirmed else route


def _content(model: Any, item: Item) -> object:  # noqa: PLR0911  (one case for each type)
    """One answer as `play` takes it."""
    state = next(state for state, holds in item.states.items() if _is(model, holds))
    if state is not State.ANSWERED:
        return _special(item.question, state)
    match item.value:
        case Moment():
            return _moment(model, item.value)
        case Codes():
            return _in_order(model, item)
        case Words():
            return _PHONE if item.question.kind is Kind.PHONE else _text(model, item.value)
        case Number() if not item.codes:
            return _counted(model, item.question.kind, item.value)
    if item.question.kind is Kind.NOTE:
        return True
    return next(code for code, part in item.codes.items() if _is(model, part))


def _counted(model: Any, kind: Kind, value: Number) -> int | str:
    found = _typed(model, value, as_text=kind is Kind.DECIMAL)
    return _minutes(int(found)) if kind is Kind.DURATION else found


def _in_order(model: Any, item: Item) -> list[int]:
    assert isinstance(item.value, Codes)
    places = item.value.places
    chosen = [code for code, part in item.codes.items() if _is(model, part)]
    return sorted(chosen, key=lambda code: model.eval(places[code], True).as_long() if places else 0)


def _minutes(minutes: int) -> int | str:
    """Minutes alone are typed with five digits at most."""
    return minutes if minutes < 100_000 else f"{minutes // 60}h{minutes % 60:02}"


def _moment(model: Any, value: object) -> str:
    assert isinstance(value, Moment)
    rank = model.eval(value.rank, model_completion=True).as_long()
    return moments.told(rank, of_day=value.year is not None)


def _special(question: Question, state: State) -> object:
    if state is State.NA and state not in question.specials:
        return None  # an empty Entrée where no answer is required
    return {"state": state.value} if question.kind is Kind.TEXT else state.value


def _cell(model: Any, column: Column) -> object:
    match column.value:
        case Truth(holds):
            return _is(model, holds)
        case Number():
            return _typed(model, column.value, as_text=column.column.type.value == "decimal")
        case Words():
            return _text(model, column.value)
        case Moment():
            return _moment(model, column.value)
    raise AssertionError(column)


def _typed(model: Any, value: Number, *, as_text: bool) -> int | str:
    found = model.eval(value.term, model_completion=True)
    exact = found.as_fraction() if z3.is_rational_value(found) else Fraction(found.as_long())
    if not as_text:
        return int(exact)
    scale = next((10**places for places in range(12) if 10**places % exact.denominator == 0), None)
    if scale is None:
        raise NotPlayableError
    places = len(str(scale)) - 1
    digits = f"{abs(exact.numerator) * scale // exact.denominator:0{places + 1}}"
    whole = f"{digits[:-places]}.{digits[-places:]}" if places else digits
    return f"-{whole}" if exact < 0 else whole


def _text(model: Any, value: Words) -> str:
    chosen = next((text for text, part in value.cases if _is(model, part)), None)
    if chosen is not None:
        return chosen
    taken, text = {text for text, _ in value.cases}, _TEXT
    while text in taken:
        text += " autre"
    return text


def _is(model: Any, formula: Any) -> bool:
    return bool(z3.is_true(model.eval(formula, model_completion=True)))
