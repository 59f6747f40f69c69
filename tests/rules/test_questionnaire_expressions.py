"""The expression language: two values, states, and mistakes that say where they are."""

import pytest

from cati.questionnaire import loader, routing
from cati.questionnaire.expressions import ExpressionError, parse
from cati.questionnaire.model import Answer, State, answered

DK = Answer(State.DK)

QUESTIONS = """
questionnaire: petit
version: "1"
sample: {qpv: boolean?, neuf: boolean?, annee: integer?, type: [collectif, individuel, null], surface: decimal?}
blocks:
  - id: A
    questions:
      - {id: Q, ask: q, type: single, choices: {1: un, 2: deux, 3: trois}}
      - {id: N, ask: n, type: integer}
      - {id: M, ask: m, type: multiple, choices: {1: un, 2: deux, 95: {label: rien, exclusive: true}}}
      - {id: D, ask: d, type: decimal, na: true}
      - {id: T, ask: t, type: text, compute: {C: "%s"}}
"""
SAMPLE = {"qpv": True, "annee": 2020, "type": "collectif", "surface": 45.5}


def computed(expression: str, answers: dict[str, Answer], sample: dict[str, object] | None = None) -> object:
    compiled = routing.compile(loader.load(QUESTIONS % expression.replace('"', '\\"')))
    situation = routing.Situation(
        sample=SAMPLE if sample is None else sample, facts={"year": 2026, "date": "2026-03-01"}
    )
    given = {(question, ""): answer for question, answer in answers.items()}
    return compiled.route(situation, given).computed["C"]


@pytest.mark.parametrize(
    ("expression", "answers", "expected"),
    [
        # a comparison holds only between values
        ("Q == 3", {"Q": answered(3)}, True),
        ("Q != 3", {"Q": answered(1)}, True),
        ("Q != 3", {"Q": DK}, False),  # not « answered something else »
        ("Q != 3", {}, False),
        ("Q in {2..3}", {"Q": answered(2)}, True),
        ("Q not in {2, 3}", {"Q": answered(1)}, True),
        ("Q not in {2, 3}", {"Q": DK}, False),
        ("not (Q == 3)", {"Q": DK}, True),  # the trap that the lint names
        # states
        ("Q is dk", {"Q": DK}, True),
        ("Q is not dk", {}, True),
        ("Q is unanswered", {}, True),
        ("Q is answered", {"Q": answered(1)}, True),
        ("sample.annee is answered", {}, True),
        ("sample.qpv and Q == 1", {"Q": answered(1)}, True),
        # several codes
        ("2 in M", {"M": answered([1, 2])}, True),
        ("2 in M", {"M": DK}, False),
        ("2 not in M", {"M": answered([1])}, True),
        ("2 not in M", {"M": DK}, False),
        ("has(M, {2, 95})", {"M": answered([2])}, True),
        ("count(M) == 2", {"M": answered([2, 1])}, True),
        ("count(Q == 1, N > 2, 1 in M) == 2", {"Q": answered(1), "N": answered(3)}, True),
        # arithmetic: missing makes missing, unless said otherwise
        ("facts.year - N", {"N": answered(2024)}, 2),
        ("facts.year - N", {"N": DK}, None),
        ("or_else(N, 0) + 1", {"N": DK}, 1),
        ("or_else(N, Q)", {"N": answered(4)}, 4),  # what is there needs no fallback
        ("or_else(N, Q)", {"Q": answered(2)}, 2),
        ("or_else(N, Q)", {}, None),
        ("or_else(sample.neuf, Q == 1)", {"Q": answered(1)}, True),  # a missing yes or no is replaced too
        ("or_else(sample.qpv, Q == 1)", {"Q": answered(2)}, True),
        ("sum(N, Q)", {"Q": answered(2)}, 2),
        ("max(N, Q)", {}, None),
        ("min(N, Q)", {"N": answered(5), "Q": answered(2)}, 2),
        ("N / Q == 2", {"N": answered(4), "Q": answered(2)}, True),
        ("10 / N == 0", {"N": answered(0)}, False),  # a division by zero is missing, never an error
        ("abs(N - sample.annee) > 1", {"N": answered(2018)}, True),
        ("-N + 1", {"N": answered(3)}, -2),
        ("2 + 3 * 2", {}, 8),
        ("D * 2 == 3.0", {"D": answered("1.50")}, True),
        ("sample.surface > 45", {}, True),
        ("if Q == 1 then N else 9", {"Q": answered(2)}, 9),
        ("if Q == 1 then N else 9", {"Q": answered(1)}, None),
        # texts and dates
        ("sample.type == 'collectif'", {}, True),
        ("facts.date >= date('2026-01-01')", {}, True),
        ("year(facts.date) == 2026", {}, True),
        ("Q == 1 or Q == 2 and N == 0", {"Q": answered(1)}, True),  # and binds tighter than or
    ],
)
def test_an_expression_has_one_meaning(expression: str, answers: dict[str, Answer], expected: object) -> None:
    assert computed(expression, answers) == expected


def test_a_missing_boolean_of_the_sample_is_false() -> None:
    assert computed("sample.qpv or Q == 1", {}, sample={}) is False


@pytest.mark.parametrize(
    ("expression", "complaint"),
    [
        ("Q = 1", "l’égalité s’écrit « == »"),
        ("Q == 1 and and N == 2", "« and » inattendu en colonne 12"),
        ("Q == ", "s’arrête trop tôt"),
        ("Q is nsp", "état inconnu"),
        ("Q in {4..1}", "intervalle à l’envers"),
        ("sinus(Q)", "fonction inconnue"),
        ("abs(Q, N)", "attend 1 argument"),
    ],
)
def test_a_badly_written_expression_says_where(expression: str, complaint: str) -> None:
    with pytest.raises(ExpressionError, match=complaint.replace("(", r"\(")):
        parse(expression)


@pytest.mark.parametrize(
    ("expression", "complaint"),
    [
        ("Q == 'un'", "on ne compare pas un nombre et un texte"),
        ("M == 1", "un choix multiple ne se compare pas"),
        ("sample.qpv == 1", "un oui/non ne se compare pas"),
        ("Q + 'a'", "on ne calcule pas avec un texte"),
        ("Q and N == 1", "une condition est attendue"),
        ("1 in Q", "« in » attend un ensemble"),
        ("Q in {'un'}", "l’ensemble devrait contenir un nombre"),
        ("if Q == 1 then 1 else 'a'", "du même type"),
        ("date('hier') == facts.date", "attend une date entre guillemets"),
        ("time('25:00') == facts.date", "attend une heure entre guillemets"),
        ("facts.date > '2026-01-01'", "on ne compare pas une date et un texte"),
        ("days(facts.date, 3) > 1", "attend une date, pas un nombre"),
        ("rank(Q, 1) == 1", "classement"),
        ("sample.qpv is dk", "n’a pas d’état"),
    ],
)
def test_types_are_checked_before_anybody_calls(expression: str, complaint: str) -> None:
    _, findings = loader.review(QUESTIONS % expression)
    assert any(complaint in finding.message for finding in findings), findings
