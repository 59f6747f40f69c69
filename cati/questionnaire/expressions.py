"""The expression language: from text to the tree. Errors say, in French, where and what was expected."""

from functools import lru_cache
from typing import Any

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedInput, UnexpectedToken
from lark.exceptions import VisitError

from cati.questionnaire import ast

#: Functions, with how many arguments they take (None: one or more).
FUNCTIONS: dict[str, int | None] = {
    "count": None,
    "sum": None,
    "min": None,
    "max": None,
    "abs": 1,
    "has": 2,
    "or_else": 2,
    "year": 1,
    "month": 1,
    "date": 1,
    "time": 1,
    "days": 2,
    "rank": 2,
    "label": 1,
    "labels": 1,
    "civility": 1,
}
#: Functions that make texts: only fills may call them.
TEXT_FUNCTIONS = frozenset({"label", "labels", "civility"})
STATES = ("answered", "dk", "refused", "na", "unanswered", "not_asked")

_GRAMMAR = r"""
?start: choice
?choice: "if" choice "then" choice "else" choice -> if_
    | disjunction
?disjunction: disjunction "or" conjunction -> or_
    | conjunction
?conjunction: conjunction "and" negation -> and_
    | negation
?negation: "not" negation -> not_
    | comparison
?comparison: sum OPERATOR sum -> compare
    | sum "in" among -> in_
    | sum "not" "in" among -> not_in
    | NAME "is" NAME -> is_
    | NAME "is" "not" NAME -> is_not
    | sum
?among: set | NAME -> name
set: "{" [member ("," member)*] "}"
?member: INTEGER ".." INTEGER -> span
    | number | STRING -> text
?sum: sum (PLUS | MINUS) product -> arithmetic
    | product
?product: product TIMES unary -> arithmetic
    | unary
?unary: MINUS unary -> negative
    | atom
?atom: number | STRING -> text
    | NAME -> name
    | NAME "(" [argument ("," argument)*] ")" -> call
    | "(" choice ")"
?argument: choice | set
!number: INTEGER | DECIMAL
OPERATOR: "==" | "!=" | "<=" | ">=" | "<" | ">"
PLUS: "+"
MINUS: "-"
TIMES: "*" | "/"
DECIMAL.2: /\d+\.\d+/
INTEGER: /\d+/
STRING: /"[^"\n]*"|'[^'\n]*'/
NAME: /[A-Za-z_]\w*(\.[A-Za-z_]\w*)*/
%import common.WS
%ignore WS
"""


class ExpressionError(Exception):
    """An expression that cannot be read: `str()` is the French sentence, `column` counts from 1."""

    def __init__(self, message: str, column: int = 1) -> None:
        super().__init__(message)
        self.column = column


@lru_cache(maxsize=4096)
def parse(source: str) -> ast.Node:
    """The tree of an expression. Raises ExpressionError."""
    try:
        return _Builder().transform(_parser().parse(source))
    except VisitError as error:
        if isinstance(error.orig_exc, ExpressionError):
            raise error.orig_exc from None
        raise
    except UnexpectedInput as error:
        raise ExpressionError(_explain(error, source), max(error.column, 1)) from None


@lru_cache(maxsize=1)
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr", lexer="basic", maybe_placeholders=False)


def _explain(error: UnexpectedInput, source: str) -> str:
    if isinstance(error, UnexpectedCharacters):
        character = source[error.pos_in_stream or 0]
        hint = " ; l’égalité s’écrit « == »" if character == "=" else ""
        return f"caractère « {character} » inattendu en colonne {error.column}{hint}"
    if isinstance(error, UnexpectedToken) and error.token.type != "$END":
        return f"« {error.token} » inattendu en colonne {error.column}"
    return "l’expression s’arrête trop tôt"


class _Builder(Transformer[Token, ast.Node]):
    """One method per rule of the grammar; their names are the grammar's."""

    def number(self, parts: list[Token]) -> ast.Node:
        return ast.Number(str(parts[0]))

    def text(self, parts: list[Token]) -> ast.Node:
        return ast.Text(str(parts[0])[1:-1])

    def name(self, parts: list[Token]) -> ast.Node:
        return ast.Name(str(parts[0]))

    def span(self, parts: list[Token]) -> Any:
        low, high = int(parts[0]), int(parts[1])
        if low > high:
            raise ExpressionError(f"intervalle à l’envers : {low}..{high}", parts[0].column or 1)
        return ast.Span(low, high)

    def set(self, parts: list[Any]) -> ast.Node:
        return ast.Set(tuple(parts))

    def arithmetic(self, parts: list[Any]) -> ast.Node:
        return ast.Arithmetic(str(parts[1]), parts[0], parts[2])

    def negative(self, parts: list[Any]) -> ast.Node:
        return ast.Arithmetic("-", ast.Number("0"), parts[1])

    def compare(self, parts: list[Any]) -> ast.Node:
        return ast.Compare(str(parts[1]), parts[0], parts[2])

    def in_(self, parts: list[ast.Node]) -> ast.Node:
        return ast.In(parts[0], parts[1])

    def not_in(self, parts: list[ast.Node]) -> ast.Node:
        return ast.In(parts[0], parts[1], negated=True)

    def is_(self, parts: list[Token]) -> ast.Node:
        return _state_test(parts, negated=False)

    def is_not(self, parts: list[Token]) -> ast.Node:
        return _state_test(parts, negated=True)

    def not_(self, parts: list[ast.Node]) -> ast.Node:
        return ast.Not(parts[0])

    def and_(self, parts: list[ast.Node]) -> ast.Node:
        return ast.And(parts[0], parts[1])

    def or_(self, parts: list[ast.Node]) -> ast.Node:
        return ast.Or(parts[0], parts[1])

    def if_(self, parts: list[ast.Node]) -> ast.Node:
        return ast.If(parts[0], parts[1], parts[2])

    def call(self, parts: list[Any]) -> ast.Node:
        name, arguments = str(parts[0]), tuple(parts[1:])
        if name not in FUNCTIONS:
            raise ExpressionError(f"fonction inconnue : « {name} »", parts[0].column or 1)
        wanted = FUNCTIONS[name]
        if not arguments or (wanted is not None and len(arguments) != wanted):
            raise ExpressionError(
                f"« {name} » attend {wanted or 'au moins 1'} argument(s), pas {len(arguments)}",
                parts[0].column or 1,
            )
        return ast.Call(name, arguments)


def _state_test(parts: list[Token], *, negated: bool) -> ast.Node:
    state = str(parts[1])
    if state not in STATES:
        raise ExpressionError(
            f"état inconnu : « {state} » (connus : {', '.join(STATES)})", parts[1].column or 1
        )
    return ast.Is(ast.Name(str(parts[0])), state, negated)
