"""What an expression means in every interview at once: the same walk as `compiling`, towards the solver.

Whoever changes what an expression means there changes it here too; random questionnaires in the tests hold them
together.
"""

from collections.abc import Mapping
from fractions import Fraction

import z3

from cati.questionnaire import ast
from cati.questionnaire.model import State
from cati.questionnaire.proof import arithmetic, moments
from cati.questionnaire.proof.gaps import Gaps
from cati.questionnaire.proof.logic import FALSE, TRUE, Formula, all_of, any_of, choose, no
from cati.questionnaire.proof.turns import Turns
from cati.questionnaire.proof.values import (
    Codes,
    Known,
    Moment,
    Number,
    Truth,
    Value,
    Words,
    how_many,
    number,
    words,
)

Names = Mapping[str, Known]


class Meaning:
    """Reads expressions among the names known so far."""

    def __init__(self, names: Names, gaps: Gaps, turns: Turns | None = None) -> None:
        self._names = names
        self._gaps = gaps
        self._turns = turns or Turns()

    def condition(self, node: ast.Node) -> Formula:  # noqa: PLR0911  (one case for each kind of node)
        """When it is true."""
        match node:
            case ast.And(left, right):
                return all_of(self.condition(left), self.condition(right))
            case ast.Or(left, right):
                return any_of(self.condition(left), self.condition(right))
            case ast.Not(operand):
                return no(self.condition(operand))
            case ast.Compare(operator, left, right):
                return self.compare(operator, self.value(left), self.value(right))
            case ast.In():
                return self._among(node)
            case ast.Is():
                return self._state(node)
            case ast.If(test, then, otherwise):
                return choose(self.condition(test), self.condition(then), self.condition(otherwise))
        return self._truth(node)

    def value(self, node: ast.Node) -> Value:  # noqa: PLR0911  (one case for each kind of node)
        """When it has a value, and which."""
        match node:
            case ast.Number(text):
                return number(Fraction(text))
            case ast.Text(text):
                return words(text)
            case ast.Name(path):
                found = self._names[path].value
                assert found is not None, path
                return found
            case ast.Arithmetic():
                return self._arithmetic(node)
            case ast.If(test, then, otherwise):
                return self._if(self.condition(test), self.value(then), self.value(otherwise))
            case ast.Call(function) if function != "has":
                return self._call(node)
        return Truth(self.condition(node))

    def number(self, node: ast.Node) -> Number:
        found = self.value(node)
        assert isinstance(found, Number), node
        return found

    def moment(self, node: ast.Node) -> Moment:
        found = self.value(node)
        assert isinstance(found, Moment), node
        return found

    def _truth(self, node: ast.Node) -> Formula:
        match node:
            case ast.Call("has", (among, wanted)):
                return self._has(among, wanted)
        found = self.value(node)
        assert isinstance(found, Truth), node
        return found.holds

    def compare(self, operator: str, left: Value, right: Value) -> Formula:
        """Whether the comparison holds; never when a side is missing."""
        if isinstance(left, Words) and isinstance(right, Words):
            return self._compare_words(operator, left, right)
        if isinstance(left, Moment) and isinstance(right, Moment):
            return arithmetic.compare(operator, moments.number_of(left), moments.number_of(right))
        assert isinstance(left, Number)
        assert isinstance(right, Number)
        return arithmetic.compare(operator, left, right)

    def _compare_words(self, operator: str, left: Words, right: Words) -> Formula:
        present = all_of(left.present, right.present)
        if operator not in ("==", "!="):
            return all_of(present, self._order(operator, left, right))
        same = any_of(
            *(all_of(one, two) for a, one in left.cases for b, two in right.cases if a == b),
            self._both_other(left, right),
        )
        return all_of(present, same if operator == "==" else no(same))

    def _both_other(self, left: Words, right: Words) -> Formula:
        """Two free texts may be the same, and nothing here says so."""
        if z3.is_false(left.other) or z3.is_false(right.other):
            return self._unlisted(left, right)
        return all_of(left.other, right.other, self._gaps.truth("deux textes libres comparés").holds)

    def _unlisted(self, left: Words, right: Words) -> Formula:
        """A free text may also be a text of the other side that its own list does not have."""
        for free, listed in ((left, right), (right, left)):
            missing = [when for text, when in listed.cases if text not in dict(free.cases)]
            if not z3.is_false(free.other) and missing:
                unknown = self._gaps.truth("un texte libre comparé à une valeur calculée").holds
                return all_of(free.other, any_of(*missing), unknown)
        return FALSE

    def _order(self, operator: str, left: Words, right: Words) -> Formula:
        if not (z3.is_false(left.other) and z3.is_false(right.other)):
            return self._gaps.truth("l’ordre alphabétique d’un texte libre").holds
        holds = {"<": str.__lt__, "<=": str.__le__, ">": str.__gt__, ">=": str.__ge__}[operator]
        pairs = [all_of(one, two) for a, one in left.cases for b, two in right.cases if holds(a, b)]
        return any_of(*pairs)

    def _among(self, node: ast.In) -> Formula:
        member = self.value(node.member)
        if isinstance(node.among, ast.Set):
            inside = self._in_set(member, node.among)
            present = member.present
        else:
            among = self.value(node.among)
            assert isinstance(among, Codes)
            assert isinstance(member, Number)
            inside, present = _chosen(member, among), all_of(member.present, among.present)
        return all_of(present, no(inside) if node.negated else inside)

    def _in_set(self, member: Value, among: ast.Set) -> Formula:
        tests = []
        for one in among.members:
            if isinstance(one, ast.Span):
                assert isinstance(member, Number)
                tests.append(arithmetic.within(member, one.low, one.high))
            else:
                tests.append(self.compare("==", member, self.value(one)))
        return any_of(*tests)

    def _state(self, node: ast.Is) -> Formula:
        known = self._names[node.name.path]
        if known.states:
            holds = known.states.get(State(node.state), FALSE)
        else:
            assert known.value is not None
            holds = known.value.present
        return no(holds) if node.negated else holds

    def _has(self, among: ast.Node, wanted: ast.Node) -> Formula:
        codes = self.value(among)
        assert isinstance(codes, Codes)
        if isinstance(wanted, ast.Set):
            inside = [when for code, when in codes.chosen if _holds_code(wanted, code)]
            return all_of(codes.present, any_of(*inside))
        single = self.number(wanted)
        return all_of(codes.present, single.present, _chosen(single, codes))

    def _arithmetic(self, node: ast.Arithmetic) -> Number:
        left, right = self.number(node.left), self.number(node.right)
        try:
            return arithmetic.calculate(node.operator, left, right)
        except arithmetic.NotLinearError:
            what = "produit" if node.operator == "*" else "quotient"
            there = [left.present, right.present]
            if node.operator == "/":
                there.append(arithmetic.compare("!=", right, number(0)))
            return self._gaps.number(f"le {what} de deux réponses en nombre", all_of(*there))

    def _if(self, test: Formula, then: Value, otherwise: Value) -> Value:
        present = choose(test, then.present, otherwise.present)
        if isinstance(then, Truth) and isinstance(otherwise, Truth):
            return Truth(choose(test, then.holds, otherwise.holds), present)
        if isinstance(then, Number) and isinstance(otherwise, Number):
            return arithmetic.select(test, then, otherwise)
        if isinstance(then, Codes) and isinstance(otherwise, Codes):
            return _choose_codes(test, then, otherwise, present)
        if isinstance(then, Moment) and isinstance(otherwise, Moment):
            return moments.select(test, then, otherwise)
        assert isinstance(then, Words)
        assert isinstance(otherwise, Words)
        return self._choose_words(test, then, otherwise, present)

    def _choose_words(self, test: Formula, then: Words, otherwise: Words, present: Formula) -> Words:
        then, otherwise = self._listing(then, otherwise), self._listing(otherwise, then)
        cases = [(text, all_of(test, when)) for text, when in then.cases]
        cases += [(text, all_of(no(test), when)) for text, when in otherwise.cases]
        return Words(present, tuple(cases), choose(test, then.other, otherwise.other))

    def _listing(self, free: Words, beside: Words) -> Words:
        """A free text may be any text of the other side: its own list must then have it."""
        missing = {text for text, _ in beside.cases} - {text for text, _ in free.cases}
        if z3.is_false(free.other) or not missing:
            return free
        cases, other = list(free.cases), free.other
        for text in sorted(missing):
            unknown = self._gaps.truth("un texte libre comparé à une valeur calculée").holds
            cases.append((text, all_of(other, unknown)))
            other = all_of(other, no(unknown))
        return Words(free.present, tuple(cases), other)

    def _call(self, node: ast.Call) -> Value:  # noqa: PLR0911  (one case for each function)
        arguments = node.arguments
        match node.function:
            case "count":
                return self._among_turns(node) or self._count(arguments)
            case "sum":
                return self._among_turns(node) or arithmetic.total(self._numbers(arguments))
            case "min" | "max":
                least = node.function == "min"
                return self._among_turns(node) or arithmetic.extreme(self._numbers(arguments), least=least)
            case "abs":
                return arithmetic.absolute(self.number(arguments[0]))
            case "or_else":
                return self._or_else(self.value(arguments[0]), self.value(arguments[1]))
            case "rank":
                return self._rank(arguments[0], self.number(arguments[1]))
        return self._of_moments(node)

    def _of_moments(self, node: ast.Call) -> Value:
        """What dates and times are made of, or make."""
        first = node.arguments[0]
        match node.function:
            case "year":
                return moments.year(self.moment(first))
            case "month":
                return moments.month(self.moment(first))
            case "days":
                return moments.days(self.moment(first), self.moment(node.arguments[1]))
        assert node.function in ("date", "time"), node.function
        assert isinstance(first, ast.Text)
        return moments.written(first.text)

    def _count(self, arguments: tuple[ast.Node, ...]) -> Number:
        parts = [
            all_of(active, part)
            for argument in arguments
            for active, there in self._each(argument)
            for part in there.counted(argument)
        ]
        return how_many(tuple(parts))

    def counted(self, argument: ast.Node) -> list[Formula]:
        """What one argument of `count` adds: each code chosen, or a condition."""
        if isinstance(argument, ast.Name):
            found = self._names[argument.path].value
            if isinstance(found, Codes):
                return [all_of(found.present, when) for _, when in found.chosen]
        return [self.condition(argument)]

    def _numbers(self, arguments: tuple[ast.Node, ...]) -> list[Number]:
        found = [
            (active, there.number(argument))
            for argument in arguments
            for active, there in self._each(argument)
        ]
        return [Number(all_of(active, one.present), one.cases, one.free) for active, one in found]

    def _each(self, argument: ast.Node) -> list[tuple[Formula, "Meaning"]]:
        """One argument of an aggregate, once for each turn of what it reads inside a loop."""
        loops = self._turns.read(argument)
        if not loops:
            return [(TRUE, self)]
        rows = self._turns.seen(loops)
        # What stands around the loop is read as it is now, not as it was in its turns.
        return [
            (row.active, Meaning({**row.names, **self._names}, self._gaps, self._turns.at(loops, row)))
            for row in rows
        ]

    def _among_turns(self, node: ast.Call) -> Number | None:
        """A number that nothing is known of, where a loop that is not looked into takes part."""
        read = {loop for argument in node.arguments for loop in self._turns.read(argument)}
        aside = sorted(read & {*self._turns.aside})
        if not aside:
            return None
        message = f"un calcul sur les tours de la boucle {aside[0]}"
        there = TRUE if node.function in ("count", "sum") else self._gaps.truth(message).holds
        return self._gaps.number(message, there)

    def _rank(self, among: ast.Node, wanted: Number) -> Number:
        """The place of a code among those chosen; missing when it is not one of them."""
        codes = self.value(among)
        assert isinstance(codes, Codes)
        present = all_of(codes.present, wanted.present, _chosen(wanted, codes))
        if wanted.free is not None or any(int(code) not in codes.places for code, _ in wanted.cases):
            return self._gaps.number("le rang d’une réponse", present)
        found = Number(TRUE, free=z3.IntVal(0))
        for code, when in wanted.cases:
            found = arithmetic.select(when, Number(TRUE, free=codes.places[int(code)]), found)
        return Number(present, free=found.term)

    def _or_else(self, first: Value, fallback: Value) -> Value:
        if z3.is_true(first.present):
            return first
        return self._if(first.present, first, fallback)


def _chosen(member: Number, among: Codes) -> Formula:
    tests = [all_of(when, arithmetic.compare("==", member, number(code))) for code, when in among.chosen]
    return any_of(*tests)


def _holds_code(wanted: ast.Set, code: int) -> bool:
    for one in wanted.members:
        if isinstance(one, ast.Span):
            if one.low <= code <= one.high:
                return True
        elif isinstance(one, ast.Number) and Fraction(one.text) == code:
            return True
    return False


def _choose_codes(test: Formula, then: Codes, otherwise: Codes, present: Formula) -> Codes:
    mine, other = dict(then.chosen), dict(otherwise.chosen)
    chosen = [
        (code, choose(test, mine.get(code, FALSE), other.get(code, FALSE))) for code in {**mine, **other}
    ]
    return Codes(present, tuple(chosen))
