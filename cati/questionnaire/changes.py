"""What a new version of a questionnaire changes: in words for its authors, and for an interview that is under way."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from enum import StrEnum

from cati.questionnaire import sentences
from cati.questionnaire.model import Answer, Choice, Expression, Question, Questionnaire
from cati.questionnaire.route import AnswerKey, Route, Situation, instance
from cati.questionnaire.routing import Compiled

_SAME_WORDS = 0.6  # two labels that share less than this are not one label retouched (difflib's ratio)


class ChangeKind(StrEnum):
    """What became of a question or of one of its choices."""

    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"
    WORDING = "wording"
    CHOICES = "choices"
    FILTER = "filter"
    BOUNDS = "bounds"
    CHECKS = "checks"
    REUSED = "reused"  #: an identifier or a code that means something else: refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference, with the French sentence that tells it."""

    kind: ChangeKind
    question: str
    sentence: str

    @property
    def refused(self) -> bool:
        """Whether answers already given would come to mean something else."""
        return self.kind is ChangeKind.REUSED


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """What an interview under way keeps, loses and would be asked if it went on with the new version."""

    kept: tuple[str, ...]
    lost: tuple[str, ...]  #: stored all the same, and read again if a later version asks them
    asked: tuple[
        str, ...
    ]  #: items of the new route that have no answer yet and stand before where it had come
    position: str | None
    complete: bool = False  #: nothing is left to be asked

    @property
    def goes_back(self) -> bool:
        """Whether the interview is asked anything of the part that it had behind it."""
        return bool(self.lost or self.asked)


def compare(old: Questionnaire, new: Questionnaire) -> tuple[Change, ...]:
    """Every change, in the order of the new version, what was removed last."""
    found = [change for question in new.questions.values() for change in _of_question(old, new, question)]
    found += [
        Change(
            kind=ChangeKind.REMOVED, question=name, sentence=f"{name} n’est plus posée : « {question.ask} »"
        )
        for name, question in old.questions.items()
        if name not in new.questions
    ]
    return (*found, *_moved(old, new))


def reused(published: Sequence[Questionnaire], new: Questionnaire) -> tuple[Change, ...]:
    """The names and codes of the new version that last meant something else; `published`: newest first.

    A code that was taken out for a while still means what it meant: somebody answered it.
    """
    remembered: dict[str, Question] = {}
    for questionnaire in published:
        for name, question in questionnaire.questions.items():
            later = remembered.get(name)
            remembered[name] = question if later is None else _with_older_choices(later, question)
    found = [
        change
        for question in new.questions.values()
        if question.id in remembered
        for change in _of_meaning(remembered[question.id], question)
    ]
    return tuple(change for change in found if change.refused)


def migrate(
    old: Compiled,
    new: Compiled,
    situation: Situation,
    answers: Mapping[AnswerKey, Answer],
    *,
    calling: bool = True,
) -> Migration:
    """The interview of these answers under the new version. A pure function: nothing is written.

    Orders stay drawn as they were (`situation.version`). Without a call under way (`calling`) the introduction does
    not count: the next call has its own.
    """
    before, after = old.route(situation, answers), new.route(situation, answers)
    had_come = max((after.rank(key) for key in after.items if instance(*key) in after.visible), default=0)
    passed = frozenset() if calling else _introduction(before) | _introduction(after)
    asked = [instance(*key) for key in after.items[:had_come]]
    return Migration(
        kept=tuple(name for name in before.visible if name in after.visible and name not in passed),
        lost=tuple(name for name in before.visible if name not in after.visible and name not in passed),
        asked=tuple(name for name in asked if name not in after.visible and name not in passed),
        position=instance(*after.position) if after.position else None,
        complete=after.complete,
    )


def _of_question(old: Questionnaire, new: Questionnaire, now: Question) -> Iterator[Change]:
    before = old.questions.get(now.id)
    if before is None:
        yield _change(ChangeKind.ADDED, now, f"{now.id} est nouvelle : « {now.ask} »")
        return
    if before.ask != now.ask and before.kind is now.kind:
        yield _change(ChangeKind.WORDING, now, f"{now.id} se dit « {now.ask} » (avant : « {before.ask} »)")
    yield from _of_meaning(before, now)
    if before.kind is not now.kind:
        return
    if _filters(old, before) != _filters(new, now):
        told = f"{now.id} est {sentences.asked_if(new, now)} (avant : {sentences.asked_if(old, before)})"
        yield _change(ChangeKind.FILTER, now, told)
    yield from _of_limits(before, now)


def _of_meaning(before: Question, now: Question) -> Iterator[Change]:
    """What answers already given would come to mean."""
    if before.kind is not now.kind:
        message = f"{now.id} était « {before.kind} », elle est « {now.kind} » : il lui faut un autre nom"
        yield _change(ChangeKind.REUSED, now, message)
        return
    yield from _of_choices(before, now)
    yield from _of_scale(before, now)


def _of_scale(before: Question, now: Question) -> Iterator[Change]:
    """A scale whose ends changed places would turn every note around."""
    was, is_now = before.ends_of_scale, now.ends_of_scale
    if was is None or is_now is None or was == is_now:
        return
    told = f"de « {was[0]} » à « {was[1]} »"
    straight, crossed = (sum(map(_alike, was, ends)) for ends in (is_now, is_now[::-1]))
    if crossed > straight:
        message = f"{now.id} allait {told}, l’échelle est retournée : il lui faut un autre nom"
        yield _change(ChangeKind.REUSED, now, message)
    else:
        message = f"{now.id} va de « {is_now[0]} » à « {is_now[1]} » (avant : {told})"
        yield _change(ChangeKind.WORDING, now, message)


def _of_choices(before: Question, now: Question) -> Iterator[Change]:
    labels = {choice.code: choice.label for choice in before.choices}
    for choice in now.choices:
        known = labels.get(choice.code)
        if known is None:
            yield _change(
                ChangeKind.CHOICES, now, f"{now.id} : modalité {choice.code} nouvelle, « {choice.label} »"
            )
        elif known != choice.label:
            yield _relabelled(before, now, choice, known)
    kept = {choice.code for choice in now.choices}
    for code, label in labels.items():
        if code not in kept:
            yield _change(
                ChangeKind.CHOICES, now, f"{now.id} : la modalité {code}, « {label} », n’est plus proposée"
            )


def _relabelled(before: Question, now: Question, choice: Choice, known: str) -> Change:
    """A label retouched, or a code that was given to another meaning: then answers already given would lie."""
    taken_from = next((each.code for each in before.choices if each.label == choice.label), None)
    if taken_from is None and _alike(known, choice.label) >= _SAME_WORDS:
        message = f"{now.id} : la modalité {choice.code} se dit « {choice.label} » (avant : « {known} »)"
        return _change(ChangeKind.WORDING, now, message)
    message = f"{now.id} : le code {choice.code} disait « {known} », il dit « {choice.label} » : il faut un autre code"
    return _change(ChangeKind.REUSED, now, message)


def _alike(one: str, other: str) -> float:
    return SequenceMatcher(None, one.casefold(), other.casefold()).ratio()


def _with_older_choices(later: Question, earlier: Question) -> Question:
    """The later question, with the choices that only the earlier one had."""
    if later.kind is not earlier.kind:
        return later
    known = {choice.code for choice in later.choices}
    return replace(
        later, choices=(*later.choices, *(each for each in earlier.choices if each.code not in known))
    )


def _introduction(route: Route) -> frozenset[str]:
    """The questions of this call's introduction."""
    return frozenset(name for name, iteration in route.items if iteration.startswith("c"))


def _of_limits(before: Question, now: Question) -> Iterator[Change]:
    bounds = [(_source(each.low), _source(each.high), each.max_choices) for each in (before, now)]
    if bounds[0] != bounds[1]:
        yield _change(ChangeKind.BOUNDS, now, f"{now.id} : les bornes changent")
    checks = [{(each.id, each.fault.source, each.hard) for each in one.checks} for one in (before, now)]
    for name, _, _ in sorted(checks[0] ^ checks[1]):
        yield _change(ChangeKind.CHECKS, now, f"{now.id} : le contrôle « {name} » change")
    if set(before.specials) != set(now.specials):
        yield _change(ChangeKind.CHOICES, now, f"{now.id} : « ne sait pas », refus ou non concerné changent")


def _moved(old: Questionnaire, new: Questionnaire) -> Iterator[Change]:
    """The fewest questions whose moving explains the new order."""
    shared = [name for name in new.questions if name in old.questions]
    before = [name for name in old.questions if name in new.questions]
    steady = {
        name
        for match in SequenceMatcher(None, before, shared, autojunk=False).get_matching_blocks()
        for name in shared[match.b : match.b + match.size]
    }
    for name in shared:
        if name not in steady:
            yield _change(ChangeKind.MOVED, new.questions[name], f"{name} change de place")


def _filters(questionnaire: Questionnaire, question: Question) -> tuple[str | None, str | None]:
    return _source(questionnaire.block(question.block).when), _source(question.when)


def _source(expression: Expression | None) -> str | None:
    return expression.source if expression else None


def _change(kind: ChangeKind, question: Question, sentence: str) -> Change:
    return Change(kind=kind, question=question.id, sentence=sentence)
