"""Accounts, sessions, stations and assignments in the database."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import IntegrityError

from cati.audit.tables import audit_log
from cati.database import transaction
from cati.errors import NotFound
from cati.people import actions, store, views
from cati.people.actions import (
    Attempt,
    Inactive,
    LoginTaken,
    NewAssignment,
    NewUser,
    PasswordChanged,
    PasswordTooShort,
    SignedIn,
    Throttled,
    WrongPassword,
)
from cati.people.passwords import Passwords
from cati.people.rules import SESSION_KEPT, SESSION_LASTS, Role, SessionEnd, StationState
from cati.people.tables import sessions, sign_in_failures, users
from cati.surveys import actions as surveys
from cati.surveys.actions import NewWave
from cati.surveys.rules import LineDriver

PASSWORDS = Passwords(least_cost=True)
RIGHT = "une phrase de test"


def an_account(
    db: Connection, now: datetime, login: str = "amina", role: Role = Role.INTERVIEWER, **more: object
) -> int:
    new = NewUser(
        login=login, first_name="Amina", display_name=f"{login.title()} B.", role=role, password=RIGHT, **more
    )
    made = actions.create_user(db, PASSWORDS, new, now)
    assert isinstance(made, int)
    return made


def attempt(login: str = "amina", password: str = RIGHT, address: str = "192.0.2.7") -> Attempt:
    return Attempt(login=login, password=password, address=address)


def sign_in(db: Connection, now: datetime, **given: str) -> actions.SignInOutcome:
    return actions.sign_in(db, PASSWORDS, attempt(**given), now)


def test_the_right_password_opens_a_session_that_the_token_finds(db: Connection, now: datetime) -> None:
    user_id = an_account(db, now)
    outcome = sign_in(db, now)
    assert isinstance(outcome, SignedIn)
    found = actions.current_session(db, outcome.token, now)
    assert found is not None
    assert (found.user.id, found.life.expires_at) == (user_id, now + SESSION_LASTS)


def test_a_login_is_typed_as_one_likes(db: Connection, now: datetime) -> None:
    an_account(db, now, "éloïse")
    assert isinstance(sign_in(db, now, login=" ELOISE "), SignedIn)


def test_two_tokens_are_never_alike(db: Connection, now: datetime) -> None:
    an_account(db, now)
    opened = [sign_in(db, now) for _ in range(5)]
    assert len({one.token for one in opened if isinstance(one, SignedIn)}) == 5


def test_another_token_opens_nothing(db: Connection, now: datetime) -> None:
    assert actions.current_session(db, "forged", now) is None


def test_failures_are_counted_and_forgotten_by_a_success(db: Connection, now: datetime) -> None:
    an_account(db, now)
    for _ in range(4):
        assert sign_in(db, now, password="no") == WrongPassword()
    assert isinstance(sign_in(db, now), SignedIn)
    assert sign_in(db, now, password="no") == WrongPassword()


def test_an_account_that_does_not_exist_is_throttled_as_one_that_does(db: Connection, now: datetime) -> None:
    outcomes = [sign_in(db, now, login="nobody") for _ in range(6)]
    assert outcomes == [WrongPassword()] * 5 + [Throttled(now + timedelta(minutes=1))]


def test_an_address_that_tries_many_accounts_is_throttled(db: Connection, now: datetime) -> None:
    an_account(db, now)
    for n in range(60):
        assert sign_in(db, now, login=f"guess{n}", address="203.0.113.9") == WrongPassword()
    assert isinstance(sign_in(db, now, address="203.0.113.9"), Throttled)
    assert isinstance(sign_in(db, now, address="203.0.113.10"), SignedIn)


def test_what_was_typed_as_a_login_is_not_kept(db: Connection, now: datetime) -> None:
    sign_in(db, now, login="my password by mistake")
    assert "mistake" not in str(db.execute(select(sign_in_failures)).all())


def test_failures_too_old_to_count_are_removed(db: Connection, now: datetime) -> None:
    sign_in(db, now, login="nobody")
    sign_in(db, now + timedelta(hours=1), login="nobody")
    assert len(db.execute(select(sign_in_failures)).all()) == 1


def test_a_password_hashed_at_another_cost_is_hashed_again(db: Connection, now: datetime) -> None:
    user_id = an_account(db, now)
    store.set_password(db, user_id, Passwords().hash(RIGHT))
    sign_in(db, now)
    stored = db.execute(select(users.c.password_hash).where(users.c.id == user_id)).scalar_one()
    assert not PASSWORDS.is_outdated(stored)
    assert PASSWORDS.matches(stored, RIGHT)


def test_a_closed_account_opens_nothing_any_more(db: Connection, now: datetime) -> None:
    user_id = an_account(db, now)
    opened = sign_in(db, now)
    assert isinstance(opened, SignedIn)
    actions.close_account(db, user_id, now)
    assert actions.current_session(db, opened.token, now) is None
    assert sign_in(db, now) == Inactive()


def test_an_ended_session_keeps_the_first_reason(db: Connection, now: datetime) -> None:
    user_id = an_account(db, now)
    sign_in(db, now)
    actions.end_sessions(db, user_id, now)
    store.end_sessions(db, user_id, SessionEnd.SIGNED_OUT_EVERYWHERE, now + timedelta(hours=1))
    ended = db.execute(select(sessions.c.ended_at, sessions.c.ended_reason)).one()
    assert tuple(ended) == (now, SessionEnd.BY_SUPERVISOR)


def test_a_password_given_by_an_administrator_ends_every_session(db: Connection, now: datetime) -> None:
    user_id = an_account(db, now)
    opened = sign_in(db, now)
    assert isinstance(opened, SignedIn)
    assert actions.reset_password(db, PASSWORDS, user_id, "une autre phrase", now) == PasswordChanged()
    assert actions.current_session(db, opened.token, now) is None
    assert isinstance(sign_in(db, now, password="une autre phrase"), SignedIn)


def test_the_time_of_last_use_is_written_once_a_minute(db: Connection, now: datetime) -> None:
    an_account(db, now)
    opened = sign_in(db, now)
    assert isinstance(opened, SignedIn)
    seen = select(sessions.c.seen_at)
    for seconds, expected in ((59, 0), (60, 60), (90, 60), (120, 120)):
        actions.current_session(db, opened.token, now + timedelta(seconds=seconds))
        assert db.execute(seen).scalar_one() == now + timedelta(seconds=expected)


def test_a_login_or_a_number_belongs_to_one_account(db: Connection, now: datetime) -> None:
    an_account(db, now, number=12)
    same_login = NewUser(login="AMINA", first_name="A", display_name="A", role=Role.DPO, password=RIGHT)
    same_number = NewUser(
        login="b", first_name="B", display_name="B", role=Role.DPO, password=RIGHT, number=12
    )
    outcomes = [actions.create_user(db, PASSWORDS, new, now) for new in (same_login, same_number)]
    assert outcomes == [LoginTaken(), LoginTaken()]


def test_a_short_password_is_refused(db: Connection, now: datetime) -> None:
    new = NewUser(login="a", first_name="A", display_name="A", role=Role.DPO, password="x" * 11)
    assert actions.create_user(db, PASSWORDS, new, now) == PasswordTooShort(12)


def test_what_an_administrator_does_to_an_account_is_audited(db: Connection, now: datetime) -> None:
    admin = an_account(db, now, "admin", Role.ADMIN)
    user_id = an_account(db, now)
    actions.reset_password(db, PASSWORDS, user_id, "une autre phrase", now, by=admin)
    actions.end_sessions(db, user_id, now, by=admin)
    actions.close_account(db, user_id, now, by=admin)
    lines = (
        select(audit_log.c.action, audit_log.c.at)
        .where(audit_log.c.user_id == admin)
        .order_by(audit_log.c.id)
    )
    assert [tuple(line) for line in db.execute(lines)] == [
        ("user.password", now),
        ("user.end_sessions", now),
        ("user.close", now),
    ]


def test_no_audit_line_holds_a_password(db: Connection, now: datetime) -> None:
    user_id = an_account(db, now)
    actions.reset_password(db, PASSWORDS, user_id, "une autre phrase", now)
    assert "phrase" not in str(db.execute(select(audit_log)).all())


@pytest.mark.parametrize("statement", ["update audit_log set action = 'x'", "delete from audit_log"])
def test_the_product_cannot_change_the_audit(db: Connection, now: datetime, statement: str) -> None:
    an_account(db, now)
    with pytest.raises(Exception, match="permission denied"):
        db.exec_driver_sql(statement)


def test_a_station_keeps_since_when_it_is_in_its_state(db: Connection, now: datetime) -> None:
    user_id = an_account(db, now)
    later = now + timedelta(minutes=5)
    store.set_station(db, user_id, StationState.PRESENT, now)
    store.set_station(db, user_id, StationState.PRESENT, later)
    assert [(one.since, one.seen_at) for one in views.stations(db)] == [(now, later)]
    store.set_station(db, user_id, StationState.PAUSED, later, pause_code="repas")
    store.set_station(db, user_id, StationState.PAUSED, later + timedelta(minutes=1), pause_code="formation")
    assert [(one.since, one.pause_code) for one in views.stations(db)] == [
        (later + timedelta(minutes=1), "formation")
    ]


def test_the_floor_shows_interviewers_by_name_and_nobody_else(db: Connection, now: datetime) -> None:
    for login, role in (
        ("zoé", Role.INTERVIEWER),
        ("éric", Role.INTERVIEWER),
        ("dora", Role.INTERVIEWER),
        ("sup", Role.SUPERVISOR),
    ):
        an_account(db, now, login, role)
    actions.close_account(db, an_account(db, now, "parti"), now)
    shown = views.stations(db)
    assert [one.display_name for one in shown] == ["Dora B.", "Éric B.", "Zoé B."]
    assert {one.state for one in shown} == {StationState.AWAY}


def test_signing_out_leaves_the_desk(db: Connection, now: datetime) -> None:
    user_id = an_account(db, now)
    opened = sign_in(db, now)
    assert isinstance(opened, SignedIn)
    store.set_station(db, user_id, StationState.PRESENT, now)
    session = actions.current_session(db, opened.token, now)
    assert session is not None
    assert actions.sign_out(db, session, now) == 1
    assert store.station(db, user_id) is StationState.AWAY


def test_nobody_is_assigned_to_a_wave_that_does_not_exist(db: Connection, now: datetime) -> None:
    user_id = an_account(db, now)
    with pytest.raises(NotFound):
        actions.assign(db, NewAssignment(user_id=user_id, wave_id=999, starts_at=now), now)
    assert store.assignments_of(db, user_id, now) == ()


def test_an_assignment_holds_from_its_start_until_its_end(db: Connection, now: datetime) -> None:
    user_id = an_account(db, now)
    survey_id = surveys.create_survey(db, "triennale", "Enquête triennale")
    new_wave = NewWave(survey_id=survey_id, code="t26", name="2026", institute="I", line=LineDriver.MANUAL)
    wave_id = surveys.create_wave(db, new_wave, now)
    hour = timedelta(hours=1)
    new = NewAssignment(user_id=user_id, wave_id=wave_id, starts_at=now, ends_at=now + hour)
    actions.assign(db, new, now)
    held = [bool(store.assignments_of(db, user_id, at)) for at in (now - hour, now, now + hour)]
    assert held == [False, True, False]


def test_an_account_that_does_not_exist_has_no_password_to_change(db: Connection, now: datetime) -> None:
    with pytest.raises(NotFound):
        actions.reset_password(db, PASSWORDS, 999, "une autre phrase", now)
    with pytest.raises(NotFound):
        actions.close_account(db, 999, now)


def test_no_account_has_a_role_that_is_not_one(db: Connection, now: datetime) -> None:
    user_id = an_account(db, now)
    with pytest.raises(IntegrityError, match="ck_users_role_known"):
        db.execute(users.update().where(users.c.id == user_id).values(role="boss"))


def test_guesses_at_one_account_come_one_at_a_time(database, now: datetime) -> None:  # type: ignore[no-untyped-def]
    """Ten browsers guess at once: five are judged, the others find the account throttled."""
    from concurrent.futures import ThreadPoolExecutor

    engine: Engine = database.engine
    with transaction(engine) as db:
        an_account(db, now)

    def guess(_: int) -> actions.SignInOutcome:
        with transaction(engine) as db:
            return sign_in(db, now, password="no")

    with ThreadPoolExecutor(10) as pool:
        outcomes = list(pool.map(guess, range(10)))
    assert sum(isinstance(one, WrongPassword) for one in outcomes) == 5


@pytest.mark.parametrize(
    ("ended", "age", "kept"),
    [
        (True, SESSION_KEPT, True),  # just as long as it is kept
        (True, SESSION_KEPT + timedelta(seconds=1), False),
        (False, SESSION_KEPT, True),  # never signed out: it ran out thirteen hours later
        (False, SESSION_KEPT + SESSION_LASTS, True),
        (False, SESSION_KEPT + SESSION_LASTS + timedelta(seconds=1), False),
        (False, timedelta(0), True),  # under way
    ],
)
def test_a_session_is_forgotten_a_month_after_it_was_over(
    db: Connection, now: datetime, ended: bool, age: timedelta, kept: bool
) -> None:
    user_id = an_account(db, now)
    opened = sign_in(db, now - age)
    assert isinstance(opened, SignedIn)
    if ended:
        store.end_sessions(db, user_id, SessionEnd.SIGNED_OUT, now - age)
    assert actions.forget_sessions(db, now) == (0 if kept else 1)
    assert len(db.execute(select(sessions)).all()) == (1 if kept else 0)


def test_old_sessions_are_forgotten_a_few_at_a_time(db: Connection, now: datetime) -> None:
    an_account(db, now)
    for _ in range(3):
        sign_in(db, now - timedelta(days=60))
    assert [store.forget_sessions(db, now, most=2) for _ in range(3)] == [2, 1, 0]
