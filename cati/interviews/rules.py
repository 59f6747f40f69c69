"""Which states of an interview still take answers, and which have begun for good."""

from cati.cases.rules import InterviewState

#: Answers are still taken.
UNDER_WAY = frozenset({InterviewState.INTRO, InterviewState.OPEN, InterviewState.SUSPENDED})

#: The household's file may no longer change what the route was computed from.
BEGUN = frozenset(InterviewState) - {InterviewState.INTRO, InterviewState.NOT_INTERVIEWED}
