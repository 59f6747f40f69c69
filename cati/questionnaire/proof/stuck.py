"""Dead ends: questions where the interview is held, whatever is answered.

For everybody, that is one question to the solver. For some only, an interview is wanted in which every answer is
refused: candidates are collected, each an answer that would pass in one interview, until no interview refuses them all
(no dead end), or one is found in which no answer passes (a dead end, and its example). An endless list of candidates is
given up and told.
"""

from decimal import Decimal
from itertools import islice, permutations
from typing import Any

import z3

from cati.questionnaire import ast, sentences
from cati.questionnaire.model import Answer, Kind, Question, Questionnaire, State, answered
from cati.questionnaire.proof import examples
from cati.questionnaire.proof.defects import Example, Flaw, Reason
from cati.questionnaire.proof.gaps import is_certain
from cati.questionnaire.proof.inquiry import Inquiry, Place
from cati.questionnaire.proof.interview import BOUNDED, Step
from cati.questionnaire.proof.logic import Formula, constants_of, no
from cati.questionnaire.proof.solver import Premise, alone
from cati.questionnaire.route import Limits, instance

_MOST_CANDIDATES = 24
_MOST_TRIED = 200


def for_all(inquiry: Inquiry, step: Step) -> bool:
    """Notes a question where nobody gets any further; whether it is one."""
    if not _may_hold(step):
        return False
    wanted = Premise(step.reached), Premise(step.item.seen), *refusals(inquiry, step)
    place = Place(step.question.line, step.question.id)
    if not inquiry.ask(place, *(premise.formula for premise in wanted)).impossible:
        return False
    message = f"impasse\u00a0: aucune réponse à {step.question.id} n’est acceptée"
    because = inquiry.interview.solver.because(*wanted)
    inquiry.note(Flaw.DEAD_END, place, message, because=because, example=inquiry.waiting(step))
    return True


def no_value(inquiry: Inquiry, step: Step) -> None:
    """Notes a question that takes nothing but a special state."""
    if not _may_hold(step):
        return
    wanted = Premise(step.reached), Premise(step.item.answered), *refusals(inquiry, step)
    place = Place(step.question.line, step.question.id)
    if inquiry.ask(place, *(premise.formula for premise in wanted)).impossible:
        message = f"aucune valeur n’est acceptée à {step.question.id}\u00a0: il n’y reste que les réponses spéciales"
        because = inquiry.interview.solver.because(*wanted)
        inquiry.note(Flaw.NO_VALUE, place, message, because=because, example=inquiry.waiting(step))


def for_some(inquiry: Inquiry, step: Step) -> None:
    """Notes a question where some interviews are held: an earlier answer would have to change."""
    if not _may_hold(step) or _always_a_way_out(step):
        return
    place, accepted = Place(step.question.line, step.question.id), step.accepted
    if not is_certain(accepted):
        message = "une impasse possible, qui dépend de ce qui n’est pas analysé"
        inquiry.interview.gaps.note(message, place.line, place.key)
        return
    refused: list[Formula] = []
    for _ in range(_MOST_CANDIDATES):
        found = inquiry.ask(place, step.reached, *refused, shown=True)
        if not found.possible:
            return
        world = _world(step, accepted, found.model)
        candidate = _passing(step, accepted, world)
        if candidate is None:
            _note_for_some(inquiry, step, place, [variable == value for variable, value in world])
            return
        refused.append(no(z3.substitute(accepted, *candidate)))
    _by_quantifier(inquiry, step, place, refused)


def refusals(inquiry: Inquiry, step: Step) -> tuple[Premise, ...]:
    """The hard checks of the question, each with what it says."""
    found = []
    for check, fault in step.faults:
        if check.hard:
            told = sentences.french(check.fault, inquiry.interview.questionnaire)
            held = z3.And(fault, no(step.ending))
            found.append(
                Premise(no(held), Reason(f"{step.question.id}, contrôle {check.id}", f"refuse si {told}"))
            )
    return tuple(found)


def _may_hold(step: Step) -> bool:
    """Whether anything could refuse an answer: a hard check, bounds that move, choices not offered to all."""
    question = step.question
    if any(check.hard for check, _ in step.faults):
        return True
    if question.kind in BOUNDED:
        return question.low is not None or question.high is not None
    return bool(question.choices) and len(step.offers) == len(question.choices)


def _always_a_way_out(step: Step) -> bool:
    special = any(state is not State.ANSWERED for state in step.item.states)
    return special and not any(check.hard for check, _ in step.faults)


def _world(step: Step, accepted: Formula, model: Any) -> list[tuple[Any, Any]]:
    """What stands before the question in the interview of the model, as far as it decides what is accepted."""
    own = {variable.get_id() for variable in step.item.own}
    return [
        (constant, model.eval(constant, model_completion=True))
        for identity, constant in constants_of(accepted).items()
        if identity not in own
    ]


def _passing(step: Step, accepted: Formula, world: list[tuple[Any, Any]]) -> list[tuple[Any, Any]] | None:
    """An answer that passes in that interview, as what to put for each variable of the question."""
    found = alone(z3.substitute(accepted, *world) if world else accepted)
    if not found.possible:
        return None
    return [(variable, found.model.eval(variable, model_completion=True)) for variable in step.item.own]


def _by_quantifier(inquiry: Inquiry, step: Step, place: Place, refused: list[Formula]) -> None:
    """Too many candidates: the solver is asked for an interview in which no answer at all passes."""
    own = [(variable, z3.FreshConst(variable.sort())) for variable in step.item.own]
    bound = [fresh for _, fresh in own]
    every = z3.ForAll(bound, no(z3.substitute(step.accepted, *own)))
    if inquiry.ask(place, step.reached, *refused, every).possible:
        _note_for_some(inquiry, step, place, [*refused, every])


def _note_for_some(inquiry: Inquiry, step: Step, place: Place, refused: list[Formula]) -> None:
    questionnaire, question = inquiry.interview.questionnaire, step.question
    shown = inquiry.waiting(step, *refused)
    if shown is None or not _refuses_all(inquiry, step, shown):
        inquiry.interview.gaps.note("une impasse possible, sans exemple qui se rejoue", place.line, place.key)
        return
    back = _earlier(questionnaire, question)
    way_out = f"il faudrait revenir à {' ou '.join(back)}" if back else "rien ne permet d’en sortir"
    message = (
        f"impasse pour certains\u00a0: plus aucune réponse à {question.id} n’est acceptée\u00a0; {way_out}"
    )
    because = tuple(premise.reason for premise in refusals(inquiry, step) if premise.reason) or _limits(
        questionnaire, question
    )
    inquiry.note(Flaw.DEAD_END_FOR_SOME, place, message, because=because, example=shown)


def _refuses_all(inquiry: Inquiry, step: Step, shown: Example) -> bool:
    """The engine's own word: of all the answers that can be listed, it takes none."""
    question, turn = step.question, step.item.key[1]
    route = examples.played(inquiry.compiled, shown)
    answers = examples.answers_of(inquiry.compiled, shown)
    iteration = "c1" if step.block.each_call else turn
    where = examples.situation(inquiry.compiled, shown)
    limits = inquiry.compiled.limits(question, where, route, iteration)
    for answer in _listed(question, limits):
        told = inquiry.compiled.route(where, {**answers, (question.id, iteration): answer})
        if instance(question.id, iteration) in told.visible and not any(
            fault.hard and (fault.question, fault.iteration) == (question.id, iteration)
            for fault in told.faults
        ):
            return False
    return True


def _listed(question: Question, limits: Limits) -> list[Answer]:  # noqa: PLR0911  (one case for each type)
    """Answers to try, as many as can be listed."""
    states = {*question.specials, *(() if question.required else (State.NA,))}
    found = [Answer(state) for state in sorted(states)]
    match question.kind:
        case Kind.MULTIPLE:
            return [*found, *(answered([code]) for code in limits.codes)]
        case Kind.RANKING:
            count = min(question.max_choices or len(limits.codes), len(limits.codes))
            orders = islice(permutations(limits.codes, count), _MOST_TRIED)
            return [*found, *(answered(list(order)) for order in orders)]
        case Kind.DATE | Kind.TIME:
            return [*found, *(answered(str(end)) for end in (limits.low, limits.high) if end is not None)]
        case Kind.PHONE:
            return [*found, answered("+33639980001")]
        case Kind.INTEGER | Kind.DURATION | Kind.SCALE:
            low = int(limits.low) if limits.low is not None else -_MOST_TRIED // 2
            high = int(limits.high) if limits.high is not None else low + _MOST_TRIED
            return [*found, *(answered(value) for value in range(low, min(high, low + _MOST_TRIED) + 1))]
        case Kind.DECIMAL:
            ends = [format(Decimal(end), "f") for end in (limits.low, limits.high) if end is not None]
            return [*found, *map(answered, [*ends, "0.5"])]
        case Kind.TEXT | Kind.NOTE:
            return [*found, answered("un texte" if question.kind is Kind.TEXT else True)]
    return [*found, *(answered(code) for code in limits.codes)]


def _earlier(questionnaire: Questionnaire, question: Question) -> list[str]:
    """The questions that decide what is accepted here: one of their answers would have to change."""
    expressions = [bound for bound in (question.low, question.high) if bound]
    expressions += [check.fault for check in question.checks if check.hard]
    expressions += [choice.when for choice in question.choices if choice.when]
    found: dict[str, None] = {}
    waiting = [name for expression in expressions for name in ast.names(expression.tree)]
    while waiting:
        name = waiting.pop(0)
        if name in questionnaire.computes:
            waiting += ast.names(questionnaire.computes[name].value.tree)
        elif name in questionnaire.questions and name != question.id:
            found[name] = None
    return list(found)


def _limits(questionnaire: Questionnaire, question: Question) -> tuple[Reason, ...]:
    """What limits the answers where no check does: bounds and choices offered to some."""
    told = [
        f"{word} {sentences.amount(bound, questionnaire)}"
        for word, bound in (("au moins", question.low), ("au plus", question.high))
        if bound
    ]
    told += [
        f"« {choice.label} » n’est proposée que si {sentences.french(choice.when, questionnaire)}"
        for choice in question.choices
        if choice.when
    ]
    return tuple(Reason(question.id, one) for one in told)
