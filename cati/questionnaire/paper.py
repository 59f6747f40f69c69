"""A questionnaire as it is printed: all that is said and every rule in words, in the order of the paper.

Plain facts. `printing` makes them; what lays them out (PDF, HTML) adds nothing to them.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedChoice:
    code: str  #: a figure, or the letter of a special state
    label: str
    does: tuple[str, ...] = ()  #: what choosing it brings about, or when it is offered


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedRow:
    """One row of a grid."""

    id: str
    text: str
    filter: str = ""  #: its own, when it narrows that of the grid


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedQuestion:
    id: str
    kind: str  #: how it is answered, in words
    filter: str  #: « posée si … »
    text: str  #: read aloud
    optional: str = ""  #: read if it helps
    instruction: str = ""  #: not read
    probe: str = ""
    choices: tuple[PrintedChoice, ...] = ()
    read_choices: bool = False
    specials: tuple[PrintedChoice, ...] = ()
    rows: tuple[PrintedRow, ...] = ()
    checks: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()  #: order drawn, values computed, what is proposed…
    themes: tuple[str, ...] = ()
    depth: int = 0  #: in how many loops it is asked


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedHead:
    """Where a loop begins, or a screen of several questions: they follow."""

    id: str
    text: str  #: what holds for its questions, in words
    said: str = ""  #: read before the first of them
    depth: int = 0  #: in how many loops it stands


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedBlock:
    id: str
    title: str
    filter: str
    rules: tuple[str, ...]
    parts: tuple[PrintedQuestion | PrintedHead, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedTable:
    """A list of the appendix: names and what they stand for."""

    title: str
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    title: str
    id: str
    version: str
    sha256: str
    language: str
    languages: tuple[str, ...]
    questions: int  #: those that somebody may be asked
    blocks: tuple[PrintedBlock, ...]
    tables: tuple[PrintedTable, ...]
    said: tuple[
        tuple[str, tuple[str, ...]], ...
    ]  #: what is read outside of the questions: quota reached, danger
