"""The route: what is asked, where the interview stands, what is wrong. One tiny questionnaire for each feature."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

from cati.questionnaire import loader, routing
from cati.questionnaire.model import Answer, State, Value, answered
from cati.questionnaire.routing import AnswerKey, Compiled, Route, Situation, off_route

SMALL = Path(__file__).parents[1] / "questionnaires"
DK, REFUSED, NA = Answer(State.DK), Answer(State.REFUSED), Answer(State.NA)


@cache
def small(name: str) -> Compiled:
    return routing.compile(loader.load((SMALL / f"{name}.yaml").read_text(encoding="utf-8"), name))


def keyed(answers: Mapping[str, Answer | Value]) -> dict[AnswerKey, Answer]:
    """`{"A": 1, "I@c2": 3}`: an iteration follows the `@`."""
    found = {}
    for name, content in answers.items():
        question, _, iteration = name.partition("@")
        found[question, iteration] = content if isinstance(content, Answer) else answered(content)
    return found


def route(name: str, answers: Mapping[str, Answer | Value], **situation: object) -> Route:
    return small(name).route(Situation(**situation), keyed(answers))  # type: ignore[arg-type]  # tests name few fields


def asked(found: Route) -> list[str]:
    return [question for question, _ in found.items]


@pytest.mark.parametrize(
    ("heating", "questions"),
    [
        (answered(1), ["heating", "year"]),  # satisfied: no reason is asked
        (answered(3), ["heating", "why", "year"]),
        (DK, ["heating", "year"]),  # somebody who does not know is not dissatisfied
        (answered(9), ["heating", "year"]),  # a code this version does not have is no answer
    ],
)
def test_a_reason_is_asked_of_the_dissatisfied(heating: Answer, questions: list[str]) -> None:
    assert asked(route("skip", {"heating": heating})) == questions


def test_the_position_is_the_first_open_question() -> None:
    assert route("skip", {}).position == ("heating", "")
    assert route("skip", {"heating": 3}).position == ("why", "")
    assert route("skip", {"heating": 3, "year": 2020}).position == (
        "why",
        "",
    )  # answers may come in any order
    assert route("skip", {"heating": 1, "year": 2020}).position is None


def test_an_answer_of_a_former_version_is_asked_again() -> None:
    assert route("skip", {"heating": 9}).position == ("heating", "")
    assert "heating" not in route("skip", {"heating": 9}).visible


def test_special_states_satisfy_where_they_are_offered() -> None:
    assert route("skip", {"heating": DK, "year": REFUSED}).complete
    assert route("skip", {"heating": NA, "year": REFUSED}).position == ("heating", "")  # not offered here


def test_off_route_answers_stay_silent_and_come_back() -> None:
    answers: dict[str, Answer | Value] = {"heating": 3, "why": "froid", "year": 2020}
    before = route("skip", answers)
    after = route("skip", answers | {"heating": 1})
    assert off_route(before, after) == ("why",)
    assert "why" not in after.visible
    assert route("skip", answers).visible["why"] == answered("froid")


def test_a_filter_that_reads_an_off_route_answer_reads_nothing() -> None:
    # `deep` asks third when second == 1, and second when first == 1: hiding second hides third with it.
    assert asked(route("deep", {"first": 1, "second": 1})) == ["first", "second", "third"]
    assert asked(route("deep", {"first": 2, "second": 1})) == ["first"]


def test_a_block_condition_covers_its_questions_and_not_its_computed_values() -> None:
    found = route("block", {"qpv": 2, "seen": 1})
    assert asked(found) == ["qpv", "end"]
    assert found.computed == {"points": None}
    assert route("block", {"qpv": 1, "seen": 1}).computed == {"points": 10}


def test_a_hard_check_holds_the_interview_on_its_question() -> None:
    found = route("checks", {"persons": 2, "minors": 2, "rooms": 3})
    assert found.position == ("minors", "")
    assert [fault.check for fault in found.faults] == ["minors_persons"]
    assert not found.complete


def test_a_special_state_never_trips_a_check() -> None:
    assert route("checks", {"persons": 2, "minors": DK, "rooms": 3}).complete
    assert route("checks", {"persons": REFUSED, "minors": 2, "rooms": 3}).complete


def test_a_later_change_brings_back_the_question_it_breaks() -> None:
    assert route("checks", {"persons": 4, "minors": 2, "rooms": 3}).complete
    assert route("checks", {"persons": 1, "minors": 2, "rooms": 3}).position == ("minors", "")


def test_a_confirmed_soft_fault_stays_confirmed_until_an_answer_it_reads_changes() -> None:
    answers: dict[str, Answer | Value] = {"persons": 2, "minors": 0, "rooms": 12}
    found = route("checks", answers)
    (fault,) = found.faults
    assert (found.position, fault.hard) == (("rooms", ""), False)
    confirmed = frozenset({fault.key})
    assert route("checks", answers, confirmed=confirmed).complete
    assert route("checks", answers | {"minors": 1}, confirmed=confirmed).complete  # not read by the check
    assert route("checks", answers | {"rooms": 13}, confirmed=confirmed).position == ("rooms", "")
    assert route("checks", answers | {"persons": 3}, confirmed=confirmed).faults[0].key != fault.key


def test_a_confirmation_lapses_when_a_value_computed_from_the_answer_changes() -> None:
    text = """
questionnaire: age
version: "1"
blocks:
  - id: A
    questions:
      - {id: born, ask: Né en ?, type: integer, compute: {age: "2026 - born"}}
      - {id: job, ask: Au travail ?, type: single, choices: {1: Oui, 2: Non},
         checks: [{id: old, fault: "age > 70 and job is answered", say: "Est-ce bien cela ?"}]}
"""
    compiled = routing.compile(loader.load(text))
    (fault,) = compiled.route(Situation(), keyed({"born": 1940, "job": 1})).faults
    confirmed = Situation(confirmed=frozenset({fault.key}))
    assert compiled.route(confirmed, keyed({"born": 1940, "job": 1})).complete
    assert compiled.route(confirmed, keyed({"born": 1941, "job": 1})).position == ("job", "")


def test_an_alert_of_a_question_may_decide_what_its_neighbour_offers() -> None:
    text = """
questionnaire: t
version: "1"
alerts: [{id: damp, when: Q1 == 1, label: l'humidité}]
blocks:
  - id: A
    questions:
      - {id: Q1, ask: "?", type: single, choices: {1: Oui, 2: Non}}
      - {id: Q2, ask: "?", type: single, choices: {1: Oui, 2: {label: Non, when: alert.damp}}}
"""
    compiled = routing.compile(loader.load(text))
    assert compiled.route(Situation(), keyed({"Q1": 1, "Q2": 2})).complete
    assert not compiled.route(Situation(), keyed({"Q1": 2, "Q2": 2})).complete


def test_a_whole_block_may_depend_on_the_alerts() -> None:
    text = (SMALL / "alerts.yaml").read_text(encoding="utf-8")
    moved = text.replace("    private: true", "    private: true\n    when: count(alerts) > 0")
    compiled = routing.compile(loader.load(moved))
    assert asked(compiled.route(Situation(), keyed({"damp": 1}))) == ["damp"]
    assert asked(compiled.route(Situation(), keyed({"damp": 3}))) == ["damp", "pass_on", "end"]


def test_a_hard_fault_cannot_be_confirmed() -> None:
    answers: dict[str, Answer | Value] = {"persons": 2, "minors": 2, "rooms": 3}
    confirmed = frozenset({route("checks", answers).faults[0].key})
    assert route("checks", answers, confirmed=confirmed).position == ("minors", "")


def test_the_introduction_is_asked_anew_on_every_call() -> None:
    first: dict[str, Answer | Value] = {"who@c1": 1, "agrees@c1": 1, "listen@c1": 1, "A1": 2}
    assert route("calls", first).position == ("A2", "")
    second = route("calls", first, call_no=2)
    assert second.position == ("who", "c2")
    assert not second.eligible
    assert second.visible["A1"] == answered(2)
    resumed = route("calls", first | {"who@c2": 1, "agrees@c2": 1, "listen@c2": 2}, call_no=2)
    assert (resumed.position, resumed.eligible) == (("A2", ""), True)
    assert resumed.consents == {"quality": False}


def test_a_redial_after_a_drop_repeats_only_who_and_listening() -> None:
    first: dict[str, Answer | Value] = {"who@c1": 1, "agrees@c1": 1, "listen@c1": 1}
    again = route("calls", first, call_no=2, intro_call=1)
    assert again.items[:2] == (("who", "c2"), ("A1", ""))
    found = route("calls", first | {"who@c2": 1}, call_no=2, intro_call=1)
    assert found.items[:3] == (("who", "c2"), ("agrees", "c1"), ("listen", "c2"))
    assert found.position == ("listen", "c2")
    assert found.eligible


@pytest.mark.parametrize(
    ("answers", "ended", "by"),
    [
        ({"who@c1": 3}, "wrong_number", "who"),
        ({"who@c1": 1, "agrees@c1": 2}, "refusal", "agrees"),
        ({"who@c1": 1, "agrees@c1": 1}, None, None),
    ],
)
def test_an_introduction_may_end_the_call(
    answers: dict[str, Answer | Value], ended: str | None, by: str | None
) -> None:
    found = route("calls", answers)
    assert (found.ended, found.ended_by) == (ended, by)
    assert (found.position is None) == (ended is not None)
    assert not found.complete


def test_the_end_of_a_call_never_changes_the_route_of_the_study() -> None:
    done: dict[str, Answer | Value] = {"A1": 2, "who@c1": 1, "agrees@c1": 1, "listen@c1": 1}
    found = route("calls", done | {"who@c2": 3}, call_no=2)
    assert found.ended == "wrong_number"
    assert {"A1", "A2"} <= set(asked(found))


def test_the_introduction_is_never_said_to_leave_the_route() -> None:
    before = route("calls", {"who@c1": 1, "agrees@c1": 1, "listen@c1": 1})
    assert off_route(before, route("calls", {"who@c1": 3})) == ()


def test_marks_tell_the_desk_what_happened() -> None:
    assert route("calls", {"who@c1": 1, "agrees@c1": 1}).marks == {"interview": True}


def test_a_screening_question_ends_the_interview_for_good() -> None:
    found = route("ends", {"tenant": 2, "age": 40})
    assert (asked(found), found.ended, found.complete) == (["tenant"], "owner", False)
    assert asked(route("ends", {"tenant": 1})) == ["tenant", "age"]


def test_partial_means_every_block_up_to_the_declared_one() -> None:
    introduction: dict[str, Answer | Value] = {"who@c1": 1, "agrees@c1": 1, "listen@c1": 1}
    assert not route("calls", introduction | {"A1": 1}).partial
    assert route("calls", introduction | {"A1": 1, "A2": 5}).partial
    assert route(
        "calls", {"A1": 1, "A2": 5}, call_no=4
    ).partial  # a later call's introduction takes nothing away


def test_a_closing_note_does_not_count_for_completeness() -> None:
    found = route("notes", {"hello": True, "Q": 1})
    assert (found.complete, found.position) == (True, ("bye", ""))
    assert not route("notes", {"Q": 1}).complete  # an ordinary note must be passed


def test_an_optional_question_takes_na() -> None:
    assert route("notes", {"hello": True, "Q": NA, "bye": True}).position is None


def test_other_specify_is_a_question_of_its_own_while_its_choice_is_chosen() -> None:
    assert route("other", {"why": [1, 94]}).position == ("why_other", "")
    assert route("other", {"why": [1, 94], "why_other": "la cave", "how": 94, "how_other": DK}).complete
    before = route("other", {"why": [94], "why_other": "la cave"})
    assert off_route(before, route("other", {"why": [1], "why_other": "la cave"})) == ()


def test_choices_may_depend_on_what_was_said() -> None:
    compiled = small("conditional")
    one = compiled.route(Situation(), keyed({"lift": 2}))
    assert compiled.limits(compiled.questionnaire.questions["parts"], Situation(), one).codes == (1, 3)
    assert route("conditional", {"lift": 2, "parts": [2]}).position == ("parts", "")  # no longer offered
    assert route("conditional", {"lift": 1, "parts": [2]}).complete


def test_bounds_may_depend_on_the_facts() -> None:
    assert route("skip", {"heating": 1, "year": 2027}, facts={"year": 2026}).position == ("year", "")
    assert route("skip", {"heating": 1, "year": 2026}, facts={"year": 2026}).complete


def test_alerts_are_raised_and_passed_on_one_by_one() -> None:
    quiet = route("alerts", {"damp": 1})
    assert (quiet.alerts, asked(quiet)) == ((), ["damp", "end"])
    raised = route("alerts", {"damp": 3, "SIGNAL": "le portail"})
    assert raised.alerts == ("humidite", "signalement")
    assert raised.position == ("pass_on", "")
    ticked = route("alerts", {"damp": 3, "SIGNAL": "le portail", "pass_on": [2]})
    assert asked(ticked) == ["damp", "pass_on", "what_signalement", "end"]
    assert asked(route("alerts", {"damp": 3, "pass_on": [95]})) == ["damp", "pass_on", "end"]
    assert route("alerts", {"damp": 3, "pass_on": [2]}).position == ("pass_on", "")  # not raised: not offered


def test_a_hidden_question_may_be_answered_several_times() -> None:
    assert route("alerts", {"damp": 1, "SIGNAL@2": "le portail"}).alerts == ("signalement",)
    assert "SIGNAL" not in asked(route("alerts", {"damp": 1, "SIGNAL": "x"}))


def test_a_grid_turns_with_the_case_and_stays_in_its_place() -> None:
    compiled = small("turning")
    orders = {
        tuple(asked(compiled.route(Situation(case_id=case, version="1"), {})))[1:5] for case in range(40)
    }
    assert len(orders) > 10
    assert {tuple(sorted(order)) for order in orders} == {("G_1", "G_2", "G_3", "G_4")}
    same = {tuple(asked(compiled.route(Situation(case_id=7, version="1"), {}))) for _ in range(3)}
    assert len(same) == 1


def test_the_position_follows_the_order_of_the_case() -> None:
    compiled = small("turning")
    situation = Situation(case_id=3, version="1")
    answers = keyed({"first": 1})
    for rank in range(1, 5):
        found = compiled.route(situation, answers)
        assert found.position == found.items[rank]
        assert found.rank(found.position) == rank + 1
        answers[found.position] = answered(1)


def test_blocks_and_questions_turn_as_wholes() -> None:
    compiled = small("turning")
    seen = set()
    for case in range(60):
        names = asked(compiled.route(Situation(case_id=case, version="1"), keyed({"P1": 94})))[5:]
        assert names.index("P1_other") == names.index("P1") + 1  # the text stays with its question
        assert abs(names.index("X1") - names.index("X2")) == 1  # a block stays together
        seen.add(tuple(names))
    assert len(seen) > 3


def test_decimals_stay_exact() -> None:
    found = route("decimal", {"rent": "450.10", "charges": "0.20"})
    assert str(found.computed["total"]) == "450.30"
    assert route("decimal", {"rent": "-1", "charges": "0"}).position == ("rent", "")
    assert route("decimal", {"rent": "cher", "charges": "0"}).position == (
        "rent",
        "",
    )  # a text of a former version
