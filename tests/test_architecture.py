"""The shape of the house: layers, sizes, words, and what no file may hold."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).parents[1]
SOURCES = sorted([*ROOT.glob("cati/**/*.py"), *ROOT.glob("web/**/*.py")])
ENTRY = ROOT / "cati/cli/__init__.py"  # the one package file with a body: the list of the commands
# "item" is left out: a questionnaire is made of items.
VAGUE = {"manager", "helper", "util", "utils", "service", "data", "info", "process", "handle", "record"}
SETTLED = {
    "record_answer",
    "process_bind_param",
    "process_result_value",
}  # the design's word, SQLAlchemy's hooks
LONGEST_MODULE, LONGEST_FUNCTION, LONGEST_RECIPE = 400, 30, 3


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def definitions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node


def tracked() -> list[Path]:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [path for path in (ROOT / name for name in listed.split("\0") if name) if path.is_file()]


def test_imports_keep_to_the_layers() -> None:
    assert lint_imports(config_filename=str(ROOT / ".importlinter"), cache_dir=None) == 0


def test_a_module_is_read_in_one_sitting() -> None:
    lengths = {named(path): len(path.read_text().splitlines()) for path in SOURCES}
    assert {name: length for name, length in lengths.items() if length > LONGEST_MODULE} == {}


def test_a_function_is_seen_at_once() -> None:
    lengths = {
        f"{named(path)}:{node.name}": (node.end_lineno or 0) - node.lineno + 1
        for path in SOURCES
        for node in definitions(path)
        if not isinstance(node, ast.ClassDef)
    }
    assert {name: length for name, length in lengths.items() if length > LONGEST_FUNCTION} == {}


def test_names_say_what_they_mean() -> None:
    names = [(named(path), node.name) for path in SOURCES for node in definitions(path)]
    assert [found for found in names if found[1] not in SETTLED and VAGUE & words(found[1])] == []


def words(name: str) -> set[str]:
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}


def test_a_package_file_holds_a_docstring_at_most() -> None:
    assert [
        named(path) for path in SOURCES if path.name == "__init__.py" and path != ENTRY and not is_bare(path)
    ] == []


def is_bare(path: Path) -> bool:
    """Nothing but a docstring; rules that outgrew one file may also pass on their names."""
    passed_on = (ast.ImportFrom, ast.Assign) if path.parent.name == "rules" else ()
    return all(
        isinstance(node, passed_on) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        for node in ast.parse(path.read_text()).body
    )


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_locks_name_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert "--hash=sha256:" in text
    assert re.findall(r"\S+://\S+", text) == []


def test_both_locks_pin_every_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [re.split(r"[\[>=<]", dependency)[0].replace(".", "-") for dependency in project["dependencies"]]
    for lock in ("requirements.lock", "requirements-dev.lock"):
        pinned = set(re.findall(r"^([\w.-]+)==", (ROOT / lock).read_text(), re.MULTILINE))
        assert [name for name in asked if name not in pinned] == []


def test_no_file_points_outside_the_project() -> None:
    outside = re.compile(rb"\.\./" + rb"shared|(?<![\w.~-])/" + rb"work(?![\w-])")
    assert [named(path) for path in tracked() if outside.search(path.read_bytes())] == []


def test_recipes_of_the_makefile_stay_short() -> None:
    rule = re.compile(r"^([^\s#:]+):[^\n]*\n((?:\t[^\n]*\n)+)", re.MULTILINE)
    recipes = rule.findall((ROOT / "Makefile").read_text())
    assert {"demo", "test", "lint"} <= {target for target, _ in recipes}
    assert [target for target, recipe in recipes if recipe.count("\n") > LONGEST_RECIPE] == []


def test_the_image_runs_as_a_plain_account_and_tells_its_health() -> None:
    lines = [
        line.split(maxsplit=1)
        for line in (ROOT / "Dockerfile").read_text().splitlines()
        if line[:1].isalpha()
    ]
    instructions = [line[0] for line in lines]
    users = [words[1] for words in lines if words[0] == "USER"]
    assert users == ["cati"]
    assert instructions.index("USER") < instructions.index("CMD")
    assert re.search(r"^HEALTHCHECK .*\n.*/healthz", (ROOT / "Dockerfile").read_text(), re.MULTILINE)


def test_every_setting_stands_in_the_example() -> None:
    from cati.settings import Settings

    example = (ROOT / ".env.example").read_text()
    told = {"database_url": "DATABASE_URL", "port": "PORT", "argon2_cost": "CATI_ARGON2"}
    expected = [told.get(name, f"CATI_{name.upper()}") for name in Settings.model_fields]
    assert [name for name in expected if f"#{name}=" not in example] == []
