"""What a form gives becomes an answer, or the sentence that says why not."""

import pytest

from cati.questionnaire import checks, loader
from cati.questionnaire.checks import AnswerProblem
from cati.questionnaire.model import Answer, State, Value, answered
from cati.questionnaire.route import Limits

QUESTIONS = loader.load("""
questionnaire: essai
version: "1"
blocks:
  - id: A
    questions:
      - {id: single, ask: a, type: single, choices: {1: un, 2: deux, 94: {label: autre, specify: true}}, na: true}
      - id: several
        ask: a
        type: multiple
        max: 2
        choices: {1: un, 2: deux, 3: trois, 94: {label: autre, specify: true}, 95: {label: rien, exclusive: true}}
      - {id: number, ask: a, type: integer, min: 1, max: 15}
      - {id: below, ask: a, type: integer, min: -5}
      - {id: money, ask: a, type: decimal, min: 0, max: 99.5}
      - {id: note10, ask: a, type: scale}
      - {id: words, ask: a, type: text}
      - {id: free, ask: a, type: text, required: false}
      - {id: hello, ask: a, type: note}
""").questions


def read(
    question: str, *values: str, special: str | None = None, other: str | None = None
) -> Answer | AnswerProblem:
    return checks.read(QUESTIONS[question], values=values, special=special, other=other)


@pytest.mark.parametrize(
    ("question", "values", "expected"),
    [
        ("single", ("2",), 2),
        ("several", ("3", "1"), [3, 1]),  # the order of mention is kept
        ("several", ("3", "3"), [3]),
        ("several", ("95",), [95]),
        ("number", ("15",), 15),
        ("number", (" 1 ",), 1),
        ("below", ("-3",), -3),
        ("money", ("12,50",), "12.50"),  # the decimal comma of the keyboard
        ("money", ("1 000".replace(" ", "\u202f").replace("1\u202f000", "10"),), "10"),
        ("note10", ("10",), 10),
        ("note10", ("0",), 0),
        ("words", ("  deux\r\nlignes ",), "deux\nlignes"),
        ("hello", (), True),
    ],
)  # fmt: skip
def test_a_good_answer_is_typed(question: str, values: tuple[str, ...], expected: Value) -> None:
    assert read(question, *values) == answered(expected)


@pytest.mark.parametrize(
    ("question", "values", "complaint"),
    [
        ("single", ("7",), "n’est pas une des réponses"),
        ("single", ("1", "2"), "Une seule réponse"),
        ("single", (), "Une réponse est nécessaire"),
        ("single", ("01",), "n’est pas une des réponses"),
        ("several", ("1", "2", "3"), "2 réponses au plus"),
        ("several", ("1", "95"), "ne va avec aucune autre"),
        ("number", ("16",), "entre 1 et 15"),
        ("number", ("0",), "entre 1 et 15"),
        ("number", ("douze",), "nombre entier"),
        ("number", ("1.5",), "nombre entier"),
        ("number", ("²",), "nombre entier"),
        ("number", ("9" * 12,), "trop grand"),
        ("below", ("-6",), "au moins -5"),
        ("money", ("NaN",), "Un nombre est attendu"),
        ("money", ("100",), "entre 0 et 99.5"),
        ("note10", ("11",), "de 0 à 10"),
        ("words", ("x" * 6000,), "trop long"),
        ("words", ("  ",), "Une réponse est nécessaire"),
    ],
)
def test_a_bad_answer_says_why(question: str, values: tuple[str, ...], complaint: str) -> None:
    problem = read(question, *values)
    assert isinstance(problem, AnswerProblem)
    assert complaint in problem.message


def test_special_states_are_taken_only_where_offered() -> None:
    assert read("single", special="na") == Answer(State.NA)
    assert isinstance(read("number", special="na"), AnswerProblem)
    assert read("number", special="refused") == Answer(State.REFUSED)
    assert isinstance(read("single", "1", special="dk"), AnswerProblem)  # one or the other
    assert isinstance(read("single", special="answered"), AnswerProblem)


def test_an_empty_enter_on_an_optional_question_is_na() -> None:
    assert read("free") == Answer(State.NA)


def test_a_text_loses_what_the_database_cannot_hold() -> None:
    assert read("words", "a\x00b") == answered("ab")


def test_the_text_of_other_goes_with_its_choice() -> None:
    question = QUESTIONS["single"]
    assert checks.read_other(question, answered(94), " la cave ") == answered("la cave")
    assert checks.read_other(question, answered(94), " ") is None  # asked on its own screen then
    assert isinstance(read("single", "1", other="la cave"), AnswerProblem)
    assert checks.read_other(QUESTIONS["several"], answered([1, 94]), "x") == answered("x")


def test_limits_of_the_situation_win_over_what_is_written() -> None:
    limits = Limits(None, None, (2,))
    assert isinstance(checks.read(QUESTIONS["single"], values=["1"], limits=limits), AnswerProblem)
    assert isinstance(checks.read(QUESTIONS["number"], values=["9"], limits=Limits(1, 5, ())), AnswerProblem)
