"""Several workstations, tabs and threads at once: one case, one effect; whoever comes too late is told why."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from threading import Barrier
from typing import TYPE_CHECKING

import httpx
import pytest

from cati import clock, sealing
from cati.people import actions as people
from cati.people.actions import NewUser
from cati.people.passwords import Passwords
from cati.people.rules import Role
from tests import stories
from tests.flows.driving import CallCentre, Page, Seat, a_call_centre, assert_all_kept, wait_until

if TYPE_CHECKING:
    from tests.conftest import Database

PLACES = 4
DESKS = 10
SWEPT = 150  # seconds of silence after which a case is brought back


@pytest.fixture
def centre(database: "Database", tmp_path: Path) -> Iterator[CallCentre]:
    """A call centre with one cell of four places, ten interviewers `te1` to `te10`, and a supervisor."""
    made = a_call_centre(
        tmp_path,
        DATABASE_URL=database.app_url,
        CATI_OWNER_URL=database.owner_url,
        CATI_OBSERVER_URL=database.observer_url,
    )
    made.database_url = database.app_url
    keys, now = sealing.create(tmp_path / "var" / "keys"), clock.now()
    with made.db() as db:
        wave = stories.a_wave(
            db, keys, now, households=[stories.some_households(40, qpv_every=100)], objective=PLACES
        )
        for rank in range(1, DESKS + 1):
            stories.an_interviewer(db, now, waves=[wave], login=f"te{rank}")
        boss = NewUser(
            login="boss",
            first_name="Dominique",
            display_name="Dominique Lefort",
            role=Role.SUPERVISOR,
            password=stories.PASSWORD,
        )
        assert isinstance(people.create_user(db, Passwords(least_cost=True), boss, now), int)
    try:
        made.start()
        yield made
    finally:
        made.kill()


def test_a_dead_workstation_keeps_its_case_for_ten_minutes_then_another_takes_the_interview_up(
    centre: CallCentre,
) -> None:
    with centre.seat("te1") as first, centre.seat("te2") as second:
        first.call()
        first.answer_until("B1")
        held = the_interview(centre)
        falls_silent(centre)
        assert centre.counted("select state, count(*) from interviews group by 1") == {"suspended": 1}

        # Before ten minutes, the other is given somebody else.
        second.press("ready")
        assert second.page.state == "case"
        assert held_by(centre, "te2") not in {None, held}
        second.press("release")
        assert second.page.state == "idle"

        centre.let_pass(seconds=600)
        second.press("ready")
        assert held_by(centre, "te2") == held, "before any fresh case"
        assert second.page.state == "case"
        second.pick_up()
        asked = []
        while second.page.question != "B1":
            asked.append(second.page.question)
            second.answer()
        assert asked == ["INT1", "INT2", "INT3", "INT4"], "the introduction again, then where one was"
        assert_all_kept(centre, first)
        assert_all_kept(centre, second)

        # The dead workstation wakes: what it had on its screen comes too late, and it is told.
        late = first.filled()
        answer = first.client.post("/poste/reponse", data=late)
        assert answer.status_code == httpx.codes.CONFLICT
        assert Page(answer.text).state == "idle"
        assert "Un autre enquêteur a pris ce dossier." in Page(answer.text).words

        second.answer_until()
        assert second.page.outcome == "complete"
        second.press("close")
        assert the_attempts(centre, held) == [("te1", "break_off"), ("te2", "complete")]
        assert centre.rows("select from attempts where closed_at is null") == []
        assert centre.counted("select 'live', count(*) from dials where ended_at is null") == {"live": 0}
        assert centre.counted("select 'done', sum(done) from quota_cells") == {"done": 1}


def test_a_workstation_that_comes_back_finds_its_own_interview_first(centre: CallCentre) -> None:
    with centre.seat("te1") as seat:
        seat.call()
        seat.answer_until("B1")
        held = the_interview(centre)
        falls_silent(centre)
        seat.look()
        assert seat.page.state == "idle"
        seat.press("ready")
        assert held_by(centre, "te1") == held, "before any fresh case"
        assert (seat.page.state, seat.page.question) == ("interview", "B1")

        # Silent again, and this time it only goes on: nobody took the case, so the answer takes it up.
        falls_silent(centre)
        seat.answer()
        assert (held_by(centre, "te1"), seat.page.state) == (held, "interview")
        assert_all_kept(centre, seat)
        assert centre.counted("select 'attempts', count(*) from attempts") == {"attempts": 1}


def test_two_tabs_hold_one_case_and_the_one_behind_is_shown_where_the_interview_stands(
    centre: CallCentre,
) -> None:
    with centre.seat("te1") as left:
        right = left.another_tab()
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda tab: tab.press("ready"), (left, right)))
        assert len(centre.rows("select from case_queue where lease_by is not null")) == 1
        left.look()
        left.pick_up()
        left.answer_until("A2")
        right.look()
        assert right.page.question == "A2"
        left.answer()

        late = right.send(right.page.asked, value="3")
        assert late.status_code == httpx.codes.CONFLICT
        assert (right.page.state, right.page.question) == ("interview", left.page.question)
        assert "L’entretien a avancé depuis l’affichage de cet écran." in right.page.words
        assert_all_kept(centre, left)

        right.answer()
        assert left.send(left.page.asked, value="1").status_code == httpx.codes.CONFLICT
        assert left.page.question == right.page.question


def test_the_same_form_sent_twice_at_the_same_moment_has_one_effect_and_one_answer(
    centre: CallCentre,
) -> None:
    with centre.seat("te1") as seat:
        seat.call()
        seat.answer_until("A1")
        for _ in range(5):
            fields, together = seat.filled(), Barrier(2)
            first, second = twice(seat, fields, together)
            assert (first.status_code, second.status_code) == (httpx.codes.OK, httpx.codes.OK)
            assert Page(first.text).question == Page(second.text).question != fields["question"][0]
            seat.acknowledge(fields, first)
            # Either screen can be answered: they are the same.
            assert Page(first.text).asked.fields["seen"] == Page(second.text).asked.fields["seen"]
        assert_all_kept(centre, seat)
        per_request = centre.rows(
            "select from answer_events where part = 0 group by request having count(*) > 1"
        )
        assert per_request == []


def test_an_answer_after_the_supervisor_took_the_case_back_is_refused_with_his_reason(
    centre: CallCentre,
) -> None:
    with centre.seat("te1") as seat, centre.seat("boss") as boss:
        seat.call()
        seat.answer_until("A2")
        case_id = the_interview(centre)
        page = boss.look(f"/suivi/dossiers/{case_id}")
        form = next(form for form in page.forms if form.action.endswith("/liberation"))
        released = boss.send(form, reason="Réclamation de la locataire", force="true")
        assert released.status_code == httpx.codes.OK

        late = seat.client.post("/poste/reponse", data=seat.filled())
        assert late.status_code == httpx.codes.CONFLICT
        shown = Page(late.text)
        assert shown.state == "idle"
        assert "Dossier repris par Dominique Lefort : Réclamation de la locataire" in shown.words
        assert "ready" in shown.buttons, "he goes on with the next case"
        assert_all_kept(centre, seat)
        assert centre.counted("select state, count(*) from interviews group by 1") == {"suspended": 1}
        seat.look()
        seat.press("ready")
        assert held_by(centre, "te1") not in {None, case_id}, "the case is for somebody else"


def test_ten_interviews_at_once_for_four_places_are_four_and_the_others_end_courteously(
    centre: CallCentre,
) -> None:
    together = Barrier(DESKS)
    with ExitStack() as desks, ThreadPoolExecutor(DESKS) as pool:
        seats = [desks.enter_context(centre.seat(f"te{rank}")) for rank in range(1, DESKS + 1)]
        list(pool.map(lambda seat: interview(seat, together), seats))
        ends = sorted(seat.page.outcome for seat in seats)
        assert ends == ["complete"] * PLACES + ["quota_full"] * (DESKS - PLACES)
        for seat in seats:
            assert_all_kept(centre, seat)
            if seat.page.outcome == "quota_full":
                assert {said.question for said in seat.kept} == {"INT1", "INT2", "INT3", "INT4"}
                assert "remercie" in seat.page.words
            seat.press("close")
            assert seat.page.state == "idle"
    assert centre.counted("select disposition, count(*) from attempts group by 1") == {
        "complete": PLACES,
        "quota_full": DESKS - PLACES,
    }
    (cell,) = centre.rows("select target, margin, done, reserved, promised from quota_cells where target > 0")
    assert tuple(cell) == (PLACES, 0, PLACES, 0, 0)
    assert centre.cati("quota", "check", "--json").strip() == "[]"
    with centre.seat("te1") as seat:
        seat.press("ready")
        assert seat.page.state == "idle", "no household is called for a place that is gone"


def interview(seat: Seat, together: Barrier) -> None:
    """A call from hello to its end; all come to the answer that asks for a place at the same moment."""
    seat.call()
    seat.answer_until("INT4")
    together.wait()
    seat.answer_until()


def twice(seat: Seat, fields: dict[str, list[str]], together: Barrier) -> list[httpx.Response]:
    """The same form sent from two threads, on connections of their own."""

    def send(client: httpx.Client) -> httpx.Response:
        together.wait()
        return client.post("/poste/reponse", data=fields)

    with seat.same_browser() as other, ThreadPoolExecutor(2) as pool:
        return list(pool.map(send, (seat.client, other)))


def falls_silent(centre: CallCentre) -> None:
    """The workstation sends nothing any more, until its case is brought back."""
    centre.let_pass(SWEPT)
    wait_until(lambda: centre.rows("select from case_queue where lease_by is not null") == [])
    assert len(centre.rows("select from cases where state = 'interrupted'")) == 1


def the_interview(centre: CallCentre) -> int:
    """The case of the only interview."""
    ((case_id,),) = centre.rows("select case_id from interviews")
    return int(case_id)


def held_by(centre: CallCentre, login: str) -> int | None:
    """The case in the hands of an interviewer."""
    held = centre.rows(
        "select q.case_id from case_queue q join users u on u.id = q.lease_by where u.login = :login",
        login=login,
    )
    return held[0].case_id if held else None


def the_attempts(centre: CallCentre, case_id: int) -> list[tuple[str, str]]:
    """Who called a household, and what it came to, in order."""
    rows = centre.rows(
        "select u.login, a.disposition from attempts a join users u on u.id = a.interviewer_id"
        " where a.case_id = :case order by a.id",
        case=case_id,
    )
    return [(row.login, row.disposition) for row in rows]
