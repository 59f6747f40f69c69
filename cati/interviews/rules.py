"""Which states of an interview still take answers, and which have begun for good; how listening ends; quality."""

from enum import StrEnum

from cati.cases.rules import InterviewState

#: Answers are still taken.
UNDER_WAY = frozenset({InterviewState.INTRO, InterviewState.OPEN, InterviewState.SUSPENDED})

#: The household's file may no longer change what the route was computed from.
BEGUN = frozenset(InterviewState) - {InterviewState.INTRO, InterviewState.NOT_INTERVIEWED}


class ListeningEnd(StrEnum):
    """Why somebody stopped listening to an interview."""

    FINISHED = "finished"  # the block about the person begins, or the call is over
    LEFT = "left"  # the observer cut, or closed his page
    RECOGNISED = "recognised"  # he recognises the person: this case is never shown to him again
    BY_INTERVIEWER = "by_interviewer"
    BY_SUPERVISOR = "by_supervisor"
    DANGER = "danger"
    CONSENT_WITHDRAWN = "consent_withdrawn"  # INT3 was read again, or its answer changed
    VISIT_OVER = "visit_over"


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
