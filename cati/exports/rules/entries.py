"""The dictionary of an export: for each question, what was asked, to whom, and how it is written in the files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from cati.exports.rules.sheet import Sheet
from cati.exports.rules.variables import Cell, Drawn, Variable, question_of
from cati.exports.rules.wording import asked, plain
from cati.questionnaire.model import Question, Questionnaire
from cati.questionnaire.sentences import asked_if, french

_KINDS = {
    "single": "une réponse",
    "multiple": "plusieurs réponses",
    "integer": "nombre entier",
    "decimal": "nombre",
    "text": "texte libre",
    "scale": "note",
    "date": "date",
    "time": "heure",
    "duration": "durée en minutes",
    "phone": "numéro de téléphone, jamais exporté",
    "ranking": "classement",
    "grid-item": "ligne de grille",
    "note": "note",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One question, computed value or technical variable."""

    id: str
    block: str  #: its title; empty for what is not asked
    text: str  #: as read aloud, fills as [bailleur]
    kind: str  #: of question; empty for a technical variable
    filter: str  #: « posée à tous », « posée si … »
    variables: tuple[Variable, ...]
    base: int  #: how many were asked and have an answer or a special state
    special: Mapping[int, int]  #: how often each missing code was given


def entries(sheet: Sheet, questionnaires: Sequence[Questionnaire]) -> tuple[Entry, ...]:
    """The dictionary, in the order of the variables; `questionnaires` newest first, the newest that asks is quoted."""
    columns = dict(zip((variable.name for variable in sheet.variables), sheet.columns, strict=True))
    groups = [tuple(group) for _, group in groupby(sheet.variables, key=_origin)]
    return tuple(_entry(group, columns, questionnaires) for group in groups)


def _origin(variable: Variable) -> str:
    return question_of(variable) or f"-{variable.name}"


def _entry(
    group: tuple[Variable, ...],
    columns: Mapping[str, Sequence[Cell]],
    questionnaires: Sequence[Questionnaire],
) -> Entry:
    coded = next((variable for variable in group if variable.missing), group[0])
    cells = columns[coded.name]
    codes = [special.code for special in coded.missing.values()]
    block, text, kind, filtered = _told(group[0], questionnaires)
    return Entry(
        id=question_of(group[0]) or group[0].name,
        block=block,
        text=text,
        kind=kind,
        filter=filtered,
        variables=group,
        base=sum(cell is not None for cell in cells),
        special={code: cells.count(code) for code in codes},
    )


def _told(variable: Variable, questionnaires: Sequence[Questionnaire]) -> tuple[str, str, str, str]:
    name = question_of(variable)
    for questionnaire in questionnaires:
        if name is not None and name in questionnaire.questions:
            question = questionnaire.questions[name]
            title = questionnaire.block(question.block).title
            return (
                plain(title),
                asked(questionnaire, question),
                _kind(question),
                asked_if(questionnaire, question),
            )
        if isinstance(variable.source, Drawn) and variable.source.computed in questionnaire.computes:
            value = questionnaire.computes[variable.source.computed].value
            return "", variable.label, "valeur calculée", f"calculée : {french(value, questionnaire)}"
    return "", variable.label, "", ""


def _kind(question: Question) -> str:
    return "notée par une touche" if question.hidden else _KINDS[question.kind.value]
