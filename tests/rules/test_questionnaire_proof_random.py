"""The solver against brute force: the proof of a random questionnaire says what playing every interview shows."""

from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

from cati.questionnaire import loader
from tests.comparing import compared
from tests.small_loops import Wider
from tests.small_questionnaires import Author

MOST_MOMENTS = 600  # more by `python -m tests.comparing`
few = settings(deadline=None, phases=(Phase.generate,))  # a smaller seed is no smaller questionnaire


@settings(few, max_examples=20)
@given(st.integers(0, 10**9))
def test_the_proof_says_what_playing_every_interview_shows(seed: int) -> None:
    questionnaire, _ = loader.review(Author(seed).text())
    assume(questionnaire)
    assert questionnaire
    assert compared(questionnaire, seed, MOST_MOMENTS) == {}


@settings(few, max_examples=8)
@given(st.integers(0, 10**9))
def test_so_it_does_with_loops_dates_times_and_rankings(seed: int) -> None:
    questionnaire, _ = loader.review(Wider(seed).text())
    assert questionnaire
    assert compared(questionnaire, seed, MOST_MOMENTS) == {}
