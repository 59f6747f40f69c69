"""What became of a case: one order of precedence, read from its attempts and its interview."""

from collections.abc import Sequence

from cati.cases.rules.codes import Disposition, InterviewState, Outcome
from cati.cases.rules.facts import AttemptFact, CaseFacts


def outcome(
    history: Sequence[AttemptFact], case: CaseFacts, *, caps_reached: bool = False, conversions: int = 1
) -> Outcome | None:
    """The outcome that closes the case now, or None while it may come back.

    `conversions` is how many soft refusals the protocol lets be asked again; one more is final.
    """
    final = _asked_for_peace(history, case) or _final(_stands(history, case), case, caps_reached, conversions)
    if final is None or final in _BEFORE_PARTIAL:
        return final
    return Outcome.PARTIAL if case.partial_reached else final


def outcome_at_end(
    history: Sequence[AttemptFact], case: CaseFacts, *, behind_full_cell: bool = False, conversions: int = 1
) -> Outcome:
    """The outcome when the field ends: what closes the case, else the last interim disposition.

    `behind_full_cell`: the case waits for a place in a full quota cell.
    """
    closing = outcome(history, case, conversions=conversions)
    if closing is not None:
        return closing
    if case.partial_reached:
        return Outcome.PARTIAL
    return Outcome.QUOTA_FULL if behind_full_cell else _last_interim(history)


_BEFORE_PARTIAL = {
    Outcome.OPPOSITION,
    Outcome.WITHDRAWN,
    Outcome.COMPLETE,
    Outcome.SURPLUS,
    Outcome.INVALIDATED,
}
_INELIGIBLE = (Disposition.MOVED, Disposition.DECEASED, Disposition.OWNER, Disposition.DUPLICATE)


def _stands(history: Sequence[AttemptFact], case: CaseFacts) -> Sequence[AttemptFact]:
    """The attempts that still decide: those since the tenant, or a supervisor, took up again what had ended."""
    since = max((rank for rank, each in enumerate(history) if each.takes_up_again), default=0)
    reopened = case.reopened_at
    return [each for each in history[since:] if reopened is None or each.opened_at >= reopened]


def _final(
    history: Sequence[AttemptFact], case: CaseFacts, caps_reached: bool, conversions: int
) -> Outcome | None:
    """The first that applies, in the order of the rules; `partial` is put in its place by the caller."""
    return (
        _interviewed(history, case)
        or _hard_refusal(history)
        or _first_said(history, _INELIGIBLE)
        or _cannot_answer(history, case)
        or _refused_again(history, conversions)
        or _away(history)
        or _without_number(case)
        or (Outcome.UNREACHABLE if caps_reached else None)
    )


def _asked_for_peace(history: Sequence[AttemptFact], case: CaseFacts) -> Outcome | None:
    said = {attempt.disposition for attempt in history}
    if Disposition.OPPOSITION in said:
        return Outcome.OPPOSITION
    if Disposition.WITHDRAWN in said or case.interview_state == InterviewState.WITHDRAWN:
        return Outcome.WITHDRAWN
    return None


def _interviewed(history: Sequence[AttemptFact], case: CaseFacts) -> Outcome | None:
    match case.interview_state:
        case InterviewState.COMPLETE:
            return Outcome.SURPLUS if case.surplus else Outcome.COMPLETE
        case InterviewState.INVALIDATED:
            return Outcome.INVALIDATED
        case InterviewState.PARTIAL:
            return Outcome.PARTIAL
        case InterviewState.QUOTA_FULL:
            return Outcome.QUOTA_FULL
    return _first_said(history, (Disposition.QUOTA_FULL,))


def _hard_refusal(history: Sequence[AttemptFact]) -> Outcome | None:
    hard = [attempt for attempt in history if attempt.is_hard_refusal]
    return Outcome(hard[-1].disposition.value) if hard else None


def _refused_again(history: Sequence[AttemptFact], conversions: int) -> Outcome | None:
    soft = [attempt for attempt in history if attempt.is_soft_refusal]
    return Outcome(soft[-1].disposition.value) if len(soft) > conversions else None


def _first_said(history: Sequence[AttemptFact], sought: Sequence[Disposition]) -> Outcome | None:
    said = {attempt.disposition for attempt in history}
    return next((Outcome(disposition.value) for disposition in sought if disposition in said), None)


def _cannot_answer(history: Sequence[AttemptFact], case: CaseFacts) -> Outcome | None:
    """A language is final once an interviewer who speaks another tried too, or if there is none."""
    tried = sum(attempt.disposition == Disposition.LANGUAGE for attempt in history)
    if tried >= (2 if case.language_te else 1):
        return Outcome.LANGUAGE
    return _first_said(history, (Disposition.UNABLE,))


def _away(history: Sequence[AttemptFact]) -> Outcome | None:
    for_good = any(each.disposition == Disposition.AWAY and each.return_on is None for each in history)
    return Outcome.AWAY if for_good else None


def _without_number(case: CaseFacts) -> Outcome | None:
    if case.numbers_left:
        return None
    return Outcome.OPPOSITION if case.opposed else Outcome.NO_NUMBER


def _last_interim(history: Sequence[AttemptFact]) -> Outcome:
    said = [attempt.disposition for attempt in history if attempt.disposition != Disposition.NOT_PLACED]
    return Outcome(said[-1].value) if said else Outcome.NOT_ATTEMPTED
