"""Questionnaires as files: their text, the parts they include, and what happens each time one is saved."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import watchfiles

from cati.errors import QuestionnaireRefused
from cati.questionnaire import loader
from cati.questionnaire.findings import Finding, Level
from cati.questionnaire.including import Reader
from cati.questionnaire.model import Questionnaire

_LOOKS_EVERY = 1000  # ms, even when nothing was told: what was saved while the file was being read
_SETTLES = 100  # ms without another change: an editor may write in two steps


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """A questionnaire as it stands on disk."""

    questionnaire: Questionnaire | None  #: None when it has errors
    findings: tuple[Finding, ...]
    files: frozenset[Path]  #: the file and its parts, those that are missing too

    @property
    def errors(self) -> tuple[Finding, ...]:
        """What keeps it from running."""
        return tuple(finding for finding in self.findings if finding.level is Level.ERROR)


def text_of(file: Path) -> str:
    """The text of a file; QuestionnaireRefused when it cannot be read."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionnaireRefused(f"{file} ne se lit pas : {error}") from None


def parts_of(file: Path, asked: set[Path] | None = None) -> Reader:
    """The parts that a questionnaire includes stand under its own folder. `asked` gathers those that it names."""

    def part(name: str) -> str:
        found = (file.parent / name).resolve()
        if asked is not None:
            asked.add(found)
        if not found.is_relative_to(file.parent.resolve()) or not found.is_file():
            raise KeyError(name)
        return text_of(found)

    return part


def review(file: Path) -> Reviewed:
    """The questionnaire of the file, with everything found in it. QuestionnaireRefused when a file cannot be read."""
    asked: set[Path] = set()
    questionnaire, findings = loader.review(text_of(file), parts_of(file, asked))
    return Reviewed(questionnaire=questionnaire, findings=findings, files=frozenset({file.resolve(), *asked}))


def reviews(file: Path, stop: Event | None = None) -> Iterator[Reviewed]:
    """The questionnaire now, then again each time that the file or one of its parts is saved, until `stop` is set.

    A file that cannot be read for an instant, while it is being replaced, is waited for.
    """
    watched = frozenset({file.resolve()})
    while True:
        before = _marks(watched)
        try:
            found = review(file)
        except QuestionnaireRefused:
            found = None
        if found is not None:
            watched = found.files
            before = {**_marks(watched), **{file: mark for file, mark in before.items() if file in watched}}
            yield found
        if not _changed(watched, before, stop):
            return


def _changed(files: frozenset[Path], before: dict[Path, tuple[int, int]], stop: Event | None) -> bool:
    """Wait for a change; False once `stop` is set."""
    folders = sorted({file.parent for file in files if file.parent.is_dir()})
    ticks = watchfiles.watch(
        *folders,
        watch_filter=None,
        debounce=5 * _SETTLES,
        step=_SETTLES,
        stop_event=stop,
        rust_timeout=_LOOKS_EVERY,
        yield_on_timeout=True,
        recursive=False,
    )
    return any(_marks(files) != before for _ in ticks)


def _marks(files: frozenset[Path]) -> dict[Path, tuple[int, int]]:
    """When each file that is there was last written, and its size."""
    states = {file: file.stat() for file in files if file.is_file()}
    return {file: (state.st_mtime_ns, state.st_size) for file, state in states.items()}
