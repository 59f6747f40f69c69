"""The analysts' page of exports: their waves, the download, what is told of it."""

import io
import json
import time
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Connection, text

from cati.cases.rules import InterviewState
from cati.database import transaction
from cati.people import actions as people
from cati.people import views
from cati.people.actions import NewAssignment
from cati.people.rules import Role
from tests.respondents import Field, a_field, add_interview

if TYPE_CHECKING:
    from tests.conftest import Database
    from tests.web.conftest import ClientOf

SAMPLE = {"qpv": True, "type_logement": "collectif", "anciennete_ans": 4, "ascenseur": True}


@pytest.fixture
def field(database: "Database", analyst: TestClient, now: datetime) -> Field:
    """A wave of the analyst's, with two complete interviews and a partial one."""
    with transaction(database.engine) as db:
        made = a_field(db, now)
        for state in (InterviewState.COMPLETE, InterviewState.COMPLETE, InterviewState.PARTIAL):
            add_interview(db, made, now, sample=SAMPLE, state=state)
        assign(db, made.wave_id, now)
    return made


def assign(db: Connection, wave_id: int, now: datetime, *, ends_at: datetime | None = None) -> None:
    user_id = views.user_id_of(db, Role.ANALYST.value)
    assert user_id is not None
    given = NewAssignment(
        user_id=user_id, wave_id=wave_id, starts_at=now - timedelta(days=9), ends_at=ends_at
    )
    people.assign(db, given, now)


def opened(body: bytes) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(body))


def test_the_page_shows_the_waves_of_the_analyst_and_how_much_there_is(
    analyst: TestClient, field: Field
) -> None:
    body = analyst.get("/exports").text
    assert "Enquête triennale 2026" in body
    assert "triennale 2026.1" in body
    assert f'value="{field.wave_id}"' in body
    assert '<td class="number">2</td>\n<td class="number">1</td>' in body
    assert "Rien n’est encore sorti." in body


def test_an_analyst_without_a_wave_is_told_so(analyst: TestClient) -> None:
    assert "Aucune édition ne vous est affectée" in analyst.get("/exports").text


def test_the_package_is_a_zip_with_its_files_and_their_fingerprints(
    analyst: TestClient, field: Field
) -> None:
    answer = analyst.get(f"/exports/paquet?wave={field.wave_id}")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/zip"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="T26.zip"'
    assert answer.headers["Cache-Control"] == "no-store"
    packed = opened(answer.content)
    assert packed.namelist() == ["T26-dictionnaire.html", "T26.csv", "T26.sav", "manifest.json"]
    told = json.loads(packed.read("manifest.json"))
    assert told["interviews"] == {"complete": 2}
    assert told["surplus"] == 0


def test_partial_interviews_come_when_asked_for(analyst: TestClient, field: Field) -> None:
    answer = analyst.get(f"/exports/paquet?wave={field.wave_id}&partiels=true")
    told = json.loads(opened(answer.content).read("manifest.json"))
    assert told["interviews"] == {"complete": 2, "partial": 1}


def test_only_validated_interviews_come_when_asked_for(analyst: TestClient, field: Field) -> None:
    answer = analyst.get(f"/exports/paquet?wave={field.wave_id}&valides=true")
    told = json.loads(opened(answer.content).read("manifest.json"))
    assert (told["validated_only"], told["interviews"]) == (True, {})
    assert "validés seulement" in analyst.get("/exports").text


def test_what_left_is_told_on_the_page_with_who_took_it(analyst: TestClient, field: Field) -> None:
    body = analyst.get(f"/exports/paquet?wave={field.wave_id}").content
    told = json.loads(opened(body).read("manifest.json"))
    page = analyst.get("/exports").text
    assert told["sha256"][:16] in page
    assert "Camille analyst" in page.partition("Derniers exports")[2]


def test_a_wave_of_others_does_not_exist_for_him(
    database: "Database", analyst: TestClient, field: Field, now: datetime
) -> None:
    with transaction(database.engine) as db:
        other = a_field(db, now, code="AUTRE")
        former = a_field(db, now, code="ANCIENNE")
        assign(db, former.wave_id, now, ends_at=now - timedelta(days=1))
    page = analyst.get("/exports").text
    assert "AUTRE" not in page
    assert "ANCIENNE" not in page
    for wave_id in (other.wave_id, former.wave_id, 987_654):
        assert analyst.get(f"/exports/paquet?wave={wave_id}").status_code == 404


@pytest.mark.parametrize("query", ["", "?wave=", "?wave=tout", "?wave=1&partiels=peut-être"])
def test_a_download_that_makes_no_sense_is_refused_in_words(analyst: TestClient, query: str) -> None:
    answer = analyst.get(f"/exports/paquet{query}")
    assert answer.status_code == 422
    assert "Ce qui a été saisi n’est pas valable." in answer.text


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ANALYST])
def test_nobody_else_takes_data_out(client_of: "ClientOf", role: Role) -> None:
    assert client_of(role).get("/exports/paquet?wave=1").status_code == 403


def test_the_request_holds_no_transaction_while_the_package_is_made(
    database: "Database", analyst: TestClient, field: Field
) -> None:
    with database.engine.begin() as db, ThreadPoolExecutor(1) as browser:
        db.execute(text("lock table bailleurs in access exclusive mode"))  # the export waits for it
        answer = browser.submit(analyst.get, f"/exports/paquet?wave={field.wave_id}")
        wait_until(lambda: backends(db, "application_name = 'cati export' and wait_event_type = 'Lock'") == 1)
        wait_until(lambda: backends(db, "application_name = 'cati' and state like 'idle in%'") == 0)
        db.rollback()
        assert answer.result().status_code == 200


def backends(db: Connection, which: str) -> int:
    """How many other connections of this database are so now."""
    activity = "select count(*) from pg_stat_activity where datname = current_database()"
    db.execute(text("select pg_stat_clear_snapshot()"))
    found: int = db.execute(text(f"{activity} and pid <> pg_backend_pid() and {which}")).scalar_one()
    return found


def wait_until(is_so: Callable[[], bool]) -> None:
    for _ in range(300):
        if is_so():
            return
        time.sleep(0.01)
    pytest.fail("it never came to that")
