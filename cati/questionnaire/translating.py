"""The texts of a questionnaire in another language: the same questions, filters and codes, said in other words.

    translations:
      en:
        lists: {sat4: {1: Very satisfied, 2: Rather satisfied}}
        special: {dk: Does not know, refused: Refusal}
        A1: {ask: "Are you satisfied with {bailleur}?", probe: Could you say more?}
        help: {numero: {title: Who gave you my number?, say: Your landlord did.}}

What is not translated is said in the questionnaire's own language, and the lint says so.
"""

from collections.abc import Mapping
from dataclasses import replace

from cati.questionnaire import helping
from cati.questionnaire.findings import Notebook, nearest
from cati.questionnaire.keys import HELP
from cati.questionnaire.model import (
    SPECIALS,
    Choice,
    Expression,
    Grid,
    Group,
    Help,
    Question,
    Questionnaire,
    State,
)
from cati.questionnaire.reading import Part, expression

_WHOLE = ("lists", "fills", "special", "alerts", "blocks", "quota_full", "danger", "help")
_QUESTION = (
    "ask",
    "instruction",
    "probe",
    "optional",
    "choices",
    "scale_ends",
    "na",
    "dk",
    "refused",
    "say",
    "stem",
)


def translate(questionnaire: Questionnaire, part: Part) -> Questionnaire:
    """The questionnaire as it is said in one language; what is missing or unknown goes to the notebook."""
    return _Translation(questionnaire, part).whole()


class _Translation:
    def __init__(self, questionnaire: Questionnaire, part: Part) -> None:
        self._q = questionnaire
        self._part = part
        self._grids = {question.grid.id for question in questionnaire.questions.values() if question.grid}
        grouped = [question.group for question in questionnaire.questions.values() if question.group]
        groups = {group.id for group in grouped if group.ask}
        self._known = {*_WHOLE, *questionnaire.questions, *self._grids, *groups}
        for name in part.fields:
            if name not in self._known:
                part.error(name, "rien de ce nom à traduire", nearest(name, self._known))
        self._lists = {name: self._labels("lists", name) for name in part.mapping("lists")}
        self._specials = self._special_labels()

    def whole(self) -> Questionnaire:
        """Every text of the questionnaire."""
        part, q = self._part, self._q
        questions = {name: self._question(question) for name, question in q.questions.items()}
        titles = {str(name): str(title) for name, title in part.mapping("blocks").items()}
        alerts = {str(name): str(label) for name, label in part.mapping("alerts").items()}
        return replace(
            q,
            language=part.name.rpartition(".")[2],
            translations={},
            questions=questions,
            blocks=tuple(
                replace(
                    block,
                    title=titles.get(block.id, block.title),
                    questions=tuple(questions[each.id] for each in block.questions),
                )
                for block in q.blocks
            ),
            lists={name: self._choices(choices, {}, name) for name, choices in q.lists.items()},
            loops={
                name: replace(loop, over=self._choices(loop.over, {}, name)) for name, loop in q.loops.items()
            },
            alerts=tuple(replace(alert, label=alerts.get(alert.id, alert.label)) for alert in q.alerts),
            fills={**q.fills, **self._fills()},
            quota_full=part.text("quota_full") or q.quota_full,
            danger=part.words("danger") or q.danger,
            help=self._help(),
        )

    def _question(self, question: Question) -> Question:
        said = self._said(question)
        if said is None:
            return self._untold(question)
        ends = said.words("scale_ends")
        return replace(
            question,
            ask=said.text("ask") or question.ask,
            instruction=said.text("instruction") or question.instruction,
            probe=said.text("probe") or question.probe,
            optional=said.text("optional") or question.optional,
            choices=self._choices(question.choices, self._codes(said, question), question.id),
            ends_of_scale=(ends[0], ends[-1]) if ends else question.ends_of_scale,
            specials=self._specials_of(question, said),
            checks=tuple(
                replace(check, say=str(said.mapping("say").get(check.id, check.say)))
                for check in question.checks
            ),
            grid=self._grid(question.grid),
            group=self._group(question.group),
        )

    def _said(self, question: Question) -> Part | None:
        fields = self._part.fields.get(question.id)
        if fields is None:
            return None
        if not isinstance(fields, dict):
            self._part.error(question.id, "une suite de clés est attendue ici")
            return None
        name = f"{self._part.name}.{question.id}"
        return Part(fields, self._part.notebook, name=name, keys=_QUESTION, line=self._part.line(question.id))

    def _untold(self, question: Question) -> Question:
        if not question.specifies and not question.hidden:
            line, key = self._part.line(), f"{self._part.name}.{question.id}"
            self._part.notebook.warn(line, key, "cette question n’est pas traduite")
        return replace(
            question,
            choices=self._choices(question.choices, {}, question.id),
            specials={state: self._specials.get(state, label) for state, label in question.specials.items()},
            grid=self._grid(question.grid),
            group=self._group(question.group),
        )

    def _grid(self, grid: Grid | None) -> Grid | None:
        return grid and replace(grid, stem=self._asked(grid.id) or grid.stem)

    def _group(self, group: Group | None) -> Group | None:
        return group and replace(group, ask=self._asked(group.id) or group.ask)

    def _asked(self, name: str) -> str | None:
        """What is read before the rows of a grid, or before the questions of a screen."""
        if name not in self._part.fields:
            return None
        part = self._part
        return Part(part.fields[name], part.notebook, name=f"{part.name}.{name}", keys=("ask",)).text("ask")

    def _help(self) -> dict[str, Help]:
        fields, name = self._part.mapping("help"), f"{self._part.name}.help"
        Part(fields, self._part.notebook, name=name, keys=self._q.help)
        said = {
            entry_id: Part(content, self._part.notebook, name=f"{name}.{entry_id}", keys=HELP)
            for entry_id, content in fields.items()
        }
        for entry_id in self._q.help:
            if entry_id not in said:
                self._part.notebook.warn(
                    self._part.line(), f"{name}.{entry_id}", "cette aide n’est pas traduite"
                )
        return {
            entry_id: helping.said(entry, said[entry_id]) if entry_id in said else entry
            for entry_id, entry in self._q.help.items()
        }

    def _choices(self, choices: tuple[Choice, ...], own: Mapping[int, str], what: str) -> tuple[Choice, ...]:
        """Labels said for the question itself, else for the list it takes its choices from."""
        listed = next((name for name, each in self._q.lists.items() if each == choices), what)
        labels = {**self._lists.get(listed, {}), **own}
        alerts = {alert.code: str(self._part.mapping("alerts").get(alert.id, "")) for alert in self._q.alerts}
        return tuple(
            replace(each, label=labels.get(each.code) or self._alert_label(each, alerts) or each.label)
            for each in choices
        )

    def _alert_label(self, choice: Choice, alerts: Mapping[int, str]) -> str:
        is_alert = any(alert.code == choice.code and alert.label == choice.label for alert in self._q.alerts)
        return alerts[choice.code] if is_alert else ""

    def _codes(self, said: Part, question: Question) -> dict[int, str]:
        fields = said.mapping("choices")
        offered = {choice.code for choice in question.choices}
        for code in fields:
            if code not in offered:
                self._part.notebook.error(fields.lines[code], f"{said.name}.{code}", "modalité inconnue")
        return {code: " ".join(str(label).split()) for code, label in fields.items()}

    def _labels(self, key: str, name: object) -> dict[int, str]:
        fields = self._part.mapping(key)
        inner = Part(fields, self._part.notebook, name=f"{self._part.name}.{key}", keys=self._q.lists)
        return {code: " ".join(str(label).split()) for code, label in inner.mapping(str(name)).items()}

    def _special_labels(self) -> dict[State, str]:
        fields = self._part.mapping("special")
        inner = Part(
            fields,
            self._part.notebook,
            name=f"{self._part.name}.special",
            keys=[each.value for each in SPECIALS],
        )
        told = {state: inner.text(state.value) for state in SPECIALS}
        return {state: label for state, label in told.items() if label}

    def _specials_of(self, question: Question, said: Part) -> dict[State, str]:
        return {
            state: said.text(state.value) or self._specials.get(state, label)
            for state, label in question.specials.items()
        }

    def _fills(self) -> dict[str, Expression]:
        fields, notebook = self._part.mapping("fills"), self._part.notebook
        inner = Part(fields, notebook, name=f"{self._part.name}.fills", keys=self._q.fills)
        read = {
            str(name): expression(str(content), notebook, fields.lines[name], f"{inner.name}.{name}")
            for name, content in fields.items()
        }
        return {name: found for name, found in read.items() if found}


def translations(part: Part, questionnaire: Questionnaire, notebook: Notebook) -> dict[str, Questionnaire]:
    """Every language of the file but its own."""
    fields = part.mapping("translations")
    found = {}
    for language, texts in fields.items():
        name = f"translations.{language}"
        keys = [*_WHOLE, *questionnaire.questions, *texts] if isinstance(texts, dict) else _WHOLE
        inner = Part(texts, notebook, name=name, keys=keys, line=fields.lines[language])
        found[str(language)] = translate(questionnaire, inner)
    return found
