"""Several short questions on one screen, a table answered row by row, help at hand, the language of the interview."""

import re
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text

from cati import clock
from cati.surveys import actions as surveys
from tests.stories import proved
from tests.web.desk.conftest import Desk

SCRIPT = (Path(__file__).parents[2] / "questionnaires" / "screens.yaml").read_text(encoding="utf-8")
OTHER = "/poste/langue"


@pytest.fixture
def asked(desk: Desk) -> Desk:
    """At the first question after the introduction, in French."""
    return at(desk, SCRIPT)


def at(desk: Desk, script: str) -> Desk:
    with desk.db() as db:
        published = surveys.publish_questionnaire(db, proved(script), now=clock.now()).id
        surveys.set_questionnaire(db, db.execute(text("select id from waves")).scalar_one(), published)
    desk.at_an_interview()
    desk.say(1)
    return desk


def switch(desk: Desk, language: str, *typed: object, **fields: object) -> int:
    """Press the key of the other language, with this typed in the question's form."""
    form = next(form for form in desk.page.forms if form.question)
    said = {"value": [str(one) for one in typed]} if typed else {}
    sent = form.fields | said | {name: [str(value)] for name, value in fields.items()}
    answer = desk.client.post(OTHER, data=sent | {"language": [language]})
    desk.html = answer.text
    return answer.status_code


def events(desk: Desk, kind: str) -> list[tuple[str | None, str | None, str | None]]:
    told = "select question, screen, text_sha256 from answer_events where kind = :kind order by seq"
    with desk.db() as db:
        return [tuple(row) for row in db.execute(text(told), {"kind": kind})]


def lines(desk: Desk) -> list[str]:
    """The questions above and below the one asked, with their answers."""
    found = re.findall(r"<li[^>]*>(.*?)</li>", desk.html.partition('class="actions"')[0])
    return [" ".join(re.sub(r"<[^>]+>", " ", line).split()) for line in found]


def test_a_screen_shows_its_questions_with_their_answers_and_those_to_come(asked: Desk) -> None:
    asked.say(45)
    assert asked.question == "L2"
    assert lines(asked) == [
        "Quel est votre âge ? 45",
        "Êtes-vous au travail ?",  # L3 comes with a household of several, L5 with work
    ]
    asked.say(3)
    assert asked.question == "L3"
    assert asked.html.count('data-screen="FOYER"') == 1


def test_each_answer_of_a_screen_is_kept_by_itself(asked: Desk) -> None:
    asked.say(45)
    asked.say(special="dk")
    asked.say(1)
    assert asked.question == "L5"
    assert lines(asked)[1:] == [
        "Combien de personnes vivent dans le logement ? Ne sait pas",
        "Êtes-vous au travail ? Oui",
    ]
    kept = "select count(distinct request) from answer_events where kind = 'answered' and question like 'L_'"
    assert asked.count(kept) == 3


def test_one_goes_back_in_a_screen_and_on_to_where_one_was(asked: Desk) -> None:
    asked.say(45)
    asked.say(3)
    asked.look("/poste?question=L1")
    assert (asked.question, lines(asked)[0]) == (
        "L1",
        "Combien de personnes vivent dans le logement ? 3",
    )
    asked.say(46)
    assert (asked.question, lines(asked)[0]) == ("L3", "Quel est votre âge ? 46")


IN_TURNS = """
questionnaire: tours
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
    questions:
      - loop: PIECE
        over: {1: la cuisine, 2: la chambre}
        questions:
          - screen: ETAT
            questions:
              - {id: A1, ask: "{PIECE} : combien de fenêtres ?", type: integer}
              - {id: A2, ask: "{PIECE} : combien de prises ?", type: integer}
"""


def test_a_screen_in_a_loop_is_of_one_turn(desk: Desk) -> None:
    at(desk, IN_TURNS)
    assert lines(desk) == ["la cuisine : combien de prises ?"]
    desk.say(1)
    desk.say(4)
    assert lines(desk) == ["la chambre : combien de prises ?"]


def at_the_table(desk: Desk) -> Desk:
    for value in (45, 1, 2):
        desk.say(value)
    return desk


def test_a_row_is_one_answer_and_may_be_corrected(asked: Desk) -> None:
    at_the_table(asked).say(2)
    assert asked.question == "C1_2"
    assert "data-at-once" in asked.html
    assert asked.html.count('aria-current="true"') == 1
    assert len(re.findall(r'<tr data-state="ahead">', asked.html)) == 8
    assert 'href="/poste?question=C1_1&amp;iteration="' in asked.html
    asked.say(3)
    asked.look("/poste?question=C1_1&iteration=")
    assert "value=2" in asked.page.checked
    asked.say(1)
    assert asked.question == "C1_3"
    assert asked.count("select value::int from answers where question = 'C1_1'") == 1


def test_another_language_is_one_key_away_and_the_question_stays(asked: Desk) -> None:
    asked.say(45)
    assert switch(asked, "en", 12) == 200
    assert (asked.question, asked.state) == ("L2", "interview")
    assert 'lang="en"' in asked.html
    assert "How old are you? 45" in lines(asked)
    assert 'name="value" inputmode="numeric" value="12"' in asked.html  # typed, not sent
    assert asked.count("select count(*) from answers where question = 'L2'") == 0
    assert asked.count("select count(*) from interviews where language = 'en'") == 1
    assert [event[1] for event in events(asked, "language")] == ["en"]


def test_the_language_is_kept_until_it_is_changed_again_in_another_call_too(asked: Desk) -> None:
    switch(asked, "en")
    asked.sign_in_again()
    assert "A few short questions about your household." in asked.words
    switch(asked, "fr")
    assert "Quelques questions courtes sur votre foyer." in asked.words
    assert asked.count("select count(*) from interviews where language is null") == 1


def test_an_answer_whose_page_changed_language_and_got_lost_is_still_kept(asked: Desk) -> None:
    page = asked.html
    switch(asked, "en")
    asked.html = page  # the page in English never came: the key again, then an answer in French
    assert switch(asked, "en") == 200
    assert len(events(asked, "language")) == 1
    asked.html = page
    asked.say(45)
    assert asked.count("select value::int from answers where question = 'L1'") == 45


def test_each_answer_says_what_was_read(asked: Desk) -> None:
    french = events(asked, "shown")[-1]
    page = asked.html
    switch(asked, "en")
    english = events(asked, "shown")[-1]
    assert french[0] == english[0] == "L1"
    asked.say(45)
    asked.look("/poste?question=L1")
    english_page = asked.html
    asked.html = page  # a French screen, answered although English is the language now
    assert 'name="read_in" value="fr"' in page
    asked.say(46, key=uuid4(), seen=re.findall(r'name="seen" value="(\d+)"', english_page)[0])
    read = [event[2] for event in events(asked, "answered") if event[0] == "L1"]
    assert read == [english[2], french[2]]
    assert english[2] != french[2]


def test_a_language_that_the_questionnaire_has_not_is_refused(asked: Desk) -> None:
    assert switch(asked, "de") == 422
    assert asked.count("select count(*) from interviews where language is null") == 1


def test_without_another_language_there_is_no_key(desk: Desk) -> None:
    desk.at_an_interview(agreed=True)
    assert 'data-key="F6"' not in desk.html
    assert 'name="read_in"' not in desk.html
    assert 'lang="fr"' not in desk.html.partition("<body")[2]


def test_three_languages_are_a_small_choice(desk: Desk) -> None:
    german = SCRIPT.partition("  en:\n")[2]
    at(desk, f"{SCRIPT}  de:\n{german}")
    assert re.findall(r'name="language" value="(\w+)" data-key="(\w+)"', desk.html) == [
        ("en", "1"),
        ("de", "2"),
    ]
    assert 'commandfor="language" data-key="F6"' in desk.html


def test_help_says_objections_first_each_with_its_digit(asked: Desk) -> None:
    assert re.findall(r'data-help="(\w+)">\s*<summary data-key="(\d)">', asked.html) == [
        ("temps", "1"),
        ("numero", "2"),
    ]
    assert "Habitat des Flandres 1 nous l’a confié pour cette seule enquête." in asked.words
    switch(asked, "en")
    assert "Habitat des Flandres 1 did, for this survey alone." in asked.words
    asked.with_htmx().say(45)
    assert "data-help" not in asked.html  # the answer's page does not carry it
