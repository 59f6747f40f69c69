"""A questionnaire is published once it is proved, or once somebody says why not; its words keep their meaning."""

import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, select
from typer.testing import CliRunner

from cati import cli
from cati.audit.tables import audit_log
from cati.cli.questionnaire import app
from cati.errors import Conflict, Invalid, QuestionnaireRefused
from cati.questionnaire import loader
from cati.surveys import actions as surveys
from cati.surveys.proving import Defective, Proved, prove
from cati.surveys.tables import questionnaires, waves
from tests.conftest import Database
from tests.stories import an_interviewer
from tests.versioned import FIRST, REUSED, SECOND, published

#: Nobody ever comes to A4.
STUCK = FIRST.replace("when: A1 == 3", "when: A1 == 3 and A1 == 1")


def publishings(db: Connection) -> list[dict[str, object]]:
    """What the audit says of it."""
    told = select(audit_log.c.details).where(audit_log.c.action == "questionnaire.published")
    return list(db.scalars(told.order_by(audit_log.c.id)))


def test_a_proved_questionnaire_is_frozen_once(db: Connection, now: datetime) -> None:
    first = surveys.publish_questionnaire(db, prove_clean(FIRST), now=now)
    again = surveys.publish_questionnaire(db, prove_clean(f"# relu\n{FIRST}"), now=now)
    assert (first.is_new, again.is_new, again.id) == (True, False, first.id)
    row = db.execute(select(questionnaires).where(questionnaires.c.id == first.id)).one()
    assert (row.text, row.waiver, row.waived_by) == (FIRST, None, None)
    assert publishings(db) == [{"code": "essai", "version": "1", "sha256": row.sha256, "waived": False}]


def prove_clean(text: str) -> Proved:
    found = prove(text)
    assert isinstance(found, Proved)
    return found


def test_a_questionnaire_with_a_defect_asks_for_a_reason_and_a_name(db: Connection, now: datetime) -> None:
    found = prove(STUCK)
    assert isinstance(found, Defective)
    assert "A4" in found.sentence
    assert "jamais posée" in found.sentence
    by = an_interviewer(db, now)
    with pytest.raises(Invalid, match="motif"):
        found.waive(" ok ", by)
    made = surveys.publish_questionnaire(db, found.waive("A4 sert à la rentrée prochaine", by), now=now)
    row = db.execute(select(questionnaires).where(questionnaires.c.id == made.id)).one()
    assert (row.waiver, row.waived_by) == ("A4 sert à la rentrée prochaine", by)
    line = db.execute(select(audit_log).where(audit_log.c.action == "questionnaire.published")).one()
    assert (line.user_id, line.purpose, line.details["waived"]) == (by, row.waiver, True)


def test_nobody_proves_a_questionnaire_by_saying_so() -> None:
    with pytest.raises(TypeError, match="alone"):
        Proved(questionnaire=loader.load(STUCK), text=STUCK, door=object())


def test_a_version_is_published_with_one_text_only(db: Connection, now: datetime) -> None:
    published(db, FIRST, now)
    with pytest.raises(Conflict, match="autre texte"):
        published(db, FIRST.replace("Et demain ?", "Et après ?"), now)


def test_a_code_keeps_its_meaning_though_the_last_version_had_it_no_more(
    db: Connection, now: datetime
) -> None:
    published(db, FIRST, now)
    published(db, SECOND, now)  # without A1's code 2
    with pytest.raises(QuestionnaireRefused, match=r"A1.*le code 2 disait « Plutôt », il dit « Jamais »"):
        published(db, REUSED, now)


def test_no_waiver_lets_a_code_change_its_meaning(db: Connection, now: datetime) -> None:
    published(db, FIRST, now)
    both = prove(REUSED.replace("when: A1 == 3", "when: A1 == 3 and A1 == 1"))
    assert isinstance(both, Defective)
    waived = both.waive("il faut partir ce soir", an_interviewer(db, now))
    with pytest.raises(QuestionnaireRefused, match="il faut un autre code"):
        surveys.publish_questionnaire(db, waived, now=now)


def test_what_is_published_needs_no_other_file(db: Connection, now: datetime) -> None:
    part = "lists: {ouinon: {1: Oui, 2: Non}}\n"
    text = FIRST.replace('version: "1"\n', 'version: "1"\ninclude: [listes.yaml]\n').replace(
        "{1: Mieux, 2: Pareil}", "ouinon"
    )
    found = prove(text, "essai.yaml", {"listes.yaml": part}.__getitem__)
    assert isinstance(found, Proved)
    made = surveys.publish_questionnaire(db, found, now=now)
    kept = db.scalar(select(questionnaires.c.text).where(questionnaires.c.id == made.id))
    alone = loader.load(str(kept))
    assert "include" not in str(kept)
    assert [choice.label for choice in alone.questions["A5"].choices] == ["Oui", "Non"]
    assert alone.sha256 == found.questionnaire.sha256


def test_the_command_publishes_for_a_wave_and_says_who_keeps_what(
    database: Database, now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database.app_url)
    monkeypatch.setenv("CATI_OWNER_URL", database.owner_url)
    monkeypatch.setenv("CATI_OBSERVER_URL", database.observer_url)
    with database.engine.begin() as db:
        survey = surveys.create_survey(db, "essai", "Essai")
        wave = surveys.NewWave(
            survey_id=survey, code="E26", name="Essai", institute="I", line="manual", is_demo=False
        )
        surveys.create_wave(db, wave, now)
    file = tmp_path / "essai.yaml"
    file.write_text(STUCK, encoding="utf-8")
    refused = CliRunner().invoke(app, ["publish", str(file)])
    assert isinstance(refused.exception, QuestionnaireRefused)
    assert "n’est pas publié" in cli.sentence(refused.exception)
    unsigned = CliRunner().invoke(app, ["publish", str(file), "--waiver", "une bonne raison"])
    assert isinstance(unsigned.exception, Invalid)
    file.write_text(FIRST, encoding="utf-8")
    done = CliRunner().invoke(app, ["publish", str(file), "--wave", "E26", "--json"])
    assert done.exit_code == 0, done.exception
    assert '"interviews_with_another_version": 0' in done.output
    with database.engine.begin() as db:
        assert db.scalar(select(waves.c.questionnaire_id)) == db.scalar(select(questionnaires.c.id))


def test_the_pages_are_served_without_the_solver() -> None:
    program = "import sys, cati.cli, web.app; print('z3' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"
