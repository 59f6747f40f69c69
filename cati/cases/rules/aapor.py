"""French labels of dispositions and outcomes, and their AAPOR codes and classes (telephone survey of named persons)."""

from dataclasses import dataclass

from cati.cases.rules.codes import AaporClass, Disposition, Outcome


def label(code: Disposition | Outcome) -> str:
    """What screens call this disposition or outcome, in French."""
    if code == Disposition.NOT_PLACED:
        return "Non appelé"
    return _CODES[Outcome(code.value)].label


def aapor(outcome: Outcome, *, ever_eligible: bool = False, wrong_number_is_contactless: bool = False) -> str:
    """The AAPOR code, such as "2.20".

    A case once eligible is never of unknown eligibility again. A wrong number is of unknown eligibility (3.90), or, in
    the variant reported beside it, a tenant of the list whom nobody could contact (2.20).
    """
    return _code(outcome, ever_eligible, wrong_number_is_contactless).number


def aapor_class(
    outcome: Outcome, *, ever_eligible: bool = False, wrong_number_is_contactless: bool = False
) -> AaporClass:
    """The class that counts in the outcome rates, under the same two conditions as `aapor`."""
    return _code(outcome, ever_eligible, wrong_number_is_contactless).group


@dataclass(frozen=True, slots=True)
class _Code:
    label: str
    number: str
    group: AaporClass


_NOT_CONTACTED = _Code("Jamais joint", "2.20", AaporClass.NC)
_UNKNOWN = {AaporClass.UH, AaporClass.UO}
_WITHOUT_NUMBER = {Outcome.WRONG_NUMBER, Outcome.NO_NUMBER}


def _code(outcome: Outcome, ever_eligible: bool, contactless: bool) -> _Code:
    code = _CODES[outcome]
    known = ever_eligible or (contactless and outcome in _WITHOUT_NUMBER)
    return _NOT_CONTACTED if known and code.group in _UNKNOWN else code


_CODES = {
    Outcome.COMPLETE: _Code("Complet", "1.1", AaporClass.I),
    Outcome.PARTIAL: _Code("Partiel", "1.2", AaporClass.P),
    Outcome.SURPLUS: _Code("Complet hors quota", "4.80", AaporClass.NE),
    Outcome.INVALIDATED: _Code("Entretien invalidé", "2.36", AaporClass.O),
    Outcome.BREAK_OFF: _Code("Abandon en cours d’entretien", "2.12", AaporClass.R),
    Outcome.APPOINTMENT_FIRM: _Code("Rendez-vous ferme", "2.20", AaporClass.NC),
    Outcome.APPOINTMENT_SOFT: _Code("Rendez-vous vague", "2.20", AaporClass.NC),
    Outcome.CALLBACK: _Code("À rappeler (dit par un tiers)", "2.20", AaporClass.NC),
    Outcome.NO_ANSWER: _Code("Ne répond pas", "3.13", AaporClass.UH),
    Outcome.BUSY: _Code("Occupé", "3.12", AaporClass.UH),
    Outcome.ANSWERING_MACHINE: _Code("Répondeur", "3.14", AaporClass.UH),
    Outcome.REFUSAL_PERSON: _Code("Refus de la personne", "2.112", AaporClass.R),
    Outcome.REFUSAL_HOUSEHOLD: _Code("Refus du foyer", "2.111", AaporClass.R),
    Outcome.OPPOSITION: _Code("Opposition à tout appel", "2.112", AaporClass.R),
    Outcome.WITHDRAWN: _Code("Effacement demandé", "2.112", AaporClass.R),
    Outcome.WRONG_NUMBER: _Code("Faux numéro", "3.90", AaporClass.UO),
    Outcome.NO_NUMBER: _Code("Aucun numéro appelable", "3.90", AaporClass.UO),
    Outcome.UNREACHABLE: _Code("Injoignable (plafond atteint)", "3.13", AaporClass.UH),
    Outcome.LANGUAGE: _Code("Langue", "2.33", AaporClass.O),
    Outcome.UNABLE: _Code("Ne peut pas répondre", "2.32", AaporClass.O),
    Outcome.MOVED: _Code("A déménagé", "4.70", AaporClass.NE),
    Outcome.DECEASED: _Code("Décédé", "4.70", AaporClass.NE),
    Outcome.OWNER: _Code("Propriétaire", "4.70", AaporClass.NE),
    Outcome.DUPLICATE: _Code("Doublon", "4.90", AaporClass.NE),
    Outcome.AWAY: _Code("Absent pendant l’enquête", "2.21", AaporClass.NC),
    Outcome.QUOTA_FULL: _Code("Quota atteint", "4.80", AaporClass.NE),
    Outcome.TUTELLE: _Code("Sous tutelle", "4.10", AaporClass.NE),
    Outcome.QPV_UNKNOWN: _Code("QPV inconnu", "4.10", AaporClass.NE),
    Outcome.NOT_ATTEMPTED: _Code("Jamais appelé", "3.11", AaporClass.UH),
}
