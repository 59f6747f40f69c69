"""A defect in a part that several questionnaires include is told in the part's own file and line."""

import json
from pathlib import Path

from typer.testing import CliRunner

from cati.cli.questionnaire import app

WHOLE = """
questionnaire: essai
version: "1"
include: [commun/listes.yaml, commun/fin.yaml]
blocks:
  - id: A
    special: []
    questions:
      - {id: A1, ask: Content ?, type: single, choices: ouinon}
  - use: FIN
"""
PARTS = {
    "listes.yaml": "lists: {ouinon: {1: Oui, 2: Non}}\n",
    "fin.yaml": """
blocks:
  - id: FIN
    special: []
    questions:
      - {id: F1, ask: Encore un mot ?, type: text, when: A1 == 1}
      - {id: F2, ask: Pourquoi ?, type: text, when: A1 == 2 and F1 is answered}
      - {id: F3, ask: Combien ?, type: integer, min: 0, max: 9,
         checks: [{id: F3_F1, fault: A1 == 2, hard: true, say: Revoyons cela.}]}
""",
}


def test_a_defect_in_a_part_is_told_in_its_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "commun").mkdir()
    for name, text in PARTS.items():
        (tmp_path / "commun" / name).write_text(text, encoding="utf-8")
    (tmp_path / "essai.yaml").write_text(WHOLE, encoding="utf-8")
    command = ["prove", str(tmp_path / "essai.yaml")]
    told = CliRunner().invoke(app, command).stdout
    assert "ligne 7 de commun/fin.yaml, F2\u00a0: jamais posée" in told
    assert "ligne 8 de commun/fin.yaml, F3\u00a0: impasse pour certains" in told
    fields = json.loads(CliRunner().invoke(app, [*command, "--json"]).stdout)
    found = [(one["file"], one["line"], one["key"], one["flaw"]) for one in fields["defects"]]
    assert found == [
        ("commun/fin.yaml", 7, "F2", "question_unreachable"),
        ("commun/fin.yaml", 8, "F3", "dead_end_for_some"),
    ]
    assert fields["defects"][1]["example"]["answers"] == {"A1": 2}
