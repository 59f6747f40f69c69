"""What supervisors and interviewers say to each other, on their pages: with and without JavaScript."""

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event

from cati import clock
from cati.database import transaction
from cati.people import actions as people
from cati.people.actions import NewUser
from cati.people.passwords import Passwords
from cati.people.rules import Role
from cati.supervision.actions import messaging, signing_out, watching
from tests import stories
from tests.web.conftest import ClientOf
from tests.web.desk.conftest import Desk

FRAGMENT = {"HX-Request": "true"}
BIGGEST = 4096  # bytes of the question that follows an answer


@pytest.fixture
def boss(desk: Desk) -> int:
    """Somebody who supervises, at no browser."""
    new = NewUser(
        login="boss",
        first_name="Dominique",
        display_name="Dominique Lefort",
        role=Role.SUPERVISOR,
        password=stories.PASSWORD,
    )
    with transaction(desk.database.engine) as db:
        user_id = people.create_user(db, Passwords(least_cost=True), new, clock.now())
    assert isinstance(user_id, int)
    return user_id


def say(desk: Desk, boss: int, said: str) -> None:
    with desk.db() as db:
        lasts = timedelta(minutes=15)
        messaging.send_message(db, said, to=desk.user_id, lasts=lasts, by=boss, now=clock.now())


class TestAtTheDesk:
    def test_the_next_page_shows_the_message_and_a_form_reads_it(self, desk: Desk, boss: int) -> None:
        say(desk, boss, "Pause à 19 h.")
        assert "Pause à 19 h." in desk.look().words
        assert desk.send("/poste/message").status_code == 303
        assert "Pause à 19 h." not in desk.words
        assert desk.count("select count(*) from message_reads") == 1

    def test_help_is_asked_and_withdrawn_by_the_same_button(self, desk: Desk) -> None:
        assert desk.send("/poste/aide").status_code == 303
        assert "Aide demandée à" in desk.words
        assert 'data-key="Alt+A"' in desk.html
        desk.send("/poste/aide")
        assert "Demander de l’aide" in desk.words
        assert desk.count("select count(*) from help_calls where closed_at is not null") == 1

    @pytest.mark.parametrize("path", ["/poste", "/poste?issue=1", "/poste?danger=1"])
    def test_help_can_be_asked_wherever_one_is(self, desk: Desk, path: str) -> None:
        desk.at_an_interview(agreed=True).look(path)
        assert 'data-action="help"' in desk.html

    def test_what_is_told_replaces_nothing_else(self, desk: Desk) -> None:
        desk.at_an_interview(agreed=True)
        answer = desk.with_htmx().send("/poste/aide")
        assert "HX-Retarget" not in answer.headers
        assert "data-question" not in answer.text

    def test_an_unknown_wish_is_refused(self, desk: Desk) -> None:
        assert desk.send("/poste/aide", wanted="peut-être").status_code == 422
        assert desk.count("select count(*) from help_calls") == 0

    def test_a_desk_without_its_stream_is_told_by_the_heartbeat(self, desk: Desk, boss: int) -> None:
        shown = next(form for form in desk.page.forms if form.action == "/poste/aide")
        version = desk.html.split('name="told" value="')[1].split('"')[0]
        beat = {"told": version}
        assert desk.client.post("/poste/battement", data=beat).status_code == 204
        say(desk, boss, "Pause à 19 h.")
        answer = desk.client.post("/poste/battement", data=beat)
        assert answer.status_code == 200
        assert answer.text.startswith('<hx-partial hx-target="#told"')
        assert "Pause à 19 h." in answer.text
        assert shown.fields["csrf"][0] in answer.text, "its forms work"
        assert desk.client.post("/poste/battement", data={}).status_code == 204, "a page of before"

    def test_it_costs_an_answer_nothing(self, desk: Desk, boss: int) -> None:
        """Not one statement, not one byte: a desk that is told everything is asked as one that is told nothing."""
        desk.at_an_interview(agreed=True).with_htmx()
        quiet = self.answered(desk)
        say(desk, boss, "Pause à 19 h.")
        with desk.db() as db:
            watching.begin(db, desk.user_id, by=boss, now=clock.now(), why="accompagnement")
        desk.client.post("/poste/aide", data={"wanted": "oui"})
        told = self.answered(desk)
        assert told == quiet
        assert desk.answer is not None
        assert len(desk.answer.content) <= BIGGEST
        assert "Pause à 19 h." not in desk.answer.text

    def answered(self, desk: Desk) -> list[str]:
        """The first words of each statement of one answer."""
        statements: list[str] = []

        def note(_conn: object, _cursor: object, statement: str, *_: object) -> None:
            statements.append(" ".join(statement.split()[:2]))

        engine = desk.client.app.state.engine  # type: ignore[attr-defined]  # FastAPI's
        event.listen(engine, "before_cursor_execute", note)
        try:
            assert desk.say("8" if desk.question == "A2" else "1").status_code == 200
        finally:
            event.remove(engine, "before_cursor_execute", note)
        return statements


class TestTheWayOut:
    def test_the_closing_of_the_call_leads_to_the_page_that_says_why(self, desk: Desk, boss: int) -> None:
        desk.at_an_interview(agreed=True)
        with desk.db() as db:
            signing_out.sign_out(db, desk.user_id, by=boss, now=clock.now(), reason="Fin de vacation")
        assert "Déconnexion à la fin de cet appel, demandée par Dominique Lefort" in desk.look().words
        desk.look("/poste?issue=1").with_htmx()
        answer = desk.send("/poste/issue", disposition="refusal_person", refusal_kind="soft")
        assert answer.headers["HX-Redirect"] == "/connexion"
        page = desk.client.get("/connexion").text
        assert "Vous avez été déconnecté par Dominique Lefort" in page
        assert "Fin de vacation." in page

    def test_without_javascript_too(self, desk: Desk, boss: int) -> None:
        desk.at_an_interview(agreed=True)
        with desk.db() as db:
            signing_out.sign_out(db, desk.user_id, by=boss, now=clock.now(), reason="Fin de vacation")
        desk.look("/poste?issue=1")
        desk.send("/poste/issue", disposition="refusal_person", refusal_kind="soft")
        assert desk.client.get("/poste").headers["Location"] == "/connexion?suite=/poste"
        assert "Fin de vacation." in desk.client.get("/connexion?suite=/poste").text

    def test_at_once_an_answer_on_its_way_leads_there_too(self, desk: Desk, boss: int) -> None:
        desk.at_an_interview(agreed=True).with_htmx()
        with desk.db() as db:
            signing_out.sign_out(
                db, desk.user_id, by=boss, now=clock.now(), reason="Alerte incendie", at_once=True
            )
        answer = desk.say(1)
        assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/connexion")
        assert "Alerte incendie." in desk.client.get("/connexion").text

    def test_who_signed_out_himself_reads_nothing(self, desk: Desk) -> None:
        desk.client.post("/deconnexion")
        assert "déconnecté par" not in desk.client.get("/connexion").text


class TestTheSupervisor:
    @pytest.fixture
    def supervisor(self, desk: Desk, client_of: ClientOf) -> TestClient:
        return client_of(Role.SUPERVISOR)

    def test_a_message_is_sent_and_listed_with_who_has_read_it(
        self,
        desk: Desk,
        supervisor: TestClient,
    ) -> None:
        sent = {"to": "", "text": "Pause à 19 h.", "minutes": "15"}
        assert supervisor.post("/suivi/messages", data=sent).status_code == 303
        assert "1 ne l’a pas lu" in supervisor.get("/suivi/messages").text
        desk.look().send("/poste/message")
        page = supervisor.get("/suivi/messages").text
        assert "Camille interviewer</td>" in page
        assert "ne l’a pas lu" not in page

    @pytest.mark.parametrize("said", ["", "x" * 281, "Rappelez le 06 39 98 12 34"])
    def test_what_cannot_be_sent_stays_in_its_form(self, supervisor: TestClient, said: str) -> None:
        answer = supervisor.post("/suivi/messages", data={"text": said, "minutes": "15"})
        assert answer.status_code == 422
        assert 'id="text-error"' in answer.text
        assert f">{said}</textarea>" in answer.text

    def test_the_screen_is_shown_only_while_it_is_watched(self, desk: Desk, supervisor: TestClient) -> None:
        desk.at_an_interview(agreed=True)
        place = f"/suivi/postes/{desk.user_id}"
        assert "data-mirror" not in supervisor.get(place).text
        assert supervisor.get(f"{place}/flux").status_code == 404
        assert supervisor.post(f"{place}/ecoute").status_code == 303
        page = supervisor.get(place).text
        assert 'data-question="A1"' in page
        assert 'name="csrf" value=""' in page.split("data-mirror")[1], "its forms carry no token"
        assert "Écoute interne : Camille supervisor" in desk.look().words
        supervisor.post(f"{place}/ecoute/fin")
        assert "data-mirror" not in supervisor.get(place).text
        assert "Écoute interne" not in desk.look().words

    def test_nothing_of_the_household_is_in_the_mirror(self, desk: Desk, supervisor: TestClient) -> None:
        desk.at_an_interview()
        place = f"/suivi/postes/{desk.user_id}"
        supervisor.post(f"{place}/ecoute")
        shown = supervisor.get(place).text
        assert "Madame ou Monsieur […]" in shown
        name = desk.html.split('<aside class="panel card"')[1].split("<h2>")[1].split("</h2>")[0].split()[-1]
        assert name in desk.html
        for private in (name, "Les Acacias", "Lille", "06 39 98", "03 53 01"):
            assert private not in shown

    def test_who_refuses_every_listening_is_a_number_and_a_block(
        self, desk: Desk, supervisor: TestClient
    ) -> None:
        desk.at_an_interview()
        with desk.db() as db:
            tenant = desk.tenant(db)
            for question, said in (("INT1", 1), ("INT2", 1), ("INT3", 2), ("INT4", 1)):
                tenant.says(question, said)
        supervisor.post(f"/suivi/postes/{desk.user_id}/ecoute")
        shown = supervisor.get(f"/suivi/postes/{desk.user_id}").text
        assert "Le locataire refuse toute écoute" in shown
        assert "Satisfaction globale · A1" in shown
        assert "data-question" not in shown
        assert "satisfait" not in shown.split("data-mirror")[1].split("</div>")[0].replace("Satisfaction", "")

    def test_a_page_that_fell_silent_is_told_to_look_again(self, desk: Desk, supervisor: TestClient) -> None:
        place = f"/suivi/postes/{desk.user_id}"
        supervisor.post(f"{place}/ecoute")
        assert "HX-Redirect" not in supervisor.post(f"{place}/ecoute/battement").headers
        desk.wait(seconds=15)
        assert supervisor.post(f"{place}/ecoute/battement").headers["HX-Redirect"] == place

    def test_help_is_answered_once(self, desk: Desk, supervisor: TestClient) -> None:
        desk.send("/poste/aide")
        place = f"/suivi/postes/{desk.user_id}"
        assert "demande de l’aide" in supervisor.get("/suivi/postes").text
        assert supervisor.post(f"{place}/aide").status_code == 303
        assert supervisor.post(f"{place}/aide").status_code == 409
        assert "Camille supervisor regarde votre écran" in desk.look().words

    def test_at_once_in_a_call_needs_a_reason(self, desk: Desk, supervisor: TestClient) -> None:
        desk.at_an_interview(agreed=True)
        place = f"/suivi/postes/{desk.user_id}/deconnexion"
        assert supervisor.post(place, data={"at_once": "true"}).status_code == 422
        assert desk.look().question == "A1"
        assert supervisor.post(place, data={"at_once": "true", "reason": "Malaise"}).status_code == 303
        assert desk.client.get("/poste").status_code == 303
        assert desk.count("select count(*) from interviews where state = 'suspended'") == 1

    def test_the_end_of_the_evening_signs_out_whoever_is_idle(
        self, desk: Desk, supervisor: TestClient
    ) -> None:
        assert supervisor.post("/suivi/postes/fin-de-vacation", data={}).status_code == 303
        assert desk.client.get("/poste").headers["Location"] == "/connexion?suite=/poste"
        assert "Fin de vacation." in desk.client.get("/connexion").text

    def test_there_is_no_station_of_somebody_who_does_not_call(self, supervisor: TestClient) -> None:
        assert supervisor.get("/suivi/postes/999999").status_code == 404
