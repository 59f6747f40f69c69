"""When an appointment may be made, whose it is, and what follows when it is missed."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cati.cases.rules import WaitReason
from cati.errors import SettingsRefused
from cati.scheduling.rules import (
    DEMONSTRATION,
    PRUDENT,
    STANDARD,
    Appointment,
    Calendar,
    after_missed,
    appointment_allowed,
    first_served,
    is_open,
    missed_appointment,
    open_to_all_at,
    permitted_slots,
)

LILLE = Calendar(1, "Europe/Paris", "FR")
REUNION = Calendar(4, "Indian/Reunion", "FR-974")
PARIS = ZoneInfo("Europe/Paris")


def at(text: str) -> datetime:
    """A moment as a clock in Lille shows it."""
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


NOW = at("2026-11-24 17:00")
T = at("2026-11-26 18:30")


@pytest.mark.parametrize(
    ("when", "firm", "leaseholder", "reason"),
    [
        ("2026-11-26 18:30", True, True, None),
        ("2026-11-26 18:30", False, False, None),  # a vague one may come from anybody
        ("2026-11-26 18:30", True, False, "personne à interroger"),  # told by a third person: never firm
        ("2026-11-26 20:45", True, True, None),  # to nine in the evening
        ("2026-11-26 21:00", True, True, "hors des plages"),
        ("2026-11-26 13:30", True, True, "hors des plages"),
        ("2026-11-28 18:00", True, True, "hors des plages"),  # Saturday ends at six
        ("2026-11-29 11:00", True, True, "hors des plages"),  # Sunday
        ("2026-12-25 11:00", True, True, "férié"),
        ("2026-11-24 16:00", True, True, "passée"),
        ("2026-12-21 11:00", True, True, "terminé"),  # the field ends on the 20th
    ],
)
def test_an_appointment_is_made_in_permitted_hours_only(
    when: str, firm: bool, leaseholder: bool, reason: str | None
) -> None:
    ends = date(2026, 12, 20) if "12-21" in when else None
    said = appointment_allowed(
        STANDARD, LILLE, at(when), NOW, firm=firm, spoke_with_leaseholder=leaseholder, field_ends_on=ends
    )
    assert said is None if reason is None else said is not None and reason in said


def test_no_appointment_beyond_the_last_permitted_call() -> None:
    refusal = appointment_allowed(
        STANDARD, LILLE, T, NOW, firm=False, spoke_with_leaseholder=True, attempts_left=0
    )
    assert refusal == "Le nombre d’appels permis pour ce foyer est atteint."


def test_hours_are_those_of_the_tenant_overseas() -> None:
    half_past_five_in_lille = at("2026-11-26 17:30")  # 20:30 in La Réunion
    assert (
        appointment_allowed(
            STANDARD, REUNION, half_past_five_in_lille, NOW, firm=True, spoke_with_leaseholder=True
        )
        is None
    )
    assert appointment_allowed(STANDARD, REUNION, T, NOW, firm=True, spoke_with_leaseholder=True) is not None


def test_a_demonstration_takes_appointments_at_any_hour() -> None:
    sunday_night = at("2026-11-29 03:10")
    assert (
        appointment_allowed(DEMONSTRATION, LILLE, sunday_night, NOW, firm=True, spoke_with_leaseholder=True)
        is None
    )


@given(st.dates(date(2026, 1, 1), date(2028, 12, 31)), st.sampled_from([LILLE, REUNION]))
def test_every_slot_offered_is_accepted(day: date, calendar: Calendar) -> None:
    before = at("2025-01-01 10:00")
    refusals = [
        appointment_allowed(STANDARD, calendar, slot, before, firm=True, spoke_with_leaseholder=True)
        for slot in permitted_slots(STANDARD, calendar, day)
    ]
    assert refusals == [None] * len(refusals)


def test_it_is_everybodys_after_ten_minutes_or_at_once_without_its_owner() -> None:
    assert open_to_all_at(STANDARD, T) == T + timedelta(minutes=10)
    assert open_to_all_at(STANDARD, T, owner_present=False) == T


def test_it_is_served_early_but_never_before_the_hours_begin() -> None:
    assert first_served(STANDARD, LILLE, T) == T - timedelta(minutes=2)
    ten = at("2026-11-26 10:00")
    assert first_served(STANDARD, LILLE, ten) == ten


@pytest.mark.parametrize(
    ("missed", "now", "again"),
    [
        ("2026-11-24 18:30", "2026-11-24 19:00", "2026-11-25 18:30"),
        ("2026-11-24 18:50", "2026-11-24 19:20", "2026-11-25 18:30"),  # the half-hour, not the minute
        (
            "2026-11-27 18:30",
            "2026-11-27 19:00",
            "2026-11-30 18:30",
        ),  # Saturday ends at six, Sunday is closed
        ("2026-11-27 17:30", "2026-11-27 18:00", "2026-11-28 17:30"),  # Saturday permits it
        ("2026-12-24 18:30", "2026-12-24 19:00", "2026-12-28 18:30"),  # over Christmas and the week-end
        ("2026-11-24 18:30", "2026-11-26 09:00", "2026-11-27 18:30"),  # noticed two days late
        ("2026-03-27 18:30", "2026-03-27 19:00", "2026-03-30 18:30"),  # over the night the clocks go forward
        ("2026-10-23 18:30", "2026-10-23 19:00", "2026-10-26 18:30"),  # and back
    ],
)
def test_a_missed_appointment_returns_at_the_same_half_hour(missed: str, now: str, again: str) -> None:
    assert after_missed(STANDARD, LILLE, at(missed), at(now)) == at(again)


def test_an_appointment_on_a_day_closed_since_is_served_at_the_next_opening() -> None:
    closed = Calendar(1, "Europe/Paris", "FR", frozenset({T.date()}))
    assert first_served(STANDARD, closed, T) == at("2026-11-27 10:00")


def test_the_first_miss_stays_firm_for_anybody_the_second_frees_the_place() -> None:
    appointment = Appointment(at=at("2026-11-24 18:30"), firm=True, owner_id=7)
    once = missed_appointment(STANDARD, LILLE, appointment, at("2026-11-24 19:00"))
    assert (once.reason, once.missed, once.frees_place) == (WaitReason.FIRM, 1, False)
    assert once.open_to_all_at == at("2026-11-25 18:30")
    again = Appointment(at=at("2026-11-25 18:30"), firm=True, owner_id=7, missed=once.missed)
    twice = missed_appointment(STANDARD, LILLE, again, at("2026-11-25 19:00"))
    assert (twice.reason, twice.missed, twice.frees_place) == (WaitReason.RETRY, 2, True)
    assert twice.due_at == at("2026-11-26 18:30")


def test_a_missed_appointment_without_any_day_left_says_so() -> None:
    closed = Calendar(
        1, "Europe/Paris", "FR", frozenset(date(2026, 11, 25) + timedelta(days=each) for each in range(400))
    )
    with pytest.raises(SettingsRefused):
        after_missed(STANDARD, closed, at("2026-11-24 18:30"), NOW)


def test_an_appointment_that_its_day_or_hour_no_longer_permits_is_moved_without_a_miss() -> None:
    evening = Appointment(at=at("2026-11-24 20:30"), firm=True, owner_id=7, missed=1)
    closed = Calendar(1, "Europe/Paris", "FR", frozenset({date(2026, 11, 24)}))
    moved = missed_appointment(STANDARD, closed, evening, at("2026-11-24 21:00"))
    assert (moved.appointment_at, moved.missed, moved.reason) == (at("2026-11-25 20:30"), 1, "firm")
    assert not moved.frees_place
    moved = missed_appointment(
        PRUDENT, LILLE, evening, at("2026-11-24 21:00")
    )  # never later than eight any more
    assert (moved.appointment_at, moved.missed, moved.reason) == (at("2026-11-25 10:00"), 1, "firm")


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31), timezones=st.just(PARIS)),  # noqa: DTZ001
    st.sampled_from([LILLE, REUNION]),
)
def test_a_missed_appointment_always_returns_in_permitted_hours(moment: datetime, calendar: Calendar) -> None:
    made = [slot for slot in permitted_slots(STANDARD, calendar, moment.date()) if slot >= moment]
    for slot in made:
        again = after_missed(STANDARD, calendar, slot, slot + timedelta(minutes=30))
        assert again > slot
        assert is_open(STANDARD, calendar, again, appointment=True)
