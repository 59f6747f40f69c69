"""Rules of people: throttling, life of a session, folding of names."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cati.people.rules import (
    ACCOUNT_FAILURES,
    ADDRESS_FAILURES,
    ENGAGED,
    THROTTLE_WINDOW,
    SessionLife,
    StationState,
    account_wait,
    address_wait,
    folded,
    is_live,
)

NOW = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("failures", "wait"),
    [
        (0, None),
        (4, None),  # the fourth mistake costs nothing
        (5, 1 * MINUTE),
        (6, 2 * MINUTE),
        (7, 4 * MINUTE),
        (8, 8 * MINUTE),
        (9, 15 * MINUTE),  # never longer than the window
        (400, 15 * MINUTE),
    ],
)
def test_an_account_waits_longer_after_each_failure(failures: int, wait: timedelta | None) -> None:
    assert account_wait([NOW] * failures, NOW) == (None if wait is None else NOW + wait)


def test_an_account_may_be_tried_again_once_it_has_waited() -> None:
    failures = [NOW - MINUTE] * 5
    assert account_wait(failures, NOW) is None
    assert account_wait(failures, NOW - timedelta(seconds=1)) == NOW


def test_old_failures_are_forgotten() -> None:
    assert account_wait([NOW - 15 * MINUTE] * 10 + [NOW] * 4, NOW) is None


@pytest.mark.parametrize(
    ("failures", "waits"),
    [
        (50, False),  # a floor of fifty, each mistypes once
        (59, False),
        (60, True),
    ],
)
def test_an_address_waits_only_after_more_failures_than_a_floor_makes(failures: int, waits: bool) -> None:
    assert (address_wait([NOW] * failures, NOW) is not None) == waits


def test_an_address_is_free_when_its_failures_leave_the_window_one_by_one() -> None:
    failures = [NOW - timedelta(seconds=10 * n) for n in range(ADDRESS_FAILURES)]
    until = address_wait(failures, NOW)
    assert until == min(failures) + THROTTLE_WINDOW
    assert address_wait(failures, until) is None


moments = st.integers(0, 3600).map(lambda seconds: NOW - timedelta(seconds=seconds))


@given(st.lists(moments, max_size=80))
def test_waiting_is_never_in_the_past_nor_longer_than_the_window(failures: list[datetime]) -> None:
    for until in (account_wait(failures, NOW), address_wait(failures, NOW)):
        assert until is None or NOW < until <= NOW + THROTTLE_WINDOW


@given(st.lists(moments, min_size=ACCOUNT_FAILURES, max_size=80), moments)
def test_one_failure_more_never_shortens_the_wait(failures: list[datetime], more: datetime) -> None:
    before, after = account_wait(failures, NOW), account_wait([*failures, more], NOW)
    assert before is None or (after is not None and after >= before)


def life(
    *,
    seen: timedelta = MINUTE,
    left: timedelta = HOUR,
    ended: bool = False,
    station: StationState | None = None,
) -> SessionLife:
    return SessionLife(
        seen_at=NOW - seen, expires_at=NOW + left, ended_at=NOW if ended else None, station=station
    )


@pytest.mark.parametrize(
    ("session", "live"),
    [
        (life(), True),
        (life(seen=2 * HOUR), False),  # nobody there for two hours
        (life(left=-MINUTE), False),  # the day is over
        (life(left=-MINUTE, station=StationState.IN_CALL), True),  # not before the call is
        (life(left=-HOUR, seen=3 * HOUR, station=StationState.CLOSING), True),
        (life(left=-MINUTE, station=StationState.PRESENT), False),
        (life(left=-MINUTE, station=StationState.PAUSED), False),
        (life(ended=True, station=StationState.IN_CALL), False),  # ended by somebody, with a reason
    ],
)
def test_a_session_ends_by_time_but_never_during_a_call(session: SessionLife, live: bool) -> None:
    assert is_live(session, NOW) is live


def test_a_case_in_hand_is_what_engages_a_desk() -> None:
    assert frozenset({"on_case", "in_call", "closing"}) == ENGAGED


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Éloïse  LE GOFF", "eloise le goff"),
        ("  Œuvrard ", "oeuvrard"),
        ("Ñuño", "nuno"),
        ("D’Amico-Ürün", "d’amico-urun"),
        ("Straße", "strasse"),
    ],
)
def test_names_are_folded_for_sorting_and_signing_in(text: str, expected: str) -> None:
    assert folded(text) == expected


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert folded(folded(text)) == folded(text)
