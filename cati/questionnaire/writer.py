"""What the source of a route is written into, line by line, and how it names what it tells."""

from dataclasses import dataclass, field

from cati.questionnaire import scope
from cati.questionnaire.compiling import Names, Variable
from cati.questionnaire.model import Block, Check, Question, Questionnaire

_INDENT = "    "


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One item that turns as a whole: a question, a grid or a block, as the ids of its questions."""

    name: str  #: of the question, the grid, the loop or the block: what its place is drawn by
    members: tuple[str, ...]


@dataclass(slots=True)
class Generated:
    """The source of `route`, the checks by their number in it, and what turns."""

    source: str
    checks: tuple[tuple[Check, str], ...]
    turning: dict[str, tuple[Unit, ...]]


@dataclass(slots=True)
class Writer:
    questionnaire: Questionnaire
    names: dict[str, Variable]
    read: frozenset[str]  #: the names that any expression reads
    states: frozenset[str]  #: the names whose state is tested
    lines: list[str] = field(default_factory=list)
    checks: list[tuple[Check, str]] = field(default_factory=list)
    turning: dict[str, tuple[Unit, ...]] = field(default_factory=dict)
    alerts_done: bool = False
    standing: dict[str, scope.Standing] = field(default_factory=dict)  #: what stands in loops
    loops: tuple[str, ...] = ()  #: those being written

    def line(self, text: str, depth: int = 1) -> None:
        self.lines.append(_INDENT * (depth + len(self.loops)) + text)

    @property
    def seen(self) -> Names:
        """The names known so far, as the place being written reads them."""
        return scope.seen_from(self.names, self.loops, self.standing)


def iteration(writer: Writer, block: Block, question: Question) -> str:
    if block.each_call:
        return "each" if question.on_redial else "again"
    return f"at_{writer.loops[-1]}" if writer.loops else "''"


def known_as(writer: Writer, name: str) -> str:
    """Source of the name under which the route tells an answer or a value: see `route.instance`."""
    return f"{name + '#'!r} + at_{writer.loops[-1]}" if writer.loops else repr(name)
