"""Does a household's sample fit what the questionnaire declares? Asked at import, so that no filter is surprised."""

from collections.abc import Mapping
from decimal import Decimal

from cati.questionnaire import moments
from cati.questionnaire.model import Questionnaire, SampleColumn, SampleType

_PYTHON: dict[SampleType, tuple[type, ...]] = {
    SampleType.BOOLEAN: (bool,),
    SampleType.INTEGER: (int,),
    SampleType.DECIMAL: (int, float, Decimal, str),
    SampleType.TEXT: (str,),
    SampleType.DATE: (str,),
}
_FRENCH = {
    SampleType.BOOLEAN: "oui ou non",
    SampleType.INTEGER: "un nombre entier",
    SampleType.DECIMAL: "un nombre",
    SampleType.TEXT: "un texte",
    SampleType.DATE: "une date (AAAA-MM-JJ)",
}


def problems(questionnaire: Questionnaire, sample: Mapping[str, object]) -> tuple[str, ...]:
    """What is wrong, one French sentence a column; empty when all fits. Columns not declared are a problem too."""
    found = [_problem(column, sample.get(name)) for name, column in questionnaire.sample.items()]
    found += [
        f"colonne « {name} » inconnue du questionnaire" for name in sample if name not in questionnaire.sample
    ]
    return tuple(problem for problem in found if problem)


def _problem(column: SampleColumn, value: object) -> str | None:
    if value is None:
        return None if column.optional else f"« {column.name} » manque"
    wrong_type = not isinstance(value, _PYTHON[column.type])
    wrong_type = wrong_type or (column.type is SampleType.DATE and not moments.is_date(value))
    if wrong_type or (isinstance(value, bool) and column.type is not SampleType.BOOLEAN):
        return f"« {column.name} » doit être {_FRENCH[column.type]}"
    if column.choices and value not in column.choices:
        return f"« {column.name} » doit être parmi : {', '.join(column.choices)}"
    return None
