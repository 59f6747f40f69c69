"""One codebook for the several versions of a questionnaire that the interviews of a wave may have."""

from collections.abc import Sequence
from dataclasses import replace

from cati.exports.rules.naming import well_named
from cati.exports.rules.variables import Missing, Source, Storage, Variable
from cati.questionnaire.model import State


def merged(books: Sequence[tuple[str, Sequence[Variable]]]) -> tuple[Variable, ...]:
    """The variables of all versions, given newest first as (version, its variables).

    A variable of the same nature in several versions is one, with the codes of all. One that changed its nature is
    kept apart for the older version, under a name that says so. Each takes answers from the versions that have it only.
    """
    found: dict[tuple[Source, Storage], Variable] = {}
    having: dict[tuple[Source, Storage], set[str]] = {}
    sources: set[Source] = set()
    for version, variables in books:
        for variable in variables:
            key = (variable.source, variable.storage)
            if key in found:
                found[key] = _both(found[key], variable)
            elif variable.source in sources:
                found[key] = replace(variable, name=f"{variable.name}_V{version}")
            else:
                found[key] = variable
            sources.add(variable.source)
            having.setdefault(key, set()).add(version)
    everywhere = {version for version, _ in books}
    limited = {key: None if some == everywhere else frozenset(some) for key, some in having.items()}
    return tuple(well_named(replace(each, versions=limited[key]) for key, each in found.items()))


def _both(newer: Variable, older: Variable) -> Variable:
    """The newer variable, with what only the older one had."""
    specials = {**older.missing, **newer.missing}
    return replace(newer, values={**older.values, **newer.values}, missing=_aligned(newer, older, specials))


def _aligned(newer: Variable, older: Variable, specials: dict[State, Missing]) -> dict[State, Missing]:
    """The special states with the wider codes of the two: 98 becomes 998 where the other version needs 998."""
    codes = [special.code for variable in (newer, older) for special in variable.missing.values()]
    widening = max(codes, default=0) // 100 * 100
    return {
        state: Missing(special.code % 100 + widening, special.label) for state, special in specials.items()
    }
