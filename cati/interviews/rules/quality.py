"""Quality control of finished interviews: what looks doubtful in one, and which ones are called back. Pure."""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from cati.cases.rules import InterviewState
from cati.questionnaire.model import Answer, Questionnaire, State
from cati.questionnaire.route import Route, instance

#: What a supervisor may pronounce upon.
FINISHED = frozenset({InterviewState.COMPLETE, InterviewState.PARTIAL, InterviewState.INVALIDATED})

_PARIS = ZoneInfo("Europe/Paris")
_SIGNS_PER_SECOND = 25  # nobody reads aloud faster and is understood; 15 is a good pace
_UNREAD_SHARE = 0.25
_TIMED_AT_LEAST = 10
_UNIFORM_FROM = 4  # rows: three equal answers are nothing strange
_ONE_IN = 10


@dataclass(frozen=True, slots=True)
class Timed:
    """How long one question was on screen before its answer, and how long its text is."""

    signs: int
    milliseconds: float

    @property
    def unread(self) -> bool:
        """Whether it was answered in less time than reading it aloud takes."""
        return self.milliseconds < 1000 * self.signs / _SIGNS_PER_SECOND


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubts:
    """What an interview's course tells about how it was done. None of it proves anything alone."""

    answered: int  #: questions of the route with an answer, special states among them
    dk: int
    refused: int
    unread: int  #: answered in less time than reading them takes
    timed: int  #: whose time is known
    uniform_grids: int  #: of four rows and more, all answered alike
    grids: int  #: of four rows and more
    confirmed: int  #: soft checks

    @property
    def too_fast(self) -> bool:
        """A quarter of the questions could not have been read."""
        return self.timed >= _TIMED_AT_LEAST and self.unread >= _UNREAD_SHARE * self.timed

    @property
    def straight_lined(self) -> bool:
        """Every grid, two at least, got one and the same answer in all its rows."""
        return self.uniform_grids == self.grids and self.grids > 1


def doubts(questionnaire: Questionnaire, route: Route, timed: Sequence[Timed], confirmed: int) -> Doubts:
    """What is remarkable in an interview; the introduction and the notes that are only read do not count."""
    studied = [instance(*key) for key in route.items if not key[1].startswith("c")]
    given = {name: route.visible[name] for name in studied if name in route.visible}
    states = [answer.state for answer in given.values()]
    grids = list(_long_grids(questionnaire, given))
    return Doubts(
        answered=len(given),
        dk=states.count(State.DK),
        refused=states.count(State.REFUSED),
        unread=sum(one.unread for one in timed),
        timed=len(timed),
        uniform_grids=sum(len(set(rows)) == 1 for rows in grids),
        grids=len(grids),
        confirmed=confirmed,
    )


def _long_grids(questionnaire: Questionnaire, given: dict[str, Answer]) -> Iterable[list[object]]:
    """The values of each grid of four answered rows and more."""
    rows: dict[str, list[object]] = {}
    for name, answer in given.items():
        question, _, turn = name.partition("#")
        grid = questionnaire.questions[question].grid
        if grid is not None and answer.state is State.ANSWERED:
            rows.setdefault(f"{grid.id}#{turn}", []).append(answer.value)
    return (values for values in rows.values() if len(values) >= _UNIFORM_FROM)


@dataclass(frozen=True, slots=True)
class Completed:
    """A completed interview of one interviewer in one week; `agreed`: its tenant may be called back for a check."""

    export_id: UUID
    agreed: bool


def week_of(moment: datetime) -> tuple[int, int]:
    """The year and week (ISO) of the moment in Paris."""
    local = moment.astimezone(_PARIS).isocalendar()
    return local.year, local.week


def draw(completed: Collection[Completed], drawn: Collection[UUID] = ()) -> tuple[UUID, ...]:
    """The interviews of one interviewer and week to be called back, besides those already `drawn`.

    One in ten of the completed, rounded up, as far as tenants agreed: so at least one. The order of draw is a hash of
    the interview's random id: the same for whoever computes it, and not to be foreseen by the interviewer. What was
    drawn stays so, whatever is completed later.
    """
    wanted = -(-len(completed) // _ONE_IN)
    free = sorted((one.export_id for one in completed if one.agreed), key=_lot)
    return tuple(one for one in free if one not in drawn)[: max(0, wanted - len(drawn))]


def _lot(export_id: UUID) -> bytes:
    return hashlib.sha256(b"back-check\0" + export_id.bytes).digest()
