"""Outcome rates of a set of cases, by the formulas of the AAPOR Standard Definitions (10th edition, 2023).

A rate is a share of cases, each counted by what it came to. What differs between the rates of one family is how the
cases of unknown eligibility count: all of them, the share `e` of them that is thought eligible, or none.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

from cati.cases.rules.aapor import aapor, aapor_class
from cati.cases.rules.codes import AaporClass, Outcome
from cati.cases.rules.facts import AttemptFact, CaseFacts
from cati.cases.rules.outcomes import outcome, outcome_at_end


class Rate(StrEnum):
    """The rates, in AAPOR's own names."""

    RR1 = "RR1"
    RR2 = "RR2"
    RR3 = "RR3"
    RR4 = "RR4"
    RR5 = "RR5"
    RR6 = "RR6"
    COOP1 = "COOP1"
    COOP2 = "COOP2"
    COOP3 = "COOP3"
    COOP4 = "COOP4"
    REF1 = "REF1"
    REF2 = "REF2"
    REF3 = "REF3"
    CON1 = "CON1"
    CON2 = "CON2"
    CON3 = "CON3"


class WrongNumbers(StrEnum):
    """How a case without a number that leads to the tenant counts."""

    UNKNOWN = "UO"  #: of unknown eligibility, 3.90
    NOT_CONTACTED = "NC"  #: a tenant of the list whom nobody could contact, 2.20


class Unknown(StrEnum):
    """How much of the cases of unknown eligibility a denominator takes in."""

    ALL = "all"
    SHARE = "share"  #: `e` of them
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Formula:
    """What a rate divides by what. `unknown` says how much of UH and UO joins the denominator."""

    over: tuple[AaporClass, ...]
    under: tuple[AaporClass, ...]
    unknown: Unknown

    @property
    def written(self) -> str:
        """« (I + P) / (I + P + R + NC + O + e (UH + UO)) »."""
        over = " + ".join(self.over)
        tail = {Unknown.ALL: " + UH + UO", Unknown.SHARE: " + e (UH + UO)", Unknown.NONE: ""}[self.unknown]
        return f"{over if len(self.over) == 1 else f'({over})'} / ({' + '.join(self.under)}{tail})"


@dataclass(frozen=True, slots=True)
class Share:
    """A rate with what it was divided from; with `e` the denominator is no whole number."""

    over: int
    under: float | None  #: None: no case says which share of the unknown is eligible

    @property
    def value(self) -> float | None:
        """Between 0 and 1, or None when nothing can be divided."""
        return self.over / self.under if self.under else None

    @property
    def is_small(self) -> bool:
        """Whether so few cases are behind it that a handful would change it."""
        return self.under is not None and self.under < SMALL


SMALL = 30  #: cases under a rate; below, one more interview moves it by three points or more


@dataclass(frozen=True, slots=True)
class Counted:
    """What a case came to, and whether it was ever known to be eligible: all that the rates know of it."""

    outcome: Outcome
    ever_eligible: bool = False

    def code(self, wrong_numbers: WrongNumbers) -> str:
        """Its AAPOR code."""
        contactless = wrong_numbers is WrongNumbers.NOT_CONTACTED
        return aapor(self.outcome, ever_eligible=self.ever_eligible, wrong_number_is_contactless=contactless)

    def group(self, wrong_numbers: WrongNumbers) -> AaporClass:
        """The class it counts in."""
        contactless = wrong_numbers is WrongNumbers.NOT_CONTACTED
        return aapor_class(
            self.outcome, ever_eligible=self.ever_eligible, wrong_number_is_contactless=contactless
        )


@dataclass(frozen=True)
class Tally:
    """How many cases there are of each kind. (No slots: the counts are worked out once.)"""

    of: Mapping[Counted, int]

    @property
    def cases(self) -> int:
        """All of them, the not eligible included."""
        return sum(self.of.values())

    def counts(self, wrong_numbers: WrongNumbers) -> Mapping[AaporClass, int]:
        """How many cases each class has."""
        return self._counts[wrong_numbers]

    def estimated_e(self, wrong_numbers: WrongNumbers) -> float | None:
        """The share of eligible cases among those whose eligibility is known, which is then lent to the others.

        The proportional allocation of the CASRO. None while nobody's eligibility is known.
        """
        counts = self.counts(wrong_numbers)
        eligible = sum(counts[group] for group in ELIGIBLE)
        known = eligible + counts[AaporClass.NE]
        return eligible / known if known else None

    def share(self, rate: Rate, wrong_numbers: WrongNumbers, e: float | None) -> Share:
        """A rate, where `e` of the unknown are taken to be eligible; None: nobody can say."""
        formula, counts = FORMULAS[rate], self.counts(wrong_numbers)
        over = sum(counts[group] for group in formula.over)
        under = sum(counts[group] for group in formula.under)
        unknown = counts[AaporClass.UH] + counts[AaporClass.UO]
        match formula.unknown:
            case Unknown.ALL:
                return Share(over, under + unknown)
            case Unknown.SHARE if unknown:
                return Share(over, None if e is None else under + e * unknown)
            case _:
                return Share(over, under)

    @cached_property
    def _counts(self) -> Mapping[WrongNumbers, Mapping[AaporClass, int]]:
        counts: dict[WrongNumbers, Counter[AaporClass]] = {}
        for each in WrongNumbers:
            counts[each] = Counter(dict.fromkeys(AaporClass, 0))
            for counted, cases in self.of.items():
                counts[each][counted.group(each)] += cases
        return counts


def outcome_so_far(
    history: Sequence[AttemptFact],
    case: CaseFacts,
    *,
    excluded: Outcome | None = None,
    caps_reached: bool = False,
    behind_full_cell: bool = False,
    conversions: int = 1,
) -> Outcome:
    """What a case has come to, its field being open or not: what closes it, else its last interim disposition.

    `excluded` is what its sample file says of a household that may not be called: it stands unless somebody who was
    reached said more.
    """
    facts = replace(case, numbers_left=max(1, case.numbers_left)) if excluded else case
    closing = outcome(history, facts, caps_reached=caps_reached, conversions=conversions)
    return (
        closing
        or excluded
        or outcome_at_end(history, facts, behind_full_cell=behind_full_cell, conversions=conversions)
    )


_I, _P, _R, _NC, _O = AaporClass.I, AaporClass.P, AaporClass.R, AaporClass.NC, AaporClass.O

#: The classes of cases known to be eligible.
ELIGIBLE = (_I, _P, _R, _NC, _O)

#: The estimate of `e` says which share of the unknown is eligible; a rate « 1 » takes all, the last of its family none.
FORMULAS: Mapping[Rate, Formula] = {
    Rate.RR1: Formula((_I,), ELIGIBLE, Unknown.ALL),
    Rate.RR2: Formula((_I, _P), ELIGIBLE, Unknown.ALL),
    Rate.RR3: Formula((_I,), ELIGIBLE, Unknown.SHARE),
    Rate.RR4: Formula((_I, _P), ELIGIBLE, Unknown.SHARE),
    Rate.RR5: Formula((_I,), ELIGIBLE, Unknown.NONE),
    Rate.RR6: Formula((_I, _P), ELIGIBLE, Unknown.NONE),
    Rate.COOP1: Formula((_I,), (_I, _P, _R, _O), Unknown.NONE),
    Rate.COOP2: Formula((_I, _P), (_I, _P, _R, _O), Unknown.NONE),
    Rate.COOP3: Formula((_I,), (_I, _P, _R), Unknown.NONE),
    Rate.COOP4: Formula((_I, _P), (_I, _P, _R), Unknown.NONE),
    Rate.REF1: Formula((_R,), ELIGIBLE, Unknown.ALL),
    Rate.REF2: Formula((_R,), ELIGIBLE, Unknown.SHARE),
    Rate.REF3: Formula((_R,), ELIGIBLE, Unknown.NONE),
    Rate.CON1: Formula((_I, _P, _R, _O), ELIGIBLE, Unknown.ALL),
    Rate.CON2: Formula((_I, _P, _R, _O), ELIGIBLE, Unknown.SHARE),
    Rate.CON3: Formula((_I, _P, _R, _O), ELIGIBLE, Unknown.NONE),
}

EQUAL_TO_ONE = (
    1.0  #: the other `e`: whoever a landlord's list names is eligible until somebody says otherwise
)
