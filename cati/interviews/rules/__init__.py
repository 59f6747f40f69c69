"""The rules of an interview: its states, who may listen to it and how that ends, quality. Pure."""

from cati.interviews.rules.ends import ListeningEnd
from cati.interviews.rules.gate import Asked, Call, Closed, Guest, Stage, ending, gate
from cati.interviews.rules.states import BEGUN, UNDER_WAY, BackcheckResult, Verdict

__all__ = [
    "BEGUN",
    "UNDER_WAY",
    "Asked",
    "BackcheckResult",
    "Call",
    "Closed",
    "Guest",
    "ListeningEnd",
    "Stage",
    "Verdict",
    "ending",
    "gate",
]
