"""The supervisor's pages: what they show, what they change, and that they work without JavaScript."""

import re
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select, update

from cati import sealing
from cati.calling.actions import dialling
from cati.cases.store import attempts
from cati.cases.tables import case_queue
from cati.database import transaction
from cati.quotas.tables import quota_cells
from cati.settings import Settings
from cati.telephony.simulated import Fate
from tests.conftest import Database
from tests.stories import (
    Household,
    Wave,
    a_case_in_hand,
    a_dial_that,
    a_wave,
    an_interviewer,
    some_households,
)

FRAGMENT = {"HX-Request": "true"}


@pytest.fixture
def wave(database: Database, settings: Settings, now: datetime) -> Wave:
    with transaction(database.engine) as db:
        keys = sealing.load(settings.keys)
        lists = [some_households(12), some_households(12, prefix="B", first=101)]
        return a_wave(db, keys, now, households=lists)


@pytest.fixture
def te(database: Database, wave: Wave, now: datetime) -> int:
    with transaction(database.engine) as db:
        return an_interviewer(db, now, waves=[wave], login="te1")


def in_hand(database: Database, te: int, now: datetime) -> int:
    with transaction(database.engine) as db:
        return a_case_in_hand(db, te, now).case_id


def on_the_line(database: Database, settings: Settings, te: int, now: datetime) -> int:
    with transaction(database.engine) as db:
        held = a_case_in_hand(db, te, now)
        number = attempts.usable_numbers(db, held.household_id)[0]
        dial_id = a_dial_that(Fate.PERSON)
        keys = sealing.load(settings.keys)
        dialling.dial(db, te, number, dial_id=dial_id, keys=keys, now=now)
        dialling.answer(db, te, dial_id, request=uuid4(), now=now)
        return held.case_id


def first_cell(database: Database) -> int:
    with transaction(database.engine) as db:
        cell_id: int = db.execute(select(func.min(quota_cells.c.id))).scalar_one()
        return cell_id


def holder(database: Database, case_id: int) -> int | None:
    with transaction(database.engine) as db:
        query = select(case_queue.c.lease_by).where(case_queue.c.case_id == case_id)
        return db.execute(query).scalar_one()


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


class TestTheFloor:
    def test_it_shows_bailleurs_stations_and_the_last_hour(
        self, supervisor: TestClient, wave: Wave, te: int, database: Database, now: datetime
    ) -> None:
        in_hand(database, te, now)
        page = text_of(supervisor.get("/suivi").text)
        for shown in (
            "Habitat des Flandres 1",
            "Hors QPV",
            "▲ à surveiller",
            "▤ lit la fiche",
            "Dernière heure",
        ):
            assert shown in page

    def test_it_refreshes_itself_with_a_fragment(self, supervisor: TestClient, wave: Wave) -> None:
        whole = supervisor.get("/suivi").text
        assert 'hx-trigger="every 3s"' in whole
        assert 'hx-swap="innerMorph"' in whole
        part = supervisor.get("/suivi", headers=FRAGMENT).text
        assert "<html" not in part
        assert "Habitat des Flandres 1" in part
        assert "every 3s" not in part, "the fragment goes inside the element that asks for it"

    def test_before_any_field_is_open_it_says_so(self, supervisor: TestClient) -> None:
        assert "Aucun terrain n’est ouvert" in supervisor.get("/suivi").text

    def test_with_two_open_fields_one_is_chosen_by_its_code(
        self, supervisor: TestClient, wave: Wave, database: Database, settings: Settings, now: datetime
    ) -> None:
        with transaction(database.engine) as db:
            a_wave(
                db,
                sealing.load(settings.keys),
                now + timedelta(seconds=1),
                households=[[Household(id="Z1", mobile="06 39 98 70 00")]],
                code="autre",
            )
        assert "Habitat des Flandres 2" not in supervisor.get("/suivi").text
        assert "Habitat des Flandres 2" in supervisor.get("/suivi?edition=triennale-2026").text
        assert supervisor.get("/suivi?edition=inconnue").status_code == 404

    def test_the_bailleurs_in_trouble_come_first_and_say_why(
        self, supervisor: TestClient, wave: Wave, database: Database
    ) -> None:
        with transaction(database.engine) as db:
            of_second = select(quota_cells.c.id).where(quota_cells.c.bailleur_id == wave.bailleurs[1])
            db.execute(update(case_queue).where(case_queue.c.cell_id.in_(of_second)).values(ready=False))
        page = text_of(supervisor.get("/suivi").text)
        assert page.index("Habitat des Flandres 2") < page.index("Habitat des Flandres 1")
        assert "■ en retard" in page
        assert "0 foyers à appeler pour" in page

    def test_no_tenant_is_named(
        self, supervisor: TestClient, wave: Wave, te: int, database: Database, now: datetime
    ) -> None:
        in_hand(database, te, now)
        page = supervisor.get("/suivi").text
        assert not any(name in page for name in ("Lemaire", "Delattre", "Acacias", "0639", "06 39"))


class TestACell:
    def test_pausing_comes_back_to_the_board_and_closes_the_queue(
        self, supervisor: TestClient, wave: Wave, database: Database
    ) -> None:
        cell_id = first_cell(database)
        answer = supervisor.post(f"/suivi/cellules/{cell_id}/pause", data={"paused": "oui"})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/suivi?edition=triennale-2026")
        assert "❚❚ en pause" in supervisor.get("/suivi").text
        with transaction(database.engine) as db:
            query = select(case_queue.c.case_id).where(
                case_queue.c.cell_id == cell_id, case_queue.c.cell_open
            )
            assert db.execute(query).first() is None, "synced right after the commit"

    def test_and_resuming_opens_it(self, supervisor: TestClient, wave: Wave, database: Database) -> None:
        cell_id = first_cell(database)
        for paused in ("oui", "non"):
            supervisor.post(f"/suivi/cellules/{cell_id}/pause", data={"paused": paused})
        assert "❚❚ en pause" not in supervisor.get("/suivi").text

    def test_a_click_that_says_neither_changes_nothing(
        self, supervisor: TestClient, wave: Wave, database: Database
    ) -> None:
        answer = supervisor.post(
            f"/suivi/cellules/{first_cell(database)}/pause", data={"paused": "peut-être"}
        )
        assert answer.status_code == 422
        assert "❚❚ en pause" not in supervisor.get("/suivi").text

    def test_its_target_is_changed_with_a_reason(
        self, supervisor: TestClient, wave: Wave, database: Database
    ) -> None:
        cell_id = first_cell(database)
        given = {"target": "5", "margin": "1", "reason": "échantillon épuisé"}
        assert supervisor.post(f"/suivi/cellules/{cell_id}/objectif", data=given).status_code == 303
        page = supervisor.get(f"/suivi/cellules/{cell_id}").text
        assert 'name="target" type="text" value="5"' in page

    def test_without_a_reason_or_a_number_the_form_comes_back_as_typed(
        self, supervisor: TestClient, wave: Wave, database: Database
    ) -> None:
        given = {"target": "cinq", "margin": "1", "reason": ""}
        answer = supervisor.post(f"/suivi/cellules/{first_cell(database)}/objectif", data=given)
        assert answer.status_code == 422
        assert 'value="cinq"' in answer.text
        assert answer.text.count('aria-invalid="true"') == 2

    def test_below_what_is_held_the_figure_is_said(
        self, supervisor: TestClient, wave: Wave, database: Database
    ) -> None:
        cell_id = first_cell(database)
        with transaction(database.engine) as db:
            db.execute(update(quota_cells).where(quota_cells.c.id == cell_id).values(done=2, reserved=1))
        given = {"target": "2", "margin": "0", "reason": "trop haut"}
        answer = supervisor.post(f"/suivi/cellules/{cell_id}/objectif", data=given)
        assert answer.status_code == 409
        assert "ne peuvent descendre sous 3" in answer.text

    def test_one_that_does_not_exist(self, supervisor: TestClient, wave: Wave) -> None:
        assert supervisor.get("/suivi/cellules/0").status_code == 404


class TestACaseInHand:
    def test_without_a_call_it_is_released_at_once(
        self, supervisor: TestClient, te: int, database: Database, now: datetime
    ) -> None:
        case_id = in_hand(database, te, now)
        assert f"/suivi/dossiers/{case_id}" in supervisor.get("/suivi").text
        assert "Interrompre l’appel" not in supervisor.get(f"/suivi/dossiers/{case_id}").text
        assert supervisor.post(f"/suivi/dossiers/{case_id}/liberation").status_code == 303
        assert holder(database, case_id) is None

    def test_with_a_call_up_it_waits_and_the_page_says_how_to_insist(
        self, supervisor: TestClient, te: int, database: Database, settings: Settings, now: datetime
    ) -> None:
        case_id = on_the_line(database, settings, te, now)
        assert "Interrompre l’appel" in supervisor.get(f"/suivi/dossiers/{case_id}").text
        answer = supervisor.post(f"/suivi/dossiers/{case_id}/liberation", data={"reason": "relève"})
        assert answer.status_code == 409
        assert "Un appel est en cours" in answer.text
        assert 'value="relève"' in answer.text
        assert holder(database, case_id) == te

    def test_by_force_it_needs_a_reason(
        self, supervisor: TestClient, te: int, database: Database, settings: Settings, now: datetime
    ) -> None:
        case_id = on_the_line(database, settings, te, now)
        page = f"/suivi/dossiers/{case_id}/liberation"
        assert supervisor.post(page, data={"force": "true"}).status_code == 422
        assert holder(database, case_id) == te
        assert supervisor.post(page, data={"force": "true", "reason": "malaise"}).status_code == 303
        assert holder(database, case_id) is None

    def test_a_case_nobody_holds_has_no_such_page(self, supervisor: TestClient, wave: Wave) -> None:
        assert supervisor.get("/suivi/dossiers/1").status_code == 404
