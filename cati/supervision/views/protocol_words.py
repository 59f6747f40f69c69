"""What another protocol changes for the cases that wait, in French sentences: told before it is put in force."""

from collections.abc import Sequence

from cati.cases.rules import WaitReason
from cati.scheduling.rules import Change, Protocol, differences
from cati.supervision.views.protocols import Effects, Skilled

NBSP = "\u00a0"

#: When each part of a protocol is obeyed.
AT_ONCE = "Les plages, les jours fermés et les durées de garde s’appliquent tout de suite, au prochain dossier pris."
AT_NEXT = (
    "Les délais et les plafonds s’appliquent à chaque dossier à son prochain appel\u00a0: "
    "ceux qui attendent gardent l’heure qu’ils ont."
)
REST = (
    "Le repos entre deux études est recalculé tout de suite pour les foyers jamais appelés, "
    "au prochain appel pour les autres."
)


def sentences(before: Protocol, after: Protocol, effects: Effects, skilled: Sequence[Skilled]) -> list[str]:
    """What is counted now and what comes when, as far as the changes touch it."""
    changed = {each.path.split(".")[0] for each in differences(before, after)}
    told = list(_when(changed))
    told += _hours(effects) if changed & _HOURS else []
    told += _appointments(effects) if changed & _HOURS else []
    told += _caps(effects) if "caps" in changed else []
    told += _conversions(after, effects, skilled) if "conversion_needs_skill" in changed else []
    told += _resting(effects) if "rest" in changed else []
    return [*told, _waiting(effects)]


def changes_said(changes: Sequence[Change]) -> str:
    """« Par jour : 2 fois → 1 fois ; … », for a list of versions."""
    return f"{NBSP}; ".join(f"{each.title}{NBSP}: {each.before} → {each.after}" for each in changes)


_HOURS = {"windows", "appointment_windows", "first_attempt_until", "always_open"}
_WAITS = {
    WaitReason.FRESH: "jamais appelés",
    WaitReason.RETRY: "à rappeler après un appel sans réponse",
    WaitReason.CALLBACK: "à rappeler comme demandé",
    WaitReason.SOFT: "en rendez-vous vague",
    WaitReason.FIRM: "en rendez-vous ferme",
    WaitReason.CONVERSION: "en reprise de refus",
}


def _when(changed: set[str]) -> list[str]:
    told = [(AT_ONCE, _HOURS | {"holding", "slot_minutes"}), (AT_NEXT, _LATER), (REST, {"rest"})]
    return [sentence for sentence, parts in told if changed & parts]


_LATER = {"delays", "caps", "other_day_part", "evening_from", "conversion_needs_skill"}


def _hours(effects: Effects) -> list[str]:
    return [
        f"Dossiers à l’échéance en ce moment{NBSP}: {effects.due}. Appelables à cette heure{NBSP}: "
        f"{effects.open_before} maintenant, {effects.open_after} avec ce protocole."
    ]


def _appointments(effects: Effects) -> list[str]:
    if not effects.appointments_outside:
        return ["Aucun rendez-vous pris ne tombe hors des nouvelles plages."] if effects.appointments else []
    falls = "tombe" if effects.appointments_outside == 1 else "tombent"
    return [
        f"{effects.appointments_outside} rendez-vous sur {effects.appointments} {falls} hors des nouvelles plages"
        f"{NBSP}: déplacé au premier jour permis s’il est ferme ; mieux vaut en convenir avec la personne."
    ]


def _caps(effects: Effects) -> list[str]:
    if not effects.beyond_caps:
        return ["Aucun dossier en attente n’a déjà atteint les nouveaux plafonds de l’étude."]
    floor = " au moins" if effects.beyond_caps_more else ""
    return [
        f"Dossiers en attente qui ont déjà atteint le nouveau plafond de l’étude{NBSP}: {effects.beyond_caps}{floor}, "
        "fermés comme injoignables à leur prochain appel."
    ]


def _conversions(after: Protocol, effects: Effects, skilled: Sequence[Skilled]) -> list[str]:
    trained = [each.name for each in skilled if each.converts]
    waiting = effects.waiting.get(WaitReason.CONVERSION, 0)
    if not after.conversion_needs_skill:
        return [f"Reprises de refus qui gardent la compétence demandée jusqu’à leur appel{NBSP}: {waiting}."]
    if not trained:
        return [
            "Personne n’a la compétence « conversion » dans cette édition : "
            "les refus simples à venir attendront qu’elle soit donnée à quelqu’un."
        ]
    return [f"Les refus simples à venir seront repris par : {', '.join(trained)}."]


def _resting(effects: Effects) -> list[str]:
    return [f"Foyers au repos en ce moment{NBSP}: {effects.resting}."]


def _waiting(effects: Effects) -> str:
    total = sum(effects.waiting.values())
    parts = ", ".join(f"{count} {_WAITS[reason]}" for reason, count in effects.waiting.items())
    return f"Dossiers en attente{NBSP}: {total}{f' ({parts})' if parts else ''}."
