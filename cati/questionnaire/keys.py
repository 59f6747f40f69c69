"""Every key of a questionnaire file: what it holds and what it is for. The reader refuses the others; the JSON Schema
that editors complete from is made of the same table.

    {"$schema": …, "properties": {"blocks": …}}    cati questionnaire schema > questionnaire.schema.json
"""

from dataclasses import dataclass
from typing import Any

from cati.questionnaire.model import ENDINGS, MARKS, HelpKind, Kind, SampleType

Schema = dict[str, Any]

TYPES = (*(kind.value for kind in Kind if kind is not Kind.GRID_ITEM), "grid")


@dataclass(frozen=True, slots=True)
class Key:
    """One key: the shape of what it holds, as JSON Schema says it, and a sentence for its author."""

    holds: Schema
    told: str
    needed: bool = False


def _one(kind: str) -> Schema:
    return {"type": kind}


def _of(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _each(schema: Schema) -> Schema:
    return {"type": "object", "additionalProperties": schema}


def _list(schema: Schema) -> Schema:
    return {"type": "array", "items": schema}


def _either(*schemas: Schema) -> Schema:
    return {"anyOf": list(schemas)}


TEXT, FLAG, WHOLE = _one("string"), _one("boolean"), _one("integer")
EXPRESSION = _either(TEXT, FLAG, _one("number"))
TEXTS = _either(TEXT, _list(TEXT))
LABEL = _either(TEXT, FLAG)
STATES = _list({"enum": ["dk", "refused", "na"]})

_HELD = _either({"enum": [kind + may for kind in SampleType for may in ("", "?")]}, _one("array"))
_COLUMN = _either(_HELD, _of("column"))
_MARKS = {"type": "object", "properties": dict.fromkeys(MARKS, EXPRESSION), "additionalProperties": False}

FILE: dict[str, Key] = {
    "questionnaire": Key(TEXT, "Identifiant du questionnaire.", needed=True),
    "version": Key(_either(TEXT, _one("number")), "Version, en texte.", needed=True),
    "title": Key(TEXT, "Titre montré aux superviseurs."),
    "language": Key(TEXT, "Langue des textes (fr)."),
    "include": Key(TEXTS, "Parties communes, par leur chemin."),
    "special": Key(_each(WHOLE), "Codes d’export de na, dk et refused (97, 98, 99)."),
    "sample": Key(_each(_COLUMN), "Colonnes du fichier et leur type ; « ? » si elle peut manquer."),
    "quotas": Key(TEXTS, "Ce que croisent les quotas durs : bailleur, colonnes, questions de l’introduction."),
    "themes": Key(_each(TEXT), "Thèmes de restitution."),
    "eligible": Key(EXPRESSION, "Condition d’éligibilité, lue dans l’introduction."),
    "consents": Key(_each(EXPRESSION), "Consentements, par leur nom."),
    "marks": Key(_MARKS, "Ce que le poste doit savoir de l’introduction."),
    "partial_after": Key(TEXT, "Bloc après lequel l’entretien compte comme partiel."),
    "lists": Key(_each(_of("choices")), "Listes de modalités, par leur nom."),
    "fills": Key(_each(EXPRESSION), "Insertions des textes, par leur nom."),
    "alerts": Key(_list(_of("alert")), "Ce que le locataire peut demander de transmettre."),
    "blocks": Key(_list(_either(_of("block"), _of("use"))), "Blocs, dans l’ordre.", needed=True),
    "quota_full": Key(TEXT, "Ce qui se dit quand le quota est atteint."),
    "danger": Key(TEXTS, "Script de la touche danger."),
    "help": Key(_each(_of("help")), "Objections et informations, à une touche de chaque écran, par leur nom."),
    "translations": Key(_each(_one("object")), "Les mêmes textes dans d’autres langues."),
}  # fmt: skip

BLOCK: dict[str, Key] = {
    "id": Key(TEXT, "Nom du bloc.", needed=True),
    "title": Key(TEXT, "Titre montré au télé-enquêteur."),
    "when": Key(EXPRESSION, "Posé seulement si."),
    "each_call": Key(FLAG, "Posé à chaque appel : l’introduction."),
    "private": Key(FLAG, "Jamais montré ni écouté : les questions sur la personne."),
    "rotate": Key(FLAG, "Ses questions tournent d’un dossier à l’autre."),
    "rotate_with": Key(TEXT, "Tourne avec les blocs du même groupe."),
    "observable": Key(FLAG, "Ses questions fermées se montrent à un observateur."),
    "special": Key(STATES, "États spéciaux que ses questions offrent ([dk, refused] sinon)."),
    "questions": Key(
        _list(_either(_of("question"), _of("screen"), _of("loop"))), "Questions, dans l’ordre.", needed=True
    ),
}

QUESTION: dict[str, Key] = {
    "id": Key(TEXT, "Nom de la question, unique.", needed=True),
    "ask": Key(TEXT, "Ce qui se lit.", needed=True),
    "type": Key({"enum": list(TYPES)}, "Type de la question.", needed=True),
    "choices": Key(_either(TEXT, _of("choices")), "Modalités, nom d’une liste, ou « alerts »."),
    "when": Key(EXPRESSION, "Posée seulement si."),
    "instruction": Key(TEXT, "Consigne, jamais lue."),
    "probe": Key(TEXT, "Relance."),
    "optional": Key(TEXT, "Lu si besoin."),
    "read_choices": Key(FLAG, "Les modalités se lisent."),
    "rotate": Key(FLAG, "Les modalités tournent."),
    "min": Key(EXPRESSION, "Plus petite valeur."),
    "max": Key(EXPRESSION, "Plus grande valeur ; nombre de réponses ou de rangs pour multiple et ranking."),
    "scale_ends": Key(_list(TEXT), "Ce que veulent dire le bas et le haut de l’échelle."),
    "na": Key(LABEL, "« Non concerné(e) » offert, ou son libellé."),
    "dk": Key(LABEL, "« Ne sait pas » offert, ou son libellé."),
    "refused": Key(LABEL, "« Refus » offert, ou son libellé."),
    "required": Key(FLAG, "Une réponse est nécessaire (oui par défaut)."),
    "checks": Key(_list(_of("check")), "Contrôles."),
    "compute": Key(_each(_either(EXPRESSION, _of("computed"))), "Valeurs calculées juste après."),
    "preset": Key(EXPRESSION, "Modalité proposée, jamais validée d’elle-même."),
    "observable": Key(FLAG, "Se montre à un observateur."),
    "themes": Key(TEXTS, "Thèmes de restitution."),
    "rows": Key(_each(_either(TEXT, _of("row"))), "Lignes de la grille."),
    "asked": Key(
        {"enum": ["item", "row"]},
        "Grille : un item après l’autre (item), ou rangée par rangée dans la table (row).",
    ),
    "none": Key(TEXT, "Libellé de « aucun » parmi les alertes."),
    "per_alert": Key(TEXT, "Écrite une fois par alerte que coche cette question."),
    "closing": Key(FLAG, "Note de fin : ne compte pas pour la complétude."),
    "hidden": Key(FLAG, "Jamais posée : notée par une touche."),
    "repeat": Key(WHOLE, "Combien de fois la touche peut noter."),
    "on_redial": Key(FLAG, "Reposée quand le même télé-enquêteur rappelle après une coupure."),
}

ROW: dict[str, Key] = {
    name: QUESTION[name] for name in ("ask", "when", "na", "dk", "refused", "themes", "instruction")
}

LOOP: dict[str, Key] = {
    "loop": Key(TEXT, "Nom de la boucle.", needed=True),
    "count": Key(EXPRESSION, "Combien de tours : un nombre demandé avant."),
    "over": Key(_either(TEXT, _of("choices")), "Ou un tour par membre d’une liste."),
    "max": Key(WHOLE, "Jamais plus de tours."),
    "when": Key(EXPRESSION, "Seulement si."),
    "questions": Key(
        _list(_either(_of("question"), _of("screen"), _of("loop"))),
        "Ce qui se demande à chaque tour.",
        needed=True,
    ),
}

SCREEN: dict[str, Key] = {
    "screen": Key(TEXT, "Nom de l’écran.", needed=True),
    "ask": Key(TEXT, "Ce qui se lit avant la première."),
    "when": Key(EXPRESSION, "Seulement si."),
    "questions": Key(_list(_of("question")), "Questions courtes, montrées ensemble.", needed=True),
}

HELP: dict[str, Key] = {
    "title": Key(TEXT, "Ce que dit la personne : « Qui vous a donné mon numéro ? »", needed=True),
    "kind": Key({"enum": list(HelpKind)}, "objection (un argument) ou information (par défaut)."),
    "say": Key(TEXTS, "Ce qui se lit, un paragraphe par texte.", needed=True),
    "instruction": Key(TEXT, "Consigne, jamais lue."),
}

CHOICE: dict[str, Key] = {
    "label": Key(TEXT, "Libellé.", needed=True),
    "exclusive": Key(FLAG, "Ne va avec aucune autre."),
    "fixed": Key(FLAG, "Ne tourne pas."),
    "specify": Key(FLAG, "Ouvre un texte à préciser."),
    "ends": Key({"enum": list(ENDINGS)}, "Met fin à l’appel, avec cette issue."),
    "when": Key(EXPRESSION, "Offerte seulement si."),
}

CHECK: dict[str, Key] = {
    "id": Key(TEXT, "Nom du contrôle.", needed=True),
    "fault": Key(EXPRESSION, "La faute, et non la règle.", needed=True),
    "hard": Key(FLAG, "Bloque ; sinon une touche confirme."),
    "say": Key(TEXT, "Ce qui se dit alors.", needed=True),
}

ALERT: dict[str, Key] = {
    "id": Key(TEXT, "Nom de l’alerte.", needed=True),
    "when": Key(EXPRESSION, "Levée si.", needed=True),
    "label": Key(TEXT, "Ce qui se dit de l’alerte : « l’humidité ».", needed=True),
}

COMPUTED: dict[str, Key] = {
    "value": Key(EXPRESSION, "Le calcul.", needed=True),
    "label": Key(TEXT, "Son libellé : alors elle s’exporte."),
    "choices": Key(_either(TEXT, _of("choices")), "Ce que veulent dire ses codes."),
}

COLUMN: dict[str, Key] = {
    "type": Key(_HELD, "Type de la colonne, ou la liste de ce qu’elle peut dire.", needed=True),
    "headings": Key(TEXTS, "Autres noms que les fichiers des bailleurs lui donnent."),
    "values": Key(_each(TEXTS), "Autres mots des fichiers pour une même modalité."),
}

USE: dict[str, Key] = {"use": Key(TEXT, "Un bloc d’une partie commune.", needed=True)}

_PARTS = {
    "block": BLOCK,
    "question": QUESTION,
    "row": ROW,
    "loop": LOOP,
    "screen": SCREEN,
    "help": HELP,
    "choice": CHOICE,
    "check": CHECK,
    "alert": ALERT,
    "computed": COMPUTED,
    "use": USE,
    "column": COLUMN,
}


def json_schema() -> Schema:
    """The JSON Schema of a questionnaire file, for editors. What filters read is beyond it: `check` tells that."""
    choices = {
        "type": "object",
        "patternProperties": {"^[0-9]+$": _either(TEXT, _of("choice"))},
        "additionalProperties": False,
    }
    parts = {name: _described(keys) for name, keys in _PARTS.items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Questionnaire",
        **_described(FILE),
        "$defs": {**parts, "choices": choices},
    }


def _described(keys: dict[str, Key]) -> Schema:
    return {
        "type": "object",
        "properties": {name: {**key.holds, "description": key.told} for name, key in keys.items()},
        "required": [name for name, key in keys.items() if key.needed],
        "additionalProperties": False,
    }
