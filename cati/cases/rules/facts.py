"""The facts that decide what becomes of a case: its attempts with their dials, and the corrections made to them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from cati.cases.rules.codes import (
    Direction,
    Disposition,
    InterviewState,
    LineOutcome,
    RefusalKind,
)


def reached_network(outcome: LineOutcome | None, *, answered: bool) -> bool:
    """Whether a dial counts against the caps: a telephone may have rung.

    Not when the line failed, when the number is given to nobody, or when the call was lost before an answer.
    """
    match outcome:
        case LineOutcome.LINE_FAULT | LineOutcome.INVALID_NUMBER:
            return False
        case LineOutcome.LOST:
            return answered
        case _:
            return True


#: What a tenant who calls may end his call with when he is willing to be called again.
_AGREED = frozenset({Disposition.APPOINTMENT_FIRM, Disposition.APPOINTMENT_SOFT, Disposition.BREAK_OFF})


@dataclass(frozen=True, slots=True, kw_only=True)
class DialFact:
    """One number called within an attempt."""

    phone_id: int
    placed_at: datetime
    number_rank: int = 1
    reached_network: bool = True  #: False for a line fault: it counts nothing
    answered: bool = False  #: by a person
    line_outcome: LineOutcome | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptFact:
    """One handling of a case by one interviewer, closed, as it reads after corrections."""

    attempt_id: int
    interviewer_id: int
    disposition: Disposition
    opened_at: datetime
    closed_at: datetime
    direction: Direction = Direction.OUTBOUND
    dials: tuple[DialFact, ...] = ()
    refusal_kind: RefusalKind | None = None  #: of a refusal; unsaid is soft
    appointment_at: datetime | None = None  #: the time agreed, or for a callback the time a third person said
    return_on: date | None = None  #: of somebody away: the day he is back

    @property
    def rung(self) -> tuple[DialFact, ...]:
        """The numbers that we called: the first dial of an inbound attempt is the tenant's own call."""
        return self.dials[1:] if self.direction == Direction.INBOUND else self.dials

    @property
    def called_at(self) -> datetime:
        """When the household was last rung in this attempt: delays start at dialling, not at closing."""
        return max((dial.placed_at for dial in self.rung if dial.reached_network), default=self.opened_at)

    @property
    def counts(self) -> bool:
        """Whether it counts against the caps: a dial reached the network. Inbound calls and line faults do not."""
        return any(dial.reached_network for dial in self.rung)

    @property
    def takes_up_again(self) -> bool:
        """Whether the tenant called by himself and agreed to go on: what closed his case before closes it no more."""
        return self.direction == Direction.INBOUND and self.disposition in _AGREED

    @property
    def is_refusal(self) -> bool:
        """Whether somebody refused, softly or not."""
        return self.disposition in {Disposition.REFUSAL_PERSON, Disposition.REFUSAL_HOUSEHOLD}

    @property
    def is_hard_refusal(self) -> bool:
        """Whether the refusal is final."""
        return self.is_refusal and self.refusal_kind == RefusalKind.HARD

    @property
    def is_soft_refusal(self) -> bool:
        """Whether the refusal may be asked again once."""
        return self.is_refusal and self.refusal_kind != RefusalKind.HARD


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFacts:
    """What a case's outcome needs beside its attempts."""

    interview_state: InterviewState | None = None  #: None: no introduction screen was ever shown
    ever_eligible: bool = False
    partial_reached: bool = False  #: the block named by the questionnaire's `partial_after` is done
    surplus: bool = False  #: completed without a quota place, on a call of the tenant's own
    numbers_left: int = 1  #: usable numbers: neither dead nor opposed
    opposed: bool = False  #: none is left because somebody of the household opposed, in whatever call
    numbers_spent: int = 0  #: those among them that had all the dials the protocol gives a number
    language_te: bool = False  #: an interviewer of the wave speaks another language
    reopened_at: datetime | None = (
        None  #: a supervisor took the case up again: what closed it before no longer does
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A supervisor's correction of a closed attempt: a row beside it, the attempt itself never changes."""

    correction_id: int
    attempt_id: int
    at: datetime
    disposition: Disposition
    refusal_kind: RefusalKind | None = None
    appointment_at: datetime | None = None
    return_on: date | None = None


def as_known(
    attempts: Sequence[AttemptFact], corrections: Iterable[Correction], at: datetime
) -> tuple[AttemptFact, ...]:
    """The attempts closed up to `at`, each as its latest correction up to `at` reads, oldest first."""
    latest: dict[int, Correction] = {}
    for correction in sorted(corrections, key=lambda each: (each.at, each.correction_id)):
        if correction.at <= at:
            latest[correction.attempt_id] = correction
    known = (
        _corrected(attempt, latest.get(attempt.attempt_id)) for attempt in attempts if attempt.closed_at <= at
    )
    return tuple(sorted(known, key=lambda each: (each.opened_at, each.attempt_id)))


def _corrected(attempt: AttemptFact, correction: Correction | None) -> AttemptFact:
    if correction is None:
        return attempt
    return replace(
        attempt,
        disposition=correction.disposition,
        refusal_kind=correction.refusal_kind,
        appointment_at=correction.appointment_at,
        return_on=correction.return_on,
    )
