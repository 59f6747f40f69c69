"""What is wrong or doubtful in a questionnaire: where, which key, what, how to mend it. In French, for authors."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

from cati.questionnaire.source import file_of


class Level(StrEnum):
    ERROR = "error"  #: the questionnaire cannot run
    WARNING = "warning"  #: it can, and probably does not say what was meant


@dataclass(frozen=True, slots=True)
class Finding:
    line: int
    key: str
    message: str
    hint: str = ""
    level: Level = Level.ERROR

    def __str__(self) -> str:
        word = "erreur" if self.level is Level.ERROR else "attention"
        hint = f" — {self.hint}" if self.hint else ""
        where = f"{file_of(self.line)}, " if file_of(self.line) else ""
        return f"{where}ligne {self.line}, {self.key} : {word} : {self.message}{hint}"


class Notebook:
    """Where the reader and the lint write what they find, so that one run shows every mistake."""

    def __init__(self) -> None:
        self._findings: list[Finding] = []

    def error(self, line: int, key: str, message: str, hint: str = "") -> None:
        self._findings.append(Finding(line, key, message, hint))

    def warn(self, line: int, key: str, message: str, hint: str = "") -> None:
        self._findings.append(Finding(line, key, message, hint, Level.WARNING))

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Each once, in the order of the file."""
        return tuple(sorted(dict.fromkeys(self._findings), key=lambda finding: finding.line))

    @property
    def has_errors(self) -> bool:
        return any(finding.level is Level.ERROR for finding in self._findings)


def nearest(word: object, known: Iterable[object]) -> str:
    """« vouliez-vous dire « ask » ? », or nothing when no known word is near."""
    close = get_close_matches(str(word), [str(one) for one in known], n=1, cutoff=0.6)
    return f"vouliez-vous dire « {close[0]} » ?" if close else ""
