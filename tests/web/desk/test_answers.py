"""Answers at the desk: kept once, never lost, never taken from a screen that is no longer true."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest
from sqlalchemy import event

from cati.questionnaire.model import Question
from tests import stories
from tests.web.desk.conftest import Desk

FRAGMENT = 4096  # bytes
STATEMENTS = 4  # without BEGIN and COMMIT
#: What leads to these screens costs more: the introduction reads whom to name, eligibility takes a place in the quota,
#: completion moves it.
DEARER = {"INT2": 4, "INT3": 4, "INT4": 4, "A1": 6, "FIN": 5}


@contextmanager
def statements(desk: Desk) -> Iterator[list[str]]:
    """The SQL that the server runs meanwhile."""
    engine = desk.client.app.state.engine  # type: ignore[attr-defined]
    seen: list[str] = []

    def note(conn, cursor, statement, parameters, context, executemany):  # type: ignore[no-untyped-def]
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_an_answer_is_kept_and_the_next_question_is_there(desk: Desk) -> None:
    desk.at_an_interview(agreed=True)
    desk.say(1)
    assert desk.question == "A2"
    assert desk.count("select count(*) from answers where question = 'A1' and value = '1'") == 1


def test_the_same_answer_sent_twice_has_one_effect_and_one_answer(desk: Desk) -> None:
    desk.at_an_interview(agreed=True)
    page = desk.html
    desk.say(1)
    desk.html = page
    assert desk.say(1).status_code == 303
    assert desk.question == "A2"
    assert desk.count("select count(*) from answer_events where question = 'A1' and kind = 'answered'") == 1


def test_a_second_tab_that_is_behind_is_shown_the_current_screen(desk: Desk) -> None:
    desk.at_an_interview(agreed=True)
    tab = desk.html
    desk.say(1)
    desk.html = tab
    assert desk.say(4, key=uuid4()).status_code == 409
    assert desk.question == "A2"
    assert "L’entretien a avancé depuis l’affichage de cet écran." in desk.words
    assert desk.count("select value::int from answers where question = 'A1'") == 1


def test_a_remark_made_meanwhile_does_not_make_the_screen_old(desk: Desk) -> None:
    desk.at_an_interview(agreed=True)
    page = desk.html
    desk.send("/poste/remarque", text="Voisine à son chevet le mardi")
    desk.html = page
    assert desk.say(1).status_code == 303


def test_the_screen_says_what_is_kept_and_where_one_is(desk: Desk) -> None:
    desk.at_an_interview(agreed=True).with_htmx().say(1)
    assert "A1 enregistré" in desk.words
    assert re.search(r'data-announce="A1 enregistré. Question 6 sur \d+"', desk.html)
    assert 'data-position="6"' in desk.html


def test_an_impossible_answer_is_refused_and_stays_in_its_field(desk: Desk) -> None:
    desk.at_an_interview(agreed=True)
    with desk.db() as db:
        desk.tenant(db).answers_on(until="B1")
    desk.look()
    assert desk.say(2090).status_code == 422
    assert desk.question == "B1"
    assert "Un nombre entre 1930 et 2026 est attendu." in desk.words
    assert 'value="2090"' in desk.html
    assert 'aria-invalid="true"' in desk.html


def test_nothing_chosen_is_no_answer(desk: Desk) -> None:
    desk.at_an_interview(agreed=True)
    assert desk.say().status_code == 422
    assert "Une réponse est nécessaire." in desk.words


def test_a_doubtful_answer_is_kept_only_once_it_is_confirmed(desk: Desk) -> None:
    desk.at_an_interview(agreed=True).say(1)
    assert desk.say(2).status_code == 200
    assert "Vous m’avez dit être satisfait(e) d’Habitat des Flandres 1" in desk.words
    assert desk.count("select count(*) from answers where question = 'A2'") == 0
    desk.send("/poste/reponse")
    assert desk.question == "A3"
    assert desk.count("select value::int from answers where question = 'A2'") == 2


def test_answers_that_would_leave_the_route_are_named_before_anything_is_stored(desk: Desk) -> None:
    desk.at_an_interview(agreed=True)
    with desk.db() as db:
        desk.tenant(db).answers_on(until="C6", C4=3, C5=5)
    desk.look("/poste?question=C4")
    page = desk.html
    desk.say(1)
    assert "1 réponse ne comptera plus" in desk.words
    assert "C5" in desk.words
    assert desk.count("select value::int from answers where question = 'C4'") == 3
    assert _key(desk.html) != _key(page), "the confirmation is a new request"
    desk.send("/poste/reponse")
    assert desk.question == "C6"
    assert desk.count("select value::int from answers where question = 'C4'") == 1
    assert desk.count("select count(*) from answers where question = 'C5'") == 1, "kept, and invisible"


def test_an_earlier_question_shows_its_answer_and_the_way_back(desk: Desk) -> None:
    desk.at_an_interview(agreed=True).say(2)
    desk.look("/poste?question=A1")
    assert (desk.question, desk.page.checked) == ("A1", ["value=2"])
    assert "Question en cours" in desk.words
    assert desk.look().question == "A2"


def test_an_earlier_introduction_is_opened_by_its_call(desk: Desk) -> None:
    desk.at_an_interview().say(1)
    assert desk.look("/poste?question=INT1&iteration=c1").page.checked == ["value=1"]


def test_the_introduction_says_the_name_and_no_other_question_does(desk: Desk) -> None:
    desk.at_an_interview(agreed=True).with_htmx().say(1)
    assert "Delattre" not in desk.words
    assert "Delattre" in desk.look("/poste?question=INT1&iteration=c1").words


def test_what_the_file_says_is_proposed_and_nothing_else_is_chosen(desk: Desk) -> None:
    desk.at_an_interview(agreed=True)
    with desk.db() as db:
        db.exec_driver_sql("update households set sample = sample || '{\"chauffage\": 2}'")
        desk.tenant(db).answers_on(until="C3")
    assert (desk.look().question, desk.page.checked) == ("C3", ["value=2"])


def test_a_grid_is_answered_row_by_row_with_the_whole_grid_in_sight(desk: Desk) -> None:
    desk.at_an_interview(agreed=True)
    with desk.db() as db:
        desk.tenant(db).answers_on(until="D1")
        desk.tenant(db).says("D1", 1)
    desk.look().say(3)
    assert desk.question == "D2_2"
    assert all(row in desk.words for row in ("l’éclairage", "le stationnement", "les espaces verts"))
    assert '<span role="img" aria-label="Plutôt pas satisfait(e)">●</span>' in desk.html


@pytest.mark.parametrize(("special", "state"), [("dk", "dk"), ("refused", "refused")])
def test_not_knowing_and_refusing_are_answers(desk: Desk, special: str, state: str) -> None:
    desk.at_an_interview(agreed=True).say(special=special)
    assert desk.question == "A2"
    assert desk.count(f"select count(*) from answers where question = 'A1' and state = '{state}'") == 1


def content(question: Question) -> object:
    """What somebody content says."""
    return stories.plain_answer(question)


def unhappy(question: Question) -> object:
    """What somebody says who has just moved in and is content with nothing: the longest way through."""
    told = {
        "A2": 0,
        "B1": 2026,
        "C6": 3,
        "F3": 4,
        "F5": 7,
        "G1": 1,
        "H3": 4,
        "H4": 5,
        "J1": 1,
        "L2": 3,
        "L3": 1,
        "M1": 2,
    }
    if [choice.code for choice in question.choices] == [1, 2, 3, 4] and question.block not in {
        "INT",
        "L",
        "K",
        "H",
    }:
        return told.get(question.id, 4)
    return told.get(question.id, stories.plain_answer(question))


@pytest.mark.parametrize("tenant", [content, unhappy])
def test_a_whole_interview_holds_the_bars_at_each_of_its_screens(
    desk: Desk, tenant: Callable[[Question], object]
) -> None:
    """One request an answer, at most four statements and four kilobytes; nothing is ever chosen in advance."""
    with desk.db() as db:
        db.exec_driver_sql("update households set sample = sample || '{\"annee_entree\": 2026}', qpv = true")
    desk.at_an_interview().with_htmx()
    screens = dict(_screens_of_a_whole_interview(desk, tenant))
    assert len(screens) > (50 if tenant is content else 65)
    assert {question: size for question, (size, _, _) in screens.items() if size > FRAGMENT} == {}
    assert {question for question, (_, _, chosen) in screens.items() if chosen} == {"end"}
    ran = {question: count for question, (_, count, _) in screens.items() if question != "end"}
    assert {
        question: count for question, count in ran.items() if count > DEARER.get(question, STATEMENTS)
    } == {}


def _screens_of_a_whole_interview(
    desk: Desk, tenant: Callable[[Question], object]
) -> Iterator[tuple[str, tuple[int, int, list[str]]]]:
    questions = stories.the_triennale().questions
    while desk.state != "closing":
        asked = questions[desk.question]
        said = 1 if asked.block == "INT" else tenant(asked)
        with statements(desk) as ran:
            desk.say(*([] if said is None else [said]))
        assert desk.answer is not None
        assert desk.answer.status_code == 200, (asked.id, desk.words)
        yield (
            desk.question or "end",
            (len(desk.answer.content) if desk.question else 0, len(ran), desk.page.checked),
        )


def test_the_last_answer_completes_the_interview_before_anybody_hangs_up(desk: Desk) -> None:
    desk.at_an_interview(agreed=True)
    with desk.db() as db:
        desk.tenant(db).answers_on(until="FIN")
        states = db.exec_driver_sql("select state from interviews").scalars().all()
    assert states == ["complete"]
    desk.look().say()
    assert desk.state == "closing"
    assert 'data-outcome="complete"' in desk.html
    assert desk.page.checked[0] == "disposition=complete"


def test_a_remark_is_noted_without_leaving_the_question(desk: Desk) -> None:
    desk.at_an_interview(agreed=True).with_htmx()
    answer = desk.send("/poste/remarque", text="Préfère être appelée le matin")
    assert "data-question" not in answer.text
    assert desk.count("select count(*) from answer_events where kind = 'remark'") == 1
    desk.htmx = False
    assert desk.look().question == "A1"
    assert "Préfère être appelée le matin" in desk.words


def test_an_empty_remark_is_refused(desk: Desk) -> None:
    desk.at_an_interview(agreed=True)
    assert desk.send("/poste/remarque", text=" ").status_code == 422
    assert desk.question == "A1"


def test_what_is_signalled_is_read_back_at_the_end(desk: Desk) -> None:
    desk.at_an_interview(agreed=True)
    desk.send("/poste/signaler", text="La porte du hall ne ferme plus")
    with desk.db() as db:
        desk.tenant(db).answers_on(until="M1")
    assert desk.look().question == "M1"
    assert "le point que vous m’avez demandé de noter" in desk.words


def test_a_danger_is_logged_apart_and_the_script_is_shown(desk: Desk) -> None:
    desk.at_an_interview(agreed=True)
    desk.send("/poste/danger")
    assert {"15", "17", "18", "112"} <= set(re.findall(r"\d+", desk.words))
    assert desk.count("select count(*) from dangers") == 1
    assert desk.count("select count(*) from answer_events where kind not in ('shown', 'answered')") == 0
    assert desk.look().question == "A1"


def test_no_answer_of_an_earlier_call_is_on_the_card(desk: Desk) -> None:
    desk.at_an_interview(agreed=True)
    with desk.db() as db:
        desk.tenant(db).answers_on(until="C1", A1=4, A2=1, A3="Les loyers sont trop chers")
    desk.look("/poste?issue=1").send("/poste/issue", disposition="break_off")
    desk.wait(days=2)
    desk.sign_in_again().send("/poste/pret")
    assert "Abandon en cours d’entretien" in desk.words
    assert "Les loyers" not in desk.words


def _key(html: str) -> str:
    found = re.search(r'data-question.*?name="key" value="([^"]+)"', html, re.S)
    assert found is not None
    return found[1]
