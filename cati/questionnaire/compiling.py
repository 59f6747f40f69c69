"""From the tree to Python source. Two values only: a comparison with anything missing is false; arithmetic with
anything missing is missing. The same walk checks the types, so what compiles is well typed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from cati.questionnaire import ast, moments
from cati.questionnaire.expressions import ExpressionError

Type = Literal["boolean", "number", "text", "date", "time", "codes", "nothing"]

_FRENCH_TYPE = {
    "boolean": "un oui/non",
    "number": "un nombre",
    "text": "un texte",
    "date": "une date",
    "time": "une heure",
    "codes": "plusieurs choix",
    "nothing": "une note, sans valeur",
}
_WIDEST_TUPLE = 20  # wider spans are tested as a range


@dataclass(frozen=True, slots=True)
class Rows:
    """The turns of a loop seen from outside it: a list of rows, and the variables that each row gives back."""

    code: str
    loops: tuple[str, ...]  #: the loop, after those around it
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Variable:
    """How a name is read in the generated source. `state` reads its state; `certain`: it always has a value; `rows`:
    it has one value for each turn of a loop, and only count, sum, min and max may read it."""

    code: str
    type: Type
    state: str | None = None
    certain: bool = False
    rows: Rows | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """Source of a value, good only where every guard is true."""

    code: str
    type: Type
    guards: tuple[str, ...] = ()

    @property
    def or_none(self) -> str:
        return f"({self.code} if {' and '.join(self.guards)} else None)" if self.guards else self.code


Names = Mapping[str, Variable]


def condition(node: ast.Node, names: Names) -> str:  # noqa: PLR0911  (one case for each kind of node)
    """Source that is true or false, never missing. Raises ExpressionError on a wrong type or an unknown name."""
    match node:
        case ast.And(left, right):
            return f"({condition(left, names)} and {condition(right, names)})"
        case ast.Or(left, right):
            return f"({condition(left, names)} or {condition(right, names)})"
        case ast.Not(operand):
            return f"(not {condition(operand, names)})"
        case ast.Compare():
            return _compare(node, names)
        case ast.In():
            return _among(node, names)
        case ast.Is():
            return _state(node, names)
        case ast.If(test, then, otherwise):
            parts = condition(then, names), condition(test, names), condition(otherwise, names)
            return f"({parts[0]} if {parts[1]} else {parts[2]})"
    return _truth(node, names)


def value(node: ast.Node, names: Names) -> Piece:  # noqa: PLR0911  (one case for each kind of node)
    """Source of a value and when it is good. Raises ExpressionError on a wrong type or an unknown name."""
    match node:
        case ast.Number(text):
            return Piece(text if text.isdigit() else f"Decimal({text!r})", "number")
        case ast.Text(text):
            return Piece(repr(text), "text")
        case ast.Name():
            return _name(node, names)
        case ast.Arithmetic():
            return _arithmetic(node, names)
        case ast.If():
            return _if(node, names)
        case ast.Call(function) if function != "has":
            return _call(node, names)
        case ast.Set():
            raise ExpressionError("un ensemble { … } ne se lit qu’après « in »")
    return Piece(f"bool({condition(node, names)})", "boolean")


def type_of(node: ast.Node, names: Names) -> Type:
    return value(node, names).type


def _truth(node: ast.Node, names: Names) -> str:
    if isinstance(node, ast.Call) and node.function == "has":
        return _has(node, names)
    piece = value(node, names)
    if piece.type != "boolean":
        raise ExpressionError(f"une condition est attendue, pas {_FRENCH_TYPE[piece.type]}")
    # A missing boolean is None, which is false by itself.
    return f"({' and '.join((*piece.guards, piece.code))})" if piece.guards else piece.code


def _compare(node: ast.Compare, names: Names) -> str:
    left, right = value(node.left, names), value(node.right, names)
    for piece in (left, right):
        if piece.type == "boolean":
            raise ExpressionError("un oui/non ne se compare pas : écrivez-le seul, ou avec « not »")
        if piece.type == "codes":
            raise ExpressionError("un choix multiple ne se compare pas : écrivez « 3 in Q » ou « count(Q) »")
    if left.type != right.type:
        raise ExpressionError(f"on ne compare pas {_FRENCH_TYPE[left.type]} et {_FRENCH_TYPE[right.type]}")
    test = f"{left.code} {node.operator} {right.code}"
    return f"({' and '.join((*left.guards, *right.guards, test))})"


def _among(node: ast.In, names: Names) -> str:
    member = value(node.member, names)
    operator = "not in" if node.negated else "in"
    if isinstance(node.among, ast.Set):
        if member.type not in ("number", "text"):
            raise ExpressionError(f"« in {{ … }} » s’applique à un code, pas à {_FRENCH_TYPE[member.type]}")
        return f"({' and '.join((*member.guards, _in_set(member, node.among, operator)))})"
    among = value(node.among, names)
    if among.type != "codes" or member.type != "number":
        raise ExpressionError("« in » attend un ensemble { … } ou une question à choix multiple")
    return f"({' and '.join((*member.guards, *among.guards, f'{member.code} {operator} {among.code}'))})"


def _in_set(member: Piece, among: ast.Set, operator: str) -> str:
    singles, spans = _members(among, member.type)
    ranges = [f"range({span.low}, {span.high + 1})" for span in spans]
    places = ([f"({', '.join(singles)},)"] if singles else []) + ranges
    tests = [f"{member.code} {operator} {place}" for place in places]
    return f"({(' or ' if operator == 'in' else ' and ').join(tests)})"


def _members(among: ast.Set, wanted: Type) -> tuple[list[str], list[ast.Span]]:
    singles: list[str] = []
    spans: list[ast.Span] = []
    for member in among.members:
        if (isinstance(member, ast.Text)) != (wanted == "text"):
            raise ExpressionError(f"l’ensemble devrait contenir {_FRENCH_TYPE[wanted]}")
        match member:
            case ast.Span(low, high) if high - low < _WIDEST_TUPLE:
                singles += [str(code) for code in range(low, high + 1)]
            case ast.Span():
                spans.append(member)
            case ast.Number() | ast.Text():
                singles.append(value(member, {}).code)
    return singles, spans


def _state(node: ast.Is, names: Names) -> str:
    variable = _variable(node.name, names)
    if variable.state is None:
        if node.state != "answered":
            raise ExpressionError(f"« {node.name.path} » n’a pas d’état : seul « is answered » s’y applique")
        return f"({variable.code} is {'' if node.negated else 'not '}None)"
    return f"({variable.state} {'!=' if node.negated else '=='} {node.state!r})"


def _variable(node: ast.Name, names: Names) -> Variable:
    if node.path not in names:
        raise ExpressionError(f"nom inconnu ici : « {node.path} »")
    variable = names[node.path]
    if variable.rows:
        message = f"« {node.path} » a une valeur par tour de « {variable.rows.loops[-1]} »"
        raise ExpressionError(f"{message} : à lire dans count, sum, min ou max")
    return variable


def _name(node: ast.Name, names: Names) -> Piece:
    variable = _variable(node, names)
    if variable.type == "nothing":
        raise ExpressionError(f"« {node.path} » n’a pas de valeur")
    guards = () if variable.certain or variable.type == "boolean" else (f"{variable.code} is not None",)
    return Piece(variable.code, variable.type, guards)


def _arithmetic(node: ast.Arithmetic, names: Names) -> Piece:
    left, right = _numeric(node.left, names), _numeric(node.right, names)
    guards = (*left.guards, *right.guards)
    if node.operator == "/":
        return Piece(f"(Decimal({left.code}) / {right.code})", "number", (*guards, f"{right.code} != 0"))
    return Piece(f"({left.code} {node.operator} {right.code})", "number", guards)


def _numeric(node: ast.Node, names: Names) -> Piece:
    piece = value(node, names)
    if piece.type != "number":
        raise ExpressionError(f"on ne calcule pas avec {_FRENCH_TYPE[piece.type]}")
    return piece


def _if(node: ast.If, names: Names) -> Piece:
    test = condition(node.condition, names)
    then, otherwise = value(node.then, names), value(node.otherwise, names)
    if then.type != otherwise.type:
        raise ExpressionError("« then » et « else » doivent être du même type")
    code = f"({then.code} if {test} else {otherwise.code})"
    if not then.guards and not otherwise.guards:
        return Piece(code, then.type)
    sides = [" and ".join(piece.guards) or "True" for piece in (then, otherwise)]
    return Piece(code, then.type, (f"(({sides[0]}) if {test} else ({sides[1]}))",))


def _call(node: ast.Call, names: Names) -> Piece:
    return _CALLS.get(node.function, _wording)(node, names)


def _counted(node: ast.Call, names: Names) -> Piece:
    return Piece(_count(node.arguments, names), "number")


def _sum(node: ast.Call, names: Names) -> Piece:
    return Piece(f"total({_terms(node.arguments, names, _term)})", "number")


def _extreme(node: ast.Call, names: Names) -> Piece:
    call = f"{node.function}imum({_terms(node.arguments, names, _term)})"
    return Piece(call, "number", (f"{call} is not None",))


def _abs(node: ast.Call, names: Names) -> Piece:
    piece = _numeric(node.arguments[0], names)
    return Piece(f"abs({piece.code})", "number", piece.guards)


def _count(arguments: tuple[ast.Node, ...], names: Names) -> str:
    if any(_turning(argument, names) for argument in arguments):
        return f"total({_terms(arguments, names, _counted_once)})"
    return "(" + " + ".join(_counted_once(argument, names) for argument in arguments) + ")"


def _counted_once(argument: ast.Node, names: Names) -> str:
    """What one argument of `count` adds: the codes chosen, or 1 where a condition holds."""
    if isinstance(argument, ast.Name) and _variable(argument, names).type == "codes":
        return f"len({_variable(argument, names).code} or ())"
    return f"bool({condition(argument, names)})"


def _term(argument: ast.Node, names: Names) -> str:
    return _numeric(argument, names).or_none


def _terms(arguments: tuple[ast.Node, ...], names: Names, source: Callable[[ast.Node, Names], str]) -> str:
    return ", ".join(_each(argument, names, source) for argument in arguments)


def _each(argument: ast.Node, names: Names, source: Callable[[ast.Node, Names], str]) -> str:
    """One argument of an aggregate; what it reads inside a loop makes it as many terms as there are turns."""
    turning = _turning(argument, names)
    if not turning:
        return source(argument, names)
    deepest = max(turning, key=lambda rows: len(rows.loops))
    if any(rows.loops != deepest.loops[: len(rows.loops)] for rows in turning):
        raise ExpressionError("un même calcul ne lit pas deux boucles qui tournent l’une à côté de l’autre")
    inside = {
        name: replace(each, rows=None) if each.rows in turning else each for name, each in names.items()
    }
    return f"*[{source(argument, inside)} for {', '.join(deepest.columns)}, in {deepest.code}]"


def _turning(argument: ast.Node, names: Names) -> frozenset[Rows]:
    found = (names[name].rows for name in ast.names(argument) if name in names)
    return frozenset(rows for rows in found if rows)


def _or_else(node: ast.Call, names: Names) -> Piece:
    first, fallback = value(node.arguments[0], names), value(node.arguments[1], names)
    if first.type != fallback.type:
        raise ExpressionError("les deux valeurs de « or_else » doivent être du même type")
    if first.type == "boolean":
        # A yes or no has no guard: where it is missing, it is None.
        return Piece(f"({first.code} if {first.code} is not None else {fallback.code})", first.type)
    if not first.guards:
        return first
    there = " and ".join(first.guards)
    # One of the two is enough.
    guards = (f"(({there}) or ({' and '.join(fallback.guards)}))",) if fallback.guards else ()
    return Piece(f"({first.code} if {there} else {fallback.code})", first.type, guards)


def _moment(node: ast.Call, _names: Names) -> Piece:
    """`date("2026-01-31")`, `time("18:40")`: a date or a time written out."""
    argument, kind = node.arguments[0], node.function
    is_one = moments.is_date if kind == "date" else moments.is_time
    if not isinstance(argument, ast.Text) or not is_one(argument.text):
        form = "AAAA-MM-JJ" if kind == "date" else "HH:MM"
        raise ExpressionError(f"« {kind} » attend {_FRENCH_TYPE[_MOMENT[kind]]} entre guillemets ({form})")
    return Piece(repr(argument.text), _MOMENT[kind])


_MOMENT: dict[str, Type] = {"date": "date", "time": "time"}
_PART = {"year": "[:4]", "month": "[5:7]"}


def _part(node: ast.Call, names: Names) -> Piece:
    piece = _dated(node.arguments[0], names, node.function)
    return Piece(f"int({piece.code}{_PART[node.function]})", "number", piece.guards)


def _days(node: ast.Call, names: Names) -> Piece:
    first, last = (_dated(argument, names, "days") for argument in node.arguments)
    return Piece(f"days_between({first.code}, {last.code})", "number", (*first.guards, *last.guards))


def _dated(argument: ast.Node, names: Names, function: str) -> Piece:
    piece = value(argument, names)
    if piece.type != "date":
        raise ExpressionError(f"« {function} » attend une date, pas {_FRENCH_TYPE[piece.type]}")
    return piece


def _rank(node: ast.Call, names: Names) -> Piece:
    """The place of a code in a ranking or among the mentions, from 1; missing when it is not there."""
    among, code = value(node.arguments[0], names), _numeric(node.arguments[1], names)
    if among.type != "codes":
        raise ExpressionError("« rank » attend d’abord un classement ou une question à choix multiple")
    guards = (*among.guards, *code.guards, f"{code.code} in {among.code}")
    return Piece(f"({among.code}.index({code.code}) + 1)", "number", guards)


def _wording(node: ast.Call, names: Names) -> Piece:
    argument = node.arguments[0]
    if node.function == "civility":
        piece = value(argument, names)
        return Piece(f"civility({piece.or_none} or '')", "text")
    if not isinstance(argument, ast.Name):
        raise ExpressionError(f"« {node.function} » attend le nom d’une question")
    variable = _variable(argument, names)
    if (node.function == "labels") != (variable.type == "codes"):
        raise ExpressionError("« label » s’applique à une réponse, « labels » à plusieurs")
    return Piece(
        f"{node.function}({argument.path!r}, {variable.code})", "text", (f"{variable.code} is not None",)
    )


def _has(node: ast.Call, names: Names) -> str:
    among, wanted = node.arguments
    piece = value(among, names)
    if piece.type != "codes":
        raise ExpressionError("« has » attend d’abord une question à choix multiple")
    members = wanted if isinstance(wanted, ast.Set) else None
    if members is None:
        single = _numeric(wanted, names)
        return f"({' and '.join((*piece.guards, *single.guards, f'{single.code} in {piece.code}'))})"
    test = f"any({_in_set(Piece('one', 'number'), members, 'in')} for one in {piece.code})"
    return f"({' and '.join((*piece.guards, test))})"


_CALLS: dict[str, Callable[[ast.Call, Names], Piece]] = {
    "count": _counted,
    "sum": _sum,
    "min": _extreme,
    "max": _extreme,
    "abs": _abs,
    "or_else": _or_else,
    "date": _moment,
    "time": _moment,
    "year": _part,
    "month": _part,
    "days": _days,
    "rank": _rank,
}


def total(*terms: int | Decimal | None) -> int | Decimal:
    """The sum of what is there; 0 when nothing is."""
    return sum(term for term in terms if term is not None)


def minimum(*terms: int | Decimal | None) -> int | Decimal | None:
    return min((term for term in terms if term is not None), default=None)


def maximum(*terms: int | Decimal | None) -> int | Decimal | None:
    return max((term for term in terms if term is not None), default=None)
