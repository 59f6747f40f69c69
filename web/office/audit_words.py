"""The audit log in French: what was done, to what, with what detail. A test finds every action of the code here."""

import json
from collections.abc import Mapping, Sequence

#: An action by its code. The dpo filters by these words.
ACTIONS: dict[str, str] = {
    "identity.read": "lecture d’une identité",
    "answers.read": "lecture des réponses d’un entretien",
    "export.written": "export des résultats",
    "call.inbound": "appel reçu d’un locataire",
    "case.search": "recherche d’un dossier",
    "case.release": "dossier libéré",
    "case.taken_back": "dossier repris à l’enquêteur",
    "case.given": "dossier confié à un enquêteur",
    "case.booked": "rendez-vous pris par un superviseur",
    "case.reopened": "dossier rouvert",
    "case.withdrawn": "effacement demandé",
    "address.settled": "adresse à corriger traitée",
    "opposition": "opposition à tout appel",
    "opposition.lifted": "opposition levée",
    "danger": "danger signalé",
    "danger.handled": "danger traité",
    "interview.erased": "réponses effacées",
    "interview.validated": "entretien validé",
    "interview.invalidated": "entretien invalidé",
    "interview.restored": "entretien rétabli",
    "backcheck.call": "contre-appel passé",
    "backcheck.done": "contre-appel terminé",
    "quota.pause": "cellule de quota mise en pause",
    "quota.resume": "cellule de quota rouverte",
    "quota.limits": "objectif ou marge changés",
    "bailleur.priority": "priorité d’un bailleur",
    "questionnaire.published": "questionnaire publié",
    "wave.questionnaire": "version du questionnaire d’une édition",
    "wave.protocol": "protocole d’appel mis en vigueur",
    "calendar.closed": "jour fermé aux appels",
    "calendar.reopened": "jour fermé rouvert aux appels",
    "message.send": "message au plateau",
    "desk.watch": "écran d’un enquêteur suivi",
    "desk.watched": "fin du suivi d’un écran",
    "help.answer": "appel à l’aide pris",
    "user.create": "compte créé",
    "user.assign": "compte affecté à une édition",
    "user.password": "mot de passe changé",
    "user.end_sessions": "sessions fermées",
    "user.close": "compte fermé",
    "user.sign_out_asked": "fin de poste demandée",
    "user.sign_out_called_off": "fin de poste annulée",
    "user.signed_out": "poste fermé par un superviseur",
    "visit.open": "visite ouverte",
    "visit.agree": "accord d’un bailleur pour la visite",
    "visit.invite": "observateur invité",
    "visit.enter": "entrée d’un observateur",
    "visit.sign": "engagement de confidentialité signé",
    "visit.recognised": "observateur qui reconnaît la personne",
    "visit.cut": "écoutes coupées par un superviseur",
    "visit.close": "visite close",
    "visit.decline": "enquêteur qui décline l’observation",
    "listening.cut": "écoute coupée par l’enquêteur",
}

OBJECTS: dict[str, str] = {
    "case": "dossier",
    "interview": "entretien",
    "user": "compte",
    "wave": "édition",
    "bailleur": "bailleur",
    "quota_cell": "cellule de quota",
    "message": "message",
    "visit": "visite",
    "phone": "numéro",
    "search": "recherche",
    "number": "numéro",
    "opposition": "opposition",
    "questionnaire": "questionnaire",
    "closure": "jour fermé",
}

#: Why an identity was read, where the code says it; elsewhere the purpose is what somebody wrote.
PURPOSES: dict[str, str] = {
    "call": "pour appeler",
    "inbound call": "le locataire rappelle",
    "backcheck": "pour le contre-appel",
    "quality": "contrôle qualité",
}

_DETAILS: dict[str, str] = {
    "role": "rôle",
    "sessions": "sessions",
    "wave": "édition",
    "skill": "compétence",
    "target": "objectif",
    "margin": "marge",
    "priority": "priorité",
    "to": "à",
    "case": "dossier",
    "cases": "dossiers",
    "cases_closed": "dossiers clos",
    "closed_as": "clos comme",
    "result": "résultat",
    "listeners": "écoutes",
    "user": "compte",
    "scope": "périmètre",
    "bailleurs": "bailleurs",
    "text": "texte",
    "sha256": "empreinte",
    "complete": "complets",
    "partial": "partiels",
    "code": "code",
    "version": "version",
    "changed": "valeurs changées",
    "waived": "dérogation",
    "moved": "entretiens passés",
    "kept": "entretiens qui gardent la leur",
    "calling": "en communication",
}


_VALUES: dict[str, str] = {
    "interviewer": "télé-enquêteur",
    "supervisor": "superviseur",
    "observer": "observateur",
    "analyst": "statisticien",
    "admin": "administrateur",
    "dpo": "délégué à la protection des données",
}


def action(code: str) -> str:
    """« lecture d’une identité »; an action of an older version keeps its code."""
    return ACTIONS.get(code, code)


def thing(kind: str, number: str) -> str:
    """« dossier n° 12 »."""
    return f"{OBJECTS.get(kind, kind)} n° {number}"


def purpose(said: str) -> str:
    """What for: the code's reason in French, or what somebody wrote."""
    return PURPOSES.get(said, said)


def details(told: Mapping[str, object]) -> str:
    """« objectif : 10 → 12, marge : 0 → 1 »."""
    return ", ".join(f"{_DETAILS.get(name, name)} : {_shown(value)}" for name, value in sorted(told.items()))


def _shown(value: object) -> str:
    match value:
        case None | "":
            return "–"
        case bool():
            return "oui" if value else "non"
        case str():
            return _VALUES.get(value, value if len(value) <= 40 else f"{value[:16]}…")
        case [before, after] if not isinstance(before, Sequence | Mapping):
            return f"{_shown(before)} → {_shown(after)}"
        case _:
            text = json.dumps(value, ensure_ascii=False)
            return text if len(text) <= 60 else f"{text[:60]}…"
