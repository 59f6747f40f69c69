"""One item of an interview as the solver sees it: its states, its value, and what its screen takes.

An item is named in `named` and nowhere else: should a loop ask a question several times, each is an item of its own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations

import z3

from cati.questionnaire import ast, scope
from cati.questionnaire.checks import scale_bounds
from cati.questionnaire.model import Expression, Kind, Question, State
from cati.questionnaire.proof import moments
from cati.questionnaire.proof.gaps import UNKNOWN
from cati.questionnaire.proof.logic import (
    FALSE,
    TRUE,
    Formula,
    Term,
    all_of,
    any_of,
    at_most_one,
    exactly,
    exactly_one,
    if_then,
    no,
)
from cati.questionnaire.proof.values import Codes, Known, Number, Value, Words
from cati.questionnaire.route import AnswerKey

_KNOWN = frozenset(
    {
        Kind.SINGLE,
        Kind.GRID_ITEM,
        Kind.SCALE,
        Kind.MULTIPLE,
        Kind.INTEGER,
        Kind.DECIMAL,
        Kind.TEXT,
        Kind.NOTE,
        Kind.DATE,
        Kind.TIME,
        Kind.DURATION,
        Kind.PHONE,
        Kind.RANKING,
    }
)
#: What the screen of a whole number takes (`checks`): nine signs.
_LEAST_INTEGER, _GREATEST_INTEGER = -99_999_999, 999_999_999
#: And the one of a duration (`moments`): 9999 h 59.
_LONGEST = 9999 * 60 + 59


@dataclass(frozen=True, slots=True)
class Item:
    """One question, one time. `own` are the variables that its answer decides."""

    key: AnswerKey
    question: Question
    asked: Formula
    states: Mapping[State, Formula]  #: answered and the special states that it may be left in
    value: Value | None
    own: tuple[Formula, ...]
    domain: tuple[Formula, ...] = ()  #: what any answer keeps to, whatever was said before
    codes: Mapping[int, Formula] = field(default_factory=dict)

    @property
    def answered(self) -> Formula:
        return self.states[State.ANSWERED]

    @property
    def seen(self) -> Formula:
        """Answered, or left in a special state."""
        return any_of(*self.states.values())

    @property
    def known(self) -> Known:
        states = {**self.states, State.NOT_ASKED: no(self.asked)}
        states[State.UNANSWERED] = all_of(self.asked, no(self.seen))
        return Known(self.value, states)


def named(key: AnswerKey, part: str) -> str:
    """The name of a variable of one item."""
    question, iteration = key
    return f"{question}@{iteration}:{part}"


def item(
    question: Question, *, iteration: str = "", texts: Iterable[str] = (), ordered: bool = False
) -> Item:
    """The item. `texts` are those that its answer is compared with somewhere; `ordered`: whether something asks in
    which order its codes were given."""
    key = question.id, iteration
    offered = [State.ANSWERED, *question.specials]
    if not question.required and State.NA not in question.specials:
        offered.append(State.NA)
    states = {state: z3.Bool(named(key, state.value)) for state in offered}
    asked = z3.Bool(named(key, "asked"))
    parts = {code: z3.Bool(named(key, str(code))) for code in _codes(question)}
    value, own, domain = _value(question, key, states[State.ANSWERED], parts, tuple(texts))
    if ordered and isinstance(value, Codes):
        value, own, domain = _in_order(value, key, domain)
    return Item(
        key,
        question,
        asked,
        states,
        value,
        (*states.values(), *parts.values(), *own),
        (at_most_one(states.values()), *(if_then(state, asked) for state in states.values()), *domain),
        parts,
    )


def hidden(question: Question) -> Item:
    """A question answered by a key, at any time or never."""
    given = z3.Bool(named((question.id, ""), State.ANSWERED.value))
    return Item(
        (question.id, ""), question, given, {State.ANSWERED: given}, Words(given, other=TRUE), (given,)
    )


def _codes(question: Question) -> tuple[int, ...]:
    if question.kind is Kind.SCALE:
        low, high = scale_bounds(question)
        return tuple(range(low, high + 1))
    return tuple(choice.code for choice in question.choices)


def _value(
    question: Question,
    key: AnswerKey,
    answered: Formula,
    parts: Mapping[int, Formula],
    texts: tuple[str, ...],
) -> tuple[Value | None, tuple[Formula, ...], tuple[Formula, ...]]:
    """The value, the variables it needs beside its codes, and what they keep to."""
    match question.kind:
        case Kind.SINGLE | Kind.GRID_ITEM | Kind.SCALE:
            cases = tuple((Fraction(code), part) for code, part in parts.items())
            return Number(answered, cases), (), (if_then(answered, exactly_one(parts.values())),)
        case Kind.MULTIPLE | Kind.RANKING:
            return Codes(answered, tuple(parts.items())), (), (if_then(answered, _mentions(question, parts)),)
        case Kind.TEXT:
            return free_text(named(key, "text"), answered, texts)
        case Kind.PHONE:
            return Words(answered, other=TRUE), (), ()
        case Kind.NOTE:
            return None, (), ()
    return _measured(question, key, answered)


def _measured(
    question: Question, key: AnswerKey, answered: Formula
) -> tuple[Value, tuple[Formula, ...], tuple[Formula, ...]]:
    """What is counted rather than chosen: numbers, dates, times."""
    name = named(key, "value")
    match question.kind:
        case Kind.DATE | Kind.TIME:
            made = moments.day if question.kind is Kind.DATE else moments.minute
            moment, own, domain = made(name, answered)
            return moment, own, (domain,)
        case Kind.INTEGER | Kind.DURATION:
            least, most = (
                (0, _LONGEST) if question.kind is Kind.DURATION else (_LEAST_INTEGER, _GREATEST_INTEGER)
            )
            whole = z3.Int(name)
            found = Number(answered, free=whole, span=_span(question))
            return found, (whole,), (if_then(answered, within(whole, least, most)),)
        case Kind.DECIMAL:
            decimal = z3.Real(name)
            return Number(answered, free=decimal), (decimal,), ()
    return _not_known(question, key, answered), (), ()


def _span(question: Question) -> tuple[int, int] | None:
    """The bounds of a number, where both are written in figures."""
    match question.low, question.high:
        case Expression(tree=ast.Number(low)), Expression(tree=ast.Number(high)) if (low + high).isdigit():
            return int(low), int(high)
    return None


def within(whole: Term, least: int, most: int) -> Formula:
    """Whether a number stands between two others."""
    return all_of(whole >= least, whole <= most)


def _in_order(
    codes: Codes, key: AnswerKey, domain: tuple[Formula, ...]
) -> tuple[Codes, tuple[Formula, ...], tuple[Formula, ...]]:
    """The same codes, each with its place: the chosen ones share out the first places."""
    places = {code: z3.Int(named(key, f"{code}:place")) for code, _ in codes.chosen}
    count = z3.Sum([z3.If(when, 1, 0) for _, when in codes.chosen])
    rules = [if_then(when, within(places[code], 1, count)) for code, when in codes.chosen]
    rules += [
        if_then(all_of(one, other), places[first] != places[last])
        for (first, one), (last, other) in combinations(codes.chosen, 2)
    ]
    return Codes(codes.present, codes.chosen, places), tuple(places.values()), (*domain, *rules)


def is_known(question: Question) -> bool:
    """Whether the proof knows what this type of question takes."""
    return question.kind in _KNOWN


def _not_known(question: Question, key: AnswerKey, answered: Formula) -> Value:
    """Any value at all: what is impossible whatever the answer is impossible indeed."""
    kind = scope.of_question(question).type
    if kind == "number":
        return Number(answered, free=z3.Real(UNKNOWN + named(key, "value")))
    parts = {choice.code: z3.Bool(UNKNOWN + named(key, str(choice.code))) for choice in question.choices}
    return Codes(answered, tuple(parts.items())) if kind == "codes" else Words(answered, other=TRUE)


def free_text(
    name: str, present: Formula, texts: Iterable[str], *, closed: bool = False
) -> tuple[Words, tuple[Formula, ...], tuple[Formula, ...]]:
    """A text that is one of those it is compared with or, unless the list is closed, any other."""
    listed = tuple((text, z3.Bool(f"{name}={text}")) for text in dict.fromkeys(texts))
    parts = [part for _, part in listed]
    other = FALSE if closed else no(any_of(*parts))
    domain = if_then(present, exactly_one(parts)) if closed else at_most_one(parts)
    return Words(present, listed, other), tuple(parts), (domain,)


def _mentions(question: Question, parts: Mapping[int, Formula]) -> Formula:
    """At least one, no more than `max`, and what is exclusive alone."""
    rules = [any_of(*parts.values())]
    if question.kind is Kind.RANKING and not any(choice.when for choice in question.choices):
        rules.append(exactly(parts.values(), min(question.max_choices or len(parts), len(parts))))
    elif question.max_choices and question.max_choices < len(parts):
        rules.append(z3.AtMost(*parts.values(), question.max_choices))
    for choice in question.choices:
        if choice.exclusive:
            others = [part for code, part in parts.items() if code != choice.code]
            rules.append(if_then(parts[choice.code], no(any_of(*others))))
    return all_of(*rules)
