"""Names of variables that SPSS, R, Stata and SAS all take."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from cati.exports.rules.variables import Variable

#: SPSS keeps these for itself.
_RESERVED = frozenset({"all", "and", "by", "eq", "ge", "gt", "le", "lt", "ne", "not", "or", "to", "with"})
_FOREIGN = re.compile(r"[^A-Za-z0-9_]")
_NAME_BYTES, _LABEL_BYTES = 64, 256


def well_named(variables: Iterable[Variable]) -> Iterator[Variable]:
    """The variables under names that are valid and differ by more than capitals; a name taken already gets a number."""
    taken: set[str] = set()
    for variable in variables:
        name = free(valid(variable.name), taken)
        taken.add(name.lower())
        yield replace(variable, name=name, label=cut(variable.label, _LABEL_BYTES))


def valid(name: str) -> str:
    """The name with a letter first, no sign but letters, digits and _, and no word of SPSS's own."""
    plain = _FOREIGN.sub("_", name)[:_NAME_BYTES]
    if plain.lower() in _RESERVED:
        return f"{plain}_"
    return plain if plain[:1].isalpha() else f"V{plain}"[:_NAME_BYTES]


def free(name: str, taken: set[str]) -> str:
    """The name, or the first `name_2`, `name_3`… that nobody has."""
    number, found = 1, name
    while found.lower() in taken:
        number += 1
        found = f"{name[: _NAME_BYTES - 4]}_{number}"
    return found


def cut(text: str, most: int) -> str:
    """The text, ended by … where its UTF-8 would pass `most` bytes."""
    if len(text.encode()) <= most:
        return text
    return text.encode()[: most - 3].decode(errors="ignore").rstrip() + "…"
