"""The proof among dates, times, rankings and loops."""

import pytest

from cati.questionnaire import loader, routing
from cati.questionnaire.proof import examples
from cati.questionnaire.proof.defects import Flaw, Proof
from cati.questionnaire.proof.proving import prove
from tests.planted import hard, little, single, whole

DATE = "{id: D, ask: '?', type: date, min: date('2020-01-01'), max: facts.date}"
TIME = "{id: T, ask: '?', type: time, min: time('08:00'), max: time('10:00')}"
WAIT = "{id: W, ask: '?', type: duration, max: 60}"
ORDER = "{id: R, ask: '?', type: ranking, max: 2, choices: {1: a, 2: b, 3: c}}"


def proved(text: str) -> Proof:
    return prove(loader.load(text))


def loop(*members: str, most: int = 5, count: str = "N") -> str:
    return f"{{loop: P, count: {count}, max: {most}, questions: [{', '.join(members)}]}}"


AGES = (whole("N", ", min: 0, max: 3"), whole("age", ", min: 0, max: 110"))


@pytest.mark.parametrize(
    ("asked", "possible", "impossible"),
    [
        (DATE, "month(D) == 3 and days(date('2024-02-29'), D) == 366", "month(D) == 2 and D == date('2025-03-01')"),
        (DATE, "year(D) == 2035", "year(D) > 2035"),
        (TIME, "T == time('10:00')", "T > time('10:00')"),
        (WAIT, "W == 60", "W > 60"),
        (ORDER, "rank(R, 1) == 2 and rank(R, 3) == 1", "rank(R, 1) == 3"),
        (ORDER, "1 in R and 3 in R", "count(R) == 1"),
        (ORDER, "rank(R, 1) < rank(R, 2)", "rank(R, 1) == rank(R, 2)"),
    ],
)  # fmt: skip
def test_what_is_measured_is_exact(asked: str, possible: str, impossible: str) -> None:
    proof = proved(little(asked, single("Q", possible), single("Z", impossible)))
    assert [(defect.flaw, defect.key) for defect in proof.defects] == [(Flaw.QUESTION_UNREACHABLE, "Z")]
    assert proof.not_analysed == ()


@pytest.mark.parametrize(
    ("inside", "after", "found"),
    [
        (single("Q", "P.rank > 1"), "", []),
        (single("Q", "P.rank > 3"), "", [(Flaw.QUESTION_UNREACHABLE, "Q")]),
        (single("Q", "age >= 0"), "", [(Flaw.FILTER_ALWAYS_TRUE, "Q.when")]),
        (single("Q"), "sum(age) > 329", []),
        (single("Q"), "sum(age) > 330", [(Flaw.QUESTION_UNREACHABLE, "Z")]),
        (single("Q"), "count(Q == 2 and age > 30) == 3 and max(age) < 40", []),
        (single("Q"), "count(Q == 2) > 3", [(Flaw.QUESTION_UNREACHABLE, "Z")]),
        (single("Q"), "min(age) > 110", [(Flaw.QUESTION_UNREACHABLE, "Z")]),
        (whole("Q", hard("c", "P.rank == 2")), "", [(Flaw.DEAD_END, "Q")]),
        # Of the second turn alone: nothing but « ne sait pas » is left, by its bounds or by a check.
        (whole("Q", ", min: 2 * P.rank, max: 3, dk: true"), "", [(Flaw.NO_VALUE, "Q")]),
        (whole("Q", ", max: 10, dk: true" + hard("c", "Q < 9 * P.rank")), "", [(Flaw.CHECK_ALWAYS, "Q.checks.c")]),
        (whole("Q", ", min: 0" + hard("c", "Q < age - 9 or Q > 90")), "", [(Flaw.DEAD_END_FOR_SOME, "Q")]),
    ],
)  # fmt: skip
def test_a_loop_is_looked_at_turn_by_turn(inside: str, after: str, found: list[tuple[Flaw, str]]) -> None:
    number, age = AGES
    text = little(number, loop(age, inside), single("Z", after))
    proof = proved(text)
    assert [(defect.flaw, defect.key) for defect in proof.defects] == found
    assert proof.not_analysed == ()
    script = routing.compile(loader.load(text))
    for shown in (defect.example for defect in proof.defects if defect.example):
        position = examples.played(script, shown).position
        assert position is not None
        assert position[0] == "Q"
        assert position[1] in ("1", "2")


def test_a_loop_too_long_is_told_and_nothing_is_claimed_of_it() -> None:
    members = [single(f"Q{number}") for number in range(40)]
    never = single("X", "N > 30")
    text = little(
        whole("N", ", min: 0, max: 30"), loop(*members, most=20), single("Z", "count(Q3 == 1) > 99"), never
    )
    proof = proved(text)
    assert [(defect.flaw, defect.key) for defect in proof.defects] == [(Flaw.QUESTION_UNREACHABLE, "X")]
    assert [gap.key for gap in proof.not_analysed] == ["P", "Z.when"]
    assert "la boucle P (800 questions à dérouler)" in proof.not_analysed[0].message
