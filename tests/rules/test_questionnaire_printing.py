"""The paper of a questionnaire: everything that is said, every rule in words."""

import pytest

from cati.questionnaire import loader
from cati.questionnaire.french import typography
from cati.questionnaire.paper import Printed, PrintedHead, PrintedQuestion
from cati.questionnaire.printing import printed
from tests.other_surveys import SURVEYS, script

PAPER = printed(
    loader.load("""
questionnaire: papier
version: "2"
sample: {type: [collectif, individuel, null]}
eligible: I1 == 1
consents: {quality: I1 == 1}
fills: {bailleur: call.bailleur, maison: 'if sample.type == "individuel" then "maison" else ""'}
themes: {bruit: Le bruit}
lists: {pieces: {1: la cuisine, 2: le salon}}
danger: ["Rester en ligne."]
blocks:
  - id: INT
    title: Introduction
    each_call: true
    special: []
    questions:
      - {id: I1, ask: Bonjour ?, type: single, choices: {1: Oui, 2: {label: Non, ends: refusal}}}
  - id: A
    title: Le logement
    when: I1 == 1
    questions:
      - id: A1
        ask: "Et {bailleur} ?"
        type: single
        rotate: true
        themes: [bruit]
        choices: {1: Bien, 2: Mal, 3: {label: Rien, ends: away}}
      - id: A2
        ask: Combien ?
        type: integer
        min: 1
        max: facts.year
        when: A1 in {1..2}
        checks: [{id: a, fault: A2 > 9, say: "Tant ?"}, {id: b, fault: A2 > 90, hard: true, say: Non.}]
        compute: {grand: {value: A2 > 5, label: Grand logement}}
      - id: A3
        ask: Êtes-vous content…
        type: grid
        choices: {1: Oui, 2: Non}
        rows: {1: du hall, 2: {ask: de l'ascenseur, when: sample.type == "collectif"}}
      - loop: PIECE
        over: pieces
        when: A2 > 1
        questions:
          - id: A4
            ask: "Et {PIECE} ?"
            type: multiple
            max: 2
            choices: {1: Chaud, 2: Sec, 95: {label: Rien, exclusive: true}}
            probe: Autre chose ?
""")
)


def question(name: str, paper: Printed = PAPER) -> PrintedQuestion:
    return next(
        part
        for block in paper.blocks
        for part in block.parts
        if isinstance(part, PrintedQuestion) and part.id == name
    )


def test_a_filter_and_its_choices_are_in_words() -> None:
    asked = question("A2")
    assert asked.filter == typography("posée si I1 = « Oui » et A1 parmi « Bien », « Mal »")
    assert asked.kind == "nombre entier, de 1 à l’année de l’enquête"
    assert [choice.does for choice in question("A1").choices] == [
        ("→ A2",),
        ("→ A2",),
        ("fin de l’entretien\u00a0: absent pendant l’enquête",),
    ]
    assert question("I1").choices[1].does == ("fin de l’appel\u00a0: refus",)
    assert question("A1").text == "Et [bailleur]\u202f?"
    assert question("A1").themes == ("Le bruit",)


def test_checks_say_whether_they_block() -> None:
    assert question("A2").checks == (
        typography("À confirmer si A2 > 9 : « Tant ? »"),
        typography("Refusé si A2 > 90 : « Non. »"),
    )
    assert question("A2").rules == (typography("calcule grand = A2 > 5 (exporté : Grand logement)"),)


def test_a_grid_is_told_once_with_what_its_rows_have_of_their_own() -> None:
    grid = question("A3")
    assert [(row.id, bool(row.filter)) for row in grid.rows] == [("A3_1", True), ("A3_2", True)]
    assert "type (fichier) = «\u00a0collectif\u00a0»" in grid.rows[1].filter
    assert grid.filter == "ligne par ligne"


def test_a_loop_is_told_before_its_questions() -> None:
    parts = PAPER.blocks[1].parts
    place = next(rank for rank, part in enumerate(parts) if isinstance(part, PrintedHead))
    head, inside = parts[place], parts[place + 1]
    assert isinstance(head, PrintedHead)
    assert head.text == typography("une fois pour chacun : la cuisine, le salon ; si A2 > 1")
    assert isinstance(inside, PrintedQuestion)
    assert (inside.depth, inside.kind) == (1, "plusieurs réponses, dans l’ordre des mentions, 2 au plus")
    assert [choice.does for choice in inside.choices] == [(), (), ("seule",)]
    assert inside.probe == "Autre chose\u202f?"


def test_blocks_and_appendix_say_what_holds_for_all() -> None:
    assert PAPER.blocks[0].rules == ("posé de nouveau à chaque appel",)
    assert question("A1").rules == ("les modalités tournent d’un dossier à l’autre",)
    tables = {table.title: dict(table.rows) for table in PAPER.tables}
    assert tables["Ce qui se décide"]["écoute interne acceptée"] == "I1 = «\u00a0Oui\u00a0»"
    fills = tables["Ce qui se complète à l’écran"]
    assert fills["[bailleur]"] == "le nom du bailleur"
    assert fills["[maison]"].endswith("alors «\u00a0maison\u00a0», sinon rien")
    assert tables["Colonnes du fichier"]["type"] == "collectif ou individuel, peut manquer"
    assert PAPER.said == (("En cas de danger", ("Rester en ligne.",)),)


@pytest.mark.parametrize("name", ["triennale", *SURVEYS])
def test_every_question_of_the_shipped_questionnaires_is_on_paper(name: str) -> None:
    questionnaire = script(name).questionnaire
    paper = printed(questionnaire)
    on_paper = {row.id for block in paper.blocks for part in block.parts for row in getattr(part, "rows", ())}
    on_paper |= {part.id for block in paper.blocks for part in block.parts}
    assert [each for each in questionnaire.questions if each not in on_paper] == []
    assert "{" not in str(paper)  # every name that the screen completes stands between brackets
