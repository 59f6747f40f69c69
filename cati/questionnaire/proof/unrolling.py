"""The walk through a loop: one turn after the other, or aside when that cannot be done."""

from collections.abc import Iterator
from itertools import product

from cati.questionnaire import sentences
from cati.questionnaire.model import Block, Loop, Question
from cati.questionnaire.proof import arithmetic
from cati.questionnaire.proof.defects import Reason
from cati.questionnaire.proof.interview import Interview
from cati.questionnaire.proof.logic import TRUE, Formula, all_of, any_of
from cati.questionnaire.proof.turns import Row
from cati.questionnaire.proof.values import Known, Number, number

_MOST_ASKED = 300  # questions times turns: beyond, the loop is told and left aside


def refused(interview: Interview, block: Block, members: tuple[Question, ...]) -> str:
    """Why a loop is not looked into; nothing when it is."""
    if block.rotate or block.rotate_with or block.each_call:
        return "dans un bloc qui tourne ou qui revient à chaque appel"
    asked = sum(len(turns_of(interview, question)) for question in members)
    if asked > _MOST_ASKED:
        return f"{asked} questions à dérouler"
    return ""


def set_aside(interview: Interview, loop: Loop, members: tuple[Question, ...], why: str) -> None:
    """Tells it; nothing is said of its questions, and what is drawn from them may be anything."""
    interview.gaps.note(f"la boucle {loop.id} ({why})", loop.line, loop.id)
    for one in {loop_id for question in members for loop_id in question.loops}:
        interview.turns.aside[one] = interview.questionnaire.loops[one]
    if any(choice.ends for question in members for choice in question.choices):
        unknown = interview.gaps.truth(f"la boucle {loop.id} ({why})").holds
        interview.ended = any_of(interview.ended, unknown)
        interview.stopped = any_of(interview.stopped, unknown)


def turns(interview: Interview, loop: Loop, around: Formula) -> Iterator[Formula]:
    """Whether each turn takes place, the walk standing in it meanwhile."""
    told, count = [], None
    if loop.when:
        told.append(sentences.french(loop.when, interview.questionnaire))
        around = all_of(around, interview.condition(loop.when, f"{loop.id}.when"))
    if loop.count:
        interview.gaps.at(loop.count.line, f"{loop.id}.count")
        count = interview.meaning.number(loop.count.tree)
    outside, before = interview.names, (interview.turns.loops, interview.turns.turn)
    inner = [one.id for one in interview.questionnaire.loops.values() if one.inside == loop.id]
    interview.turns.rows.setdefault(loop.id, [])
    interview.turns.loops = (*before[0], loop.id)
    for rank in loop.turns():
        interview.turns.turn = (*before[1], rank)
        active = _active(interview, loop, around, count, told)
        interview.names = {**outside, f"{loop.id}.rank": Known(number(rank))}
        yield active
        interview.turns.leave(loop, Row(interview.turns.turn, active, interview.names), inner)
    interview.names = outside
    interview.turns.loops, interview.turns.turn = before


def _active(
    interview: Interview, loop: Loop, around: Formula, count: Number | None, told: list[str]
) -> Formula:
    rank, says = interview.turns.turn[-1], list(told)
    enough = TRUE
    if count and loop.count:
        enough = arithmetic.compare(">=", count, number(rank))
        says.append(f"{sentences.amount(loop.count, interview.questionnaire)} ≥ {rank}")
    holds = all_of(around, enough)
    if not says:
        return holds
    reason = Reason(loop.id, f"tour {interview.turns.iteration} si {' et '.join(says)}")
    return interview.defined(f"loop {loop.id}@{interview.turns.iteration}", holds, reason)


def turns_of(interview: Interview, question: Question) -> list[str]:
    """Every turn that a question may be asked in, within those under way."""
    inner = question.loops[len(interview.turns.turn) :]
    ranks = product(*(interview.questionnaire.loops[loop_id].turns() for loop_id in inner))
    return [".".join(str(rank) for rank in (*interview.turns.turn, *each)) for each in ranks]
