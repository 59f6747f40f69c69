"""`prove`: one walk through the questionnaire, a question put to the solver at each step."""

from dataclasses import replace
from threading import Lock

from cati.questionnaire import routing
from cati.questionnaire.model import Question, Questionnaire
from cati.questionnaire.proof import asking, decisions, interview
from cati.questionnaire.proof.defects import Defect, Flaw, Proof
from cati.questionnaire.proof.inquiry import Inquiry
from cati.questionnaire.proof.interview import Interview, Step
from cati.questionnaire.proof.logic import Formula

__all__ = ["prove"]

_ONE_AT_A_TIME = Lock()  # z3 keeps its terms in one place, which two threads may not share


def prove(questionnaire: Questionnaire, *, witnesses: bool = False) -> Proof:
    """The defects that no reading shows, of a questionnaire that the lint has passed. `witnesses`: also somebody for
    each question, choice, check and alert that can be met."""
    with _ONE_AT_A_TIME:
        return _Walk(questionnaire, keep_witnesses=witnesses).run()


class _Walk:
    def __init__(self, questionnaire: Questionnaire, *, keep_witnesses: bool) -> None:
        self._questionnaire = questionnaire
        self._interview = Interview(questionnaire)
        compiled = routing.compile(questionnaire)
        self._inquiry = Inquiry(compiled, self._interview, keep_witnesses)
        self._pending = decisions.pending(questionnaire)
        self._entered: dict[str, tuple[Formula, bool]] = {}

    def run(self) -> Proof:
        self._interview.begin()
        self._decide()
        for part in interview.parts(self._questionnaire):
            steps = [step for block, questions in part for step in self._ask(block.id, questions)]
            for step, passed in steps:
                self._interview.leave(step, passed=passed)
            self._decide()
        self._interview.finish()
        self._decide()
        inquiry = self._inquiry
        defects = _by_grid(self._questionnaire, inquiry.defects)
        gaps, queries = self._interview.gaps.found, self._interview.solver.queries
        return Proof(
            defects=tuple(sorted(defects, key=lambda defect: defect.line)),
            not_analysed=gaps,
            queries=queries,
            witnesses=tuple(inquiry.witnesses),
        )

    def _ask(self, block_id: str, questions: tuple[Question, ...]) -> list[tuple[Step, bool]]:
        block = self._questionnaire.block(block_id)
        if block_id not in self._entered:
            condition = self._interview.enter(block)
            self._entered[block_id] = condition, asking.block(self._inquiry, block, condition)
        condition, entered = self._entered[block_id]
        steps = []
        for question in questions:
            before = self._interview.ended, self._interview.stopped
            step = self._interview.arrive(block, condition, question)
            passed = not entered or asking.question(self._inquiry, step)
            if not passed:
                # Nobody gets past it, which is said once: the walk goes on as if it had let them.
                self._interview.ended, self._interview.stopped = before
            steps.append((step, passed))
        return steps

    def _decide(self) -> None:
        known = self._interview.names.keys()
        ready = [decision for decision in self._pending if decision.reads <= known]
        self._pending = [decision for decision in self._pending if decision not in ready]
        for decision in ready:
            decisions.look(self._inquiry, decision)


def _by_grid(questionnaire: Questionnaire, defects: list[Defect]) -> list[Defect]:
    """What is wrong with every row of a grid alike is said once, of the grid."""
    found: dict[tuple[object, ...], Defect] = {}
    for defect in defects:
        grid, whole = _grid_of(questionnaire, defect, defects)
        name = grid or defect.key
        found.setdefault(
            (defect.flaw, name, "" if grid else defect.message),
            replace(defect, key=name, message=whole) if grid else defect,
        )
    return list(found.values())


def _grid_of(questionnaire: Questionnaire, defect: Defect, defects: list[Defect]) -> tuple[str | None, str]:
    row, _, rest = defect.key.partition(".")
    question = questionnaire.questions.get(row)
    if question is None or question.grid is None or defect.flaw not in _OF_A_GRID:
        return None, ""
    keys = {one.key for one in defects if one.flaw is defect.flaw}
    suffix = f".{rest}" if rest else ""
    if any(f"{one}{suffix}" not in keys for one in question.grid.rows):
        return None, ""
    name = f"{question.grid.id}{suffix}"
    return name, defect.message.replace(row, question.grid.id)


_OF_A_GRID = frozenset(
    {Flaw.QUESTION_UNREACHABLE, Flaw.FILTER_ALWAYS_TRUE, Flaw.CHOICE_NEVER, Flaw.CHOICE_FILTER_ALWAYS_TRUE}
)
