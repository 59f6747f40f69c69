"""What one preview holds in memory: the questionnaire as last saved without error, and the interview that tries it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from threading import Event, RLock
from zoneinfo import ZoneInfo

from cati import clock
from cati.cli.files import Reviewed, review, reviews
from cati.questionnaire import routing
from cati.questionnaire.findings import Finding
from web.author import fictitious, play
from web.author.play import Play

_PARIS = ZoneInfo("Europe/Paris")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One moment of the preview."""

    play: Play | None  #: None until the file was once without error
    findings: tuple[Finding, ...]  #: of the file as it stands now
    is_old: bool  #: the file has errors: what plays is the last version without
    read_at: datetime
    version: int  #: one more at each save


class Stage:
    """The state of the process; one author, several requests."""

    def __init__(self, file: Path, now: datetime) -> None:
        self.file = file
        self._lock = RLock()
        self._shown = Shown(play=None, findings=(), is_old=False, read_at=now, version=0)
        self.take(review(file), now)

    @property
    def shown(self) -> Shown:
        """What is on now."""
        with self._lock:
            return self._shown

    def change(self, step: Callable[[Play], Play]) -> Play:
        """The interview moved on by `step`; requests come one after the other."""
        with self._lock:
            assert self._shown.play is not None, "nothing plays before the file is without error"
            moved = step(self._shown.play)
            self._shown = replace(self._shown, play=moved)
            return moved

    def take(self, found: Reviewed, now: datetime) -> None:
        """The file was saved: play it with the answers given so far; with errors, go on with the last good version."""
        with self._lock:
            self._shown = Shown(
                play=self._renewed(found, now) or self._shown.play,
                findings=found.findings,
                is_old=found.questionnaire is None,
                read_at=now,
                version=self._shown.version + 1,
            )

    def follow(self, stop: Event) -> None:
        """Take every save, until `stop` is set."""
        seen_first = False
        for found in reviews(self.file, stop):
            if seen_first or found.findings != self.shown.findings or self._differs(found):
                self.take(found, clock.now())
            seen_first = True

    def _differs(self, found: Reviewed) -> bool:
        """Whether the file was saved between the opening of the preview and the first look at it."""
        playing, saved = self.shown.play, found.questionnaire
        return saved is not None and (
            playing is None or playing.compiled.questionnaire.sha256 != saved.sha256
        )

    def _renewed(self, found: Reviewed, now: datetime) -> Play | None:
        if found.questionnaire is None:
            return None
        compiled, before = routing.compile(found.questionnaire), self._shown.play
        if before is None:
            today = now.astimezone(_PARIS).date()
            return play.begin(compiled, fictitious.plausible(found.questionnaire, today))
        return play.renewed(before, compiled, fictitious.kept(before.tenant, found.questionnaire))
