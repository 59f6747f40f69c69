"""What a route is made from and what it says: plain facts, shared by all that compute or show one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from cati.questionnaire.model import Answer

AnswerKey = tuple[
    str, str
]  # (question id, iteration): "", "c3" in blocks of each call, "2" or "2.1" in loops


def instance(name: str, iteration: str) -> str:
    """Under which name a route knows the answer, or the value, of one turn of a loop: `AGE#2`."""
    return f"{name}#{iteration}" if iteration and not iteration.startswith("c") else name


def within(iteration: str, depth: int) -> str:
    """The part of an iteration that the `depth` outer loops make: within("2.1", 1) is "2"."""
    return ".".join(iteration.split(".")[:depth])


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """All that a route depends on besides the answers."""

    sample: Mapping[str, object] = field(default_factory=dict)
    facts: Mapping[str, object] = field(
        default_factory=dict
    )  #: `year` (int) and `date` (ISO), frozen at opening
    case_id: int = 0
    call_no: int = 1  #: the call under way: its introduction is the one that counts
    intro_call: int | None = None  #: after a redial within the attempt, the call whose introduction is kept
    version: str = ""
    confirmed: frozenset[str] = frozenset()  #: keys (`Fault.key`) of the soft faults confirmed so far


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A check that fails now and is not confirmed. `key` changes when an answer it involves changes."""

    check: str
    hard: bool
    say: str
    question: str
    iteration: str
    key: str


class Route(NamedTuple):
    """A tuple, not a dataclass: one is made at every answer, and a frozen dataclass of this width costs a tenth of the
    whole route."""

    items: tuple[AnswerKey, ...]  #: asked, in the order of this case
    visible: Mapping[
        str, Answer
    ]  #: asked and answered, and hidden ones answered, by question (`instance` in loops)
    computed: Mapping[str, object]  #: by name (`instance` in loops)
    position: AnswerKey | None  #: where the interview stands; None when all is answered or the call has ended
    faults: tuple[Fault, ...]
    complete: bool
    partial: bool  #: every block up to the questionnaire's `partial_after` is done
    eligible: bool  #: by this call's introduction; latching it is the caller's
    alerts: tuple[str, ...]
    consents: Mapping[str, bool]  #: of this call
    marks: Mapping[str, bool]  #: what this call's introduction tells the desk, by the names of `marks:`
    ended: str | None  #: the disposition, or family of dispositions, that a choice of this call names
    ended_by: str | None  #: the question of that choice

    @property
    def total(self) -> int:
        return len(self.items)

    def rank(self, key: AnswerKey) -> int:
        """The place of an item on the route, from 1; 0 off the route."""
        return self.items.index(key) + 1 if key in self.items else 0


Bound = Decimal | int | str  #: of a number or a duration; of a date or a time, as it is stored


@dataclass(frozen=True, slots=True)
class Limits:
    """What a question takes in this situation: bounds (None: open) and the codes offered."""

    low: "Bound | None"
    high: "Bound | None"
    codes: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """What texts may say besides answers and sample: the call under way and, in the introduction only, the household.
    `call`: interviewer, institute, bailleur, caller_id, dpo (texts), observed, visit (booleans); `contact`: civilite,
    nom, residence, commune."""

    situation: Situation
    call: Mapping[str, object] = field(default_factory=dict)
    contact: Mapping[str, str] = field(default_factory=dict)
    language: str = ""  #: of what is said; empty: the questionnaire's own
