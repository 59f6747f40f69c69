"""Yes and no as the solver writes them. What is known is folded away, so that a formula stays as short as the filter it
comes from."""

from collections.abc import Iterable
from typing import Any

import z3

Formula = Any  #: a `z3.BoolRef`: z3 says nothing of its types
Term = Any  #: a `z3.ArithRef`

TRUE: Formula = z3.BoolVal(True)
FALSE: Formula = z3.BoolVal(False)


def all_of(*parts: Formula) -> Formula:
    """Whether every part holds."""
    if any(z3.is_false(part) for part in parts):
        return FALSE
    kept = [part for part in parts if not z3.is_true(part)]
    return z3.And(kept) if len(kept) > 1 else kept[0] if kept else TRUE


def any_of(*parts: Formula) -> Formula:
    """Whether some part holds."""
    if any(z3.is_true(part) for part in parts):
        return TRUE
    kept = [part for part in parts if not z3.is_false(part)]
    return z3.Or(kept) if len(kept) > 1 else kept[0] if kept else FALSE


def no(part: Formula) -> Formula:
    if z3.is_not(part):
        return part.arg(0)
    return FALSE if z3.is_true(part) else TRUE if z3.is_false(part) else z3.Not(part)


def if_then(test: Formula, then: Formula) -> Formula:
    """The implication."""
    return any_of(no(test), then)


def choose(test: Formula, then: Formula, otherwise: Formula) -> Formula:
    """One condition or another."""
    return any_of(all_of(test, then), all_of(no(test), otherwise))


def at_most_one(parts: Iterable[Formula]) -> Formula:
    parts = tuple(parts)
    return z3.AtMost(*parts, 1) if len(parts) > 1 else TRUE


def exactly_one(parts: Iterable[Formula]) -> Formula:
    parts = tuple(parts)
    return all_of(any_of(*parts), at_most_one(parts))


def exactly(parts: Iterable[Formula], count: int) -> Formula:
    """Whether so many parts hold, no more and no less."""
    weighed = [(part, 1) for part in parts]
    return z3.PbEq(weighed, count) if weighed else (TRUE if count == 0 else FALSE)


def constants_of(formula: Formula) -> dict[int, Any]:
    """Every variable that a formula reads, by its identity in the solver."""
    found: dict[int, Any] = {}
    seen: set[int] = set()
    waiting = [formula]
    while waiting:
        node = waiting.pop()
        if node.get_id() in seen:
            continue
        seen.add(node.get_id())
        if z3.is_const(node) and node.decl().kind() == z3.Z3_OP_UNINTERPRETED:
            found[node.get_id()] = node
        waiting.extend(node.children())
    return found
