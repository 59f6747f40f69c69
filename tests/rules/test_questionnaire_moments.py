"""Dates, times, durations, numbers to call and rankings: as they are said, as they are kept, as filters read them."""

from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cati.questionnaire import checks, loader, moments, routing, sentences, wording
from cati.questionnaire.checks import AnswerProblem
from cati.questionnaire.model import Answer, State, Value, answered
from cati.questionnaire.route import Route, Situation, Spoken
from cati.questionnaire.routing import Compiled

SITUATION = Situation(facts={"year": 2026, "date": "2026-11-24"}, sample={"entree": "2024-03-12"})


@cache
def script() -> Compiled:
    text = (Path(__file__).parents[1] / "questionnaires" / "moments.yaml").read_text(encoding="utf-8")
    return routing.compile(loader.load(text, "moments"))


def route(**answers: Answer | Value) -> Route:
    given_answers = {
        (name, ""): one if isinstance(one, Answer) else answered(one) for name, one in answers.items()
    }
    return script().route(SITUATION, given_answers)


def asked(found: Route) -> list[str]:
    return [question for question, _ in found.items]


def read(question: str, *values: str) -> Answer | AnswerProblem:
    wanted = script().questionnaire.questions[question]
    return checks.read(wanted, values=values, limits=script().limits(wanted, SITUATION, route()))


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("12/3/2024", "2024-03-12"),
        ("12032024", "2024-03-12"),
        ("12-03-2024", "2024-03-12"),
        ("1er mars 2024", "2024-03-01"),
        ("3 Août 2024", "2024-08-03"),
        ("3 aout 2024", "2024-08-03"),
        ("2024-03-12", "2024-03-12"),  # what the page itself sends back
        ("29/02/2024", "2024-02-29"),
        ("29/02/2023", None),  # no such day
        ("12/13/2024", None),
        ("12/3/24", None),  # of which century?
        ("12 marz 2024", None),
        ("hier", None),
    ],
)
def test_a_date_is_typed_as_it_is_said(said: str, kept: str | None) -> None:
    assert moments.read_date(said) == kept


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("18h40", "18:40"),
        ("18 h 40", "18:40"),
        ("18\u202fh\u202f40", "18:40"),
        ("1840", "18:40"),
        ("940", "09:40"),
        ("9h", "09:00"),
        ("9", "09:00"),
        ("18:40", "18:40"),
        ("24h", None),
        ("18h60", None),
        ("soir", None),
    ],
)
def test_a_time_is_typed_as_it_is_said(said: str, kept: str | None) -> None:
    assert moments.read_time(said) == kept


@pytest.mark.parametrize(
    ("said", "minutes"),
    [
        ("1h30", 90),
        ("1 h 05", 65),
        ("2h", 120),
        ("90", 90),
        ("90 min", 90),
        ("45 minutes", 45),
        ("1h90", None),  # an hour and a half, or two and a half?
        ("", None),
        ("longtemps", None),
    ],
)
def test_a_duration_is_kept_in_minutes(said: str, minutes: int | None) -> None:
    assert moments.read_duration(said) == minutes


@given(st.dates())
def test_every_day_is_said_and_read_back(day: object) -> None:
    stored = str(day)
    if not stored.startswith("0"):  # nobody moved in before the year 1000
        assert moments.read_date(moments.said_date(stored)) == stored


@given(st.integers(min_value=0, max_value=9 * 60 + 59))
def test_every_duration_is_said_and_read_back(minutes: int) -> None:
    assert moments.read_duration(moments.said_duration(minutes)) == minutes


@pytest.mark.parametrize(
    ("question", "values", "expected"),
    [
        ("moved", ("12/3/2024",), "2024-03-12"),
        ("moved", ("24/11/2026",), "2026-11-24"),  # the day of the interview itself
        ("visit", ("9h15",), "09:15"),
        ("wait", ("1h30",), 90),
        ("ring_me", ("06 39 98 12 34",), "+33639981234"),
        ("order", ("3", "1"), [3, 1]),
        ("order", ("3 1",), [3, 1]),  # one field, the codes as they are said
        ("order", ("3, 1",), [3, 1]),
    ],
)
def test_a_good_answer_is_kept_in_its_own_form(
    question: str, values: tuple[str, ...], expected: Value
) -> None:
    assert read(question, *values) == answered(expected)


@pytest.mark.parametrize(
    ("question", "values", "why"),
    [
        ("moved", ("25/11/2026",), "Pas après le 24 novembre 2026"),
        ("moved", ("31/12/1929",), "Pas avant le 1er janvier 1930"),
        ("moved", ("mars",), "Une date est attendue"),
        ("visit", ("7h",), "Pas avant 8 h"),
        ("visit", ("20h",), "Pas après 19 h 30"),
        ("visit", ("midi",), "Une heure est attendue"),
        ("wait", ("11h",), "10 h au plus"),
        ("wait", ("longtemps",), "Une durée est attendue"),
        ("ring_me", ("06 12",), "Un numéro de téléphone est attendu"),
        ("order", ("3",), "Classez 2 réponses, la première d’abord : il y en a 1"),
        ("order", ("3", "1", "2"), "2 réponses au plus"),
    ],
)
def test_a_bad_answer_says_why(question: str, values: tuple[str, ...], why: str) -> None:
    found = read(question, *values)
    assert isinstance(found, AnswerProblem)
    assert found.message.replace("\u00a0", " ").startswith(why)


def test_a_filter_counts_the_days_since_a_date() -> None:
    assert "recent" in asked(route(moved="2026-03-01"))
    assert "recent" not in asked(route(moved="2020-03-01"))
    assert "recent" not in asked(route(moved=Answer(State.DK)))  # what is not known is not recent


def test_a_date_of_the_file_is_compared_with_the_one_that_is_said() -> None:
    assert "same" in asked(route(moved="2024-03-12"))
    assert "same" not in asked(route(moved="2024-03-13"))


def test_a_stored_date_that_is_none_is_asked_again() -> None:
    assert route(moved="2024-02-30").position == ("moved", "")
    assert route(moved=20240312).position == ("moved", "")


def test_a_check_reads_the_time_of_day() -> None:
    assert [fault.check for fault in route(moved="2020-01-01", visit="12:30").faults] == ["visit_lunch"]
    assert route(moved="2020-01-01", visit="14:00").faults == ()


def test_a_filter_reads_the_rank_of_a_choice() -> None:
    assert "rent" in asked(route(order=[1, 3]))
    assert "rent" not in asked(route(order=[3, 1]))
    assert "rent" not in asked(route(order=[3, 2]))  # not ranked at all


def test_values_are_computed_from_dates_and_durations() -> None:
    assert route(moved="2024-03-12", wait=75, bye=True).computed == {"month_moved": 3, "late": True}


def test_the_bounds_are_shown_as_they_are_said() -> None:
    shown = {
        name: wording.question_texts(
            script(), script().questionnaire.questions[name], route(), Spoken(situation=SITUATION)
        )
        for name in ("moved", "visit", "wait")
    }
    assert (shown["moved"].low, shown["moved"].high) == ("1er janvier 1930", "24 novembre 2026")
    assert (shown["visit"].low, shown["visit"].high) == ("8 h", "19 h 30")
    assert shown["wait"].high == "10 h"


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("recent", "posée si le nombre de jours de (moved) à (la date de l’enquête) < 365"),
        ("rent", "posée si le rang de « Le loyer » dans order = 1"),
    ],
)
def test_a_filter_is_said_in_french(question: str, sentence: str) -> None:
    q = script().questionnaire
    told = sentences.asked_if(q, q.questions[question])
    assert told.replace("\u00a0", " ").replace("\u202f", " ").replace("'", "’") == sentence


def test_a_numeric_bound_on_a_date_is_refused_before_anybody_calls() -> None:
    text = """
questionnaire: essai
version: "1"
blocks:
  - id: A
    questions:
      - {id: moved, ask: Quand ?, type: date, min: 1930}
"""
    _, findings = loader.review(text)
    assert ["n’est pas du type attendu" in finding.message for finding in findings] == [True]
