"""Parts that several questionnaires share: their lists, fills, alerts and blocks, written once and included by name.

    include: [commun/listes.yaml, commun/introduction.yaml]
    blocks:
      - use: INT

What is published, and what a case is pinned to, is the whole text: a part changed later changes no field under way.
"""

import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from ruamel.yaml import YAML

from cati.questionnaire import source
from cati.questionnaire.findings import nearest
from cati.questionnaire.source import Mapping, Sequence, SourceError

Reader = Callable[[str], str]  #: the text of a part, by its name; raises KeyError when there is none

_SHARED = (
    "lists",
    "fills",
    "sample",
    "themes",
    "marks",
    "consents",
    "help",
)  #: what a part adds to, key by key
_ONCE = ("special", "eligible", "quota_full", "danger")  #: what a part gives unless the questionnaire does
_GIVEN = (*_SHARED, *_ONCE, "alerts", "blocks")
#: What only the questionnaire says, for a reason worth telling.
_OWN = {"partial_after": "les blocs se placent dans le questionnaire : à lui de dire lequel suffit"}


def read(text: str, part: Reader) -> Mapping:
    """The whole questionnaire, its parts in place. Raises SourceError, with the line and the file of the mistake."""
    whole = source.read(text)
    names = whole.pop("include", None)
    if names is None:
        return whole
    blocks: dict[str, Mapping] = {}
    for name in names if isinstance(names, list) else [names]:
        _include(whole, _part(str(name), part, whole.lines["include"]), str(name), blocks)
    if isinstance(whole.get("blocks"), Sequence):
        whole["blocks"] = _placed(whole["blocks"], blocks)
    return whole


def whole_text(text: str, part: Reader) -> str:
    """The questionnaire as one text that needs no part; the text itself when it includes none. Raises SourceError."""
    if "include" not in source.read(text):
        return text
    written = io.StringIO()
    yaml = YAML(typ="safe", pure=True)
    yaml.allow_unicode, yaml.width, yaml.sort_base_mapping_type_on_output = True, 120, False  # type: ignore[assignment]  # ruamel types it None
    yaml.dump(_plain(read(text, part)), written)
    return written.getvalue()


def _part(name: str, part: Reader, line: int) -> Mapping:
    try:
        text = part(name)
    except KeyError:
        raise SourceError(line, "include", f"partie introuvable : « {name} »") from None
    return source.read(text, name)


def _include(whole: Mapping, part: Mapping, name: str, blocks: dict[str, Mapping]) -> None:
    for key, content in part.items():
        if key in _SHARED and isinstance(content, Mapping):
            _add(whole, key, content, part.lines[key])
        elif key in _ONCE:
            if key not in whole:
                whole[key], whole.lines[key] = content, part.lines[key]
        elif key == "blocks" and isinstance(content, Sequence):
            _offer(blocks, content)
        elif key == "alerts" and isinstance(content, Sequence):
            _alert(whole, content, part.lines[key])
        else:
            hint = _OWN.get(str(key)) or nearest(key, _GIVEN)
            message = f"« {name} » ne peut donner « {key} »{' : ' if hint else ''}{hint}"
            raise SourceError(part.lines[key], str(key), message)


def _offer(blocks: dict[str, Mapping], content: Sequence) -> None:
    """The blocks of a part, to be placed by name."""
    for block in content:
        name = str(block.get("id")) if isinstance(block, Mapping) else ""
        if name in blocks:
            message = f"le bloc « {name} » est déjà dans « {source.file_of(blocks[name].line)} »"
            raise SourceError(block.line, "blocks", message)
        if isinstance(block, Mapping):
            blocks[name] = block


def _alert(whole: Mapping, content: Sequence, line: int) -> None:
    """The alerts of a part come after the questionnaire's own, which keep their codes; its own of a name wins."""
    if not isinstance(whole.get("alerts"), Sequence):
        whole["alerts"], whole.lines["alerts"] = Sequence(line), line
    own = whole["alerts"]
    known = {each.get("id"): each for each in own if isinstance(each, Mapping)}
    for alert, where in zip(content, content.lines, strict=True):
        there = known.get(alert.get("id")) if isinstance(alert, Mapping) else None
        if there is None:
            own.append(alert)
            own.lines.append(where)
        elif source.file_of(there.line):
            message = f"l’alerte « {alert['id']} » est déjà dans « {source.file_of(there.line)} »"
            raise SourceError(where, "alerts", message)


def _add(whole: Mapping, key: str, content: Mapping, line: int) -> None:
    """The questionnaire's own words win over those of a part; between parts, twice the same name is a mistake."""
    if not isinstance(whole.get(key), Mapping):
        whole[key], whole.lines[key] = Mapping(line), line
    own = whole[key]
    for name, inner in content.items():
        if name in own and source.file_of(own.lines[name]):
            message = f"« {name} » est déjà dans « {source.file_of(own.lines[name])} »"
            raise SourceError(content.lines[name], f"{key}.{name}", message)
        if name not in own:
            own[name], own.lines[name] = inner, content.lines[name]


def _placed(written: Sequence, blocks: dict[str, Mapping]) -> Sequence:
    placed = Sequence(written.line)
    for block, line in zip(written, written.lines, strict=True):
        found, where = (
            _used(block, line, blocks) if isinstance(block, Mapping) and "use" in block else (block, line)
        )
        placed.append(found)
        placed.lines.append(where)
    return placed


def _used(block: Mapping, line: int, blocks: dict[str, Mapping]) -> tuple[Mapping, int]:
    name = str(block["use"])
    if len(block) > 1:
        raise SourceError(line, "blocks", f"« use: {name} » ne prend aucune autre clé")
    if name not in blocks:
        raise SourceError(
            line, "blocks", f"bloc inconnu des parties : « {name} » {nearest(name, blocks)}".strip()
        )
    return blocks[name], blocks[name].line


def _plain(part: Any) -> Any:
    if isinstance(part, Mapping):
        return {key: _plain(inner) for key, inner in part.items()}
    if isinstance(part, Sequence):
        return [_plain(inner) for inner in part]
    return str(part) if isinstance(part, Decimal) else part
