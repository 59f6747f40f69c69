"""The commands of an author: on paper, at each save, in the browser."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import typst
from typer.testing import CliRunner, Result

from cati.cli import printing as printer
from cati.cli.questionnaire import app
from cati.errors import Invalid, QuestionnaireRefused
from cati.questionnaire import loader
from cati.questionnaire.printing import printed

FOLDER = Path(__file__).parents[1] / "questionnaires"
LANGUAGES = Path(__file__).parent / "questionnaires" / "languages.yaml"
#: What a typesetter, or a browser, could take for markup of its own.
HOSTILE = '#panic("non") *gras* _it_ $x$ \\ @ref <b>fin</b> #[x] // rien [y] = titre'


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def headings(text: str) -> list[tuple[int, str]]:
    """The headings of the paper as the typesetter laid them out: level and text."""
    fields = printer.fields(printed(loader.load(text)), date(2026, 11, 24))
    found: list[dict[str, Any]] = json.loads(
        typst.query(
            printer.TEMPLATE,
            "heading",
            ignore_system_fonts=True,
            sys_inputs={"questionnaire": json.dumps(fields)},
        )
    )
    return [(each["level"], each["body"]["text"]) for each in found]


def test_the_pdf_is_written_beside_the_file_and_is_the_same_each_time(tmp_path: Path) -> None:
    file = tmp_path / "essai.yaml"
    file.write_text(LANGUAGES.read_text(encoding="utf-8"), encoding="utf-8")
    written = []
    for _ in range(2):
        result = run("print", file, "--date", "2026-11-24")
        assert result.exit_code == 0, result.output
        written.append((tmp_path / "essai.pdf").read_bytes())
    assert written[0] == written[1]
    assert written[0].startswith(b"%PDF-1.7")
    assert written[0].rstrip().endswith(b"%%EOF")
    assert b"pdfuaid" in written[0]  # what a screen reader looks for


def test_every_block_and_question_is_a_heading_of_the_pdf() -> None:
    found = headings(LANGUAGES.read_text(encoding="utf-8"))
    assert found[:4] == [(1, "langues"), (2, "A – Le logement"), (3, "A1"), (3, "A2")]
    assert found[-1] == (2, "Validation")


def test_what_an_author_writes_is_never_read_as_markup(tmp_path: Path) -> None:
    asked = json.dumps(HOSTILE, ensure_ascii=False)
    script = (
        f'questionnaire: essai\nversion: "1"\ntitle: {asked}\nblocks:\n  - id: A\n    title: {asked}\n    questions:\n'
        f"      - {{id: A1, ask: {asked}, instruction: {asked}, type: single, choices: {{1: {asked}, 2: Non}}}}\n"
    )
    assert (1, HOSTILE) in headings(script)
    (tmp_path / "essai.yaml").write_text(script, encoding="utf-8")
    page = tmp_path / "essai.html"
    assert run("print", tmp_path / "essai.yaml", "--html", page).exit_code == 0
    assert not (tmp_path / "essai.pdf").exists()
    html = page.read_text(encoding="utf-8")
    assert ("<b>fin" in html, unescape(html).count(HOSTILE)) == (False, 6)


def test_the_page_stands_alone_and_says_what_was_printed(tmp_path: Path) -> None:
    page = tmp_path / "papier.html"
    result = run("print", LANGUAGES, "--html", page, "--language", "en", "--date", "2026-11-01")
    assert result.exit_code == 0, result.output
    html = page.read_text(encoding="utf-8")
    assert ("href=" in html, "src=" in html, "<style>" in html) == (False, False, True)
    sha256 = loader.load(LANGUAGES.read_text(encoding="utf-8")).sha256
    assert all(
        told in html
        for told in (sha256, "1er novembre 2026", "Are you satisfied with [bailleur]?", "Validation")
    )


def test_a_sign_that_no_font_has_is_named(tmp_path: Path) -> None:
    file = tmp_path / "essai.yaml"
    file.write_text(
        LANGUAGES.read_text(encoding="utf-8").replace("Un oubli", "😀 Un oubli"), encoding="utf-8"
    )
    refused = run("print", file).exception
    assert isinstance(refused, Invalid)
    assert "« 😀 »" in str(refused)
    assert not (tmp_path / "essai.pdf").exists()


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("print", LANGUAGES, "--language", "nl"), Invalid),
        (("print", LANGUAGES, "--date", "demain"), Invalid),
        (("print", "nulle-part.yaml"), QuestionnaireRefused),
        (("preview", "nulle-part.yaml"), QuestionnaireRefused),
        (("check", "nulle-part.yaml", "--watch"), QuestionnaireRefused),
    ],
)
def test_what_cannot_be_done_is_refused(words: tuple[object, ...], error: type[Exception]) -> None:
    assert isinstance(run(*words).exception, error)


@contextmanager
def command(*words: object) -> Iterator[subprocess.Popen[str]]:
    """`cati questionnaire …`, running; ended by the test or with it."""
    running = subprocess.Popen(
        [Path(sys.executable).with_name("cati"), "questionnaire", *map(str, words)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield running
    finally:
        running.kill()
        running.communicate()


def test_each_save_is_checked_until_ctrl_c(tmp_path: Path) -> None:
    right = (FOLDER / "post-reclamation.yaml").read_text(encoding="utf-8")
    (tmp_path / "commun").mkdir()
    for part in (FOLDER / "commun").glob("*.yaml"):
        (tmp_path / "commun" / part.name).write_text(part.read_text(encoding="utf-8"), encoding="utf-8")
    file, part = tmp_path / "essai.yaml", tmp_path / "commun" / "listes.yaml"
    file.write_text(right, encoding="utf-8")
    with command("check", file, "--watch") as watching:
        assert watching.stdout is not None
        assert "aucune erreur" in watching.stdout.readline()
        assert "0 avertissement(s)" in watching.stdout.readline()
        file.write_text(right.replace("version:", "versoin:", 1), encoding="utf-8")
        assert "erreur" in watching.stdout.readline()
        assert "vouliez-vous dire « version »" in watching.stdout.readline() + watching.stdout.readline()
        file.write_text(right, encoding="utf-8")
        while "aucune erreur" not in watching.stdout.readline():
            pass
        watching.stdout.readline()
        part.write_text("lists: [1]\n", encoding="utf-8")
        assert "erreur" in watching.stdout.readline()
        watching.send_signal(signal.SIGINT)
        rest, _ = watching.communicate(timeout=10)
    assert (watching.returncode, rest.rstrip().endswith("Arrêté.")) == (0, True)
