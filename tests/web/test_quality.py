"""The supervisor's quality desk: its pages, its forms, and that identity and answers are never on one page."""

import re
from collections.abc import Callable
from datetime import datetime
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select, update

from cati import sealing
from cati.audit.tables import audit_log
from cati.calling.actions import endangered
from cati.calling.store.checks import quota_differences
from cati.cases.rules import Disposition
from cati.cases.tables import cases
from cati.database import transaction
from cati.interviews.tables import backchecks, dangers, interviews
from cati.people.rules import Role
from cati.quotas.tables import quota_cells
from cati.settings import Settings
from tests.conftest import Database
from tests.store.calls import Desk
from tests.stories import a_wave, an_interviewer, some_households

ROOT = "/suivi/qualite"
NAMES = ("Lemaire", "Delattre", "Carpentier", "Wattrelos", "Duhamel", "Leclercq", "Verhaeghe", "Caron")


@pytest.fixture
def desk(database: Database, settings: Settings, now: datetime) -> Callable[[], Desk]:
    """A desk that one sits down at for a transaction of one's own."""
    keys = sealing.load(settings.keys)
    with transaction(database.engine) as db:
        wave = a_wave(db, keys, now, households=[some_households(12)])
        user_id = an_interviewer(db, now, waves=[wave], login="te1")
    return lambda: Desk(db=database.engine.connect(), keys=keys, user_id=user_id, now=now)


@pytest.fixture
def done(desk: Callable[[], Desk]) -> UUID:
    """An interview done by te1; its export_id."""
    sat = desk()
    with sat.db as db, db.begin():
        held = sat.takes()
        tenant = sat.reaches(held)
        tenant.agrees()
        tenant.answers_on(A1=3, A2=4, A3="Le hall est sombre")
        sat.closes(Disposition.COMPLETE)
        found: UUID = db.execute(select(interviews.c.export_id)).scalar_one()
    return found


def audited(database: Database, action: str) -> int:
    with transaction(database.engine) as db:
        count = select(func.count()).select_from(audit_log).where(audit_log.c.action == action)
        return db.execute(count).scalar_one()


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def names_somebody(html: str) -> bool:
    return any(name in html for name in (*NAMES, "Acacias", "06 39", "06\u00a039", "+3363"))


class TestInterviews:
    def test_the_list_names_an_interview_by_its_random_id_and_its_case(
        self, supervisor: TestClient, done: UUID
    ) -> None:
        page = supervisor.get(ROOT).text
        assert str(done)[:8] in text_of(page)
        assert "○ à juger" in page
        assert "■ trop rapide" in page, "all was answered in the same second"
        assert not names_somebody(page)
        assert "sombre" not in page

    @pytest.mark.parametrize(
        ("query", "status"),
        [
            ("", 200),
            ("?verdict=none&edition=&bailleur=&te=", 200),  # as a form without a choice is sent
            ("?verdict=validated&page=2", 200),
            ("?edition=987654", 200),
            ("?verdict=parfait", 404),
            ("?page=0", 404),
            ("?te=moi", 404),
            ("?te=99999999999999999999", 404),  # larger than any id
        ],
    )
    def test_the_list_is_narrowed_by_its_address(
        self, supervisor: TestClient, done: UUID, query: str, status: int
    ) -> None:
        assert supervisor.get(ROOT + query).status_code == status

    def test_the_script_is_read_without_the_identity_and_audited(
        self, supervisor: TestClient, done: UUID, database: Database
    ) -> None:
        before = supervisor.get(f"{ROOT}/entretiens/{done}").text
        assert "sombre" not in before, "a page that is only looked at shows no answer"
        assert audited(database, "answers.read") == 0
        read = supervisor.post(f"{ROOT}/entretiens/{done}/lecture")
        assert "Le hall est sombre" in read.text
        assert not names_somebody(read.text)
        assert audited(database, "answers.read") == 1

    def test_an_invalid_interview_gives_its_place_back_once_confirmed(
        self, supervisor: TestClient, done: UUID, database: Database
    ) -> None:
        form = {"verdict": "invalidated", "reason": "Questions non lues", "seen": "0"}
        asked = supervisor.post(f"{ROOT}/entretiens/{done}/verdict", data=form)
        assert asked.status_code == 422
        assert "Cochez pour confirmer" in asked.text
        given = supervisor.post(f"{ROOT}/entretiens/{done}/verdict", data={**form, "confirm": "true"})
        assert (given.status_code, given.headers["Location"]) == (303, f"{ROOT}/entretiens/{done}")
        page = text_of(supervisor.get(given.headers["Location"]).text)
        assert "■ invalidé" in page
        assert "Questions non lues Camille supervisor" in page
        with transaction(database.engine) as db:
            assert db.scalar(select(func.sum(quota_cells.c.done))) == 0
            assert quota_differences(db) == []

    def test_without_a_reason_the_form_comes_back_with_its_sentence(
        self, supervisor: TestClient, done: UUID
    ) -> None:
        answer = supervisor.post(f"{ROOT}/entretiens/{done}/verdict", data={"verdict": "validated"})
        assert answer.status_code == 422
        assert "À remplir." in answer.text

    def test_a_verdict_given_meanwhile_is_shown_first(self, supervisor: TestClient, done: UUID) -> None:
        first = {"verdict": "validated", "reason": "Écouté en direct", "seen": "0"}
        supervisor.post(f"{ROOT}/entretiens/{done}/verdict", data=first)
        late = {"verdict": "invalidated", "reason": "Trop rapide", "seen": "0", "confirm": "true"}
        answer = supervisor.post(f"{ROOT}/entretiens/{done}/verdict", data=late)
        assert answer.status_code == 409
        assert "Écouté en direct" in answer.text

    def test_back_to_valid_needs_a_place(
        self, supervisor: TestClient, done: UUID, database: Database
    ) -> None:
        address = f"{ROOT}/entretiens/{done}"
        invalid = {"verdict": "invalidated", "reason": "Trop rapide", "seen": "0", "confirm": "true"}
        supervisor.post(f"{address}/verdict", data=invalid)
        seen = re.search(r'name="seen" value="(\d+)"', supervisor.get(address).text)
        assert seen is not None
        valid = {"verdict": "validated", "reason": "Contre-appel confirmé", "seen": seen[1]}
        with transaction(database.engine) as db:
            db.execute(update(quota_cells).values(target=0))
        answer = supervisor.post(f"{address}/verdict", data=valid)
        assert (answer.status_code, "plus de place" in answer.text) == (409, True)
        with transaction(database.engine) as db:
            db.execute(update(quota_cells).values(target=5))
        assert supervisor.post(f"{address}/verdict", data=valid).status_code == 303
        with transaction(database.engine) as db:
            assert quota_differences(db) == []

    def test_several_are_validated_at_once_for_one_reason(
        self, supervisor: TestClient, done: UUID, database: Database
    ) -> None:
        address = f"{ROOT}/validation"
        assert supervisor.post(address, data={"entretien": str(done)}).status_code == 422
        assert supervisor.post(address, data={"reason": "Rien d’anormal"}).status_code == 422
        form = {"entretien": [str(done), str(uuid4())], "reason": "Rien d’anormal"}
        answer = supervisor.post(address, data=form)
        assert "1 entretien validé." in answer.text
        assert "● validé" in answer.text
        assert "0 entretien validé." in supervisor.post(address, data=form).text
        assert audited(database, "interview.validated") == 1

    def test_an_interview_that_is_not_finished_has_no_page(
        self, supervisor: TestClient, desk: Callable[[], Desk], database: Database
    ) -> None:
        sat = desk()
        with sat.db as db, db.begin():
            sat.reaches(sat.takes()).agrees()
            export_id = db.execute(select(interviews.c.export_id)).scalar_one()
        for unknown in (export_id, uuid4()):
            assert supervisor.get(f"{ROOT}/entretiens/{unknown}").status_code == 404


@pytest.fixture
def drawn(supervisor: TestClient, done: UUID, database: Database) -> str:
    """The address of the back-check of the interview done."""
    assert supervisor.post(f"{ROOT}/contre-appels").status_code == 303
    with transaction(database.engine) as db:
        return f"{ROOT}/contre-appels/{db.execute(select(backchecks.c.id)).scalar_one()}"


class TestBackchecks:
    def test_the_name_and_numbers_are_shown_when_asked_for_and_audited(
        self, supervisor: TestClient, drawn: str, database: Database
    ) -> None:
        before = audited(database, "identity.read")
        for page in (f"{ROOT}/contre-appels", drawn):
            assert not names_somebody(supervisor.get(page).text)
        shown = supervisor.post(f"{drawn}/coordonnees").text
        assert names_somebody(shown)
        assert "sombre" not in shown, "answers and identity are never on one page"
        assert audited(database, "identity.read") == before + 1

    def test_a_call_is_noted_once_and_the_result_closes_the_check(
        self, supervisor: TestClient, drawn: str
    ) -> None:
        key = str(uuid4())
        for _ in range(2):
            assert supervisor.post(f"{drawn}/appel", data={"key": key}).status_code == 303
        assert re.search(r"Appels 1, le dernier", text_of(supervisor.get(drawn).text))
        answer = supervisor.post(f"{drawn}/resultat", data={"result": "confirmed"})
        assert answer.headers["Location"] == f"{ROOT}/contre-appels"
        assert "● Confirmé" in text_of(supervisor.get(f"{ROOT}/contre-appels").text)
        assert supervisor.post(f"{drawn}/coordonnees").status_code == 409

    def test_a_doubt_wants_a_word_and_leads_to_the_verdict(
        self, supervisor: TestClient, drawn: str, done: UUID
    ) -> None:
        assert supervisor.post(f"{drawn}/resultat", data={"result": "no_interview"}).status_code == 422
        said = {"result": "no_interview", "note": "Personne n’a appelé."}
        answer = supervisor.post(f"{drawn}/resultat", data=said)
        assert answer.headers["Location"] == f"{ROOT}/entretiens/{done}"
        assert "■ aucun entretien" in supervisor.get(f"{ROOT}/entretiens/{done}").text

    def test_a_result_that_does_not_exist_is_refused_in_words(
        self, supervisor: TestClient, drawn: str
    ) -> None:
        answer = supervisor.post(f"{drawn}/resultat", data={"result": "bien"})
        assert (answer.status_code, "Ce choix n’existe pas." in answer.text) == (422, True)
        assert supervisor.post(f"{drawn}/appel", data={"key": "x"}).status_code == 404
        assert supervisor.get(f"{ROOT}/contre-appels/987654").status_code == 404


class TestDangers:
    def test_what_was_done_takes_it_off(
        self, supervisor: TestClient, desk: Callable[[], Desk], database: Database, now: datetime
    ) -> None:
        sat = desk()
        with sat.db as db, db.begin():
            sat.reaches(sat.takes())
            danger_id = endangered.raise_danger(db, sat.user_id, now)
        assert f'id="danger-{danger_id}"' in supervisor.get("/suivi").text
        page = supervisor.get(f"{ROOT}/dangers").text
        assert "Camille te1" in page
        assert not names_somebody(page)
        assert supervisor.post(f"{ROOT}/dangers/{danger_id}", data={"what": " "}).status_code == 422
        done = {"what": "Le 112 a été appelé à 18 h 05."}
        assert supervisor.post(f"{ROOT}/dangers/{danger_id}", data=done).status_code == 303
        assert f'id="danger-{danger_id}"' not in supervisor.get("/suivi").text
        page = supervisor.get(f"{ROOT}/dangers").text
        assert "Aucun danger en cours." in page
        assert "Le 112 a été appelé" in page
        with transaction(database.engine) as db:
            assert db.scalar(select(func.count()).where(dangers.c.handled_at.is_(None))) == 0


class TestRights:
    def test_oppositions_show_cases_and_no_number(
        self, client_of: Callable[[Role], TestClient], desk: Callable[[], Desk]
    ) -> None:
        sat = desk()
        with sat.db, sat.db.begin():
            held = sat.takes()
            sat.reaches(held)
            sat.closes(Disposition.OPPOSITION)
        for role in (Role.SUPERVISOR, Role.DPO):
            page = client_of(role).get(f"{ROOT}/oppositions").text
            assert f"dossier {held.case_id}" in page
            assert not names_somebody(page)

    def test_the_dpo_is_offered_this_page_and_not_those_of_the_floor(
        self, client_of: Callable[[Role], TestClient]
    ) -> None:
        page = client_of(Role.DPO).get(f"{ROOT}/oppositions").text
        assert f'href="{ROOT}/oppositions"' in page
        assert f'href="{ROOT}/dangers"' not in page
        assert "Aucune opposition." in page

    def test_an_address_is_ticked_off_with_what_was_done(
        self, supervisor: TestClient, done: UUID, database: Database
    ) -> None:
        with transaction(database.engine) as db:
            case_id = db.execute(
                update(cases)
                .where(cases.c.id == select(interviews.c.case_id).scalar_subquery())
                .values(address_to_correct=True)
                .returning(cases.c.id)
            ).scalar_one()
        address = f"{ROOT}/adresses/{case_id}"
        assert f'action="{address}"' in supervisor.get(f"{ROOT}/adresses").text
        assert supervisor.post(address, data={"what": ""}).status_code == 422
        assert supervisor.post(address, data={"what": "transmis au bailleur"}).status_code == 303
        assert "Aucune adresse à corriger." in supervisor.get(f"{ROOT}/adresses").text
        assert supervisor.post(address, data={"what": "transmis au bailleur"}).status_code == 409


@pytest.mark.parametrize(
    ("path", "room"),
    [
        ("", "Entretiens"),
        ("/contre-appels", "Contre-appels"),
        ("/dangers", "Dangers"),
        ("/adresses", "Adresses à corriger"),
        ("/oppositions", "Oppositions et effacements"),
    ],
)
def test_the_menu_says_where_one_is(supervisor: TestClient, path: str, room: str) -> None:
    page = supervisor.get(ROOT + path).text
    marked = re.findall(r'aria-current="(page|true)">([^<]+)<', page)
    assert ("page", room) in marked
    assert ("page" if path == "" else "true", "Qualité") in marked
