"""What an expression means in every interview at once: the same walk as `compiling`, towards the solver.

Whoever changes what an expression means there changes it here too; random questionnaires in the tests hold them
together.
"""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction

import z3

from cati.questionnaire import ast
from cati.questionnaire.model import State
from cati.questionnaire.proof import arithmetic
from cati.questionnaire.proof.gaps import Gaps
from cati.questionnaire.proof.logic import FALSE, TRUE, Formula, all_of, any_of, choose, no
from cati.questionnaire.proof.values import (
    Codes,
    Known,
    Number,
    Truth,
    Value,
    Words,
    counted,
    how_many,
    number,
    words,
)

Names = Mapping[str, Known]


class Meaning:
    """Reads expressions among the names known so far."""

    def __init__(self, names: Names, gaps: Gaps) -> None:
        self._names = names
        self._gaps = gaps

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
                return self._compare(operator, self.value(left), self.value(right))
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

    def _truth(self, node: ast.Node) -> Formula:
        match node:
            case ast.Call("has", (among, wanted)):
                return self._has(among, wanted)
        found = self.value(node)
        assert isinstance(found, Truth), node
        return found.holds

    def _compare(self, operator: str, left: Value, right: Value) -> Formula:
        if isinstance(left, Words) and isinstance(right, Words):
            return self._compare_words(operator, left, right)
        assert isinstance(left, Number)
        assert isinstance(right, Number)
        return arithmetic.compare(operator, left, right)

    def _compare_words(self, operator: str, left: Words, right: Words) -> Formula:
        present = all_of(left.present, right.present)
        if left.day is not None or right.day is not None:
            days = _day(left), _day(right)
            if None not in days:
                return all_of(
                    present, arithmetic.compare(operator, *[Number(TRUE, free=day) for day in days])
                )
            return all_of(
                present, self._gaps.truth("une date comparée à un texte qui n’en est pas une").holds
            )
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
                tests.append(self._compare("==", member, self.value(one)))
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
        assert isinstance(then, Words)
        assert isinstance(otherwise, Words)
        return self._choose_words(test, then, otherwise, present)

    def _choose_words(self, test: Formula, then: Words, otherwise: Words, present: Formula) -> Words:
        if then.day is not None or otherwise.day is not None:
            days = _day(then), _day(otherwise)
            if None not in days:
                return Words(present, day=z3.If(test, *days))
            self._gaps.note("une date ou un texte, selon le cas")
            return Words(present, other=TRUE)
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
                return self._count(arguments)
            case "sum":
                return arithmetic.total([self.number(one) for one in arguments])
            case "min" | "max":
                return arithmetic.extreme(
                    [self.number(one) for one in arguments], least=node.function == "min"
                )
            case "abs":
                return arithmetic.absolute(self.number(arguments[0]))
            case "or_else":
                return self._or_else(self.value(arguments[0]), self.value(arguments[1]))
            case "year":
                return self._year(self.value(arguments[0]))
        assert node.function == "date", node.function
        return self.value(arguments[0])

    def _count(self, arguments: tuple[ast.Node, ...]) -> Number:
        if len(arguments) == 1 and isinstance(arguments[0], ast.Name):
            found = self._names[arguments[0].path].value
            if isinstance(found, Codes):
                return counted(found)
        return how_many(tuple(self.condition(argument) for argument in arguments))

    def _or_else(self, first: Value, fallback: Value) -> Value:
        if z3.is_true(first.present):
            return first
        return self._if(first.present, first, fallback)

    def _year(self, text: Value) -> Number:
        assert isinstance(text, Words)
        if text.day is not None:
            # Whole division: yyyymmdd without its month and day.
            return Number(text.present, free=text.day / 10000)
        if z3.is_false(text.other):
            years = [(Fraction(int(one[:4])), when) for one, when in text.cases if one[:4].isdecimal()]
            return Number(all_of(text.present, any_of(*(when for _, when in years))), tuple(years))
        there = self._gaps.truth("l’année d’un texte libre").holds
        return self._gaps.number("l’année d’un texte libre", all_of(text.present, there))


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


def _day(text: Words) -> object:
    """A text as yyyymmdd, when it is surely a date."""
    if text.day is not None:
        return text.day
    if len(text.cases) == 1 and z3.is_true(text.cases[0][1]) and z3.is_false(text.other):
        try:
            day = date.fromisoformat(text.cases[0][0])
        except ValueError:
            return None
        if len(text.cases[0][0]) == len("2026-03-02"):  # the short form is a date too, and sorts otherwise
            return z3.IntVal(day.year * 10000 + day.month * 100 + day.day)
    return None
