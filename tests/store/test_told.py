"""What supervisors and interviewers say to each other: messages, calls for help, watching, signing out."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, select, text

from cati.calling.actions import closing, helping
from cati.calling.actions import presence as desks
from cati.calling.views.mirror import mirror
from cati.calling.views.told import told
from cati.cases.rules import Disposition
from cati.errors import Conflict, Invalid, NotFound
from cati.interviews.tables import interviews
from cati.people import actions as people
from cati.people import leaving, messages, watches
from cati.people.actions import Attempt, NewUser, SignedIn
from cati.people.passwords import Passwords
from cati.people.rules import Role
from cati.people.watches import LOST_AFTER
from cati.sealing import Keys
from cati.supervision.actions import messaging, signing_out, watching
from cati.supervision.actions.signing_out import AfterTheCall, ShiftOver, SignedOut
from cati.supervision.views import presence
from cati.telephony.rules import Key
from cati.telephony.simulated import Fate
from tests.store.calls import Desk
from tests.stories import PASSWORD, Wave, a_wave, an_interviewer

MINUTE = timedelta(minutes=1)
SignIn = Callable[[str], str]


@pytest.fixture
def wave(db: Connection, sealed: Keys, now: datetime) -> Wave:
    return a_wave(db, sealed, now)


@pytest.fixture
def desk(db: Connection, sealed: Keys, now: datetime, wave: Wave) -> Desk:
    return Desk(db=db, keys=sealed, user_id=an_interviewer(db, now, waves=[wave]), now=now)


@pytest.fixture
def boss(db: Connection, now: datetime) -> int:
    new = NewUser(
        login="boss",
        first_name="Dominique",
        display_name="Dominique Lefort",
        role=Role.SUPERVISOR,
        password=PASSWORD,
    )
    user_id = people.create_user(db, Passwords(least_cost=True), new, now)
    assert isinstance(user_id, int)
    return user_id


@pytest.fixture
def sign_in(db: Connection, now: datetime) -> SignIn:
    """Signs an account in on one more browser; gives its token."""

    def signed_in(login: str) -> str:
        attempt = Attempt(login=login, password=PASSWORD, address="")
        outcome = people.sign_in(db, Passwords(least_cost=True), attempt, now)
        assert isinstance(outcome, SignedIn)
        return outcome.token

    return signed_in


def audited(db: Connection, action: str) -> list[tuple[str, str | None]]:
    """The object and the purpose of each line of this kind."""
    rows = db.execute(
        text("select object_id, purpose from audit_log where action = :action order by id"),
        {"action": action},
    )
    return [(row.object_id, row.purpose) for row in rows]


def say(db: Connection, said: str, boss: int, now: datetime, to: int | None = None) -> int:
    return messaging.send_message(db, said, to=to, lasts=MINUTE * 15, by=boss, now=now)


class TestMessages:
    def test_a_message_is_shown_until_it_is_read(
        self, db: Connection, desk: Desk, boss: int, sign_in: SignIn, now: datetime
    ) -> None:
        sign_in("interviewer")
        first = say(db, "Pause à 19 h.", boss, now, to=desk.user_id)
        second = say(db, "Relisez la consigne de B3.", boss, now + MINUTE, to=desk.user_id)
        shown = told(db, desk.user_id, now + MINUTE).message
        assert shown is not None
        assert (shown.id, shown.text, shown.sender, shown.others) == (
            second,
            "Relisez la consigne de B3.",
            "Dominique Lefort",
            1,
        )
        helping.read_message(db, desk.user_id, second, now + MINUTE)
        shown = told(db, desk.user_id, now + MINUTE).message
        assert shown is not None
        assert (shown.id, shown.others) == (first, 0)
        (newest, _) = messages.sent(db, now - MINUTE, now + MINUTE)
        assert (newest.readers, newest.unread) == (["Camille interviewer"], 0)

    def test_one_to_all_is_for_who_is_there_and_one_to_another_for_nobody_else(
        self, db: Connection, desk: Desk, boss: int, wave: Wave, sign_in: SignIn, now: datetime
    ) -> None:
        other = an_interviewer(db, now, waves=[wave], login="autre")
        sign_in("interviewer")
        say(db, "Pour un autre.", boss, now, to=other)
        assert told(db, desk.user_id, now).message is None
        say(db, "Pour tous.", boss, now)
        shown = told(db, desk.user_id, now).message
        assert shown is not None
        assert shown.text == "Pour tous."

    def test_nobody_is_told_the_news_of_before_he_sat_down(
        self, db: Connection, desk: Desk, boss: int, sign_in: SignIn, now: datetime
    ) -> None:
        say(db, "Pour tous.", boss, now - MINUTE)
        sign_in("interviewer")
        assert told(db, desk.user_id, now).message is None

    def test_it_expires(self, db: Connection, desk: Desk, boss: int, sign_in: SignIn, now: datetime) -> None:
        sign_in("interviewer")
        say(db, "Pause à 19 h.", boss, now, to=desk.user_id)
        assert told(db, desk.user_id, now + 15 * MINUTE).message is None

    def test_nobody_reads_the_message_of_somebody_else(
        self, db: Connection, desk: Desk, boss: int, wave: Wave, now: datetime
    ) -> None:
        other = an_interviewer(db, now, waves=[wave], login="autre")
        message_id = say(db, "Pour un autre.", boss, now, to=other)
        helping.read_message(db, desk.user_id, message_id, now)
        (sent,) = messages.sent(db, now - MINUTE, now)
        assert sent.readers == []

    def test_the_audit_holds_its_id_and_not_its_text(
        self, db: Connection, desk: Desk, boss: int, now: datetime
    ) -> None:
        message_id = say(db, "Pause à 19 h.", boss, now, to=desk.user_id)
        assert audited(db, "message.send") == [(str(message_id), None)]
        assert db.scalar(text("select count(*) from audit_log l where l::text like '%Pause%'")) == 0

    @pytest.mark.parametrize(
        "said",
        [
            "   ",  # nothing
            "x" * 281,  # too long to be read in a call
            "Rappelez le 06 39 98 12 34 ce soir.",  # a number of somebody
            "Rappelez le 0639981234.",
        ],
    )
    def test_what_is_not_a_message_is_refused(
        self, db: Connection, desk: Desk, boss: int, now: datetime, said: str
    ) -> None:
        with pytest.raises(Invalid):
            say(db, said, boss, now, to=desk.user_id)

    def test_only_interviewers_are_written_to(self, db: Connection, boss: int, now: datetime) -> None:
        with pytest.raises(NotFound):
            say(db, "Bonsoir.", boss, now, to=boss)


class TestHelp:
    def test_a_call_says_where_he_stands_and_is_one(self, db: Connection, desk: Desk, now: datetime) -> None:
        held = desk.takes()
        desk.reaches(held).agrees()
        helping.ask_help(db, desk.user_id, now)
        helping.ask_help(db, desk.user_id, now + MINUTE)
        (call,) = presence.open_help_calls(db)
        assert (call.user_id, call.case_id, call.question, call.asked_at) == (
            desk.user_id,
            held.case_id,
            "A1",
            now,
        )
        shown = told(db, desk.user_id, now).help
        assert shown is not None
        assert (shown.asked_at, shown.answered_by) == (now, None)

    def test_it_may_be_asked_without_a_case(self, db: Connection, desk: Desk, now: datetime) -> None:
        helping.ask_help(db, desk.user_id, now)
        (call,) = presence.open_help_calls(db)
        assert (call.case_id, call.question) == (None, None)

    def test_it_is_withdrawn_and_may_be_asked_again(self, db: Connection, desk: Desk, now: datetime) -> None:
        helping.ask_help(db, desk.user_id, now)
        helping.withdraw_help(db, desk.user_id, now)
        assert presence.open_help_calls(db) == []
        helping.ask_help(db, desk.user_id, now + MINUTE)
        assert len(presence.open_help_calls(db)) == 1

    def test_answering_it_opens_the_screen_and_looking_away_closes_it(
        self, db: Connection, desk: Desk, boss: int, now: datetime
    ) -> None:
        helping.ask_help(db, desk.user_id, now)
        watching.answer_help(db, desk.user_id, by=boss, now=now)
        news = told(db, desk.user_id, now)
        assert news.watchers == ("Dominique Lefort",)
        assert news.help is not None
        assert news.help.answered_by == "Dominique Lefort"
        watching.end(db, desk.user_id, by=boss, now=now + MINUTE)
        assert told(db, desk.user_id, now + MINUTE).help is None
        assert audited(db, "help.answer") == [(str(desk.user_id), None)]

    def test_two_supervisors_do_not_answer_the_same_call(
        self, db: Connection, desk: Desk, boss: int, now: datetime
    ) -> None:
        helping.ask_help(db, desk.user_id, now)
        watching.answer_help(db, desk.user_id, by=boss, now=now)
        with pytest.raises(Conflict):
            watching.answer_help(db, desk.user_id, by=boss, now=now)


class TestWatching:
    def test_the_lamp_goes_out_when_the_page_falls_silent(
        self, db: Connection, desk: Desk, boss: int, now: datetime
    ) -> None:
        watching.begin(db, desk.user_id, by=boss, now=now, why="accompagnement")
        late = now + LOST_AFTER
        assert told(db, desk.user_id, late - timedelta(seconds=1)).watchers == ("Dominique Lefort",)
        assert told(db, desk.user_id, late).watchers == ()
        assert watches.watch(db, desk.user_id, boss, late) is None, "and with it the picture"
        assert not watching.keep(db, desk.user_id, by=boss, now=late)

    def test_a_sign_of_life_keeps_it(self, db: Connection, desk: Desk, boss: int, now: datetime) -> None:
        watching.begin(db, desk.user_id, by=boss, now=now, why="accompagnement")
        assert watching.keep(db, desk.user_id, by=boss, now=now + LOST_AFTER / 2)
        assert watches.watch(db, desk.user_id, boss, now + LOST_AFTER) is not None

    def test_from_when_to_when_is_audited_even_if_the_page_just_vanished(
        self, db: Connection, desk: Desk, boss: int, now: datetime
    ) -> None:
        watching.begin(db, desk.user_id, by=boss, now=now, why="accompagnement")
        assert watching.sweep_watches(db, now + LOST_AFTER / 2) == 0
        assert watching.sweep_watches(db, now + MINUTE) == 1
        details = db.scalar(text("select details from audit_log where action = 'desk.watched'"))
        assert details == {"from": now.isoformat(), "until": (now + LOST_AFTER).isoformat()}
        assert audited(db, "desk.watch") == [(str(desk.user_id), "accompagnement")]
        watching.begin(db, desk.user_id, by=boss, now=now + MINUTE, why="accompagnement")
        assert told(db, desk.user_id, now + MINUTE).watchers == ("Dominique Lefort",)

    def test_only_interviewers_are_watched(self, db: Connection, boss: int, now: datetime) -> None:
        with pytest.raises(NotFound):
            watching.begin(db, boss, by=boss, now=now, why="accompagnement")


class TestTheMirror:
    def test_the_introduction_says_no_name(self, db: Connection, desk: Desk, now: datetime) -> None:
        held = desk.takes()
        desk.reaches(held)
        shown = mirror(db, desk.user_id, now + MINUTE)
        assert shown.screen is not None
        assert shown.screen.wording is not None
        assert (shown.state, shown.case_id, shown.screen.question and shown.screen.question.id) == (
            "interview",
            held.case_id,
            "INT1",
        )
        assert "parler à Madame ou Monsieur […], ou" in shown.screen.wording.text

    def test_it_follows_each_step(self, db: Connection, desk: Desk, now: datetime) -> None:
        seen = [mirror(db, desk.user_id, now).state]
        held = desk.takes()
        seen.append(mirror(db, desk.user_id, now).state)
        dial_id = desk.dials(held, Fate.NO_ANSWER)
        seen.append(mirror(db, desk.user_id, now).state)
        desk.hears(dial_id, Key.NO_ANSWER)
        assert seen == ["idle", "case", "dialing"]
        assert mirror(db, desk.user_id, now + MINUTE).state in {"case", "idle"}, "another number, or none"

    @pytest.mark.parametrize(
        ("said", "withheld"),
        [
            (1, False),  # no objection
            (2, True),  # no listening at all
            (3, False),  # the house may, the bailleur may not
        ],
    )
    def test_who_refuses_every_listening_is_not_looked_at(
        self, db: Connection, desk: Desk, now: datetime, said: int, withheld: bool
    ) -> None:
        tenant = desk.reaches(desk.takes())
        for question in ("INT1", "INT2"):
            tenant.says(question, 1)
            assert not mirror(db, desk.user_id, now + MINUTE).withheld
        tenant.says("INT3", said)
        assert mirror(db, desk.user_id, now + MINUTE).withheld is withheld
        tenant.says("INT4", 1)
        assert mirror(db, desk.user_id, now + MINUTE).withheld is withheld


class TestSigningOut:
    def test_empty_hands_leave_at_once_and_read_why(
        self, db: Connection, desk: Desk, boss: int, sign_in: SignIn, now: datetime
    ) -> None:
        token = sign_in("interviewer")
        assert not told(db, desk.user_id, now).signed_out
        assert signing_out.sign_out(db, desk.user_id, by=boss, now=now, reason="Réunion") == SignedOut(1)
        assert people.current_session(db, token, now) is None
        assert told(db, desk.user_id, now).signed_out
        assert leaving.why(db, token, now) == "Vous avez été déconnecté par Dominique Lefort\u00a0: Réunion."
        assert audited(db, "user.signed_out") == [(str(desk.user_id), "Réunion")]

    def test_a_call_is_waited_for(
        self, db: Connection, desk: Desk, boss: int, sign_in: SignIn, now: datetime
    ) -> None:
        token = sign_in("interviewer")
        desk.reaches(desk.takes())
        outcome = signing_out.sign_out(db, desk.user_id, by=boss, now=now, reason="Fin de vacation")
        assert outcome == AfterTheCall()
        assert signing_out.sweep_sign_outs(db, now + MINUTE) == 0
        news = told(db, desk.user_id, now).leaving
        assert news is not None
        assert (news.by, news.reason) == ("Dominique Lefort", "Fin de vacation")
        assert people.current_session(db, token, now) is not None
        desk.closes(Disposition.REFUSAL_PERSON)
        assert people.current_session(db, token, now + MINUTE) is None
        assert leaving.why(db, token, now + MINUTE).endswith("Fin de vacation.")

    def test_a_case_given_back_is_the_end_too(
        self, db: Connection, desk: Desk, boss: int, sign_in: SignIn, now: datetime
    ) -> None:
        token = sign_in("interviewer")
        desk.takes()
        signing_out.sign_out(db, desk.user_id, by=boss, now=now)
        closing.release(db, desk.user_id, now)
        assert people.current_session(db, token, now) is None

    def test_so_is_the_last_number_that_nobody_answers(
        self, db: Connection, desk: Desk, boss: int, sign_in: SignIn, now: datetime
    ) -> None:
        token = sign_in("interviewer")
        held = desk.takes()
        dial_id = desk.dials(held)
        signing_out.sign_out(db, desk.user_id, by=boss, now=now)
        while told(db, desk.user_id, now).leaving is not None:
            desk.hears(dial_id, Key.NO_ANSWER)
            if told(db, desk.user_id, now).leaving is not None:
                dial_id = desk.dials(held, number=1)
        assert people.current_session(db, token, now) is None

    def test_at_once_needs_a_reason_and_suspends_the_interview(
        self, db: Connection, desk: Desk, boss: int, sign_in: SignIn, now: datetime
    ) -> None:
        token = sign_in("interviewer")
        held = desk.takes()
        desk.reaches(held).agrees()
        with pytest.raises(Invalid):
            signing_out.sign_out(db, desk.user_id, by=boss, now=now, at_once=True)
        later = now + MINUTE
        done = signing_out.sign_out(db, desk.user_id, by=boss, now=later, reason="Malaise", at_once=True)
        assert done == SignedOut(1)
        assert db.scalar(select(interviews.c.state)) == "suspended"
        assert leaving.why(db, token, later).endswith("Malaise.")

    def test_the_sweep_does_it_when_the_call_ended_without_him(
        self, db: Connection, desk: Desk, boss: int, sign_in: SignIn, now: datetime
    ) -> None:
        token = sign_in("interviewer")
        desk.takes()
        signing_out.sign_out(db, desk.user_id, by=boss, now=now)
        db.execute(text("update case_queue set lease_by = null, lease_until = null, lease_token = null"))
        assert signing_out.sweep_sign_outs(db, now) == 1
        assert people.current_session(db, token, now) is None

    def test_it_can_be_called_off(
        self, db: Connection, desk: Desk, boss: int, sign_in: SignIn, now: datetime
    ) -> None:
        token = sign_in("interviewer")
        desk.takes()
        signing_out.sign_out(db, desk.user_id, by=boss, now=now)
        signing_out.call_off(db, desk.user_id, by=boss, now=now)
        closing.release(db, desk.user_id, now)
        assert people.current_session(db, token, now) is not None

    def test_the_end_of_the_evening_spares_who_is_in_a_call(
        self, db: Connection, desk: Desk, boss: int, wave: Wave, sign_in: SignIn, now: datetime
    ) -> None:
        an_interviewer(db, now, waves=[wave], login="autre")
        busy, idle = sign_in("interviewer"), sign_in("autre")
        desk.takes()
        over = signing_out.end_shift(db, by=boss, now=now, reason="Fin de vacation", others_later=True)
        assert over == ShiftOver(1, 1)
        assert people.current_session(db, idle, now) is None
        assert people.current_session(db, busy, now) is not None
        assert told(db, desk.user_id, now).leaving is not None


class TestTheChairs:
    def test_two_browsers_a_long_pause_and_a_silent_desk_are_told(
        self, db: Connection, desk: Desk, sign_in: SignIn, now: datetime
    ) -> None:
        sign_in("interviewer")
        desks.arrive(db, desk.user_id, now)
        assert presence.chairs(db, now)[0].oddities == ()
        sign_in("interviewer")
        assert presence.chairs(db, now)[0].oddities == ("connecté dans 2 navigateurs",)
        later = now + 2 * MINUTE
        assert presence.chairs(db, later)[0].oddities[0] == "plus de signe de vie"
        desks.pause(db, desk.user_id, "coffee", now)
        assert "pause longue" in presence.chairs(db, now + 16 * MINUTE)[0].oddities

    def test_the_day_is_told_in_counts(
        self, db: Connection, desk: Desk, sign_in: SignIn, now: datetime
    ) -> None:
        sign_in("interviewer")
        desk.reaches(desk.takes())
        desk.closes(Disposition.REFUSAL_PERSON)
        day = presence.today(db, desk.user_id, now + MINUTE)
        assert (day.arrived_at, day.completes, day.attempts) == (now, 0, (("Refus de la personne", 1),))
