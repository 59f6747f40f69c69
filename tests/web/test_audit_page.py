"""The dpo's page: the log in French, what was asked of it, and whether it still is what was written."""

import ast
import re
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from cati import sealing
from cati.audit import store
from cati.audit.actions import seal_new_lines
from cati.database import transaction
from cati.people.rules import Role
from cati.schema import complete_metadata
from cati.settings import Settings
from tests.conftest import Database
from tests.web.conftest import ClientOf
from web.office import audit_words as words

ROOT = Path(__file__).parents[2]
CODE = re.compile(r"[a-z]+\.[a-z_]+")


def a_line(database: Database, now: datetime, **told: object) -> None:
    line = {
        "user_id": None,
        "action": "identity.read",
        "object_type": "case",
        "object_id": 12,
        "purpose": "call",
        **told,
    }
    with transaction(database.engine) as db:
        store.write(db, now=now, **line)  # type: ignore[arg-type]  # columns of a line


def words_of(html: str) -> str:
    body = html[html.index("<tbody") :]
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


@pytest.fixture
def dpo(client_of: ClientOf) -> TestClient:
    return client_of(Role.DPO)


def test_the_log_is_read_in_french(dpo: TestClient, database: Database, now: datetime) -> None:
    a_line(database, now)
    a_line(
        database,
        now,
        action="quota.limits",
        object_type="quota_cell",
        object_id=3,
        purpose="retard",
        details={"target": [10, 12], "margin": [0, 1]},
    )
    read = words_of(dpo.get("/audit").text)
    assert (
        "mardi 24 novembre, 18 h le système lecture d’une identité dossier n° 12 ( fiche ) pour appeler"
        in read
    )
    assert "objectif ou marge changés cellule de quota n° 3 retard marge : 0 → 1, objectif : 10 → 12" in read


@pytest.mark.parametrize(
    ("asked", "lines"),
    [
        ("", {1, 2, 3, 4}),
        ("?quoi=identity.read", {1, 3}),
        ("?objet=case", {1, 2, 3}),
        ("?objet=case&numero=12", {1, 2}),
        ("?jour=2026-11-24", {1, 2, 3}),  # a day in Paris: it ended at 23 h, universal time
        ("?jour=2026-11-25", {4}),
        ("?jour=2026-11-24&quoi=identity.read&numero=13", {3}),
        ("?avant=3", {1, 2}),
        ("?qui=99", set()),
        ("?qui=&quoi=&objet=&numero=&jour=", {1, 2, 3, 4}),  # the form as it is first sent
    ],
)
def test_what_is_asked_of_the_log_is_what_is_shown(
    dpo: TestClient, database: Database, now: datetime, asked: str, lines: set[int]
) -> None:
    with transaction(database.engine) as db:
        before = db.scalar(text("select coalesce(max(id), 0) from audit_log"))
    a_line(database, now)
    a_line(database, now, action="case.release")
    a_line(database, now.replace(hour=22, minute=59), object_id=13)
    a_line(database, now.replace(hour=23, minute=1), action="user.close", object_type="user", object_id=13)
    answer = dpo.get("/audit" + re.sub(r"avant=(\d)", lambda found: f"avant={int(found[1]) + before}", asked))
    assert answer.status_code == 200
    shown = {int(number) - before for number in re.findall(r'<td class="number">(\d+)', answer.text)}
    assert {line for line in shown if line > 0} == lines


@pytest.mark.parametrize(
    "asked", ["?jour=hier", "?qui=moi", "?avant=-1", f"?numero={'9' * 99}", f"?qui={10**30}"]
)
def test_filters_that_make_no_sense_say_so(dpo: TestClient, asked: str) -> None:
    answer = dpo.get(f"/audit{asked}")
    assert answer.status_code == 422
    assert "field-error" in answer.text


def test_older_lines_are_a_page_further(dpo: TestClient, database: Database, now: datetime) -> None:
    for number in range(105):
        a_line(database, now, object_id=number)
    first = dpo.get("/audit?quoi=identity.read").text
    assert first.count("<tr>") == 101
    older = re.search(r'href="(/audit\?[^"]+avant=\d+)"', first)
    assert older is not None
    assert dpo.get(older[1].replace("&amp;", "&")).text.count("<tr>") == 6


def test_what_was_written_in_it_is_shown_as_text(dpo: TestClient, database: Database, now: datetime) -> None:
    a_line(database, now, purpose="<script>alert(1)</script>", object_type="<b>", details={"x": '"><i>'})
    html = dpo.get("/audit").text
    assert "<script>alert" not in html
    assert "<b>" not in html
    assert '"><i>' not in html


def test_the_chain_is_told_intact_then_altered(
    dpo: TestClient, database: Database, settings: Settings, now: datetime
) -> None:
    a_line(database, now)
    with transaction(database.engine) as db:
        seal_new_lines(db, sealing.load(settings.keys), now)
    read = dpo.get("/audit/chaine").text
    assert "Journal intact" in read
    head = re.search(r"[0-9a-f]{64}", read)
    assert head is not None
    assert "Journal intact" in dpo.get(f"/audit/chaine?tete={head[0]}").text
    assert "sa fin a été coupée" in dpo.get("/audit/chaine?tete=00").text
    with transaction(create_engine(database.owner_url, poolclass=NullPool)) as db:
        db.execute(text("update audit_log set purpose = 'autre' where purpose = 'call'"))
    read = dpo.get("/audit/chaine").text
    assert "Journal altéré" in read
    assert "n’est pas celle qui a été scellée" in read


def test_the_server_seals_what_is_written(dpo: TestClient, database: Database, now: datetime) -> None:
    a_line(database, now)
    waiting = text(
        "select count(*) from audit_log l where not exists (select from audit_seals where audit_id = l.id)"
    )
    for _ in range(150):
        with transaction(database.engine) as db:
            if db.scalar(waiting) == 0:
                break
        time.sleep(0.1)
    with transaction(database.engine) as db:
        assert db.scalar(waiting) == 0
        assert (db.scalar(text("select count(*) from audit_seals")) or 0) > 0


def codes() -> Iterator[tuple[str, str]]:
    """What looks like an action in the modules that write the log, directly or through one that does."""
    tables = set(complete_metadata().tables)
    for path in sorted(ROOT.glob("cati/**/*.py")):
        source = path.read_text()
        if not re.search(r"audit\.write|import written|_audit\(", source):
            continue
        for node in ast.walk(ast.parse(source)):
            said = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
            if CODE.fullmatch(said) and said.partition(".")[0] not in tables:
                yield str(path.relative_to(ROOT)), said


def test_every_action_the_code_writes_has_its_french_words() -> None:
    found = list(codes())
    assert len(found) > 30
    assert [pair for pair in found if pair[1] not in words.ACTIONS] == []
