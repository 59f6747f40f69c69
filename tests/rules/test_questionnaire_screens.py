"""Several short questions on one screen, tables answered row by row, help at hand: what a file may write."""

from pathlib import Path

import pytest

from cati.questionnaire import loader, routing
from cati.questionnaire.model import HelpKind, answered
from cati.questionnaire.route import Situation

TEXT = (Path(__file__).parents[1] / "questionnaires" / "screens.yaml").read_text(encoding="utf-8")


def test_questions_of_a_screen_are_questions_like_others() -> None:
    script = routing.compile(loader.load(TEXT))
    group = script.questionnaire.questions["L3"].group
    assert group is not None
    assert (group.id, group.members) == ("FOYER", ("L1", "L2", "L3", "L4", "L4_other", "L5"))
    given = {("INT1", "c1"): answered(1), ("L1", ""): answered(45), ("L2", ""): answered(3)}
    assert script.route(Situation(), given).position == ("L3", "")


def test_what_a_screen_is_asked_if_holds_for_each_of_its_questions() -> None:
    script = routing.compile(
        loader.load(
            TEXT.replace("- screen: FOYER", "- screen: FOYER\n        when: sample.qpv").replace(
                "fills:", "sample: {qpv: boolean}\nfills:", 1
            )
        )
    )
    asked = {
        qpv: {name for name, _ in script.route(Situation(sample={"qpv": qpv}), {}).items}
        for qpv in (True, False)
    }
    assert asked[True] - asked[False] == {"L1", "L2", "L4"}


def test_a_screen_turns_in_one_piece() -> None:
    turning = TEXT.replace("title: Le foyer", "title: Le foyer\n    rotate: true")
    turning = turning.replace("  - id: C\n", "      - {id: L6, ask: Et vous ?, type: text}\n  - id: C\n")
    turning = turning.replace("    L5: {ask", "    L6: {ask: You?}\n    L5: {ask")
    script = routing.compile(loader.load(turning))
    given = {("L2", ""): answered(3), ("L4", ""): answered(1)}
    orders = {
        tuple(name for name, _ in script.route(Situation(case_id=case), given).items if name.startswith("L"))
        for case in range(30)
    }
    together = ("L1", "L2", "L3", "L4", "L5")
    assert orders == {(*together, "L6"), ("L6", *together)}


def test_a_table_changes_nothing_but_its_screen() -> None:
    table, listed = (loader.load(text) for text in (TEXT, TEXT.replace("asked: row", "asked: item")))
    grids = [each.questions["C1_1"].grid for each in (table, listed)]
    assert [grid.by_row for grid in grids if grid] == [True, False]
    assert list(table.questions) == list(listed.questions)


def test_help_is_for_objections_or_for_information() -> None:
    told = loader.load(TEXT).help
    assert {name: entry.kind for name, entry in told.items()} == {
        "numero": HelpKind.INFORMATION,
        "temps": HelpKind.OBJECTION,
    }
    assert (
        loader.load(TEXT).said_in("en").help["numero"].instruction == "Ne pas insister."
    )  # not translated: stays


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        # a question that needs a screen of its own
        ("type: integer, min: 18, max: 110", "type: text", "L1 n’est pas assez courte"),
        (
            "{1: Oui, 2: Non, 94: {label",
            "{1: a, 2: b, 3: c, 4: d, 5: e, 6: f, 7: g, 94: {label",
            "plus de 7 modalités",
        ),
        # what is no question of it
        (
            "{id: L1, ask: Quel est votre âge ?, type: integer, min: 18, max: 110}",
            "{screen: B, questions: []}",
            "ni autre",
        ),
        # its own names
        ("screen: FOYER", "screen: L1", "« L1 » est aussi un écran"),
        ("asked: row", "asked: column", "façon de poser une grille"),
        ("asked: row", "asked: [row]", "un texte est attendu"),
        ("say: Cinq minutes suffisent.", "instruction: Rien.", "help.temps.say"),
        ("kind: objection", "kind: objections", "« objection »"),
        # a table that does not fit
        ("rows:", "rows:\n          11: k\n          12: l\n          13: m", "12 rangées"),
        # a translation of nothing
        ("    FOYER: {ask: A few", "    FOYERS: {ask: A few", "rien de ce nom à traduire"),
        ("      temps: {title: I have", "      tempo: {title: I have", "translations.en.help"),
        (
            "      temps: {title: I have no time., say: Five minutes are enough.}\n",
            "",
            "cette aide n’est pas traduite",
        ),
    ],
)
def test_what_does_not_fit_is_said(old: str, new: str, complaint: str) -> None:
    assert old in TEXT
    _, findings = loader.review(TEXT.replace(old, new, 1))
    assert any(complaint in str(one) for one in findings), [str(one) for one in findings]


def test_no_more_help_than_digits() -> None:
    more = "".join(f"  aide{rank}: {{title: A, say: B}}\n" for rank in range(9))
    _, findings = loader.review(TEXT.replace("blocks:\n", more + "blocks:\n", 1))
    assert any("pas plus de 10" in one.message for one in findings)
