"""Route after an answer of the triennale, everything on: checks, alerts, computed values, rotation, position.

    python bench/route.py --json

The floor is a loop that only reads the same number of answers from the same mapping. Keys are fresh objects, as they
are when answers come from a database. The bar is for 100 questions; the triennale has a few more.
"""

import json
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

from cati.questionnaire import loader, routing
from cati.questionnaire.model import Answer, Kind, Question, Value, answered

ROOT = Path(__file__).parents[1]
BAR_US = 20.0  # for 100 questions
ROUNDS, CALLS = 15, 400


def main() -> int:
    compiled = routing.compile(
        loader.load((ROOT / "questionnaires/triennale.yaml").read_text(encoding="utf-8"))
    )
    situation = routing.Situation(
        sample={"qpv": True, "type_logement": "collectif", "anciennete_ans": 1, "annee_entree": 2025},
        facts={"year": 2026, "date": "2026-03-02"},
        case_id=12,
        version=compiled.questionnaire.version,
    )
    answers = respond(compiled, situation)
    questions = sum(not question.hidden for question in compiled.questionnaire.questions.values())
    figure = best(lambda: compiled.route(situation, answers))
    keys = list(fresh(answers))
    floor = best(lambda: read_all(answers, keys))
    lines = [line("route_after_an_answer", figure, floor, BAR_US * questions / 100)]
    lines.append(
        line("route_of_an_empty_interview", best(lambda: compiled.route(situation, {})), floor, BAR_US)
    )
    for told in lines:
        print(
            json.dumps(told)
            if "--json" in sys.argv
            else f"{told['name']}: {told['figure']} µs (bar {told['bar']})"
        )
    return 0 if all(told["ok"] for told in lines) else 1


def line(name: str, figure: float, floor: float, bar: float) -> dict[str, object]:
    return {
        "name": name,
        "figure": round(figure, 2),
        "unit": "µs",
        "floor": round(floor, 2),
        "ratio": round(figure / floor, 2),
        "bar": round(bar, 2),
        "ok": figure <= bar,
    }


def respond(compiled: routing.Compiled, situation: routing.Situation) -> dict[routing.AnswerKey, Answer]:
    """A complete interview of a talkative respondent."""
    draw = random.Random(7)
    answers: dict[routing.AnswerKey, Answer] = {}
    route = compiled.route(situation, answers)
    while route.position:
        question = compiled.questionnaire.questions[route.position[0]]
        answers[route.position] = answered(given(question, compiled.limits(question, situation, route), draw))
        route = compiled.route(situation, answers)
    return fresh(answers)


def given(question: Question, limits: routing.Limits, draw: random.Random) -> Value:
    fixed = {"B1": 2025, "INT1": 1, "INT2": 1, "INT3": 1, "INT4": 1}
    match question.kind:
        case Kind.MULTIPLE:
            return [draw.choice(limits.codes)]
        case Kind.SCALE:
            return 5
        case Kind.TEXT:
            return "un mot"
        case Kind.NOTE:
            return True
    return fixed.get(question.id) or (draw.choice(limits.codes) if limits.codes else int(limits.low or 0))


def fresh(answers: dict[routing.AnswerKey, Answer]) -> dict[routing.AnswerKey, Answer]:
    """The same answers under keys that are equal to the compiled ones, never the same objects."""
    return {
        ("".join(list(question)), "".join(list(iteration))): answer
        for (question, iteration), answer in answers.items()
    }


def read_all(answers: dict[routing.AnswerKey, Answer], keys: list[routing.AnswerKey]) -> None:
    get = answers.get
    for key in keys:
        get(key)


def best(work: Callable[[], object]) -> float:
    """Microseconds for one call: the best of several rounds, so that the neighbours on the machine count least."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(CALLS):
            work()
        times.append((time.perf_counter() - start) / CALLS)
    return min(times) * 1e6


if __name__ == "__main__":
    sys.exit(main())
