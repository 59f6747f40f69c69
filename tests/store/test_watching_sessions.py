"""Sessions with a live page before them: which are still good, and that watching is a sign of life."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, select

from cati.people import actions, store
from cati.people.rules import SESSION_IDLE, SESSION_LASTS, SESSION_SEEN_EVERY, SessionEnd, StationState
from cati.people.tables import sessions
from tests.stories import an_interviewer

SECOND = timedelta(seconds=1)


@pytest.fixture
def user_id(db: Connection, now: datetime) -> int:
    return an_interviewer(db, now)


def a_session(db: Connection, user_id: int, token: str, now: datetime) -> str:
    store.insert_session(
        db, token_sha256=token, csrf_token="c", user_id=user_id, now=now, expires_at=now + SESSION_LASTS
    )
    return token


def seen_at(db: Connection, token: str) -> datetime:
    return db.execute(select(sessions.c.seen_at).where(sessions.c.token_sha256 == token)).scalar_one()


def test_watching_keeps_a_session_as_work_would(db: Connection, user_id: int, now: datetime) -> None:
    token = a_session(db, user_id, "t", now)
    assert actions.watching_sessions(db, {token}, now + 2 * SECOND) == {token}
    assert seen_at(db, token) == now, "not written at each look"
    later = now + SESSION_SEEN_EVERY
    assert actions.watching_sessions(db, {token}, later) == {token}
    assert seen_at(db, token) == later


def test_but_not_beyond_its_whole_length(db: Connection, user_id: int, now: datetime) -> None:
    token, at = a_session(db, user_id, "t", now), now
    while at < now + SESSION_LASTS:
        assert actions.watching_sessions(db, {token}, at) == {token}
        at += SESSION_IDLE / 2
    assert actions.watching_sessions(db, {token}, at) == frozenset()


def test_those_that_ended_are_not_good_any_more(db: Connection, user_id: int, now: datetime) -> None:
    ended, left = a_session(db, user_id, "a", now), a_session(db, user_id, "b", now)
    store.end_session(db, ended, SessionEnd.SIGNED_OUT, now)
    assert actions.watching_sessions(db, {ended, left, "unknown"}, now) == {left}
    actions.close_account(db, user_id, now)
    assert actions.watching_sessions(db, {left}, now) == frozenset()


def test_somebody_on_the_line_is_never_cut(db: Connection, user_id: int, now: datetime) -> None:
    token = a_session(db, user_id, "t", now)
    store.set_station(db, user_id, StationState.IN_CALL, now)
    assert actions.watching_sessions(db, {token}, now + 2 * SESSION_LASTS) == {token}
