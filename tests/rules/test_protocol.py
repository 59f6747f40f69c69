"""A protocol is data: its defaults are the rules of the floor, and what cannot work is refused."""

from datetime import time
from typing import Any

import pytest
from pydantic import ValidationError

from cati.scheduling.rules import DEMONSTRATION, PRESETS, STANDARD, Protocol


@pytest.mark.parametrize(
    ("where", "default"),
    [
        ("delays.no_answer_minutes", 180),
        ("delays.answering_machine_minutes", 180),
        ("delays.busy_minutes", 10),
        ("delays.callback_days", 1),
        ("delays.break_off_days", 1),
        ("delays.conversion_days", 10),
        ("caps.attempts_per_day", 2),
        ("caps.attempts_per_week", 4),
        ("caps.attempts", 10),
        ("caps.attempts_with_appointment", 12),
        ("caps.busy_dials_per_attempt", 3),
        ("caps.gap_minutes", 180),
        ("caps.conversions", 1),
        ("caps.day_parts", 3),
        ("holding.lease_seconds", 120),
        ("holding.heartbeat_seconds", 20),
        ("holding.interrupted_minutes", 10),
        ("holding.firm_early_minutes", 2),
        ("holding.owner_quiet_minutes", 5),
        ("holding.owner_grace_minutes", 10),
        ("holding.missed_minutes", 30),
        ("holding.suspended_hours", 48),
        ("holding.fresh_ratio", 3),
        ("first_attempt_until", time(20)),
        ("always_open", False),
    ],
)
def test_the_standard_protocol_is_the_rules_of_the_floor(where: str, default: object) -> None:
    found: Any = STANDARD
    for name in where.split("."):
        found = getattr(found, name)
    assert found == default


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS.keys())
def test_a_protocol_survives_being_stored(preset: Protocol) -> None:
    assert Protocol.model_validate_json(preset.model_dump_json()) == preset


def test_a_demonstration_differs_in_its_hours_only() -> None:
    assert DEMONSTRATION.always_open
    assert DEMONSTRATION.caps == STANDARD.caps
    assert DEMONSTRATION.delays == STANDARD.delays


@pytest.mark.parametrize(
    "change",
    [
        {"tentatives": 3},  # an unknown key
        {"caps": {"attempts": 0}},  # nobody could ever be called
        {"caps": {"conversions": 2}},  # a second conversion would be harassment
        {"windows": {}},  # no window in the whole week
        {"windows": {"monday": [{"start": "14:00", "end": "10:00"}]}},  # ends before it begins
        {
            "windows": {"monday": [{"start": "10:00", "end": "13:00"}, {"start": "12:00", "end": "14:00"}]}
        },  # overlap
        {
            "windows": {"monday": [{"start": "10:00+01:00", "end": "13:00+01:00"}]}
        },  # hours are the household's own
        {"holding": {"lease_seconds": 0}},  # a lease that protects nothing
    ],
)
def test_a_protocol_that_cannot_work_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Protocol.model_validate(STANDARD.model_dump() | change)


def test_conversion_can_be_given_up() -> None:
    assert Protocol.model_validate(STANDARD.model_dump() | {"caps": {"conversions": 0}}).caps.conversions == 0


def test_a_protocol_in_force_cannot_be_changed_in_place() -> None:
    with pytest.raises(ValidationError):
        STANDARD.slot_minutes = 15  # type: ignore[misc]  # the very thing that must fail
