"""Which interviews are called back, and what in an interview's course is a sign of doubt."""

import random
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cati.interviews.rules.quality import Completed, Doubts, Timed, doubts, draw, week_of
from cati.questionnaire import routing
from cati.questionnaire.model import Answer, State
from cati.questionnaire.route import Situation
from cati.questionnaire.routing import Compiled
from tests.respondents import respond
from tests.stories import the_triennale

SAMPLE = {"qpv": False, "type_logement": "collectif", "anciennete_ans": 4, "ascenseur": True}

some_completed = st.lists(
    st.builds(Completed, st.uuids(), st.booleans()), max_size=60, unique_by=lambda one: one.export_id
)


class TestTheDraw:
    @given(some_completed)
    def test_one_in_ten_is_drawn_rounded_up_as_far_as_tenants_agreed(
        self, completed: list[Completed]
    ) -> None:
        agreed = {one.export_id for one in completed if one.agreed}
        found = draw(completed)
        assert set(found) <= agreed
        assert len(found) == min(len(agreed), -(-len(completed) // 10))

    @given(some_completed)
    def test_each_interviewer_has_one_at_least_when_somebody_agreed(self, completed: list[Completed]) -> None:
        assert bool(draw(completed)) == any(one.agreed for one in completed)

    @given(some_completed, st.randoms(use_true_random=False))
    def test_the_order_in_which_interviews_are_read_changes_nothing(
        self, completed: list[Completed], drawn_by: random.Random
    ) -> None:
        mixed = list(completed)
        drawn_by.shuffle(mixed)
        assert draw(mixed) == draw(completed)

    @given(some_completed, st.data())
    def test_what_was_drawn_stays_so_whatever_is_completed_later(
        self, completed: list[Completed], data: st.DataObject
    ) -> None:
        """The week as it goes on, drawn at any moments: nobody is undrawn, and the share is held at every one."""
        drawn: set[UUID] = set()
        for count in sorted(data.draw(st.sets(st.integers(0, len(completed))))):
            by_now = completed[:count]
            new = draw(by_now, drawn)
            assert not drawn & set(new), "drawn once"
            drawn |= set(new)
            agreed = sum(one.agreed for one in by_now)
            assert len(drawn) == min(agreed, -(-count // 10))

    @given(some_completed)
    def test_drawing_again_draws_nobody_new(self, completed: list[Completed]) -> None:
        assert draw(completed, draw(completed)) == ()

    def test_the_draw_is_the_same_on_every_machine(self) -> None:
        completed = [Completed(UUID(int=number), True) for number in range(1, 31)]
        assert [one.int for one in draw(completed)] == [14, 6, 3]

    def test_over_many_weeks_every_interview_has_its_chance(self) -> None:
        """Ten a week: the one drawn is at no fixed place among them."""
        places = set()
        for week in range(60):
            ids = [UUID(int=week * 10 + number + 1) for number in range(10)]
            (drawn,) = draw([Completed(one, True) for one in ids])
            places.add(ids.index(drawn))
        assert places == set(range(10))


@pytest.mark.parametrize(
    ("moment", "week"),
    [
        (datetime(2026, 11, 29, 22, 59, tzinfo=UTC), (2026, 48)),  # Sunday, 23:59 in Paris
        (datetime(2026, 11, 29, 23, 0, tzinfo=UTC), (2026, 49)),  # Monday, midnight in Paris
        (datetime(2027, 1, 1, 12, 0, tzinfo=UTC), (2026, 53)),  # ISO: the week of 28 December
    ],
)
def test_a_week_goes_from_monday_to_sunday_in_paris(moment: datetime, week: tuple[int, int]) -> None:
    assert week_of(moment) == week


@pytest.fixture(scope="module")
def triennale() -> Compiled:
    return routing.compile(the_triennale())


def found(compiled: Compiled, changed: dict[str, Answer], timed: list[Timed]) -> Doubts:
    """The doubts about a complete respondent who said this."""
    situation = Situation(
        sample=SAMPLE, facts={"year": 2026, "date": "2026-11-24"}, version=compiled.questionnaire.version
    )
    said = respond(compiled, situation, random.Random(4))
    said |= {(question, ""): answer for question, answer in changed.items()}
    return doubts(compiled.questionnaire, compiled.route(situation, said), timed, confirmed=2)


class TestDoubts:
    def test_special_answers_of_the_route_are_counted(self, triennale: Compiled) -> None:
        plain = found(triennale, {}, [])
        shy = found(triennale, {"A1": Answer(State.DK), "A2": Answer(State.REFUSED)}, [])
        assert (shy.dk, shy.refused) == (plain.dk + 1, plain.refused + 1)
        assert shy.confirmed == 2

    def test_a_grid_answered_alike_throughout_is_seen(self, triennale: Compiled) -> None:
        rows = {f"C2_{row}": Answer(State.ANSWERED, 2) for row in range(1, 8)}
        uniform = found(triennale, rows, [])
        mixed = found(triennale, rows | {"C2_3": Answer(State.ANSWERED, 1)}, [])
        assert uniform.uniform_grids == mixed.uniform_grids + 1
        assert uniform.grids == mixed.grids

    def test_all_grids_alike_is_straight_lining_one_of_them_is_not(self, triennale: Compiled) -> None:
        every = {
            question.id: Answer(State.ANSWERED, 2)
            for question in triennale.questionnaire.questions.values()
            if question.grid
        }
        assert found(triennale, every, []).straight_lined
        assert not found(triennale, every | {"C2_3": Answer(State.ANSWERED, 1)}, []).straight_lined

    @pytest.mark.parametrize(
        ("unread", "timed", "too_fast"),
        [
            (0, 60, False),
            (14, 60, False),  # a hurried tenant cuts some short
            (15, 60, True),  # a quarter of them
            (3, 9, False),  # too few to tell
            (3, 10, True),
        ],
    )
    def test_a_quarter_of_questions_unread_is_too_fast(
        self, triennale: Compiled, unread: int, timed: int, too_fast: bool
    ) -> None:
        times = [Timed(100, 3_900)] * unread + [Timed(100, 4_100)] * (timed - unread)
        one = found(triennale, {}, times)
        assert (one.unread, one.too_fast) == (unread, too_fast)
