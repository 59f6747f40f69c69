"""The columns of the sample that a questionnaire declares: what each holds, and how bailleurs' files name and say it.

objet:
  type: [plomberie, menuiserie, null]
  headings: [motif, nature de la demande]
  values: {menuiserie: [serrurerie, vitrerie]}
"""

from collections.abc import Iterator, Sequence
from typing import Any

from cati.questionnaire import keys
from cati.questionnaire.findings import nearest
from cati.questionnaire.model import SampleColumn, SampleType
from cati.questionnaire.reading import Part
from cati.questionnaire.source import Mapping

_TYPES = [kind.value for kind in SampleType]


def columns(part: Part) -> dict[str, SampleColumn]:
    """The columns by name. A heading that two columns claim is a mistake: nobody could tell which one it fills."""
    found = {column.name: column for column in _columns(part)}
    _check_headings(part, found)
    return found


def _columns(part: Part) -> Iterator[SampleColumn]:
    fields = part.mapping("sample")
    for key, content in fields.items():
        name, line = str(key), fields.lines[key]
        if not isinstance(content, Mapping):
            yield _column(part, name, content, line)
            continue
        inner = Part(content, part.notebook, name=f"sample.{name}", keys=keys.COLUMN, line=line)
        if not inner.has("type"):
            inner.error("type", "cette clé est obligatoire")
        held = _column(part, name, content.get("type", "text"), inner.line("type"))
        yield SampleColumn(
            name=name,
            type=held.type,
            choices=held.choices,
            optional=held.optional,
            headings=inner.words("headings"),
            values=_values(inner, held.choices),
        )


def _column(part: Part, name: str, content: Any, line: int) -> SampleColumn:
    """Its type: a word, « ? » when it may be missing, or the list of all that it may say."""
    if isinstance(content, list):
        codes = tuple(str(one) for one in content if one is not None)
        return SampleColumn(name=name, type=SampleType.TEXT, choices=codes, optional=None in content)
    kind = str(content).removesuffix("?")
    if kind not in _TYPES:
        part.notebook.error(line, f"sample.{name}", f"type inconnu : « {content} »", nearest(kind, _TYPES))
        kind = "text"
    return SampleColumn(name=name, type=SampleType(kind), optional=str(content).endswith("?"))


def _values(part: Part, choices: Sequence[str]) -> dict[str, str]:
    """Other ways in which a file says a choice: what it says → the choice."""
    said = part.mapping("values")
    inner = Part(said, part.notebook, name=f"{part.name}.values", keys=choices, line=part.line("values"))
    return {word: str(choice) for choice in said for word in inner.words(str(choice))}


def _check_headings(part: Part, found: dict[str, SampleColumn]) -> None:
    owners: dict[str, str] = {name.casefold(): name for name in found}
    for column in found.values():
        for heading in column.headings:
            owner = owners.setdefault(heading.casefold(), column.name)
            if owner != column.name:
                message = f"« {heading} » désigne déjà la colonne « {owner} »"
                line = part.mapping("sample").lines[column.name]
                part.notebook.error(line, f"sample.{column.name}", message)
