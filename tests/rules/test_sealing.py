"""Sealed columns open at their own place alone; keyed hashes find a number again."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cati import sealing
from cati.errors import SettingsRefused
from cati.sealing import Keys

KEYS = Keys({1: bytes(32)}, bytes(range(32)))


@given(st.text(max_size=200), st.integers(1, 2**62), st.sampled_from(["contacts.last_name", "phones.e164"]))
def test_what_is_sealed_opens_with_the_same_text(text: str, row_id: int, column: str) -> None:
    assert KEYS.unseal(column, row_id, KEYS.seal(column, row_id, text)) == text


@pytest.mark.parametrize(("column", "row_id"), [("contacts.first_name", 7), ("contacts.last_name", 8)])
def test_a_sealed_text_moved_elsewhere_does_not_open(column: str, row_id: int) -> None:
    with pytest.raises(SettingsRefused):
        KEYS.unseal(column, row_id, KEYS.seal("contacts.last_name", 7, "Lenglet"))


@given(st.binary(max_size=80))
def test_a_damaged_text_is_refused_not_guessed(sealed: bytes) -> None:
    with pytest.raises(SettingsRefused):
        KEYS.unseal("contacts.last_name", 7, sealed)


def test_the_same_text_is_never_sealed_twice_alike() -> None:
    assert KEYS.seal("phones.e164", 1, "+33639981234") != KEYS.seal("phones.e164", 1, "+33639981234")


def test_the_hash_of_a_number_depends_on_the_key() -> None:
    other = Keys({1: bytes(32)}, bytes(32))
    assert (
        KEYS.phone_hmac("+33639981234") == KEYS.phone_hmac("+33639981234") != other.phone_hmac("+33639981234")
    )


def test_keys_are_made_once_and_readable_by_their_owner_alone(tmp_path: Path) -> None:
    sealed = sealing.create(tmp_path / "keys").seal("contacts.email", 1, "a@example.org")
    assert sealing.create(tmp_path / "keys").unseal("contacts.email", 1, sealed) == "a@example.org"
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "keys").iterdir()} == {0o600}


def test_a_new_key_seals_and_the_old_ones_still_open(tmp_path: Path) -> None:
    old = sealing.create(tmp_path)
    sealed = old.seal("contacts.email", 1, "a@example.org")
    renewed = sealing.rotate(tmp_path)
    assert renewed.unseal("contacts.email", 1, sealed) == "a@example.org"
    assert (sealed[0], renewed.seal("contacts.email", 1, "b")[0]) == (1, 2)
    assert renewed.phone_hmac("+33639981234") == old.phone_hmac("+33639981234")


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    sealing.create(tmp_path)
    (tmp_path / "seal-1").chmod(0o644)
    with pytest.raises(SettingsRefused, match="chmod 600"):
        sealing.load(tmp_path)


@pytest.mark.parametrize("lost", ["index", "seal-1"])
def test_a_lost_key_is_told_never_replaced(tmp_path: Path, lost: str) -> None:
    sealing.create(tmp_path)
    (tmp_path / lost).unlink()
    with pytest.raises(SettingsRefused):
        sealing.create(tmp_path)
    assert not (tmp_path / lost).exists()


def test_a_damaged_key_is_told(tmp_path: Path) -> None:
    sealing.create(tmp_path)
    (tmp_path / "index").write_text("abc")
    with pytest.raises(SettingsRefused, match="abîmée"):
        sealing.load(tmp_path)
