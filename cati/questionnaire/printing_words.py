"""The words of the printed questionnaire: how a question is answered, what a choice does, what a check says."""

from collections.abc import Callable, Iterator

from cati.questionnaire import sentences
from cati.questionnaire.french import typography
from cati.questionnaire.model import (
    Block,
    Choice,
    Expression,
    Grid,
    Kind,
    Question,
    Questionnaire,
    SampleColumn,
    SampleType,
    State,
)

KEYS = {State.DK: "N", State.REFUSED: "R", State.NA: "C"}
STATES = {State.NA: "Non concerné", State.DK: "Ne sait pas", State.REFUSED: "Refus"}

_KINDS = {
    Kind.SINGLE: "une réponse",
    Kind.MULTIPLE: "plusieurs réponses, dans l’ordre des mentions",
    Kind.RANKING: "classement",
    Kind.INTEGER: "nombre entier",
    Kind.DECIMAL: "nombre",
    Kind.TEXT: "réponse en clair",
    Kind.DATE: "date",
    Kind.TIME: "heure",
    Kind.DURATION: "durée",
    Kind.PHONE: "numéro de téléphone, jamais exporté",
    Kind.SCALE: "note",
    Kind.GRID_ITEM: "une réponse par ligne",
    Kind.NOTE: "texte à lire",
}
_ENDINGS = {
    "appointment": "rendez-vous",
    "refusal": "refus",
    "callback": "à rappeler",
    "opposition": "opposition à tout appel",
    "withdrawn": "effacement demandé",
    "wrong_number": "faux numéro",
    "moved": "a déménagé",
    "deceased": "décédé",
    "owner": "propriétaire",
    "duplicate": "doublon",
    "language": "langue",
    "unable": "ne peut pas répondre",
    "away": "absent pendant l’enquête",
    "break_off": "abandon",
}
_MARKS = {
    "leaseholder": "la personne à interroger est en ligne",
    "interview": "l’entretien commence",
    "address_to_correct": "l’adresse est à corriger",
}
_CONSENTS = {"quality": "écoute interne acceptée", "client": "écoute par le bailleur acceptée"}
_LANGUAGES = {
    "fr": "français",
    "en": "anglais",
    "es": "espagnol",
    "pt": "portugais",
    "it": "italien",
    "de": "allemand",
    "nl": "néerlandais",
    "pl": "polonais",
    "ro": "roumain",
    "tr": "turc",
    "ar": "arabe",
    "ru": "russe",
    "uk": "ukrainien",
}
_TYPES = {
    SampleType.BOOLEAN: "oui ou non",
    SampleType.INTEGER: "nombre entier",
    SampleType.DECIMAL: "nombre",
    SampleType.TEXT: "texte",
    SampleType.DATE: "date",
}


def language(code: str) -> str:
    """« français » for `fr`; a code that is not known, as it is."""
    return _LANGUAGES.get(code, code)


def ending(ends: str) -> str:
    """What a call ends with, in the words of the desk."""
    return _ENDINGS.get(ends, ends)


def of_kind(question: Question, whole: Questionnaire) -> str:
    """« nombre entier, de 1 à 15 », « plusieurs réponses, 3 au plus »."""
    said = _KINDS[question.kind]
    low, high = (
        typography(sentences.amount(bound, whole)) if bound else "" for bound in (question.low, question.high)
    )
    if question.kind is Kind.SCALE:
        ends = question.ends_of_scale
        told = f"{said} de {low} à {high}"
        return typography(f"{told} ({low} : {ends[0]} ; {high} : {ends[1]})" if ends else told)
    if question.grid and question.grid.by_row:
        said += ", toute la table à l’écran"
    if question.max_choices:
        told = "rangs" if question.kind is Kind.RANKING else "au plus"
        said += f", {question.max_choices} {told}"
    if low and high:
        return f"{said}, de {low} à {high}"
    return f"{said}, {low} au moins" if low else f"{said}, {high} au plus" if high else said


def of_block(block: Block) -> Iterator[str]:
    """What holds for all the questions of a block."""
    if block.each_call:
        yield "posé de nouveau à chaque appel"
    if block.private:
        yield "jamais montré ni écouté"
    if block.rotate:
        yield "ses questions tournent d’un dossier à l’autre"
    if block.rotate_with:
        yield f"change de place avec les blocs « {block.rotate_with} », d’un dossier à l’autre"


def of_choice(choice: Choice, question: Question, whole: Questionnaire) -> Iterator[str]:
    """What choosing it brings about."""
    if choice.ends:
        what = "l’appel" if whole.block(question.block).each_call else "l’entretien"
        yield f"fin de {what}\u00a0: {ending(choice.ends)}"
    if choice.exclusive:
        yield "seule"
    if choice.specify:
        yield "à préciser"
    if choice.fixed and question.rotate:
        yield "ne tourne pas"


def rules(question: Question, whole: Questionnaire) -> Iterator[str]:
    """What the screen does by itself."""
    if question.rotate:
        yield "les modalités tournent d’un dossier à l’autre"
    if not question.required:
        yield "Entrée sans réponse\u00a0: non concerné"
    if question.preset:
        yield f"proposé d’avance, à confirmer\u00a0: {sentences.amount(question.preset, whole)}"
    if question.on_redial:
        yield "reposée quand la ligne a été coupée"
    if question.hidden and question.repeat > 1:
        yield f"notée jusqu’à {question.repeat} fois"
    for computed in question.computes:
        exported = f" (exporté\u00a0: {computed.label})" if computed.label else ""
        yield f"calcule {computed.name} = {sentences.french(computed.value, whole)}{exported}"


def of_grid(grid: Grid) -> Iterator[str]:
    """What holds for the rows together."""
    if grid.rotate:
        yield "les lignes tournent d’un dossier à l’autre"


def checks(question: Question, whole: Questionnaire, said: Callable[[str], str]) -> Iterator[str]:
    """Each check: when it fails, whether it can be confirmed, what is said."""
    for check in question.checks:
        does = "Refusé si" if check.hard else "À confirmer si"
        yield typography(f"{does} {sentences.french(check.fault, whole)} : « {said(check.say)} »")


def decisions(whole: Questionnaire) -> Iterator[tuple[str, Expression | None]]:
    """What the introduction decides, each with its condition."""
    for name, mark in whole.marks.items():
        yield _MARKS.get(name, name), mark
    for name, consent in whole.consents.items():
        yield _CONSENTS.get(name, name), consent


def of_column(column: SampleColumn) -> str:
    """« oui ou non », « collectif ou individuel, peut manquer », and the other names that files give it."""
    said = " ou ".join(column.choices) if column.choices else _TYPES[column.type]
    said = f"{said}, peut manquer" if column.optional else said
    return f"{said}\u202f; aussi nommée {', '.join(column.headings)}" if column.headings else said
