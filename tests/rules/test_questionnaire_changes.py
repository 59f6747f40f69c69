"""What a new version changes, in words and for an interview under way."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cati.cli.questionnaire import app
from cati.questionnaire import changes, loader, routing
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
