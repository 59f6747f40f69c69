"""What the proof could not look into. Nothing is passed over in silence: each gap is told with its line."""

from dataclasses import dataclass

import z3

from cati.questionnaire.proof.logic import TRUE, Formula, constants_of
from cati.questionnaire.proof.values import Number, Truth

#: How the names of unknowns begin: no name of the language does.
UNKNOWN = "?"


@dataclass(frozen=True, slots=True)
class Gap:
    """Something not analysed: where, and why, in French."""

    line: int
    key: str
    message: str


class Gaps:
    """The notebook of the gaps; it also makes the unknowns that stand for them.

    An unknown is free: it may be anything in any interview. The interviews looked at are then more than there are, so
    what is impossible among them is impossible indeed; that something is possible must be shown by playing it.
    """

    def __init__(self) -> None:
        self._found: dict[Gap, None] = {}
        self._made = 0
        self.line, self.key = 0, ""

    def at(self, line: int, key: str) -> None:
        """Where the expression read from now on stands."""
        self.line, self.key = line, key

    def note(self, message: str, line: int | None = None, key: str | None = None) -> None:
        where = self.line if line is None else line
        self._found[Gap(where, self.key if key is None else key, f"non analysé\u00a0: {message}")] = None

    def truth(self, message: str) -> Truth:
        """A yes or no that nothing is known of."""
        self.note(message)
        return Truth(z3.Bool(self._name()))

    def number(self, message: str, present: Formula = TRUE) -> Number:
        """A number that nothing is known of but when it is there."""
        self.note(message)
        return Number(present, free=z3.Real(self._name()))

    @property
    def found(self) -> tuple[Gap, ...]:
        """Each once, in the order of the file."""
        return tuple(sorted(self._found, key=lambda gap: gap.line))

    def _name(self) -> str:
        self._made += 1
        return f"{UNKNOWN}{self._made}"


def is_certain(formula: Formula) -> bool:
    """Whether a formula reads no unknown."""
    return not any(str(constant).startswith(UNKNOWN) for constant in constants_of(formula).values())
