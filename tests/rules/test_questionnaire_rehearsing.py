"""Imagined respondents: they come to the end of every questionnaire, and tell how long it is."""

import json
import random
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cati.cli.questionnaire import app
from cati.questionnaire import loader, rehearsing, routing
from cati.questionnaire.route import instance

ROOT = Path(__file__).parents[2]
TRIENNALE = ROOT / "questionnaires" / "triennale.yaml"
SMALL = sorted((ROOT / "tests" / "questionnaires").glob("*.yaml"))


@pytest.mark.parametrize("file", SMALL, ids=lambda file: file.stem)
def test_an_imagined_respondent_is_never_stranded(file: Path) -> None:
    compiled = routing.compile(loader.load(file.read_text(encoding="utf-8"), file.name))
    found = rehearsing.estimate(compiled, 60, seed=3)
    assert found.complete == 60


def test_what_he_answers_counts_for_the_route() -> None:
    compiled = routing.compile(loader.load(TRIENNALE.read_text(encoding="utf-8")))
    draw = random.Random(5)
    for case in range(1, 30):
        situation = rehearsing._situation(compiled, draw, case)
        found = rehearsing.rehearse(compiled, situation, draw)
        route = compiled.route(situation, found.answers)
        assert {instance(*key) for key in route.items} - set(route.visible) == set()


def test_the_triennale_takes_about_a_quarter_of_an_hour() -> None:
    result = CliRunner().invoke(app, ["estimate", str(TRIENNALE), "--respondents", "100", "--json"])
    found = json.loads(result.output)
    assert found["complete"] == 100
    assert 8 < found["minutes"][1] < 25
    assert found["questions"][0] < found["questions"][1] < found["questions"][2]


def test_the_same_seed_gives_the_same_figures() -> None:
    compiled = routing.compile(loader.load(TRIENNALE.read_text(encoding="utf-8")))
    assert rehearsing.estimate(compiled, 20, seed=7) == rehearsing.estimate(compiled, 20, seed=7)
    assert rehearsing.estimate(compiled, 20, seed=7) != rehearsing.estimate(compiled, 20, seed=8)
