"""`prove`: one walk through the questionnaire, a question put to the solver at each step."""

from dataclasses import replace
from threading import Lock

from cati.questionnaire import routing
from cati.questionnaire.model import Block, Loop, Question, Questionnaire
from cati.questionnaire.proof import asking, decisions, interview, unrolling
from cati.questionnaire.proof.defects import Defect, Flaw, Proof
from cati.questionnaire.proof.inquiry import Inquiry, Place
from cati.questionnaire.proof.interview import Interview, Step
from cati.questionnaire.proof.logic import Formula, no

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
            self._walk(part)
            self._decide()
        self._interview.finish()
        self._decide()
        inquiry = self._inquiry
        found = [*inquiry.defects, *inquiry.in_turns.defects()]
        defects = _by_grid(self._questionnaire, found)
        gaps, queries = self._interview.gaps.found, self._interview.solver.queries
        return Proof(
            defects=tuple(sorted(defects, key=lambda defect: defect.line)),
            not_analysed=gaps,
            queries=queries,
            witnesses=tuple(inquiry.witnesses),
        )

    def _walk(self, part: tuple[interview.Part, ...]) -> None:
        """What turns together, or one question, or one loop."""
        (block, questions), *more = part
        looped = {one.loops[0] for _, each in part for one in each if one.loops}
        if looped and not (more or block.rotate):
            self._loop(block, questions, self._enter(block)[0])
            return
        for loop_id in looped:
            members = tuple(one for _, each in part for one in each if loop_id in one.loops)
            why = unrolling.refused(self._interview, block, members)
            unrolling.set_aside(self._interview, self._questionnaire.loops[loop_id], members, why)
        self._pass(tuple((block, tuple(one for one in each if not one.loops)) for block, each in part))

    def _loop(self, block: Block, members: tuple[Question, ...], around: Formula) -> None:
        """The members of a loop, once in each of its turns."""
        depth = len(self._interview.turns.loops)
        loop = self._questionnaire.loops[members[0].loops[depth]]
        why = "" if depth else unrolling.refused(self._interview, block, members)
        if why:
            unrolling.set_aside(self._interview, loop, members, why)
            return
        self._interview.raise_before(loop, members)
        asking.turns(self._inquiry, loop, around)
        for active in unrolling.turns(self._interview, loop, around):
            self._note_closed(loop, members, active)
            for piece in interview.pieces(members, depth + 1):
                if piece[0].loops[depth + 1 :]:
                    self._loop(block, piece, active)
                else:
                    self._pass(((block, piece),), active)

    def _note_closed(self, loop: Loop, members: tuple[Question, ...], active: Formula) -> None:
        running = no(self._interview.ended)
        if self._inquiry.ask(Place(loop.line, loop.id), running, active).impossible:
            for question in members:
                for turn in unrolling.turns_of(self._interview, question):
                    self._inquiry.in_turns.closed.setdefault(question.id, set()).add(turn)

    def _pass(self, part: tuple[interview.Part, ...], within: Formula | None = None) -> None:
        """Questions one after the other, then left behind together."""
        steps = [step for block, questions in part for step in self._ask(block, questions, within)]
        for step, passed in steps:
            self._interview.leave(step, passed=passed)

    def _enter(self, block: Block) -> tuple[Formula, bool]:
        """The condition of a block, and whether anybody enters it."""
        if block.id not in self._entered:
            condition = self._interview.enter(block)
            self._entered[block.id] = condition, asking.block(self._inquiry, block, condition)
        return self._entered[block.id]

    def _ask(
        self, block: Block, questions: tuple[Question, ...], within: Formula | None
    ) -> list[tuple[Step, bool]]:
        """Each question with whether anybody gets past it. `within`: the turn of a loop, in place of the block."""
        condition, entered = self._enter(block)
        steps = []
        for question in questions:
            turn = self._interview.turns.iteration
            self._inquiry.in_turns.asked.setdefault(question.id, set()).add(turn)
            before = self._interview.ended, self._interview.stopped
            step = self._interview.arrive(block, condition if within is None else within, question)
            passed = not entered or asking.question(self._inquiry, step)
            if not passed:
                # Nobody gets past it, which is said once: the walk goes on as if it had let them.
                self._interview.ended, self._interview.stopped = before
            steps.append((step, passed))
        return steps

    def _decide(self) -> None:
        known = self._interview.known
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
