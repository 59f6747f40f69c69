"""YAML 1.2 to plain values that remember their lines, so that every mistake can be shown where it stands."""

import hashlib
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode


class SourceError(Exception):
    """The text is no YAML of ours. `line` counts from 1, `key` may be empty."""

    def __init__(self, line: int, key: str, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.key = key


class Mapping(dict[Any, Any]):
    """A mapping of the file; `line` is its first line, `lines` the line of each key."""

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[Any, int] = {}


class Sequence(list[Any]):
    """A list of the file; `lines` holds the line of each member."""

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: list[int] = []


def read(text: str) -> Mapping:
    """The top mapping of the file. Raises SourceError."""
    try:
        node = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise SourceError(mark.line + 1 if mark else 1, "", f"YAML illisible : {error.problem}") from None
    if not isinstance(node, MappingNode):
        raise SourceError(1, "", "un questionnaire est une suite de clés (« questionnaire: … »)")
    return _mapping(node)


def canonical_sha256(text: str) -> str:
    """The fingerprint of what the file says: comments and layout do not count, order does. Raises SourceError."""
    canonical = json.dumps(list(_pairs(read(text))), ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _pairs(part: Any) -> Iterator[Any]:
    """A mapping as its pairs: JSON would lose the order's meaning and mix 1 with "1"."""
    for key, inner in part.items():
        yield [key, _canonical(inner)]


def _canonical(part: Any) -> Any:
    if isinstance(part, Mapping):
        return {"pairs": list(_pairs(part))}
    return [_canonical(inner) for inner in part] if isinstance(part, Sequence) else part


def _value(node: Node) -> Any:
    match node:
        case MappingNode():
            return _mapping(node)
        case SequenceNode():
            return _sequence(node)
        case ScalarNode():
            return _scalar(node)
    raise SourceError(_line(node), "", "forme YAML non admise")


def _mapping(node: MappingNode) -> Mapping:
    mapping = Mapping(_line(node))
    for key_node, value_node in node.value:
        key = _value(key_node)
        if not isinstance(key, (str, int)) or isinstance(key, bool):
            raise SourceError(_line(key_node), str(key), "une clé est un mot ou un code entier")
        if key in mapping:
            raise SourceError(
                _line(key_node), str(key), f"« {key} » est écrit deux fois (ligne {mapping.lines[key]})"
            )
        mapping[key] = _value(value_node)
        mapping.lines[key] = _line(key_node)
    return mapping


def _sequence(node: SequenceNode) -> Sequence:
    sequence = Sequence(_line(node))
    for inner in node.value:
        sequence.append(_value(inner))
        sequence.lines.append(_line(inner))
    return sequence


def _scalar(node: ScalarNode) -> Any:
    text = str(node.value)
    match str(node.tag).rpartition(":")[2]:
        case "int" if text.lstrip("+-").isdigit():
            return int(text)
        case "float":
            return Decimal(text)
        case "bool":
            return text.lower() == "true"
        case "null":
            return None
    return text


def _line(node: Node) -> int:
    return int(node.start_mark.line) + 1
