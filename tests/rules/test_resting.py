"""The rest of a household between two studies."""

from datetime import UTC, datetime, timedelta

import pytest

from cati.scheduling.rules import Contacted, Rest, RestAfter, rests_until

NOW = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
AGO = {days: NOW - timedelta(days=days) for days in (10, 60, 90, 91)}
BY_CONTACT = Rest(after=RestAfter.CONTACT)
OF_ANYBODY = Rest(same_bailleur=False)


def met(contacted: int | None, interviewed: int | None = None, *, same: bool = True) -> Contacted:
    """Spoken to, and interviewed, so many days ago."""
    return Contacted(
        same_bailleur=same,
        contacted_at=AGO[contacted] if contacted is not None else None,
        interviewed_at=AGO[interviewed] if interviewed is not None else None,
    )


@pytest.mark.parametrize(
    ("rest", "elsewhere", "days_left"),
    [
        (Rest(), [], None),  # no other study
        (Rest(), [met(10, 10)], 80),
        (Rest(), [met(90, 90)], None),  # to the hour
        (Rest(), [met(10)], None),  # spoken to without an interview: does not count by default
        (BY_CONTACT, [met(10)], 80),
        (BY_CONTACT, [met(None)], None),  # rung without an answer never counts
        (Rest(), [met(10, 10, same=False)], None),  # another bailleur's study
        (OF_ANYBODY, [met(10, 10, same=False)], 80),
        (Rest(), [met(60, 60), met(10, 91)], 30),  # the longest rest holds
        (Rest(days=0), [met(10, 10)], None),
    ],
)
def test_a_household_is_left_in_peace_after_another_study(
    rest: Rest, elsewhere: list[Contacted], days_left: int | None
) -> None:
    until = NOW + timedelta(days=days_left) if days_left is not None else None
    assert rests_until(rest, elsewhere, NOW) == until
