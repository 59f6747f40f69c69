"""Telephone cells as bailleurs fill them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cati.phone import (
    Phone,
    PhoneFlag,
    PhoneKind,
    PhoneRefusal,
    Validity,
    display,
    is_fictional,
    read_phones,
)

MOBILE, FIXED, BOX = PhoneKind.MOBILE, PhoneKind.FIXED, PhoneKind.BOX


@pytest.mark.parametrize(
    ("cell", "e164", "kind"),
    [
        ("03 53 01 12 34", "+33353011234", FIXED),
        ("03.53.01.12.34", "+33353011234", FIXED),
        ("03-53-01-12-34", "+33353011234", FIXED),
        ("03\u202f53\u00a001 12 34", "+33353011234", FIXED),  # no-break spaces of a word processor
        ("+33 3 53 01 12 34", "+33353011234", FIXED),
        ("0033353011234", "+33353011234", FIXED),
        ("33353011234", "+33353011234", FIXED),
        ("+33 (0)3 53 01 12 34", "+33353011234", FIXED),
        ("(03) 53 01 12 34", "+33353011234", FIXED),
        ("03-53-01-12-34 (fils)", "+33353011234", FIXED),  # a raw parse would read the letters as digits
        ("O353011234", "+33353011234", FIXED),  # letter O for zero
        ("03 53 O1 12 34", "+33353011234", FIXED),
        (353011234, "+33353011234", FIXED),  # lost zero, integer cell
        (353011234.0, "+33353011234", FIXED),  # lost zero, float cell
        ("353011234.0", "+33353011234", FIXED),
        ("06 39 98 12 34", "+33639981234", MOBILE),
        ("07 00 12 34 56", "+33700123456", MOBILE),
        ("09 48 12 34 56", "+33948123456", BOX),
        ("+32 470 12 34 56", "+32470123456", MOBILE),  # Belgium: the region's border
        ("+352 621 123 456", "+352621123456", MOBILE),
        ("06 92 12 34 56", "+262692123456", MOBILE),  # Réunion by its prefix
        ("0690 12 34 56", "+590690123456", MOBILE),
        ("+262 692 12 34 56", "+262692123456", MOBILE),
    ],
)
def test_a_number_is_read_however_it_is_written(cell: str | float, e164: str, kind: PhoneKind) -> None:
    phones = read_phones(cell, demo=True).phones
    assert [(phone.e164, phone.kind, phone.validity) for phone in phones] == [(e164, kind, Validity.VALID)]


@pytest.mark.parametrize(
    "cell",
    [
        "06 39 98 12 34 / 03 53 01 12 34",
        "06 39 98 12 34 ou 03 53 01 12 34",
        "Tel fils 0639981234 ou 0353011234",
        "06.39.98.12.34;03.53.01.12.34",
        "06 39 98 12 34 03 53 01 12 34",  # nothing between them
    ],
)
def test_several_numbers_in_a_cell_are_split(cell: str) -> None:
    phones = read_phones(cell, demo=True).phones
    assert [phone.e164 for phone in phones] == ["+33639981234", "+33353011234"]
    assert all(PhoneFlag.SEVERAL in phone.flags for phone in phones)


@pytest.mark.parametrize(
    ("cell", "refusal"),
    [
        ("6,39981E+08", PhoneRefusal.TRUNCATED),
        ("3.53011234E8", PhoneRefusal.TRUNCATED),
        ("0000000000", PhoneRefusal.PLACEHOLDER),
        ("0600000000", PhoneRefusal.PLACEHOLDER),
        ("0699999999", PhoneRefusal.PLACEHOLDER),  # valid for the library
        ("0123456789", PhoneRefusal.PLACEHOLDER),  # valid for the library
        ("06 06 06 06 06", PhoneRefusal.PLACEHOLDER),
        ("03 12 12 12 12", PhoneRefusal.PLACEHOLDER),
        ("0800 12 34 56", PhoneRefusal.NOT_CALLABLE),
        ("0820 12 34 56", PhoneRefusal.NOT_CALLABLE),
        ("0892 12 34 56", PhoneRefusal.NOT_CALLABLE),
        ("3949", PhoneRefusal.SHORT),
        ("06 39 98", PhoneRefusal.SHORT),
        ("+44 7700 900142", PhoneRefusal.ABROAD),
        ("voir avec la gardienne", PhoneRefusal.UNREADABLE),
    ],
)
def test_what_cannot_be_called_is_refused_with_its_reason(cell: str, refusal: PhoneRefusal) -> None:
    reading = read_phones(cell, demo=True)
    assert (reading.phones, reading.refusals) == ((), (refusal,))


@pytest.mark.parametrize("cell", ["", None, "  ", "-", "N/C", "NC", "néant", "n.c.", "?", float("nan")])
def test_an_empty_cell_is_no_refusal(cell: str | float | None) -> None:
    assert read_phones(cell) == read_phones("")


@pytest.mark.parametrize(
    ("cell", "mainland", "overseas"),
    [
        ("0596 12 34 56", "+33596123456", "+596596123456"),
        ("0269 12 34 56", "+33269123456", "+262269123456"),
        ("0508 41 23 45", "+33508412345", "+508508412345"),
        ("0262 12 34 56", "+262262123456", "+262262123456"),  # Réunion's alone: the prefix is enough
    ],
)
def test_the_address_decides_between_mainland_and_overseas(cell: str, mainland: str, overseas: str) -> None:
    assert read_phones(cell, postcode="59000").phones[0].e164 == mainland
    assert read_phones(cell, postcode="97200").phones[0].e164 == overseas


@pytest.mark.parametrize("cell", ["07 12 34 56 78", "07 00 12 34 56", "06 39 12 34 56"])
def test_a_number_that_the_plan_does_not_know_is_kept_to_be_checked(cell: str) -> None:
    (phone,) = read_phones(cell).phones
    assert (phone.kind, phone.validity) == (MOBILE, Validity.UNSURE)


def test_a_lost_zero_is_restored_and_told() -> None:
    assert read_phones("353011234", demo=True).phones == (
        Phone("+33353011234", FIXED, Validity.VALID, frozenset({PhoneFlag.ZERO_RESTORED})),
    )


def test_numbers_abroad_need_a_study_that_lets_them_in() -> None:
    assert read_phones("+32 470 12 34 56", abroad=False).refusals == (PhoneRefusal.ABROAD,)


@pytest.mark.parametrize("number", ["01 99 00 12 34", "06 39 98 12 34", "05 36 49 12 34"])
def test_numbers_of_fiction_count_in_a_demonstration_alone(number: str) -> None:
    assert read_phones(number).refusals == (PhoneRefusal.FICTIONAL,)
    assert is_fictional(read_phones(number, demo=True).phones[0].e164)


def test_a_number_that_may_ring_is_not_fictional() -> None:
    assert not is_fictional("+33948123456")


@pytest.mark.parametrize(
    ("e164", "shown"),
    [
        ("+33639981234", "06 39 98 12 34"),
        ("+262692123456", "06 92 12 34 56"),
        ("+32470123456", "+32 470 12 34 56"),
    ],
)
def test_a_number_is_shown_in_pairs(e164: str, shown: str) -> None:
    assert display(e164) == shown


@given(
    st.one_of(
        st.text(max_size=60), st.integers(), st.floats(), st.text("0123456789+ ./-()oOeE,;\t", max_size=40)
    )
)
def test_no_cell_can_stop_an_import(cell: str | float) -> None:
    for phone in read_phones(cell, demo=True).phones:
        assert phone.e164.startswith("+")
        assert display(phone.e164)


@given(st.integers(0, 9_999), st.sampled_from(["0{}", "+33{}", "0033{}", "+33 (0){}", "0{} (fille)", "{}"]))
def test_every_writing_of_a_number_gives_the_same_number(last: int, writing: str) -> None:
    digits = f"63998{last:04}"
    assert [phone.e164 for phone in read_phones(writing.format(digits), demo=True).phones] == [f"+33{digits}"]
