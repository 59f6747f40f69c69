"""The lint of fills: each one that a text names, and those that fills name themselves, can be said where they stand."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cati.questionnaire import ast, compiling, texts
from cati.questionnaire.compiling import Names
from cati.questionnaire.expressions import ExpressionError
from cati.questionnaire.findings import Notebook, nearest
from cati.questionnaire.model import Alert, Expression, Kind, Question, Questionnaire
from cati.questionnaire.source import file_of

_DEEPEST = 2  # a fill may name another, which names no third: texts are filled in twice

#: Why a value is not said as it stands, and what the author meant.
_UNSAID: dict[compiling.Type, tuple[str, str]] = {
    "boolean": ("un oui/non ne se dit pas", 'écrire « if … then "…" else "…" »'),
    "codes": ("plusieurs choix ne se disent pas", "écrire « labels(Q) »"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where a text is said: what is known there, and which fills its place gives."""

    line: int
    key: str
    names: Names
    introduces: bool = False  #: in a block of each call, where the person may be named
    question: Question | None = None


class Fills:
    """Follows the fills of one questionnaire; at the end tells those that nothing says."""

    def __init__(
        self,
        questionnaire: Questionnaire,
        notebook: Notebook,
        complain: Callable[[Expression, str, ExpressionError], None],
    ) -> None:
        self._questionnaire = questionnaire
        self._notebook = notebook
        self._complain = complain  #: of an expression that cannot be read there
        self._said: set[str] = set()

    def text(self, text: str, spot: Spot, around: tuple[str, ...] = ()) -> None:
        """Every fill of a text; `around`: the fills that say this text."""
        for name in texts.fills_of(text):
            given = self._given(name, spot)
            if given is not None:
                for label in given:
                    self.text(label, spot, (*around, name))
            elif len(around) == _DEEPEST:
                self._said.add(name)
                told = " dans ".join(f"« {{{each}}} »" for each in (name, *reversed(around)))
                self._error(spot, f"pas plus de deux insertions l’une dans l’autre : {told}")
            else:
                self._fill(name, spot, around)

    def unsaid(self) -> None:
        """Warns of the questionnaire's own fills that no text names."""
        for name, fill in self._questionnaire.fills.items():
            if name not in self._said and not file_of(fill.line):
                self._notebook.warn(fill.line, f"fills.{name}", "cette insertion n’est dite nulle part")

    def _given(self, name: str, spot: Spot) -> list[str] | None:
        """The texts that a place itself gives a name: the alert of its question, the members of its loop."""
        question = spot.question
        if question and question.per_alert and name == texts.ALERT_FILL:
            return [alert.label for alert in self._alerts() if alert.id == question.per_alert]
        if question and name in question.loops:
            return [member.label for member in self._questionnaire.loops[name].over]
        return None

    def _alerts(self) -> tuple[Alert, ...]:
        return self._questionnaire.alerts

    def _fill(self, name: str, spot: Spot, around: tuple[str, ...]) -> None:
        self._said.add(name)
        fill = self._questionnaire.fills.get(name)
        if fill is None:
            hint = nearest(name, self._questionnaire.fills) or "la déclarer dans « fills »"
            self._error(spot, f"insertion inconnue : « {{{name}}} »", hint)
            return
        key = f"{spot.key}, insertion {{{name}}}"
        try:
            found = compiling.type_of(fill.tree, spot.names)
        except ExpressionError as mistake:
            self._complain(fill, key, mistake)
            return
        if found in _UNSAID:
            self._notebook.error(fill.line, key, *_UNSAID[found])
        self._codes(name, fill)
        if not spot.introduces and any(read.startswith("contact.") for read in ast.names(fill.tree)):
            self._error(
                spot, f"« {{{name}}} » dit qui est la personne : seulement dans un bloc « each_call »"
            )
        for text in self._texts(fill):
            self.text(text, spot, (*around, name))

    def _codes(self, name: str, fill: Expression) -> None:
        question = self._questionnaire.questions.get(fill.source.strip())
        if question and question.kind in (Kind.SINGLE, Kind.GRID_ITEM):
            hint = f"écrire « label({question.id}) »"
            self._notebook.warn(fill.line, f"fills.{name}", "cette insertion dit un code", hint)

    def _texts(self, fill: Expression) -> Iterator[str]:
        """The texts that a fill may say: those written in it, and the labels it takes."""
        for node in ast.walk(fill.tree):
            match node:
                case ast.Text(text):
                    yield text
                case ast.Call("labels", (ast.Name("alerts"),)):
                    yield from (alert.label for alert in self._alerts())
                case ast.Call("label" | "labels", (ast.Name(path),)) if path in self._questionnaire.questions:
                    yield from (choice.label for choice in self._questionnaire.questions[path].choices)

    def _error(self, spot: Spot, message: str, hint: str = "") -> None:
        self._notebook.error(spot.line, spot.key, message, hint)
