"""Which states of an interview still take answers, and which have begun for good; quality control."""

from enum import StrEnum

from cati.cases.rules import InterviewState

#: Answers are still taken.
UNDER_WAY = frozenset({InterviewState.INTRO, InterviewState.OPEN, InterviewState.SUSPENDED})

#: The household's file may no longer change what the route was computed from.
BEGUN = frozenset(InterviewState) - {InterviewState.INTRO, InterviewState.NOT_INTERVIEWED}


class Verdict(StrEnum):
    """What quality control decides of a finished interview."""

    VALIDATED = "validated"
    INVALIDATED = "invalidated"  # its place is given back


class BackcheckResult(StrEnum):
    """What a back-check found."""

    CONFIRMED = "confirmed"
    DIFFERENT = "different"  # the person remembers other answers, or another length
    NO_INTERVIEW = "no_interview"  # nobody was interviewed there
    NOT_REACHED = "not_reached"
    DECLINED = "declined"
