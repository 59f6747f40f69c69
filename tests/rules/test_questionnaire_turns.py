"""What one turn of a loop sees of the others, and what is seen of them all from outside."""

from collections.abc import Mapping

import pytest

from cati.questionnaire import loader, routing
from cati.questionnaire.findings import Level
from cati.questionnaire.model import Answer, Value, answered
from cati.questionnaire.proof.proving import prove
from cati.questionnaire.route import AnswerKey, Route, Situation
from cati.questionnaire.routing import Compiled
from tests.planted import little, single, whole
from tests.planted_later import loop

COUNTED = "count(Z == 1 and Y == 1)"
TWICE = loop(
    whole("N", ", min: 0, max: 2"),
    loop(single("Y"), name="M", count="N", most=2),
    single("Z"),
    single("W", f"{COUNTED} > 0"),
    name="L",
    count="2 + 0",
    most=2,
)


def compiled(*questions: str, head: str = "") -> Compiled:
    return routing.compile(loader.load(little(*questions, head=head)))


def route(script: Compiled, told: Mapping[str, Value], *confirmed: str) -> Route:
    where = Situation(confirmed=frozenset(confirmed))
    return script.route(where, keyed(told))


def keyed(told: Mapping[str, Value]) -> dict[AnswerKey, Answer]:
    found = {}
    for name, value in told.items():
        question, _, turn = name.partition("#")
        found[question, turn] = answered(value)
    return found


def asked(found: Route, question: str) -> list[str]:
    return [turn for name, turn in found.items if name == question]


def test_a_number_beyond_the_maximum_brings_no_more_turns() -> None:
    script = compiled(whole("N"), loop(single("Q")), whole("T", ", min: 0, max: sum(P.rank)"))
    found = route(script, {"N": 12, "Q#1": 1, "Q#2": 1, "Q#3": 1, "Q#4": 1})
    assert asked(found, "Q") == ["1", "2", "3"]
    assert script.limits(script.questionnaire.questions["T"], Situation(), found).high == 6
    assert asked(route(script, {"N": -1}), "Q") == []


def test_an_inner_turn_is_counted_beside_what_its_outer_turn_said_after_it() -> None:
    script = compiled(TWICE, single("V", f"{COUNTED} == 1"))
    told = {"N#1": 1, "Y#1.1": 1, "Z#1": 1, "N#2": 1, "Y#2.1": 1, "Z#2": 2}
    assert asked(route(script, told), "W") == ["1"]
    assert asked(route(script, told), "V") == [""]
    assert prove(script.questionnaire).defects == ()


def test_what_is_asked_after_a_loop_is_read_beside_its_turns() -> None:
    script = compiled(TWICE, single("B"), single("V", "count(B == 1 and Y == 2) > 1"))
    told = {"N#1": 1, "Y#1.1": 2, "Z#1": 1, "N#2": 1, "Y#2.1": 2, "Z#2": 2}
    assert asked(route(script, told | {"B": 1}), "V") == [""]
    assert asked(route(script, told | {"B": 2}), "V") == []
    assert prove(script.questionnaire).defects == ()


def test_a_turn_in_which_nothing_is_asked_counts_for_the_bounds_on_screen_too() -> None:
    script = compiled(
        whole("N", ", min: 0, max: 3"),
        loop(single("Q", "N > 5", more=", compute: {one: 'if N > 0 then 1 else 0'}")),
        whole("T", ", max: sum(one)"),
    )
    for number in range(4):
        found = route(script, {"N": number})
        limits = script.limits(script.questionnaire.questions["T"], Situation(), found)
        assert limits.high == number
        assert route(script, {"N": number, "T": number}).complete
        assert not route(script, {"N": number, "T": number + 1}).complete


@pytest.mark.parametrize("when", ["B == 1", "B != 1"])
def test_a_loop_that_its_condition_or_its_block_keeps_out_has_no_turn_on_screen(when: str) -> None:
    for block, inner in ((f', when: "{when}"', ""), ("", f', when: "{when}"')):
        script = routing.compile(
            loader.load(
                'questionnaire: t\nversion: "1"\nblocks:\n'
                f"  - {{id: A, special: [], questions: [{single('B')}]}}\n"
                f"  - {{id: C, special: []{block}, questions: [{loop(single('Q'), count='2 + 0', more=inner)}]}}\n"
                f"  - {{id: D, special: [], questions: [{whole('T', ', min: 0, max: sum(P.rank)')}]}}\n"
            )
        )
        found = route(script, {"B": 1, "Q#1": 1, "Q#2": 1})
        limits = script.limits(script.questionnaire.questions["T"], Situation(), found)
        kept = when == "B == 1"
        assert asked(found, "Q") == (["1", "2"] if kept else [])
        assert limits.high == (3 if kept else 0)
        assert route(script, {"B": 1, "Q#1": 1, "Q#2": 1, "T": 3}).complete == kept


def test_the_bounds_on_screen_sum_the_inner_turns_of_their_own_turn() -> None:
    inner = loop(whole("Y"), name="M", count="2 + 0", most=2)
    script = compiled(loop(inner, whole("W", ", min: 0, max: sum(Y)"), name="L", count="2 + 0", most=2))
    told = {"Y#1.1": 1, "Y#1.2": 2, "W#1": 3, "Y#2.1": 4, "Y#2.2": 5}
    asked_last = script.questionnaire.questions["W"]
    highs = [script.limits(asked_last, Situation(), route(script, told), turn).high for turn in ("1", "2")]
    assert highs == [3, 9]
    assert route(script, told | {"W#2": 9}).complete


def test_what_a_turn_does_not_ask_is_not_asked_whatever_the_turn_before_did() -> None:
    script = compiled(
        loop(single("Q", "P.rank == 1"), single("R", "Q is not_asked"), count="2 + 0"),
        single("S", "count(Q is not_asked) == 1 and count(Q is unanswered) == 0"),
    )
    assert route(script, {"Q#1": 1}).items == (("Q", "1"), ("R", "2"), ("S", ""))


def test_a_turn_that_goes_away_unanswered_loses_nothing() -> None:
    script = compiled(whole("N"), loop(single("Q"), single("R")))
    before, after = route(script, {"N": 2, "Q#1": 1, "Q#2": 1}), route(script, {"N": 1, "Q#1": 1, "Q#2": 1})
    assert routing.off_route(before, after) == ("Q#2",)


def test_of_no_turn_there_is_a_count_and_a_sum_but_no_least_and_no_greatest() -> None:
    script = compiled(
        whole("N"),
        loop(whole("age")),
        single("S", "sum(age) == 0 and count(age is answered) == 0"),
        single("M", "min(age) >= 0 or max(age) >= 0"),
    )
    assert route(script, {"N": 0}).items == (("N", ""), ("S", ""))
    assert asked(route(script, {"N": 1, "age#1": 0}), "M") == [""]


def test_a_loop_in_a_block_that_turns_stays_together() -> None:
    both = loop(single("Q"), single("R"), count="2 + 0")
    text = TURNING.replace("{first}, {second}", f"{single('B1')}, {both}, {single('B2')}")
    script, orders = routing.compile(loader.load(text)), set()
    for case in range(30):
        names = [name for name, _ in script.route(Situation(case_id=case, version="1"), {}).items]
        first = names.index("Q")
        assert names[first : first + 4] == ["Q", "R", "Q", "R"]
        orders.add(tuple(names))
    assert len(orders) == 6


def test_a_confirmation_lapses_when_an_answer_of_another_loop_changes() -> None:
    check = ', checks: [{id: c, fault: "count(age > 60) > 0 and Q == 1", say: "!"}]'
    script = compiled(
        loop(whole("age"), name="L", count="2 + 0", most=2),
        loop(single("Q", more=check), name="K", count="2 + 0", most=2),
    )
    told = {"age#1": 70, "age#2": 20, "Q#1": 1, "Q#2": 1}
    keys = [fault.key for fault in route(script, told).faults]
    assert route(script, told, *keys).complete
    for turn in ("1", "2"):  # whichever of them changes, both checks had read it
        assert len(route(script, told | {f"age#{turn}": 71}, *keys).faults) == 2
    assert route(script, told | {"Q#1": 2}, *keys).complete  # the other turn's answer was not read


def test_a_check_that_reads_nothing_of_the_loop_is_confirmed_turn_by_turn() -> None:
    many = ', checks: [{id: c, fault: "N > 2", say: "!"}]'
    script = compiled(whole("N"), loop(single("Q", more=many)))
    told = {"N": 3, "Q#1": 1, "Q#2": 1, "Q#3": 1}
    first, *others = (fault.key for fault in route(script, told).faults)
    assert route(script, told, first).position == ("Q", "2")
    assert route(script, told, first, *others).complete


def test_a_confirmation_in_a_turn_outlives_a_change_in_the_inner_turns_of_another() -> None:
    long = ', checks: [{id: c, fault: "sum(Y) > 1 and Q == 1", say: "!"}]'
    inner = loop(whole("Y"), name="M", count="2 + 0", most=2)
    script = compiled(loop(inner, single("Q", more=long), name="L", count="2 + 0", most=2))
    told = {f"Y#{turn}": 1 for turn in ("1.1", "1.2", "2.1", "2.2")} | {"Q#1": 1, "Q#2": 1}
    keys = [fault.key for fault in route(script, told).faults]
    assert len(keys) == 2
    (again,) = route(script, told | {"Y#2.1": 2}, *keys).faults
    assert again.iteration == "2"


def test_nothing_more_is_asked_in_any_turn_once_an_answer_has_ended_the_interview() -> None:
    ends = single("Q", codes="1: a, 2: {label: b, ends: owner}")
    script = compiled(loop(single("R"), ends, count="3 + 0"))
    found = route(script, {"R#1": 1, "Q#1": 2, "R#2": 1})
    assert found.items == (("R", "1"), ("Q", "1"))
    assert (found.position, found.ended) == (None, "owner")


def test_alerts_that_a_loop_reads_are_raised_before_its_first_turn() -> None:
    head = 'alerts: [{id: al, when: "N > 1", label: l}]'
    script = compiled(whole("N", ", min: 0, max: 3"), loop(single("Q", "alert.al")), single("Z"), head=head)
    assert route(script, {"N": 0}).alerts == ()
    assert asked(route(script, {"N": 2}), "Q") == ["1", "2"]
    assert prove(script.questionnaire).not_analysed == ()


def test_an_alert_that_a_loop_reads_depends_on_nothing_inside() -> None:
    head = 'alerts: [{id: al, when: "count(Q == 1) > 0", label: l}]'
    text = little(whole("N", ", min: 0, max: 3"), loop(single("Q"), single("R", "alert.al")), head=head)
    _, findings = loader.review(text)
    errors = [finding for finding in findings if finding.level is Level.ERROR]
    assert [(error.key, "plus loin" in error.message) for error in errors] == [("alerts.al", True)]


RANKED = '{id: R, ask: "?", type: ranking, max: 2, choices: {1: a, 2: b, 3: {label: c, when: P == 1}}}'
SEVERAL = (
    "{id: M, ask: '?', type: multiple, max: 2, choices: {1: a, 2: b, 3: c, 95: {label: d, exclusive: true}}}"
)


@pytest.mark.parametrize(
    ("told", "good"),
    [
        ({"P": 1, "R": [3, 1]}, True),
        ({"P": 1, "R": [1]}, False),  # a rank is missing
        ({"P": 2, "R": [3, 1]}, False),  # no longer offered
        ({"P": 1, "R": [2, 2]}, False),
        ({"M": [1, 3]}, True),
        ({"M": [95]}, True),
        ({"M": [1, 2, 3]}, False),  # one more than this version takes
        ({"M": [1, 95]}, False),
    ],
)
def test_codes_that_this_version_would_not_have_taken_together_are_asked_again(
    told: dict[str, Value], good: bool
) -> None:
    script = compiled(single("P"), RANKED, SEVERAL)
    *_, name = told
    assert (name in route(script, told).visible) == good


TURNING = """
questionnaire: t
version: "1"
blocks:
  - id: A
    special: []
    rotate: true
    questions: [{first}, {second}]
"""


@pytest.mark.parametrize(
    ("first", "second", "refused"),
    [
        (single("B1", more=", compute: {c: 'B1 + 1'}"), single("B2", "c > 1"), True),
        (single("B1"), loop(single("Q"), single("R", "Q == 1"), count="2 + 0"), False),  # a loop turns as a whole
        (single("B1"), loop(single("Q", "B1 == 1"), count="2 + 0"), True),
    ],
)  # fmt: skip
def test_what_turns_reads_nothing_of_what_turns_with_it(first: str, second: str, refused: bool) -> None:
    text = TURNING.replace("{first}", first).replace("{second}", second)
    _, findings = loader.review(text)
    assert any("tourne avec elle" in finding.message for finding in findings) == refused
