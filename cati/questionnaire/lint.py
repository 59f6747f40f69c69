"""The static lint: what a reading without running shows. Structure here; what expressions read in `reads`."""

import re
from collections.abc import Callable, Iterator

from cati.questionnaire import ast, reads, source
from cati.questionnaire.findings import Notebook, nearest
from cati.questionnaire.model import MARKS, Block, Kind, Question, Questionnaire, SampleType
from cati.questionnaire.reads import is_number

_ID = re.compile(r"[A-Za-z][A-Za-z0-9]*(_[A-Za-z0-9]+)*")
_RESERVED = frozenset(
    {"alerts", "alert", "sample", "facts", "call", "contact", "route", "and", "or", "not", "in", "is"}
)
_LONGEST_ID = 32  # Stata's limit for a variable's name


def lint(questionnaire: Questionnaire, notebook: Notebook) -> None:
    """Writes every finding about a questionnaire whose form is right."""
    for rule in _RULES:
        rule(questionnaire, notebook)
    reads.lint(questionnaire, notebook)


def _ids(questionnaire: Questionnaire, notebook: Notebook) -> None:
    for question in questionnaire.questions.values():
        _id(question.id, question.line, notebook)
        if question.id.endswith("_other") and not question.specifies:
            notebook.error(
                question.line, question.id, "« _other » est réservé au texte des modalités à préciser"
            )
    for question in questionnaire.questions.values():
        for computed in question.computes:
            _id(computed.name, computed.value.line, notebook)
            if computed.name in questionnaire.questions:
                message = f"« {computed.name} » est aussi une question"
                notebook.error(computed.value.line, f"{question.id}.compute", message)
    for loop in questionnaire.loops.values():
        _id(loop.id, loop.line, notebook)
        if loop.id in questionnaire.questions or loop.id in questionnaire.fills:
            notebook.error(loop.line, loop.id, f"« {loop.id} » est aussi une question ou une insertion")


def _id(name: str, line: int, notebook: Notebook) -> None:
    if not _ID.fullmatch(name) or name in _RESERVED:
        notebook.error(line, name, "identifiant impossible", "une lettre, puis lettres, chiffres et « _ »")
    elif len(name) > _LONGEST_ID:
        notebook.error(line, name, f"identifiant trop long ({len(name)} signes, {_LONGEST_ID} au plus)")


def _unique(questionnaire: Questionnaire, notebook: Notebook) -> None:
    named = [
        (check.id, check.fault.line, "de contrôle")
        for q in questionnaire.questions.values()
        for check in q.checks
    ]
    named += [
        (c.name, c.value.line, "de valeur calculée")
        for q in questionnaire.questions.values()
        for c in q.computes
    ]
    named += [(alert.id, alert.when.line, "d’alerte") for alert in questionnaire.alerts]
    seen: dict[tuple[str, str], int] = {}
    for name, line, what in named:
        if (name, what) in seen:
            where = source.place(seen[name, what])
            notebook.error(line, name, f"deux fois le même nom {what}", f"l’autre : {where}")
        seen[name, what] = line


def _alike(questionnaire: Questionnaire, notebook: Notebook) -> None:
    """SPSS and SAS do not tell capitals apart: one of two such columns would be renamed."""
    named = [(question.id, question.line) for question in questionnaire.questions.values()]
    named += [(name, computed.value.line) for name, computed in questionnaire.computes.items()]
    seen: dict[str, tuple[str, int]] = {}
    for name, line in named:
        other, where = seen.setdefault(name.lower(), (name, line))
        if other != name:
            message = f"« {name} » et « {other} » ({source.place(where)}) ne diffèrent que par les capitales"
            notebook.warn(line, name, message, "l’export renommerait l’une des deux")


def _blocks(questionnaire: Questionnaire, notebook: Notebook) -> None:
    ids = [block.id for block in questionnaire.blocks]
    for place, block in enumerate(questionnaire.blocks):
        _id(block.id, block.line, notebook)
        if block.rotate_with:
            _id(block.rotate_with, block.line, notebook)
        if block.id in ids[:place]:
            notebook.error(block.line, block.id, "deux blocs portent le même nom")
        if block.each_call and any(not earlier.each_call for earlier in questionnaire.blocks[:place]):
            notebook.error(block.line, block.id, "un bloc « each_call » se place avant les autres")
    if questionnaire.partial_after and questionnaire.partial_after not in ids:
        hint = nearest(questionnaire.partial_after, ids)
        notebook.error(1, "partial_after", f"bloc inconnu : « {questionnaire.partial_after} »", hint)


def _questions(questionnaire: Questionnaire, notebook: Notebook) -> None:
    for block in questionnaire.blocks:
        for question in block.questions:
            for message in _mistakes(questionnaire, block, question):
                notebook.error(question.line, question.id, message)


def _mistakes(questionnaire: Questionnaire, block: Block, question: Question) -> Iterator[str]:
    wrong = {
        "l’introduction n’offre ni « ne sait pas », ni refus, ni non concerné : « special: [] »": block.each_call
        and bool(question.specials),
        "une boucle ne se place pas dans un bloc « each_call »": block.each_call and bool(question.loops),
        "une question cachée n’est pas dans une boucle": question.hidden and bool(question.loops),
        "une question par alerte n’est pas dans une boucle": bool(question.per_alert and question.loops),
        "« on_redial » n’a de sens que dans un bloc « each_call »": question.on_redial
        and not block.each_call,
        "ni l’introduction, ni un bloc privé, ni un texte libre ne se montrent à un observateur": question.observable
        and (block.each_call or block.private or question.kind in (Kind.TEXT, Kind.PHONE)),
        "une question cachée n’a ni condition, ni contrôle, ni calcul": question.hidden
        and bool(question.when or question.computes or question.checks),
        "une question cachée est un texte": question.hidden and question.kind is not Kind.TEXT,
        "« repeat » n’existe que pour une question cachée": question.repeat != 1 and not question.hidden,
        "« closing » ne s’applique qu’à une note": question.closing and question.kind is not Kind.NOTE,
        "un classement a au moins deux modalités, toutes au choix": question.kind is Kind.RANKING
        and (
            len(question.choices) < 2 or any(choice.exclusive or choice.ends for choice in question.choices)
        ),
        f"« max » doit être entre 1 et {len(question.choices)}": question.max_choices is not None
        and not 1 <= question.max_choices <= len(question.choices),
    }
    yield from (message for message, is_wrong in wrong.items() if is_wrong)
    for theme in question.themes:
        if theme not in questionnaire.themes:
            yield f"thème inconnu : « {theme} » {nearest(theme, questionnaire.themes)}".strip()


def _choices(questionnaire: Questionnaire, notebook: Notebook) -> None:
    special = {code: state for state, code in questionnaire.special_codes.items()}
    for question in questionnaire.questions.values():
        for choice in question.choices:
            if choice.code in special:
                message = f"le code {choice.code} est réservé à l’état « {special[choice.code].value} »"
                notebook.error(question.line, f"{question.id}.choices", message)
        labels = [choice.label for choice in question.choices]
        for label in sorted({label for label in labels if labels.count(label) > 1}):
            notebook.warn(
                question.line, f"{question.id}.choices", f"deux modalités portent le libellé « {label} »"
            )
        if sum(choice.specify for choice in question.choices) > 1:
            notebook.error(
                question.line, f"{question.id}.choices", "une seule modalité à préciser par question"
            )


def _bounds(questionnaire: Questionnaire, notebook: Notebook) -> None:
    for question in questionnaire.questions.values():
        low, high = question.low, question.high
        if (
            low
            and high
            and is_number(low.tree)
            and is_number(high.tree)
            and _number(low.tree) > _number(high.tree)
        ):
            notebook.error(
                question.line, question.id, f"« min » ({low.source}) dépasse « max » ({high.source})"
            )
        if question.kind is Kind.SCALE and not (
            low and high and is_number(low.tree) and is_number(high.tree)
        ):
            notebook.error(question.line, question.id, "une échelle a des bornes écrites en chiffres")


def _number(node: ast.Node) -> float:
    return float(node.text) if isinstance(node, ast.Number) else 0.0


def _unused(questionnaire: Questionnaire, notebook: Notebook) -> None:
    used = {choices for question in questionnaire.questions.values() for choices in [question.choices]}
    used |= {computed.choices for computed in questionnaire.computes.values()}
    used |= {loop.over for loop in questionnaire.loops.values()}
    for name, choices in questionnaire.lists.items():
        if choices not in used and name not in questionnaire.shared:
            notebook.warn(1, f"lists.{name}", "cette liste ne sert à aucune question")


def _quotas_and_marks(questionnaire: Questionnaire, notebook: Notebook) -> None:
    early = {question.id for block in questionnaire.blocks if block.each_call for question in block.questions}
    sample = {
        f"sample.{name}"
        for name, column in questionnaire.sample.items()
        if column.type is not SampleType.DECIMAL
    }
    for name in questionnaire.quotas:
        if name in questionnaire.questions and name not in early:
            message = f"« {name} » est demandée après l’éligibilité : un quota dur n’y est pas possible"
            notebook.error(1, "quotas", message, "n’utiliser que l’échantillon ou l’introduction")
        elif name != "bailleur" and name not in sample | early:
            notebook.error(
                1, "quotas", f"nom inconnu : « {name} »", nearest(name, {"bailleur", *sample, *early})
            )
    for name, expression in questionnaire.marks.items():
        if name not in MARKS:
            hint = nearest(name, MARKS) or f"connues : {', '.join(MARKS)}"
            notebook.error(expression.line, f"marks.{name}", "marque inconnue", hint)
    if questionnaire.quotas and not questionnaire.quota_full:
        notebook.warn(1, "quota_full", "il manque la phrase à dire quand le quota est atteint")


_RULES: tuple[Callable[[Questionnaire, Notebook], None], ...] = (
    _ids,
    _unique,
    _alike,
    _blocks,
    _questions,
    _choices,
    _bounds,
    _unused,
    _quotas_and_marks,
)
