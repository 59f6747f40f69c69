"""The help of the six surveys: what every tenant may ask is answered, in the same words."""

from pathlib import Path

import pytest

from cati.questionnaire import loader
from cati.questionnaire.model import HelpKind, Questionnaire

FOLDER = Path(__file__).parents[2] / "questionnaires"
NAMES = sorted(path.stem for path in FOLDER.glob("*.yaml"))


def read(name: str) -> Questionnaire:
    text = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    return loader.load(text, name, lambda part: (FOLDER / part).read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", NAMES)
def test_everybody_learns_where_his_number_is_from_and_what_he_may_do(name: str) -> None:
    told = read(name).help
    assert {"numero", "droits", "opposition", "ecoute", "temps", "arnaque", "qui", "confidentiel"} <= set(
        told
    )
    assert {entry.kind for entry in told.values()} == set(HelpKind)
    rights = " ".join(told["droits"].say)
    assert all(word in rights for word in ("{contact_dpo}", "CNIL", "effacer", "opposer"))


@pytest.mark.parametrize("name", [name for name in NAMES if name != "triennale"])
def test_what_is_shared_is_said_in_the_triennale_in_the_same_words(name: str) -> None:
    shared = {"numero", "droits", "opposition", "ecoute"}
    if name != "veille-seniors":  # no survey: its arguments are its own
        shared |= {"temps", "interet", "inutile", "arnaque", "qui", "confidentiel"}
    here, there = read(name).help, read("triennale").help
    for one in shared:
        assert (here[one].title, here[one].say) == (there[one].title, there[one].say)
        assert here[one].instruction == there[one].instruction
