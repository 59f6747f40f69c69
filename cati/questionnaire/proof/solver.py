"""The solver: what is laid down about every interview, whether something is possible, and why it is not."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

import z3

from cati.questionnaire.proof.defects import Reason
from cati.questionnaire.proof.logic import Formula

#: The most work for one question, in the solver's own units: the same verdict on a slow machine as on a fast one.
_MOST_WORK = 40_000_000


class Verdict(Enum):
    POSSIBLE = auto()
    IMPOSSIBLE = auto()
    UNDECIDED = auto()


@dataclass(frozen=True, slots=True)
class Premise:
    """Something that holds in every interview, with the reason to tell when it matters."""

    formula: Formula
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """The answer to a question: an interview in which it is so (`model`), or none."""

    verdict: Verdict
    model: Any = None

    @property
    def possible(self) -> bool:
        return self.verdict is Verdict.POSSIBLE

    @property
    def impossible(self) -> bool:
        return self.verdict is Verdict.IMPOSSIBLE


class Solver:
    """Premises are added as the interview goes on; a question is put among those laid down so far."""

    def __init__(self) -> None:
        self._solver = _fresh()
        self._premises: list[Premise] = []
        self.queries = 0

    def add(self, formula: Formula, reason: Reason | None = None) -> None:
        if z3.is_true(formula):
            return
        self._premises.append(Premise(formula, reason))
        self._solver.add(formula)

    def ask(self, *formulas: Formula, shown: bool = False) -> Found:
        """Whether all these can hold together in one interview; which one, when it is to be `shown`."""
        self.queries += 1
        self._solver.push()
        self._solver.add(*formulas)
        verdict = _verdict(self._solver.check())
        model = self._solver.model() if shown and verdict is Verdict.POSSIBLE else None
        self._solver.pop()
        return Found(verdict, model)

    def because(self, *wanted: Premise) -> tuple[Reason, ...]:
        """The reasons that, together, make these impossible: none of them could be left out."""
        core = self._core(wanted)
        for premise in tuple(core):
            rest = [one for one in core if one is not premise]
            if self._conflict(rest):
                core = rest
        return tuple(dict.fromkeys(premise.reason for premise in core if premise.reason))

    def _core(self, wanted: tuple[Premise, ...]) -> list[Premise]:
        solver = _fresh()
        labels: dict[int, tuple[Any, Premise]] = {}
        for premise in (*self._premises, *wanted):
            label = z3.Bool(f"premise {len(labels)}")
            labels[label.get_id()] = label, premise
            solver.assert_and_track(premise.formula, label)
        self.queries += 1
        if _verdict(solver.check()) is not Verdict.IMPOSSIBLE:
            return []  # too much work with every premise named: the defect stands, without its reasons
        named = {label.get_id() for label in solver.unsat_core()}
        # In the order of the interview, whatever order the solver found them in.
        return [premise for identity, (_, premise) in labels.items() if identity in named]

    def _conflict(self, premises: list[Premise]) -> bool:
        solver = _fresh()
        solver.add(*(premise.formula for premise in premises))
        self.queries += 1
        return _verdict(solver.check()) is Verdict.IMPOSSIBLE


def alone(*formulas: Formula) -> Found:
    """Whether these can hold together, whatever else is laid down."""
    solver = _fresh()
    solver.add(*formulas)
    verdict = _verdict(solver.check())
    return Found(verdict, solver.model() if verdict is Verdict.POSSIBLE else None)


def _fresh() -> Any:
    solver = z3.Solver()
    solver.set("rlimit", _MOST_WORK)
    solver.set("random_seed", 0)
    return solver


def _verdict(told: Any) -> Verdict:
    if told == z3.sat:
        return Verdict.POSSIBLE
    return Verdict.IMPOSSIBLE if told == z3.unsat else Verdict.UNDECIDED
