"""What docs/questionnaire/authoring.md tells an author to type exists, and all that there is is told."""

import re
from pathlib import Path
from typing import Any

import typer

from cati.cli.questionnaire import app
from tools.keyboard import keyboard

TOLD = (Path(__file__).parents[1] / "docs/questionnaire/authoring.md").read_text(encoding="utf-8")
COMMANDS: dict[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]  # a group has commands


def test_every_command_of_an_author_is_told() -> None:
    assert set(re.findall(r"`cati questionnaire ([a-z]+)", TOLD)) == set(COMMANDS)


def test_every_option_that_is_told_exists() -> None:
    known = {option for command in COMMANDS.values() for each in command.params for option in each.opts}
    told = set(re.findall(r"(--[a-z][a-z-]+)", TOLD))
    assert len(told) > 5
    assert told - known == set()


def test_every_key_of_the_preview_that_is_told_works() -> None:
    preview = keyboard().partition("## Aperçu")[2].partition("\n## ")[0]
    told = set(re.findall(r"`(F\d+|Alt\+\w)`", TOLD)) - {"F6"}  # printed by the desk's own part of the page
    assert told == {"F2", "F4", "F7", "F8", "F9", "Alt+S"}
    assert {key for key in told if f"`{key}`" not in preview} == set()
