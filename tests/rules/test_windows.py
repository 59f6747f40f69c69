"""When a household may be called, in its own time."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cati.errors import SettingsRefused
from cati.sample.rules import calendar_of
from cati.scheduling.rules import (
    DEMONSTRATION,
    STANDARD,
    Calendar,
    DayPart,
    Protocol,
    Week,
    Window,
    day_part,
    is_holiday,
    is_open,
    next_open,
    open_calendars,
    permitted_slots,
)

LILLE = Calendar(1, "Europe/Paris", "FR")
METZ = Calendar(2, "Europe/Paris", "FR-57")
STRASBOURG = Calendar(3, "Europe/Paris", "FR-6AE")
REUNION = Calendar(4, "Indian/Reunion", "FR-974")
GUADELOUPE = Calendar(5, "America/Guadeloupe", "FR-971")
CALENDARS = [LILLE, METZ, STRASBOURG, REUNION, GUADELOUPE]


def at(text: str, zone: str = "Europe/Paris") -> datetime:
    """A moment as a clock of that zone shows it."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("moment", "open_"),
    [
        ("2026-11-24 09:59", False),  # a Tuesday, before ten
        ("2026-11-24 10:00", True),
        ("2026-11-24 12:59", True),
        ("2026-11-24 13:00", False),  # lunch
        ("2026-11-24 14:00", True),
        ("2026-11-24 20:29", True),
        ("2026-11-24 20:30", False),  # the evening ends
        ("2026-11-28 13:30", True),  # Saturday without a lunch break
        ("2026-11-28 18:00", False),
        ("2026-11-29 11:00", False),  # Sunday
        ("2026-11-11 11:00", False),  # Armistice
        ("2026-12-25 15:00", False),  # Christmas, a Friday
        ("2026-12-26 15:00", True),  # a Saturday like another in Lille
    ],
)
def test_calls_keep_to_the_hours_of_the_profession(moment: str, open_: bool) -> None:
    assert is_open(STANDARD, LILLE, at(moment)) is open_


def test_a_household_is_never_called_for_the_first_time_after_eight_in_the_evening() -> None:
    assert is_open(STANDARD, LILLE, at("2026-11-24 19:59"), first=True)
    assert not is_open(STANDARD, LILLE, at("2026-11-24 20:00"), first=True)
    assert next_open(STANDARD, LILLE, at("2026-11-24 20:00"), first=True) == at("2026-11-25 10:00")


def test_an_appointment_may_be_kept_until_nine_in_the_evening() -> None:
    assert is_open(STANDARD, LILLE, at("2026-11-24 20:59"), appointment=True)
    assert not is_open(STANDARD, LILLE, at("2026-11-24 21:00"), appointment=True)


@pytest.mark.parametrize(
    ("calendar", "day", "holiday"),
    [
        (LILLE, date(2026, 4, 3), False),  # Good Friday is a working day in Lille
        (METZ, date(2026, 4, 3), True),  # not in Moselle
        (STRASBOURG, date(2026, 4, 3), True),  # nor in Alsace
        (STRASBOURG, date(2026, 12, 26), True),  # Saint Stephen
        (REUNION, date(2026, 12, 20), True),  # abolition of slavery in La Réunion
        (LILLE, date(2026, 4, 6), True),  # Easter Monday everywhere
    ],
)
def test_holidays_are_those_of_the_department(calendar: Calendar, day: date, holiday: bool) -> None:
    assert is_holiday(calendar, day) is holiday


@pytest.mark.parametrize(
    "department",
    [
        "59",
        "2A",
        "57",
        "67",
        "68",
        "971",
        "972",
        "973",
        "974",
        "975",
        "976",
        "977",
        "978",
        "986",
        "987",
        "988",
    ],
)
def test_every_address_has_a_calendar_that_works(department: str) -> None:
    place = calendar_of(department)
    assert is_holiday(Calendar(9, place.zone, place.holidays), date(2026, 5, 1))


@pytest.mark.parametrize("name", ["57", "FR-57"])
def test_a_set_of_holidays_is_named_with_its_country_or_not(name: str) -> None:
    assert is_holiday(Calendar(9, "Europe/Paris", name), date(2026, 4, 3))
    assert not is_holiday(
        Calendar(9, "Europe/Paris", name.removesuffix("-57").removesuffix("57")), date(2026, 4, 3)
    )


def test_a_region_that_would_silently_add_nothing_is_refused() -> None:
    with pytest.raises(SettingsRefused):
        is_open(STANDARD, Calendar(9, "Europe/Paris", "FR-GES"), at("2026-11-24 11:00"))


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(SettingsRefused):
        is_open(STANDARD, Calendar(9, "Europe/Lille"), at("2026-11-24 11:00"))


def test_a_household_overseas_is_called_in_its_own_time() -> None:
    morning_in_lille = at("2026-11-24 10:30")  # 13:30 in La Réunion, 05:30 in Guadeloupe
    assert open_calendars(STANDARD, CALENDARS, morning_in_lille) == [1, 2, 3]
    afternoon_in_lille = at("2026-11-24 15:00")  # 18:00 in La Réunion, 10:00 in Guadeloupe
    assert open_calendars(STANDARD, CALENDARS, afternoon_in_lille) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        # clocks go forward in the night of Saturday to Sunday 29 March 2026
        (at("2026-03-28 18:00"), datetime(2026, 3, 30, 8, 0, tzinfo=UTC)),
        # clocks go back in the night of Saturday to Sunday 25 October 2026
        (at("2026-10-24 18:00"), datetime(2026, 10, 26, 9, 0, tzinfo=UTC)),
        # and forward again in the night to Sunday 28 March 2027
        (at("2027-03-27 18:00"), datetime(2027, 3, 30, 8, 0, tzinfo=UTC)),  # Monday the 29th is Easter's
    ],
)
def test_ten_in_the_morning_follows_the_change_of_the_clocks(before: datetime, after: datetime) -> None:
    assert next_open(STANDARD, LILLE, before) == after


@pytest.mark.parametrize(
    ("day", "slots"), [(date(2026, 3, 29), 46), (date(2026, 10, 25), 50), (date(2027, 3, 28), 46)]
)
def test_a_day_when_the_clocks_change_has_its_own_number_of_half_hours(day: date, slots: int) -> None:
    found = permitted_slots(DEMONSTRATION, LILLE, day)
    assert len(set(found)) == len(found) == slots


@pytest.mark.parametrize(
    ("sunday", "open_", "closed"),
    [
        # the hour that comes twice, and the one that never comes, of a week that calls on Sundays
        (date(2026, 10, 25), [(0, 30), (1, 30)], [(2, 30)]),  # UTC: 02:30 twice, then 03:30
        (date(2027, 3, 28), [(1, 30)], [(0, 30), (2, 30)]),  # UTC: 01:30, then 03:30, then 04:30
    ],
)
def test_the_night_the_clocks_change_has_the_hours_its_clock_shows(
    sunday: date, open_: list[tuple[int, int]], closed: list[tuple[int, int]]
) -> None:
    nights = Week(sunday=(Window(start="02:00", end="04:00" if sunday.month == 3 else "03:00"),))
    protocol = Protocol(windows=nights, appointment_windows=nights, first_attempt_until="23:00")
    for moments, expected in ((open_, True), (closed, False)):
        for hour, minute in moments:
            moment = datetime(sunday.year, sunday.month, sunday.day, hour, minute, tzinfo=UTC)
            assert is_open(protocol, LILLE, moment) is expected


@pytest.mark.parametrize(
    ("department", "summer", "winter"),
    [
        # ten in the morning there, in UTC, on 22 July and 24 November 2026 (the 21st is a holiday in the Antilles)
        ("59", 8, 9),
        ("57", 8, 9),
        ("67", 8, 9),
        ("971", 14, 14),
        ("972", 14, 14),
        ("973", 13, 13),
        ("974", 6, 6),
        ("975", 12, 13),  # Saint-Pierre-et-Miquelon changes its clocks too
        ("976", 7, 7),
        ("987", 20, 20),
        ("988", 23, 23),  # of the day before
    ],
)
def test_ten_in_the_morning_is_ten_where_the_household_lives(
    department: str, summer: int, winter: int
) -> None:
    place = calendar_of(department)
    calendar = Calendar(9, place.zone, place.holidays)
    for day, hour in ((date(2026, 7, 22), summer), (date(2026, 11, 24), winter)):
        opens = permitted_slots(STANDARD, calendar, day)[0]
        assert opens.hour == hour
        assert is_open(STANDARD, calendar, opens)
        assert not is_open(STANDARD, calendar, opens - timedelta(minutes=1))


def test_slots_are_the_half_hours_of_the_windows() -> None:
    tuesday = permitted_slots(STANDARD, LILLE, date(2026, 11, 24))
    assert [slot.astimezone(ZoneInfo("Europe/Paris")).strftime("%H:%M") for slot in tuesday[:7]] == [
        "10:00", "10:30", "11:00", "11:30", "12:00", "12:30", "14:00",
    ]  # fmt: skip
    assert tuesday[-1] == at("2026-11-24 20:30")
    assert permitted_slots(STANDARD, LILLE, date(2026, 11, 29)) == []


@pytest.mark.parametrize(
    ("moment", "part"),
    [
        ("2026-11-24 11:00", DayPart.MIDI),
        ("2026-11-24 14:00", DayPart.APRES_MIDI),
        ("2026-11-24 18:00", DayPart.SOIR),
        ("2026-11-28 18:00", DayPart.SAMEDI),
    ],
)
def test_the_week_has_four_parts(moment: str, part: DayPart) -> None:
    assert day_part(STANDARD, LILLE, at(moment)) == part


def test_a_demonstration_is_open_day_and_night() -> None:
    assert is_open(DEMONSTRATION, LILLE, at("2026-12-25 03:00"), first=True)


def test_a_closure_of_the_wave_is_a_day_without_calls() -> None:
    closed = Calendar(1, "Europe/Paris", "FR", frozenset({date(2026, 11, 25)}))
    assert next_open(STANDARD, closed, at("2026-11-24 20:30")) == at("2026-11-26 10:00")


def test_no_appointment_is_offered_on_a_closed_day() -> None:
    closed = Calendar(1, "Europe/Paris", "FR", frozenset({date(2026, 11, 25)}))
    assert permitted_slots(STANDARD, closed, date(2026, 11, 25)) == []
    assert permitted_slots(STANDARD, closed, date(2026, 11, 26)) != []


def test_a_calendar_that_never_opens_says_so() -> None:
    year = frozenset(date(2026, 1, 1) + timedelta(days=offset) for offset in range(800))
    with pytest.raises(SettingsRefused):
        next_open(STANDARD, Calendar(1, "Europe/Paris", "FR", year), at("2026-11-24 11:00"))


@given(
    st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2028, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001
    st.sampled_from(CALENDARS),
    st.booleans(),
    st.booleans(),
)
def test_the_next_opening_is_open_and_nothing_before_it_is(
    moment: datetime, calendar: Calendar, appointment: bool, first: bool
) -> None:
    opening = next_open(STANDARD, calendar, moment, appointment=appointment, first=first)
    assert opening >= moment
    assert is_open(STANDARD, calendar, opening, appointment=appointment, first=first)
    middle = moment + (opening - moment) / 2
    assert opening == moment or not is_open(STANDARD, calendar, middle, appointment=appointment, first=first)


def test_a_first_call_waits_for_the_next_day_even_in_the_gap_before_a_late_window() -> None:
    late = Week(tuesday=(Window(start="14:00", end="19:00"), Window(start="20:15", end="20:45")))
    protocol = Protocol(windows=late, appointment_windows=late)
    assert next_open(protocol, LILLE, at("2026-11-24 19:30"), first=True) == at("2026-12-01 14:00")
