"""What the cells of a household say, and which households are called."""

import random
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cati.sample import cells
from cati.sample.rules import (
    Calendar,
    NotCallable,
    Standing,
    calendar_of,
    department_of,
    own_reason,
    settle,
)

TODAY = date(2026, 11, 2)
DUPLICATE, SHARED, OPPOSITION = NotCallable.DUPLICATE, NotCallable.SHARED_PHONE, NotCallable.OPPOSITION


@pytest.mark.parametrize(
    ("flag", "code", "qpv"),
    [
        ("O", "", True), ("oui", "", True), ("1", "", True), ("X", "", True), ("QPV", "", True),
        ("N", "", False), ("non", "QP059001", False), ("0", "", False), ("Hors QPV", "", False),
        ("", "QP059001", True),  # the code says so
        ("", "", None), ("?", "", None), ("", "non", None),
    ],
)  # fmt: skip
def test_the_qpv_is_what_the_flag_or_else_the_code_says(flag: str, code: str, qpv: bool | None) -> None:
    assert cells.qpv_of(flag, code) is qpv


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("15/03/2019", date(2019, 3, 15)), ("5.3.2019", date(2019, 3, 5)), ("15-03-19", date(2019, 3, 15)),
        ("15/03/74", date(1974, 3, 15)), ("2019-03-15", date(2019, 3, 15)),
        ("2019-03-15T00:00:00", date(2019, 3, 15)), ("15/03/2019 00:00", date(2019, 3, 15)),
        ("43539", date(2019, 3, 15)),  # Excel's count of days
        ("31/02/2019", None), ("2019", None), ("mars 2019", None), ("", None),
    ],
)  # fmt: skip
def test_a_date_is_read_however_it_is_written(text: str, day: date | None) -> None:
    assert cells.date_of(text, today=TODAY) == day


@pytest.mark.parametrize(
    ("since", "years"),
    [(date(2023, 11, 2), 3), (date(2023, 11, 3), 2), (date(2026, 11, 2), 0), (date(2024, 2, 29), 2)],
)
def test_seniority_counts_full_years(since: date, years: int) -> None:
    assert cells.full_years(since, TODAY) == years


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Collectif", 1), ("CHAUFFAGE COLLECTIF GAZ", 1), ("Réseau urbain", 1), ("Individuel gaz", 2), ("GAZ", 2),
        ("Élec.", 3), ("individuel électrique", 3), ("Bois", 4), ("Individuel", None), ("", None),
    ],
)  # fmt: skip
def test_heating_is_the_code_of_its_question(text: str, code: int | None) -> None:
    assert cells.heating_of(text) == code


@pytest.mark.parametrize(
    ("text", "dwelling"),
    [
        ("Collectif", "collectif"), ("C", "collectif"), ("Appartement", "collectif"),
        ("IND", "individuel"), ("Maison", "individuel"), ("T3", None),
    ],
)  # fmt: skip
def test_a_dwelling_is_a_flat_or_a_house(text: str, dwelling: str | None) -> None:
    assert cells.dwelling_of(text) == dwelling


@pytest.mark.parametrize(
    ("postcode", "department", "calendar"),
    [
        ("59000", "59", Calendar("Europe/Paris", "")),
        ("57000", "57", Calendar("Europe/Paris", "57")),  # Good Friday and 26 December
        ("67000", "67", Calendar("Europe/Paris", "6AE")),
        ("20137", "2A", Calendar("Europe/Paris", "")),
        ("20600", "2B", Calendar("Europe/Paris", "")),
        ("97410", "974", Calendar("Indian/Reunion", "974")),
        ("97200", "972", Calendar("America/Martinique", "972")),
        ("98800", "988", Calendar("Pacific/Noumea", "NC")),
        ("", None, Calendar("Europe/Paris", "")),
    ],
)
def test_an_address_has_its_calendar(postcode: str, department: str | None, calendar: Calendar) -> None:
    assert department_of(postcode) == department
    assert calendar_of(department) == calendar


@pytest.mark.parametrize(
    ("text", "postcode"), [("2100", "02100"), ("59 000", "59000"), ("", ""), ("2A004", "2A004")]
)
def test_a_postcode_that_lost_its_zero_gets_it_back(text: str, postcode: str) -> None:
    assert cells.postcode_of(text) == postcode


@pytest.mark.parametrize(
    ("text", "said"),
    [("", False), ("N", False), ("0", False), ("O", True), ("UDAF", True), ("12/03/2024", True)],
)
def test_an_opposition_is_said_by_anything_but_a_no(text: str, said: bool) -> None:
    assert cells.is_said(text) is said


@pytest.mark.parametrize(
    ("opposed", "ward", "number", "qpv", "reason"),
    [
        (False, False, True, False, None),
        (True, True, False, None, NotCallable.OPPOSITION),  # the gravest comes first
        (False, True, False, None, NotCallable.GUARDIANSHIP),
        (False, False, False, None, NotCallable.NO_PHONE),
        (False, False, True, None, NotCallable.QPV_UNKNOWN),
    ],
)
def test_the_gravest_reason_is_kept(
    opposed: bool, ward: bool, number: bool, qpv: bool | None, reason: NotCallable | None
) -> None:
    assert own_reason(opposed=opposed, under_guardianship=ward, has_number=number, qpv=qpv) is reason


def one(id_: int, *, own: NotCallable | None = None, attempted: bool = False) -> Standing:
    return Standing(
        household_id=id_, bailleur_code=f"{id_ % 3:02}", external_id=str(id_), own=own, attempted=attempted
    )


@pytest.mark.parametrize(
    ("households", "numbers", "homes", "expected"),
    [
        ([one(3), one(1)], [{1, 3}], [], {3: None, 1: DUPLICATE}),  # bailleur 00 before bailleur 01
        ([one(3), one(1, attempted=True)], [{1, 3}], [], {3: DUPLICATE, 1: None}),  # called already: stays
        ([one(1), one(4), one(7)], [{1, 4, 7}], [], {1: SHARED, 4: SHARED, 7: SHARED}),
        ([one(1), one(4), one(7)], [{1, 4}, {4, 7}], [], {1: None, 4: DUPLICATE, 7: None}),  # a chain
        ([one(1), one(4)], [], [{1, 4}], {1: None, 4: DUPLICATE}),  # one name at one address
        ([one(1, own=OPPOSITION), one(4)], [], [{1, 4}], {1: OPPOSITION, 4: None}),
        ([one(1)], [], [], {1: None}),  # alone again
    ],
)
def test_of_those_who_share_a_number_or_a_home_one_is_called(
    households: list[Standing],
    numbers: list[set[int]],
    homes: list[set[int]],
    expected: dict[int, NotCallable | None],
) -> None:
    verdicts = settle(households, numbers, homes)
    assert {id_: verdict.not_callable for id_, verdict in verdicts.items()} == expected


@given(st.data())
def test_who_is_called_depends_on_the_set_not_on_its_order(data: st.DataObject) -> None:
    ids = list(range(12))
    households = [one(id_, attempted=data.draw(st.booleans())) for id_ in ids]
    groups = data.draw(st.lists(st.sets(st.sampled_from(ids), min_size=2, max_size=4), max_size=8))
    homes = data.draw(st.lists(st.sets(st.sampled_from(ids), min_size=2, max_size=3), max_size=4))
    verdicts = settle(households, groups, homes)
    shuffled, others = households[:], groups[:]
    random.Random(0).shuffle(shuffled)
    random.Random(1).shuffle(others)
    assert settle(shuffled, others, homes[::-1]) == verdicts
    for verdict in verdicts.values():
        if verdict.not_callable is DUPLICATE:
            assert verdict.duplicate_of is not None
            assert verdicts[verdict.duplicate_of].not_callable is None
