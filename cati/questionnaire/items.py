"""Writes what one item does in the route: whether its stored answer counts, what it makes known, which checks fail."""

from collections.abc import Iterator

from cati.questionnaire import scope
from cati.questionnaire.compiling import Names, condition, value
from cati.questionnaire.model import Block, Expression, Kind, Question, State
from cati.questionnaire.writer import Writer, iteration, known_as


def item(writer: Writer, block: Block, question: Question, key: str, depth: int) -> None:
    good = _admissible(writer, question)
    writer.line(f"a = get({key})", depth)
    writer.line(f"if a is not None and ({good}):", depth)
    writer.line(f"seen[{known_as(writer, question.id)}] = a", depth + 1)
    for assignment in assignments(writer, question, "v"):
        writer.line(assignment, depth + 1)
    _endings(writer, block, question, depth + 1)
    names = {**writer.seen, question.id: scope.of_question(question)}
    for check in question.checks:
        failed = f"({len(writer.checks)}, {iteration(writer, block, question)})"
        writer.line(f"if {condition(check.fault.tree, names)}: faults.append({failed})", depth + 1)
        writer.checks.append((check, question.id))
    writer.line("else:", depth)
    writer.line(f"open_({key})", depth + 1)
    if question.id in writer.states:
        writer.line(f"s_{question.id} = {State.UNANSWERED.value!r}", depth + 1)


def assignments(writer: Writer, question: Question, source: str) -> Iterator[str]:
    if question.id in writer.read:
        yield f"v_{question.id} = {source}"
    if question.id in writer.states:
        yield f"s_{question.id} = a.state"


def _admissible(writer: Writer, question: Question) -> str:
    """A stored answer counts only if this version of the question could have taken it; sets `v` on the way."""
    offered = tuple(state.value for state in question.specials)
    if not question.required and State.NA not in question.specials:
        offered = (*offered, State.NA.value)
    special = f" or a.state in {offered!r}" if offered else ""
    return _fits(writer, question) + special


def _fits(writer: Writer, question: Question) -> str:  # noqa: PLR0911  (one case for each type)
    match question.kind:
        case Kind.SINGLE | Kind.GRID_ITEM:
            return f"(v := a.value) in {_codes(writer, question)}"
        case Kind.SCALE:
            # A tuple, not a pair of bounds: a value of another type must be refused, not raise.
            low, high = limit(question.low, {}), limit(question.high, {})
            return f"(v := a.value) in {tuple(range(int(low), int(high) + 1))!r}"
        case Kind.MULTIPLE | Kind.RANKING:
            return _several(writer, question)
        case Kind.DATE | Kind.TIME:
            return f"is_{question.kind}(v := a.value)" + _bounds(writer, question)
        case Kind.INTEGER | Kind.DURATION:
            return "type(v := a.value) is int" + _bounds(writer, question)
        case Kind.DECIMAL:
            return "(v := typed(a.value)) is not None" + _bounds(writer, question)
    return "(v := a.value) is not None"


def _several(writer: Writer, question: Question) -> str:
    """No more than `max`, what is exclusive alone; a ranking has every rank asked for, of those offered now."""
    codes, most = _codes(writer, question), question.max_choices or len(question.choices)
    test = f"type(v := a.value) is list and v != [] and {{*v}} <= {{*{codes}}}"
    if question.kind is Kind.RANKING:
        filtered = any(choice.when for choice in question.choices)
        count = f"min({most}, len({codes}))" if filtered else str(min(most, len(question.choices)))
        return f"{test} and len(v) == len({{*v}}) == {count}"
    if most < len(question.choices):
        test += f" and len(v) <= {most}"
    absent = [f"{choice.code} not in v" for choice in question.choices if choice.exclusive]
    return f"{test} and (len(v) == 1 or {' and '.join(absent)})" if absent else test


def _codes(writer: Writer, question: Question) -> str:
    if not any(choice.when for choice in question.choices):
        return repr(tuple(choice.code for choice in question.choices))
    parts = [
        f"*(({choice.code},) if {condition(choice.when.tree, writer.seen)} else ())"
        if choice.when
        else f"{choice.code}"
        for choice in question.choices
    ]
    return f"({', '.join(parts)},)"


def _bounds(writer: Writer, question: Question) -> str:
    bounds = ((question.low, ">="), (question.high, "<="))
    texts = []
    for expression, operator in bounds:
        if expression:
            piece = value(expression.tree, writer.seen)
            # An unknown bound refuses nothing.
            unknown = "".join(f"not ({guard}) or " for guard in piece.guards)
            texts.append(f" and ({unknown}v {operator} {piece.code})")
    return "".join(texts)


def _endings(writer: Writer, block: Block, question: Question, depth: int) -> None:
    endings = {choice.code: choice.ends for choice in question.choices if choice.ends}
    if endings:
        writer.line(f"if v in {tuple(endings)!r}:", depth)
        writer.line(f"ended = ended or ({endings!r}[v], {question.id!r})", depth + 1)
        if not block.each_call:
            writer.line("stop = ended", depth + 1)


def limit(expression: Expression | None, names: Names) -> str:
    """Source of a bound, None where it is open or cannot be known."""
    return value(expression.tree, names).or_none if expression else "None"
