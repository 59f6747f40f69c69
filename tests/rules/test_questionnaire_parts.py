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
        (SURVEY, INTRODUCTION + "partial_after: END\n", "à lui de dire lequel suffit"),
        (
            SURVEY,
            INTRODUCTION.replace("id: FIN", "id: A1"),
            "introduction.yaml, ligne 13, A1 : erreur : « A1 » existe déjà, ligne 9",
        ),
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


ALERTS = """
alerts:
  - {id: froid, when: A1 == 4, label: le froid}
  - {id: note, when: SIGNAL is answered, label: le point noté}
blocks:
  - id: M
    questions:
      - {id: SIGNAL, ask: Que noter ?, type: text, hidden: true}
      - {id: M1, ask: Transmettre ?, type: multiple, choices: alerts, none: Rien}
"""


def test_the_alerts_of_a_part_come_after_the_questionnaires_own_which_keep_their_codes() -> None:
    text = SURVEY.replace("include: commun/introduction.yaml", "include: [commun/introduction.yaml, m.yaml]")
    text = text.replace(
        "blocks:",
        "alerts:\n  - {id: bruit, when: A1 == 3, label: le bruit}\n"
        "  - {id: froid, when: 'A1 in {3..4}', label: un peu froid}\nblocks:",
        1,
    )
    found = loader.load(text + "  - use: M\n", "essai", {**PARTS, "m.yaml": ALERTS}.__getitem__)
    assert [(alert.id, alert.code, alert.label) for alert in found.alerts] == [
        ("bruit", 1, "le bruit"),
        ("froid", 2, "un peu froid"),
        ("note", 3, "le point noté"),
    ]


@pytest.mark.parametrize("what", ["l’alerte « froid »", "le bloc « M »"])
def test_two_parts_that_offer_the_same_are_refused(what: str) -> None:
    other = ALERTS if "alerte" in what else ALERTS.partition("blocks:")[2].join(["blocks:", ""])
    text = SURVEY.replace("include: commun/introduction.yaml", "include: [m.yaml, n.yaml]")
    (found,) = complaints(text, {"m.yaml": ALERTS, "n.yaml": other})
    assert found.startswith("n.yaml, ligne ")
    assert f"{what} est déjà dans « m.yaml »" in found
