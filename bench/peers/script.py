"""The answers that every engine is given, drawn once: an interview from first to last question, then corrections.

The corrections take questions off the route and bring them back: that is where engines part.
"""

from dataclasses import dataclass
from random import Random

from bench.peers.form import CODES, HIGHEST, Block, questions
from cati.questionnaire.model import Answer, answered
from cati.questionnaire.route import AnswerKey, Situation
from cati.questionnaire.routing import Compiled

SITUATION = Situation()
CORRECTIONS = 100
Given = int | list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What is answered, in order. The first `forward` steps correct nothing."""

    steps: tuple[tuple[str, Given], ...]
    forward: int


def write(compiled: Compiled, form: tuple[Block, ...], seed: int = 7) -> Script:
    """Every question asked, in order; then some corrections, each followed by what it opens."""
    random = Random(seed)
    kinds = {question.name: question.kind for question in questions(form)}
    answers: dict[AnswerKey, Answer] = {}
    steps: list[tuple[str, Given]] = []

    def give(name: str) -> None:
        given = _given(kinds[name], random)
        answers[name, ""] = answered(given)
        steps.append((name, given))

    def open_now() -> list[str]:
        return [name for name, _ in compiled.route(SITUATION, answers).items if (name, "") not in answers]

    while waiting := open_now():
        give(waiting[0])
    forward = len(steps)
    for _ in range(CORRECTIONS):
        give(random.choice(compiled.route(SITUATION, answers).items)[0])
        for name in open_now()[:2]:
            give(name)
    return Script(steps=tuple(steps), forward=forward)


def _given(kind: str, random: Random) -> Given:
    match kind:
        case "integer":
            return random.randint(0, HIGHEST)
        case "multiple":
            return random.sample(CODES, random.randint(1, 3))
    return random.choice(CODES)
