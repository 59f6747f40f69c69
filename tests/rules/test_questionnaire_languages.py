"""One questionnaire, several languages: the same route and codes, other words."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from cati.questionnaire import loader, routing, wording
from cati.questionnaire.findings import Level
from cati.questionnaire.model import State, answered
from cati.questionnaire.route import Situation, Spoken
from cati.questionnaire.routing import Compiled

TEXT = (Path(__file__).parents[1] / "questionnaires" / "languages.yaml").read_text(encoding="utf-8")
FRENCH = Spoken(situation=Situation(), call={"bailleur": "Opale Habitat"})
ENGLISH = replace(FRENCH, language="en")


@cache
def script() -> Compiled:
    return routing.compile(loader.load(TEXT))


def shown(question: str, spoken: Spoken, **answers: object) -> wording.Wording:
    given = {(name, ""): answered(value) for name, value in answers.items()}  # type: ignore[arg-type]  # few types here
    route = script().route(Situation(), given)
    return wording.question_texts(script(), script().questionnaire.questions[question], route, spoken)


def test_a_question_is_said_in_the_language_of_the_call() -> None:
    assert shown("A1", FRENCH).text.replace("\u202f", " ") == "Êtes-vous satisfait(e) d’Opale Habitat ?"
    said = shown("A1", ENGLISH)
    assert (said.text, said.probe) == ("Are you satisfied with Opale Habitat?", "Really?")
    assert [choice.label for choice in said.choices] == ["Satisfied", "Not satisfied"]


def test_codes_keys_and_special_states_are_the_same_in_every_language() -> None:
    french, english = shown("A2", FRENCH), shown("A2", ENGLISH)
    assert [(one.state, one.key) for one in french.specials] == [
        (one.state, one.key) for one in english.specials
    ]
    assert {one.state: one.label for one in english.specials} == {
        State.DK: "No idea",  # said for this question
        State.REFUSED: "Refusal",  # said for all
    }


def test_a_grid_is_translated_row_by_row() -> None:
    said = shown("A3_1", ENGLISH, A1=1, A2=3)
    assert (said.stem, said.text) == ("How clean is…", "the hall?")
    assert [row.text for row in said.rows] == ["the hall?", "the staircase?"]


def test_alerts_are_offered_in_the_language_of_the_call() -> None:
    said = shown("M1", ENGLISH, A1=2, A2=3, A3_1=1, A3_2=1, A4="x")
    assert [choice.label for choice in said.choices] == ["the cold", "Nothing"]


def test_a_check_speaks_the_language_of_the_call_with_its_labels() -> None:
    route = script().route(Situation(), {("A1", ""): answered(2), ("A2", ""): answered(12)})
    (fault,) = route.faults
    assert wording.said_fault(script(), fault, route, ENGLISH) == "Not satisfied, with that many rooms?"
    told = wording.said_fault(script(), fault, route, FRENCH)
    assert told.replace("\u202f", " ") == "pas satisfait(e), avec tant de pièces ?"


def test_what_is_not_translated_is_said_in_the_questionnaire_s_own_words_and_the_lint_tells() -> None:
    untold = TEXT.replace("    A4: {ask: Anything else?}\n", "")
    questionnaire, findings = loader.review(untold)
    assert questionnaire is not None
    assert questionnaire.said_in("en").questions["A4"].ask == "Un oubli ?"
    assert [(one.key, one.level) for one in findings] == [("translations.en.A4", Level.WARNING)]


def test_a_translation_changes_no_route() -> None:
    english = script().questionnaire.said_in("en")
    assert english.language == "en"
    assert list(english.questions) == list(script().questionnaire.questions)
    assert script().questionnaire.languages == ("fr", "en")
    assert script().questionnaire.said_in("de") is script().questionnaire


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('    A1: {ask: "Are', '    B1: {ask: "Are', "rien de ce nom à traduire"),
        ("{95: Nothing}", "{96: Nothing}", "modalité inconnue"),
        ("with {bailleur}?", "with {landlord}?", "insertion inconnue"),
        ("probe: Really?", "proof: Really?", "clé inconnue"),
    ],
)
def test_a_translation_of_something_unknown_is_refused(old: str, new: str, complaint: str) -> None:
    assert old in TEXT
    _, findings = loader.review(TEXT.replace(old, new))
    assert any(complaint in one.message and one.level is Level.ERROR for one in findings), findings
