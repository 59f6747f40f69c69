"""The route as formulas: every interview there can be, one question after the other, as the compiled route has it.

The walk follows an interview to where it stands: what stands before is answered, or left in a state that is offered,
and breaks no hard check. So a question « can be reached » when some interview waits for its answer. Questions that turn
together come in any order: none of them can count on another, and they are passed together.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby

import z3

from cati.questionnaire import scope, sentences
from cati.questionnaire.generator import all_expressions, of_question, reads_alerts
from cati.questionnaire.model import Block, Check, Expression, Kind, Loop, Question, Questionnaire
from cati.questionnaire.proof import given, items
from cati.questionnaire.proof.defects import Reason
from cati.questionnaire.proof.gaps import Gaps
from cati.questionnaire.proof.items import Item
from cati.questionnaire.proof.logic import FALSE, TRUE, Formula, all_of, any_of, if_then, no
from cati.questionnaire.proof.meaning import Meaning
from cati.questionnaire.proof.solver import Solver
from cati.questionnaire.proof.turns import Turns
from cati.questionnaire.proof.values import Codes, Known, Truth

#: What may have bounds that depend on the interview.
BOUNDED = frozenset({Kind.INTEGER, Kind.DECIMAL, Kind.DURATION, Kind.DATE, Kind.TIME})

#: Blocks that turn together, each with its questions cut where one may count on the other.
Part = tuple[Block, tuple[Question, ...]]


@dataclass(frozen=True, slots=True)
class Step:
    """One question, where the interview waits for its answer."""

    item: Item
    block: Block
    own_filter: Formula
    in_block: Formula  #: the condition of its block
    reached: Formula
    ended: Formula  #: whether the interview, or the call, had ended before
    offers: tuple[tuple[int, Formula], ...]  #: choices that are not offered to all
    bounds: tuple[Formula, ...]
    faults: tuple[tuple[Check, Formula], ...]
    ending: Formula = FALSE  #: whether its answer ends the call or the interview

    @property
    def question(self) -> Question:
        return self.item.question

    @property
    def stuck(self) -> Formula:
        """Whether a hard check holds the interview here; nothing does once it has ended."""
        return all_of(any_of(*(fault for check, fault in self.faults if check.hard)), no(self.ending))

    @property
    def accepted(self) -> Formula:
        """Whether its answer is one that the screen takes and no hard check refuses."""
        rules = (*self.item.domain, *self.bounds)
        codes = self.item.codes
        offered = (if_then(all_of(self.item.answered, codes[code]), when) for code, when in self.offers)
        return all_of(*rules, *offered, self.item.seen, no(self.stuck))


@dataclass(slots=True)
class Interview:
    """All interviews, as far as the walk has come."""

    questionnaire: Questionnaire
    solver: Solver = field(default_factory=Solver)
    gaps: Gaps = field(default_factory=Gaps)
    names: dict[str, Known] = field(default_factory=dict)
    day: given.Day = field(default_factory=given.day)
    columns: dict[str, given.Column] = field(default_factory=dict)
    items: list[Item] = field(default_factory=list)
    ended: Formula = FALSE
    stopped: Formula = FALSE  #: ended outside the blocks of each call: nothing more is asked
    signals: list[Formula] = field(default_factory=list)  #: soft faults so far
    texts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    turns: Turns = field(default_factory=Turns)
    ordered: frozenset[str] = frozenset()  #: whose codes are read in their order

    def begin(self) -> None:
        """The file, the day, and the questions that a key answers."""
        self.texts = given.compared_texts(all_expressions(self.questionnaire))
        self.turns.standing = scope.loops_of(self.questionnaire)
        self.ordered = given.ordered(all_expressions(self.questionnaire))
        self.columns = given.columns(self.questionnaire.sample, self.texts)
        self.names |= self.day.known
        self.solver.add(self.day.domain)
        for name, column in self.columns.items():
            self.names[f"sample.{name}"] = column.known
            self.solver.add(all_of(*column.domain))
        for question in self.questionnaire.questions.values():
            if question.hidden:
                item = items.hidden(question)
                self.items.append(item)
                self.names[question.id] = item.known

    @property
    def meaning(self) -> Meaning:
        """Reads expressions where the walk stands."""
        return Meaning(self.names, self.gaps, self.turns)

    @property
    def known(self) -> set[str]:
        """The names that an expression outside of every loop may read by now."""
        return {*self.names, *self.turns.behind}

    def condition(self, expression: Expression, key: str) -> Formula:
        self.gaps.at(expression.line, key)
        return self.meaning.condition(expression.tree)

    def enter(self, block: Block) -> Formula:
        """The condition of a block, read once before its first question."""
        if block.when is None:
            return TRUE
        self._raise_alerts([block.when])
        says = f"bloc posé si {sentences.french(block.when, self.questionnaire)}"
        return self.defined(
            f"block {block.id}", self.condition(block.when, f"{block.id}.when"), Reason(block.id, says)
        )

    def arrive(self, block: Block, in_block: Formula, question: Question) -> Step:
        """The question, its filter, and all that its answer keeps to."""
        self._raise_alerts(of_question(question))
        own_filter = self.condition(question.when, f"{question.id}.when") if question.when else TRUE
        item = self._item(question)
        running = TRUE if block.each_call else no(self.stopped)
        filtered = block.when or question.when
        says = sentences.asked_if(self.questionnaire, question)
        self.solver.add(
            item.asked == all_of(running, in_block, own_filter),
            Reason(question.id, says) if filtered else None,
        )
        offers = self._offers(item)
        bounds = self._bounds(item) + self._all_ranked(item, dict(offers))
        self.solver.add(all_of(*item.domain))
        self.items.append(item)
        self.names[question.id] = item.known
        ended = self.ended
        ending = self._end(block, item)
        faults = tuple(self._faults(item))
        reached = all_of(item.asked, no(ended))
        step = Step(item, block, own_filter, in_block, reached, ended, offers, bounds, faults, ending)
        self._compute(question)
        return step

    def _item(self, question: Question) -> Item:
        if not items.is_known(question):
            self.gaps.note(f"les réponses de type « {question.kind} »", question.line, question.id)
        return items.item(
            question,
            iteration=self.turns.iteration,
            texts=self.texts.get(question.id, ()),
            ordered=question.id in self.ordered,
        )

    def leave(self, step: Step, *, passed: bool = True) -> None:
        """From now on the question is behind: answered where it is asked, and no hard check holds it. Unless nobody
        gets past it: what follows is then looked at as if it had been left out."""
        question, item = step.question, step.item
        if not passed:
            return
        # Ended now, not before: among questions that turn, the call may end before any of them.
        going_on = all_of(item.asked, no(self.ended))
        self.solver.add(if_then(going_on, item.seen))
        for check, fault in step.faults:
            if check.hard:
                told = sentences.french(check.fault, self.questionnaire)
                reason = Reason(f"{question.id}, contrôle {check.id}", f"refuse si {told}")
                self.solver.add(if_then(going_on, no(fault)), reason)
            else:
                self.signals.append(all_of(item.seen, fault))

    def raise_before(self, loop: Loop, members: Iterable[Question]) -> None:
        """Alerts that a loop reads are raised before its first turn."""
        read = [each for each in (loop.when, loop.count) if each]
        self._raise_alerts([*read, *(each for question in members for each in of_question(question))])

    def finish(self) -> None:
        """Alerts that nothing has read are raised at the end."""
        self._raise_alerts(None)

    def defined(self, name: str, formula: Formula, reason: Reason) -> Formula:
        """A formula under one name, so that reasons can tell it."""
        variable = z3.Bool(name)
        self.solver.add(variable == formula, reason)
        return variable

    def _offers(self, item: Item) -> tuple[tuple[int, Formula], ...]:
        question = item.question
        found = []
        for choice in question.choices:
            if choice.when:
                offered = self.condition(choice.when, f"{question.id}.choices.{choice.code}")
                says = f"« {choice.label} » n’est proposée que si {sentences.french(choice.when, self.questionnaire)}"
                chosen = all_of(item.answered, item.codes[choice.code])
                self.solver.add(if_then(chosen, offered), Reason(question.id, says))
                found.append((choice.code, offered))
        return tuple(found)

    def _bounds(self, item: Item) -> tuple[Formula, ...]:
        question = item.question
        if question.kind not in BOUNDED or item.value is None:
            return ()
        found = []
        for sign, bound, word in ((">=", question.low, "au moins"), ("<=", question.high, "au plus")):
            if bound:
                self.gaps.at(bound.line, question.id)
                meaning = self.meaning
                limit = meaning.value(bound.tree)
                # An unknown bound refuses nothing.
                kept = any_of(no(limit.present), meaning.compare(sign, item.value, limit))
                formula = if_then(item.answered, kept)
                says = f"{word} {sentences.amount(bound, self.questionnaire)}"
                self.solver.add(formula, Reason(question.id, says))
                found.append(formula)
        return tuple(found)

    def _all_ranked(self, item: Item, offers: Mapping[int, Formula]) -> tuple[Formula, ...]:
        """A ranking takes as many codes as it asks for, or all that are offered."""
        question = item.question
        if question.kind is not Kind.RANKING or not offers:
            return ()
        offered = z3.Sum([z3.If(offers.get(code, TRUE), 1, 0) for code in item.codes])
        chosen = z3.Sum([z3.If(part, 1, 0) for part in item.codes.values()])
        most = question.max_choices or len(item.codes)
        formula = if_then(item.answered, chosen == z3.If(offered < most, offered, most))
        self.solver.add(formula, Reason(question.id, "classe toutes les réponses proposées"))
        return (formula,)

    def _faults(self, item: Item) -> Iterator[tuple[Check, Formula]]:
        for check in item.question.checks:
            yield check, self.condition(check.fault, f"{item.question.id}.checks.{check.id}")

    def _end(self, block: Block, item: Item) -> Formula:
        choices = [choice for choice in item.question.choices if choice.ends]
        if not choices:
            return FALSE
        ending = all_of(item.answered, any_of(*(item.codes[choice.code] for choice in choices)))
        labels = ", ".join(f"« {choice.label} »" for choice in choices)
        reason = Reason(
            item.question.id, f"{labels} met fin à {'l’appel' if block.each_call else 'l’entretien'}"
        )
        self.ended = self.defined(items.named(item.key, "ended"), any_of(self.ended, ending), reason)
        if not block.each_call:
            self.stopped = self.defined(
                items.named(item.key, "stopped"), any_of(self.stopped, ending), reason
            )
        return ending

    def _compute(self, question: Question) -> None:
        for computed in question.computes:
            self.gaps.at(computed.value.line, f"{question.id}.compute.{computed.name}")
            self.names[computed.name] = Known(self.meaning.value(computed.value.tree))

    def _raise_alerts(self, readers: Iterable[Expression] | None) -> None:
        """Raised alerts are worked out once, just before the first expression that reads them; `None`: at the end."""
        if "alerts" in self.names or (readers is not None and not reads_alerts(readers)):
            return
        raised = []
        for alert in self.questionnaire.alerts:
            holds = self.condition(alert.when, f"alerts.{alert.id}")
            says = f"l’alerte est levée si {sentences.french(alert.when, self.questionnaire)}"
            variable = self.defined(f"alert {alert.id}", holds, Reason(alert.id, says))
            self.names[f"alert.{alert.id}"] = Known(Truth(variable))
            raised.append((alert.code, variable))
        self.names["alerts"] = Known(Codes(TRUE, tuple(raised)))


def parts(questionnaire: Questionnaire) -> Iterator[tuple[Part, ...]]:
    """The questions in the order written, those that turn together in one piece."""
    for group, members in groupby(
        questionnaire.blocks, key=lambda block: block.rotate_with or ("alone", block.id)
    ):
        blocks = tuple(members)
        if isinstance(group, str):
            yield tuple((block, _asked(block)) for block in blocks)
        else:
            yield from (((block, piece),) for block in blocks for piece in _pieces(block))


def _pieces(block: Block) -> Iterator[tuple[Question, ...]]:
    questions = _asked(block)
    if block.rotate or not questions:
        yield questions
        return
    yield from pieces(questions, 0)


def pieces(questions: Iterable[Question], depth: int) -> Iterator[tuple[Question, ...]]:
    """Cut where one may count on the other; a loop, `depth` loops deep, in one piece."""

    def together(one: Question) -> str:
        if one.loops[depth:]:
            return f"loop {one.loops[depth]}"
        return one.grid.id if one.grid and one.grid.rotate else one.id

    for _, piece in groupby(questions, key=together):
        yield tuple(piece)


def _asked(block: Block) -> tuple[Question, ...]:
    return tuple(question for question in block.questions if not question.hidden)
