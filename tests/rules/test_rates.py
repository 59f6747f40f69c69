"""Outcome rates: worked examples by the formulas of AAPOR, Standard Definitions, 10th edition (2023), and what always
holds of them.

The figures of the examples are made up; each expected value was worked out by hand from the formula beside it.
"""

from collections.abc import Mapping
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cati.cases.rules import AaporClass, CaseFacts, Disposition, InterviewState, Outcome, outcome
from cati.cases.rules.rates import (
    FORMULAS,
    SMALL,
    Counted,
    Rate,
    Tally,
    WrongNumbers,
    outcome_so_far,
)
from tests.rules.test_outcomes import a_history

UO, NC = WrongNumbers

#: One outcome of each class, to make a tally of any counts.
OF_CLASS = {
    AaporClass.I: Outcome.COMPLETE,
    AaporClass.P: Outcome.PARTIAL,
    AaporClass.R: Outcome.REFUSAL_PERSON,
    AaporClass.NC: Outcome.APPOINTMENT_SOFT,
    AaporClass.O: Outcome.UNABLE,
    AaporClass.UH: Outcome.NO_ANSWER,
    AaporClass.UO: Outcome.NO_NUMBER,
    AaporClass.NE: Outcome.MOVED,
}


def a_tally(**counts: int) -> Tally:
    """So many cases of each class."""
    return Tally({Counted(OF_CLASS[AaporClass(group)]): cases for group, cases in counts.items()})


#: 1,000 cases: 800 of known eligibility, 720 of them eligible; 200 unknown. e = 720 / 800 = 0.9.
FIELD = a_tally(I=300, P=20, R=180, NC=140, O=80, UH=150, UO=50, NE=80)


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        (Rate.RR1, Fraction(300, 920)),  # I / (I + P + R + NC + O + UH + UO)
        (Rate.RR2, Fraction(320, 920)),
        (Rate.RR3, Fraction(300, 900)),  # … + e (UH + UO): 720 + 0.9 × 200
        (Rate.RR4, Fraction(320, 900)),
        (Rate.RR5, Fraction(300, 720)),  # e = 0
        (Rate.RR6, Fraction(320, 720)),
        (Rate.COOP1, Fraction(300, 580)),  # I / (I + P + R + O)
        (Rate.COOP2, Fraction(320, 580)),
        (Rate.COOP3, Fraction(300, 500)),  # I / (I + P + R): who could not answer is left out
        (Rate.COOP4, Fraction(320, 500)),
        (Rate.REF1, Fraction(180, 920)),
        (Rate.REF2, Fraction(180, 900)),
        (Rate.REF3, Fraction(180, 720)),
        (Rate.CON1, Fraction(580, 920)),  # (I + P + R + O) / all but the not eligible
        (Rate.CON2, Fraction(580, 900)),
        (Rate.CON3, Fraction(580, 720)),
    ],
)
def test_a_field_of_a_thousand_cases(rate: Rate, expected: Fraction) -> None:
    e = FIELD.estimated_e(UO)
    assert e == pytest.approx(0.9)
    assert FIELD.share(rate, UO, e).value == pytest.approx(float(expected))


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        (Rate.RR1, Fraction(300, 920)),  # the fifty wrong numbers only change class
        (Rate.RR3, Fraction(300 * 850, 770 * 1000)),  # e = 770 / 850: 770 + e × 150 = 770 × (850 + 150) / 850
        (Rate.RR5, Fraction(300, 770)),
        (Rate.CON3, Fraction(580, 770)),
        (Rate.COOP1, Fraction(300, 580)),
    ],
)
def test_a_wrong_number_may_be_a_tenant_whom_nobody_could_contact(rate: Rate, expected: Fraction) -> None:
    e = FIELD.estimated_e(NC)
    assert e == pytest.approx(770 / 850)
    assert FIELD.share(rate, NC, e).value == pytest.approx(float(expected))


def test_an_eligible_list_has_an_e_of_one() -> None:
    assert FIELD.share(Rate.RR3, UO, 1.0) == FIELD.share(Rate.RR1, UO, None)


def test_who_was_once_eligible_is_not_unknown_any_more() -> None:
    tally = Tally({Counted(Outcome.UNREACHABLE): 3, Counted(Outcome.UNREACHABLE, ever_eligible=True): 2})
    counts = tally.counts(UO)
    assert (counts[AaporClass.UH], counts[AaporClass.NC]) == (3, 2)


@pytest.mark.parametrize("rate", Rate)
def test_of_no_case_there_is_no_rate(rate: Rate) -> None:
    share = Tally({}).share(rate, UO, Tally({}).estimated_e(UO))
    assert (share.value, share.is_small) == (None, True)


def test_where_all_are_unknown_nobody_can_estimate_e() -> None:
    tally = a_tally(UH=10)
    assert tally.estimated_e(UO) is None
    assert tally.share(Rate.RR3, UO, None).value is None
    assert tally.share(Rate.RR1, UO, None).value == 0


def test_where_nobody_is_unknown_e_does_not_matter() -> None:
    assert a_tally(I=3, R=1).share(Rate.RR3, UO, None).value == pytest.approx(0.75)


def test_a_rate_of_few_cases_says_so() -> None:
    assert a_tally(I=SMALL - 1).share(Rate.RR1, UO, None).is_small
    assert not a_tally(I=SMALL).share(Rate.RR1, UO, None).is_small


@pytest.mark.parametrize(
    ("rate", "written"),
    [
        (Rate.RR1, "I / (I + P + R + NC + O + UH + UO)"),
        (Rate.RR4, "(I + P) / (I + P + R + NC + O + e (UH + UO))"),
        (Rate.COOP3, "I / (I + P + R)"),
        (Rate.CON3, "(I + P + R + O) / (I + P + R + NC + O)"),
    ],
)
def test_a_formula_is_written_as_the_standard_writes_it(rate: Rate, written: str) -> None:
    assert FORMULAS[rate].written == written


tallies = st.dictionaries(
    st.builds(Counted, st.sampled_from(Outcome), st.booleans()), st.integers(0, 400), max_size=30
).map(Tally)
ways = st.sampled_from(WrongNumbers)


def values(tally: Tally, way: WrongNumbers, e: float | None) -> Mapping[Rate, float | None]:
    return {rate: tally.share(rate, way, e).value for rate in Rate}


@given(tallies, ways)
def test_every_case_counts_in_one_class(tally: Tally, way: WrongNumbers) -> None:
    assert sum(tally.counts(way).values()) == tally.cases == sum(tally.of.values())


@given(tallies, ways, st.none() | st.floats(0, 1))
def test_the_rates_of_a_family_stand_in_their_order(
    tally: Tally, way: WrongNumbers, given_e: float | None
) -> None:
    e = tally.estimated_e(way) if given_e is None else given_e
    found = values(tally, way, e)
    assert all(value is None or 0 <= value <= 1 for value in found.values())
    for family in (
        ("RR1", "RR3", "RR5"),
        ("RR2", "RR4", "RR6"),
        ("REF1", "REF2", "REF3"),
        ("CON1", "CON2", "CON3"),
    ):
        known = [value for value in (found[Rate(name)] for name in family) if value is not None]
        assert known == pytest.approx(sorted(known)), family
    for fewer, more in (
        ("RR1", "RR2"),
        ("RR3", "RR4"),
        ("RR5", "RR6"),
        ("COOP1", "COOP2"),
        ("COOP1", "COOP3"),
    ):
        low, high = found[Rate(fewer)], found[Rate(more)]
        assert low is None or high is None or low <= high + 1e-12, (fewer, more)


@given(tallies, ways, st.floats(0, 1))
def test_response_refusal_and_the_rest_make_all(tally: Tally, way: WrongNumbers, e: float) -> None:
    found, counts = values(tally, way, e), tally.counts(way)
    if found[Rate.RR2] is None or found[Rate.REF1] is None or found[Rate.CON1] is None:
        return
    others = counts[AaporClass.O] / (tally.cases - counts[AaporClass.NE])
    assert found[Rate.RR2] + found[Rate.REF1] + others == pytest.approx(found[Rate.CON1])


@given(tallies)
def test_the_way_of_a_wrong_number_moves_no_case_in_or_out(tally: Tally) -> None:
    unknown, contactless = tally.counts(UO), tally.counts(NC)
    for group in (AaporClass.I, AaporClass.P, AaporClass.R, AaporClass.O, AaporClass.UH, AaporClass.NE):
        assert unknown[group] == contactless[group]
    assert contactless[AaporClass.UO] == 0
    assert contactless[AaporClass.NC] == unknown[AaporClass.NC] + unknown[AaporClass.UO]


D = Disposition


@pytest.mark.parametrize(
    ("said", "excluded", "expected"),
    [
        ([], None, Outcome.NOT_ATTEMPTED),
        ([D.NO_ANSWER, D.CALLBACK], None, Outcome.CALLBACK),  # the last interim
        ([D.CALLBACK, D.MOVED, D.NO_ANSWER], None, Outcome.MOVED),  # what closes it, whatever follows
        ([], Outcome.DUPLICATE, Outcome.DUPLICATE),  # its file excludes it
        ([D.NO_ANSWER], Outcome.TUTELLE, Outcome.TUTELLE),  # excluded later, before anybody was reached
        ([D.OPPOSITION], Outcome.DUPLICATE, Outcome.OPPOSITION),  # what was said stays
    ],
)
def test_a_case_counts_as_what_closes_it_else_as_its_last_word(
    said: list[Disposition], excluded: Outcome | None, expected: Outcome
) -> None:
    assert outcome_so_far(a_history(*said), CaseFacts(), excluded=excluded) == expected


def test_a_household_that_its_file_excludes_is_not_one_without_number() -> None:
    case = CaseFacts(numbers_left=0)
    assert outcome_so_far([], case, excluded=Outcome.TUTELLE) == Outcome.TUTELLE
    assert outcome_so_far([], case) == Outcome.NO_NUMBER


@given(
    st.lists(st.sampled_from(sorted(Disposition)), max_size=6),
    st.none() | st.sampled_from(sorted(InterviewState)),
    st.booleans(),
)
def test_what_closes_a_case_is_what_it_counts_as(
    said: list[Disposition], state: InterviewState | None, caps_reached: bool
) -> None:
    case, history = CaseFacts(interview_state=state), a_history(*said)
    closing = outcome(history, case, caps_reached=caps_reached)
    counted = outcome_so_far(history, case, caps_reached=caps_reached)
    assert closing in {None, counted}
