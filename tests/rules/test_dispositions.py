"""The disposition table of the field: labels, AAPOR codes, and what may be said when."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cati.cases.rules import (
    AaporClass,
    CallFacts,
    Disposition,
    InterviewState,
    Outcome,
    RefusalBy,
    aapor,
    aapor_class,
    label,
    possible,
    refusal,
)

D = Disposition
DOCUMENT = Path(__file__).parents[2] / "docs" / "dispositions.md"


@pytest.mark.parametrize(
    ("code", "on_screen", "number", "group"),
    [
        (Outcome.COMPLETE, "Complet", "1.1", "I"),
        (Outcome.PARTIAL, "Partiel", "1.2", "P"),
        (Outcome.BREAK_OFF, "Abandon en cours d’entretien", "2.12", "R"),
        (Outcome.APPOINTMENT_FIRM, "Rendez-vous ferme", "2.20", "NC"),
        (Outcome.APPOINTMENT_SOFT, "Rendez-vous vague", "2.20", "NC"),
        (Outcome.CALLBACK, "À rappeler (dit par un tiers)", "2.20", "NC"),
        (Outcome.NO_ANSWER, "Ne répond pas", "3.13", "UH"),
        (Outcome.BUSY, "Occupé", "3.12", "UH"),
        (Outcome.ANSWERING_MACHINE, "Répondeur", "3.14", "UH"),
        (Outcome.REFUSAL_PERSON, "Refus de la personne", "2.112", "R"),
        (Outcome.REFUSAL_HOUSEHOLD, "Refus du foyer", "2.111", "R"),
        (Outcome.OPPOSITION, "Opposition à tout appel", "2.112", "R"),
        (Outcome.WITHDRAWN, "Effacement demandé", "2.112", "R"),
        (Outcome.WRONG_NUMBER, "Faux numéro", "3.90", "UO"),
        (Outcome.UNREACHABLE, "Injoignable (plafond atteint)", "3.13", "UH"),
        (Outcome.NO_NUMBER, "Aucun numéro appelable", "3.90", "UO"),
        (Outcome.MOVED, "A déménagé", "4.70", "NE"),
        (Outcome.DECEASED, "Décédé", "4.70", "NE"),
        (Outcome.OWNER, "Propriétaire", "4.70", "NE"),
        (Outcome.DUPLICATE, "Doublon", "4.90", "NE"),
        (Outcome.LANGUAGE, "Langue", "2.33", "O"),
        (Outcome.UNABLE, "Ne peut pas répondre", "2.32", "O"),
        (Outcome.AWAY, "Absent pendant l’enquête", "2.21", "NC"),
        (Outcome.QUOTA_FULL, "Quota atteint", "4.80", "NE"),
        (Outcome.NOT_ATTEMPTED, "Jamais appelé", "3.11", "UH"),  # the field ended before its turn came
        (Outcome.SURPLUS, "Complet hors quota", "4.80", "NE"),  # called back himself, the cell being full
    ],
)
def test_the_table_of_outcomes(code: Outcome, on_screen: str, number: str, group: str) -> None:
    assert (label(code), aapor(code), aapor_class(code)) == (on_screen, number, AaporClass(group))


@pytest.mark.parametrize("code", [Outcome.UNREACHABLE, Outcome.NO_ANSWER, Outcome.BUSY, Outcome.NO_NUMBER])
def test_who_was_once_eligible_stays_so(code: Outcome) -> None:
    assert aapor(code, ever_eligible=True) == "2.20"
    assert aapor_class(code, ever_eligible=True) == AaporClass.NC


def test_a_refusal_stays_a_refusal_whether_eligible_or_not() -> None:
    assert aapor(Outcome.REFUSAL_PERSON, ever_eligible=True) == "2.112"


@pytest.mark.parametrize(
    ("code", "number"),
    [
        (Outcome.WRONG_NUMBER, "2.20"),  # the tenant exists: the list says so
        (Outcome.NO_NUMBER, "2.20"),
        (Outcome.NO_ANSWER, "3.13"),  # the variant is about wrong numbers only
    ],
)
def test_the_variant_takes_a_wrong_number_for_a_tenant_nobody_reached(code: Outcome, number: str) -> None:
    assert aapor(code, wrong_number_is_contactless=True) == number


def test_every_disposition_is_an_outcome_but_the_call_that_was_not_made() -> None:
    assert {each.value for each in Disposition} - {each.value for each in Outcome} == {"not_placed"}
    assert label(Disposition.NOT_PLACED) == "Non appelé"


@pytest.mark.parametrize("code", sorted(Outcome))
def test_every_outcome_has_a_label_and_a_code(code: Outcome) -> None:
    assert label(code)
    assert re.fullmatch(r"[1-4]\.\d{1,3}", aapor(code))


def test_a_refusal_says_who() -> None:
    assert refusal(RefusalBy.PERSON) == Disposition.REFUSAL_PERSON
    assert refusal(RefusalBy.HOUSEHOLD) == Disposition.REFUSAL_HOUSEHOLD


NOT_DIALLED = CallFacts(dialled=False, answered=False)
RANG = CallFacts(dialled=True, answered=False)
PICKED_UP = CallFacts(dialled=True, answered=True)
INTRODUCED = CallFacts(
    dialled=True, answered=True, spoke=True, leaseholder=True, interview_state=InterviewState.INTRO
)
A_THIRD_PERSON = CallFacts(dialled=True, answered=True, spoke=True, interview_state=InterviewState.INTRO)
UNDER_WAY = CallFacts(
    dialled=True, answered=True, spoke=True, leaseholder=True, interview_state=InterviewState.OPEN
)
DONE = CallFacts(
    dialled=True, answered=True, spoke=True, leaseholder=True, interview_state=InterviewState.COMPLETE
)
FULL = CallFacts(dialled=True, answered=True, spoke=True, interview_state=InterviewState.QUOTA_FULL)
NO_PLACE = CallFacts(
    dialled=True,
    answered=True,
    spoke=True,
    leaseholder=True,
    place_left=False,
    interview_state=InterviewState.INTRO,
)
INBOUND = CallFacts(dialled=False, answered=True)


@pytest.mark.parametrize(
    ("call", "disposition", "offered"),
    [
        (NOT_DIALLED, D.NOT_PLACED, True),  # released without a call
        (NOT_DIALLED, D.NO_ANSWER, False),  # nothing rang
        (RANG, D.NOT_PLACED, False),  # the household's telephone rang: it counts
        (RANG, D.NO_ANSWER, True),
        (RANG, D.BUSY, True),
        (RANG, D.WRONG_NUMBER, True),  # « ce numéro n'est pas attribué »
        (RANG, D.REFUSAL_PERSON, False),  # nobody was there to refuse
        (RANG, D.COMPLETE, False),
        (PICKED_UP, D.ANSWERING_MACHINE, True),  # a machine « answers » for the network
        (PICKED_UP, D.BUSY, False),
        (PICKED_UP, D.WITHDRAWN, False),  # there is nothing to erase
        (INTRODUCED, D.ANSWERING_MACHINE, False),  # somebody spoke
        (INTRODUCED, D.NO_ANSWER, False),
        (INTRODUCED, D.WRONG_NUMBER, True),
        (INTRODUCED, D.BREAK_OFF, False),  # a refusal: nothing had begun
        (INTRODUCED, D.APPOINTMENT_FIRM, True),
        (
            A_THIRD_PERSON,
            D.APPOINTMENT_FIRM,
            False,
        ),  # « joignable plus tard », told by another, is never firm
        (A_THIRD_PERSON, D.CALLBACK, True),
        (A_THIRD_PERSON, D.DECEASED, True),
        (NO_PLACE, D.APPOINTMENT_FIRM, False),  # no place left to promise
        (NO_PLACE, D.APPOINTMENT_SOFT, True),
        (UNDER_WAY, D.BREAK_OFF, True),
        (UNDER_WAY, D.WITHDRAWN, True),
        (UNDER_WAY, D.WRONG_NUMBER, False),  # he consented to the interview
        (UNDER_WAY, D.COMPLETE, False),  # questions remain
        (UNDER_WAY, D.OWNER, True),  # found out late: it undoes the eligibility
        (DONE, D.COMPLETE, True),
        (DONE, D.OPPOSITION, True),
        (DONE, D.REFUSAL_PERSON, False),  # every answer is given
        (FULL, D.QUOTA_FULL, True),
        (FULL, D.APPOINTMENT_SOFT, False),
        (UNDER_WAY, D.QUOTA_FULL, False),  # said by the counter, never by hand
        (INBOUND, D.APPOINTMENT_SOFT, True),
        (INBOUND, D.NOT_PLACED, False),
    ],
)
def test_only_what_can_have_happened_is_offered(
    call: CallFacts, disposition: Disposition, offered: bool
) -> None:
    assert (disposition in possible(call)) is offered


calls = st.builds(
    CallFacts,
    dialled=st.booleans(),
    answered=st.booleans(),
    spoke=st.booleans(),
    leaseholder=st.booleans(),
    place_left=st.booleans(),
    interview_state=st.none() | st.sampled_from(sorted(InterviewState)),
)


@given(calls)
def test_every_attempt_can_be_closed(call: CallFacts) -> None:
    assert possible(call)


@given(calls)
def test_whoever_answers_can_always_forbid_further_calls(call: CallFacts) -> None:
    assert D.OPPOSITION in possible(call) or not call.answered


def test_every_disposition_and_outcome_is_documented_with_its_label_and_code() -> None:
    headings = re.findall(
        r"^### (.+) \(`(\w+)`\)\n\n(?:AAPOR (\S+) \((\w+)\)|Aucun code)", DOCUMENT.read_text(), re.M
    )
    documented = {(name, code, number, group) for name, code, number, group in headings}
    outcomes = {(label(each), each.value, aapor(each), aapor_class(each).value) for each in Outcome}
    assert documented == outcomes | {("Non appelé", "not_placed", "", "")}
