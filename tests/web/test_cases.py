"""Finding a case and its page: what is shown to whom, what is asked for, what never leaves the form."""

import re
from datetime import datetime, timedelta
from html import unescape

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text, update

from cati import sealing
from cati.calling.actions import closing, sweeping
from cati.calling.actions.closing import Verdict
from cati.cases.rules import Disposition
from cati.cases.tables import cases
from cati.database import transaction
from cati.people.rules import Role
from cati.settings import Settings
from tests.conftest import Database
from tests.stories import Household, Tenant, Wave, a_case_in_hand, a_wave, an_interview, an_interviewer
from tests.web.conftest import ClientOf

NUMBER = "06 39 98 61 01"
SECRETS = ("Lemaire", "06 39 98", "0639 98", "+33639", "Lilas", "Acacias")


@pytest.fixture
def wave(database: Database, settings: Settings, now: datetime) -> Wave:
    with transaction(database.engine) as db:
        rows = [Household(id=f"R{rank}", mobile=f"06 39 98 61 {rank:02}") for rank in (1, 2)]
        return a_wave(db, sealing.load(settings.keys), now, households=[rows])


@pytest.fixture
def dpo(client_of: ClientOf) -> TestClient:
    return client_of(Role.DPO)


@pytest.fixture
def te(database: Database, wave: Wave, now: datetime) -> int:
    with transaction(database.engine) as db:
        return an_interviewer(db, now, waves=[wave], login="te1")


def words(answer: object) -> str:
    html = answer.text  # type: ignore[attr-defined]  # a Response of the test client
    plain = unescape(re.sub(r"<[^>]+>", " ", html)).replace("\u00a0", " ").replace("\u202f", " ")
    return re.sub(r"\s+", " ", plain)


def audited(database: Database, action: str) -> list[tuple[str, str, str | None]]:
    with transaction(database.engine) as db:
        query = text("select object_type, object_id, purpose from audit_log where action = :a order by id")
        return [(row[0], row[1], row[2]) for row in db.execute(query, {"a": action})]


def interviewed(database: Database, settings: Settings, te: int, now: datetime, *, ended: bool = True) -> int:
    """The first case with an interview begun, closed as an appointment or left in the call."""
    with transaction(database.engine) as db:
        held = a_case_in_hand(db, te, now)
        phone = db.execute(
            text("select id from phones where household_id = :h"), {"h": held.household_id}
        ).scalar_one()
        interview_id = an_interview(db, sealing.load(settings.keys), te, phone, now)
        tenant = Tenant(db=db, user_id=te, interview_id=interview_id, now=now + timedelta(seconds=30))
        tenant.agrees()
        tenant.says("A1", 1)
        if ended:
            verdict = Verdict(disposition=Disposition.APPOINTMENT_SOFT)
            closing.close(db, te, verdict, now + timedelta(minutes=1))
        return held.case_id


class TestFinding:
    @pytest.mark.parametrize("written", [NUMBER, "0639986101", "+33 6 39 98 61 01", "06.39.98.61.01"])
    def test_by_its_number_however_written_a_single_case_opens(
        self, supervisor: TestClient, wave: Wave, written: str
    ) -> None:
        answer = supervisor.post("/suivi/recherche", data={"number": written})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/suivi/dossiers/1")

    def test_the_number_is_kept_nowhere(
        self, supervisor: TestClient, wave: Wave, database: Database, capsys: pytest.CaptureFixture[str]
    ) -> None:
        supervisor.post("/suivi/recherche", data={"number": NUMBER})
        (line,) = audited(database, "case.search")
        assert line[0] == "search"
        assert re.fullmatch(r"[0-9a-f]{64}", line[1])
        with transaction(database.engine) as db:
            details = str(
                db.execute(text("select details from audit_log where action = 'case.search'")).all()
            )
        assert "639986101" not in details
        printed = capsys.readouterr()
        assert "639986101" not in printed.out + printed.err

    def test_an_opposed_number_says_so(self, supervisor: TestClient, dpo: TestClient, wave: Wave) -> None:
        supervisor.post("/suivi/dossiers/1/opposition", data={"reason": "a écrit", "confirm": "opposition"})
        page = words(dpo.post("/suivi/recherche", data={"number": NUMBER}))
        assert "Ce numéro est opposé" in page
        assert "clos : Opposition à tout appel" in page

    def test_by_the_bailleurs_identifier(self, supervisor: TestClient, wave: Wave) -> None:
        given = {"external_id": "R2", "bailleur": str(wave.bailleurs[0])}
        assert supervisor.post("/suivi/recherche", data=given).headers["Location"] == "/suivi/dossiers/2"
        assert "Aucun dossier" in words(supervisor.post("/suivi/recherche", data={"external_id": "R9"}))

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({}, "Remplissez l’un des trois."),
            ({"number": "12"}, "Ce numéro ne se lit pas"),
            ({"case": "premier"}, "Un nombre entier est attendu."),
        ],
    )
    def test_what_cannot_be_looked_for_is_said_beside_its_field(
        self, supervisor: TestClient, wave: Wave, given: dict[str, str], said: str
    ) -> None:
        answer = supervisor.post("/suivi/recherche", data=given)
        assert answer.status_code == 422
        assert said in words(answer)


class TestThePage:
    def test_it_says_where_the_case_stands_and_why_but_never_who_or_what(
        self,
        supervisor: TestClient,
        wave: Wave,
        te: int,
        database: Database,
        settings: Settings,
        now: datetime,
    ) -> None:
        case_id = interviewed(database, settings, te, now)
        answer = supervisor.get(f"/suivi/dossiers/{case_id}")
        page = words(answer)
        for shown in (
            "en attente (rendez-vous vague)",
            "Quota ouvert",
            "Rendez-vous vague",
            "1 mobile ● utilisable 1",
            "(appel 1 du dossier)",
            "suspendu",
        ):
            assert shown in page, shown
        assert not any(secret in answer.text for secret in SECRETS)
        assert "Très satisfait" not in page
        assert audited(database, "identity.read") == [("case", str(case_id), "call")]

    def test_the_identity_is_read_for_a_purpose_and_once(
        self, supervisor: TestClient, wave: Wave, database: Database
    ) -> None:
        assert supervisor.post("/suivi/dossiers/1/identite").status_code == 422
        assert audited(database, "identity.read") == []
        page = words(supervisor.post("/suivi/dossiers/1/identite", data={"purpose": "rappel demandé"}))
        assert "Mme Claude Lemaire" in page
        assert NUMBER in page
        assert audited(database, "identity.read") == [("case", "1", "rappel demandé")]
        assert "Lemaire" not in supervisor.get("/suivi/dossiers/1").text
        assert "Identité lue" in words(supervisor.get("/suivi/dossiers/1"))

    def test_the_dpo_sees_it_without_the_floors_acts(self, dpo: TestClient, wave: Wave) -> None:
        page = words(dpo.get("/suivi/dossiers/1"))
        assert "Opposition à tout appel" in page
        assert "Donner à un télé-enquêteur" not in page
        assert dpo.post("/suivi/dossiers/1/don", data={"to": "1", "reason": "essai"}).status_code == 403

    @pytest.mark.parametrize("path", ["/suivi/dossiers/99", "/suivi/dossiers/99/identite"])
    def test_a_case_there_is_not(self, supervisor: TestClient, wave: Wave, path: str) -> None:
        answer = (
            supervisor.get(path) if path.endswith("99") else supervisor.post(path, data={"purpose": "voir"})
        )
        assert answer.status_code == 404
        assert supervisor.get(f"/suivi/dossiers/{2**63}").status_code == 422


class TestActing:
    def test_a_case_is_given_with_a_reason(
        self, supervisor: TestClient, wave: Wave, te: int, database: Database
    ) -> None:
        refused = supervisor.post("/suivi/dossiers/2/don", data={"to": str(te), "reason": ""})
        assert refused.status_code == 422
        answer = supervisor.post("/suivi/dossiers/2/don", data={"to": str(te), "reason": "parle arabe"})
        assert answer.headers["Location"] == "/suivi/dossiers/2?fait=donne"
        assert "Dossier donné." in words(supervisor.get(answer.headers["Location"]))
        assert audited(database, "case.given") == [("case", "2", "parle arabe")]

    def test_an_appointment_at_a_time_that_is_not_permitted_comes_back_as_typed(
        self, supervisor: TestClient, wave: Wave, database: Database
    ) -> None:
        given = {"day": "2026-11-20", "hour": "18:30", "reason": "a appelé"}
        answer = supervisor.post("/suivi/dossiers/1/rappel", data=given)
        assert answer.status_code == 422
        assert "Cette heure est déjà passée." in words(answer)
        assert audited(database, "case.booked") == []
        given["day"] = "2026-11-26"
        assert supervisor.post("/suivi/dossiers/1/rappel", data=given).status_code == 303
        assert "rendez-vous vague" in words(supervisor.get("/suivi/dossiers/1"))

    def test_what_is_refused_leaves_nothing_half_done(
        self, supervisor: TestClient, wave: Wave, database: Database
    ) -> None:
        with transaction(database.engine) as db:
            closed = update(cases).where(cases.c.id == 1)
            db.execute(closed.values(state="closed", wait_reason=None, close_reason="refusal_person"))
        given = {"day": "2026-11-20", "hour": "18:30", "reason": "a appelé"}
        assert supervisor.post("/suivi/dossiers/1/rappel", data=given).status_code == 422
        with transaction(database.engine) as db:
            row = db.execute(text("select state, reopened_at from cases where id = 1")).one()
        assert tuple(row) == ("closed", None)

    def test_a_closed_case_is_reopened(self, supervisor: TestClient, wave: Wave, database: Database) -> None:
        with transaction(database.engine) as db:
            closed = update(cases).where(cases.c.id == 1)
            db.execute(closed.values(state="closed", wait_reason=None, close_reason="moved"))
        assert "Rouvrir le dossier" in words(supervisor.get("/suivi/dossiers/1"))
        assert supervisor.post("/suivi/dossiers/1/reouverture", data={"reason": "erreur"}).status_code == 303
        assert "en attente" in words(supervisor.get("/suivi/dossiers/1"))

    @pytest.mark.parametrize(
        ("act", "word", "asked"),
        [
            ("opposition", "opposition", "confirmez l’opposition"),
            ("effacement", "effacement", "confirmez l’effacement"),
        ],
    )
    def test_what_nobody_can_undo_takes_a_second_key(
        self,
        supervisor: TestClient,
        te: int,
        database: Database,
        settings: Settings,
        now: datetime,
        act: str,
        word: str,
        asked: str,
    ) -> None:
        case_id = interviewed(database, settings, te, now)
        path = f"/suivi/dossiers/{case_id}/{act}"
        answer = supervisor.post(path, data={"reason": "a écrit"})
        assert answer.status_code == 409
        assert asked in words(answer)
        assert 'value="a écrit"' in answer.text
        assert supervisor.post(path, data={"reason": "a écrit", "confirm": word}).status_code == 303
        assert "clos : " in words(supervisor.get(f"/suivi/dossiers/{case_id}"))

    def test_only_the_dpo_lifts_an_opposition(
        self, supervisor: TestClient, dpo: TestClient, wave: Wave, database: Database
    ) -> None:
        supervisor.post("/suivi/dossiers/1/opposition", data={"reason": "a écrit", "confirm": "opposition"})
        lifted = {"reason": "lettre du 12", "confirm": "levee"}
        assert supervisor.post("/suivi/dossiers/1/levee", data=lifted).status_code == 403
        assert "Lever l’opposition" not in words(supervisor.get("/suivi/dossiers/1"))
        assert dpo.post("/suivi/dossiers/1/levee", data=lifted).status_code == 303
        assert "Le dossier reste clos" in words(dpo.get("/suivi/dossiers/1?fait=levee"))
        assert audited(database, "opposition.lifted")[0] == ("case", "1", "lettre du 12")

    def test_the_dpo_lifts_the_opposition_of_a_number_that_is_in_no_sample(
        self, supervisor: TestClient, dpo: TestClient, wave: Wave, database: Database, settings: Settings
    ) -> None:
        unknown = "06 39 98 99 99"
        with transaction(database.engine) as db:
            number = sealing.load(settings.keys).phone_hmac("+33639989999")
            db.execute(
                text("insert into oppositions (phone_hmac, said_at) values (:n, now())"), {"n": number}
            )
        assert "Lever l’opposition" not in words(
            supervisor.post("/suivi/recherche", data={"number": unknown})
        )
        assert "Lever l’opposition" in words(dpo.post("/suivi/recherche", data={"number": unknown}))
        given = {"number": unknown, "reason": "lettre du 12"}
        assert dpo.post("/suivi/recherche/levee", data=given).status_code == 422
        confirmed = given | {"confirm": "levee"}
        assert supervisor.post("/suivi/recherche/levee", data=confirmed).status_code == 403
        assert "Opposition levée" in words(dpo.post("/suivi/recherche/levee", data=confirmed))
        assert dpo.post("/suivi/recherche/levee", data=confirmed).status_code == 409
        assert audited(database, "opposition.lifted") == [("number", number.hex(), "lettre du 12")]


class TestCasesSetApart:
    def test_an_interrupted_interview_is_given_on_from_the_list(
        self,
        supervisor: TestClient,
        te: int,
        wave: Wave,
        database: Database,
        settings: Settings,
        now: datetime,
    ) -> None:
        case_id = interviewed(database, settings, te, now, ended=False)
        with transaction(database.engine) as db:
            other = an_interviewer(db, now, waves=[wave], login="te2", first_name="Sacha")
            sweeping.sweep_leases(db, now + timedelta(minutes=5))
        page = supervisor.get("/suivi/interrompus")
        assert "entretien commencé" in words(page)
        assert not any(secret in page.text for secret in SECRETS)
        given = {"to": str(other), "reason": "Poste interrompu"}
        assert supervisor.post(f"/suivi/dossiers/{case_id}/don", data=given).status_code == 303
        assert "Sacha te2" in words(supervisor.get("/suivi/interrompus"))

    def test_a_quarantined_case_says_why(
        self, supervisor: TestClient, database: Database, settings: Settings, now: datetime
    ) -> None:
        with transaction(database.engine) as db:
            rows = [Household(id=f"Q{rank}", mobile="06 39 98 62 00") for rank in (1, 2, 3)]
            a_wave(db, sealing.load(settings.keys), now, households=[rows])
        page = words(supervisor.get("/suivi/interrompus"))
        assert "numéro commun à trois ménages ou plus" in page
        assert "En quarantaine 3" in page
