"""The parts of a questionnaire file that every reader needs: strict keys, typed values, expressions, choices."""

from collections.abc import Iterable
from typing import Any

from cati.questionnaire import keys as known
from cati.questionnaire.expressions import ExpressionError, parse
from cati.questionnaire.findings import Notebook, nearest
from cati.questionnaire.model import ENDINGS, SPECIALS, Choice, Expression, State
from cati.questionnaire.source import Mapping

_DEFAULT_LABELS = {State.DK: "Ne sait pas", State.REFUSED: "Refus", State.NA: "Non concerné(e)"}


class Part:
    """One mapping of the file, read key by key. Wrong keys and wrong types go to the notebook, with their line."""

    def __init__(
        self, fields: Any, notebook: Notebook, *, name: str, keys: Iterable[str], line: int = 1
    ) -> None:
        self.notebook = notebook
        self.name = name
        self.fields = fields if isinstance(fields, Mapping) else Mapping(line)
        if not isinstance(fields, Mapping):
            notebook.error(line, name, "une suite de clés est attendue ici")
        known = tuple(keys)
        for key in self.fields:
            if key not in known:
                self.error(key, "clé inconnue", nearest(key, known))

    def line(self, key: Any = None) -> int:
        return self.fields.lines.get(key, self.fields.line)

    def error(self, key: Any, message: str, hint: str = "") -> None:
        self.notebook.error(self.line(key), f"{self.name}.{key}", message, hint)

    def has(self, key: str) -> bool:
        return self.fields.get(key) is not None

    def text(self, key: str) -> str | None:
        """A text, its line breaks folded; None when absent."""
        found = self.fields.get(key)
        if isinstance(found, (Mapping, list)):
            self.error(key, "un texte est attendu")
            return None
        return None if found is None else " ".join(str(found).split())

    def needed(self, key: str) -> str:
        text = self.text(key)
        if not text:
            self.error(key, "cette clé est obligatoire")
        return text or ""

    def flag(self, key: str, *, default: bool = False) -> bool:
        found = self.fields.get(key, default)
        if not isinstance(found, bool):
            self.error(key, "true ou false est attendu")
            return default
        return found

    def number(self, key: str) -> int | None:
        found = self.fields.get(key)
        if found is not None and (isinstance(found, bool) or not isinstance(found, int)):
            self.error(key, "un nombre entier est attendu")
            return None
        return found

    def words(self, key: str) -> tuple[str, ...]:
        """A list of texts, or one text alone."""
        found = self.fields.get(key)
        if found is None:
            return ()
        return tuple(" ".join(str(one).split()) for one in (found if isinstance(found, list) else [found]))

    def mapping(self, key: str) -> Mapping:
        found = self.fields.get(key)
        if found is not None and not isinstance(found, Mapping):
            self.error(key, "une suite de clés est attendue")
        return found if isinstance(found, Mapping) else Mapping(self.line(key))

    def members(self, key: str) -> list[Any]:
        found = self.fields.get(key)
        if found is not None and not isinstance(found, list):
            self.error(key, "une liste est attendue")
        return found if isinstance(found, list) else []

    def expression(self, key: str) -> Expression | None:
        found = self.fields.get(key)
        return (
            None
            if found is None
            else expression(str(found), self.notebook, self.line(key), f"{self.name}.{key}")
        )


def expression(source: str, notebook: Notebook, line: int, key: str) -> Expression | None:
    """The expression, or None with its mistake noted."""
    try:
        return Expression(source, parse(source), line)
    except ExpressionError as mistake:
        notebook.error(line, key, f"expression « {source} » : {mistake}")
        return None


def choices(fields: Mapping, notebook: Notebook, name: str) -> tuple[Choice, ...]:
    """`{1: Oui, 94: {label: Autre, specify: true}}`."""
    found = []
    for code, content in fields.items():
        line = fields.lines[code]
        if not isinstance(code, int):
            notebook.error(line, f"{name}.{code}", "un code de modalité est un nombre entier")
        elif isinstance(content, Mapping):
            found.append(_choice(code, Part(content, notebook, name=f"{name}.{code}", keys=known.CHOICE)))
        else:
            found.append(Choice(code=code, label=" ".join(str(content).split())))
    return tuple(found)


def special_labels(part: Part, default: tuple[State, ...]) -> dict[State, str]:
    """The special states that a question offers: the default ones, and what `dk refused na` add, rename or remove."""
    offered: dict[State, str] = {}
    for state in SPECIALS:
        given = part.fields.get(state.value, state in default)
        if isinstance(given, (bool, str)):
            if given:
                offered[state] = given if isinstance(given, str) else _DEFAULT_LABELS[state]
        else:
            part.error(state.value, "true, false ou un libellé est attendu")
    return offered


def _choice(code: int, part: Part) -> Choice:
    ends = part.text("ends")
    if ends and ends not in ENDINGS:
        part.error(
            "ends", f"fin inconnue : « {ends} »", nearest(ends, ENDINGS) or f"connues : {', '.join(ENDINGS)}"
        )
    return Choice(
        code=code,
        label=part.needed("label"),
        exclusive=part.flag("exclusive"),
        fixed=part.flag("fixed"),
        specify=part.flag("specify"),
        ends=ends,
        when=part.expression("when"),
    )
