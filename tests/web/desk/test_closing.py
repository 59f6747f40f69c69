"""How a call ends: appointments, refusals, opposition, quota reached, and the way back."""

from uuid import uuid4

import pytest

from cati.cases.rules import Disposition
from cati.telephony.simulated import Fate
from tests import stories
from tests.web.desk.conftest import Desk
from web.interviewer import words


def of_the_last_attempt(desk: Desk, column: str = "disposition") -> object:
    with desk.db() as db:
        return db.exec_driver_sql(f"select {column} from attempts order by id desc limit 1").scalar_one()


def test_a_choice_that_ends_the_call_opens_the_closing_screen_already_filled(desk: Desk) -> None:
    desk.at_an_interview().say(8)
    assert desk.state == "closing"
    assert desk.page.checked[0] == "disposition=language"
    assert of_the_last_attempt(desk, "closed_at") is None, "nothing is final before Entrée"
    desk.send("/poste/issue")
    assert desk.state == "idle"
    assert of_the_last_attempt(desk) == "language"


def test_a_key_pressed_by_mistake_at_the_door_is_corrected(desk: Desk) -> None:
    desk.at_an_interview().say(7)
    assert "Corriger la dernière réponse" in desk.words
    desk.look("/poste?question=INT1&iteration=c1").say(1)
    assert (desk.state, desk.question) == ("interview", "INT2")


def test_a_complete_interview_may_still_be_corrected(desk: Desk) -> None:
    desk.at_an_interview(agreed=True)
    with desk.db() as db:
        desk.tenant(db).answers_on()
    assert 'href="/poste?question=FIN&amp;iteration="' in desk.look().html
    desk.look("/poste?question=A1").say(2)
    assert desk.state == "closing"
    assert desk.count("select count(*) from interviews where state = 'complete'") == 1


def test_a_refusal_says_who_how_firmly_and_why(desk: Desk) -> None:
    desk.at_an_interview().say(7)
    desk.send("/poste/issue", disposition="refusal_household", refusal_kind="hard", reason="N’a pas le temps")
    said = [of_the_last_attempt(desk, column) for column in ("disposition", "refusal_kind", "reason")]
    assert said == ["refusal_household", "hard", "N’a pas le temps"]


def test_a_refusal_of_which_nothing_is_said_is_soft(desk: Desk) -> None:
    desk.at_an_interview().say(7)
    desk.send("/poste/issue", disposition="refusal_person", refusal_kind="")
    assert of_the_last_attempt(desk, "refusal_kind") == "soft"


def test_who_refused_may_be_said_beside_the_disposition(desk: Desk) -> None:
    desk.at_an_interview().say(7)
    desk.send("/poste/issue", disposition="refusal_person", refusal_by="household")
    assert of_the_last_attempt(desk) == "refusal_household"


def test_an_opposition_asks_for_a_second_key_and_then_closes_every_number(desk: Desk) -> None:
    desk.at_an_interview().say(1)
    desk.say(4)
    assert desk.page.checked[0] == "disposition=opposition"
    assert desk.send("/poste/issue").status_code == 409
    assert "Plus aucun numéro de ce foyer ne sera appelé" in desk.words
    assert desk.page.checked[0] == "disposition=opposition", "what was chosen stays chosen"
    desk.send("/poste/issue", confirm="opposition")
    assert desk.state == "idle"
    assert desk.count("select count(*) from phones where status = 'opposed'") == 2


def test_erasing_asks_for_a_second_key_too(desk: Desk) -> None:
    desk.at_an_interview(agreed=True).look("/poste?issue=1")
    assert desk.send("/poste/issue", disposition="withdrawn").status_code == 409
    assert desk.count("select count(*) from answers") > 0
    desk.send("/poste/issue", disposition="withdrawn", confirm="withdrawn")
    assert desk.count("select count(*) from answers") == 0


def test_closing_twice_with_one_key_closes_one_case(desk: Desk) -> None:
    desk.at_an_interview().say(8)
    page = desk.html
    desk.send("/poste/issue")
    desk.send("/poste/pret")
    desk.html = page
    assert desk.send("/poste/issue").status_code == 303, desk.words
    assert desk.state == "case"
    assert desk.count("select count(*) from attempts") == 1


def test_the_appointment_key_chooses_a_firm_one(desk: Desk) -> None:
    desk.at_an_interview(agreed=True).look("/poste/rendez-vous")
    assert (desk.state, desk.page.checked[0]) == ("closing", "disposition=appointment_firm")


def test_with_somebody_else_on_the_line_only_a_vague_appointment_is_offered(desk: Desk) -> None:
    desk.at_an_interview().look("/poste/rendez-vous")
    assert desk.page.checked[0] == "disposition=appointment_soft"
    assert "Rendez-vous ferme : seulement avec la personne à interroger elle-même" in desk.words


@pytest.mark.parametrize(
    "when",
    [
        {"day": "2026-11-25", "hour": "18:30"},  # as the form has them, in the household's time
        {"at": "2026-11-25T18:30"},
        {"at": "2026-11-25T17:30:00+00:00"},  # as a program may say it
    ],
)
def test_an_appointment_is_made_in_the_households_time(desk: Desk, when: dict[str, str]) -> None:
    desk.at_an_interview(agreed=True).look("/poste/rendez-vous")
    desk.send("/poste/issue", note="Après le travail", **when)
    assert desk.state == "idle"
    assert (
        desk.count(
            "select count(*) from appointments where firm and at = '2026-11-25 17:30+00' and state = 'planned'"
        )
        == 1
    )


def test_firm_or_vague_may_be_said_beside_the_disposition(desk: Desk) -> None:
    desk.at_an_interview(agreed=True).look("/poste/rendez-vous")
    desk.send("/poste/issue", disposition="appointment_firm", firm="0", at="2026-11-25T18:30")
    assert of_the_last_attempt(desk) == "appointment_soft"


def test_an_appointment_that_cannot_be_is_refused_with_what_was_typed(desk: Desk) -> None:
    desk.at_an_interview(agreed=True).look("/poste/rendez-vous")
    answer = desk.send("/poste/issue", day="2026-11-24", hour="09:00", note="Le matin")
    assert answer.status_code == 422
    assert "Cette heure est déjà passée." in desk.words
    assert 'value="Le matin"' in desk.html
    assert '<option value="2026-11-24" selected>' in desk.html
    assert desk.count("select count(*) from attempts where closed_at is not null") == 0


def test_a_firm_appointment_without_an_hour_is_refused(desk: Desk) -> None:
    desk.at_an_interview(agreed=True).look("/poste/rendez-vous")
    assert desk.send("/poste/issue").status_code == 422
    assert "Un rendez-vous ferme a une date et une heure." in desk.words
    assert desk.send("/poste/issue", key=uuid4(), day="2026-11-25").status_code == 422
    assert "Choisissez le jour et l’heure" in desk.words


def test_an_appointment_kept_resumes_the_interview_where_it_stopped(desk: Desk) -> None:
    desk.at_an_interview(agreed=True)
    with desk.db() as db:
        desk.tenant(db).answers_on(until="C1")
    desk.look("/poste/rendez-vous").send("/poste/issue", day="2026-11-24", hour="19:00")
    desk.wait(minutes=60)
    desk.look().send("/poste/pret")
    assert "Rendez-vous ferme" in desk.words
    assert "commencé lors d’un appel précédent" in desk.words
    desk.send("/poste/appel", key=stories.a_dial_that(Fate.PERSON))
    desk.wait(seconds=15)
    desk.look().send("/poste/decroche")
    assert desk.question == "INT1", f"the introduction is said on every call: {desk.words}"
    for question in ("INT1", "INT2", "INT3", "INT4"):
        assert desk.question == question
        desk.say(1)
    assert desk.question == "C1"


def test_a_break_off_resumes_on_another_day(desk: Desk) -> None:
    desk.at_an_interview(agreed=True).look("/poste?issue=1")
    desk.send("/poste/issue", disposition="break_off")
    assert desk.count("select count(*) from interviews where state = 'suspended'") == 1
    assert desk.count("select count(*) from quota_places where state = 'reserved'") == 0


def test_an_interview_that_cannot_be_placed_ends_with_courtesy(desk: Desk) -> None:
    desk.at_an_interview()
    with desk.db() as db:
        db.exec_driver_sql("update quota_cells set done = target")
    for _ in range(4):
        desk.say(1)
    assert desk.state == "closing"
    assert "Nous avons déjà interrogé suffisamment de locataires dans votre situation" in desk.words
    assert desk.page.checked[0] == "disposition=quota_full"
    desk.send("/poste/issue")
    assert of_the_last_attempt(desk) == "quota_full"


def test_a_wrong_number_said_at_the_door_goes_on_with_the_next_number(desk: Desk) -> None:
    desk.at_an_interview().say(4)
    assert desk.page.checked[0] == "disposition=wrong_number"
    desk.send("/poste/issue")
    assert desk.state == "case"
    assert 'data-action="next-number"' in desk.html


def test_hanging_up_ends_the_call_and_asks_its_issue(desk: Desk) -> None:
    desk.at_an_interview(agreed=True)
    desk.send("/poste/raccroche")
    assert desk.state == "closing"
    assert desk.count("select count(*) from dials where ended_at is not null") == 1
    assert "Rappeler ce numéro" in desk.words


def test_after_a_drop_the_same_interviewer_calls_again_and_repeats_two_questions(desk: Desk) -> None:
    desk.at_an_interview(agreed=True)
    desk.send("/poste/raccroche")
    desk.send("/poste/appel", key=stories.a_dial_that(Fate.PERSON))
    desk.wait(seconds=15)
    desk.look().send("/poste/decroche")
    asked = []
    while desk.question.startswith("INT"):
        asked.append(desk.question)
        desk.say(1)
    assert asked == ["INT1", "INT3"]


def test_only_what_the_call_can_end_with_is_offered(desk: Desk) -> None:
    desk.at_an_interview(agreed=True).look("/poste?issue=1")
    assert desk.send("/poste/issue", disposition="busy").status_code == 422
    assert "Cette issue d’appel n’est pas possible maintenant." in desk.words
    assert desk.send("/poste/issue", key=uuid4(), disposition="autre").status_code == 422
    assert "Choisissez l’issue de l’appel." in desk.words
    assert 'value="complete"' not in desk.html


def test_from_the_closing_screen_one_goes_back_to_the_interview(desk: Desk) -> None:
    desk.at_an_interview(agreed=True).look("/poste?issue=1")
    assert "Revenir à l’entretien" in desk.words
    assert desk.look().question == "A1"


def test_an_absence_may_have_an_end(desk: Desk) -> None:
    desk.at_an_interview().look("/poste?issue=1")
    desk.send("/poste/issue", disposition="away", return_on="2026-12-03")
    assert str(of_the_last_attempt(desk, "return_on")) == "2026-12-03"


def test_every_disposition_has_a_key_of_its_own() -> None:
    assert sorted(map(int, words.KEYS.values())) == list(range(1, len(Disposition) + 1))
