"""From one respondent to one row: only what the route asked, codes for special states."""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any

from cati.exports.rules.facts import Facts
from cati.exports.rules.variables import (
    Cell,
    Consented,
    Contains,
    Drawn,
    Measure,
    Mention,
    Noted,
    Status,
    Storage,
    Technical,
    Variable,
    Whole,
)
from cati.questionnaire import ast
from cati.questionnaire.model import Answer, Questionnaire, State
from cati.questionnaire.route import Route


@dataclass(frozen=True, slots=True, kw_only=True)
class Respondent:
    """One interview, its route recomputed."""

    facts: Facts
    visible: Mapping[str, Answer]  #: what the route asked and was answered
    computed: Mapping[str, object]
    consents: Mapping[tuple[str, int], bool]  #: by consent and call


def column(variable: Variable, respondents: Sequence[Respondent]) -> list[Cell]:
    """The value of one variable for each respondent; None where it was not asked."""
    if variable.versions is not None:
        return _of_versions(variable, variable.versions, respondents)
    match variable.source:
        case Technical(fact):
            return [getattr(one.facts, fact) for one in respondents]
        case Consented(consent, call_no):
            return [_flag(one.consents.get((consent, call_no))) for one in respondents]
        case Noted(question):
            return [int(question in one.visible) for one in respondents]
        case Drawn(name):
            take = _plain(variable.storage)
            found = [one.computed.get(name) for one in respondents]
            return [None if value is None else take(value) for value in found]
        case Whole(question) | Contains(question) | Mention(question) | Status(question):
            return _answers(variable, [one.visible.get(question) for one in respondents])


def consent_questions(questionnaire: Questionnaire) -> dict[str, tuple[str, ...]]:
    """The questions that each consent is given by."""
    return {name: ast.names(decided.tree) for name, decided in questionnaire.consents.items()}


def consents_of(
    given_by: Mapping[str, Sequence[str]], call_no: int, route: Route
) -> dict[tuple[str, int], bool]:
    """What was consented to in one call; a consent whose questions were not answered in it is left out."""
    return {
        (name, call_no): route.consents[name]
        for name, questions in given_by.items()
        if any(question in route.visible for question in questions)
    }


def consent_variables(given: Iterable[tuple[str, int]], names: Sequence[str]) -> tuple[Variable, ...]:
    """One variable a consent and call, for the calls in which anybody was asked."""
    keys = sorted(set(given), key=lambda key: (key[1], names.index(key[0])))
    return tuple(
        Variable(
            name=f"CONS_{name.upper()}_A{call_no}",
            label=f"Accord « {name} » donné à l’appel {call_no}",
            storage=Storage.INTEGER,
            measure=Measure.NOMINAL,
            source=Consented(name, call_no),
            values={0: "Non", 1: "Oui"},
        )
        for name, call_no in keys
    )


def _of_versions(variable: Variable, versions: Set[str], respondents: Sequence[Respondent]) -> list[Cell]:
    """The values of those whose questionnaire has the variable; nothing for the others."""
    having = [one for one in respondents if one.facts.version in versions]
    cells = iter(column(replace(variable, versions=None), having))
    return [next(cells) if one.facts.version in versions else None for one in respondents]


def _answers(variable: Variable, answers: Iterable[Answer | None]) -> list[Cell]:
    take = _taken(variable)
    # A text has no missing codes: they stand in its `_ETAT`.
    codes = {state: special.code for state, special in variable.missing.items()}
    return [
        None
        if answer is None
        else take(answer.value)
        if answer.state is State.ANSWERED
        else codes.get(answer.state)
        for answer in answers
    ]


def _taken(variable: Variable) -> Callable[[Any], Cell]:
    """What a variable takes of an answer's value."""
    match variable.source:
        case Contains(_, code):
            return lambda mentions: int(code in mentions)
        case Mention(_, rank):
            return lambda mentions: mentions[rank - 1] if rank <= len(mentions) else None
        case Status():
            return lambda _: 1
        case _:
            return _plain(variable.storage)


def _plain(storage: Storage) -> Callable[[Any], Cell]:
    match storage:
        case Storage.INTEGER:
            return int
        case Storage.DECIMAL:
            return float
        case Storage.TEXT | Storage.DATE:
            return str


def _flag(given: bool | None) -> Cell:
    return None if given is None else int(given)
