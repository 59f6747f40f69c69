"""The texts of a questionnaire and the fills they name: what the lint reads and the wording fills in."""

import re
from collections.abc import Iterator, Mapping

from cati.questionnaire.model import Help, Question

#: The label of its alert, in a question written `per_alert`.
ALERT_FILL = "alerte"

_FILL = re.compile(r"\{(\w+)\}")


def fills_of(text: str) -> tuple[str, ...]:
    """The names between braces, once each."""
    return tuple(dict.fromkeys(_FILL.findall(text)))


def put_in(text: str, fills: Mapping[str, str]) -> str:
    """The text with its `{names}` filled in, twice: a fill may name another. A name without a fill is left as it is."""
    for _ in range(2):
        text = _FILL.sub(lambda found: fills.get(found[1], found[0]), text)
    return text


def of_question(question: Question) -> Iterator[str]:
    """Every text of a question that may hold fills."""
    yield question.ask
    yield from (text for text in (question.instruction, question.probe, question.optional) if text)
    yield from (choice.label for choice in question.choices)
    yield from question.specials.values()
    yield from question.ends_of_scale or ()
    yield from (check.say for check in question.checks)
    if question.grid:
        yield question.grid.stem
    if question.group and question.group.ask:
        yield question.group.ask


def of_help(entry: Help) -> Iterator[str]:
    """Every text of one entry of the help."""
    yield from (entry.title, *entry.say)
    if entry.instruction:
        yield entry.instruction
