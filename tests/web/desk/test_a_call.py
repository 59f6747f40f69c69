"""The desk from one case to the next, as a browser without JavaScript sees it."""

from datetime import timedelta

import pytest

from cati import clock
from cati.telephony.simulated import Fate
from tests import stories
from tests.web.desk.conftest import Desk


def dial(desk: Desk, fate: Fate) -> None:
    """Call the number on the screen; what happens on the line is chosen by the request's key."""
    desk.send("/poste/appel", key=stories.a_dial_that(fate))


def test_a_call_goes_from_ready_to_the_first_question(desk: Desk) -> None:
    assert desk.state == "idle"
    desk.send("/poste/pret")
    assert desk.state == "case"
    dial(desk, Fate.PERSON)
    assert desk.state == "dialing"
    desk.wait(seconds=15)
    assert desk.look().state == "talking"
    desk.send("/poste/decroche")
    assert (desk.state, desk.question) == ("interview", "INT1")


def test_every_change_is_followed_by_a_redirection_so_that_reloading_repeats_nothing(desk: Desk) -> None:
    desk.send("/poste/pret")
    dial(desk, Fate.PERSON)
    assert desk.answer is not None
    assert (desk.answer.status_code, desk.answer.headers["Location"]) == (303, "/poste")


def test_the_card_names_the_household_and_its_numbers(desk: Desk) -> None:
    desk.send("/poste/pret")
    assert "Claude Delattre" in desk.words
    assert {"06 39 98 00 01", "03 53 01 00 01"} <= set(_numbers(desk))


def test_reading_who_lives_there_is_audited_once_for_each_case(desk: Desk) -> None:
    desk.send("/poste/pret")
    desk.look().look()
    assert desk.count("select count(*) from audit_log where action = 'identity.read'") == 1


def test_two_tabs_hold_one_case(desk: Desk) -> None:
    desk.send("/poste/pret")
    case = _case(desk)
    other = desk.look("/poste")
    other.client.post("/poste/pret", data={"key": "x"})
    assert _case(desk.look()) == case


def test_the_line_says_what_it_hears_and_its_key_comes_first(desk: Desk) -> None:
    desk.send("/poste/pret")
    dial(desk, Fate.MACHINE)
    desk.wait(seconds=15)
    desk.look()
    assert "Un répondeur a pris l’appel." in desk.words
    assert 'data-action="machine" data-kind="main" autofocus' in desk.html


def test_after_a_number_that_nobody_answers_comes_the_next_one(desk: Desk) -> None:
    desk.send("/poste/pret")
    dial(desk, Fate.NO_ANSWER)
    desk.wait(seconds=30)
    desk.look().send("/poste/entendu", heard="no-answer")
    assert desk.state == "case"
    assert 'data-action="next-number"' in desk.html
    assert "Ne répond pas" in desk.words


def test_after_the_last_number_the_attempt_is_closed_with_what_was_heard(desk: Desk) -> None:
    desk.send("/poste/pret")
    for heard, fate in (("busy", Fate.BUSY), ("no-answer", Fate.NO_ANSWER)):
        dial(desk, fate)
        desk.wait(seconds=30)
        desk.look().send("/poste/entendu", heard=heard)
    assert desk.state == "idle"
    assert desk.count("select count(*) from attempts where disposition = 'no_answer'") == 1


def test_a_wrong_number_is_not_dialled_again(desk: Desk) -> None:
    desk.send("/poste/pret")
    dial(desk, Fate.STRANGER)
    desk.wait(seconds=15)
    desk.look().send("/poste/entendu", heard="wrong-number")
    assert "ne s’appelle plus" in desk.words
    assert desk.count("select count(*) from phones where status = 'dead'") == 1


def test_the_same_key_heard_twice_has_one_effect(desk: Desk) -> None:
    desk.send("/poste/pret")
    dial(desk, Fate.NO_ANSWER)
    desk.wait(seconds=30)
    page = desk.look().html
    for _ in range(2):
        desk.html = page
        desk.send("/poste/entendu", heard="no-answer")
    assert desk.state == "case"
    assert desk.count("select count(*) from dials") == 1


def test_the_lines_fragment_says_nothing_while_nothing_changes(desk: Desk) -> None:
    desk.send("/poste/pret")
    dial(desk, Fate.NO_ANSWER)
    desk.wait(seconds=5)
    assert desk.client.get("/poste/ligne?seen=ringing").status_code == 204
    desk.with_htmx().look("/poste/ligne?seen=dialing")
    assert desk.answer is not None
    assert desk.answer.headers["HX-Retarget"] == "#desk"
    assert "Ça sonne" in desk.words


def test_a_case_is_given_back_only_while_nobody_was_called(desk: Desk) -> None:
    desk.send("/poste/pret")
    page = desk.html
    desk.send("/poste/rendre")
    assert desk.state == "idle"
    assert desk.count("select count(*) from attempts where disposition = 'not_placed'") == 1
    desk.send("/poste/pret")
    dial(desk, Fate.PERSON)
    desk.html = page
    assert desk.send("/poste/rendre", key="3e8f6f0e-4a2b-4b60-9e34-4e1f0f3b2f10").status_code == 422
    assert "Un numéro a été appelé" in desk.words


def test_a_pause_is_counted_and_ends(desk: Desk) -> None:
    desk.send("/poste/pause", code="coffee")
    assert desk.state == "paused"
    assert desk.count("select count(*) from stations where state = 'paused' and pause_code = 'coffee'") == 1
    desk.send("/poste/reprise")
    assert desk.state == "idle"


def test_nobody_pauses_with_a_case_in_hand(desk: Desk) -> None:
    page = desk.html
    desk.send("/poste/pret")
    desk.html = page
    assert desk.send("/poste/pause", code="coffee").status_code == 409
    assert "Terminez ou rendez le dossier en main avant la pause." in desk.words
    assert desk.state == "case"


def test_a_heartbeat_keeps_the_case(desk: Desk) -> None:
    desk.send("/poste/pret")
    case = _case(desk)
    for _ in range(4):
        desk.wait(minutes=1, seconds=30)
        assert desk.client.post("/poste/battement", data={"case": case}).status_code == 204
    assert _case(desk.look()) == case


def test_a_desk_that_lost_its_case_is_told_to_look_again(desk: Desk) -> None:
    answer = desk.client.post("/poste/battement", data={"case": "1"})
    assert answer.headers["HX-Redirect"] == "/poste"
    assert "HX-Redirect" not in desk.client.post("/poste/battement", data={"case": ""}).headers


def test_with_nothing_left_to_call_the_desk_says_when_the_next_one_is_due(desk: Desk) -> None:
    with desk.db() as db:
        db.exec_driver_sql("update case_queue set due_at = %s", (clock.now() + timedelta(hours=1),))
    desk.send("/poste/pret")
    assert desk.state == "idle"
    assert (
        "Rien à appeler pour l’instant. Le prochain dossier se présente mardi 24 novembre, 19 h" in desk.words
    )


def test_whoever_is_assigned_to_nothing_is_told_whom_to_see(desk: Desk) -> None:
    with desk.db() as db:
        db.exec_driver_sql("delete from assignments")
    desk.send("/poste/pret")
    assert "Vous n’êtes affecté à aucune étude ouverte aujourd’hui" in desk.words


@pytest.mark.parametrize("path", ["/poste/appel", "/poste/decroche", "/poste/raccroche", "/poste/reponse"])
def test_a_form_that_makes_no_sense_is_refused_on_the_desk(desk: Desk, path: str) -> None:
    answer = desk.client.post(path, data={"key": "rien"})
    assert answer.status_code == 422
    assert 'data-desk="idle"' in answer.text


@pytest.mark.parametrize("sent", [b"key=\xff", b"&".join([b"value=1"] * 2000)])
def test_a_form_that_no_page_of_ours_sends_is_refused(desk: Desk, sent: bytes) -> None:
    typed = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = desk.client.post("/poste/reponse", content=sent, headers=typed)
    assert answer.status_code == 422
    assert desk.look().state == "idle"


def _case(desk: Desk) -> str:
    return desk.html.partition("Dossier ")[2].partition("<")[0].strip()


def _numbers(desk: Desk) -> list[str]:
    return [part.partition("<")[0] for part in desk.html.split('class="phone">')[1:]]
