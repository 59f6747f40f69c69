"""What every question put to the solver shares: asking, noting a defect with its reasons, and somebody who shows it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from cati.questionnaire.model import Check
from cati.questionnaire.proof import examples
from cati.questionnaire.proof.defects import Defect, Example, Flaw, Reason, Witness
from cati.questionnaire.proof.interview import Interview, Step
from cati.questionnaire.proof.logic import Formula, no
from cati.questionnaire.proof.solver import Found, Premise
from cati.questionnaire.proof.turns import Told
from cati.questionnaire.route import Route, instance
from cati.questionnaire.routing import Compiled

_TOO_HARD = "trop de calculs pour trancher"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a defect stands in the file."""

    line: int
    key: str


@dataclass(slots=True)
class Inquiry:
    compiled: Compiled
    interview: Interview
    keep_witnesses: bool = False
    defects: list[Defect] = field(default_factory=list)
    witnesses: list[Witness] = field(default_factory=list)
    in_turns: Told = field(default_factory=Told)

    def ask(self, place: Place, *formulas: Formula, shown: bool = False) -> Found:
        """Whether it is possible at this point of the walk; what cannot be decided is noted."""
        found = self.interview.solver.ask(*formulas, shown=shown)
        if not (found.possible or found.impossible):
            self.interview.gaps.note(_TOO_HARD, place.line, place.key)
        return found

    def never(self, flaw: Flaw, place: Place, message: str, *wanted: Premise) -> bool:
        """Asks for what is wanted; when it is impossible, notes the defect with the filters that make it so."""
        if not self.ask(place, *(premise.formula for premise in wanted)).impossible:
            return False
        self.note(flaw, place, message, because=self.interview.solver.because(*wanted))
        return True

    def note(
        self,
        flaw: Flaw,
        place: Place,
        message: str,
        *,
        because: tuple[Reason, ...] = (),
        example: Example | None = None,
    ) -> None:
        found = Defect(
            flaw=flaw, line=place.line, key=place.key, message=message, because=because, example=example
        )
        turn = self.interview.turns.iteration
        if turn:
            self.in_turns.found.append((turn, found))
        else:
            self.defects.append(found)

    def example(
        self,
        *formulas: Formula,
        upto: Step | None = None,
        confirms: Callable[[Route], bool],
        soft: bool = False,
    ) -> Example | None:
        """Somebody in whose interview all this holds, as the engine itself confirms; None when nobody can be shown.
        First without any soft fault on the way. `upto`: the question that waits for its answer. `soft`: soft faults are
        not confirmed, so that the route shows them."""
        calm = [no(signal) for signal in self.interview.signals]
        ordinary = self.interview.day.ordinary
        for wanted in ([*formulas, *calm, ordinary], [*formulas, *calm], formulas):
            found = self.interview.solver.ask(*wanted, shown=True)
            shown = self._shown(found, upto) if found.possible else None
            if shown and confirms(examples.played(self.compiled, shown, confirming=not soft)):
                return shown
        return None

    def waiting(self, step: Step, *formulas: Formula) -> Example | None:
        """Somebody whose interview waits at this question."""
        mates = self._mates(step)

        def confirms(route: Route) -> bool:
            asked = {instance(*key) for key in route.items}
            return (
                route.position is not None
                and instance(*route.position) in mates
                and instance(*step.item.key) in asked
            )

        return self.example(step.reached, *formulas, upto=step, confirms=confirms)

    def giving(self, step: Step, *formulas: Formula) -> Example | None:
        """Somebody who gives this answer to the question, and is let past it."""
        wanted = step.reached, step.item.seen, no(step.stuck), *formulas
        return self.example(*wanted, confirms=lambda route: instance(*step.item.key) in route.visible)

    def failing(self, step: Step, check: Check, fault: Formula) -> Example | None:
        """Somebody whose answer to the question breaks this check."""
        wanted = step.reached, step.item.seen, fault
        return self.example(
            *wanted, confirms=lambda route: check.id in {one.check for one in route.faults}, soft=True
        )

    def witness(self, what: str, key: str, make: Callable[[], Example | None]) -> None:
        """Keeps somebody who meets it, when asked to."""
        met = any((one.what, one.key) == (what, key) for one in self.witnesses)
        shown = make() if self.keep_witnesses and not met else None
        if shown:
            self.witnesses.append(Witness(what=what, key=key, example=shown))

    def _shown(self, found: Found, upto: Step | None) -> Example | None:
        kept = [item for item in self.interview.items if upto is None or item is not upto.item]
        try:
            shown = examples.example(found.model, kept, self.interview.columns, self.interview.day)
            examples.answers_of(self.compiled, shown)
        except examples.NotPlayableError:
            return None
        return shown

    def _mates(self, step: Step) -> set[str]:
        """The question and those that turn with it: any of them may be the one that waits."""
        block, grid = step.block, step.question.grid
        if block.rotate_with:
            blocks = [
                one for one in self.compiled.questionnaire.blocks if one.rotate_with == block.rotate_with
            ]
            return {question.id for one in blocks for question in one.questions}
        if block.rotate:
            return {question.id for question in block.questions}
        rows = grid.rows if grid and grid.rotate else (step.question.id,)
        return {instance(row, step.item.key[1]) for row in rows}
