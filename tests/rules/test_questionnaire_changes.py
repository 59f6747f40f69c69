"""What a new version changes, in words and for an interview under way."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from cati.cli.questionnaire import app
from cati.questionnaire import changes, loader, rotation, routing
from cati.questionnaire.changes import ChangeKind
from cati.questionnaire.model import answered
from cati.questionnaire.route import Situation

OLD = """
questionnaire: essai
version: "1"
blocks:
  - id: A
    questions:
      - {id: A1, ask: Content ?, type: single, choices: {1: Très satisfait, 2: Plutôt satisfait, 3: Pas satisfait}}
      - {id: A2, ask: Pourquoi ?, type: text, when: A1 == 3}
      - {id: A3, ask: Combien ?, type: integer, min: 0, max: 9}
      - {id: A4, ask: Merci., type: note}
"""


def kinds(old: str, new: str) -> list[tuple[str, str]]:
    assert old in OLD
    found = changes.compare(loader.load(OLD), loader.load(OLD.replace(old, new)))
    return [(change.kind.value, change.question) for change in found]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("Content ?", "Content ?", []),
        ("Content ?", "Êtes-vous content ?", [("wording", "A1")]),
        ("Très satisfait", "Très satisfait(e)", [("wording", "A1")]),  # a label retouched
        ("3: Pas satisfait", "3: Sans avis", [("reused", "A1")]),  # another meaning
        (
            "1: Très satisfait, 2: Plutôt satisfait",
            "2: Très satisfait, 1: Plutôt satisfait",
            [("reused", "A1")] * 2,
        ),
        (", 3: Pas satisfait}", ", 3: Pas satisfait, 4: Jamais}", [("choices", "A1")]),
        ("2: Plutôt satisfait, ", "", [("choices", "A1")]),
        ("when: A1 == 3", "when: A1 == 2", [("filter", "A2")]),
        ("max: 9", "max: 12", [("bounds", "A3")]),
        ("max: 9}", "max: 9, checks: [{id: many, fault: A3 > 5, say: Tant ?}]}", [("checks", "A3")]),
        ("max: 9}", "max: 9, dk: false}", [("choices", "A3")]),
        ("type: integer, min: 0, max: 9", "type: text", [("reused", "A3")]),
        (
            "      - {id: A3, ask: Combien ?, type: integer, min: 0, max: 9}\n",
            "      - {id: A5, ask: Où ?, type: text}\n",
            [("added", "A5"), ("removed", "A3")],
        ),
    ],
)
def test_each_change_is_told(old: str, new: str, expected: list[tuple[str, str]]) -> None:
    assert kinds(old, new) == expected


def test_a_question_that_moves_is_told_once() -> None:
    line = "      - {id: A3, ask: Combien ?, type: integer, min: 0, max: 9}\n"
    moved = OLD.replace(line, "").replace("    questions:\n", "    questions:\n" + line)
    found = changes.compare(loader.load(OLD), loader.load(moved))
    assert [(change.kind, change.question) for change in found] == [(ChangeKind.MOVED, "A3")]


def test_only_a_name_or_a_code_of_another_meaning_is_refused() -> None:
    found = changes.compare(loader.load(OLD), loader.load(OLD.replace("3: Pas satisfait", "3: Sans avis")))
    assert [change.refused for change in found] == [True]
    assert "il faut un autre code" in found[0].sentence


def test_an_open_interview_keeps_what_still_counts_and_is_asked_what_is_new() -> None:
    new = OLD.replace("2: Plutôt satisfait, ", "").replace(
        "      - {id: A4,", "      - {id: A35, ask: Et encore ?, type: text}\n      - {id: A4,"
    )
    answers = {("A1", ""): answered(2), ("A3", ""): answered(4), ("A4", ""): answered(True)}
    old, after = routing.compile(loader.load(OLD)), routing.compile(loader.load(new))
    found = changes.migrate(old, after, Situation(), answers)
    assert (found.kept, found.lost) == (("A3", "A4"), ("A1",))
    assert (found.asked, found.position) == (("A1", "A35"), "A1")


def test_the_command_tells_both_and_refuses_a_code_of_another_meaning(tmp_path: Path) -> None:
    old, new, answers = (tmp_path / name for name in ("old.yaml", "new.yaml", "answers.json"))
    old.write_text(OLD, encoding="utf-8")
    new.write_text(OLD.replace("3: Pas satisfait", "3: Sans avis"), encoding="utf-8")
    answers.write_text('{"A1": 3, "A2": "froid"}', encoding="utf-8")
    told = CliRunner().invoke(app, ["diff", str(old), str(new), "--answers", str(answers), "--json"])
    assert told.exit_code == 1
    assert json.loads(told.output)["migration"]["kept"] == ["A1", "A2"]
    same = CliRunner().invoke(app, ["diff", str(old), str(old)])
    assert (same.exit_code, same.output.strip()) == (0, "Les deux versions posent les mêmes questions.")


def test_a_name_or_a_code_keeps_the_meaning_that_it_last_had() -> None:
    first = loader.load(OLD)
    without = loader.load(OLD.replace(", 3: Pas satisfait}", "}").replace("when: A1 == 3", "when: A1 == 2"))
    back = loader.load(OLD.replace("3: Pas satisfait", "3: Sans avis"))
    same = loader.load(OLD)
    assert changes.reused([without], back) == (), "nobody who knows the last version alone would see it"
    assert [change.question for change in changes.reused([without, first], back)] == ["A1"]
    assert changes.reused([without, first], same) == ()
    assert changes.reused([], back) == ()


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        ("[pas du tout satisfait, très satisfait]", []),
        ("[pas satisfait du tout, très satisfait]", ["wording"]),
        ("[très satisfait, pas du tout satisfait]", ["reused"]),  # every note would say the contrary
    ],
)
def test_a_scale_that_is_turned_around_is_another_question(ends: str, expected: list[str]) -> None:
    scale = "      - {id: A5, ask: Une note ?, type: scale, scale_ends: [pas du tout satisfait, très satisfait]}\n"
    old, new = OLD + scale, OLD + scale.replace("[pas du tout satisfait, très satisfait]", ends)
    found = changes.compare(loader.load(old), loader.load(new))
    assert [change.kind.value for change in found] == expected


CALLED = """
questionnaire: essai
version: "1"
eligible: "I1 == 1"
blocks:
  - id: INT
    each_call: true
    special: []
    questions:
      - {id: I1, ask: Bonjour., type: single, choices: {1: Oui, 2: Non}}
  - id: A
    questions:
      - {id: A1, ask: Content ?, type: single, choices: {1: Oui, 2: Non}}
      - {id: A2, ask: Encore ?, type: single, choices: {1: Oui, 2: Non}}
"""


def test_without_a_call_under_way_the_introduction_does_not_count() -> None:
    new = CALLED.replace(
        "  - id: A\n", "      - {id: I2, ask: Et vous ?, type: single, choices: {1: Oui}}\n  - id: A\n"
    )
    answers = {("I1", "c1"): answered(1), ("A1", ""): answered(1)}
    old, after = routing.compile(loader.load(CALLED)), routing.compile(loader.load(new))
    on_the_line = changes.migrate(old, after, Situation(), answers)
    waiting = changes.migrate(old, after, Situation(), answers, calling=False)
    assert (on_the_line.asked, on_the_line.goes_back) == (("I2",), True)
    assert (waiting.asked, waiting.goes_back, waiting.kept) == ((), False, ("A1",))


TURNING = """
questionnaire: essai
version: "{version}"
blocks:
  - id: A
    rotate: true
    questions:
{questions}
"""


def turning(version: str, names: list[str]) -> str:
    line = "      - {{id: {name}, ask: {name} ?, type: single, rotate: true, choices: {{{codes}}}}}"
    codes = ", ".join(f"{name[1:]}: Choix {name[1:]}" for name in names)
    return TURNING.format(
        version=version, questions="\n".join(line.format(name=name, codes=codes) for name in names)
    )


NAMES = st.lists(st.integers(1, 60), min_size=1, max_size=7, unique=True).map(
    lambda numbers: [f"Q{number}" for number in numbers]
)


@given(old=NAMES, new=NAMES, case=st.integers(1, 10**6))
@settings(max_examples=60, deadline=None)
def test_what_two_versions_share_stays_in_the_order_that_was_drawn(
    old: list[str], new: list[str], case: int
) -> None:
    situation = Situation(case_id=case, version="1")  # of both: an interview that moves keeps its draw
    orders = []
    for version, names in (("1", old), ("2", new)):
        compiled = routing.compile(loader.load(turning(version, names)))
        route = compiled.route(situation, {})
        asked = compiled.questionnaire.questions[names[0]]
        turned = rotation.turn_choices(
            asked.choices, case_id=case, question_id="Q", version=situation.version
        )
        shared = set(old) & set(new)
        orders.append(
            (
                [name for name, _ in route.items if name in shared],
                [choice.code for choice in turned if f"Q{choice.code}" in shared],
            )
        )
    assert orders[0] == orders[1]


def test_a_check_that_states_something_else_is_confirmed_anew() -> None:
    def asking(fault: str) -> routing.Compiled:
        check = f"checks: [{{id: many, fault: {fault}, say: Tant ?}}]"
        return routing.compile(loader.load(OLD.replace("max: 9}", f"max: 9, {check}}}")))

    answers = {("A1", ""): answered(1), ("A3", ""): answered(8)}
    (before,) = asking("A3 > 5").route(Situation(), answers).faults
    confirmed = Situation(confirmed=frozenset({before.key}))
    assert asking("A3 > 5").route(confirmed, answers).faults == ()
    assert [fault.check for fault in asking("A3 > 7").route(confirmed, answers).faults] == ["many"]
