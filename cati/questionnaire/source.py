"""YAML 1.2 to plain values that remember their lines, so that every mistake can be shown where it stands."""

import hashlib
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode


class Line(int):
    """A line of a file, from 1. `file` is empty in the questionnaire itself, else the part it includes."""

    file: str = ""

    @classmethod
    def of(cls, number: int, file: str) -> "Line":
        line = cls(number)
        line.file = file
        return line


def file_of(line: int) -> str:
    """The part that a line stands in; nothing for the questionnaire itself."""
    return line.file if isinstance(line, Line) else ""


def place(line: int) -> str:
    """« ligne 8 », « ligne 8 de commun/listes.yaml »."""
    return f"ligne {line} de {file_of(line)}" if file_of(line) else f"ligne {line}"


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


def read(text: str, file: str = "") -> Mapping:
    """The top mapping of the file. Raises SourceError."""
    try:
        node = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = Line.of(mark.line + 1 if mark else 1, file)
        raise SourceError(line, "", f"YAML illisible : {error.problem}") from None
    if not isinstance(node, MappingNode):
        raise SourceError(
            Line.of(1, file), "", "un questionnaire est une suite de clés (« questionnaire: … »)"
        )
    return _Tree(file).mapping(node)


def canonical_sha256(text: str) -> str:
    """The fingerprint of what the file says: comments and layout do not count, order does. Raises SourceError."""
    return sha256_of(read(text))


def sha256_of(fields: Mapping) -> str:
    """The same fingerprint, of a file already read."""
    canonical = json.dumps(list(_pairs(fields)), ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _pairs(part: Any) -> Iterator[Any]:
    """A mapping as its pairs: JSON would lose the order's meaning and mix 1 with "1"."""
    for key, inner in part.items():
        yield [key, _canonical(inner)]


def _canonical(part: Any) -> Any:
    if isinstance(part, Mapping):
        return {"pairs": list(_pairs(part))}
    return [_canonical(inner) for inner in part] if isinstance(part, Sequence) else part


class _Tree:
    """Makes plain values of the nodes of one file."""

    def __init__(self, file: str) -> None:
        self._file = file

    def mapping(self, node: MappingNode) -> Mapping:
        mapping = Mapping(self._line(node))
        for key_node, value_node in node.value:
            key = self._value(key_node)
            if not isinstance(key, (str, int)) or isinstance(key, bool):
                raise SourceError(self._line(key_node), str(key), "une clé est un mot ou un code entier")
            if key in mapping:
                message = f"« {key} » est écrit deux fois (ligne {mapping.lines[key]})"
                raise SourceError(self._line(key_node), str(key), message)
            mapping[key] = self._value(value_node)
            mapping.lines[key] = self._line(key_node)
        return mapping

    def _value(self, node: Node) -> Any:
        match node:
            case MappingNode():
                return self.mapping(node)
            case SequenceNode():
                return self._sequence(node)
            case ScalarNode():
                return _scalar(node)
        raise SourceError(self._line(node), "", "forme YAML non admise")

    def _sequence(self, node: SequenceNode) -> Sequence:
        sequence = Sequence(self._line(node))
        for inner in node.value:
            sequence.append(self._value(inner))
            sequence.lines.append(self._line(inner))
        return sequence

    def _line(self, node: Node) -> Line:
        return Line.of(int(node.start_mark.line) + 1, self._file)


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
