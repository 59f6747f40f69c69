"""What docs/operations.md tells an operator to type exists."""

import re
from pathlib import Path
from typing import Any

import pytest
import typer

from cati.cli import app
from cati.settings import Settings

ROOT = Path(__file__).parents[1]
TOLD = (ROOT / "docs/operations.md").read_text()


def commands() -> set[str]:
    group = typer.main.get_command(app)
    return {" ".join(path) for path in walk(group, ())}


def walk(command: Any, path: tuple[str, ...]) -> list[tuple[str, ...]]:
    below = getattr(command, "commands", {})
    return [path, *(found for name, sub in below.items() for found in walk(sub, (*path, name)))]


def test_every_command_that_is_told_exists() -> None:
    told = set(re.findall(r"cati ((?:db|user|questionnaire) [a-z]+|serve|status|doctor)\b", TOLD))
    assert len(told) > 6
    assert told - commands() == set()


@pytest.mark.parametrize("name", ["setup", "migrate", "start", "stop", "url"])
def test_every_word_of_cati_db_is_told(name: str) -> None:
    assert f"`cati db {name}" in TOLD


def test_every_variable_that_is_told_can_be_set() -> None:
    told = set(re.findall(r"\bCATI_[A-Z_]+|\bDATABASE_URL", TOLD)) - {
        "CATI_PG_BIN"
    }  # read by the launcher itself
    known = {"DATABASE_URL"} | {f"CATI_{name.upper()}" for name in Settings.model_fields}
    assert told - known == set()


def test_every_target_that_is_told_is_in_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    everywhere = TOLD + (ROOT / "README.md").read_text() + (ROOT / "CONTRIBUTING.md").read_text()
    assert set(re.findall(r"\bmake ([a-z]+)", everywhere)) - targets == set()


def test_everything_the_doctor_looks_at_is_told() -> None:
    doctor = (ROOT / "cati/cli/doctor.py").read_text()
    titles = set(re.findall(r"title(?:=| = )f?\"([^\"{]+)", doctor)) - {"Base de données", "Python "}
    assert {title for title in titles if title.split(" (")[0].strip() not in TOLD} == set()
