"""The bailleur's own page: his counts, the region as one, and nothing of anybody else's."""

import re
from datetime import datetime

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from cati import clock, sealing
from cati.cases.rules import Disposition, RefusalBy, RefusalKind
from cati.database import transaction
from cati.people import actions as people
from cati.people.actions import NewUser
from cati.people.passwords import Passwords
from cati.people.rules import Role
from cati.people.store import Scope
from cati.settings import Settings
from cati.supervision.views.bailleur import FAMILIES
from cati.telephony.rules import Key
from cati.telephony.simulated import Fate
from tests.conftest import Database
from tests.store.calls import Desk
from tests.stories import Wave, a_wave, an_interviewer, some_households
from tests.web.conftest import PASSWORD
from web.deps import ObserverDb


@pytest.fixture
def wave(app: FastAPI, database: Database, settings: Settings, now: datetime) -> Wave:
    """Three bailleurs; all that was called is the first one's: an interview, a refusal, a wrong number."""
    keys = sealing.load(settings.keys)
    lists = [some_households(8, prefix=prefix, first=1 + 40 * rank) for rank, prefix in enumerate("ABC")]
    with transaction(database.engine) as db:
        made = a_wave(db, keys, now, households=lists)
        db.execute(_HIS_FIRST, {"bailleur": made.bailleurs[0]})
        user_id = an_interviewer(db, now, waves=[made])
        desk = Desk(db=db, keys=keys, user_id=user_id, now=now)
        tenant = desk.reaches(desk.takes())
        tenant.agrees()
        tenant.answers_on()
        desk.closes(Disposition.COMPLETE)
        desk.reaches(desk.takes())
        desk.closes(Disposition.REFUSAL_PERSON, refusal_by=RefusalBy.PERSON, refusal_kind=RefusalKind.HARD)
        desk.hears(desk.dials(desk.takes(), Fate.PERSON), Key.WRONG_NUMBER)
    return made


_HIS_FIRST = text(
    """
    update case_queue set rank = (select (h.bailleur_id <> :bailleur)::int
      from cases c join households h on h.id = c.household_id where c.id = case_id)
    """
)


def an_observer(app: FastAPI, database: Database, login: str, scope: Scope | None) -> TestClient:
    """A browser signed in to an observer's account."""
    with transaction(database.engine) as db:
        new = NewUser(
            login=login,
            first_name="Alix",
            display_name="Alix Fictif",
            role=Role.OBSERVER,
            password=PASSWORD,
            scope=scope,
        )
        people.create_user(db, Passwords(least_cost=True), new, clock.now())
    browser = TestClient(app, follow_redirects=False, raise_server_exceptions=False)
    assert browser.post("/connexion", data={"login": login, "password": PASSWORD}).status_code == 303
    return browser


def words(html: str) -> str:
    """What a person reads."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_a_bailleur_reads_his_progress_his_calls_and_what_his_file_was_worth(
    app: FastAPI, database: Database, wave: Wave
) -> None:
    scope = Scope(organisation="Office du Nord", bailleur_id=wave.bailleurs[0])
    own = an_observer(app, database, "bailleur", scope)
    answer = own.get("/bailleur")
    assert answer.status_code == 200
    read = words(answer.text)
    assert "Habitat des Flandres 1" in read
    assert "Hors QPV 1 8 0" in read
    assert "Ensemble 1 10 0" in read
    assert "Entretien complet 1" in read
    assert "Refus, opposition ou effacement 1" in read
    assert "Faux numéro 1" in read
    assert "Foyers tirés 8" in read
    assert "Numéros faux ou hors service 1" in read
    assert "Cumul lundi 23 novembre 1 1" in read
    assert "Bailleurs 3 Entretiens réalisés 1 sur 30" in read


def test_another_bailleur_reads_nothing_of_it(app: FastAPI, database: Database, wave: Wave) -> None:
    scope = Scope(organisation="Office du Sud", bailleur_id=wave.bailleurs[1])
    read = words(an_observer(app, database, "autre", scope).get("/bailleur").text)
    assert "Habitat des Flandres 2" in read
    assert "Ensemble 0 10 0" in read
    assert "Refus" not in read
    assert "Habitat des Flandres 1" not in read


def test_the_region_reads_totals_only(app: FastAPI, database: Database, wave: Wave) -> None:
    read = words(
        an_observer(app, database, "region", Scope(organisation="Union régionale")).get("/bailleur").text
    )
    assert "Union régionale" in read
    assert "Bailleurs 3 Entretiens réalisés 1 sur 30" in read
    assert "Habitat des Flandres" not in read
    assert "Issue de la tentative" not in read


def test_the_regions_total_is_not_told_where_it_would_tell_one_bailleur(
    app: FastAPI, database: Database, wave: Wave
) -> None:
    """With two bailleurs each would read the other's figures by taking his own away."""
    with transaction(create_engine(database.owner_url, poolclass=NullPool)) as db:
        db.execute(text("update case_queue set cell_id = null"))
        db.execute(text("delete from quota_cells where bailleur_id = :one"), {"one": wave.bailleurs[2]})
    read = words(
        an_observer(app, database, "region", Scope(organisation="Union régionale")).get("/bailleur").text
    )
    assert "Trop peu de bailleurs" in read
    assert "sur 20" not in read


def test_an_account_that_belongs_to_nobody_reads_nothing(
    app: FastAPI, database: Database, wave: Wave
) -> None:
    answer = an_observer(app, database, "egare", None).get("/bailleur")
    assert answer.status_code == 200
    assert "Votre compte n’est rattaché à aucun organisme" in answer.text
    assert "Triennale" not in answer.text.title()


def test_a_wave_that_is_not_his_does_not_exist_for_him(app: FastAPI, database: Database, wave: Wave) -> None:
    scope = Scope(organisation="Office du Nord", bailleur_id=wave.bailleurs[0])
    own = an_observer(app, database, "bailleur", scope)
    assert own.get("/bailleur?edition=triennale-2026").status_code == 200
    assert own.get("/bailleur?edition=autre").status_code == 404


def test_what_observers_pages_read_with_sees_one_bailleur_and_writes_nothing(
    app: FastAPI, database: Database, wave: Wave
) -> None:
    router = APIRouter()

    @router.get("/lu")
    def read(db: ObserverDb) -> list[str]:
        return [
            str(row[0])
            for row in db.execute(text("select current_user union all select name from bailleurs"))
        ]

    @router.get("/ecrit")
    def write(db: ObserverDb) -> None:
        db.execute(text("select nextval('households_id_seq')"))

    app.include_router(router)
    scope = Scope(organisation="Office du Nord", bailleur_id=wave.bailleurs[0])
    own = an_observer(app, database, "bailleur", scope)
    assert own.get("/lu").json() == ["cati_observer", "Habitat des Flandres 1"]
    assert own.get("/ecrit").status_code == 500
    with app.state.observer_engine.connect() as db:
        assert db.scalar(text("show transaction_read_only")) == "on"


def test_every_disposition_is_in_one_family() -> None:
    listed = [one for members in FAMILIES.values() for one in members]
    assert sorted(listed) == sorted(set(Disposition) - {Disposition.NOT_PLACED})
