"""Writes the route of one questionnaire as the source of one Python function.

One forward pass in the order written: each item is asked when its condition holds on what stands before it, so nothing
can depend on the order in which the answers came. Items that share a condition are written under one `if`, because that
pass runs at every answer of every interviewer.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby

from cati.questionnaire import ast, scope
from cati.questionnaire.compiling import Names, Variable, condition, value
from cati.questionnaire.model import (
    Block,
    Check,
    Computed,
    Expression,
    Kind,
    Question,
    Questionnaire,
    State,
)

_INDENT = "    "


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One item that turns as a whole: a question, a grid or a block, as the ids of its questions."""

    members: tuple[str, ...]


@dataclass(slots=True)
class Generated:
    """The source of `route`, the checks by their number in it, and what turns."""

    source: str
    checks: tuple[tuple[Check, str], ...]
    turning: dict[str, tuple[Unit, ...]]


@dataclass(slots=True)
class _Writer:
    questionnaire: Questionnaire
    names: dict[str, Variable]
    read: frozenset[str]  #: the names that any expression reads
    states: frozenset[str]  #: the names whose state is tested
    lines: list[str] = field(default_factory=list)
    checks: list[tuple[Check, str]] = field(default_factory=list)
    turning: dict[str, tuple[Unit, ...]] = field(default_factory=dict)
    alerts_done: bool = False

    def line(self, text: str, depth: int = 1) -> None:
        self.lines.append(_INDENT * depth + text)


def generate(questionnaire: Questionnaire) -> Generated:
    """The route function of a questionnaire that the lint has passed."""
    trees = [expression.tree for expression in all_expressions(questionnaire)]
    read = frozenset(name for tree in trees for name in ast.names(tree))
    states = frozenset(
        part.name.path for tree in trees for part in ast.walk(tree) if isinstance(part, ast.Is)
    )
    names = scope.given(questionnaire.sample)
    writer = _Writer(questionnaire, names, read, states)
    _head(writer)
    _hidden(writer)
    for _, group in groupby(questionnaire.blocks, key=lambda block: block.rotate_with or block.id):
        _blocks(writer, tuple(group))
    _tail(writer)
    return Generated("\n".join(writer.lines), tuple(writer.checks), writer.turning)


def all_expressions(questionnaire: Questionnaire) -> Iterator[Expression]:
    """Every expression that the route evaluates (fills are evaluated for one screen only)."""
    yield from (alert.when for alert in questionnaire.alerts)
    yield from (*questionnaire.consents.values(), *questionnaire.marks.values())
    if questionnaire.eligible:
        yield questionnaire.eligible
    for block in questionnaire.blocks:
        if block.when:
            yield block.when
    for question in questionnaire.questions.values():
        yield from of_question(question)


def of_question(question: Question) -> Iterator[Expression]:
    """The expressions of one question that the route evaluates."""
    yield from (part for part in (question.when, question.low, question.high) if part)
    yield from (choice.when for choice in question.choices if choice.when)
    yield from (check.fault for check in question.checks)
    yield from (computed.value for computed in question.computes)


def limit(expression: Expression | None, names: Names) -> str:
    """Source of a bound, None where it is open or cannot be known."""
    return value(expression.tree, names).or_none if expression else "None"


def _head(writer: _Writer) -> None:
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


def _hidden(writer: _Writer) -> None:
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
            for assignment in _assignments(writer, question, "a.value"):
                writer.line(assignment, 3)
            writer.names[question.id] = scope.of_question(question)


def _blocks(writer: _Writer, group: tuple[Block, ...]) -> None:
    turns = f"group_{group[0].rotate_with}" if group[0].rotate_with else None
    if turns:
        writer.line(f"m_{turns} = len(asked)")
    for block in group:
        _block(writer, block)
    if turns:
        _turn(writer, turns, tuple(Unit(members=tuple(q.id for q in block.questions)) for block in group))


def _block(writer: _Writer, block: Block) -> None:
    writer.line(f"# {block.id}")
    if block.when:
        _alerts(writer, [block.when])
        writer.line(f"b_{block.id} = {condition(block.when.tree, writer.names)}")
    if block.rotate:
        writer.line(f"m_block_{block.id} = len(asked)")
    shown = [question for question in block.questions if not question.hidden]
    for run in _runs(block, shown):
        _run(writer, block, run)
    if block.rotate:
        units = [tuple(q.id for q in members) for _, members in groupby(shown, key=_unit)]
        _turn(writer, f"block_{block.id}", tuple(Unit(members=members) for members in units))


def _unit(question: Question) -> str:
    if question.grid:
        return question.grid.id
    return question.specifies[0] if question.specifies else question.id


def _runs(block: Block, questions: list[Question]) -> Iterator[list[Question]]:
    """Neighbours under the same condition, cut where a value is computed, a call may end or a grid begins to turn."""
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
    return bool(last.computes or ends or question.from_alerts or (turns and last.grid != question.grid))


def _source(expression: Expression | None) -> str | None:
    return expression.source if expression else None


def _run(writer: _Writer, block: Block, run: list[Question]) -> None:
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
        _turn(writer, grid.id, tuple(Unit(members=(row,)) for row in grid.rows))
    for computed in run[-1].computes:
        _compute(writer, computed)


def _asked_if(writer: _Writer, block: Block, question: Question) -> str:
    tests = []
    if not block.each_call and _may_stop(writer.questionnaire, question):
        tests.append("stop is None")
    if block.when:
        tests.append(f"b_{block.id}")
    if question.when:
        tests.append(condition(question.when.tree, writer.names))
    return " and ".join(tests)


def _may_stop(questionnaire: Questionnaire, question: Question) -> bool:
    """Whether an earlier question outside the blocks of each call may end the interview."""
    for block in questionnaire.blocks:
        for earlier in block.questions:
            if earlier.id == question.id:
                return False
            if not block.each_call and any(choice.ends for choice in earlier.choices):
                return True
    return False


def _ask(writer: _Writer, block: Block, run: list[Question], depth: int) -> None:
    keys = [_key(block, question) for question in run]
    writer.line(f"asked += ({', '.join(keys)},)" if len(keys) > 1 else f"asked.append({keys[0]})", depth)
    for question, key in zip(run, keys, strict=True):
        _item(writer, block, question, key, depth)
        writer.names[question.id] = scope.of_question(question)


def _key(block: Block, question: Question) -> str:
    if not block.each_call:
        return f"({question.id!r}, '')"
    return f"({question.id!r}, {'each' if question.on_redial else 'again'})"


def _item(writer: _Writer, block: Block, question: Question, key: str, depth: int) -> None:
    good = _admissible(writer, question)
    writer.line(f"a = get({key})", depth)
    writer.line(f"if a is not None and ({good}):", depth)
    writer.line(f"seen[{question.id!r}] = a", depth + 1)
    for assignment in _assignments(writer, question, "v"):
        writer.line(assignment, depth + 1)
    _endings(writer, block, question, depth + 1)
    names = {**writer.names, question.id: scope.of_question(question)}
    for check in question.checks:
        writer.line(
            f"if {condition(check.fault.tree, names)}: faults.append({len(writer.checks)})", depth + 1
        )
        writer.checks.append((check, question.id))
    writer.line("else:", depth)
    writer.line(f"open_({key})", depth + 1)
    if question.id in writer.states:
        writer.line(f"s_{question.id} = {State.UNANSWERED.value!r}", depth + 1)


def _assignments(writer: _Writer, question: Question, source: str) -> Iterator[str]:
    if question.id in writer.read:
        yield f"v_{question.id} = {source}"
    if question.id in writer.states:
        yield f"s_{question.id} = a.state"


def _admissible(writer: _Writer, question: Question) -> str:
    """A stored answer counts only if this version of the question could have taken it; sets `v` on the way."""
    offered = tuple(state.value for state in question.specials)
    if not question.required and State.NA not in question.specials:
        offered = (*offered, State.NA.value)
    special = f" or a.state in {offered!r}" if offered else ""
    return _fits(writer, question) + special


def _fits(writer: _Writer, question: Question) -> str:  # noqa: PLR0911  (one case for each type)
    match question.kind:
        case Kind.SINGLE | Kind.GRID_ITEM:
            return f"(v := a.value) in {_codes(writer, question)}"
        case Kind.SCALE:
            # A tuple, not a pair of bounds: a value of another type must be refused, not raise.
            low, high = limit(question.low, {}), limit(question.high, {})
            return f"(v := a.value) in {tuple(range(int(low), int(high) + 1))!r}"
        case Kind.MULTIPLE | Kind.RANKING:
            return f"type(v := a.value) is list and v != [] and {{*v}} <= {{*{_codes(writer, question)}}}"
        case Kind.DATE | Kind.TIME:
            return f"is_{question.kind}(v := a.value)" + _bounds(writer, question)
        case Kind.INTEGER | Kind.DURATION:
            return "type(v := a.value) is int" + _bounds(writer, question)
        case Kind.DECIMAL:
            return "(v := typed(a.value)) is not None" + _bounds(writer, question)
    return "(v := a.value) is not None"


def _codes(writer: _Writer, question: Question) -> str:
    if not any(choice.when for choice in question.choices):
        return repr(tuple(choice.code for choice in question.choices))
    parts = [
        f"*(({choice.code},) if {condition(choice.when.tree, writer.names)} else ())"
        if choice.when
        else f"{choice.code}"
        for choice in question.choices
    ]
    return f"({', '.join(parts)},)"


def _bounds(writer: _Writer, question: Question) -> str:
    bounds = ((question.low, ">="), (question.high, "<="))
    texts = []
    for expression, operator in bounds:
        if expression:
            piece = value(expression.tree, writer.names)
            # An unknown bound refuses nothing.
            unknown = "".join(f"not ({guard}) or " for guard in piece.guards)
            texts.append(f" and ({unknown}v {operator} {piece.code})")
    return "".join(texts)


def _endings(writer: _Writer, block: Block, question: Question, depth: int) -> None:
    endings = {choice.code: choice.ends for choice in question.choices if choice.ends}
    if endings:
        writer.line(f"if v in {tuple(endings)!r}:", depth)
        writer.line(f"ended = ended or ({endings!r}[v], {question.id!r})", depth + 1)
        if not block.each_call:
            writer.line("stop = ended", depth + 1)


def _compute(writer: _Writer, computed: Computed) -> None:
    piece = value(computed.value.tree, writer.names)
    writer.line(f"c_{computed.name} = {piece.or_none}")
    writer.names[computed.name] = scope.of_computed(computed.name, piece.type)


def _alerts(writer: _Writer, expressions: Iterable[Expression]) -> None:
    """Raised alerts are worked out once, just before the first expression that reads them."""
    if not writer.alerts_done and reads_alerts(expressions):
        _raise_alerts(writer)


def reads_alerts(expressions: Iterable[Expression]) -> bool:
    read = {name for expression in expressions for name in ast.names(expression.tree)}
    return any(name == "alerts" or name.startswith("alert.") for name in read)


def _raise_alerts(writer: _Writer) -> None:
    writer.alerts_done = True
    writer.line("raised = []")
    for alert in writer.questionnaire.alerts:
        writer.line(f"{scope.of_alert(alert).code} = {condition(alert.when.tree, writer.names)}")
        writer.line(f"if {scope.of_alert(alert).code}: raised.append({alert.code})")
        writer.names[f"alert.{alert.id}"] = scope.of_alert(alert)
    writer.names["alerts"] = scope.of_alerts()


def _turn(writer: _Writer, what: str, units: tuple[Unit, ...]) -> None:
    writer.turning[what] = units
    writer.line(f"asked[m_{what}:] = turn_{what}(tuple(asked[m_{what}:]), case_id, version)")


def _tail(writer: _Writer) -> None:
    questionnaire = writer.questionnaire
    if not writer.alerts_done:
        _raise_alerts(writer)
    eligible = condition(questionnaire.eligible.tree, writer.names) if questionnaire.eligible else "True"
    consents, marks = (
        ", ".join(f"{name!r}: {condition(decided.tree, writer.names)}" for name, decided in named.items())
        for named in (questionnaire.consents, questionnaire.marks)
    )
    computed = ", ".join(f"{name!r}: c_{name}" for name in questionnaire.computes)
    writer.line(
        f"return asked, seen, opens, faults, ended, raised, {eligible}, {{{consents}}}, {{{marks}}}, {{{computed}}}"
    )
