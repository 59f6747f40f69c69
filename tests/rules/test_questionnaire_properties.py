"""What holds in any interview of any questionnaire: random ones, with loops, dates, rankings, choices offered to some,
checks that read several answers; and random respondents, who change their minds."""

from collections.abc import Iterator
from functools import cache

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from cati.questionnaire import ast, checks, loader, routing
from cati.questionnaire.model import Answer, Question, answered
from cati.questionnaire.route import AnswerKey, Route, Situation, instance, within
from cati.questionnaire.routing import Compiled
from tests.every_interview import every_answer, slots
from tests.small_loops import Wider
from tests.small_questionnaires import Author
from tests.wandering import Moment, wander

#: Which questionnaire, which respondent.
WHO = st.tuples(st.sampled_from([Wider, Wider, Author]), st.integers(0, 49)), st.integers(1, 10**6)
few = settings(max_examples=30, deadline=None, phases=(Phase.generate,))  # a smaller seed is no smaller case


@cache
def text_of(kind: type[Author], seed: int) -> str:
    """The first questionnaire from this seed on that the lint lets pass."""
    while True:
        written = kind(seed).text()
        if loader.review(written)[0] is not None:
            return written
        seed += 1000


@cache
def script(kind: type[Author], seed: int) -> Compiled:
    return routing.compile(loader.load(text_of(kind, seed)))


def interview(compiled: Compiled, seed: int) -> list[Moment]:
    return list(wander(compiled, seed, changing=0.2))


def told(route: Route) -> tuple[object, ...]:
    """All that an interview decides, and all that leaves it."""
    return (
        *(route.items, dict(route.visible), dict(route.computed), route.position, route.complete),
        *(route.eligible, route.alerts, dict(route.consents), dict(route.marks), route.ended),
        {fault.key for fault in route.faults},
    )


def waits(route: Route) -> AnswerKey | None:
    """The first question of the route without a good answer: where an interview should stand."""
    broken = {(fault.question, fault.iteration) for fault in route.faults}
    open_ = (key for key in route.items if instance(*key) not in route.visible or key in broken)
    return None if route.ended else next(open_, None)


@few
@given(*WHO, st.randoms(use_true_random=False))
def test_the_order_in_which_answers_came_changes_nothing(
    which: tuple[type[Author], int], seed: int, draw: object
) -> None:
    compiled = script(*which)
    for moment in interview(compiled, seed):
        shuffled = list(moment.answers.items())
        draw.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis says only that it is an object
        assert told(compiled.route(moment.where, dict(shuffled))) == told(moment.after)


@few
@given(*WHO)
def test_an_interview_resumed_after_any_answer_stands_where_it_stood(
    which: tuple[type[Author], int], seed: int
) -> None:
    elsewhere = routing.compile(loader.load(text_of(*which)))  # another workstation, another process
    for moment in interview(script(*which), seed):
        assert told(elsewhere.route(moment.where, dict(moment.answers))) == told(moment.after)
        assert moment.after.position == waits(moment.after)
        for key in moment.after.items:  # an answer keeps its own turn, however many turns there are
            if seen := moment.after.visible.get(instance(*key)):
                assert seen == moment.answers[key]


@few
@given(*WHO)
def test_answers_off_the_route_reach_no_condition_and_no_export(
    which: tuple[type[Author], int], seed: int
) -> None:
    compiled = script(*which)
    for moment in interview(compiled, seed):
        kept = {key: moment.answers[key] for key in moment.answers if key in moment.after.items}
        assert told(compiled.route(moment.where, kept)) == told(moment.after)
        elsewhere = dict.fromkeys(all_keys(compiled), answered(1)) | {("gone", ""): answered(1)}
        beside = {key: answer for key, answer in elsewhere.items() if key not in moment.after.items}
        assert told(compiled.route(moment.where, {**beside, **kept})) == told(moment.after)


def all_keys(compiled: Compiled) -> list[AnswerKey]:
    """Every question in every turn; of the introduction, in a call that is not this one."""
    each_call = {q.id for block in compiled.questionnaire.blocks if block.each_call for q in block.questions}
    return [(name, "c9" if name in each_call else turn) for name, turn in slots(compiled.questionnaire)]


@few
@given(*WHO)
def test_an_answer_changed_and_given_again_restores_everything(
    which: tuple[type[Author], int], seed: int
) -> None:
    compiled = script(*which)
    moments = interview(compiled, seed)
    if not moments:
        return
    last = moments[-1]
    for key in last.after.items:
        if key in last.answers:
            for other in every_answer(compiled.questionnaire.questions[key[0]]):
                compiled.route(last.where, {**last.answers, key: other})
                changed = {**last.answers, key: other}
                assert told(compiled.route(last.where, {**changed, key: last.answers[key]})) == told(
                    last.after
                )


@few
@given(*WHO)
def test_the_route_takes_what_the_screen_takes(which: tuple[type[Author], int], seed: int) -> None:
    compiled = script(*which)
    for moment in interview(compiled, seed):
        if moment.after.position:
            key = moment.after.position
            question = compiled.questionnaire.questions[key[0]]
            limits = compiled.limits(question, moment.where, moment.after, key[1])
            for answer in every_answer(question):
                after = compiled.route(moment.where, {**moment.answers, key: answer})
                taken = after.visible.get(instance(*key)) == answer
                assert taken == on_screen(question, answer, limits), (key, answer)


def on_screen(question: Question, answer: Answer, limits: routing.Limits) -> bool:
    """Whether the form takes this answer as it is."""
    if answer.value is None:
        return answer.state in question.specials or not question.required
    values = answer.value if isinstance(answer.value, list) else [answer.value]
    return checks.read(question, values=[str(value) for value in values], limits=limits) == answer


@few
@given(*WHO)
def test_a_confirmation_lapses_only_when_an_answer_it_reads_changes(
    which: tuple[type[Author], int], seed: int
) -> None:
    compiled = script(*which)
    for moment in interview(compiled, seed):
        bare = Situation(**{**facts_of(moment.where), "confirmed": frozenset()})  # type: ignore[arg-type]  # the same fields
        for fault in compiled.route(bare, dict(moment.answers)).faults:
            for key, other in changes(compiled, moment):
                after = compiled.route(bare, {**moment.answers, key: other})
                again = [one for one in after.faults if same_place(one, fault)]
                if again and after.items == moment.after.items:
                    near = same_turn(compiled, fault, key)
                    if not near or key[0] not in involved(compiled, fault.check):
                        assert again[0].key == fault.key
                    elif key[0] in directly(compiled, fault.check):
                        assert again[0].key != fault.key


def facts_of(where: Situation) -> dict[str, object]:
    return {name: getattr(where, name) for name in where.__dataclass_fields__}


def same_place(one: routing.Fault, other: routing.Fault) -> bool:
    return (one.check, one.question, one.iteration) == (other.check, other.question, other.iteration)


def same_turn(compiled: Compiled, fault: routing.Fault, key: AnswerKey) -> bool:
    """Whether an answer stands in the turn of the check, as far as the two are in the same loops."""
    here, there = (compiled.questionnaire.questions[name].loops for name in (fault.question, key[0]))
    shared = next(
        (depth for depth in (2, 1) if here[:depth] == there[:depth] and len(here[:depth]) == depth), 0
    )
    return within(fault.iteration, shared) == within(key[1], shared)


def changes(compiled: Compiled, moment: Moment) -> Iterator[tuple[AnswerKey, Answer]]:
    """Other answers that could be given, to what is on the route."""
    for key in moment.answers:
        if key in moment.after.items:
            for other in every_answer(compiled.questionnaire.questions[key[0]]):
                if other != moment.answers[key]:
                    yield key, other


def directly(compiled: Compiled, check_id: str) -> set[str]:
    """The names that a check reads itself."""
    questions = compiled.questionnaire.questions.values()
    check = next(one for question in questions for one in question.checks if one.id == check_id)
    return set(ast.names(check.fault.tree))


def involved(compiled: Compiled, check_id: str) -> set[str]:
    """The questions behind a check, through computed values too."""
    computed = compiled.questionnaire.computes
    names = list(directly(compiled, check_id))
    for name in names:
        if name in computed:
            names += ast.names(computed[name].value.tree)
    return set(names)
