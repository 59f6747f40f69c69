"""From a questionnaire to the variables of its export, in the order of the questions."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace

from cati.exports.rules.contacts import refuse_contacts
from cati.exports.rules.missing import missing_codes
from cati.exports.rules.naming import well_named
from cati.exports.rules.variables import (
    Contains,
    Drawn,
    Measure,
    Mention,
    Missing,
    Noted,
    Status,
    Storage,
    Variable,
    Whole,
)
from cati.exports.rules.wording import plain, short
from cati.questionnaire import compiling, scope
from cati.questionnaire.checks import scale_bounds
from cati.questionnaire.compiling import Type
from cati.questionnaire.model import Computed, Kind, Loop, Question, Questionnaire, State
from cati.questionnaire.route import instance

_YES_NO: dict[int | str, str] = {0: "Non", 1: "Oui"}
_MENTIONED: dict[int | str, str] = {0: "Non cité", 1: "Cité"}
_UNNAMED = {State.NA: "Sans réponse", State.DK: "Ne sait pas", State.REFUSED: "Refus"}
_COMPUTED: dict[Type, Storage] = {
    "boolean": Storage.INTEGER,
    "number": Storage.DECIMAL,
    "text": Storage.TEXT,
    "codes": Storage.TEXT,
    "nothing": Storage.TEXT,
    "date": Storage.DATE,
    "time": Storage.TEXT,
}
_GIVEN = {Kind.DATE: "Date notée", Kind.TIME: "Heure notée", Kind.PHONE: "Numéro noté"}
_MEASURED = (Kind.SCALE, Kind.INTEGER, Kind.DECIMAL, Kind.DURATION)


def codebook(questionnaire: Questionnaire) -> tuple[Variable, ...]:
    """The variables of its questions and computed values; QuestionnaireRefused for a column named like a contact."""
    refuse_contacts(questionnaire.sample)
    book = _Book(questionnaire)
    found = [
        variable
        for question in questionnaire.questions.values()
        for turn in turns(questionnaire, question.loops)
        for variable in book.question(question)
        for variable in [_of_turn(questionnaire, question.loops, turn, variable)]
    ]
    refuse_contacts(variable.name for variable in found)
    return tuple(well_named(found))


def turns(questionnaire: Questionnaire, loops: Sequence[str]) -> Iterator[tuple[int, ...]]:
    """Every turn that a question in these loops may have; one, empty, for a question in none."""
    return itertools.product(*(questionnaire.loops[loop_id].turns() for loop_id in loops))


def _of_turn(
    questionnaire: Questionnaire, loops: Sequence[str], turn: tuple[int, ...], variable: Variable
) -> Variable:
    """The variable of one turn: `age_2` of `age`, `minutes_1_2` of `minutes`."""
    if not turn:
        return variable
    iteration = ".".join(str(rank) for rank in turn)
    told = ", ".join(_told(questionnaire.loops[each], rank) for each, rank in zip(loops, turn, strict=True))
    source = variable.source
    match source:
        case Whole(name) | Contains(name) | Mention(name) | Status(name):
            source = replace(source, question=instance(name, iteration))
        case Drawn(name):
            source = Drawn(instance(name, iteration))
    return replace(
        variable,
        name=f"{variable.name}_{'_'.join(str(rank) for rank in turn)}",
        label=f"{told} : {variable.label}",
        source=source,
    )


def _told(loop: Loop, rank: int) -> str:
    return next((plain(each.label) for each in loop.over if each.code == rank), f"{loop.id} {rank}")


class _Book:
    """The variables of one questionnaire's questions."""

    def __init__(self, questionnaire: Questionnaire) -> None:
        self._questionnaire = questionnaire
        self._names = scope.everything(questionnaire)
        #: A list that a grid uses is a scale of opinion: its codes have an order.
        self._ordered = {question.choices for question in questionnaire.questions.values() if question.grid}

    def question(self, question: Question) -> Iterator[Variable]:
        """Its variables, then those of the values computed right after it."""
        yield from self._asked(question)
        for computed in question.computes:
            if computed.label:
                yield self._computed(computed)

    def _asked(self, question: Question) -> Iterator[Variable]:
        match question.kind:
            case Kind.NOTE:
                pass
            case _ if question.hidden:
                yield self._noted(question)
            case Kind.MULTIPLE:
                yield from self._mentions(question)
            case Kind.RANKING:
                yield from self._ranks(question, question.max_choices or len(question.choices))
            case Kind.TEXT | Kind.DATE | Kind.TIME:
                yield from self._worded(question)
            case Kind.PHONE:
                yield self._state(
                    question, question.id
                )  # that a number was given leaves; the number never does
            case _:
                yield self._one(question)

    def _one(self, question: Question) -> Variable:
        decimal = question.kind is Kind.DECIMAL
        return Variable(
            name=question.id,
            label=short(self._questionnaire, question),
            storage=Storage.DECIMAL if decimal else Storage.INTEGER,
            measure=self._measure(question),
            source=Whole(question.id),
            values=_labels(question),
            missing=self._missing(question),
        )

    def _mentions(self, question: Question) -> Iterator[Variable]:
        """One dichotomy a choice; where the number of choices is limited their order counts, so the ranks too."""
        missing, text = self._missing(question), short(self._questionnaire, question)
        for choice in question.choices:
            yield Variable(
                name=f"{question.id}_{choice.code}",
                label=f"{plain(choice.label)} ({text})",
                storage=Storage.INTEGER,
                measure=Measure.NOMINAL,
                source=Contains(question.id, choice.code),
                values=_MENTIONED,
                missing=missing,
            )
        yield from self._ranks(question, question.max_choices or 0)

    def _ranks(self, question: Question, how_many: int) -> Iterator[Variable]:
        """What was said or ranked first, second…"""
        missing, text = self._missing(question), short(self._questionnaire, question)
        word = "Classé" if question.kind is Kind.RANKING else "Cité"
        for rank in range(1, how_many + 1):
            yield Variable(
                name=f"{question.id}_R{rank}",
                label=f"{word} en n° {rank} ({text})",
                storage=Storage.INTEGER,
                measure=Measure.NOMINAL,
                source=Mention(question.id, rank),
                values=_labels(question),
                missing=missing,
            )

    def _worded(self, question: Question) -> Iterator[Variable]:
        """A text as it was typed, a date or a time, and whether there is one: these have no user-missing codes."""
        name = question.id
        if question.specifies:
            name = f"{question.specifies[0]}_{question.specifies[1]}_TXT"
        dated = question.kind is Kind.DATE
        yield Variable(
            name=name,
            label=short(self._questionnaire, question),
            storage=Storage.DATE if dated else Storage.TEXT,
            measure=Measure.SCALE if dated else Measure.NOMINAL,
            source=Whole(question.id),
        )
        yield self._state(question, name)

    def _state(self, question: Question, name: str) -> Variable:
        """Whether there is an answer that its own column cannot say."""
        label = short(self._questionnaire, question)
        return Variable(
            name=f"{name.removesuffix('_TXT')}_ETAT",
            label=f"État de la réponse : {label}",
            storage=Storage.INTEGER,
            measure=Measure.NOMINAL,
            source=Status(question.id),
            values={1: _GIVEN.get(question.kind, "Texte noté")},
            missing=self._missing(question),
        )

    def _noted(self, question: Question) -> Variable:
        return Variable(
            name=question.id,
            label=f"Noté par une touche : {short(self._questionnaire, question)}",
            storage=Storage.INTEGER,
            measure=Measure.NOMINAL,
            source=Noted(question.id),
            values=_YES_NO,
        )

    def _computed(self, computed: Computed) -> Variable:
        kind = compiling.type_of(computed.value.tree, self._names)
        coded = bool(computed.choices)
        labels: dict[int | str, str] = {choice.code: plain(choice.label) for choice in computed.choices}
        return Variable(
            name=computed.name,
            label=plain(computed.label or computed.name),
            storage=Storage.INTEGER if coded else _COMPUTED[kind],
            measure=Measure.SCALE if kind == "number" and not coded else Measure.NOMINAL,
            source=Drawn(computed.name),
            values=labels if coded else _YES_NO if kind == "boolean" else {},
        )

    def _missing(self, question: Question) -> dict[State, Missing]:
        codes = missing_codes(question, self._questionnaire.special_codes)
        labels = {state: question.specials.get(state, _UNNAMED[state]) for state in codes}
        return {state: Missing(code, plain(labels[state])) for state, code in codes.items()}

    def _measure(self, question: Question) -> Measure:
        if question.kind in _MEASURED:
            return Measure.SCALE
        return Measure.ORDINAL if question.choices in self._ordered else Measure.NOMINAL


def _labels(question: Question) -> dict[int | str, str]:
    if question.ends_of_scale:
        low, high = scale_bounds(question)
        return {low: plain(question.ends_of_scale[0]), high: plain(question.ends_of_scale[1])}
    return {choice.code: plain(choice.label) for choice in question.choices}
