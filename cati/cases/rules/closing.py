"""Which dispositions the closing screen may offer, given what has happened in the attempt so far."""

from dataclasses import dataclass

from cati.cases.rules.codes import Disposition, InterviewState


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFacts:
    """What has happened in the attempt that is being closed."""

    dialled: bool  #: a dial reached the network
    answered: bool  #: the line was answered, by whomever, or it is an inbound call
    spoke: bool = False  #: an introduction screen was answered in this call, so a person was there
    leaseholder: bool = False  #: that person is the one to be interviewed
    place_left: bool = True  #: the interview holds a quota place, or its cell has one
    interview_state: InterviewState | None = None


def possible(call: CallFacts) -> frozenset[Disposition]:
    """The dispositions that may close this attempt; any other is refused."""
    match call.interview_state:
        case InterviewState.COMPLETE:
            return frozenset({Disposition.COMPLETE}) | _PEACE
        case InterviewState.QUOTA_FULL:
            return frozenset({Disposition.QUOTA_FULL}) | _PEACE
    if call.answered:
        return _answered(call)
    return _UNANSWERED if call.dialled else frozenset({Disposition.NOT_PLACED})


_PEACE = frozenset({Disposition.OPPOSITION, Disposition.WITHDRAWN})
_UNANSWERED = frozenset(
    {Disposition.NO_ANSWER, Disposition.BUSY, Disposition.ANSWERING_MACHINE, Disposition.WRONG_NUMBER}
)
_BY_ANYBODY = frozenset(
    {
        Disposition.APPOINTMENT_SOFT,
        Disposition.CALLBACK,
        Disposition.REFUSAL_PERSON,
        Disposition.REFUSAL_HOUSEHOLD,
        Disposition.OPPOSITION,
        Disposition.LANGUAGE,
        Disposition.UNABLE,
        Disposition.MOVED,
        Disposition.DECEASED,
        Disposition.OWNER,
        Disposition.DUPLICATE,
        Disposition.AWAY,
    }
)
_BEGUN = {InterviewState.OPEN, InterviewState.SUSPENDED}


def _answered(call: CallFacts) -> frozenset[Disposition]:
    offered = set(_BY_ANYBODY)
    if not call.spoke:
        # a silent line and a machine are both « answered » for the network
        offered |= {Disposition.NO_ANSWER, Disposition.ANSWERING_MACHINE}
    if call.interview_state in _BEGUN:
        offered.add(Disposition.BREAK_OFF)
    if call.interview_state is not InterviewState.OPEN:
        # suspended: begun in another call, whoever is on the line in this one
        offered.add(Disposition.WRONG_NUMBER)
    if call.interview_state is not None:
        offered.add(Disposition.WITHDRAWN)
    if call.leaseholder and call.place_left:
        offered.add(Disposition.APPOINTMENT_FIRM)
    return frozenset(offered)
