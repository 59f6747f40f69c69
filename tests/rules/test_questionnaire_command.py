"""`cati questionnaire`: what an author sees in the terminal, and what a program reads."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cati.cli.questionnaire import app
from cati.errors import QuestionnaireRefused

TRIENNALE = Path(__file__).parents[2] / "questionnaires" / "triennale.yaml"
INTRODUCTION = {"INT1": 1, "INT2": 1, "INT3": 1, "INT4": 1}


def run(*words: object, typed: str = "") -> Result:
    return CliRunner().invoke(app, [str(word) for word in words], input=typed)


def played(
    folder: Path, answers: dict[str, object], sample: dict[str, object] | None = None
) -> dict[str, object]:
    (folder / "answers.json").write_text(json.dumps(answers), encoding="utf-8")
    (folder / "sample.json").write_text(json.dumps(sample or {}), encoding="utf-8")
    files = ("--answers", folder / "answers.json", "--sample", folder / "sample.json")
    result = run("play", TRIENNALE, *files, "--date", "2026-03-02", "--json")
    assert result.exit_code == 0, result.output
    told: dict[str, object] = json.loads(result.stdout)
    return told


def test_the_shipped_questionnaire_is_checked_without_a_finding() -> None:
    result = run("check", TRIENNALE)
    assert result.exit_code == 0
    assert "107 questions, 0 avertissement" in result.stdout


def test_a_mistake_is_printed_with_its_line_and_the_command_fails(tmp_path: Path) -> None:
    broken = tmp_path / "triennale.yaml"
    broken.write_text(
        TRIENNALE.read_text(encoding="utf-8").replace("when: asc\n", "when: acs\n"), encoding="utf-8"
    )
    result = run("check", broken)
    assert result.exit_code == 1
    line = 1 + broken.read_text(encoding="utf-8").splitlines().index("        when: acs")
    assert f"ligne {line}, D4.when : erreur" in result.stdout
    assert "vouliez-vous dire « asc » ?" in result.stdout
    found = json.loads(run("check", broken, "--json").stdout)
    assert (found[0]["line"], found[0]["key"], found[0]["level"]) == (line, "D4.when", "error")


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    assert isinstance(run("check", tmp_path / "nothing.yaml").exception, QuestionnaireRefused)


def test_scripted_answers_give_route_position_checks_and_computed_values(tmp_path: Path) -> None:
    answers = INTRODUCTION | {
        "A1": 1,
        "A2": 2,
        "A3": "trop long",
        "B1": 2025,
        "L1": "dk",
        "C5": [1, 94],
        "ZZ": 1,
    }
    told = played(tmp_path, answers, {"type_logement": "collectif", "ascenseur": True, "annee_entree": 2025})
    assert isinstance(told["route"], list)
    assert told["route"][:7] == ["INT1", "INT2", "INT3", "INT4", "A1", "A2", "A3"]
    assert {"B2", "D4", "L1T"} <= set(told["route"])
    assert told["position"] == "A2"
    assert [fault["check"] for fault in told["failed_checks"]] == ["A1_A2_haut"]  # type: ignore[attr-defined]  # JSON
    assert told["computed"] == {"anc": 1, "asc": True, "FOYER": None}
    assert (told["eligible"], told["off_route"]) == (True, ["C5"])
    assert told["problems"] == {"ZZ": "question inconnue"}


@pytest.mark.parametrize(
    ("answers", "problem"),
    [
        ({"B1": 2030}, {"B1": "hors des bornes"}),
        ({"A1": 9}, {"A1": "n’est pas une des réponses"}),
        ({"A1": {"state": "na"}}, {"A1": "n’est pas proposée"}),
        ({"C6": 3, "M1": [1]}, {"M1": "hors des bornes"}),
    ],
)
def test_an_impossible_answer_is_told_and_not_played(
    tmp_path: Path, answers: dict[str, object], problem: dict[str, str]
) -> None:
    problems = played(tmp_path, INTRODUCTION | answers)["problems"]
    assert isinstance(problems, dict)
    assert set(problems) == set(problem)
    assert all(part in problems[question] for question, part in problem.items())


def test_a_call_that_ends_is_told(tmp_path: Path) -> None:
    told = played(tmp_path, {"INT1": 4})
    assert (told["ended"], told["position"], told["complete"]) == ("wrong_number", None, False)


def test_playing_at_the_keyboard_goes_forth_and_back() -> None:
    # introduction; A1; a low note, confirmed; back; a good note; then nobody types any more
    result = run("play", TRIENNALE, "--date", "2026-03-02", typed="1\n1\n1\n1\n1\n2\n2\n<\n8\n1900\n")
    assert result.exit_code == 0
    shown = [line.split("]")[0][1:] for line in result.stdout.splitlines() if line.startswith("[")]
    assert shown == ["INT1", "INT2", "INT3", "INT4", "A1", "A2", "A2", "A3", "A2", "B1", "B1"]
    assert "Est-ce bien cela\u202f?" in result.stdout
    assert "entre 1930 et 2026" in result.stdout
    assert "Entretien interrompu." in result.stdout


def test_a_refusal_ends_the_play() -> None:
    assert "Fin de l'appel : refusal (INT2)" in run("play", TRIENNALE, typed="1\n3\n").stdout
