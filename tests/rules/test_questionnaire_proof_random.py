"""The solver against brute force: the proof of a random questionnaire says what playing every interview shows."""

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cati.errors import QuestionnaireRefused
from cati.questionnaire import loader, routing
from cati.questionnaire.model import Questionnaire
from cati.questionnaire.proof.defects import Flaw, Proof
from cati.questionnaire.proof.proving import prove
from tests.small_questionnaires import Author, Lived, TooManyError, live

MOST_MOMENTS = 3000


def differences(
    questionnaire: Questionnaire, proof: Proof, lived: Lived
) -> dict[str, tuple[set[str], set[str]]]:
    """What the proof says and what was lived, wherever they are not the same."""
    walls = said(proof, Flaw.DEAD_END) | said(proof, Flaw.ALWAYS_ENDS)
    if walls:  # beyond, the proof goes on as if the question had been left out, and nobody has lived that
        met = bool(walls & lived.reached) or bool(proof.not_analysed)
        return {} if met and not walls & lived.went_on else {"walls": (walls, lived.reached - lived.went_on)}
    pairs = {**of_questions(questionnaire, proof, lived), **of_answers(questionnaire, proof, lived)}
    pairs |= of_decisions(questionnaire, proof, lived)
    # What is not analysed may hide a defect, and never makes one.
    hidden = bool(proof.not_analysed)
    return {
        what: (told, met)
        for what, (told, met) in pairs.items()
        if not (told <= met if hidden else told == met)
    }


def said(proof: Proof, *flaws: Flaw) -> set[str]:
    return {defect.key for defect in proof.defects if defect.flaw in flaws}


def of_questions(
    questionnaire: Questionnaire, proof: Proof, lived: Lived
) -> dict[str, tuple[set[str], set[str]]]:
    closed = said(proof, Flaw.BLOCK_UNREACHABLE)
    asked = {question.id for question in questionnaire.questions.values() if question.block not in closed}
    empty = {
        block.id for block in questionnaire.blocks if not {q.id for q in block.questions} & lived.reached
    }
    plain = {block.id for block in questionnaire.blocks if not block.when and not block.each_call}
    filtered = {q.id for q in questionnaire.questions.values() if q.when and q.block in plain}
    always = {key.removesuffix(".when") for key in said(proof, Flaw.FILTER_ALWAYS_TRUE)}
    return {
        "unreachable": (said(proof, Flaw.QUESTION_UNREACHABLE), asked - lived.reached),
        "blocks": (closed - empty, set()),
        "always asked": (always & filtered, (filtered & lived.reached) - lived.skipped),
        "held": (said(proof, Flaw.DEAD_END_FOR_SOME), lived.held),
    }


def of_answers(
    questionnaire: Questionnaire, proof: Proof, lived: Lived
) -> dict[str, tuple[set[str], set[str]]]:
    reached = [question for question in questionnaire.questions.values() if question.id in lived.reached]
    choices = {f"{q.id}.choices.{choice.code}" for q in reached for choice in q.choices}
    checks = {f"{q.id}.checks.{check.id}": check for q in reached for check in q.checks}
    never = {key for key, check in checks.items() if check.id not in lived.tripped}
    always = {key for key, check in checks.items() if check.id in lived.broken - lived.kept}
    refusing = {key.partition(".")[0] for key in always if checks[key].hard}

    def told(*flaws: Flaw) -> set[str]:
        # Of a question that nobody reaches, which a gap may hide, anything may be said.
        return {key for key in said(proof, *flaws) if key.partition(".")[0] in lived.reached}

    return {
        "choices": (told(Flaw.CHOICE_NEVER, Flaw.END_NEVER), choices - lived.chosen),
        "checks that never trip": (told(Flaw.CHECK_NEVER), never),
        "checks that always trip": (told(Flaw.CHECK_ALWAYS), always),
        "without a value": (
            told(Flaw.NO_VALUE),
            {q.id for q in reached if q.id not in lived.valued} - refusing,
        ),
    }


def of_decisions(
    questionnaire: Questionnaire, proof: Proof, lived: Lived
) -> dict[str, tuple[set[str], set[str]]]:
    alerts = {f"alerts.{alert.id}" for alert in questionnaire.alerts if alert.id not in lived.alerts}
    if any(choice.ends for question in questionnaire.questions.values() for choice in question.choices):
        # Somebody may go back and end the call with answers already there, which is not played here.
        alerts &= said(proof, Flaw.ALERT_NEVER)
    eligible = {"never"} if lived.eligible and not lived.served else set()
    eligible |= {"always"} if lived.eligible == {True} else set()
    told = {"never"} if said(proof, Flaw.ELIGIBLE_NEVER) else set()
    told |= {"always"} if said(proof, Flaw.ELIGIBLE_ALWAYS) else set()
    cells = {text for text in ("x", "y") if text not in lived.cells} if lived.served else set()
    messages = [one.message for one in proof.defects if one.flaw is Flaw.QUOTA_UNREACHABLE]
    return {
        "alerts": (said(proof, Flaw.ALERT_NEVER), alerts),
        "eligible": (told, eligible),
        "cells": ({text for text in ("x", "y") if any(f"« {text} »" in one for one in messages)}, cells),
    }


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**9))
def test_the_proof_says_what_playing_every_interview_shows(seed: int) -> None:
    try:
        questionnaire = loader.load(Author(seed).text())
    except QuestionnaireRefused:
        assume(False)
    try:
        lived = live(routing.compile(questionnaire), MOST_MOMENTS)
    except TooManyError:
        assume(False)
    proof = prove(questionnaire)
    assert differences(questionnaire, proof, lived) == {}
