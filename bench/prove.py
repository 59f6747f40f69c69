"""Proof of the triennale, of a made-up questionnaire of 250 questions with filters on half of them, and of one of 60
questions with two loops, one in the other (six turns of four): 300 questions once unrolled.

    python -m bench.prove --json

Seconds of CPU, so that the neighbours on the machine do not count. The floor is what it takes to compile the same file
into its route.
"""

import json
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cati.questionnaire import loader, routing
from cati.questionnaire.proof.proving import prove

ROOT = Path(__file__).parents[1]
BARS_S = {"prove_triennale": 5.0, "prove_250_questions": 30.0, "prove_two_loops": 30.0}
QUESTIONS, BLOCK = 250, 10


def main() -> int:
    triennale = (ROOT / "questionnaires" / "triennale.yaml").read_text(encoding="utf-8")
    texts = {
        "prove_triennale": triennale,
        "prove_250_questions": made_up(QUESTIONS, random.Random(7)),
        "prove_two_loops": looped(random.Random(1)),
    }
    lines = [measured(name, text) for name, text in texts.items()]
    for told in lines:
        print(
            json.dumps(told, ensure_ascii=False)
            if "--json" in sys.argv
            else f"{told['name']}: {told['figure']} s (bar {told['bar']}), {told['queries']} queries, "
            f"{told['defects']} defects, {told['not_analysed']} not analysed"
        )
    return 0 if all(told["ok"] for told in lines) else 1


def measured(name: str, text: str) -> dict[str, object]:
    questionnaire = loader.load(text, name)
    floor, _ = seconds(lambda: routing.compile(questionnaire))
    figure, proof = seconds(lambda: prove(questionnaire))
    return {
        "name": name,
        "figure": round(figure, 2),
        "unit": "s",
        "floor": round(floor, 4),
        "ratio": round(figure / floor, 1),
        "bar": BARS_S[name],
        "ok": figure <= BARS_S[name],
        "queries": proof.queries,
        "defects": len(proof.defects),
        "not_analysed": len(proof.not_analysed),
    }


def seconds(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.process_time()
    found = work()
    return time.process_time() - start, found


def made_up(count: int, draw: random.Random) -> str:
    """Blocks of ten questions of every type; filters read up to thirty questions back, blocks the first twenty."""
    lines = ["questionnaire: bench", 'version: "1"', "sample: {zone: [a, b, c], old: integer?}", "blocks:"]
    asked: list[tuple[str, str]] = []
    for number in range(count):
        if number % BLOCK == 0:
            when = f', when: "{atom(asked[:20], draw)}"' if number >= 2 * BLOCK else ""
            lines.append(f"  - {{id: S{number // BLOCK}{when}, questions: [")
        kind = draw.choices(["single", "multiple", "integer", "scale"], [55, 20, 15, 10])[0]
        end = "]}" if number % BLOCK == BLOCK - 1 or number == count - 1 else ","
        lines.append(f"      {question(f'Q{number}', kind, asked, draw)}{end}")
        asked.append((f"Q{number}", kind))
    return "\n".join([*lines, ""])


def looped(draw: random.Random) -> str:
    """Forty questions, then ten for each of six persons, and ten more for each of their four trips."""
    asked: list[tuple[str, str]] = []
    before = several("Q", 39, asked, draw)
    of_a_person = several("P", 9, asked, draw)
    of_a_trip = ", ".join(several("T", 10, asked, draw))
    trips = "{id: trips, ask: '?', type: integer, min: 0, max: 4}"
    members = ", ".join(
        [trips, *of_a_person, f"{{loop: TRIP, count: trips, max: 4, questions: [{of_a_trip}]}}"]
    )
    name = next(name for name, kind in asked if kind == "single" and name.startswith("T"))
    entries = [
        *before,
        "{id: persons, ask: '?', type: integer, min: 1, max: 6}",
        f"{{loop: PERSON, count: persons, max: 6, questions: [{members}]}}",
        f"{{id: last, ask: '?', type: text, when: 'count({name} == 1) > 3'}}",
    ]
    lines = ["questionnaire: bench", 'version: "1"', "sample: {zone: [a, b, c]}", "blocks:"]
    return "\n".join([*lines, "  - {id: S, questions: [", ",\n".join(entries), "]}", ""])


def several(prefix: str, count: int, asked: list[tuple[str, str]], draw: random.Random) -> list[str]:
    """So many questions; what is asked before may be read, and each is added to it."""
    found = []
    for number in range(count):
        kind = draw.choices(["single", "multiple", "integer", "scale"], [55, 20, 15, 10])[0]
        found.append(question(f"{prefix}{number}", kind, asked, draw))
        asked.append((f"{prefix}{number}", kind))
    return found


def question(name: str, kind: str, asked: list[tuple[str, str]], draw: random.Random) -> str:
    parts = [f"id: {name}", "ask: '?'", f"type: {kind}"]
    if kind in ("single", "multiple"):
        hidden = f"4: {{label: d, when: '{atom(asked, draw)}'}}" if asked and draw.random() < 0.2 else "4: d"
        parts.append(f"choices: {{1: a, 2: b, 3: c, {hidden}, 5: e}}")
    if kind == "integer":
        parts += ["min: 0", "max: 110"]
    if asked and draw.random() < 0.5:
        parts.append(f'when: "{condition(asked, draw)}"')
    whole = [other for other, what in asked if what == "integer"]
    if kind == "integer" and whole and draw.random() < 0.5:
        hard = "true" if draw.random() < 0.5 else "false"
        fault = f"{name} > {draw.choice(whole[-5:])} + {draw.randint(0, 9)}"
        parts.append(f"checks: [{{id: c{name}, fault: '{fault}', hard: {hard}, say: '!'}}]")
    if kind == "integer" and len(whole) > 2 and draw.random() < 0.3:
        parts.append(f"compute: {{total_{name}: 'sum({', '.join(whole[-3:])}, {name})'}}")
    return "{" + ", ".join(parts) + "}"


def condition(asked: list[tuple[str, str]], draw: random.Random) -> str:
    parts = [atom(asked, draw) for _ in range(draw.randint(1, 3))]
    return draw.choice([" and ", " or "]).join(parts)


def atom(asked: list[tuple[str, str]], draw: random.Random) -> str:
    name, kind = draw.choice(asked[-30:])
    match kind:
        case "multiple":
            return draw.choice([f"{draw.randint(1, 5)} in {name}", f"count({name}) > {draw.randint(1, 3)}"])
        case "integer" | "scale":
            return f"{name} {draw.choice(['<', '>='])} {draw.randint(1, 9)}"
    return draw.choice(
        [f"{name} == {draw.randint(1, 5)}", f"{name} in {{1..{draw.randint(2, 4)}}}", f"{name} is answered"]
    )


if __name__ == "__main__":
    sys.exit(main())
