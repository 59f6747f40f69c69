"""The page of the language and the page of the engine say what the engine does."""

import json
import re
from pathlib import Path

import jsonschema_rs
import pytest
from typer.testing import CliRunner

from cati.cli.questionnaire import app
from cati.questionnaire import expressions, keys, loader, source
from cati.questionnaire.proof.defects import Flaw

ROOT = Path(__file__).parents[2]
LANGUAGE = (ROOT / "questionnaires" / "README.md").read_text(encoding="utf-8")
PROOF = (ROOT / "docs" / "questionnaire" / "proof.md").read_text(encoding="utf-8")
ENGINE = (ROOT / "docs" / "questionnaire" / "engine.md").read_text(encoding="utf-8")


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)


def words(page: str) -> set[str]:
    return set(
        re.findall(
            r"\w+", " ".join(re.findall(r"`([^`]+)`", re.sub(r"```.*?```", "", page, flags=re.DOTALL)))
        )
    )


def test_the_example_of_the_language_runs_without_a_finding() -> None:
    (example,) = blocks(LANGUAGE, "yaml")
    questionnaire, findings = loader.review(example)
    assert questionnaire is not None
    assert findings == ()


def test_the_example_of_the_engine_runs() -> None:
    (example,) = blocks(ENGINE, "python")
    (text,) = blocks(LANGUAGE, "yaml")
    exec(compile(example, "engine.md", "exec"), {"text": text})


def test_the_example_of_the_proof_is_told_as_the_page_says(tmp_path: Path) -> None:
    (text,), (_, told) = blocks(PROOF, "yaml"), re.findall(r"```(?:yaml)?\n(.*?)```", PROOF, re.DOTALL)
    (tmp_path / "exemple.yaml").write_text(text, encoding="utf-8")
    result = CliRunner().invoke(app, ["prove", str(tmp_path / "exemple.yaml")])
    # Whom the solver shows is its own choice.
    shown = re.compile(r"(réponses\s: ).*")
    assert (result.exit_code, shown.sub(r"\1", result.stdout)) == (1, shown.sub(r"\1", told))


def test_every_kind_of_finding_is_on_the_page() -> None:
    assert {flaw.value for flaw in Flaw} - words(PROOF) == set()


KNOWN = {
    "file": keys.FILE,
    "block": keys.BLOCK,
    "question": keys.QUESTION,
    "loop": keys.LOOP,
    "choice": keys.CHOICE,
    "functions": expressions.FUNCTIONS,
    "types": keys.TYPES,
}


@pytest.mark.parametrize("known", KNOWN.values(), ids=KNOWN)
def test_every_key_is_on_the_page(known: list[str]) -> None:
    assert set(known) - words(LANGUAGE) == set()


def test_every_module_is_on_the_page() -> None:
    modules = {path.stem for path in (ROOT / "cati" / "questionnaire").glob("*.py")} - {"__init__"}
    assert modules - words(ENGINE) - {"model", "findings", "texts"} == set()


@pytest.mark.parametrize(
    "name", sorted(path.stem for path in (ROOT / "tests" / "questionnaires").glob("*.yaml"))
)
def test_the_tiny_questionnaires_are_right(name: str) -> None:
    _, findings = loader.review(
        (ROOT / "tests" / "questionnaires" / f"{name}.yaml").read_text(encoding="utf-8")
    )
    assert findings == (), [str(finding) for finding in findings]


FILES = [*(ROOT / "questionnaires").glob("*.yaml"), *(ROOT / "tests" / "questionnaires").glob("*.yaml")]


def plain(text: str) -> object:
    """As an editor reads the file before it checks it."""
    return json.loads(json.dumps(source.read(text), default=float))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_questionnaire_is_right_by_the_schema_for_editors(file: Path) -> None:
    validator = jsonschema_rs.validator_for(keys.json_schema())
    found = [error.message for error in validator.iter_errors(plain(file.read_text(encoding="utf-8")))]
    assert found == []


@pytest.mark.parametrize(
    ("old", "new"),
    [("ask: ", "asc: "), ("type: single", "type: unique"), ("version:", "verzion:"), ("{1: Oui", "{un: Oui")],
)
def test_the_schema_for_editors_refuses_what_the_reader_refuses(old: str, new: str) -> None:
    (example,) = blocks(LANGUAGE, "yaml")
    assert old in example
    validator = jsonschema_rs.validator_for(keys.json_schema())
    assert validator.is_valid(plain(example))
    assert not validator.is_valid(plain(example.replace(old, new, 1)))
