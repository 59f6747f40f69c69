"""Every type of question and the turns of a loop, through the desk's own pages."""

import pytest
from sqlalchemy import text

from cati import clock
from cati.surveys import actions as surveys
from tests.stories import proved
from tests.web.desk.conftest import Desk

SCRIPT = """
questionnaire: essai
version: "1"
eligible: "INT1 == 1"
marks: {interview: "INT1 == 1", leaseholder: "INT1 == 1"}
blocks:
  - id: INT
    each_call: true
    special: []
    questions:
      - {id: INT1, ask: Bonjour., type: single, choices: {1: Oui, 2: {label: Non, ends: refusal}}}
  - id: A
    title: Le foyer
    questions:
      - {id: moved, ask: Entré quand ?, type: date, max: facts.date}
      - {id: visit, ask: À quelle heure ?, type: time}
      - {id: wait, ask: Combien de temps ?, type: duration}
      - {id: ring, ask: À quel numéro ?, type: phone}
      - {id: order, ask: Qu'est-ce qui compte ?, type: ranking, max: 2, choices: {1: Loyer, 2: Calme, 3: Charges}}
      - {id: persons, ask: Combien êtes-vous ?, type: integer, min: 1, max: 5}
      - loop: PERS
        count: persons
        max: 5
        questions:
          - {id: age, ask: "Personne {PERS} : quel âge ?", type: integer, min: 0, max: 115}
          - {id: job, ask: Au travail ?, type: single, choices: {1: Oui, 2: Non}, when: "age >= 16"}
      - {id: bye, ask: Merci., type: note, when: "count(age >= 18) > 0"}
"""


@pytest.fixture
def asked(desk: Desk) -> Desk:
    """At the first question after the introduction of a questionnaire with every type."""
    with desk.db() as db:
        published = surveys.publish_questionnaire(db, proved(SCRIPT), now=clock.now())
        wave_id = db.execute(text("select id from waves")).scalar_one()
        surveys.set_questionnaire(db, wave_id, published.id)
    desk.at_an_interview()
    desk.say(1)
    return desk


def test_each_type_is_typed_as_it_is_said_and_kept_in_its_own_form(asked: Desk) -> None:
    for typed in ("12/3/2024", "18h40", "1h30", "06 39 98 12 34", "3 1", "1"):
        asked.say(typed)
    assert asked.question == "age"
    with asked.db() as db:
        kept = {row.question: row.value for row in db.execute(text("select question, value from answers"))}
    assert kept["moved"] == "2024-03-12"
    assert (kept["visit"], kept["wait"], kept["order"]) == ("18:40", 90, [3, 1])
    assert kept["ring"] == "+33639981234"


def test_what_was_typed_is_shown_again_as_it_is_said(asked: Desk) -> None:
    asked.say("12/3/2024")
    asked.say("18h40")
    asked.look("/poste?question=moved")
    assert 'value="12/03/2024"' in asked.html
    asked.look("/poste?question=visit")
    assert 'value="18 h 40"' in asked.html
    asked.say("18 h 40")  # sent back as it is shown
    assert asked.question == "wait"


def test_a_wrong_date_says_why_and_keeps_what_was_typed(asked: Desk) -> None:
    assert asked.say("31/2/2024").status_code == 422
    assert 'value="31/2/2024"' in asked.html
    assert "Une date est attendue" in asked.words
    assert asked.say("1/1/2030").status_code == 422
    assert "Pas après" in asked.words


def test_each_turn_of_a_loop_is_a_question_of_its_own(asked: Desk) -> None:
    for typed in ("12/3/2024", "18h40", "1h30", "06 39 98 12 34", "3 1", "2"):
        asked.say(typed)
    assert "Personne 1" in asked.words
    asked.say("40")
    assert asked.question == "job"
    asked.say("2")
    assert "Personne 2" in asked.words
    asked.say("8")
    assert asked.question == "bye"
    with asked.db() as db:
        rows = db.execute(text("select iteration, value from answers where question = 'age' order by 1"))
        assert [tuple(row) for row in rows] == [("1", 40), ("2", 8)]


def test_lowering_a_number_that_takes_turns_away_asks_first_and_names_them(asked: Desk) -> None:
    for typed in ("12/3/2024", "18h40", "1h30", "06 39 98 12 34", "3 1", "2", "40", "2", "8"):
        asked.say(typed)
    asked.look("/poste?question=persons")
    asked.say("1")
    assert "1 réponse ne comptera plus" in asked.words
    assert "Personne 2" in asked.words
    asked.say("1", confirm="route")
    asked.look("/poste?question=persons")
    asked.say("2", confirm=[])
    assert asked.question == "bye", "what was said of the second person is there again"
