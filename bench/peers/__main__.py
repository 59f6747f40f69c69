"""Our routes beside SurveyJS's and getodk's xforms-engine's: the same form, the same answers, in one run.

    make bench-peers            or, once it has installed them:  python -m bench.peers [--json]

After each answer, every engine says which questions are asked and which break a check. The time is that of an answer
given and both lists read, in CPU, the best of some rounds; the ratio is to ours. What must hold: until the first
correction, every route is the same everywhere; ours and the xforms-engine's stay the same to the end; no peer is
faster.
"""

import gc
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.peers import form, script, writing
from bench.peers.script import SITUATION, Script
from cati.questionnaire import loader, routing
from cati.questionnaire.model import Answer, answered
from cati.questionnaire.route import AnswerKey

HERE = Path(__file__).parent
PROGRAMS = {"surveyjs.mjs": 2, "xforms.mjs": 10}  # rounds
OUR_ROUNDS = (
    20  # before the peers, and as many after each: a busy moment of the machine then hits nobody alone
)
COUNTS = (100, 400)
ALIKE = frozenset(
    {"xforms_engine"}
)  #: engines with our rule: what is off the route reads as blank, and comes back


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What one engine made of the script."""

    loading_ms: float
    answer_us: float
    routes: list[list[str]]
    faults: list[list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """A peer against ours."""

    questions: int
    engine: str
    played: Played
    ours: Played
    forward: int

    @property
    def ratio(self) -> float:
        return self.played.answer_us / self.ours.answer_us

    def same(self, what: str, first: int, last: int | None) -> int:
        """After how many answers of a part of the script the lists are equal."""
        theirs, own = getattr(self.played, what)[first:last], getattr(self.ours, what)[first:last]
        return sum(one == other for one, other in zip(theirs, own, strict=True))

    def line(self) -> dict[str, object]:
        corrected = len(self.ours.routes) - self.forward
        forward, later = self.same("routes", 0, self.forward), self.same("routes", self.forward, None)
        checks = self.same("faults", 0, self.forward)
        alike = self.engine not in ALIKE or (
            later == corrected and self.same("faults", 0, None) == len(self.ours.routes)
        )
        return {
            "name": f"peers_{self.questions}_{self.engine}",
            "figure": round(self.played.answer_us, 1),
            "unit": "µs",
            "floor": round(self.ours.answer_us, 2),
            "ratio": round(self.ratio, 1),
            "bar": 1.0,
            "ok": self.ratio >= 1.0 and forward == self.forward == checks and alike,
            "same_routes": f"{forward}/{self.forward}",
            "same_checks": f"{checks}/{self.forward}",
            "same_routes_once_corrected": f"{later}/{corrected}",
            "loading_ms": round(self.played.loading_ms, 1),
            "our_loading_ms": round(self.ours.loading_ms, 1),
        }


def main() -> int:
    missing = _missing()
    if missing:
        print(missing, file=sys.stderr)
        return 2
    lines = [beside.line() for count in COUNTS for beside in measured(count)]
    if "--json" in sys.argv:
        print("\n".join(json.dumps(line, ensure_ascii=False) for line in lines))
    else:
        _show(lines)
    return 0 if all(line["ok"] for line in lines) else 1


def measured(count: int) -> list[Beside]:
    """Every peer against ours, on a form of so many questions."""
    drawn = form.draw(count)
    compiled = routing.compile(loader.load(writing.as_yaml(drawn)))
    written = script.write(compiled, drawn)
    text = writing.as_yaml(drawn)
    peers: dict[str, Played] = {}
    own = [ours(text, written)]
    for program, rounds in PROGRAMS.items():
        peers |= theirs(program, rounds, drawn, written)
        own.append(ours(text, written))
    best = min(own, key=lambda played: played.answer_us)
    return [
        Beside(questions=count, engine=engine, played=played, ours=best, forward=written.forward)
        for engine, played in peers.items()
    ]


def ours(text: str, written: Script) -> Played:
    """The script under our engine: each answer set, the whole route computed again."""
    steps: list[tuple[AnswerKey, Answer]] = [((name, ""), answered(value)) for name, value in written.steps]
    loading = _seconds(lambda: routing.compile(loader.load(text)))
    compiled = routing.compile(loader.load(text))
    best = min(_seconds(lambda: _play(compiled, steps)) for _ in range(OUR_ROUNDS))
    routes, faults = _play(compiled, steps)
    return Played(loading_ms=loading * 1e3, answer_us=best * 1e6 / len(steps), routes=routes, faults=faults)


def theirs(program: str, rounds: int, drawn: tuple[form.Block, ...], written: Script) -> dict[str, Played]:
    """The script under a peer, by the name of each of its ways."""
    folder = Path(tempfile.mkdtemp(prefix="cati-bench-peers-"))
    try:
        (folder / "form.surveyjs.json").write_text(writing.as_surveyjs(drawn), encoding="utf-8")
        (folder / "form.xml").write_text(writing.as_xform(drawn), encoding="utf-8")
        (folder / "script.json").write_text(json.dumps(written.steps), encoding="utf-8")
        # Under the condition « browser », solid-js, on which the xforms-engine stands, is reactive; for servers not.
        command = ["node", "--conditions=browser", program, str(folder), str(rounds)]
        told = subprocess.run(command, cwd=HERE, check=True, capture_output=True, text=True)
    finally:
        shutil.rmtree(folder)
    return {engine: Played(**found) for engine, found in json.loads(told.stdout).items()}


def _missing() -> str:
    """What keeps the peers from running, and what to do; empty when they can."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            return (
                f"bench-peers: {program} is not on this machine. It needs Node.js 20.19 or later with npm"
                " (Debian 12's own is older), only for this measure: nothing else of the project does."
            )
    if not (HERE / "node_modules").is_dir():
        return "bench-peers: the peers are not installed; `make bench-peers` installs them (npm ci in bench/peers)."
    return ""


def _play(
    compiled: routing.Compiled, steps: list[tuple[AnswerKey, Answer]]
) -> tuple[list[list[str]], list[list[str]]]:
    answers: dict[AnswerKey, Answer] = {}
    routes, faults = [], []
    for key, answer in steps:
        answers[key] = answer
        route = compiled.route(SITUATION, answers)
        routes.append([name for name, _ in route.items])
        faults.append([fault.question for fault in route.faults])
    return routes, faults


def _seconds(work: Callable[[], object]) -> float:
    gc.collect()
    start = time.process_time()
    work()
    return time.process_time() - start


def _show(lines: list[dict[str, object]]) -> None:
    columns = ("", "engine", "µs an answer", "ratio", "same routes", "checks", "corrected", "loading, ms")
    rows: list[tuple[object, ...]] = [columns]
    for line in lines:
        _, count, engine = str(line["name"]).split("_", 2)
        own = ("", f"ours, {count} questions", line["floor"], 1.0, "", "", "", line["our_loading_ms"])
        rows += [] if own in rows else [own]
        told = [
            line[key]
            for key in ("figure", "ratio", "same_routes", "same_checks", "same_routes_once_corrected")
        ]
        rows.append(("ok" if line["ok"] else "BAD", engine.replace("_", " "), *told, line["loading_ms"]))
    for row in rows:
        print(f"{row[0]:4}{row[1]:22}" + "".join(f"{cell!s:>14}" for cell in row[2:]))


if __name__ == "__main__":
    sys.exit(main())
