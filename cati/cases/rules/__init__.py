"""The rules of a case: codes, what closes it, what may be said of an attempt. Pure."""

from cati.cases.rules.aapor import aapor, aapor_class, label
from cati.cases.rules.closing import CallFacts, possible
from cati.cases.rules.codes import (
    AaporClass,
    CaseState,
    Direction,
    Disposition,
    InterviewState,
    LineOutcome,
    Outcome,
    RefusalBy,
    RefusalKind,
    WaitReason,
    refusal,
)
from cati.cases.rules.facts import AttemptFact, CaseFacts, Correction, DialFact, as_known, reached_network
from cati.cases.rules.outcomes import outcome, outcome_at_end
from cati.cases.rules.reopening import OwnCall, on_own_call, why_not_reopened

__all__ = [
    "AaporClass",
    "AttemptFact",
    "CallFacts",
    "CaseFacts",
    "CaseState",
    "Correction",
    "DialFact",
    "Direction",
    "Disposition",
    "InterviewState",
    "LineOutcome",
    "Outcome",
    "OwnCall",
    "RefusalBy",
    "RefusalKind",
    "WaitReason",
    "aapor",
    "aapor_class",
    "as_known",
    "label",
    "on_own_call",
    "outcome",
    "outcome_at_end",
    "possible",
    "reached_network",
    "refusal",
    "why_not_reopened",
]
