"""The codes of the field: states of a case, dispositions of an attempt, outcomes of a case, ends of a dial."""

from enum import StrEnum


class CaseState(StrEnum):
    """Where a case stands; *held* is read from the lease, never stored."""

    UNRELEASED = "unreleased"
    WAITING = "waiting"
    INTERRUPTED = "interrupted"
    QUARANTINED = "quarantined"
    CLOSED = "closed"


class WaitReason(StrEnum):
    """What a waiting case waits for."""

    FRESH = "fresh"
    RETRY = "retry"
    CALLBACK = "callback"
    SOFT = "soft"
    FIRM = "firm"
    CONVERSION = "conversion"


class Disposition(StrEnum):
    """What an interviewer says of one attempt when closing it."""

    COMPLETE = "complete"
    BREAK_OFF = "break_off"
    APPOINTMENT_FIRM = "appointment_firm"
    APPOINTMENT_SOFT = "appointment_soft"
    CALLBACK = "callback"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    ANSWERING_MACHINE = "answering_machine"
    REFUSAL_PERSON = "refusal_person"
    REFUSAL_HOUSEHOLD = "refusal_household"
    OPPOSITION = "opposition"
    WITHDRAWN = "withdrawn"
    WRONG_NUMBER = "wrong_number"
    LANGUAGE = "language"
    UNABLE = "unable"
    MOVED = "moved"
    DECEASED = "deceased"
    OWNER = "owner"
    DUPLICATE = "duplicate"
    AWAY = "away"
    QUOTA_FULL = "quota_full"
    NOT_PLACED = "not_placed"


class Outcome(StrEnum):
    """What became of a case: derived from its attempts and its interview, never typed. Also the reason it is closed.

    Every disposition but `not_placed` is an outcome too: an interim one is what remains when the field ends.
    """

    COMPLETE = "complete"
    PARTIAL = "partial"
    SURPLUS = "surplus"
    INVALIDATED = "invalidated"
    BREAK_OFF = "break_off"
    APPOINTMENT_FIRM = "appointment_firm"
    APPOINTMENT_SOFT = "appointment_soft"
    CALLBACK = "callback"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    ANSWERING_MACHINE = "answering_machine"
    REFUSAL_PERSON = "refusal_person"
    REFUSAL_HOUSEHOLD = "refusal_household"
    OPPOSITION = "opposition"
    WITHDRAWN = "withdrawn"
    WRONG_NUMBER = "wrong_number"
    NO_NUMBER = "no_number"
    UNREACHABLE = "unreachable"
    LANGUAGE = "language"
    UNABLE = "unable"
    MOVED = "moved"
    DECEASED = "deceased"
    OWNER = "owner"
    DUPLICATE = "duplicate"
    AWAY = "away"
    QUOTA_FULL = "quota_full"
    TUTELLE = "tutelle"
    QPV_UNKNOWN = "qpv_unknown"
    NOT_ATTEMPTED = "not_attempted"


class RefusalBy(StrEnum):
    """Who refused: the person to be interviewed, or somebody for the household."""

    PERSON = "person"
    HOUSEHOLD = "household"


class RefusalKind(StrEnum):
    """A soft refusal may be asked again once; a hard one is final. Unsaid is soft."""

    SOFT = "soft"
    HARD = "hard"


class Direction(StrEnum):
    """Who called whom."""

    OUTBOUND = "outbound"
    INBOUND = "inbound"


class LineOutcome(StrEnum):
    """How a dial ended, as the telephone line tells it. Never a disposition by itself: the interviewer decides."""

    BUSY = "busy"
    NO_ANSWER = "no_answer"
    REJECTED = "rejected"
    INVALID_NUMBER = "invalid_number"
    UNREACHABLE = "unreachable"
    LINE_FAULT = "line_fault"
    CANCELLED = "cancelled"
    COMPLETED = "completed"
    LOST = "lost"


class InterviewState(StrEnum):
    """Where the interview of a case stands. Here, because cases and interviews both read it."""

    INTRO = "intro"
    OPEN = "open"
    SUSPENDED = "suspended"
    COMPLETE = "complete"
    PARTIAL = "partial"
    BROKEN_OFF = "broken_off"
    QUOTA_FULL = "quota_full"
    NOT_INTERVIEWED = "not_interviewed"
    WITHDRAWN = "withdrawn"
    INVALIDATED = "invalidated"


class AaporClass(StrEnum):
    """The groups of the AAPOR outcome rates; NE (not eligible) enters none of them."""

    I = "I"  # noqa: E741  (AAPOR's own letter)
    P = "P"
    R = "R"
    NC = "NC"
    O = "O"  # noqa: E741
    UH = "UH"
    UO = "UO"
    NE = "NE"


def refusal(by: RefusalBy) -> Disposition:
    """The disposition of a refusal, by who refused."""
    match by:
        case RefusalBy.PERSON:
            return Disposition.REFUSAL_PERSON
        case RefusalBy.HOUSEHOLD:
            return Disposition.REFUSAL_HOUSEHOLD
