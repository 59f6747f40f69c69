"""The proof of a questionnaire against what its respondents live: all of them where it is little, some where it is not.

    python -m tests.comparing 500 --from 1000

compares so many random questionnaires, one after the other, and tells each difference with its number.
"""

import sys
from contextlib import suppress

from cati.questionnaire import loader, routing
from cati.questionnaire.model import Questionnaire
from cati.questionnaire.proof.defects import Flaw, Proof
from cati.questionnaire.proof.proving import prove
from cati.questionnaire.route import AnswerKey, instance
from cati.questionnaire.routing import Compiled
from tests.contradicting import contradictions, walls
from tests.every_interview import Lived, TooManyError, every_answer, live
from tests.small_loops import Wider
from tests.small_questionnaires import Author
from tests.wandering import Moment, wander


def compared(questionnaire: Questionnaire, seed: int, most: int) -> dict[str, object]:
    """Where the proof is not what every interview, or a few respondents, live. `most`: beyond so many moments, they are
    not all played."""
    script, proof = routing.compile(questionnaire), prove(questionnaire)
    found: dict[str, object] = {}
    with suppress(TooManyError):  # random respondents are then all there is
        found |= differences(script, proof, live(script, most))
    for respondent in range(seed, seed + 3):
        if met := strange(script, proof, respondent):
            found[f"respondent {respondent}"] = met
    return found


def differences(script: Compiled, proof: Proof, lived: Lived) -> dict[str, object]:
    """What the proof says and what was lived, wherever they are not the same."""
    questionnaire = script.questionnaire
    if said(proof, Flaw.DEAD_END) | said(proof, Flaw.ALWAYS_ENDS):
        # Beyond, the proof goes on as if the question had been left out, and nobody has lived that.
        held, found = walls(proof, script), lived.waited - lived.went_on
        told = bool(proof.not_analysed or held & found) and held & lived.waited <= found
        return {} if told else {"walls": (held, found)}
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
    outer = {f"{loop.id}.count" for loop in questionnaire.loops.values() if not loop.inside}
    return {
        "turns cut": (said(proof, Flaw.TURNS_CUT) & outer, {f"{loop}.count" for loop in lived.cut}),
        "unreachable": (said(proof, Flaw.QUESTION_UNREACHABLE), asked - lived.reached),
        "blocks": (closed - empty, set()),
        "always asked": (always & filtered & lived.reached, (filtered & lived.reached) - lived.skipped),
        "held": (said(proof, Flaw.DEAD_END_FOR_SOME), lived.held),
    }


def of_answers(
    questionnaire: Questionnaire, proof: Proof, lived: Lived
) -> dict[str, tuple[set[str], set[str]]]:
    reached = [question for question in questionnaire.questions.values() if question.id in lived.reached]
    choices = {f"{q.id}.choices.{choice.code}" for q in reached for choice in q.choices}
    filtered = {f"{q.id}.choices.{choice.code}" for q in reached for choice in q.choices if choice.when}
    checks = {f"{q.id}.checks.{check.id}": check for q in reached for check in q.checks}
    never = {key for key, check in checks.items() if check.id not in lived.tripped}
    broken = {check for check, _ in lived.broken - lived.kept}  # in some turn, which is enough of a hard one
    kept = {check for check, _ in lived.kept}
    always = {key for key, check in checks.items() if check.id in (broken if check.hard else broken - kept)}
    refusing = {key.partition(".")[0] for key in always if checks[key].hard}

    def told(*flaws: Flaw) -> set[str]:
        # Of a question that nobody reaches, which a gap may hide, anything may be said.
        return {key for key in said(proof, *flaws) if key.partition(".")[0] in lived.reached}

    return {
        "choices": (told(Flaw.CHOICE_NEVER, Flaw.END_NEVER), choices - lived.chosen),
        "offered to all": (told(Flaw.CHOICE_FILTER_ALWAYS_TRUE), (filtered & lived.chosen) - lived.withheld),
        "checks that never trip": (told(Flaw.CHECK_NEVER), never),
        "checks that always trip": (told(Flaw.CHECK_ALWAYS), always),
        "without a value": (
            told(Flaw.NO_VALUE) - refusing,
            {name for name, _ in lived.waited - lived.valued} - refusing,
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


def strange(script: Compiled, proof: Proof, seed: int) -> list[str]:
    """What a respondent who changes his mind meets and should not: what the proof excludes, or no way out."""
    found: list[str] = []
    sound = not (said(proof, Flaw.DEAD_END, Flaw.DEAD_END_FOR_SOME) or proof.not_analysed)
    for moment in wander(script, seed, changing=0.15):
        found += contradictions(proof, moment, script)
        if sound and moment.after.position and not _way_out(script, moment, moment.after.position):
            found.append(f"no way out of {moment.after.position}")
    return found


def _way_out(script: Compiled, moment: Moment, key: AnswerKey) -> bool:
    """Whether some answer is let through, soft faults confirmed."""
    for answer in every_answer(script.questionnaire.questions[key[0]]):
        after = script.route(moment.where, {**moment.answers, key: answer})
        held = any(fault.hard and (fault.question, fault.iteration) == key for fault in after.faults)
        if instance(*key) in after.visible and (after.ended or not held):
            return True
    return False


def main() -> int:
    """Tells every difference, and how many questionnaires were compared."""
    count, first = int(sys.argv[1]), int(sys.argv[3]) if sys.argv[2:] else 0
    done = wrong = 0
    for seed in range(first, first + count):
        for kind in (Author, Wider):
            questionnaire, _ = loader.review(kind(seed).text())
            found = compared(questionnaire, seed, most=3000) if questionnaire else {}
            done, wrong = done + bool(questionnaire), wrong + bool(found)
            if found:
                print(kind.__name__, seed, found, flush=True)
    print(f"{done} questionnaires, {wrong} with a difference")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
