"""Parts that several questionnaires share: written once, included by name, whole once published."""

import pytest

from cati.questionnaire import including, loader, source
from cati.questionnaire.findings import Level
from cati.questionnaire.model import Questionnaire

INTRODUCTION = """
lists: {sat4: {1: Très, 2: Plutôt, 3: Peu, 4: Pas}, never: {1: Rien}}
fills: {bailleur: call.bailleur, unsaid: call.institute}
danger: [Appelez le 15.]
blocks:
  - id: INT
    each_call: true
    special: []
    questions:
      - {id: INT1, ask: "Bonjour, je vous appelle pour {bailleur}.", type: note}
  - id: END
    questions:
      - {id: FIN, ask: Merci., type: note, closing: true}
"""
SURVEY = """
questionnaire: essai
version: "1"
include: commun/introduction.yaml
blocks:
  - use: INT
  - id: A
    questions:
      - {id: A1, ask: Content ?, type: single, choices: sat4}
  - use: END
"""
PARTS = {"commun/introduction.yaml": INTRODUCTION}


def load(text: str = SURVEY) -> Questionnaire:
    return loader.load(text, "essai", PARTS.__getitem__)


def complaints(text: str, parts: dict[str, str] = PARTS) -> list[str]:
    _, findings = loader.review(text, parts.__getitem__)
    return [str(finding) for finding in findings if finding.level is Level.ERROR]


def test_a_block_of_a_part_stands_where_it_is_used() -> None:
    assert list(load().questions) == ["INT1", "A1", "FIN"]
    assert load().danger == ("Appelez le 15.",)


def test_what_a_part_offers_and_nobody_uses_is_no_slip() -> None:
    _, findings = loader.review(SURVEY, PARTS.__getitem__)
    assert findings == ()


def test_the_questionnaire_has_the_last_word_over_its_parts() -> None:
    own = SURVEY.replace("blocks:", "lists: {sat4: {1: Oui, 2: Non}}\nblocks:", 1)
    assert [choice.label for choice in load(own).lists["sat4"]] == ["Oui", "Non"]


def test_the_whole_text_needs_no_part_and_says_the_same() -> None:
    whole = including.whole_text(SURVEY, PARTS.__getitem__)
    alone = loader.load(whole)
    assert (alone.sha256, list(alone.questions)) == (load().sha256, list(load().questions))
    assert source.canonical_sha256(whole) == load().sha256
    assert including.whole_text(whole, loader.no_parts) == whole


def test_a_part_that_changes_makes_another_version() -> None:
    changed = {"commun/introduction.yaml": INTRODUCTION.replace("Merci.", "Merci beaucoup.")}
    assert loader.load(SURVEY, "essai", changed.__getitem__).sha256 != load().sha256


@pytest.mark.parametrize(
    ("text", "part", "complaint"),
    [
        (
            SURVEY.replace("introduction.yaml", "intro.yaml"),
            INTRODUCTION,
            "partie introuvable : « commun/intro.yaml »",
        ),
        (SURVEY.replace("use: INT", "use: INTT"), INTRODUCTION, "bloc inconnu des parties : « INTT »"),
        (SURVEY.replace("use: INT", "{use: INT, title: Autre}"), INTRODUCTION, "ne prend aucune autre clé"),
        (SURVEY, INTRODUCTION + "version: '2'\n", "ne peut donner « version »"),
        (SURVEY, INTRODUCTION.replace("{id: FIN", "{id: FIN, asc: x"), "commun/introduction.yaml, ligne 13"),
        (SURVEY, "lists: [", "commun/introduction.yaml, ligne"),
    ],
)
def test_a_mistake_says_in_which_file_it_stands(text: str, part: str, complaint: str) -> None:
    found = complaints(text, {"commun/introduction.yaml": part})
    assert any(complaint in each for each in found), found


def test_two_parts_that_name_the_same_list_are_refused() -> None:
    text = SURVEY.replace(
        "include: commun/introduction.yaml", "include: [commun/introduction.yaml, autre.yaml]"
    )
    found = complaints(text, {**PARTS, "autre.yaml": "lists: {sat4: {1: Oui}}\n"})
    assert found == [
        "autre.yaml, ligne 1, lists.sat4 : erreur : « sat4 » est déjà dans « commun/introduction.yaml »"
    ]
