"""The supervisor's pages: what they show, what they change, and that they work without JavaScript."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import get_type_hints
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, insert, select, update

from cati import sealing
from cati.calling.actions import dialling
from cati.cases.store import attempts
from cati.cases.tables import case_queue
from cati.database import transaction
from cati.interviews.tables import help_calls
from cati.quotas.tables import quota_cells
from cati.settings import Settings
from cati.supervision.views.figures import WaveChoice
from cati.supervision.views.wall import Wall, WallBar, WallSeat
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
from web.supervisor.boards import PARTS, Look


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

    def test_every_place_that_the_stream_fills_is_on_the_page_once(
        self, supervisor: TestClient, wave: Wave
    ) -> None:
        page = supervisor.get("/suivi").text
        assert 'hx-sse:connect="/suivi/direct?edition=triennale-2026&amp;bailleur="' in page
        for place in (place for part in PARTS for place in part.places):
            assert page.count(f'id="{place}"') == 1

    def test_what_is_sent_again_is_what_the_page_showed(
        self, supervisor: TestClient, wave: Wave, te: int, database: Database, now: datetime
    ) -> None:
        in_hand(database, te, now)
        page = supervisor.get("/suivi").text
        look = Look(wave=WaveChoice(wave.id, "triennale-2026", "Enquête triennale 2026"), bailleur_id=None)
        for part in PARTS:
            with transaction(database.engine) as db:
                sent, again = (
                    part.board(look).render(db, now + timedelta(seconds=later)) for later in (60, 61)
                )
            assert sent == again, "time alone changes nothing"
            for body in re.findall(r'innerMorph">(.*?)</hx-partial>', sent, flags=re.S):
                assert body in page

    def test_one_bailleur_may_be_looked_at_alone(
        self, supervisor: TestClient, wave: Wave, te: int, database: Database, now: datetime
    ) -> None:
        in_hand(database, te, now)
        held = (
            text_of(supervisor.get("/suivi?bailleur=01").text),
            text_of(supervisor.get("/suivi?bailleur=02").text),
        )
        assert sorted("lit la fiche" in page for page in held) == [False, True]
        assert "Habitat des Flandres 2" not in re.sub(
            r"<select.*?</select>", "", supervisor.get("/suivi?bailleur=01").text, flags=re.S
        )
        assert supervisor.get("/suivi?bailleur=99").status_code == 404

    def test_an_alarm_stands_first_and_leads_to_the_desk(
        self, supervisor: TestClient, wave: Wave, te: int, database: Database, now: datetime
    ) -> None:
        assert "Aucun poste n’appelle l’attention" in supervisor.get("/suivi").text
        with transaction(database.engine) as db:
            db.execute(insert(help_calls).values(user_id=te, asked_at=now))
        page = supervisor.get("/suivi").text
        alarms = page[page.index('id="alarms"') : page.index('id="figures"')]
        assert "■ demande d’aide" in alarms
        assert f'href="/suivi/postes/{te}"' in alarms

    def test_a_stream_of_a_field_that_is_not_open_does_not_exist(self, supervisor: TestClient) -> None:
        assert supervisor.get("/suivi/direct").status_code == 404
        assert supervisor.get("/suivi/mur/direct?edition=inconnue").status_code == 404

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
        html = supervisor.get("/suivi").text
        page = text_of(html[html.index('id="quotas"') :])
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
        given = {"paused": "oui", "pause_reason": "file à vérifier"}
        answer = supervisor.post(f"/suivi/cellules/{cell_id}/pause", data=given)
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
            given = {"paused": paused, "pause_reason": "essai"}
            assert supervisor.post(f"/suivi/cellules/{cell_id}/pause", data=given).status_code == 303
        assert "❚❚ en pause" not in supervisor.get("/suivi").text

    def test_a_click_that_says_neither_changes_nothing(
        self, supervisor: TestClient, wave: Wave, database: Database
    ) -> None:
        answer = supervisor.post(
            f"/suivi/cellules/{first_cell(database)}/pause",
            data={"paused": "peut-être", "pause_reason": "essai"},
        )
        assert answer.status_code == 422
        assert "❚❚ en pause" not in supervisor.get("/suivi").text

    def test_without_a_reason_nothing_is_paused(
        self, supervisor: TestClient, wave: Wave, database: Database
    ) -> None:
        answer = supervisor.post(f"/suivi/cellules/{first_cell(database)}/pause", data={"paused": "oui"})
        assert answer.status_code == 422
        assert 'aria-invalid="true"' in answer.text
        assert "❚❚ en pause" not in supervisor.get("/suivi").text

    def test_a_bailleur_in_priority_is_called_first(
        self, supervisor: TestClient, wave: Wave, te: int, database: Database, now: datetime
    ) -> None:
        with transaction(database.engine) as db:
            of_second = select(func.min(quota_cells.c.id)).where(
                quota_cells.c.bailleur_id == wave.bailleurs[1]
            )
            cell_id = db.execute(of_second).scalar_one()
        given = {"priority": "2", "priority_reason": "visite demain"}
        assert supervisor.post(f"/suivi/cellules/{cell_id}/priorite", data=given).status_code == 303
        assert "⇑" in supervisor.get("/suivi").text
        with transaction(database.engine) as db:
            assert a_case_in_hand(db, te, now).bailleur_id == wave.bailleurs[1], (
                "synced right after the commit"
            )

    @pytest.mark.parametrize(
        "given",
        [
            {"priority": "3", "priority_reason": "trop"},  # beyond the scale
            {"priority": "1"},  # why is not said
        ],
    )
    def test_a_priority_that_cannot_be_taken_comes_back(
        self, supervisor: TestClient, wave: Wave, database: Database, given: dict[str, str]
    ) -> None:
        answer = supervisor.post(f"/suivi/cellules/{first_cell(database)}/priorite", data=given)
        assert answer.status_code == 422
        assert "⇑" not in supervisor.get("/suivi").text

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


class TestTheWall:
    def test_it_shows_figures_bars_and_desks_by_number(
        self, supervisor: TestClient, wave: Wave, te: int, database: Database, now: datetime
    ) -> None:
        in_hand(database, te, now)
        html = supervisor.get("/suivi/mur").text
        assert html.count('id="bar-') == 2
        assert f"lit la fiche {te}" in text_of(html)
        assert "data-stale" not in html
        assert '"pauseOnBackground": false' in html

    def test_it_names_nobody(
        self, supervisor: TestClient, wave: Wave, te: int, database: Database, now: datetime
    ) -> None:
        in_hand(database, te, now)
        page = supervisor.get("/suivi/mur").text
        secret = ("Lemaire", "Delattre", "Acacias", "0639", "06 39", "Camille", "Habitat des Flandres")
        assert not any(name in page for name in secret)

    def test_what_it_is_made_of_cannot_hold_a_word(self) -> None:
        """Figures, and words of closed lists: the types leave no place for a name."""
        for made_of in (WallSeat, WallBar):
            for kind in get_type_hints(made_of).values():
                assert kind is int or issubclass(kind, StrEnum)
        whole = get_type_hints(Wall)
        assert {whole.pop("seats"), whole.pop("bars")} == {Sequence[WallSeat], Sequence[WallBar]}
        assert set(whole.values()) == {int}

    def test_without_an_open_field_it_says_so(self, supervisor: TestClient) -> None:
        assert "Aucun terrain n’est ouvert" in supervisor.get("/suivi/mur").text


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

    def test_a_case_nobody_holds_has_nothing_to_release(self, supervisor: TestClient, wave: Wave) -> None:
        assert "Libérer le dossier" not in supervisor.get("/suivi/dossiers/1").text
        assert supervisor.post("/suivi/dossiers/1/liberation").status_code == 404
