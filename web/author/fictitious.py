"""The tenant of a preview: fictitious, with the columns that the questionnaire declares, which the author edits."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from cati.questionnaire import moments, sample
from cati.questionnaire.model import Questionnaire, SampleColumn, SampleType

_YES_NO = (("1", "oui"), ("0", "non"))
_MISSING = ("", "absent")
#: What a whole number is likely to be, by a word of its column's name.
_FIGURES = {"anciennete": 8, "age": 47, "nb": 2, "surface": 68, "loyer": 430}
_MOST_DIGITS = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """All that a preview supposes besides the answers."""

    sample: Mapping[str, object]
    on: date  #: the day of the interview
    case_id: int = 1  #: it decides the orders drawn


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One column in the form: a list of what it may be, or a text to type."""

    name: str
    value: str
    said: str  #: the same in words
    options: tuple[tuple[str, str], ...] = ()
    hint: str = ""


def plausible(questionnaire: Questionnaire, on: date) -> Tenant:
    """A tenant that any file could hold: the same each time."""
    columns = {name: _plausible(column, on) for name, column in questionnaire.sample.items()}
    return Tenant(sample=columns, on=on)


def kept(tenant: Tenant, questionnaire: Questionnaire) -> Tenant:
    """The tenant for a questionnaire saved again: what still fits of his columns, else what is plausible."""
    fresh = plausible(questionnaire, tenant.on)
    columns = {name: tenant.sample.get(name, value) for name, value in fresh.sample.items()}
    wrong = sample.problems(questionnaire, columns)
    return Tenant(sample=fresh.sample if wrong else columns, on=tenant.on, case_id=tenant.case_id)


def fields(tenant: Tenant, questionnaire: Questionnaire) -> tuple[Field, ...]:
    """The form of his columns."""
    return tuple(_field(column, tenant.sample.get(name)) for name, column in questionnaire.sample.items())


def read(
    tenant: Tenant, questionnaire: Questionnaire, given: Mapping[str, str]
) -> tuple[Tenant, tuple[str, ...]]:
    """The tenant that the form describes, and what is wrong with it, in French; then nothing changes."""
    columns = {
        name: _read(column, given.get(f"sample.{name}", "").strip())
        for name, column in questionnaire.sample.items()
    }
    problems = [*sample.problems(questionnaire, columns)]
    day, case = moments.read_date(given.get("on", "")), given.get("case", "").strip()
    if day is None:
        problems.append("le jour de l’entretien est une date\u00a0: 24/11/2026")
    if not case.isascii() or not case.isdigit() or len(case) > _MOST_DIGITS:
        problems.append("le numéro de dossier est un nombre")
    if problems or day is None:
        return tenant, tuple(problems)
    return Tenant(sample=columns, on=date.fromisoformat(day), case_id=int(case)), ()


def _plausible(column: SampleColumn, on: date) -> object:
    if column.choices:
        return column.choices[0]
    match column.type:
        case SampleType.BOOLEAN:
            return True
        case SampleType.INTEGER:
            year = on.year - 8 if "annee" in column.name else None
            likely = (figure for word, figure in _FIGURES.items() if word in column.name.split("_"))
            return year or next(likely, 1)
        case SampleType.DECIMAL:
            return "68.5"
        case SampleType.DATE:
            return date(on.year - 1, 6, 15).isoformat()
        case SampleType.TEXT:
            return "exemple"


def _field(column: SampleColumn, value: object) -> Field:
    written = "" if value is None else str(int(value)) if isinstance(value, bool) else str(value)
    if column.type is SampleType.DATE and written:
        written = moments.typed_date(written)
    options: tuple[tuple[str, str], ...] = tuple((one, one) for one in column.choices)
    if column.type is SampleType.BOOLEAN:
        options = _YES_NO
    if options and column.optional:
        options = (*options, _MISSING)
    said = dict(options).get(written, written) or _MISSING[1]
    hint = "vide\u00a0: absent" if column.optional and not options else ""
    return Field(name=column.name, value=written, said=said, options=options, hint=hint)


def _read(column: SampleColumn, given: str) -> object:
    """What was typed as the column holds it; what cannot be read stays as typed, and is told to be wrong."""
    if not given:
        return None
    match column.type:
        case SampleType.BOOLEAN:
            return given == "1"
        case SampleType.INTEGER:
            digits = given.removeprefix("-")
            return (
                int(given) if digits.isascii() and digits.isdigit() and len(digits) <= _MOST_DIGITS else given
            )
        case SampleType.DECIMAL:
            return given.replace(",", ".")
        case SampleType.DATE:
            return moments.read_date(given) or given
        case SampleType.TEXT:
            return given
