"""The route beside the screen: every question, whether it is asked, why, and what was answered."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from cati.questionnaire import reasons
from cati.questionnaire.french import typography
from cati.questionnaire.model import Answer, Block, Question
from cati.questionnaire.reasons import Reason
from cati.questionnaire.route import AnswerKey, Route, instance, within
from web.author.play import Play

_FILL, _FILL_SHOWN = re.compile(r"\{(\w+)\}"), r"[\1]"


class Standing(StrEnum):
    """Where a question stands in the interview."""

    ANSWERED = "answered"
    HERE = "here"
    AHEAD = "ahead"
    OFF = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One question, in one turn of its loops."""

    id: str
    iteration: str
    name: str  #: `AGE#2` in a loop
    text: str
    standing: Standing
    answer: str  #: in words; empty when there is none
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One block, its questions in the order of this case where they are asked."""

    title: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """The whole route of the interview."""

    parts: tuple[Part, ...]
    asked: int
    answered: int
    off: int


def followed(play: Play) -> Followed:
    """The route now, with its reasons."""
    route = play.route
    blocks = sorted(_ranked(play, route), key=lambda ranked: ranked[0])
    parts = tuple(
        Part(title=f"{block.id} – {typography(block.title)}", entries=tuple(_entries(play, route, block)))
        for _, block in blocks
    )
    standings = [entry.standing for part in parts for entry in part.entries]
    return Followed(
        parts=parts,
        asked=sum(standing is not Standing.OFF for standing in standings),
        answered=standings.count(Standing.ANSWERED),
        off=standings.count(Standing.OFF),
    )


def _ranked(play: Play, route: Route) -> Iterator[tuple[tuple[int, int], Block]]:
    """Blocks with their place: where their first question is asked, else behind the block written before."""
    ranks: dict[str, int] = {}
    for rank, (question, _) in enumerate(route.items):
        ranks.setdefault(play.compiled.questionnaire.questions[question].block, rank)
    last = -1
    for place, block in enumerate(play.compiled.questionnaire.blocks):
        last = ranks.get(block.id, last)
        yield (last, place), block


def _entries(play: Play, route: Route, block: Block) -> Iterator[Entry]:
    """As written; those that are asked in the order of this case, those that are not where they were written."""
    questions = [question for question in block.questions if not question.hidden]
    written = [*_instances(route, questions, 0, "")]
    asked = iter([key for key in route.items if key in {*written}])
    on_route = {*route.items}
    for key in written:
        yield _entry(play, route, next(asked) if key in on_route else key)


def _instances(route: Route, questions: Sequence[Question], depth: int, prefix: str) -> Iterator[AnswerKey]:
    """Every question in every turn of its loops that takes place; once, where none does."""
    for loop_id, group in groupby(questions, key=lambda each: each.loops[depth : depth + 1]):
        members = [*group]
        if not loop_id:
            yield from ((each.id, prefix or _call(route, each.id)) for each in members)
            continue
        names = {each.id for each in members}
        turns = dict.fromkeys(
            within(iteration, depth + 1)
            for name, iteration in route.items
            if name in names and within(iteration, depth) == prefix
        )
        if not turns:
            yield from ((each.id, prefix) for each in members)
        for turn in turns:
            yield from _instances(route, members, depth + 1, turn)


def _call(route: Route, question: str) -> str:
    """The iteration of an introduction's question: the call's."""
    return next((iteration for name, iteration in route.items if name == question), "")


def _entry(play: Play, route: Route, key: AnswerKey) -> Entry:
    question = play.compiled.questionnaire.questions[key[0]]
    answer = route.visible.get(instance(*key)) if key in route.items else None
    return Entry(
        id=question.id,
        iteration=key[1],
        name=instance(*key),
        text=_text(question),
        standing=_standing(route, key, answer),
        answer=reasons.said(question, answer) if answer else "",
        reason=reasons.why(play.compiled, question, route, play.spoken, key[1]),
    )


def _standing(route: Route, key: AnswerKey, answer: Answer | None) -> Standing:
    if key not in route.items:
        return Standing.OFF
    if key == route.position:
        return Standing.HERE
    return Standing.ANSWERED if answer else Standing.AHEAD


def _text(question: Question) -> str:
    return typography(_FILL.sub(_FILL_SHOWN, question.ask))
