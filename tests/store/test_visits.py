"""A visit with real SQL: who is let in, what he is shown, what ends it."""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from sqlalchemy import Connection, create_engine, event, text

from cati import sealing
from cati.calling import scripts
from cati.calling.actions import closing, dialling, endangered, shielding
from cati.calling.actions.answering import Recorded
from cati.calling.actions.closing import Verdict
from cati.cases.rules import Disposition
from cati.database import observer_pass, transaction
from cati.errors import Conflict, Invalid, NotAllowed
from cati.interviews import listening
from cati.interviews import store as interviews
from cati.observation import actions
from cati.observation.actions import Entered, Joined, NewGuest, NewVisit, Waiting
from cati.observation.rules import Scope
from cati.observation.views import guest as guests
from cati.observation.views.report import report
from cati.people import actions as people
from cati.people import store as accounts
from cati.people.actions import NewUser
from cati.people.passwords import Passwords
from cati.people.rules import Role, SessionEnd
from cati.people.store import User
from tests import stories

if TYPE_CHECKING:
    from tests.conftest import Database


@dataclass(slots=True, kw_only=True)
class Afternoon:
    """A visit on one of two bailleurs' tenants, an interviewer, a guest who has signed."""

    db: Connection
    keys: sealing.Keys
    now: datetime
    wave: stories.Wave
    te: int
    boss: int
    visit_id: int = 0
    interview_id: int = 0

    def opened(self, scope: Scope = Scope.BAILLEURS, bailleurs: Sequence[int] = ()) -> "Afternoon":
        new = NewVisit(
            wave_id=self.wave.id,
            scope=scope,
            title="Visite de mars",
            starts_at=self.now - timedelta(minutes=5),
            ends_at=self.now + timedelta(hours=3),
            bailleurs=frozenset(bailleurs or self.wave.bailleurs),
        )
        self.visit_id = actions.open_visit(self.db, new, self.now, by=self.boss)
        return self

    def guest(self, bailleur_id: int | None, *, signed: bool = True, name: str = "Ines Fictif") -> User:
        person = NewGuest(name=name, organisation="Habitat des Flandres", bailleur_id=bailleur_id)
        token = actions.invite(self.db, self.visit_id, person, self.now, by=self.boss)
        assert isinstance(actions.enter(self.db, token, self.now), Entered)
        user_id = self.db.execute(text("select max(user_id) from visit_observers")).scalar_one()
        me = accounts.get_user(self.db, user_id)
        if signed:
            actions.sign(self.db, me, name, self.now)
        return me

    def called(self) -> stories.Tenant:
        """A tenant answers: INT1 is on the screen."""
        held = stories.a_case_in_hand(self.db, self.te, self.now)
        phone_id = self.db.execute(
            text("select id from phones where household_id = :h order by rank limit 1"),
            {"h": held.household_id},
        ).scalar_one()
        self.interview_id = stories.an_interview(self.db, self.keys, self.te, phone_id, self.now)
        return stories.Tenant(db=self.db, user_id=self.te, interview_id=self.interview_id, now=self.now)

    def shown(self) -> dict[str, Any] | None:
        found: dict[str, Any] | None = self.db.execute(
            text("select screen from observed_screens where interview_id = :i"), {"i": self.interview_id}
        ).scalar_one_or_none()
        return found

    def ends(self) -> list[str]:
        return list(self.db.execute(text("select ended_reason from listeners order by id")).scalars())


@pytest.fixture
def afternoon(db: Connection, keys: Path, now: datetime) -> Afternoon:
    return an_afternoon(db, keys, now)


def an_afternoon(db: Connection, keys: Path, now: datetime) -> Afternoon:
    sealed = sealing.load(keys) if keys.exists() else sealing.create(keys)
    wave = stories.a_wave(db, sealed, now, households=[stories.some_households(8)])
    te = stories.an_interviewer(db, now, waves=[wave], login="te1")
    boss = people.create_user(
        db,
        Passwords(least_cost=True),
        NewUser(
            login="boss",
            first_name="Alix",
            display_name="Alix Fictif",
            role=Role.SUPERVISOR,
            password=stories.PASSWORD,
        ),
        now,
    )
    assert isinstance(boss, int)
    return Afternoon(db=db, keys=sealed, now=now, wave=wave, te=te, boss=boss)


@pytest.fixture
def watched(afternoon: Afternoon) -> tuple[Afternoon, User, stories.Tenant]:
    """An interview at A1 that a guest follows."""
    me = afternoon.opened().guest(afternoon.wave.bailleurs[0])
    tenant = afternoon.called()
    tenant.agrees()
    assert isinstance(actions.next_interview(afternoon.db, me, afternoon.now), Joined)
    return afternoon, me, tenant


Watched = tuple[Afternoon, User, stories.Tenant]


def test_the_introduction_announces_the_visit_and_keeps_what_was_said(afternoon: Afternoon) -> None:
    afternoon.opened()
    tenant = afternoon.called()
    tenant.agrees()
    rows = afternoon.db.execute(
        text(
            "select kind, question, visit_id, text_sha256 from answer_events where interview_id = :i"
            " and question = 'INT3' order by seq"
        ),
        {"i": afternoon.interview_id},
    ).all()
    assert [(row.kind, row.visit_id) for row in rows] == [
        ("shown", afternoon.visit_id),
        ("answered", afternoon.visit_id),
    ]
    interview = interviews.load(afternoon.db, afternoon.interview_id)
    compiled = scripts.script(afternoon.db, interview.questionnaire_id)
    silent = scripts.said_sha256(interview, compiled, scripts.route(interview, compiled), ("INT3", "c1"))
    assert rows[0].text_sha256 == rows[1].text_sha256 != silent


def test_nothing_is_announced_without_a_visit(afternoon: Afternoon) -> None:
    afternoon.called().agrees()
    visits = afternoon.db.execute(text("select distinct visit_id from answer_events")).scalars().all()
    assert visits == [None]


def test_a_guest_follows_from_the_first_question_of_the_study(watched: Watched) -> None:
    afternoon, _, tenant = watched
    screen = afternoon.shown()
    assert screen is not None
    assert screen["asked"]["question"] == "A1"
    assert screen["last"] is None, "nothing of the introduction"
    assert "Habitat des Flandres 1" in screen["asked"]["text"]
    tenant.says("A1", 2)
    screen = afternoon.shown()
    assert screen is not None
    assert (screen["last"]["question"], screen["last"]["chosen"]) == ("A1", [2])
    assert screen["asked"]["question"] == "A2"
    assert screen["asked"]["why"] == "posée à tous"
    observed = afternoon.db.execute(text("select observed from interviews")).scalar_one()
    assert observed is True


def test_what_is_said_in_clear_is_never_shown(watched: Watched) -> None:
    afternoon, _, tenant = watched
    tenant.says("A1", 4)
    tenant.says("A2", 2)
    screen = afternoon.shown()
    assert screen is not None
    assert screen["asked"] == {
        "question": "A3",
        "block": "Satisfaction globale",
        "open": True,
        "masked": True,
    }
    tenant.says("A3", "Le voisin du second, monsieur Lemaire")
    screen = afternoon.shown()
    assert screen is not None
    assert screen["last"]["masked"] is True
    assert "Lemaire" not in json.dumps(screen)


def test_it_ends_before_the_questions_about_the_person(watched: Watched) -> None:
    afternoon, _, tenant = watched
    tenant.answers_on(until="K3")
    assert afternoon.shown() is not None
    tenant.answers_on(until="L1")
    assert afternoon.shown() is None
    assert afternoon.ends() == ["finished"]


def test_a_consent_taken_back_by_a_changed_answer_ends_it_at_once(watched: Watched) -> None:
    afternoon, me, tenant = watched
    tenant.says("A1", 1)
    assert isinstance(tenant.says("INT3", 3), Recorded)
    assert afternoon.shown() is None
    assert afternoon.ends() == ["consent_withdrawn"]
    assert isinstance(actions.next_interview(afternoon.db, me, afternoon.now), Waiting)


@pytest.mark.parametrize("said", [2, 3])
def test_a_tenant_who_does_not_want_it_is_not_listened_to(afternoon: Afternoon, said: int) -> None:
    me = afternoon.opened().guest(afternoon.wave.bailleurs[0])
    tenant = afternoon.called()
    for question, value in (("INT1", 1), ("INT2", 1), ("INT3", said), ("INT4", 1)):
        tenant.says(question, value)
    assert actions.next_interview(afternoon.db, me, afternoon.now) == Waiting(refused=True)
    found = report(afternoon.db, afternoon.visit_id, afternoon.now)
    assert (found.told, found.refused, found.interviews) == (1, 1, 0)


def test_a_visit_opened_after_he_was_asked_does_not_cover_the_interview(afternoon: Afternoon) -> None:
    tenant = afternoon.called()
    tenant.agrees()
    me = afternoon.opened().guest(afternoon.wave.bailleurs[0])
    tenant.says("A1", 1)
    assert actions.next_interview(afternoon.db, me, afternoon.now) == Waiting(refused=False)


def test_nothing_is_shown_before_he_signed(afternoon: Afternoon) -> None:
    me = afternoon.opened().guest(afternoon.wave.bailleurs[0], signed=False)
    afternoon.called().agrees()
    assert actions.next_interview(afternoon.db, me, afternoon.now) == Waiting(refused=False)
    actions.sign(afternoon.db, me, "Ines Fictif", afternoon.now)
    assert isinstance(actions.next_interview(afternoon.db, me, afternoon.now), Joined)


def test_the_interviewer_cuts_and_only_a_new_reading_of_int3_opens_again(watched: Watched) -> None:
    afternoon, _, tenant = watched
    other = afternoon.guest(afternoon.wave.bailleurs[0], name="Noe Fictif")
    tenant.says("A1", 1)
    assert shielding.cut_listening(afternoon.db, afternoon.te, afternoon.now) == 1
    assert afternoon.shown() is None
    tenant.says("A2", 8)
    assert isinstance(actions.next_interview(afternoon.db, other, afternoon.now), Waiting), "for nobody"
    tenant.says("INT3", 1)
    assert isinstance(actions.next_interview(afternoon.db, other, afternoon.now), Joined)


def test_an_interviewer_who_declines_announces_nobody_and_is_not_observed(watched: Watched) -> None:
    afternoon, me, tenant = watched
    shielding.decline_visit(afternoon.db, afternoon.te, afternoon.visit_id, afternoon.now)
    assert afternoon.ends() == ["by_interviewer"]
    tenant.says("A1", 1)
    assert afternoon.shown() is None
    interview = interviews.load(afternoon.db, afternoon.interview_id)
    assert (
        listening.visit_on(
            afternoon.db, interview.wave_id, interview.bailleur_id, afternoon.te, afternoon.now
        )
        is None
    )
    assert report(afternoon.db, afternoon.visit_id, afternoon.now).declined == 1
    assert isinstance(actions.next_interview(afternoon.db, me, afternoon.now), Waiting)


def test_a_danger_ends_it_for_good(watched: Watched) -> None:
    afternoon, _, tenant = watched
    endangered.raise_danger(afternoon.db, afternoon.te, afternoon.now)
    assert afternoon.ends() == ["danger"]
    tenant.says("INT3", 1)
    other = afternoon.guest(afternoon.wave.bailleurs[0], name="Noe Fictif")
    assert isinstance(actions.next_interview(afternoon.db, other, afternoon.now), Waiting)


def test_a_person_recognised_is_never_shown_to_him_again_but_to_others(watched: Watched) -> None:
    afternoon, me, tenant = watched
    actions.recognise(afternoon.db, me, afternoon.now)
    assert afternoon.shown() is None
    tenant.says("INT3", 1)
    assert isinstance(actions.next_interview(afternoon.db, me, afternoon.now), Waiting)
    other = afternoon.guest(afternoon.wave.bailleurs[0], name="Noe Fictif")
    assert isinstance(actions.next_interview(afternoon.db, other, afternoon.now), Joined)


def test_one_guest_leaves_and_the_other_goes_on(watched: Watched) -> None:
    afternoon, me, tenant = watched
    other = afternoon.guest(afternoon.wave.bailleurs[0], name="Noe Fictif")
    assert isinstance(actions.next_interview(afternoon.db, other, afternoon.now), Joined)
    actions.leave(afternoon.db, me, afternoon.now)
    admitted = afternoon.db.execute(text("select admitted from observed_screens")).scalar_one()
    assert admitted == [other.id]
    tenant.says("A1", 1)
    assert afternoon.shown() is not None
    actions.leave(afternoon.db, other, afternoon.now)
    assert afternoon.shown() is None


def test_hanging_up_ends_it(watched: Watched) -> None:
    afternoon, _, _ = watched
    dial_id = afternoon.db.execute(text("select id from dials")).scalar_one()
    dialling.hang_up(afternoon.db, afternoon.te, dial_id, afternoon.now)
    assert afternoon.ends() == ["finished"]
    assert afternoon.shown() is None


def test_closing_the_attempt_in_mid_interview_ends_it(watched: Watched) -> None:
    afternoon, _, _ = watched
    closing.close(afternoon.db, afternoon.te, Verdict(disposition=Disposition.BREAK_OFF), afternoon.now)
    assert afternoon.ends() == ["finished"]


def test_the_supervisor_cuts_everything(watched: Watched) -> None:
    afternoon, _, tenant = watched
    assert actions.cut(afternoon.db, afternoon.visit_id, afternoon.now, by=afternoon.boss) == 1
    tenant.says("A1", 1)
    assert (afternoon.shown(), afternoon.ends()) == (None, ["by_supervisor"])


def test_the_end_of_the_visit_signs_its_guests_out_and_closes_their_links(watched: Watched) -> None:
    afternoon, me, _ = watched
    actions.close(afternoon.db, afternoon.visit_id, afternoon.now, by=afternoon.boss)
    assert afternoon.ends() == ["visit_over"]
    live = afternoon.db.execute(
        text("select count(*) from sessions where user_id = :me and ended_at is null"), {"me": me.id}
    ).scalar_one()
    assert live == 0
    with pytest.raises(NotAllowed):
        actions.next_interview(afternoon.db, me, afternoon.now)
    assert guests.guest_page(afternoon.db, me.id, afternoon.now) is None
    assert (
        afternoon.db.execute(
            text("select count(*) from wave_bailleurs where visit_id is not null")
        ).scalar_one()
        == 0
    )


def test_a_visit_whose_hour_has_passed_ends_by_itself_and_so_does_a_page_that_is_gone(
    watched: Watched,
) -> None:
    afternoon, me, _ = watched
    assert actions.sweep(afternoon.db, afternoon.now + timedelta(seconds=60)) == 0
    assert listening.beat(afternoon.db, me.id, afternoon.now + timedelta(seconds=60))
    assert actions.sweep(afternoon.db, afternoon.now + timedelta(seconds=120)) == 0
    assert actions.sweep(afternoon.db, afternoon.now + timedelta(seconds=200)) == 1
    assert afternoon.ends() == ["left"]
    assert actions.sweep(afternoon.db, afternoon.now + timedelta(hours=3)) == 1
    assert actions.sweep(afternoon.db, afternoon.now + timedelta(hours=3)) == 0


def test_a_guest_who_signs_out_listens_no_more(watched: Watched) -> None:
    afternoon, me, tenant = watched
    accounts.end_sessions(afternoon.db, me.id, SessionEnd.SIGNED_OUT, afternoon.now)
    tenant.says("A1", 1)
    assert (afternoon.shown(), afternoon.ends()) == (None, ["left"]), "at the next answer"


def test_a_guest_who_signed_out_is_swept(watched: Watched) -> None:
    afternoon, me, _ = watched
    accounts.end_sessions(afternoon.db, me.id, SessionEnd.SIGNED_OUT, afternoon.now)
    assert actions.sweep(afternoon.db, afternoon.now) == 1
    assert afternoon.shown() is None


def test_a_link_is_personal_and_a_new_one_replaces_it(afternoon: Afternoon) -> None:
    me = afternoon.opened().guest(afternoon.wave.bailleurs[0])
    again = NewGuest(user_id=me.id)
    first = actions.invite(afternoon.db, afternoon.visit_id, again, afternoon.now, by=afternoon.boss)
    second = actions.invite(afternoon.db, afternoon.visit_id, again, afternoon.now, by=afternoon.boss)
    assert actions.enter(afternoon.db, first, afternoon.now) is None
    assert isinstance(actions.enter(afternoon.db, second, afternoon.now), Entered)
    assert actions.enter(afternoon.db, second, afternoon.now + timedelta(hours=3)) is None, (
        "the visit is over"
    )
    stored = afternoon.db.execute(text("select string_agg(v::text, '') from visit_observers v")).scalar_one()
    assert second not in stored


def test_a_guest_of_a_bailleur_who_is_not_of_the_visit_is_not_invited(
    db: Connection, keys: Path, now: datetime
) -> None:
    afternoon = an_afternoon(db, keys, now)
    other = stories.a_bailleur(
        db, afternoon.keys, afternoon.wave.id, 2, stories.some_households(1, first=90), now
    )
    afternoon.opened(bailleurs=[afternoon.wave.bailleurs[0]])
    with pytest.raises(Invalid):
        afternoon.guest(other)


def test_two_visits_never_share_a_bailleur(afternoon: Afternoon) -> None:
    afternoon.opened()
    with pytest.raises(Conflict, match="déjà ouverte pour Habitat des Flandres 1"):
        afternoon.opened()


def test_the_region_hears_nobody_before_every_bailleur_agreed(afternoon: Afternoon) -> None:
    me = afternoon.opened(Scope.REGION).guest(None)
    tenant = afternoon.called()
    tenant.agrees()
    assert actions.next_interview(afternoon.db, me, afternoon.now) == Waiting(refused=False)
    actions.agree(
        afternoon.db, afternoon.visit_id, afternoon.wave.bailleurs, afternoon.now, by=afternoon.boss
    )
    assert actions.next_interview(afternoon.db, me, afternoon.now) == Waiting(refused=False), (
        "he was not told"
    )
    tenant.says("INT3", 1)
    assert isinstance(actions.next_interview(afternoon.db, me, afternoon.now), Joined)


def test_the_report_counts_without_naming_an_interview(watched: Watched) -> None:
    afternoon, me, tenant = watched
    tenant.says("A1", 1)
    afternoon.now += timedelta(minutes=4)
    actions.leave(afternoon.db, me, afternoon.now)
    actions.say_of_script(afternoon.db, me, "A1", "La phrase est longue.", afternoon.now)
    found = report(afternoon.db, afternoon.visit_id, afternoon.now)
    assert (found.interviews, found.listened, found.told, found.refused, found.cut) == (
        1,
        timedelta(minutes=4),
        1,
        0,
        0,
    )
    assert [(one.name, one.interviews) for one in found.guests] == [("Ines Fictif", 1)]
    assert str(afternoon.interview_id) not in {str(one) for one in vars_of(found)}


def vars_of(found: object) -> list[object]:
    return [getattr(found, name) for name in found.__dataclass_fields__ if name != "interviews"]  # type: ignore[attr-defined]  # a dataclass


def test_answers_under_observation_carry_the_visit(watched: Watched) -> None:
    afternoon, me, tenant = watched
    tenant.says("A1", 1)
    actions.leave(afternoon.db, me, afternoon.now)
    tenant.says("A2", 8)
    rows = afternoon.db.execute(
        text(
            "select question, visit_id from answer_events where kind = 'answered' and iteration = '' order by seq"
        )
    ).all()
    assert [tuple(row) for row in rows] == [("A1", afternoon.visit_id), ("A2", None)]


def test_following_an_interview_costs_one_statement_and_nothing_when_nobody_does(watched: Watched) -> None:
    afternoon, me, tenant = watched
    counted: list[str] = []

    def count(_c: object, _cur: object, statement: str, *_more: object) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE")):
            counted.append(statement)

    event.listen(afternoon.db.engine, "before_cursor_execute", count)
    try:
        figures = []
        for question, value in (("A1", 1), ("A2", 8)):
            counted.clear()
            tenant.says(question, value)
            figures.append(len(counted))
            said = list(counted)
            actions.leave(afternoon.db, me, afternoon.now)
    finally:
        event.remove(afternoon.db.engine, "before_cursor_execute", count)
    assert figures[0] == figures[1] + 1
    assert not any("observed_screens" in one for one in said)


def test_the_observers_role_reads_what_was_written_for_him_and_nothing_else(
    database: "Database", keys: Path, now: datetime
) -> None:
    with transaction(database.engine) as db:
        afternoon = an_afternoon(db, keys, now)
        me = afternoon.opened().guest(afternoon.wave.bailleurs[0])
        afternoon.called().agrees()
        actions.next_interview(db, me, now)
        own, nobody = (observer_pass(db, ids) for ids in (afternoon.wave.bailleurs, ()))
    engine = create_engine(database.observer_url)
    with engine.begin() as observer:
        assert guests.seen(observer, me.id, afternoon.interview_id, own) is not None
        assert guests.seen(observer, me.id + 1000, afternoon.interview_id, own) is None
        assert guests.seen(observer, me.id, afternoon.interview_id, nobody) is None
    engine.dispose()


def test_a_cut_while_an_answer_is_being_kept_leaves_nothing_to_see(
    database: "Database", keys: Path, now: datetime
) -> None:
    """Whichever comes first, after both nothing of the interview is left for observers, and no answer is lost."""
    with transaction(database.engine) as db:
        afternoon = an_afternoon(db, keys, now)
        me = afternoon.opened().guest(afternoon.wave.bailleurs[0])
        afternoon.called().agrees()
        actions.next_interview(db, me, now)
    for value in (1, 2, 3, 1, 2, 3):
        together = Barrier(2)

        def say(value: int = value, together: Barrier = together) -> None:
            with transaction(database.engine) as db:
                tenant = stories.Tenant(
                    db=db, user_id=afternoon.te, interview_id=afternoon.interview_id, now=now
                )
                together.wait()
                assert isinstance(tenant.says("A1", value), Recorded)

        def cut(together: Barrier = together) -> None:
            with transaction(database.engine) as db:
                together.wait()
                shielding.cut_listening(db, afternoon.te, now)

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda act: act(), (say, cut)))
        with transaction(database.engine) as db:
            left = db.execute(text("select count(*) from observed_screens")).scalar_one()
            kept = db.execute(text("select value from answers where question = 'A1'")).scalar_one()
            assert (left, kept) == (0, value)
            # Read again, and another guest sits down, for the next round.
            tenant = stories.Tenant(db=db, user_id=afternoon.te, interview_id=afternoon.interview_id, now=now)
            tenant.says("INT3", 1)
            afternoon.db = db
            fresh = afternoon.guest(afternoon.wave.bailleurs[0], name=f"Invite {uuid4()}")
            assert isinstance(actions.next_interview(db, fresh, now), Joined)


def test_two_tabs_of_a_guest_follow_one_interview(watched: Watched) -> None:
    afternoon, me, _ = watched
    assert isinstance(actions.next_interview(afternoon.db, me, afternoon.now), Joined)
    assert afternoon.db.execute(text("select count(*) from listeners")).scalar_one() == 1
