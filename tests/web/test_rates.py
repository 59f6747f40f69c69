"""The page of outcome rates: what it says of a wave at a date, to whom, and the files it gives."""

import csv
import io
import re
from datetime import datetime, timedelta

import pytest
from fastapi.testclient import TestClient

from cati import sealing
from cati.cases.rules import Disposition
from cati.database import transaction
from cati.people import actions as people
from cati.people import views
from cati.people.actions import NewAssignment
from cati.people.rules import Role
from cati.settings import Settings
from tests.conftest import Database
from tests.store.calls import Desk
from tests.stories import Wave, a_wave, an_interviewer, some_households

PAGE, FILE = "/suivi/taux", "/suivi/taux/fichier"


@pytest.fixture
def wave(database: Database, settings: Settings, now: datetime) -> Wave:
    """Two bailleurs of four households, opened yesterday; one tenant moved, one refused."""
    then = now - timedelta(days=1)
    with transaction(database.engine) as db:
        keys = sealing.load(settings.keys)
        lists = [some_households(4), some_households(4, prefix="B", first=101)]
        made = a_wave(db, keys, then, households=lists)
        desk = Desk(db=db, keys=keys, user_id=an_interviewer(db, then, waves=[made], login="te1"), now=then)
        for disposition in (Disposition.MOVED, Disposition.REFUSAL_PERSON):
            desk.reaches(desk.takes()).says("INT1", 1)
            desk.closes(disposition)
    return made


def told(html: str) -> str:
    return re.sub(r"[ \n]+", " ", re.sub(r"<[^>]+>", " ", html))


def cells(html: str, row: str) -> list[str]:
    """The texts of the cells of a row of the table."""
    found = re.search(rf"<tr data-{row}>(.*?)</tr>", html, re.S)
    assert found is not None, row
    return [told(cell).strip() for cell in re.findall(r"<td[^>]*>(.*?)</td>", found[1], re.S)]


def test_the_page_says_what_each_rate_is_made_of(supervisor: TestClient, wave: Wave) -> None:
    html = supervisor.get(PAGE).text
    assert cells(html, 'outcome="moved"')[:2] == ["4.70", "NE"]
    assert cells(html, 'outcome="not_attempted"')[-2:] == ["6", "75,0\u202f%"]
    assert "I / (I + P + R + NC + O + e (UH + UO))" in told(html)
    # 1 refusal of 7 who may be eligible; estimated e is 1 / 2: of 1 + 6 / 2
    assert cells(html, 'rate="REF1"') == ["14,3\u202f% *"] * 2
    assert cells(html, 'rate="REF2"') == ["25,0\u202f% *", "14,3\u202f% *"] * 2
    assert cells(html, 'rate="REF3"') == ["100,0\u202f% *"] * 2


def test_a_rate_of_nobody_is_a_dash_that_says_why(supervisor: TestClient, wave: Wave) -> None:
    html = supervisor.get(f"{PAGE}?jour=2026-11-23&heure=18:00").text  # the calls are not closed yet
    assert cells(html, 'rate="COOP1"') == ["—"] * 2
    assert "aucun dossier au dénominateur" in html
    assert cells(html, 'rate="RR3"')[0] == "—"
    assert "l’éligibilité d’aucun dossier n’est connue" in html
    before = supervisor.get(f"{PAGE}?jour=2026-11-01").text
    assert "Aucun dossier n’était libéré à cette date." in before


def test_a_day_without_its_hour_is_read_when_it_is_over(supervisor: TestClient, wave: Wave) -> None:
    evening, later = (
        supervisor.get(f"{PAGE}?jour=2026-11-23").text,
        supervisor.get(f"{PAGE}?jour=2030-01-01").text,
    )
    assert "lundi 23\u00a0novembre 2026 au soir" in evening
    assert "mardi 24\u00a0novembre 2026, 18\u00a0h" in told(later), "a day to come is now"
    assert cells(evening, 'outcome="refusal_person"') == cells(later, 'outcome="refusal_person"')


@pytest.mark.parametrize(
    ("by", "lines"),
    [
        ("bailleur", ["01", "02"]),
        ("cell", ["01:hors_qpv", "01:qpv", "02:hors_qpv", "02:qpv"]),
        ("interviewer", ["te1"]),
    ],
)
def test_the_detail_has_a_line_for_each(
    supervisor: TestClient, wave: Wave, by: str, lines: list[str]
) -> None:
    html = supervisor.get(f"{PAGE}?par={by}&methode=donne&e=0,5&faux=NC").text
    assert re.findall(r'data-line="([^"]+)"', html) == lines
    assert all(cells(html, f'line="{key}"')[1] == "0,500" for key in lines)
    assert ("ses propres appels" in html) == (by == "interviewer")


@pytest.mark.parametrize("asked", ["jour=hier", "e=2", "par=commune", "faux=?"])
def test_what_is_not_understood_is_said(supervisor: TestClient, wave: Wave, asked: str) -> None:
    assert supervisor.get(f"{PAGE}?{asked}").status_code == 422


def test_the_files_are_those_of_the_page(supervisor: TestClient, wave: Wave) -> None:
    answer = supervisor.get(f"{FILE}?par=bailleur&forme=taux")
    assert answer.content.startswith(b"\xef\xbb\xbf"), "Excel reads accents"
    assert "attachment" in answer.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert [row["groupe"] for row in rows] == ["ensemble"] * 4 + ["01"] * 4 + ["02"] * 4
    assert {(row["REF1"], row["NE"]) for row in rows if row["groupe"] == "ensemble"} == {("0,142857", "1")}
    outcomes = supervisor.get(f"{FILE}?forme=resultats").content.decode("utf-8-sig")
    assert [row["aapor"] for row in csv.DictReader(io.StringIO(outcomes), delimiter=";")] == [
        "2.112",
        "3.11",
        "4.70",
    ]
    fields = supervisor.get(f"{FILE}?forme=json&par=bailleur").json()
    assert sum(line["cases"] for line in fields["lines"]) == fields["whole"]["cases"] == 8
    assert supervisor.get(f"{FILE}?forme=xls").status_code == 404


def test_an_analyst_reads_the_waves_he_works_on_and_nobodys_work(
    analyst: TestClient, database: Database, wave: Wave, now: datetime
) -> None:
    assert "Aucune édition à regarder" in analyst.get(PAGE).text
    with transaction(database.engine) as db:
        user_id = views.user_id_of(db, Role.ANALYST.value)
        assert user_id is not None
        people.assign(db, NewAssignment(user_id=user_id, wave_id=wave.id, starts_at=now), now)
    html = analyst.get(PAGE).text
    assert cells(html, 'outcome="moved"')[:2] == ["4.70", "NE"]
    assert "Par télé-enquêteur" not in html
    assert analyst.get(f"{PAGE}?par=interviewer").status_code == 403
    assert analyst.get(f"{FILE}?par=interviewer&forme=json").status_code == 403


def test_a_wave_that_is_not_there_is_not_found(supervisor: TestClient, wave: Wave) -> None:
    assert supervisor.get(f"{PAGE}?edition=1998").status_code == 404
