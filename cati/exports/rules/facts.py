"""What is said of an interview beside its answers: the technical variables, and what they are worked out from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from cati.cases.rules import InterviewState
from cati.exports.rules.variables import Measure, Storage, Technical, Variable

_PARIS = ZoneInfo("Europe/Paris")
#: Full years in the dwelling, from each bound up to the next.
_SENIORITY = ((0, "Moins d’un an"), (1, "1 à 2 ans"), (3, "3 à 4 ans"), (5, "5 à 9 ans"), (10, "10 à 19 ans"))
_SENIORITY_LAST = (20, "20 ans et plus")
_YES_NO: dict[int | str, str] = {0: "Non", 1: "Oui"}
_DWELLINGS: dict[int | str, str] = {1: "Collectif", 2: "Individuel"}
_DWELLING_CODES = {"collectif": 1, "individuel": 2}
_STATES: dict[int | str, str] = {1: "Complet", 2: "Partiel"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A dial that a person answered, within an attempt. Times are UTC; `ended_at` is None while it is up."""

    attempt_id: int
    call_no: int
    answered_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The technical variables of one interview, as exported."""

    export_id: str
    state: int
    surplus: int
    bailleur: str
    qpv: int | None
    dwelling: int | None
    seniority: int | None
    day: date | None
    seconds: int | None
    version: str
    began_with: str
    interviewer: str
    attempts: int
    observed: int
    language: str = ""  #: of the script when the interview was left


def technical(bailleurs: Mapping[int | str, str]) -> tuple[Variable, ...]:
    """The variables that stand before the answers; `bailleurs` gives each code its name."""
    whole, text, coded = Storage.INTEGER, Storage.TEXT, Measure.NOMINAL
    bands = _coded([label for _, label in (*_SENIORITY, _SENIORITY_LAST)])
    return (
        _variable("ID_ENT", "Identifiant de l’entretien (tiré au hasard)", "export_id", text, coded),
        _variable("ETAT_ENT", "État de l’entretien", "state", whole, coded, _STATES),
        _variable("SURPLUS", "Entretien au-delà du quota (hors objectif)", "surplus", whole, coded, _YES_NO),
        _variable("BAILLEUR", "Bailleur", "bailleur", text, coded, bailleurs),
        _variable("QPV", "Logement en quartier prioritaire (fichier)", "qpv", whole, coded, _YES_NO),
        _variable("TYPE", "Type de logement (fichier)", "dwelling", whole, coded, _DWELLINGS),
        _variable(
            "ANC_CL", "Ancienneté dans le logement (fichier)", "seniority", whole, Measure.ORDINAL, bands
        ),
        _variable("DATE_ENT", "Jour de l’entretien", "day", Storage.DATE, Measure.SCALE),
        _variable(
            "DUREE_S", "Durée de l’entretien, en secondes de communication", "seconds", whole, Measure.SCALE
        ),
        _variable("VERSION", "Version du questionnaire", "version", text, coded),
        _variable("VERSION_DEB", "Version au début de l’entretien", "began_with", text, coded),
        _variable("TE", "Enquêteur (empreinte, sans identité)", "interviewer", text, coded),
        _variable("N_TENT", "Nombre de tentatives d’appel", "attempts", whole, Measure.SCALE),
        _variable("OBS", "Entretien observé par un visiteur", "observed", whole, coded, _YES_NO),
        _variable("LANGUE", "Langue de l’entretien", "language", text, coded),
    )


def state_code(state: InterviewState) -> int:
    """1 for a complete interview, 2 for a partial one."""
    return 1 if state is InterviewState.COMPLETE else 2


def dwelling_code(sample: Mapping[str, object]) -> int | None:
    """1 collectif, 2 individuel; None when the file does not say."""
    return _DWELLING_CODES.get(str(sample.get("type_logement")))


def seniority_class(sample: Mapping[str, object]) -> int | None:
    """The rank of the band of `anciennete_ans`, from 1; None when the file does not say."""
    years = sample.get("anciennete_ans")
    if not isinstance(years, int):
        return None
    return sum(years >= bound for bound, _ in (*_SENIORITY, _SENIORITY_LAST)) or 1


def day_of(moment: datetime | None) -> date | None:
    """The day in Paris."""
    return moment.astimezone(_PARIS).date() if moment else None


def seconds_of(calls: Sequence[Call], start: datetime | None, end: datetime | None) -> int | None:
    """Seconds on the line between consent and the last answer, all calls together: the days between two do not count.

    Without a call on the line's books, the time between the two; None for an interview that did not end.
    """
    if start is None or end is None:
        return None
    spells = [(max(call.answered_at, start), min(call.ended_at or end, end)) for call in calls]
    spent = [(until - since).total_seconds() for since, until in spells if until > since]
    return round(sum(spent)) if spent else round((end - start).total_seconds())


def first_call(calls: Sequence[Call], call_no: int) -> int:
    """The first call of the attempt that this call belongs to: the introduction of a redial is partly its."""
    attempts = {call.attempt_id for call in calls if call.call_no == call_no}
    return min((call.call_no for call in calls if call.attempt_id in attempts), default=call_no)


def _coded(labels: Sequence[str]) -> dict[int | str, str]:
    return dict(enumerate(labels, start=1))


def _variable(
    name: str,
    label: str,
    fact: str,
    storage: Storage,
    measure: Measure,
    values: Mapping[int | str, str] | None = None,
) -> Variable:
    return Variable(
        name=name, label=label, storage=storage, measure=measure, source=Technical(fact), values=values or {}
    )
