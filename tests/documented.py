"""The examples of docs/questionnaire/*.md: read from the pages, completed, checked and played as their readers would.

How a page writes them stands in docs/questionnaire/README.md.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from textwrap import indent
from typing import Any

from cati.cli import play as playing
from cati.exports.rules.codebook import codebook
from cati.exports.rules.rows import Respondent, column
from cati.questionnaire import changes, checks, loader, routing, source, wording
from cati.questionnaire.findings import Finding
from cati.questionnaire.french import typography
from cati.questionnaire.model import Answer, Questionnaire
from cati.questionnaire.route import AnswerKey, Route, Situation, Spoken
from cati.questionnaire.routing import Compiled

PAGES = Path(__file__).parents[1] / "docs" / "questionnaire"

#: Whom the examples call.
CALL: dict[str, object] = {
    "interviewer": "Camille",
    "institute": "Présence",
    "bailleur": "Opale Habitat",
    "caller_id": "03 53 01 00 00",
    "dpo": "dpo@opale-habitat.example",
    "observed": False,
    "visit": False,
}
CONTACT = {"civilite": "Mme", "nom": "MARTIN", "residence": "Résidence des Tilleuls", "commune": "Lens"}
#: What a play may give and expect; anything else in it is a slip of the page.
GIVEN = ("answers", "sample", "date", "case", "call", "intro_call", "language", "confirm")
#: Expected, beside what `play --json` tells.
SEEN = ("said", "screen", "faults", "export", "labels")

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_PART = re.compile(r"# ([\w/-]+\.yaml)\n")
_WHOLE = re.compile(r"^questionnaire:", re.MULTILINE)
#: No column that an example shows is a fact of the interview.
_NO_FACTS: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One YAML block of a page, with what the page says of it."""

    page: str
    line: int
    written: str
    parts: tuple[tuple[str, str], ...] = ()  #: written above it on the page: name, text
    check: tuple[str, ...] = ()  #: what `check` says of it, without the lines
    plays: tuple[str, ...] = ()
    diff: tuple[str, ...] | None = None  #: what `diff` says since the example above
    before: str = ""  #: the example above

    @property
    def text(self) -> str:
        return completed(self.written)

    def findings(self) -> tuple[str, ...]:
        """What `check` says, as the page writes it."""
        told = [re.sub(r"^(.*, )?ligne \d+, ", "", str(each)) for each in _review(self.text, self.parts)[1]]
        return tuple(re.sub(r"ligne \d+", "ligne n", each) for each in told)

    def changes(self) -> tuple[str, ...]:
        """What `diff` says since the example above."""
        old, new = (_review(text, self.parts)[0] for text in (completed(self.before), self.text))
        assert old is not None
        assert new is not None
        return tuple(each.sentence for each in changes.compare(old, new))


@cache
def _review(
    text: str, parts: tuple[tuple[str, str], ...]
) -> tuple[Questionnaire | None, tuple[Finding, ...]]:
    return loader.review(text, dict(parts).__getitem__)


@cache
def _compiled(text: str, parts: tuple[tuple[str, str], ...]) -> Compiled:
    questionnaire, findings = _review(text, parts)
    assert questionnaire is not None, [str(each) for each in findings]
    return routing.compile(questionnaire)


def examples(page: str, text: str) -> Iterator[Example]:
    """The examples of a page, in order. A YAML block under the name of a file is a part for those below it."""
    found: list[Example] = []
    parts: dict[str, str] = {}
    for fence in _FENCE.finditer(text):
        kind, content = fence.groups()
        named = _PART.match(content)
        if kind == "yaml" and named and not _WHOLE.search(content):
            parts[named[1]] = content
        elif kind == "yaml":
            line = text.count("\n", 0, fence.start()) + 1
            before = found[-1].written if found else ""
            found.append(
                Example(page=page, line=line, written=content, parts=tuple(parts.items()), before=before)
            )
        elif kind in ("check", "play", "diff"):
            assert found, f"{page} : « {kind} » suit un exemple"
            found[-1] = _with(found[-1], kind, content)
    yield from found


def _with(example: Example, kind: str, content: str) -> Example:
    lines = tuple(content.splitlines())
    if kind == "play":
        return replace(example, plays=(*example.plays, content))
    return replace(example, check=lines) if kind == "check" else replace(example, diff=lines)


def completed(written: str) -> str:
    """The whole file of an example: a fragment is given a name, a version and, for questions alone, a block A."""
    if _WHOLE.search(written):
        return written
    head = 'questionnaire: exemple\nversion: "1"\n'
    if written.startswith("- "):
        return head + ("blocks:\n" + indent(written, "  ") if _is_block(written) else _block_a(written))
    return head + "".join(
        _block_a(section.partition("\n")[2]) if section.startswith("questions:\n") else section
        for section in re.split(r"^(?=\w)", written, flags=re.MULTILINE)
    )


def _is_block(written: str) -> bool:
    first = re.split(r"^- ", written, flags=re.MULTILINE)[1]
    return first.startswith("use:") or ("\n  questions:" in first and not first.startswith("loop:"))


def _block_a(questions: str) -> str:
    return "blocks:\n  - id: A\n    questions:\n" + indent(questions, "      ")


def played(example: Example, play: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a play expects, and the same things as the engine has them."""
    written: dict[str, Any] = dict(source.read(play))
    script = _compiled(example.text, example.parts)
    given = {name: written.pop(name) for name in GIVEN if name in written}
    written.setdefault("problems", {})  # an answer that is refused is told, or a slip of the page
    return written, _Play(script, given).told(written)


class _Play:
    """One script of answers, and what it shows."""

    def __init__(self, script: Compiled, given: Mapping[str, Any]) -> None:
        self._script = script
        date = given.get("date", "2026-11-25")
        self._answers: dict[str, Any] = given.get("answers", {})
        self._language = given.get("language", "")
        self._situation = Situation(
            sample=given.get("sample", {}),
            facts={"year": int(date[:4]), "date": date},
            case_id=given.get("case", 1),
            call_no=given.get("call", 1),
            intro_call=given.get("intro_call"),
            version=script.questionnaire.version,
        )
        confirmed = given.get("confirm", [])
        keys = frozenset(fault.key for fault in self._route().faults if fault.check in confirmed)
        self._situation = replace(self._situation, confirmed=keys)

    def _route(self) -> Route:
        kept = {self._key(name): self._answer(name, content) for name, content in self._answers.items()}
        good = {key: answer for key, answer in kept.items() if isinstance(answer, Answer)}
        return self._script.route(self._situation, good)

    def _key(self, name: str) -> AnswerKey:
        question, _, turn = name.partition("#")
        whole = self._script.questionnaire
        each_call = whole.block(whole.questions[question].block).each_call
        return question, turn or (f"c{self._situation.call_no}" if each_call else "")

    def _answer(self, name: str, content: Any) -> Answer | checks.AnswerProblem:
        return checks.read_content(self._script.questionnaire.questions[name.partition("#")[0]], content)

    def told(self, expected: Mapping[str, Any]) -> dict[str, Any]:
        route = self._route()
        spoken = Spoken(situation=self._situation, call=CALL, contact=CONTACT, language=self._language)
        told = playing.scripted(self._script, self._situation, self._answers)
        told["route"] = " ".join(told["route"])
        told["faults"] = {
            fault.check: wording.said_fault(self._script, fault, route, spoken) for fault in route.faults
        }
        said = {name: self._screen(name, route, spoken) for name in _named(expected)}
        told["said"] = {name: said[name].text for name in expected.get("said", {})}
        told["screen"] = {
            name: {each: _plain(getattr(said[name], each)) for each in wanted}
            for name, wanted in expected.get("screen", {}).items()
        }
        book = {variable.name: variable for variable in codebook(self._script.questionnaire)}
        respondent = Respondent(facts=_NO_FACTS, visible=route.visible, computed=route.computed, consents={})
        told["export"] = {
            name: column(book[name], [respondent])[0] if name in book else "pas de colonne"
            for name in expected.get("export", {})
        }
        told["labels"] = {name: book[name].label for name in expected.get("labels", {})}
        return {name: told[name] for name in expected}

    def _screen(self, name: str, route: Route, spoken: Spoken) -> wording.Wording:
        question, _, turn = name.partition("#")
        return wording.question_texts(
            self._script, self._script.questionnaire.questions[question], route, spoken, turn
        )


def _named(expected: Mapping[str, Any]) -> set[str]:
    return {*expected.get("said", {}), *expected.get("screen", {})}


def _plain(shown: Any) -> Any:
    """What a screen shows, as a page writes it: « clé libellé » for what is chosen."""
    if isinstance(shown, tuple):
        return [_plain(each) for each in shown]
    if isinstance(shown, wording.ShownChoice):
        return f"{shown.key or ''} {shown.label}".strip()
    if isinstance(shown, wording.ShownSpecial):
        return f"{shown.key} {shown.label}"
    if isinstance(shown, wording.ShownRow):
        return f"{shown.id} {shown.text}"
    return shown


def same_words(expected: Any) -> Any:
    """What a page writes and what a screen shows, with the same spaces and apostrophes."""
    match expected:
        case str():
            return typography(expected).replace("\u00a0", " ").replace("\u202f", " ")
        case Decimal():
            return float(expected)
        case dict():
            return {name: same_words(inner) for name, inner in expected.items()}
        case list():
            return [same_words(each) for each in expected]
    return expected
