"""A tenant calls: the number typed in at the desk, without a script too; what is told to whoever is not heard."""

import re

import pytest
from sqlalchemy import text

from cati import clock
from cati.database import transaction
from tests import stories
from tests.web.desk.conftest import Desk

NUMBER = "06 39 98 00 03"


def types(desk: Desk, number: str = NUMBER, **more: object) -> None:
    desk.look("/poste/entrant").send("/poste/entrant", number=number, **more)


def shown(desk: Desk) -> str:
    found = re.search(r'data-caller="([^"]+)"', desk.html)
    return found[1] if found else ""


@pytest.mark.parametrize("htmx", [False, True], ids=["form", "htmx"])
def test_the_case_of_the_number_comes_with_its_introduction(desk: Desk, *, htmx: bool) -> None:
    if htmx:
        desk.with_htmx()
    assert 'data-action="inbound"' in desk.html
    types(desk)
    assert (desk.state, desk.question) == ("interview", "INT1")
    assert "En ligne" in desk.words


def test_no_identity_is_shown_before_the_case_is_in_hand(desk: Desk) -> None:
    desk.look("/poste/entrant")
    assert (desk.state, shown(desk)) == ("idle", "ask")
    assert "Claude" not in desk.words


def test_a_pause_does_not_keep_a_call_out(desk: Desk) -> None:
    desk.send("/poste/pause", code="coffee")
    assert desk.state == "paused"
    assert 'data-action="inbound"' in desk.html
    types(desk)
    assert desk.state == "interview"


def test_the_number_is_in_no_address_and_no_audit(desk: Desk) -> None:
    types(desk)
    assert desk.answer is not None
    assert desk.answer.headers["Location"] == "/poste"
    assert desk.count("select count(*) from audit_log where details::text || object_id like '%63998%'") == 0


def test_an_unknown_number_has_its_sentence_and_may_be_opposed(desk: Desk) -> None:
    types(desk, "06 39 98 99 99")
    assert (desk.state, shown(desk)) == ("idle", "unknown")
    assert "Nous n’avons pas votre numéro" in desk.words
    assert desk.send("/poste/entrant/opposition").status_code == 409, "a second key"
    types(desk, "06 39 98 99 99")
    desk.send("/poste/entrant/opposition", confirm="opposition")
    assert desk.count("select count(*) from oppositions") == 1
    types(desk, "06 39 98 99 99")
    assert shown(desk) == "opposed"


def test_what_is_no_number_is_said(desk: Desk) -> None:
    types(desk, "douze")
    assert desk.answer is not None
    assert desk.answer.status_code == 422
    assert "ne se lit pas" in desk.words


def test_a_case_in_other_hands_is_passed_on(desk: Desk) -> None:
    with desk.db() as db:
        wave_id = db.execute(text("select id from waves")).scalar_one()
        wave = stories.Wave(id=wave_id, bailleurs=(), questionnaire_id=1)
        sacha = stories.an_interviewer(db, clock.now(), waves=[wave], login="sacha", first_name="Sacha")
        held = stories.a_case_in_hand(db, sacha, clock.now())
        rank = db.execute(text("select external_id from households where id = :h"), {"h": held.household_id})
        number = f"06 39 98 00 {int(rank.scalar_one()[1:]):02}"
    types(desk, number)
    assert shown(desk) == "elsewhere"
    assert "passez l’appel à Sacha sacha" in desk.words


def test_a_number_of_several_cases_is_told_apart_by_bailleur(desk: Desk) -> None:
    with transaction(desk.database.engine) as db:
        rows = [[stories.Household(id="Z1", mobile=NUMBER)]]
        other = stories.a_wave(db, desk.keys, clock.now(), households=rows, code="autre")
        stories.people.assign(
            db,
            stories.NewAssignment(user_id=desk.user_id, wave_id=other.id, starts_at=clock.now()),
            clock.now(),
        )
    types(desk)
    assert (desk.state, shown(desk)) == ("idle", "several")
    assert "Claude" not in desk.words
    choices = re.findall(r'name="case" value="(\d+)"', desk.html)
    assert len(choices) == 2
    desk.send("/poste/entrant", case=choices[1])
    assert desk.state == "interview"
    assert (
        desk.count(f"select count(*) from attempts where case_id = {choices[1]} and direction = 'inbound'")
        == 1
    )


def test_the_same_form_twice_is_one_call(desk: Desk) -> None:
    page = desk.look("/poste/entrant").page
    form = next(form for form in page.forms if form.action == "/poste/entrant")
    for _ in range(2):
        desk.client.post("/poste/entrant", data=form.fields | {"number": [NUMBER]})
    assert desk.count("select count(*) from dials") == 1


def test_with_a_case_in_hand_the_call_is_refused_and_the_case_stays(desk: Desk) -> None:
    form = next(form for form in desk.look("/poste/entrant").page.forms if form.action == "/poste/entrant")
    desk.look().send("/poste/pret")
    answer = desk.client.post("/poste/entrant", data=form.fields | {"number": [NUMBER]})
    assert answer.status_code == 409
    assert "Terminez d’abord le dossier en main" in answer.text
    assert 'data-desk="case"' in answer.text


def test_closing_works_as_in_any_call(desk: Desk) -> None:
    types(desk)
    desk.say(1)
    desk.look("/poste?issue=1").send("/poste/issue", disposition="callback")
    assert desk.state == "idle"
    assert (
        desk.count("select count(*) from attempts where direction = 'inbound' and disposition = 'callback'")
        == 1
    )
