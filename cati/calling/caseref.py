"""A case as the flow passes it around."""

from dataclasses import dataclass

from cati.cases.store.queue import Held


@dataclass(frozen=True, slots=True)
class CaseRef:
    """A case and where its household lives, held or not."""

    case_id: int
    wave_id: int
    household_id: int
    calendar_id: int

    @classmethod
    def of(cls, held: Held) -> "CaseRef":
        """The same, of a case in somebody's hands."""
        return cls(
            case_id=held.case_id,
            wave_id=held.wave_id,
            household_id=held.household_id,
            calendar_id=held.calendar_id,
        )
