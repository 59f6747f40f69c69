"""The five surveys beside the triennale, and who answers them: drawn at random, or written by hand."""

import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import pytest

from cati.questionnaire import loader, routing, wording
from cati.questionnaire import sample as samples
from cati.questionnaire.model import Answer, Kind, SampleColumn, SampleType, State, Value, answered
from cati.questionnaire.route import AnswerKey, Route, Situation, Spoken
from cati.questionnaire.routing import Compiled
from tests.respondents import respond

NEW_TENANTS = "nouveaux-entrants"
UPKEEP = "contrat-multi-services"
WORKS = "post-rehabilitation"
REQUEST = "post-reclamation"
ELDERLY = "veille-seniors"

FOLDER = Path(__file__).parents[1] / "questionnaires"
TODAY = date(2026, 11, 24)
DK, REFUSED, NA = Answer(State.DK), Answer(State.REFUSED), Answer(State.NA)
RESPONDENTS = 300
CALL = {"bailleur": "Opale Habitat", "institute": "Institut fictif", "interviewer": "Camille"}

SURVEYS = (NEW_TENANTS, UPKEEP, WORKS, REQUEST, ELDERLY)
every_survey = pytest.mark.parametrize("survey", SURVEYS)


def text_of(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


@cache
def script(survey: str) -> Compiled:
    return routing.compile(loader.load(text_of(f"{survey}.yaml"), survey, text_of))


def situation(survey: str, **sample: object) -> Situation:
    facts = {"year": TODAY.year, "date": TODAY.isoformat()}
    version = script(survey).questionnaire.version
    return Situation(sample={"qpv": False} | sample, facts=facts, case_id=7, version=version)


def begun(survey: str, answers: Mapping[str, Value | Answer]) -> dict[AnswerKey, Answer]:
    """A call whose introduction went well, with these answers."""
    questions = script(survey).questionnaire.questions.values()
    given = {(question.id, "c1"): answered(1) for question in questions if question.block == "INT"}
    typed = {(name, ""): one if isinstance(one, Answer) else answered(one) for name, one in answers.items()}
    return given | typed


def route_of(survey: str, answers: Mapping[str, Value | Answer], **sample: object) -> Route:
    return script(survey).route(situation(survey, **sample), begun(survey, answers))


def said(survey: str, question: str, answers: Mapping[str, Value | Answer], **sample: object) -> str:
    """What the interviewer reads, with plain spaces."""
    where = situation(survey, **sample)
    spoken = Spoken(situation=where, call=CALL)
    route = script(survey).route(where, begun(survey, answers))
    asked = script(survey).questionnaire.questions[question]
    text = wording.question_texts(script(survey), asked, route, spoken).text
    return text.replace("\u00a0", " ").replace("\u202f", " ").replace("’", "'")


def a_sample(
    columns: Mapping[str, SampleColumn], draw: random.Random, known: Callable[[], bool] | None = None
) -> dict[str, object]:
    """What a bailleur's file says of a household; an optional column is sometimes empty."""
    there = known or (lambda: draw.random() < 0.7)
    return {
        name: _column(column, draw) if not column.optional or there() else None
        for name, column in columns.items()
    }


def _column(column: SampleColumn, draw: random.Random) -> object:
    match column.type:
        case SampleType.BOOLEAN:
            return draw.random() < 0.4
        case SampleType.DATE:
            return (TODAY - timedelta(days=draw.choice([1, 4, 9, 25, 60, 150, 400]))).isoformat()
        case SampleType.INTEGER:
            return draw.randint(1, 4)
    return draw.choice(column.choices or ("Chauffage Service",))


class Person:
    """One respondent who went to the end, with what the questionnaire then says."""

    def __init__(self, survey: str, seed: int) -> None:
        draw = random.Random(seed)
        self.compiled = script(survey)
        columns = a_sample(self.compiled.questionnaire.sample, draw)
        assert samples.problems(self.compiled.questionnaire, columns) == ()
        where = replace(situation(survey, **columns), case_id=seed)
        told = {("SIGNAL", ""): answered("le portail")} if draw.random() < 0.2 else {}
        self.answers = respond(self.compiled, where, draw, begun=told)
        self.route = self.compiled.route(where, self.answers)
        while self.route.faults and not any(
            fault.hard for fault in self.route.faults
        ):  # confirmed on the spot
            where = replace(where, confirmed=where.confirmed | {fault.key for fault in self.route.faults})
            self.route = self.compiled.route(where, self.answers)
        self.where = where

    @property
    def asked(self) -> set[str]:
        return {question for question, _ in self.route.items}

    @property
    def seconds(self) -> int:
        """About how long it took: 8 s an item of a grid or a note, 30 s an open text, 12 s anything else."""
        kinds = [self.compiled.questionnaire.questions[question].kind for question, _ in self.route.items]
        return sum({Kind.GRID_ITEM: 8, Kind.SCALE: 8, Kind.TEXT: 30}.get(kind, 12) for kind in kinds)


@cache
def people(survey: str) -> tuple[Person, ...]:
    return tuple(Person(survey, seed) for seed in range(1, RESPONDENTS + 1))
