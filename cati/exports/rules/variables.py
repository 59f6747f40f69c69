"""What a variable of an export is, and where its value comes from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from cati.questionnaire.model import State

Cell = int | float | str | date | None  #: None: not asked, or no value; an empty cell in every file


class Storage(StrEnum):
    """How the values of a variable are kept."""

    INTEGER = "integer"
    DECIMAL = "decimal"
    TEXT = "text"
    DATE = "date"


class Measure(StrEnum):
    """The level of measurement, in SPSS's words."""

    NOMINAL = "nominal"
    ORDINAL = "ordinal"
    SCALE = "scale"


@dataclass(frozen=True, slots=True)
class Technical:
    """A fact of the interview, not an answer: a field of `Facts`."""

    fact: str


@dataclass(frozen=True, slots=True)
class Whole:
    """The answer itself, or the code of its special state."""

    question: str


@dataclass(frozen=True, slots=True)
class Contains:
    """Whether a choice is among those mentioned: 1 or 0, or the code of the special state."""

    question: str
    code: int


@dataclass(frozen=True, slots=True)
class Mention:
    """The choice mentioned at this rank, from 1; nothing when fewer were mentioned."""

    question: str
    rank: int


@dataclass(frozen=True, slots=True)
class Status:
    """Whether an open question has its text: 1, or the code of the special state."""

    question: str


@dataclass(frozen=True, slots=True)
class Noted:
    """Whether a key of the desk noted this hidden question: 1 or 0. Its text stays with the bailleur's alert."""

    question: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """A value the questionnaire computes."""

    computed: str


@dataclass(frozen=True, slots=True)
class Consented:
    """What was consented to in one call: 1 or 0; nothing when it was not asked in that call."""

    consent: str
    call_no: int


Source = Technical | Whole | Contains | Mention | Status | Noted | Drawn | Consented


@dataclass(frozen=True, slots=True)
class Missing:
    """How a special state is written: its code, and what it means for this question."""

    code: int
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """One column of an export."""

    name: str
    label: str
    storage: Storage
    measure: Measure
    source: Source
    values: Mapping[int | str, str] = field(default_factory=dict)  #: the label of each code
    missing: Mapping[State, Missing] = field(default_factory=dict)  #: the special states it may have
    versions: frozenset[str] | None = None  #: of the questionnaire that have it; None: all those exported

    @property
    def labels(self) -> dict[int | str, str]:
        """The label of every code, those of the special states last."""
        return {**self.values, **{special.code: special.label for special in self.missing.values()}}


def question_of(variable: Variable) -> str | None:
    """The question a variable is drawn from; None for facts of the interview and computed values."""
    match variable.source:
        case Whole(question) | Contains(question) | Mention(question) | Status(question) | Noted(question):
            return question.partition("#")[0]
        case Technical() | Drawn() | Consented():
            return None
