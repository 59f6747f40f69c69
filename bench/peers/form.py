"""A form in the features that the three engines share, drawn at random, and what it takes to write it in each.

Single and multiple choices, whole numbers with bounds; filters on questions and on blocks; computed totals; checks.
Left out because an engine lacks it: states (« ne sait pas »), soft checks, rotation, alerts, presets.
"""

from dataclasses import dataclass
from random import Random

BLOCK = 10
CODES = range(1, 6)
HIGHEST = 20


@dataclass(frozen=True, slots=True)
class Test:
    """What one answer must be. `how`: is (a code), within (codes), has (a code among several), least, under (numbers),
    answered. A question not asked, or not answered, meets none."""

    name: str
    how: str
    codes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Filter:
    """Tests joined by one word."""

    tests: tuple[Test, ...]
    word: str = "and"


@dataclass(frozen=True, slots=True)
class Fault:
    """A number greater than an earlier one and a margin."""

    earlier: str
    margin: int


@dataclass(frozen=True, slots=True)
class Total:
    """The sum of the numbers answered among these, known right after the question that holds it."""

    name: str
    of: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    name: str
    kind: str  #: single, multiple, integer
    when: Filter | None = None
    fault: Fault | None = None
    total: Total | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    name: str
    when: Filter | None
    questions: tuple[Question, ...]


def draw(count: int, seed: int = 7) -> tuple[Block, ...]:
    """A form of so many questions: more than half of them filtered, every third block too."""
    random = Random(f"{seed}/{count}")
    known: list[tuple[str, str]] = []
    blocks = []
    for first in range(0, count, BLOCK):
        rank = first // BLOCK
        when = _filter(known[:20], random) if rank > 1 and rank % 3 == 2 else None
        questions = []
        for number in range(first, min(first + BLOCK, count)):
            question = _question(f"Q{number + 1}", known, random)
            questions.append(question)
            known.append((question.name, question.kind))
            known += [(question.total.name, "total")] if question.total else []
        blocks.append(Block(name=f"B{rank + 1}", when=when, questions=tuple(questions)))
    return tuple(blocks)


def questions(form: tuple[Block, ...]) -> list[Question]:
    """All of them, in order."""
    return [question for block in form for question in block.questions]


def _question(name: str, known: list[tuple[str, str]], random: Random) -> Question:
    kind = random.choices(("single", "multiple", "integer"), (55, 20, 25))[0]
    when = _filter(known, random) if known and random.random() < 0.57 else None
    numbers = [earlier for earlier, what in known if what == "integer"]
    fault = total = None
    if kind == "integer" and numbers and random.random() < 0.5:
        fault = Fault(random.choice(numbers[-5:]), random.randint(2, 12))
    if kind == "integer" and len(numbers) > 2 and random.random() < 0.4:
        total = Total(f"T{name[1:]}", (*numbers[-3:], name))
    return Question(name=name, kind=kind, when=when, fault=fault, total=total)


def _filter(known: list[tuple[str, str]], random: Random) -> Filter:
    tests = tuple(_test(known, random) for _ in range(random.choices((1, 2, 3), (4, 4, 1))[0]))
    return Filter(tests, random.choice(("and", "or", "or", "or")))


def _test(known: list[tuple[str, str]], random: Random) -> Test:
    name, kind = random.choice(known[-30:])
    match kind:
        case "multiple":
            return Test(name, "has", (random.choice(CODES),))
        case "integer":
            return Test(name, random.choice(("least", "under")), (random.randint(7, 13),))
        case "total":
            return Test(name, "least", (random.randint(8, 20),))
    return random.choice(
        (
            Test(name, "is", (random.choice(CODES),)),
            Test(name, "within", (1, 2, random.choice(CODES[2:]))),
            Test(name, "within", (1, 2, 3, random.choice(CODES[3:]))),
            Test(name, "answered"),
        )
    )
