"""What a proof says: the defects, each with the filters behind it or somebody who meets it; what was not analysed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from cati.questionnaire.proof.gaps import Gap
from cati.questionnaire.source import place


class Flaw(StrEnum):
    """The kinds of defect."""

    QUESTION_UNREACHABLE = "question_unreachable"
    BLOCK_UNREACHABLE = "block_unreachable"
    FILTER_ALWAYS_TRUE = "filter_always_true"
    CHOICE_NEVER = "choice_never_selectable"
    CHOICE_FILTER_ALWAYS_TRUE = "choice_filter_always_true"
    END_NEVER = "end_unreachable"
    ALWAYS_ENDS = "always_ends"
    TURNS_CUT = "turns_cut"
    CHECK_NEVER = "check_never_trips"
    CHECK_ALWAYS = "check_always_trips"
    NO_VALUE = "no_value"
    DEAD_END = "dead_end"
    DEAD_END_FOR_SOME = "dead_end_for_some"
    ALERT_NEVER = "alert_never_raised"
    ELIGIBLE_NEVER = "eligible_never"
    ELIGIBLE_ALWAYS = "eligible_always"
    DECISION_NEVER = "decision_never"
    QUOTA_UNREACHABLE = "quota_unreachable"


@dataclass(frozen=True, slots=True)
class Reason:
    """A filter, bound, check or end that takes part in a defect: whose it is, and what it says in French."""

    name: str
    says: str

    def __str__(self) -> str:
        return f"{self.name}\u00a0: {self.says}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """Somebody who meets it: `cati questionnaire play` takes the same answers, columns and day."""

    answers: Mapping[str, object]
    sample: Mapping[str, object]
    date: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """One defect, on its line. `because`: filters that cannot all hold, or that together make it so."""

    flaw: Flaw
    line: int
    key: str
    message: str
    because: tuple[Reason, ...] = ()
    example: Example | None = None

    def __str__(self) -> str:
        return f"{place(self.line)}, {self.key}\u00a0: {self.message}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """Somebody who meets what the proof says can be met: kept on demand, so that it can be played."""

    what: str  #: question, choice, check, alert or eligible
    key: str
    example: Example


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """All that was found. Clean: no defect; what was not analysed may still hide one, and is told."""

    defects: tuple[Defect, ...]
    not_analysed: tuple[Gap, ...]
    queries: int  #: how many questions were put to the solver
    witnesses: tuple[Witness, ...] = field(default=())

    @property
    def clean(self) -> bool:
        return not self.defects
