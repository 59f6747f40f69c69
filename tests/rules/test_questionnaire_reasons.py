"""Why a question is asked or not, in French, with the values that decide."""

import pytest

from cati.questionnaire import loader, reasons, routing
from cati.questionnaire.model import Answer, State, answered
from cati.questionnaire.reasons import Reason
from cati.questionnaire.route import AnswerKey, Route, Situation, Spoken

COMPILED = routing.compile(
    loader.load("""
questionnaire: raisons
version: "1"
sample: {qpv: boolean, arrivee: date?}
alerts: [{id: froid, label: le froid, when: A1 == 3}]
blocks:
  - id: A
    questions:
      - {id: A1, ask: Satisfait(e) ?, type: single, choices: {1: Oui, 2: Assez, 3: Non}}
      - {id: A2, ask: Quoi ?, type: multiple, choices: {1: Le hall, 2: Le prix, 3: Rien}}
      - {id: A3, ask: Depuis ?, type: date, compute: {recent: "days(A3, facts.date) < 100"}}
      - {id: ou, ask: a, type: text, when: "A1 == 1 or 2 in A2"}
      - {id: et, ask: b, type: text, when: "A1 != 3 and 2 in A2"}
      - {id: non, ask: c, type: text, when: not (sample.qpv)}
      - {id: neuf, ask: d, type: text, when: recent}
      - {id: froid, ask: e, type: text, when: count(alerts) > 0}
      - {id: nb, ask: Combien ?, type: integer, min: 0, max: 9}
      - loop: P
        count: nb
        max: 9
        questions:
          - {id: age, ask: Âge ?, type: integer, max: 120}
          - id: job
            ask: Travail ?
            type: single
            when: "age >= 16"
            choices: {1: Oui, 2: {label: Stop, ends: break_off}}
      - {id: adultes, ask: f, type: note, when: "count(age >= 18) > 1"}
  - id: B
    when: A1 is answered
    questions:
      - {id: B1, ask: g, type: text, when: 3 in A2}
""")
)


def route_of(answers: dict[AnswerKey, Answer], **sample: object) -> tuple[Route, Spoken]:
    situation = Situation(
        sample={"qpv": True, **sample}, facts={"year": 2026, "date": "2026-03-12"}, version="1"
    )
    return COMPILED.route(situation, answers), Spoken(situation=situation)


def why(question: str, answers: dict[AnswerKey, Answer], iteration: str = "") -> Reason:
    route, spoken = route_of(answers)
    return reasons.why(COMPILED, COMPILED.questionnaire.questions[question], route, spoken, iteration)


def told(reason: Reason) -> list[str]:
    return [each.replace("\u00a0", " ") for each in reason.because]


A1, A2, A3, NB = ("A1", ""), ("A2", ""), ("A3", ""), ("nb", "")
DK = Answer(State.DK)


@pytest.mark.parametrize(
    ("question", "answers", "holds", "because"),
    [
        # one part is enough, and only that one is told
        ("ou", {A1: answered(1)}, True, ["A1 : « Oui » (1)"]),
        ("ou", {A1: answered(2), A2: answered([1, 2])}, True, ["A2 : « Le hall » (1), « Le prix » (2)"]),
        # nothing holds: both parts are
        ("ou", {A1: DK}, False, ["A1 : ne sait pas", "A2 : sans réponse"]),
        # all parts are needed; the first that breaks is told
        ("et", {A1: answered(2), A2: answered([2])}, True, ["A1 : « Assez » (2)", "A2 : « Le prix » (2)"]),
        ("et", {A1: answered(3), A2: answered([2])}, False, ["A1 : « Non » (3)"]),
        ("non", {}, False, ["qpv (fichier) : oui"]),
        ("neuf", {A3: answered("2026-03-01")}, True, ["recent : oui"]),
        ("neuf", {A3: answered("2020-03-01")}, False, ["recent : non"]),
        ("froid", {A1: answered(3)}, True, ["les alertes levées : 1"]),
        # the block's condition stands before the question's own
        ("B1", {A2: answered([3])}, False, ["A1 : sans réponse"]),
        ("B1", {A1: answered(1), A2: answered([3])}, True, ["A1 : « Oui » (1)", "A2 : « Rien » (3)"]),
        # without a turn, the number of turns says why
        ("age", {NB: answered(0)}, False, ["nb : 0"]),
        ("job", {}, False, ["nb : sans réponse"]),
        # from outside, every turn is told
        ("adultes", {NB: answered(2), ("age", "1"): answered(40)}, False, ["age : 40, sans réponse"]),
    ],
)
def test_the_values_that_decide_are_told(
    question: str, answers: dict[AnswerKey, Answer], holds: bool, because: list[str]
) -> None:
    reason = why(question, answers)
    assert (reason.holds, told(reason)) == (holds, because)


def test_in_a_loop_each_turn_has_its_own_reason() -> None:
    answers = {NB: answered(2), ("age", "1"): answered(40), ("age", "2"): answered(8)}
    assert told(why("job", answers, "1")) == ["age : 40"]
    assert why("job", answers, "1").holds
    assert told(why("job", answers, "2")) == ["age : 8"]
    assert not why("job", answers, "2").holds


def test_what_an_end_cuts_off_is_told_by_it() -> None:
    answers = {A1: answered(1), NB: answered(1), ("age", "1"): answered(40), ("job", "1"): answered(2)}
    answers[A2] = answered([3])
    reason = why("B1", answers)
    assert (reason.holds, told(reason)) == (False, ["l’entretien s’arrête à job"])


def test_a_reason_agrees_with_the_route_for_every_question() -> None:
    answers = {A1: answered(1), A2: answered([2]), NB: answered(1), ("age", "1"): answered(40)}
    route, spoken = route_of(answers)
    for question in COMPILED.questionnaire.questions.values():
        turns = [iteration for name, iteration in route.items if name == question.id] or [""]
        for turn in turns:
            asked = (question.id, turn) in route.items
            assert reasons.why(COMPILED, question, route, spoken, turn).holds is asked
