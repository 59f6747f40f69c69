"""What a fill says: values in words, and fills within fills."""

from decimal import Decimal

import pytest

from cati.questionnaire import ast, loader, speaking, wording
from cati.questionnaire.expressions import parse
from cati.questionnaire.model import answered
from cati.questionnaire.route import Situation, Spoken
from cati.questionnaire.routing import compile as compiled


@pytest.mark.parametrize(
    ("value", "unit", "french", "english", "other"),
    [
        ("2026-11-24", "date", "24 novembre 2026", "24 November 2026", "24/11/2026"),
        ("2026-03-01", "date", "1er mars 2026", "1 March 2026", "01/03/2026"),
        ("bientôt", "date", "bientôt", "bientôt", "bientôt"),  # a file that nobody checked
        ("18:40", "time", "18 h 40", "18:40", "18:40"),
        ("09:00", "time", "9 h", "09:00", "09:00"),
        (90, "duration", "1 h 30", "1 h 30", "1 h 30"),
        (45, "duration", "45 min", "45 min", "45 min"),
        (2019, "number", "2019", "2019", "2019"),  # a year is no amount
        (12500, "number", "12\u202f500", "12500", "12500"),
        (Decimal("512.5"), "number", "512,5", "512.5", "512.5"),
        (Decimal("1250.50"), "number", "1\u202f250,50", "1250.50", "1250.50"),
        (Decimal("-1250.50"), "number", "-1\u202f250,50", "-1250.50", "-1250.50"),
        (Decimal(10) / 3, "number", "3,33", str(Decimal(10) / 3), str(Decimal(10) / 3)),
        ("Opale", "text", "Opale", "Opale", "Opale"),
        (None, "date", "", "", ""),
    ],
)
def test_a_value_is_said_in_the_words_of_the_language(
    value: object, unit: speaking.Unit, french: str, english: str, other: str
) -> None:
    assert [speaking.said(value, unit, language) for language in ("fr", "en", "ar")] == [
        french,
        english,
        other,
    ]


TEXT = """
questionnaire: essai
version: "1"
alerts: [{id: froid, when: C1 == 2, label: "le froid, depuis {attente}"}]
fills:
  attente: A1
  total: A1 + A2
  moitie: A1 / 2
  jour: B1
  rappel: if B1 is answered then "le {jour}" else "bientôt"
blocks:
  - id: A
    questions:
      - {id: A1, ask: Combien ?, type: duration}
      - {id: A2, ask: Et là ?, type: duration}
      - {id: A3, ask: Où ?, type: multiple, choices: {1: Ici, 2: Ailleurs}}
      - {id: B1, ask: Quel jour ?, type: date}
      - {id: B2, ask: "{attente}, {total}, {moitie}, {rappel} ?", type: single, choices: {1: Oui}}
      - {id: C1, ask: Chaud ?, type: single, choices: {1: Oui, 2: Non}}
      - {id: M1, ask: Transmettre ?, type: multiple, choices: alerts, none: Non}
      - {id: M2, ask: "Pour {alerte} : quoi ?", type: text, per_alert: M1}
"""


def test_durations_stay_durations_in_a_sum_and_a_fill_may_say_another() -> None:
    script = compiled(loader.load(TEXT))
    given = {"A1": answered(90), "A2": answered(30), "B1": answered("2026-12-01")}
    spoken = Spoken(situation=Situation())
    route = script.route(spoken.situation, {(name, ""): answer for name, answer in given.items()})
    said = wording.question_texts(script, script.questionnaire.questions["B2"], route, spoken).text
    assert said == "1 h 30, 2 h, 45, le 1er décembre 2026\u202f?"
    alert = wording.question_texts(script, script.questionnaire.questions["M2_froid"], route, spoken).text
    assert alert == "Pour le froid, depuis 1 h 30\u00a0: quoi\u202f?"


@pytest.mark.parametrize(
    ("source", "lasts"),
    [
        ("A1", True),
        ("max(A1, A2)", True),
        ("or_else(A1, 0)", True),
        ("if A1 > 60 then A1 else A2", True),
        ("A1 * 2", False),
        ("A1 / 60", False),
        ("A1 + sample.n", False),
        ("5 + 5", False),
    ],
)
def test_what_durations_make_is_a_duration_while_it_is_counted_in_minutes(source: str, lasts: bool) -> None:
    tree: ast.Node = parse(source)
    assert speaking.unit_of(tree, "number", loader.load(TEXT)) == ("duration" if lasts else "number")


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('"bientôt"', '"bientôt {inconnue}"', "insertion inconnue : « {inconnue} »"),
        ("jour: B1", "jour: A3", "plusieurs choix ne se disent pas"),
        ("jour: B1", "jour: C1 == 1", "« C1 » n’est connue que plus loin"),
        ("attente: A1", "attente: A1 > 3", "un oui/non ne se dit pas"),
        ("jour: B1", 'jour: \'if A1 > 3 then "{attente}" else ""\'', "pas plus de deux insertions"),
        ("jour: B1", "jour: contact.nom", "dit qui est la personne"),
        ("depuis {attente}", "depuis {atente}", "insertion inconnue : « {atente} »"),
        ("blocks:", "danger: ['{nom}']\nblocks:", "insertion inconnue : « {nom} »"),
        ("blocks:", "quota_full: '{jour} {qui}'\nblocks:", "insertion inconnue : « {qui} »"),
    ],
)
def test_a_fill_that_cannot_be_said_is_found_wherever_it_is_named(old: str, new: str, complaint: str) -> None:
    assert old in TEXT
    questionnaire, findings = loader.review(TEXT.replace(old, new, 1))
    assert questionnaire is None
    assert any(complaint in str(finding) for finding in findings), [str(finding) for finding in findings]


def test_a_fill_that_only_another_one_says_is_said() -> None:
    assert loader.review(TEXT)[1] == ()
