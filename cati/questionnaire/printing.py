"""Makes the paper of a questionnaire: what is read, what is not, and every filter, check and loop in words."""

import re
from collections.abc import Iterator
from dataclasses import replace

from cati.questionnaire import ast, printing_words, sentences
from cati.questionnaire.french import FRENCH, typography
from cati.questionnaire.model import Block, Choice, Expression, Kind, Loop, Question, Questionnaire
from cati.questionnaire.paper import (
    Printed,
    PrintedBlock,
    PrintedChoice,
    PrintedHead,
    PrintedQuestion,
    PrintedRow,
    PrintedTable,
)

_FILL, _FILL_SHOWN = re.compile(r"\{(\w+)\}"), r"[\1]"
_WIDEST = 100  # of a span of codes


def printed(questionnaire: Questionnaire, language: str = "") -> Printed:
    """The questionnaire as it is printed: its texts in `language` (else its own), its rules in French."""
    said = questionnaire.said_in(language)
    page = _Page(said)
    return Printed(
        title=said.title,
        id=said.id,
        version=said.version,
        sha256=questionnaire.sha256,
        language=said.language,
        languages=tuple(map(printing_words.language, questionnaire.languages)),
        questions=sum(not question.hidden for question in said.questions.values()),
        blocks=tuple(page.block(block) for block in said.blocks),
        tables=tuple(PrintedTable(title=title, rows=rows) for title, rows in page.tables() if rows),
        said=tuple(page.texts()),
    )


class _Page:
    """What every part of the paper needs of the whole questionnaire."""

    def __init__(self, questionnaire: Questionnaire) -> None:
        self._whole = questionnaire
        self._leads_to = _leads_to(questionnaire)

    def block(self, block: Block) -> PrintedBlock:
        when = f"posé si {sentences.french(block.when, self._whole)}" if block.when else ""
        return PrintedBlock(
            id=block.id,
            title=self._text(block.title),
            filter=typography(when),
            rules=tuple(printing_words.of_block(block)),
            parts=tuple(self._parts(block)),
        )

    def tables(self) -> Iterator[tuple[str, tuple[tuple[str, str], ...]]]:
        """The appendix: what holds for the whole questionnaire."""
        yield from self._decided()
        whole = self._whole
        yield (
            "Réponses aux objections et aux questions",
            tuple(
                (self._text(each.title), " ".join(map(self._text, each.say))) for each in whole.help.values()
            ),
        )
        yield (
            "Ce qui se complète à l’écran",
            tuple(
                (f"[{name}]", typography(self._shown(sentences.amount(fill, whole))))
                for name, fill in whole.fills.items()
            ),
        )
        yield (
            "Colonnes du fichier",
            tuple((name, printing_words.of_column(column)) for name, column in whole.sample.items()),
        )
        yield "Thèmes", tuple((name, self._text(label)) for name, label in whole.themes.items())
        yield (
            "Codes à l’export",
            tuple((printing_words.STATES[state], str(code)) for state, code in whole.special_codes.items()),
        )

    def _decided(self) -> Iterator[tuple[str, tuple[tuple[str, str], ...]]]:
        whole = self._whole
        decisions = [("éligible", whole.eligible), *printing_words.decisions(whole)]
        yield "Ce qui se décide", tuple((name, self._french(one)) for name, one in decisions if one)
        yield (
            "Alertes à faire suivre, si le locataire le demande",
            tuple(
                (alert.id, typography(f"{self._text(alert.label)} : si {self._french(alert.when)}"))
                for alert in whole.alerts
            ),
        )
        yield "Quotas", tuple((sentences.named(name), "cellules fermes") for name in whole.quotas)

    def texts(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        if self._whole.quota_full:
            yield "Si le quota est atteint", (self._text(self._whole.quota_full),)
        if self._whole.danger:
            yield "En cas de danger", tuple(map(self._text, self._whole.danger))

    def _parts(self, block: Block) -> Iterator[PrintedQuestion | PrintedHead]:
        before: Question | None = None
        for question in block.questions:
            yield from self._heads(question, before)
            before = question
            if question.grid is None:
                yield self._question(question)
            elif question.id == question.grid.rows[0]:
                yield self._grid(question)

    def _heads(self, question: Question, before: Question | None) -> Iterator[PrintedHead]:
        """The loops and the screen that begin with this question."""
        under_way = before.loops if before else ()
        for depth, loop_id in enumerate(question.loops):
            if question.loops[: depth + 1] != under_way[: depth + 1]:
                yield self._loop(self._whole.loops[loop_id], depth)
        if question.group and question.id == question.group.members[0]:
            yield PrintedHead(
                id=question.group.id,
                text="sur un même écran",
                said=self._maybe(question.group.ask),
                depth=len(question.loops),
            )

    def _loop(self, loop: Loop, depth: int) -> PrintedHead:
        if loop.count:
            told = (
                f"une fois pour chaque tour, autant de tours que {sentences.amount(loop.count, self._whole)}"
            )
            told += f" ({loop.most} au plus)"
        else:
            told = f"une fois pour chacun : {', '.join(self._text(each.label) for each in loop.over)}"
        if loop.when:
            told += f" ; si {self._french(loop.when)}"
        return PrintedHead(id=loop.id, text=typography(told), depth=depth)

    def _question(self, question: Question) -> PrintedQuestion:
        choices = () if question.kind is Kind.SCALE else question.choices
        return PrintedQuestion(
            id=question.id,
            kind=printing_words.of_kind(question, self._whole),
            filter=sentences.asked_if(self._whole, question),
            text=self._text(question.ask),
            optional=self._maybe(question.optional),
            instruction=self._maybe(question.instruction),
            probe=self._maybe(question.probe),
            choices=tuple(self._choice(question, choice) for choice in choices),
            read_choices=question.read_choices,
            specials=tuple(
                PrintedChoice(code=printing_words.KEYS[state], label=self._text(label))
                for state, label in question.specials.items()
            ),
            checks=tuple(printing_words.checks(question, self._whole, self._text)),
            rules=tuple(printing_words.rules(question, self._whole)),
            themes=tuple(self._theme(theme) for theme in question.themes),
            depth=len(question.loops),
        )

    def _grid(self, first: Question) -> PrintedQuestion:
        """The whole grid once, with its rows; what a row has of its own is told beside it."""
        assert first.grid is not None
        rows = [self._whole.questions[row] for row in first.grid.rows]
        shared = self._question(first)
        filters = {row.id: sentences.asked_if(self._whole, row) for row in rows}
        same = len(set(filters.values())) == 1
        themes = dict.fromkeys(self._theme(theme) for row in rows for theme in row.themes)
        return replace(
            shared,
            id=first.grid.id,
            filter=shared.filter if same else "ligne par ligne",
            text=self._text(first.grid.stem),
            rows=tuple(
                PrintedRow(id=row.id, text=self._text(row.ask), filter="" if same else filters[row.id])
                for row in rows
            ),
            checks=tuple(
                told for row in rows for told in printing_words.checks(row, self._whole, self._text)
            ),
            rules=(*shared.rules, *printing_words.of_grid(first.grid)),
            themes=tuple(themes),
        )

    def _choice(self, question: Question, choice: Choice) -> PrintedChoice:
        does = list(printing_words.of_choice(choice, question, self._whole))
        if choice.when and not question.from_alerts:
            does.append(f"proposée si {self._french(choice.when)}")
        if question.from_alerts and choice.when:
            does.append("si l’alerte est levée")
        target = self._leads_to.get((question.id, choice.code))
        if target:
            does.append(f"→ {', '.join(target)}")
        return PrintedChoice(code=str(choice.code), label=self._text(choice.label), does=tuple(does))

    def _theme(self, theme: str) -> str:
        return self._text(self._whole.themes.get(theme, theme))

    def _french(self, expression: Expression) -> str:
        return sentences.french(expression, self._whole)

    def _maybe(self, text: str | None) -> str:
        return self._text(text) if text else ""

    def _text(self, text: str) -> str:
        """What is said, with the names that the screen completes between brackets."""
        shown = self._shown(text)
        return typography(shown) if self._whole.language == FRENCH else " ".join(shown.split())

    @staticmethod
    def _shown(text: str) -> str:
        return _FILL.sub(_FILL_SHOWN, text)


def _leads_to(questionnaire: Questionnaire) -> dict[tuple[str, int], tuple[str, ...]]:
    """The questions that a choice opens: those whose filter names its code."""
    found: dict[tuple[str, int], dict[str, None]] = {}
    for question in questionnaire.questions.values():
        shown = question.grid.id if question.grid and len(question.grid.rows) > 1 else question.id
        opened = _opened_by(question.when.tree) if question.when and not question.specifies else ()
        for key in opened:
            found.setdefault(key, {})[shown] = None
    return {key: tuple(names) for key, names in found.items()}


def _opened_by(tree: ast.Node) -> Iterator[tuple[str, int]]:
    """Each (question, code) that a condition asks for; what stands under a « non » opens nothing."""
    match tree:
        case ast.And(left, right) | ast.Or(left, right):
            yield from _opened_by(left)
            yield from _opened_by(right)
        case ast.Compare("==", ast.Name(path), ast.Number(code)) | ast.In(
            ast.Number(code), ast.Name(path), False
        ):
            yield path, int(code) if code.isdigit() else -1
        case ast.In(ast.Name(path), ast.Set(members), False):
            for member in members:
                yield from ((path, code) for code in _codes(member))


def _codes(member: ast.Number | ast.Text | ast.Span) -> tuple[int, ...]:
    match member:
        case ast.Span(low, high):
            return tuple(range(low, min(high, low + _WIDEST) + 1))
        case ast.Number(text) if text.isdigit():
            return (int(text),)
    return ()
