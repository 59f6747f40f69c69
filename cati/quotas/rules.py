"""Arithmetic of a quota cell: a place is promised, reserved, then done; never more places than target and margin."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class PlaceState(StrEnum):
    """What an interview holds in its cell. `released` keeps the row: the ledger forgets nothing."""

    PROMISED = "promised"
    RESERVED = "reserved"
    DONE = "done"
    RELEASED = "released"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """The counts of one cell."""

    target: int  #: completes wanted
    margin: int  #: how many more are tolerated
    done: int  #: complete interviews
    reserved: int  #: eligible interviews under way
    promised: int  #: firm appointments made with the leaseholder
    paused: bool = False

    @property
    def taken(self) -> int:
        """Places that cannot be given to anybody else."""
        return self.done + self.reserved + self.promised

    @property
    def places_left(self) -> int:
        """Fresh interviews that may still be started without using the margin."""
        return max(0, self.target - self.taken)

    @property
    def has_place(self) -> bool:
        """Whether one more interview fits, margin included."""
        return self.taken < self.target + self.margin

    @property
    def is_open(self) -> bool:
        """Whether fresh cases of this cell are delivered."""
        return not self.paused and self.taken < self.target


def split_by_largest_remainder(objective: int, shares: Mapping[bool, int]) -> dict[bool, int]:
    """Split a bailleur's objective over his cells in proportion to the households drawn, exactly.

    Largest remainder (Hare quota); at equal remainders the larger share first, then hors QPV first, so that every
    machine gives the same targets. A bailleur with no household in any cell gets 0 everywhere.
    """
    drawn = sum(shares.values())
    if not drawn:
        return dict.fromkeys(shares, 0)
    targets = {cell: objective * share // drawn for cell, share in shares.items()}
    by_remainder = sorted(shares, key=lambda cell: (-(objective * shares[cell] % drawn), -shares[cell], cell))
    for cell in by_remainder[: objective - sum(targets.values())]:
        targets[cell] += 1
    return targets
