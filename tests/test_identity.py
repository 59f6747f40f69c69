"""Identities are read for a purpose that is written down: every way from a sealed column to a screen, followed.

The source is read: which functions open a sealed column, which call those, and so on up to a page or a command. On
each way there must be a function that writes « identity.read » in the audit, or a reason why none is needed.
"""

import ast
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCES = sorted([*ROOT.glob("cati/**/*.py"), *ROOT.glob("web/**/*.py")])


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the code, with the names it calls and whether it writes that an identity was read."""

    module: str
    name: str
    calls: frozenset[str]
    writes: bool


@cache
def functions() -> tuple[Function, ...]:
    found = []
    for path in SOURCES:
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        found += [
            _function(module, node) for node in ast.walk(ast.parse(path.read_text())) if is_function(node)
        ]
    return tuple(found)


def is_function(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)


def _function(module: str, node: ast.AST) -> Function:
    inside = list(ast.walk(node))
    calls = {_called(one.func) for one in inside if isinstance(one, ast.Call)}
    said = {one.value for one in inside if isinstance(one, ast.Constant)}
    return Function(module, node.name, frozenset(calls), "identity.read" in said)  # type: ignore[attr-defined]


def _called(func: ast.expr) -> str:
    match func:
        case ast.Attribute(value=ast.Name(id=of), attr=name):
            return f"{of}.{name}"
        case ast.Attribute(attr=name):
            return f".{name}"
        case ast.Name(id=name):
            return name
    return ""


@cache
def imports(module: str) -> dict[str, str]:
    """What a name of the module stands for: `sample` → `cati.sample.views`, `card` → `cati.calling.views.card.card`."""
    path = ROOT / (module.replace(".", "/") + ".py")
    found = {}
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {one.asname or one.name: f"{node.module}.{one.name}" for one in node.names}
    return found


def called_by(one: Function) -> set[str]:
    """The functions that it calls, by their full names."""
    known = imports(one.module)
    full = set()
    for call in one.calls:
        of, dot, name = call.rpartition(".")
        if not dot:
            full.add(known.get(name, f"{one.module}.{name}"))
        elif of:
            full.add(f"{known.get(of, of)}.{name}")
    return full


def ways() -> dict[str, set[str]]:
    """Who reaches an opened column without an audit on the way, and through which function."""
    callers = defaultdict(set)
    for one in functions():
        for name in called_by(one):
            callers[name].add(one)
    reached: dict[str, set[str]] = {}
    waiting = [
        (f"{one.module}.{one.name}", "unseal")
        for one in functions()
        if any(call.endswith(".unseal") for call in one.calls)
    ]
    while waiting:
        name, through = waiting.pop()
        new = name not in reached
        reached.setdefault(name, set()).add(through)
        if new:
            waiting += [(f"{up.module}.{up.name}", name) for up in callers[name] if not up.writes]
    return reached


def writers() -> set[str]:
    """The functions that write « identity.read »."""
    return {f"{one.module}.{one.name}" for one in functions() if one.writes}


def callers_of(name: str) -> list[Function]:
    return [one for one in functions() if name in called_by(one)]


#: what opens a sealed column, and for whom
OPENERS = {
    "cati.sample.views.contact_of",
    "cati.sample.views.numbers_of",
    "cati.calling.store.facts.number",  # for the line alone, which dials it
    "cati.cli.doctor.look",  # whether the keys of the installation open anything: shows nothing of it
    "cati.cli.doctor._keys",
}

#: Who may be reached by them: the desk, which shows the case in hand, and pages that write the audit themselves.
DESK = "web.interviewer."
AUDITED_PAGES = {"web.supervisor.cases.read_identity", "web.supervisor.quality_backchecks.show_contact"}


def test_only_these_open_a_sealed_column() -> None:
    assert {name for name, through in ways().items() if "unseal" in through} == OPENERS


def test_an_identity_reaches_the_desk_and_the_pages_that_write_it_down_and_nobody_else() -> None:
    faces = {name for name in ways() if name.startswith("web.") and not name.startswith(DESK)}
    assert faces == AUDITED_PAGES
    commands = {name for name in ways() if name.startswith("cati.cli.")}
    assert {name.rpartition(".")[0] for name in commands} == {"cati.cli.doctor"}


def test_those_pages_write_it_before_they_show_it() -> None:
    pages = {f"{one.module}.{one.name}": one for one in functions()}
    for name in AUDITED_PAGES:
        assert called_by(pages[name]) & writers(), f"{name} shows an identity that nobody wrote down"


def test_a_case_comes_into_an_interviewers_hands_with_its_audit() -> None:
    """The desk shows the identity of the case in hand: whoever gives him one writes it down in the same breath."""
    takers = callers_of("cati.calling.actions.taking.take_next_case")
    assert {one.module for one in takers} == {"web.interviewer.desk"}
    assert all(called_by(one) & writers() for one in takers)
    assert {name.rpartition(".")[0] for name in writers()} >= {
        "cati.calling.actions.taking",
        "cati.calling.actions.inbound",
    }


def test_every_reading_says_what_for() -> None:
    for one in functions():
        if one.writes:
            path = ROOT / (one.module.replace(".", "/") + ".py")
            keywords = [
                {keyword.arg for keyword in node.keywords}
                for node in ast.walk(ast.parse(path.read_text()))
                if isinstance(node, ast.Call)
                and any(
                    isinstance(k.value, ast.Constant) and k.value.value == "identity.read"
                    for k in node.keywords
                )
            ]
            assert all({"user_id", "object_id", "purpose"} <= told for told in keywords), one


def test_no_other_slice_nor_audience_so_much_as_imports_an_opener() -> None:
    for path in SOURCES:
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        if module.startswith(
            ("web.observer", "web.office", "cati.exports", "cati.observation", "cati.interviews")
        ):
            names = set(imports(module).values())
            assert names.isdisjoint(OPENERS | {"cati.sample.identity", "cati.sample.views"}), module
