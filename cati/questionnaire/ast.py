"""The one syntax tree of the expression language: read by the compiler, the sentences and the lint (and any solver)."""

from collections.abc import Iterator
from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Number:
    """A literal number, kept as written so that decimals stay exact."""

    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """A literal text."""

    text: str


@dataclass(frozen=True, slots=True)
class Name:
    """A question, a computed value, `sample.x`, `facts.x`, `alert.x`, `call.x`, `contact.x` or `alerts`."""

    path: str

    @property
    def root(self) -> str:
        return self.path.partition(".")[0]

    @property
    def leaf(self) -> str:
        return self.path.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Span:
    """`1..4`: every whole number from low to high, both included."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Set:
    """`{1..4, 7}`."""

    members: tuple["Number | Text | Span", ...]


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """A missing operand makes the whole missing, and so does a division by zero."""

    operator: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Compare:
    """True only when both sides are values and the comparison holds."""

    operator: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class In:
    """`A1 in {3, 4}` (one code among several) or `95 in J1` (a code among those chosen); false when either is missing,
    negated or not."""

    member: "Node"
    among: "Node"
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Is:
    """`L1 is dk`, `sample.x is answered`."""

    name: Name
    state: str
    negated: bool


@dataclass(frozen=True, slots=True)
class Not:
    operand: "Node"


@dataclass(frozen=True, slots=True)
class And:
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Or:
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Call:
    function: str
    arguments: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class If:
    condition: "Node"
    then: "Node"
    otherwise: "Node"


Node = Number | Text | Name | Set | Arithmetic | Compare | In | Is | Not | And | Or | Call | If


def walk(node: Node) -> Iterator[Node]:
    """The node and everything under it, from the top down."""
    yield node
    for field in fields(node):
        part = getattr(node, field.name)
        for child in part if isinstance(part, tuple) else (part,):
            if isinstance(child, Node):
                yield from walk(child)


def names(node: Node) -> tuple[str, ...]:
    """Every name read, once each, in order of first mention."""
    return tuple(dict.fromkeys(part.path for part in walk(node) if isinstance(part, Name)))
