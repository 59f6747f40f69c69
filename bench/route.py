"""The route after an answer, everything on (states, checks, alerts, computed values, rotation), and what compiling
costs.

    python -m bench.route --json

The floor of a route is a loop that only reads an answer for each of its questions from the same mapping, keys being
fresh objects, as they are when answers come from a database. A hundred reads took 6.6 µs where the bar was set: 3 × the
loop is the 20 µs of a hundred questions. The floor of compiling, from the text of the file to its route, is the reading
of its YAML alone, 88 ms there: 1.7 × is 150 ms. Seconds of CPU: the neighbours on the machine count least.
`make bench-peers` sets the made-up forms beside other engines.
"""

import json
import random
import sys
import time
from collections.abc import Callable
from itertools import cycle, islice
from pathlib import Path

from bench.peers import form, script, writing
from cati.questionnaire import loader, routing, source
from cati.questionnaire.model import Answer, Kind, Question, Value, answered

ROOT = Path(__file__).parents[1]
ROUTE_BAR, COMPILE_BAR = 3.0, 1.7
QUESTIONS = (100, 400)
ROUNDS, CALLS = 15, 400


def main() -> int:
    text = (ROOT / "questionnaires/triennale.yaml").read_text(encoding="utf-8")
    compiled = routing.compile(loader.load(text))
    situation = routing.Situation(
        sample={"qpv": True, "type_logement": "collectif", "anciennete_ans": 1, "annee_entree": 2025},
        facts={"year": 2026, "date": "2026-03-02"},
        case_id=12,
        version=compiled.questionnaire.version,
    )
    answers = respond(compiled, situation)
    lines = [routes("route_after_an_answer", compiled, situation, answers)]
    lines.append(routes("route_of_an_empty_interview", compiled, situation, {}, among=answers))
    for count in QUESTIONS:
        made = made_up(count)
        lines.append(
            routes(f"route_of_{count}_questions", made, script.SITUATION, respond(made, script.SITUATION))
        )
    lines.append(compiling(text))
    for told in lines:
        print(json.dumps(told, ensure_ascii=False) if "--json" in sys.argv else sentence(told))
    return 0 if all(told["ok"] for told in lines) else 1


def routes(
    name: str,
    compiled: routing.Compiled,
    situation: routing.Situation,
    answers: dict[routing.AnswerKey, Answer],
    among: dict[routing.AnswerKey, Answer] | None = None,
) -> dict[str, object]:
    """Microseconds of one route; the floor reads one answer a question, of those given or of a whole interview."""
    read = among or answers
    questions = sum(not question.hidden for question in compiled.questionnaire.questions.values())
    keys = list(islice(cycle(fresh(read)), questions))
    figure, floor = best(lambda: compiled.route(situation, answers), lambda: read_all(read, keys), CALLS)
    return line(name, figure * 1e6, floor * 1e6, "µs", ROUTE_BAR)


def compiling(text: str) -> dict[str, object]:
    """Milliseconds from the text of the triennale to its route."""
    figure, floor = best(lambda: routing.compile(loader.load(text)), lambda: source.read(text), 1)
    return line("compile_the_triennale", figure * 1e3, floor * 1e3, "ms", COMPILE_BAR)


def made_up(count: int) -> routing.Compiled:
    """The form that the peers get too."""
    return routing.compile(loader.load(writing.as_yaml(form.draw(count))))


def line(name: str, figure: float, floor: float, unit: str, bar: float) -> dict[str, object]:
    return {
        "name": name,
        "figure": round(figure, 2),
        "unit": unit,
        "floor": round(floor, 2),
        "ratio": round(figure / floor, 2),
        "bar": bar,
        "ok": figure / floor <= bar,
    }


def sentence(told: dict[str, object]) -> str:
    return f"{told['name']}: {told['figure']} {told['unit']}, {told['ratio']} × its floor (bar {told['bar']})"


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


def best(work: Callable[[], object], floor: Callable[[], object], calls: int) -> tuple[float, float]:
    """Seconds of one call of each: the best of several rounds, taken in turn so that a busy moment hits both."""
    rounds = [(_seconds(work, calls), _seconds(floor, calls)) for _ in range(ROUNDS)]
    return min(each for each, _ in rounds), min(each for _, each in rounds)


def _seconds(work: Callable[[], object], calls: int) -> float:
    start = time.process_time()
    for _ in range(calls):
        work()
    return (time.process_time() - start) / calls


if __name__ == "__main__":
    sys.exit(main())
