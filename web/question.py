"""What the screen of one question shows beside its texts: what is chosen, what is wrong, what must be confirmed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from cati import phone
from cati.calling.actions.answering import ROUTE, Given
from cati.calling.views.screen import Beside, Screen
from cati.questionnaire import moments
from cati.questionnaire.french import FRENCH
from cati.questionnaire.model import Answer, Kind, State, Value

#: Which part of the template shows a type of question.
_LAYOUTS = {
    Kind.SINGLE: "choices",
    Kind.MULTIPLE: "choices",
    Kind.SCALE: "scale",
    Kind.GRID_ITEM: "grid",
    Kind.TEXT: "text",
    Kind.INTEGER: "number",
    Kind.DECIMAL: "number",
    Kind.DATE: "typed",
    Kind.TIME: "typed",
    Kind.DURATION: "typed",
    Kind.PHONE: "typed",
    Kind.RANKING: "ranking",
    Kind.NOTE: "note",
}
#: How the stored value of a field is typed.
_TYPED: dict[Kind, Callable[[Value], str]] = {
    Kind.DATE: lambda day: moments.typed_date(str(day)),
    Kind.TIME: lambda moment: moments.said_time(str(moment)),
    Kind.DURATION: lambda minutes: moments.said_duration(int(str(minutes))),
    Kind.PHONE: lambda number: phone.display(str(number)),
}


@dataclass(frozen=True, slots=True)
class Entered:
    """What stands in the fields: typed just now, given before, or proposed."""

    values: Sequence[str] = ()
    special: str = ""

    @property
    def line(self) -> str:
        """The codes of a ranking, as they are typed."""
        return " ".join(self.values)

    def rank(self, code: object) -> int:
        """The rank of mention of a code, 0 when it is not chosen."""
        return self.values.index(str(code)) + 1 if str(code) in self.values else 0

    @property
    def text(self) -> str:
        """The text or figure in a field."""
        return self.values[0] if self.values else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """Nothing is stored: what the interviewer confirms with a new request, or takes back."""

    sentences: Sequence[str] = ()  #: soft checks of the questionnaire that would fail: read aloud
    asides: Sequence[str] = ()  #: doubts of the desk itself: not read aloud
    leaving: Mapping[str, str] = field(
        default_factory=dict
    )  #: answered questions that would no longer be asked
    confirm: Sequence[str] = ()
    given: Given


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Another question of a screen that shows several: what it asks, and its answer in words, if it has one."""

    question: str
    iteration: str
    text: str
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionPage:
    """The screen of one question."""

    screen: Screen
    entered: Entered
    key: UUID = field(default_factory=uuid4)
    problem: str = ""
    doubt: Doubt | None = None
    saved: str = ""  #: the question whose answer was just kept

    @property
    def layout(self) -> str:
        """The part of the template that shows it."""
        assert self.screen.question is not None
        return _LAYOUTS[self.screen.question.kind]

    @property
    def above(self) -> list[Line]:
        """The questions of the same screen before this one."""
        return [_line(each) for each in self.screen.above]

    @property
    def below(self) -> list[Line]:
        """Those after it, as far as they are asked."""
        return [_line(each) for each in self.screen.below]

    @property
    def language(self) -> str:
        """The language of the script where it is not the page's own; nothing in French."""
        return "" if self.screen.language == FRENCH else self.screen.language

    @property
    def is_table(self) -> bool:
        """Whether the screen is a table answered row by row."""
        asked = self.screen.question
        return asked is not None and asked.grid is not None and asked.grid.by_row

    @property
    def begun(self) -> bool:
        """Whether another row of the grid was answered: its stem was read already."""
        wording = self.screen.wording
        return wording is not None and any(row.answer is not None for row in wording.rows)

    @property
    def at_once(self) -> bool:
        """Whether a digit goes on by itself: on a scale and in the rows of a table, where it is the whole answer."""
        return self.layout == "scale" or self.is_table


def page_of(screen: Screen, *, problem: str = "", saved: str = "") -> QuestionPage:
    """The question as it stands: its answer if it has one, what the file proposes, else nothing chosen."""
    return QuestionPage(screen=screen, entered=_entered(screen), problem=problem, saved=saved)


def typed_again(
    screen: Screen, given: Given, *, problem: str = "", doubt: Doubt | None = None
) -> QuestionPage:
    """The question with what was just typed, which is not stored."""
    entered = Entered(given.values, given.special or "")
    return QuestionPage(screen=screen, entered=entered, problem=problem, doubt=doubt)


def confirmations(keys: Sequence[str], leaving: Sequence[str], given: Given) -> list[str]:
    """What the confirming request holds under `confirm`."""
    return [*sorted(given.confirm), *keys, *([ROUTE] if leaving else [])]


def _line(beside: Beside) -> Line:
    return Line(
        question=beside.question.id,
        iteration=beside.iteration,
        text=beside.wording.text,
        said=_told(beside.answer, beside) if beside.answer else "",
    )


def _told(answer: Answer, beside: Beside) -> str:
    """The answer as it was chosen or typed."""
    entered, wording = _of_answer(answer, beside.question.kind), beside.wording
    labels = {str(choice.code): choice.label for choice in wording.choices}
    labels |= {special.state.value: special.label for special in wording.specials}
    return ", ".join(labels.get(one, one) for one in entered.values or [entered.special])


def _entered(screen: Screen) -> Entered:
    if screen.answer is not None:
        assert screen.question is not None, "only a question has an answer"
        return _of_answer(screen.answer, screen.question.kind)
    wording = screen.wording
    proposed = wording.preset if wording is not None else None
    return Entered(() if proposed is None else (str(proposed),))


def _of_answer(answer: Answer, kind: Kind) -> Entered:
    if answer.state is not State.ANSWERED:
        return Entered((), answer.state.value)
    values = answer.value if isinstance(answer.value, list) else [answer.value]
    typed = _TYPED.get(kind, str)
    return Entered(tuple(map(typed, values)))
