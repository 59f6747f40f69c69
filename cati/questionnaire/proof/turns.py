"""Loops, turn by turn: what stands in them, seen from inside a turn and from outside, and what is told of them all."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from cati.questionnaire import ast
from cati.questionnaire.model import Loop
from cati.questionnaire.proof.defects import Defect, Flaw
from cati.questionnaire.proof.logic import Formula
from cati.questionnaire.proof.values import Known
from cati.questionnaire.scope import Standing

#: A defect even when one turn alone has it.
_OF_ANY_TURN = frozenset(
    {Flaw.DEAD_END, Flaw.DEAD_END_FOR_SOME, Flaw.NO_VALUE, Flaw.ALWAYS_ENDS, Flaw.TURNS_CUT}
)

Turn = tuple[int, ...]  #: of a loop, after those of the loops around it


@dataclass(frozen=True, slots=True)
class Row:
    """What one turn of a loop left behind: whether it took place, and the names known in it."""

    turn: Turn
    active: Formula
    names: Mapping[str, Known]


@dataclass(slots=True)
class Turns:
    """Every loop, as far as the walk has come. `loops` and `turn`: those under way."""

    standing: Mapping[str, Standing] = field(default_factory=dict)
    rows: dict[str, list[Row]] = field(default_factory=dict)
    aside: dict[str, Loop] = field(default_factory=dict)  #: those that are not looked into
    loops: tuple[str, ...] = ()
    turn: Turn = ()

    @property
    def iteration(self) -> str:
        """The turn as a route names it."""
        return ".".join(str(rank) for rank in self.turn)

    @property
    def behind(self) -> set[str]:
        """The names that stand in loops already walked."""
        done = {*self.rows, *self.aside} - {*self.loops}
        return {name for name, each in self.standing.items() if each.loops[-1] in done}

    def read(self, node: ast.Node) -> tuple[str, ...]:
        """The innermost loop that an expression reads as a whole, after those around it; empty when there is none."""
        found = [self.standing[name].loops for name in ast.names(node) if name in self.standing]
        turning = [loops for loops in found if loops != self.loops[: len(loops)]]
        return max(turning, key=len, default=())

    def seen(self, loops: tuple[str, ...]) -> list[Row]:
        """The turns of a loop as the place being read sees them: those of the turn under way around it."""
        shared = next((n for n, (a, b) in enumerate(zip(loops, self.loops, strict=False)) if a != b), None)
        depth = min(len(loops), len(self.loops)) if shared is None else shared
        return [row for row in self.rows.get(loops[-1], []) if row.turn[:depth] == self.turn[:depth]]

    def leave(self, loop: Loop, row: Row, inner: Sequence[str]) -> None:
        """Keeps what a turn leaves behind; its inner turns are then seen beside all that it has said."""
        self.rows[loop.id].append(row)
        for name in inner:
            self.rows[name] = [
                replace(each, names={**each.names, **row.names}) if each.turn[:-1] == row.turn else each
                for each in self.rows.get(name, [])
            ]

    def at(self, loops: tuple[str, ...], row: Row) -> "Turns":
        """The same, seen from one turn."""
        return Turns(self.standing, self.rows, self.aside, loops, row.turn)


@dataclass(slots=True)
class Told:
    """Defects of questions in loops, turn by turn."""

    asked: dict[str, set[str]] = field(default_factory=dict)  #: in which turns each question was looked at
    closed: dict[str, set[str]] = field(default_factory=dict)  #: turns that nobody comes to, by question
    refusing: set[str] = field(default_factory=set)  #: hard checks that refuse every value of some turn
    found: list[tuple[str, Defect]] = field(default_factory=list)

    def defects(self) -> Iterable[Defect]:
        """What is wrong in every turn that can take place, once; a dead end even in one."""
        together: dict[tuple[Flaw, str, str], tuple[Defect, set[str]]] = {}
        for turn, defect in self.found:
            together.setdefault((defect.flaw, defect.key, defect.message), (defect, set()))[1].add(turn)
        for defect, turns in together.values():
            looked_at = self.asked.get(defect.key.partition(".")[0], set())
            if self._of_any_turn(defect) or turns | self._spared(defect) >= looked_at:
                yield defect

    def _of_any_turn(self, defect: Defect) -> bool:
        refuses = defect.flaw is Flaw.CHECK_ALWAYS and defect.key in self.refusing
        return refuses or defect.flaw in _OF_ANY_TURN

    def _spared(self, defect: Defect) -> set[str]:
        """The turns that say nothing of a defect: what it is about does not come up in them."""
        question = defect.key.partition(".")[0]
        if defect.flaw is Flaw.FILTER_ALWAYS_TRUE:
            # A filter that spares nobody in the other turns is what keeps the question out of this one.
            return self.closed.get(question, set())
        spared = self._turns_of(question, Flaw.QUESTION_UNREACHABLE)
        if defect.flaw is Flaw.CHECK_ALWAYS:
            spared |= self._turns_of(question, Flaw.NO_VALUE, Flaw.DEAD_END)
        return spared

    def _turns_of(self, key: str, *flaws: Flaw) -> set[str]:
        return {turn for turn, defect in self.found if defect.key == key and defect.flaw in flaws}
