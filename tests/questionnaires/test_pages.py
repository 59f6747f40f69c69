"""Every example of docs/questionnaire/*.md is right, or wrong as its page says, and plays as its page says."""

import re

import pytest

from cati.questionnaire import expressions, keys, source
from cati.questionnaire.model import ENDINGS, MARKS
from tests.documented import GIVEN, PAGES, SEEN, Example, completed, examples, played, same_words

TEXTS = {page.stem: page.read_text(encoding="utf-8") for page in sorted(PAGES.glob("*.md"))}
EXAMPLES = [example for page, text in TEXTS.items() for example in examples(page, text)]
SCHEMA = keys.json_schema()
KEYS = sorted({name for part in (SCHEMA, *SCHEMA["$defs"].values()) for name in part.get("properties", ())})
#: What inline code may name with a colon, beside the keys of a questionnaire.
BESIDE = {*GIVEN, *SEEN, "en"}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"{example.page}-{example.line}")
def test_an_example_is_as_its_page_says(example: Example) -> None:
    assert same_words(list(example.findings())) == same_words(list(example.check))
    if example.diff is not None:
        assert same_words(list(example.changes())) == same_words(list(example.diff))
    for play in example.plays:
        expected, found = played(example, play)
        assert same_words(found) == same_words(expected)


#: All that the examples write, parts included.
WRITTEN = "\n".join(text for each in EXAMPLES for text in (each.written, *dict(each.parts).values()))


@pytest.mark.parametrize("key", KEYS)
def test_every_key_of_a_questionnaire_has_an_example(key: str) -> None:
    assert re.search(rf"(^|[ {{]){key}:( |$)", WRITTEN, re.MULTILINE)


def test_every_type_and_function_has_an_example() -> None:
    assert set(re.findall(r"\btype: ([a-z]+)", WRITTEN)) >= set(keys.TYPES)
    assert [each for each in expressions.FUNCTIONS if not re.search(rf"\b{each}\(", WRITTEN)] == []


def test_every_state_ending_and_mark_is_told() -> None:
    told = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`\n]+)`", "\n".join(TEXTS.values())))))
    assert {*expressions.STATES, *ENDINGS, *MARKS} - told == set()


@pytest.mark.parametrize("page", TEXTS)
def test_a_page_names_no_key_that_is_not_one(page: str) -> None:
    named = re.findall(r"`(\w+):(?= |`)", TEXTS[page])
    assert [name for name in named if name not in {*KEYS, *BESIDE}] == []


def test_every_page_is_in_the_index() -> None:
    linked = re.findall(r"\]\(([\w-]+)\.md\)", TEXTS["README"])
    assert sorted([*linked, "README"]) == sorted(TEXTS)


@pytest.mark.parametrize(
    ("written", "whole"),
    [
        ("- {id: A1, ask: Oui ?}\n", "blocks: [{id: A, questions: [{id: A1, ask: Oui ?}]}]"),
        ("- id: B\n  questions: []\n", "blocks: [{id: B, questions: []}]"),
        ("- loop: T\n  questions: []\n", "blocks: [{id: A, questions: [{loop: T, questions: []}]}]"),
        (
            "fills: {x: A1}\nquestions:\n  - {id: A1}\n",
            "fills: {x: A1}\nblocks: [{id: A, questions: [{id: A1}]}]",
        ),
    ],
)
def test_a_fragment_is_completed_as_readers_are_told(written: str, whole: str) -> None:
    assert source.read(completed(written)) == source.read(f'questionnaire: exemple\nversion: "1"\n{whole}\n')


def test_a_page_that_says_something_else_is_found_out() -> None:
    fragment = "```yaml\n- {id: A1, ask: Oui ?, type: single, choices: {1: Oui, 2: Non}}\n```\n"
    (example,) = examples("page", f"{fragment}```play\nanswers: {{A1: 3}}\nposition: null\n```\n")
    expected, found = played(example, example.plays[0])
    assert expected == {"position": None, "problems": {}}
    assert found == {"position": "A1", "problems": {"A1": "« 3 » n’est pas une des réponses proposées."}}
