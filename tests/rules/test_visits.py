"""Whose tenants a visit may hear, and how long a personal link is good."""

from datetime import UTC, datetime, timedelta

import pytest

from cati.observation.rules import (
    COMMITMENT,
    Invitation,
    Scope,
    announced,
    commitment_sha256,
    hears,
    opens,
    token_sha256,
)

NOW = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("scope", "concerned", "own", "heard"),
    [
        (Scope.BAILLEURS, {1: False, 2: False}, 1, {1}),  # his own, no agreement needed
        (Scope.BAILLEURS, {1: False, 2: False}, 3, set()),  # a bailleur who is not of the visit
        (Scope.BAILLEURS, {1: True, 2: True}, None, set()),  # the region in such a visit: totals only
        (Scope.REGION, {1: True, 2: False}, None, set()),  # one has not agreed
        (Scope.REGION, {1: True, 2: True}, None, {1, 2}),
        (Scope.REGION, {1: True, 2: True}, 2, {2}),  # a bailleur hears his own, never the others'
        (Scope.REGION, {1: True, 2: False}, 1, set()),  # nobody is told before all agreed
    ],
)
def test_whose_tenants_a_guest_may_hear(
    scope: Scope, concerned: dict[int, bool], own: int | None, heard: set[int]
) -> None:
    assert hears(scope, concerned, own) == heard
    assert hears(scope, concerned, own) <= announced(scope, concerned), "nobody is heard who was not told"


@pytest.mark.parametrize(
    ("revoked", "closed", "ends", "good"),
    [
        (None, None, NOW + timedelta(hours=1), True),
        (None, None, NOW, False),  # its hour has passed
        (None, NOW, NOW + timedelta(hours=1), False),  # the supervisor ended it
        (NOW, None, NOW + timedelta(hours=1), False),  # this link was taken back
    ],
)
def test_a_link_is_good_for_the_visit_only(
    revoked: datetime | None, closed: datetime | None, ends: datetime, good: bool
) -> None:
    assert opens(Invitation(revoked_at=revoked, closed_at=closed, ends_at=ends), NOW) is good


def test_what_is_kept_of_a_link_does_not_give_it_back() -> None:
    assert len(token_sha256("abc")) == 64
    assert token_sha256("abc") != token_sha256("abd")


def test_the_commitment_is_signed_as_it_was_read() -> None:
    assert len(commitment_sha256()) == 64
    assert any("reconnais" in line for line in COMMITMENT)
