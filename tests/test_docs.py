"""What the documentation promises is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("questionnaires/*.md")],
    key=str,
)


def links(page: Path) -> list[str]:
    """The files that a page points to."""
    found = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text())
    return [link for link in found if "://" not in link]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    assert [link for link in links(page) if not (page.parent / link).exists()] == []


def test_the_two_commands_of_the_readme_are_targets_and_ci_calls_the_second() -> None:
    commands = re.findall(r"^    make (\w+)", (ROOT / "README.md").read_text(), re.MULTILINE)
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert commands == ["demo", "test"]
    assert set(commands) <= set(targets)
    assert "make test" in (ROOT / ".ci" / "run").read_text()


def test_the_tree_of_the_readme_is_the_tree() -> None:
    named = re.findall(r"^\| `([a-z/]+)/` \|", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert len(named) >= 8
    assert [folder for folder in named if not (ROOT / folder).is_dir()] == []


def test_every_decision_is_in_the_index() -> None:
    folder = ROOT / "docs" / "decisions"
    written = {page.name for page in folder.glob("[0-9]*.md")}
    assert set(links(folder / "README.md")) == written


def test_every_slice_has_its_place_in_the_architecture_page() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text()
    slices = {folder.name for folder in (ROOT / "cati").iterdir() if (folder / "__init__.py").exists()}
    assert {name for name in slices if not re.search(rf"\b{name}\b", page)} == set()


def test_every_bench_that_make_runs_is_there_and_no_other() -> None:
    listed = re.search(r"^BENCHES := (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert listed is not None
    there = {
        path.stem for path in (ROOT / "bench").glob("*.py") if "__main__" in path.read_text(encoding="utf-8")
    }
    assert set(listed.group(1).split()) == there
