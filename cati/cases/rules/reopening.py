"""Which closed cases may be taken up again: by a supervisor, or by the tenant who calls of his own accord."""

from enum import StrEnum

from cati.cases.rules.codes import CaseState, Outcome


class OwnCall(StrEnum):
    """What becomes of a call that a tenant makes by himself."""

    HEARD = "heard"  #: he is interviewed, or makes an appointment
    THANKED = "thanked"  #: he was interviewed already
    OPPOSED = "opposed"  #: it is confirmed to him that nobody calls any more
    ERASED = "erased"  #: it is confirmed to him that his answers are no more
    APART = "apart"  #: his household is not called for a reason that only a supervisor can look at


def on_own_call(state: CaseState, closed_as: Outcome | None) -> OwnCall:
    """Whether a tenant who calls is heard. Windows, paused and full cells do not matter: nobody disturbs him."""
    if state is CaseState.QUARANTINED:
        return OwnCall.APART
    if state is not CaseState.CLOSED or closed_as is None:
        return OwnCall.HEARD
    return _ENDS.get(closed_as, OwnCall.HEARD)


def why_not_reopened(closed_as: Outcome) -> str | None:
    """The sentence for the supervisor who would take this case up again, in French; None when he may."""
    return _FINAL.get(closed_as)


_ENDS = {
    Outcome.COMPLETE: OwnCall.THANKED,
    Outcome.SURPLUS: OwnCall.THANKED,
    Outcome.INVALIDATED: OwnCall.THANKED,
    Outcome.OPPOSITION: OwnCall.OPPOSED,
    Outcome.WITHDRAWN: OwnCall.ERASED,
    Outcome.DUPLICATE: OwnCall.APART,
    Outcome.TUTELLE: OwnCall.APART,
    Outcome.QPV_UNKNOWN: OwnCall.APART,
}

_INTERVIEWED = "L’entretien est fait : un dossier complet ne se rouvre pas."
_BY_ITS_FILE = "Ce ménage n’est pas appelable d’après son fichier : un fichier corrigé rouvre le dossier."
_FINAL = {
    Outcome.OPPOSITION: "Ce foyer s’est opposé à tout appel : son dossier ne se rouvre pas.",
    Outcome.WITHDRAWN: "Ses réponses ont été effacées à sa demande : le dossier ne se rouvre pas.",
    Outcome.COMPLETE: _INTERVIEWED,
    Outcome.SURPLUS: _INTERVIEWED,
    Outcome.INVALIDATED: "L’entretien a été invalidé : un foyer n’est pas interrogé deux fois.",
    Outcome.UNREACHABLE: "Le nombre d’appels permis pour ce foyer est atteint.",
    Outcome.NO_NUMBER: "Aucun numéro n’est appelable : un fichier corrigé rouvre le dossier.",
    Outcome.DUPLICATE: "Un autre dossier du même ménage est appelé.",
    Outcome.TUTELLE: _BY_ITS_FILE,
    Outcome.QPV_UNKNOWN: _BY_ITS_FILE,
}
