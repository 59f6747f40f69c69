"""Writes the route of one questionnaire as the source of one Python function.

One forward pass in the order written: each item is asked when its condition holds on what stands before it, so nothing
can depend on the order in which the answers came. Items that share a condition are written under one `if`, because that
pass runs at every answer of every interviewer.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby

from cati.questionnaire import ast, scope
from cati.questionnaire.compiling import condition, value
from cati.questionnaire.items import assignments, item
from cati.questionnaire.model import (
    Block,
    Computed,
    Expression,
    Loop,
    Question,
    Questionnaire,
    State,
)
from cati.questionnaire.writer import Generated, Unit, Writer, iteration, known_as


def generate(questionnaire: Questionnaire) -> Generated:
    """The route function of a questionnaire that the lint has passed."""
    trees = [expression.tree for expression in all_expressions(questionnaire)]
    read = frozenset(name for tree in trees for name in ast.names(tree))
    states = frozenset(
        part.name.path for tree in trees for part in ast.walk(tree) if isinstance(part, ast.Is)
    )
    names = scope.given(questionnaire.sample)
    standing = _standing(questionnaire, read, states)
    writer = Writer(questionnaire, names, read, states, standing=standing)
    _head(writer)
    _hidden(writer)
    for _, group in groupby(questionnaire.blocks, key=lambda block: block.rotate_with or block.id):
        _blocks(writer, tuple(group))
    _tail(writer)
    return Generated("\n".join(writer.lines), tuple(writer.checks), writer.turning)


def _standing(
    questionnaire: Questionnaire, read: frozenset[str], states: frozenset[str]
) -> dict[str, scope.Standing]:
    """What stands in loops, as far as an expression reads it."""
    kept = {}
    for name, each in scope.loops_of(questionnaire).items():
        wanted = [
            code for code in each.columns if (name in states if code.startswith("s_") else name in read)
        ]
        if wanted or name.endswith(".rank"):
            kept[name] = scope.Standing(each.loops, tuple(wanted) or each.columns)
    return kept


def all_expressions(questionnaire: Questionnaire) -> Iterator[Expression]:
    """Every expression that the route evaluates (fills are evaluated for one screen only)."""
    yield from (alert.when for alert in questionnaire.alerts)
    yield from (*questionnaire.consents.values(), *questionnaire.marks.values())
    if questionnaire.eligible:
        yield questionnaire.eligible
    for block in questionnaire.blocks:
        if block.when:
            yield block.when
    for loop in questionnaire.loops.values():
        yield from (part for part in (loop.count, loop.when) if part)
    for question in questionnaire.questions.values():
        yield from of_question(question)


def of_question(question: Question) -> Iterator[Expression]:
    """The expressions of one question that the route evaluates."""
    yield from (part for part in (question.when, question.low, question.high) if part)
    yield from (choice.when for choice in question.choices if choice.when)
    yield from (check.fault for check in question.checks)
    yield from (computed.value for computed in question.computes)


def _head(writer: Writer) -> None:
    questionnaire = writer.questionnaire
    writer.line("def route(sample, facts, answers, each, again, case_id, version):", 0)
    writer.line("get = answers.get")
    writer.line("asked = []; seen = {}; opens = []; open_ = opens.append; faults = []; ended = stop = None")
    for path in sorted(writer.read):
        variable = writer.names.get(path)
        if variable:
            where = "sample" if path.startswith("sample.") else "facts"
            reading = f"{where}.get({path.partition('.')[2]!r})"
            column = questionnaire.sample.get(path.partition(".")[2]) if where == "sample" else None
            writer.line(
                f"{variable.code} = {f'exact({reading})' if column and column.type == 'decimal' else reading}"
            )
    values = [
        scope.of_question(question).code
        for question in questionnaire.questions.values()
        if question.id in writer.read
    ]
    if values:
        writer.line(" = ".join((*values, "None")))
    tested = [f"s_{name}" for name in sorted(writer.states) if name in questionnaire.questions]
    if tested:
        writer.line(" = ".join((*tested, repr(State.NOT_ASKED.value))))
    if questionnaire.loops:
        lists = [f"{kind}_{loop_id} = []" for loop_id in questionnaire.loops for kind in "rh"]
        writer.line("; ".join(("looped = {}", *lists)))


def _hidden(writer: Writer) -> None:
    """Hidden questions are read before all else: a key may answer them at any time, as often as they repeat.

    Their iterations are "", "2", "3"…; the last one given is what is visible.
    """
    for question in writer.questionnaire.questions.values():
        if question.hidden:
            times = ("", *(str(time) for time in range(2, question.repeat + 1)))
            writer.line(f"for key in {tuple((question.id, time) for time in times)!r}:")
            writer.line("a = get(key)", 2)
            writer.line("if a is not None and a.value is not None:", 2)
            writer.line(f"seen[{question.id!r}] = a", 3)
            for assignment in assignments(writer, question, "a.value"):
                writer.line(assignment, 3)
            writer.names[question.id] = scope.of_question(question)


def _blocks(writer: Writer, group: tuple[Block, ...]) -> None:
    turns = f"group_{group[0].rotate_with}" if group[0].rotate_with else None
    if turns:
        writer.line(f"m_{turns} = len(asked)")
    for block in group:
        _block(writer, block)
    if turns:
        units = tuple(Unit(name=one.id, members=tuple(q.id for q in one.questions)) for one in group)
        _turn(writer, turns, units)


def _block(writer: Writer, block: Block) -> None:
    writer.line(f"# {block.id}")
    if block.when:
        _alerts(writer, [block.when])
        writer.line(f"b_{block.id} = {condition(block.when.tree, writer.seen)}")
    if block.rotate:
        writer.line(f"m_block_{block.id} = len(asked)")
    shown = [question for question in block.questions if not question.hidden]
    _questions(writer, block, shown)
    if block.rotate:
        units = groupby(shown, key=_unit)
        turning = tuple(Unit(name=name, members=tuple(q.id for q in members)) for name, members in units)
        _turn(writer, f"block_{block.id}", turning)


def _questions(writer: Writer, block: Block, questions: Iterable[Question]) -> None:
    """Those asked once here, and the loops that stand between them."""
    depth = len(writer.loops)
    for loop_id, members in groupby(questions, key=lambda each: next(iter(each.loops[depth:]), None)):
        if loop_id is None:
            for run in _runs(block, list(members)):
                _run(writer, block, run)
        else:
            _loop(writer, block, writer.questionnaire.loops[loop_id], list(members))


def _loop(writer: Writer, block: Block, loop: Loop, members: list[Question]) -> None:
    """One pass over the members for each turn; each turn begins with nothing known and leaves a row behind."""
    read = [each for each in (loop.when, loop.count) if each]
    _alerts(writer, [*read, *(each for question in members for each in of_question(question))])
    tests = [f"b_{block.id}"] if block.when else []
    tests += [condition(loop.when.tree, writer.seen)] if loop.when else []
    number = value(loop.count.tree, writer.seen).or_none if loop.count else None
    turns = f"turns({number}, {loop.most})" if loop.count else repr(loop.turns())
    if tests:
        turns = f"({turns} if {' and '.join(tests)} else ())"
    writer.line(f"for i_{loop.id} in {turns}:")
    around, writer.loops = writer.loops, (*writer.loops, loop.id)
    at = f'f"{{at_{around[-1]}}}.{{i_{loop.id}}}"' if around else f"str(i_{loop.id})"
    writer.line(f"at_{loop.id} = {at}")
    _forget(writer, loop)
    writer.names[f"{loop.id}.rank"] = scope.of_turn(loop.id)
    _questions(writer, block, members)
    _keep_row(writer, loop)
    writer.loops = around


def _keep_row(writer: Writer, loop: Loop) -> None:
    """What the turn leaves behind. The rows of an inner loop are for its outer turn alone; once that one is over they
    join those of the other turns, each beside all that its outer turn has said."""
    own = ", ".join(scope.own_columns(writer.standing, writer.loops))
    writer.line(f"{'h' if loop.inside else 'r'}_{loop.id}.append(({own},))")
    for inner in writer.questionnaire.loops.values():
        if inner.inside == loop.id:
            writer.line(f"r_{inner.id} += [({own}, *row) for row in h_{inner.id}]")


def _forget(writer: Writer, loop: Loop) -> None:
    """What the turn before left behind."""
    for inner in writer.questionnaire.loops.values():
        if inner.inside == loop.id:
            writer.line(f"h_{inner.id} = []")
    for name, each in writer.standing.items():
        if each.loops[-1] == loop.id and not name.endswith(".rank"):
            for code in each.columns:
                writer.line(f"{code} = {State.NOT_ASKED.value if code.startswith('s_') else None!r}")


def _unit(question: Question) -> str:
    if question.loops:
        return question.loops[0]
    if question.group:
        return question.group.id
    if question.grid:
        return question.grid.id
    return question.specifies[0] if question.specifies else question.id


def _runs(block: Block, questions: list[Question]) -> Iterator[list[Question]]:
    """Neighbours under the same condition, cut where a value is computed, alerts are read, a call may end or a grid
    begins to turn."""
    run: list[Question] = []
    for question in questions:
        if run and (_breaks(run[-1], question) or _source(run[-1].when) != _source(question.when)):
            yield run
            run = []
        run.append(question)
    if run:
        yield run


def _breaks(last: Question, question: Question) -> bool:
    ends = any(choice.ends for choice in last.choices)
    turns = (last.grid and last.grid.rotate) or (question.grid and question.grid.rotate)
    alerts = reads_alerts(of_question(question))
    return bool(last.computes or ends or alerts or (turns and last.grid != question.grid))


def _source(expression: Expression | None) -> str | None:
    return expression.source if expression else None


def _run(writer: Writer, block: Block, run: list[Question]) -> None:
    first, grid = run[0], run[0].grid
    _alerts(writer, [expression for question in run for expression in of_question(question)])
    turns = grid is not None and grid.rotate
    if turns and grid and grid.rows[0] == first.id:
        writer.line(f"m_{grid.id} = len(asked)")
    depth = 1
    test = _asked_if(writer, block, first)
    if test:
        writer.line(f"if {test}:")
        depth = 2
    _ask(writer, block, run, depth)
    if turns and grid and grid.rows[-1] == run[-1].id:
        _turn(writer, grid.id, tuple(Unit(name=row, members=(row,)) for row in grid.rows))
    for computed in run[-1].computes:
        _compute(writer, computed)


def _asked_if(writer: Writer, block: Block, question: Question) -> str:
    tests = []
    if not block.each_call and _may_stop(writer.questionnaire, question):
        tests.append("stop is None")
    if block.when:
        tests.append(f"b_{block.id}")
    if question.when:
        tests.append(condition(question.when.tree, writer.seen))
    return " and ".join(tests)


def _may_stop(questionnaire: Questionnaire, question: Question) -> bool:
    """Whether an earlier question outside the blocks of each call may end the interview; in a loop, any of the turn
    before is earlier."""
    before = True
    for block in questionnaire.blocks:
        for each in block.questions:
            before = before and each.id != question.id
            earlier = before or (question.loops and question.loops[:1] == each.loops[:1])
            if earlier and not block.each_call and any(choice.ends for choice in each.choices):
                return True
    return False


def _ask(writer: Writer, block: Block, run: list[Question], depth: int) -> None:
    keys = [_key(writer, block, question) for question in run]
    writer.line(f"asked += ({', '.join(keys)},)" if len(keys) > 1 else f"asked.append({keys[0]})", depth)
    for question, key in zip(run, keys, strict=True):
        item(writer, block, question, key, depth)
        writer.names[question.id] = scope.of_question(question)


def _key(writer: Writer, block: Block, question: Question) -> str:
    return f"({question.id!r}, {iteration(writer, block, question)})"


def _compute(writer: Writer, computed: Computed) -> None:
    piece = value(computed.value.tree, writer.seen)
    writer.line(f"c_{computed.name} = {piece.or_none}")
    if writer.loops:
        writer.line(f"looped[{known_as(writer, computed.name)}] = c_{computed.name}")
    writer.names[computed.name] = scope.of_computed(computed.name, piece.type)


def _alerts(writer: Writer, expressions: Iterable[Expression]) -> None:
    """Raised alerts are worked out once, just before the first expression that reads them."""
    if not writer.alerts_done and reads_alerts(expressions):
        _raise_alerts(writer)


def reads_alerts(expressions: Iterable[Expression]) -> bool:
    read = {name for expression in expressions for name in ast.names(expression.tree)}
    return any(name == "alerts" or name.startswith("alert.") for name in read)


def _raise_alerts(writer: Writer) -> None:
    writer.alerts_done = True
    writer.line("raised = []")
    for alert in writer.questionnaire.alerts:
        writer.line(f"{scope.of_alert(alert).code} = {condition(alert.when.tree, writer.seen)}")
        writer.line(f"if {scope.of_alert(alert).code}: raised.append({alert.code})")
        writer.names[f"alert.{alert.id}"] = scope.of_alert(alert)
    writer.names["alerts"] = scope.of_alerts()


def _turn(writer: Writer, what: str, units: tuple[Unit, ...]) -> None:
    writer.turning[what] = units
    writer.line(f"asked[m_{what}:] = turn_{what}(tuple(asked[m_{what}:]), case_id, version)")


def _tail(writer: Writer) -> None:
    questionnaire = writer.questionnaire
    if not writer.alerts_done:
        _raise_alerts(writer)
    eligible = condition(questionnaire.eligible.tree, writer.seen) if questionnaire.eligible else "True"
    consents, marks = (
        ", ".join(f"{name!r}: {condition(decided.tree, writer.seen)}" for name, decided in named.items())
        for named in (questionnaire.consents, questionnaire.marks)
    )
    once = [name for name in questionnaire.computes if name not in scope.loops_of(questionnaire)]
    computed = ", ".join([f"{name!r}: c_{name}" for name in once] + ["**looped"] * bool(questionnaire.loops))
    writer.line(
        f"return asked, seen, opens, faults, ended, raised, {eligible}, {{{consents}}}, {{{marks}}}, {{{computed}}}"
    )
