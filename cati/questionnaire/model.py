"""What a questionnaire is: frozen facts, read once from its text. Everything else in the engine reads these."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from cati.questionnaire.ast import Node


class State(StrEnum):
    """What is known of one question for one household. Only `answered` carries a value."""

    ANSWERED = "answered"
    DK = "dk"
    REFUSED = "refused"
    NA = "na"
    UNANSWERED = "unanswered"
    NOT_ASKED = "not_asked"


#: The three states an interviewer may give in place of a value.
SPECIALS = (State.DK, State.REFUSED, State.NA)

Code = int
Value = int | str | bool | list[int] | None


@dataclass(frozen=True, slots=True)
class Answer:
    """single, scale, integer: a whole number; multiple: codes in order of mention; ranking: codes, the first first;
    decimal: its digits as a text; date: `2024-03-12`; time: `18:40`; duration: whole minutes; phone: its international
    form; text: the text; a note passed: True. Any state but `answered` has no value."""

    state: State
    value: Value = None


def answered(value: Value) -> Answer:
    return Answer(State.ANSWERED, value)


class Kind(StrEnum):
    """The types of question. A grid is one `grid-item` per row; each takes one code of the grid's list."""

    SINGLE = "single"
    MULTIPLE = "multiple"
    INTEGER = "integer"
    DECIMAL = "decimal"
    TEXT = "text"
    DATE = "date"
    TIME = "time"
    DURATION = "duration"
    PHONE = "phone"
    SCALE = "scale"
    RANKING = "ranking"
    GRID_ITEM = "grid-item"
    NOTE = "note"


#: What is chosen from a list in any number, in order.
SEVERAL = frozenset({Kind.MULTIPLE, Kind.RANKING})

#: What `marks:` may name: the person to be interviewed is speaking; the interview has begun; the address needs a
#: supervisor.
MARKS = ("leaseholder", "interview", "address_to_correct")

#: What `ends:` may name: a disposition, or a family that the closing screen completes.
ENDINGS = (
    "appointment",
    "refusal",
    "callback",
    "opposition",
    "withdrawn",
    "wrong_number",
    "moved",
    "deceased",
    "owner",
    "duplicate",
    "language",
    "unable",
    "away",
    "break_off",
)


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression as written, its tree, and the line it stands on."""

    source: str
    tree: Node
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    code: Code
    label: str
    exclusive: bool = False  #: no other code goes with it
    fixed: bool = False  #: keeps its place under rotation
    specify: bool = False  #: opens the text question `<id>_other`
    ends: str | None = None  #: ends the call (block `each_call`) or the interview
    when: Expression | None = None  #: offered only then


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """States a fault: a missing value never trips it. Hard blocks, soft asks for a confirmation."""

    id: str
    fault: Expression
    hard: bool
    say: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Something said that the tenant may ask to have passed on. `code` is its choice in the consent question."""

    id: str
    label: str
    when: Expression
    code: Code


@dataclass(frozen=True, slots=True, kw_only=True)
class Computed:
    """A value drawn from earlier answers, right after one question. Exported when it has a label."""

    name: str
    value: Expression
    label: str | None = None
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """The whole table that one item belongs to, so that a screen can show all its rows."""

    id: str
    stem: str
    rows: tuple[str, ...]  #: the ids of its items, in the order written
    rotate: bool = False
    by_row: bool = False  #: the table is the screen: a digit answers a row and goes to the next


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Short questions that one screen shows together, each answered by itself."""

    id: str
    ask: str | None  #: read before the first of them
    members: tuple[str, ...]  #: their ids, in the order written


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    id: str
    block: str
    kind: Kind
    ask: str  #: read aloud
    line: int = 0
    instruction: str | None = None  #: for the interviewer, never read aloud
    probe: str | None = None  #: the follow-up to say when the answer is too short
    optional: str | None = None  #: read only if it helps
    choices: tuple[Choice, ...] = ()
    read_choices: bool = False
    rotate: bool = False
    max_choices: int | None = None
    low: Expression | None = None
    high: Expression | None = None
    ends_of_scale: tuple[str, str] | None = None  #: what 0 and the highest note mean
    specials: Mapping[State, str] = field(
        default_factory=dict
    )  #: the special states offered, each with its label
    required: bool = True
    when: Expression | None = None
    checks: tuple[Check, ...] = ()
    computes: tuple[Computed, ...] = ()
    preset: Expression | None = None  #: shown chosen, never validated by itself
    observable: bool = False
    themes: tuple[str, ...] = ()
    grid: Grid | None = None
    group: Group | None = None
    specifies: tuple[str, Code] | None = None  #: the question and choice whose text this is
    per_alert: str | None = None  #: the alert whose text this is
    from_alerts: bool = False  #: its choices are the alerts raised
    closing: bool = False  #: does not count for completeness
    hidden: bool = False  #: never on the route; answered by a key of the desk
    repeat: int = 1  #: how many times a hidden question may be answered
    on_redial: bool = False  #: asked again when the same interviewer redials after a drop
    loops: tuple[str, ...] = ()  #: the loops it is asked in, the outer one first

    def choice(self, code: object) -> Choice | None:
        return next((choice for choice in self.choices if choice.code == code), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """Questions asked once for each turn: as many times as a number asked earlier says, or once for each of a list.

    A turn is known by its number (or its code in the list), which never shifts: lowering the number and raising it
    again brings back what was answered.
    """

    id: str
    line: int
    inside: str | None  #: the loop around it
    count: Expression | None  #: how many turns; None: one for each member of `over`
    over: tuple[Choice, ...]  #: the members of the list; empty when a number decides
    most: int  #: never more turns than that
    when: Expression | None = None

    def turns(self) -> tuple[int, ...]:
        """Every turn that can be: what exports and proofs unroll."""
        return tuple(member.code for member in self.over) or tuple(range(1, self.most + 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    id: str
    title: str
    questions: tuple[Question, ...]
    line: int = 0
    when: Expression | None = None
    each_call: bool = False  #: answered anew on every call that a person answers
    private: bool = False  #: about the person: nobody outside sees or hears it
    rotate: bool = False  #: its questions turn from case to case
    rotate_with: str | None = None  #: the group of blocks it turns with


class HelpKind(StrEnum):
    """What a text of the help panel is for."""

    OBJECTION = "objection"  #: an argument to somebody who hesitates or refuses
    INFORMATION = "information"  #: what the person asks, or has a right to know


@dataclass(frozen=True, slots=True, kw_only=True)
class Help:
    """What the interviewer has at hand on every screen, whatever is asked."""

    id: str
    title: str  #: what the person says: « Qui vous a donné mon numéro ? »
    kind: HelpKind
    say: tuple[str, ...]  #: read aloud, one paragraph each
    instruction: str | None = None  #: for the interviewer, never read aloud
    line: int = 0


class SampleType(StrEnum):
    BOOLEAN = "boolean"
    INTEGER = "integer"
    DECIMAL = "decimal"
    TEXT = "text"
    DATE = "date"


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleColumn:
    name: str
    type: SampleType
    choices: tuple[str, ...] = ()  #: for texts, the only ones allowed; empty: any
    optional: bool = False
    headings: tuple[str, ...] = ()  #: other names that bailleurs' files give the column
    #: other ways in which they say a choice → the choice
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Questionnaire:
    id: str
    version: str
    language: str
    title: str
    sha256: str
    blocks: tuple[Block, ...]
    questions: Mapping[str, Question]  #: every question by id, in order, the hidden ones too
    special_codes: Mapping[State, int]  #: how the special states are written at export, never stored
    sample: Mapping[str, SampleColumn]
    lists: Mapping[str, tuple[Choice, ...]]
    fills: Mapping[str, Expression]
    shared: frozenset[str] = frozenset()  #: the lists that an included part brought
    loops: Mapping[str, Loop] = field(default_factory=dict)  #: by id, the outer ones before the inner ones
    alerts: tuple[Alert, ...] = ()
    consents: Mapping[str, Expression] = field(default_factory=dict)
    marks: Mapping[str, Expression] = field(default_factory=dict)  #: what the desk acts upon, by name
    eligible: Expression | None = None
    partial_after: str | None = None
    quotas: tuple[
        str, ...
    ] = ()  #: what hard quota cells are set on: `bailleur`, sample columns, early questions
    themes: Mapping[str, str] = field(default_factory=dict)
    quota_full: str | None = None  #: what is said when the quota is reached
    danger: tuple[str, ...] = ()  #: the script of the danger key, one sentence a line
    help: Mapping[str, Help] = field(default_factory=dict)  #: objections and information at hand, by id
    translations: Mapping[str, "Questionnaire"] = field(
        default_factory=dict
    )  #: the same, said in other languages

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages it can be said in, its own first."""
        return (self.language, *self.translations)

    def said_in(self, language: str) -> "Questionnaire":
        """Its texts in a language; in its own when there is no such one. Only texts differ: never route by it."""
        return self.translations.get(language, self)

    def block(self, block_id: str) -> Block:
        return next(block for block in self.blocks if block.id == block_id)

    @property
    def computes(self) -> Mapping[str, Computed]:
        return {
            computed.name: computed for question in self.questions.values() for computed in question.computes
        }
