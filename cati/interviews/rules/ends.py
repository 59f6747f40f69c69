"""How listening to an interview ends."""

from enum import StrEnum


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
