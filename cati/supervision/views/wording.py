"""How screens of the supervision say where a case stands."""

from cati.cases.rules import CaseState, Outcome, WaitReason, label

WAITS = {
    WaitReason.FRESH: "jamais appelé",
    WaitReason.RETRY: "à rappeler",
    WaitReason.CALLBACK: "rappel convenu",
    WaitReason.SOFT: "rendez-vous vague",
    WaitReason.FIRM: "rendez-vous ferme",
    WaitReason.CONVERSION: "refus à convertir",
}


def state_text(state: CaseState, waits_for: WaitReason | None, closed_as: Outcome | None) -> str:
    """« en attente (rendez-vous ferme) », « clos : Complet »… in French."""
    match state:
        case CaseState.WAITING if waits_for is not None:
            return f"en attente ({WAITS[waits_for]})"
        case CaseState.CLOSED if closed_as is not None:
            return f"clos : {label(closed_as)}"
        case CaseState.INTERRUPTED:
            return "interrompu"
        case CaseState.QUARANTINED:
            return "en quarantaine"
    return "pas encore mis en appel"
