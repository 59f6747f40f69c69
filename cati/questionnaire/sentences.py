"""An expression as a French sentence, for screens and dictionaries: « posée si A1 = « Plutôt satisfait(e) » »."""

import re
from collections.abc import Callable

from cati.questionnaire import ast, moments
from cati.questionnaire.french import typography
from cati.questionnaire.model import Expression, Question, Questionnaire

_STATES = {
    "answered": "a une réponse",
    "dk": "est « ne sait pas »",
    "refused": "est un refus",
    "na": "est « non concerné »",
    "unanswered": "est sans réponse",
    "not_asked": "n'est pas posée",
}
_NOT_STATES = {
    "answered": "n'a pas de réponse",
    "dk": "n'est pas « ne sait pas »",
    "refused": "n'est pas un refus",
    "na": "n'est pas « non concerné »",
    "unanswered": "n'est pas sans réponse",
    "not_asked": "est posée",
}
_OPERATORS = {"==": "=", "!=": "≠", "<=": "≤", ">=": "≥", "<": "<", ">": ">"}
_NAMES = {
    "facts.year": "l'année de l'enquête",
    "facts.date": "la date de l'enquête",
    "alerts": "les alertes levées",
    "call.interviewer": "le prénom de l'enquêteur",
    "call.institute": "le nom de l'institut",
    "call.bailleur": "le nom du bailleur",
    "call.caller_id": "le numéro affiché",
    "call.dpo": "le contact du délégué à la protection des données",
    "call.observed": "l'entretien est écouté",
    "call.visit": "une visite d'observation est en cours",
    "contact.civilite": "la civilité du locataire",
    "contact.nom": "le nom du locataire",
    "contact.residence": "le nom de la résidence",
    "contact.commune": "la commune",
}
_FILL, _FILL_SHOWN = re.compile(r"\{(\w+)\}"), r"[\1]"
_MOST_CODES = 4  # beyond, a span of codes is said as a span


def asked_if(questionnaire: Questionnaire, question: Question) -> str:
    """« posée à tous », or « posée si … » with the block's condition first."""
    block = questionnaire.block(question.block)
    if question.hidden:
        return "jamais posée\u00a0: notée par une touche"
    conditions = [expression for expression in (block.when, question.when) if expression]
    if not conditions:
        return "posée à tous"
    told = [_told(part.tree, questionnaire, inside=len(conditions) > 1) for part in conditions]
    return typography(f"posée si {' et '.join(told)}")


def french(expression: Expression | ast.Node, questionnaire: Questionnaire) -> str:
    """The condition, value or check as a French phrase."""
    tree = expression.tree if isinstance(expression, Expression) else expression
    return typography(_told(tree, questionnaire))


def named(path: str) -> str:
    """What a condition reads, as sentences name it: « qpv (fichier) », « l'année de l'enquête », or a question's id."""
    root, _, leaf = path.rpartition(".")
    if leaf == "rank" and root != "sample":
        return f"le numéro du tour de {root}"
    return _NAMES.get(path, f"{leaf} (fichier)" if root == "sample" else path)


def amount(expression: Expression, questionnaire: Questionnaire) -> str:
    """The French of an expression that is a value: a bound, a number of turns."""
    return _value(expression.tree, questionnaire)


def _told(node: ast.Node, q: Questionnaire, *, inside: bool = False) -> str:  # noqa: C901, PLR0911  (one case a node)
    match node:
        case ast.Or(left, right):
            phrase = f"{_told(left, q)} ou {_told(right, q)}"
            return f"({phrase})" if inside else phrase
        case ast.And(left, right):
            return f"{_told(left, q, inside=True)} et {_told(right, q, inside=True)}"
        case ast.Not(operand):
            return f"non ({_told(operand, q)})"
        case ast.Compare(operator, left, right):
            return f"{_value(left, q)} {_OPERATORS[operator]} {_value(right, q, beside=left)}"
        case ast.In():
            return _among(node, q)
        case ast.Is(name, state, negated):
            return f"{_value(name, q)} {(_NOT_STATES if negated else _STATES)[state]}"
        case ast.If(condition, then, otherwise):
            return f"si {_told(condition, q)} alors {_told(then, q)}, sinon {_told(otherwise, q)}"
        case ast.Call("has", (among, wanted)):
            return f"{_value(among, q)} contient {_value(wanted, q, beside=among)}"
    return _truth(node, q)


def _truth(node: ast.Node, q: Questionnaire) -> str:
    """A boolean alone: « le logement est en QPV » is the author's label, else its name."""
    if isinstance(node, ast.Name) and node.root == "sample":
        return f"{_value(node, q)} = oui"
    if isinstance(node, ast.Name) and node.root == "alert":
        return f"l'alerte « {node.leaf} » est levée"
    if isinstance(node, ast.Name) and node.path in q.computes:
        return f"{node.path} ({_told(q.computes[node.path].value.tree, q)})"
    return _value(node, q)


def _among(node: ast.In, q: Questionnaire) -> str:
    if isinstance(node.among, ast.Set):
        word = "n'est pas parmi" if node.negated else "parmi"
        if len(node.among.members) == 1 and not isinstance(node.among.members[0], ast.Span):
            word = "≠" if node.negated else "="
        return f"{_value(node.member, q)} {word} {_set(node.among, q, node.member)}"
    word = "ne contient pas" if node.negated else "contient"
    return f"{_value(node.among, q)} {word} {_value(node.member, q, beside=node.among)}"


def _set(among: ast.Set, q: Questionnaire, beside: ast.Node) -> str:
    told: list[str] = []
    for member in among.members:
        if not isinstance(member, ast.Span):
            told.append(_value(member, q, beside=beside))
        elif member.high - member.low < _MOST_CODES:
            span = range(member.low, member.high + 1)
            told += [_value(ast.Number(str(code)), q, beside=beside) for code in span]
        else:
            told.append(f"{member.low} à {member.high}")
    return ", ".join(told)


def _value(node: ast.Node, q: Questionnaire, *, beside: ast.Node | None = None) -> str:  # noqa: PLR0911  (the same)
    match node:
        case ast.Number(text):
            return _label(text, q, beside) or text.replace(".", ",")
        case ast.Text(text):
            return f"« {text} »" if text else "rien"
        case ast.Name(path):
            return named(path)
        case ast.Arithmetic(operator, left, right):
            sign = {"*": "×", "/": "÷", "-": "−"}.get(operator, operator)
            return f"{_value(left, q)} {sign} {_value(right, q)}"
        case ast.Set():
            return _set(node, q, beside or node)
        case ast.Call():
            return _call(node, q)
    return _told(node, q)


def _call(node: ast.Call, q: Questionnaire) -> str:
    if node.function == "count" and node.arguments == (ast.Name("alerts"),):
        return "le nombre d'alertes"
    first, last = node.arguments[0], node.arguments[-1]
    match node.function:
        case "date":
            return f"le {_written(node, moments.said_date)}"
        case "time":
            return _written(node, moments.said_time)
        case "rank":
            return f"le rang de {_value(last, q, beside=first)} dans {_told(first, q)}"
    told = [_told(argument, q) for argument in node.arguments]
    return _FUNCTIONS[node.function].format(*told, all=", ".join(told))


_FUNCTIONS = {
    "count": "le nombre de ({all})",
    "sum": "la somme de ({all})",
    "min": "le plus petit de ({all})",
    "max": "le plus grand de ({all})",
    "abs": "l'écart |{all}|",
    "year": "l'année de {all}",
    "month": "le mois de {all}",
    "label": "la réponse à {all}",
    "labels": "la liste de ({all})",
    "civility": "{all}, en toutes lettres",
    "days": "le nombre de jours de ({0}) à ({1})",
    "or_else": "{0} (à défaut {1})",
}


def _written(node: ast.Call, said: Callable[[str], str]) -> str:
    argument = node.arguments[0]
    return said(argument.text) if isinstance(argument, ast.Text) else ""


def _label(code: str, q: Questionnaire, beside: ast.Node | None) -> str | None:
    """The label of a code, when it stands beside the question it belongs to."""
    question = q.questions.get(beside.path) if isinstance(beside, ast.Name) else None
    choice = question.choice(int(code)) if question and code.isdigit() else None
    return f"« {_FILL.sub(_FILL_SHOWN, choice.label)} »" if choice else None
