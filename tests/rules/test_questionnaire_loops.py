"""Loops: one set of questions for each person, each trip, each room."""

import itertools
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cati.questionnaire import loader, routing, wording
from cati.questionnaire.model import Answer, State, Value, answered
from cati.questionnaire.route import AnswerKey, Route, Situation, Spoken
from cati.questionnaire.routing import Compiled, off_route

SITUATION = Situation(sample={"qpv": True}, version="1")


@cache
def script() -> Compiled:
    text = (Path(__file__).parents[1] / "questionnaires" / "loops.yaml").read_text(encoding="utf-8")
    return routing.compile(loader.load(text, "loops"))


def keyed(told: dict[str, Answer | Value]) -> dict[AnswerKey, Answer]:
    found = {}
    for name, content in told.items():
        question, _, iteration = name.partition("#")
        found[question, iteration] = content if isinstance(content, Answer) else answered(content)
    return found


def route(told: dict[str, Answer | Value]) -> Route:
    return script().route(SITUATION, keyed(told))


def asked(found: Route, *questions: str) -> list[str]:
    return [
        f"{question}#{turn}" if turn else question for question, turn in found.items if question in questions
    ]


def test_a_loop_turns_as_often_as_was_said() -> None:
    assert asked(route({"persons": 3}), "age") == ["age#1", "age#2", "age#3"]
    assert asked(route({}), "age") == []
    assert asked(route({"persons": Answer(State.DK)}), "age") == []  # nobody knows how many


def test_a_loop_never_turns_more_than_it_may() -> None:
    assert len(asked(route({"persons": 12}), "age")) == 5


def test_a_list_turns_once_for_each_member_under_its_own_code() -> None:
    assert asked(route({"persons": 1}), "heat") == ["heat#1", "heat#2", "heat#5"]


def test_each_turn_has_its_own_filters() -> None:
    found = route({"persons": 2, "age#1": 40, "age#2": 8})
    assert asked(found, "work") == ["work#1"]


def test_a_turn_knows_nothing_of_the_turn_before() -> None:
    found = route({"persons": 2, "age#1": 40})  # the second one's age is not known yet
    assert asked(found, "work") == ["work#1"]


def test_a_choice_is_offered_by_turn() -> None:
    compiled, work = script(), script().questionnaire.questions["work"]
    found = route({"persons": 2, "age#1": 40, "age#2": 20})
    assert compiled.limits(work, SITUATION, found, "1").codes == (1, 2)
    assert compiled.limits(work, SITUATION, found, "2").codes == (1, 2, 3)
    assert "work#1" not in route({"persons": 2, "age#1": 40, "work#1": 3}).visible


def test_lowering_the_number_and_raising_it_again_brings_back_what_was_there() -> None:
    told: dict[str, Answer | Value] = {"persons": 3, "age#1": 40, "age#2": 38, "age#3": 12}
    before, after = route(told), route(told | {"persons": 2})
    assert off_route(before, after) == ("age#3",)
    assert "age#3" not in after.visible
    assert route(told).visible["age#3"] == answered(12)


def test_the_position_is_the_first_open_item_of_the_first_open_turn() -> None:
    assert route({"persons": 2, "age#2": 38}).position == ("age", "1")
    assert route({"persons": 2, "age#1": 8, "age#2": 9}).position == ("heat", "1")


def test_loops_nest_twice() -> None:
    found = route(
        {"persons": 2, "age#1": 40, "work#1": 1, "trips#1": 2, "age#2": 30, "work#2": 1, "trips#2": 1}
    )
    assert asked(found, "minutes") == ["minutes#1.1", "minutes#1.2", "minutes#2.1"]


def test_inside_a_loop_the_inner_one_is_counted_for_this_turn_alone() -> None:
    told: dict[str, Answer | Value] = {
        "persons": 2,
        "age#1": 40,
        "work#1": 1,
        "trips#1": 2,
        "minutes#1.1": 40,
        "minutes#1.2": 30,
        "age#2": 30,
        "work#2": 1,
        "trips#2": 1,
        "minutes#2.1": 50,
    }
    assert asked(route(told), "tired") == ["tired#1"]


def test_outside_the_loops_all_turns_are_counted() -> None:
    told: dict[str, Answer | Value] = {
        "persons": 2,
        "age#1": 40,
        "work#1": 1,
        "trips#1": 2,
        "minutes#1.1": 40,
        "minutes#1.2": 50,
        "age#2": 19,
        "work#2": 1,
        "trips#2": 1,
        "minutes#2.1": 50,
        "adults": True,
    }
    computed = route(told).computed
    assert (computed["total_age"], computed["eldest"], computed["long_trips"]) == (59, 40, 1)
    assert (computed["adult#1"], computed["adult#2"]) == (True, True)


def test_states_are_counted_too_and_what_is_missing_is_passed_over() -> None:
    dk = Answer(State.DK)
    computed = route(
        {"persons": 3, "age#1": 40, "age#2": dk, "heat#1": dk, "heat#2": dk, "bye": True}
    ).computed
    assert (computed["total_age"], computed["known"]) == (40, 2)


def test_an_alert_may_come_from_any_turn() -> None:
    assert route({"persons": 1, "heat#5": 3}).alerts == ("froid",)
    assert route({"persons": 1, "heat#5": 2}).alerts == ()


def test_a_check_is_confirmed_for_its_own_turn() -> None:
    told: dict[str, Answer | Value] = {"persons": 2, "age#1": 15, "work#1": 1, "age#2": 15, "work#2": 1}
    first, second = route(told).faults
    assert (first.iteration, second.iteration) == ("1", "2")
    assert first.key != second.key
    confirmed = Situation(sample={"qpv": True}, version="1", confirmed=frozenset({first.key}))
    (left,) = script().route(confirmed, keyed(told)).faults
    assert left.key == second.key


def test_a_text_says_whose_turn_it_is() -> None:
    found, q = route({"persons": 2, "age#1": 40, "work#1": 1, "trips#1": 1}), script().questionnaire.questions
    spoken = Spoken(situation=SITUATION)
    assert "vous-même" in wording.question_texts(script(), q["age"], found, spoken, "1").text
    assert "cette personne" in wording.question_texts(script(), q["age"], found, spoken, "2").text
    assert "la chambre" in wording.question_texts(script(), q["heat"], found, spoken, "5").text
    trip = wording.question_texts(script(), q["minutes"], found, spoken, "1.1").text
    assert trip.replace("\u00a0", " ").startswith("Trajet 1 de la personne 1")


LOOP = """
questionnaire: essai
version: "1"
blocks:
  - id: A
    questions:
      - {{id: n, ask: Combien ?, type: integer}}
      - {loop}
      - {after}
"""
AGE = "{id: age, ask: Âge ?, type: integer}"
END = "{id: bye, ask: Merci., type: note}"


@pytest.mark.parametrize(
    ("loop", "after", "complaint"),
    [
        (f"{{loop: P, count: n, questions: [{AGE}]}}", END, "« max » est obligatoire"),
        (f"{{loop: P, count: n, max: 500, questions: [{AGE}]}}", END, "« max » est obligatoire"),
        (f"{{loop: P, max: 3, questions: [{AGE}]}}", END, "l’un des deux"),
        (f"{{loop: P, count: n, max: 3, over: {{1: a}}, questions: [{AGE}]}}", END, "l’un des deux"),
        ("{loop: P, count: n, max: 3, questions: []}", END, "une boucle a besoin de questions"),
        (f"{{loop: P, count: m, max: 3, questions: [{AGE}]}}", END, "« m »"),
        (f"{{loop: n, count: n, max: 3, questions: [{AGE}]}}", END, "est aussi une question"),
        (
            f"{{loop: P, count: n, max: 3, questions: [{AGE}]}}",
            '{id: bye, ask: Merci., type: note, when: "age > 3"}',
            "a une valeur par tour de « P »",
        ),
        (
            "{loop: P, count: n, max: 2, questions: [{loop: Q, count: n, max: 2, questions: "
            f"[{{loop: R, count: n, max: 2, questions: [{AGE}]}}]}}]}}",
            END,
            "pas plus de 2 boucles",
        ),
    ],
)
def test_a_loop_badly_written_is_refused_in_words(loop: str, after: str, complaint: str) -> None:
    _, findings = loader.review(LOOP.format(loop=loop, after=after))
    assert any(complaint in finding.message for finding in findings), findings


def everything(draw: st.DataObject) -> dict[AnswerKey, Answer]:
    """Any answers, possible or not, on or off the route."""
    names = [
        *("persons", "adults", "bye"),
        *(f"{q}#{n}" for q in ("age", "work", "trips", "tired") for n in range(1, 7)),
    ]
    names += [f"minutes#{a}.{b}" for a, b in itertools.product(range(1, 7), range(1, 5))] + [
        "heat#1",
        "heat#5",
    ]
    value = st.one_of(st.integers(0, 50).map(answered), st.just(Answer(State.DK)))
    told = draw.draw(st.dictionaries(st.sampled_from(names), value))
    return keyed(dict(told))


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_the_route_of_a_loop_does_not_depend_on_the_order_in_which_answers_came(data: st.DataObject) -> None:
    told = everything(data)
    shuffled = dict(data.draw(st.permutations(list(told.items()))))
    assert script().route(SITUATION, told) == script().route(SITUATION, shuffled)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_off_route_turns_reach_no_condition(data: st.DataObject) -> None:
    told = everything(data)
    found = script().route(SITUATION, told)
    on_route = {key: answer for key, answer in told.items() if key in found.items}
    again = script().route(SITUATION, on_route)
    assert (again.items, again.computed, again.alerts) == (found.items, found.computed, found.alerts)
