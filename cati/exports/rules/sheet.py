"""The rows of an export under their variables: what every writer takes."""

from collections.abc import Sequence
from dataclasses import dataclass

from cati.exports.rules.contacts import refuse_contacts
from cati.exports.rules.variables import Cell, Variable


@dataclass(frozen=True, slots=True)
class Sheet:
    """Variables, and one sequence of cells for each. None can exist with a column named like a contact."""

    variables: tuple[Variable, ...]
    columns: tuple[Sequence[Cell], ...]

    def __post_init__(self) -> None:
        """Refuse contacts: the last gate before any writer."""
        refuse_contacts(variable.name for variable in self.variables)
        assert len(self.variables) == len(self.columns)

    @property
    def n(self) -> int:
        """How many rows."""
        return len(self.columns[0]) if self.columns else 0
