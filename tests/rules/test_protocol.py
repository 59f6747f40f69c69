"""A protocol is data: its defaults are the rules of the floor, and what cannot work is refused."""

from datetime import time
from typing import Any

import pytest
from pydantic import ValidationError

from cati.scheduling.rules import (
    CATALOGUE,
    DEMONSTRATION,
    PRESETS,
    PRUDENT,
    STANDARD,
    Preset,
    Protocol,
    chapters,
    contradictions,
    differences,
    nearest,
    read_protocol,
    texts_of,
    with_values,
)


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
    refused = read_protocol(change, STANDARD)
    assert isinstance(refused, tuple)
    assert all(each.sentence and each.path for each in refused)


def test_conversion_can_be_given_up() -> None:
    assert Protocol.model_validate(STANDARD.model_dump() | {"caps": {"conversions": 0}}).caps.conversions == 0


def test_a_protocol_in_force_cannot_be_changed_in_place() -> None:
    with pytest.raises(ValidationError):
        STANDARD.slot_minutes = 15  # type: ignore[misc]  # the very thing that must fail


# --- the presets


def test_there_is_a_preset_for_each_kind_of_study() -> None:
    assert list(CATALOGUE) == ["études standard", "prudent D.223-9", "post-intervention", "démonstration"]


@pytest.mark.parametrize("preset", CATALOGUE.values(), ids=CATALOGUE.keys())
def test_a_preset_says_what_it_is_for_and_where_it_comes_from(preset: Preset) -> None:
    assert preset.purpose
    assert preset.source
    assert contradictions(preset.protocol) == ()
    assert preset.protocol.always_open is preset.demonstration


@pytest.mark.parametrize(
    ("where", "value"),
    [
        ("delays.conversion_days", 60),
        ("caps.attempts_per_30_days", 4),
        ("rest.after", "contact"),
        ("rest.same_bailleur", False),
    ],
)
def test_prudence_is_the_article_of_the_code(where: str, value: object) -> None:
    part, name = where.split(".")
    assert getattr(getattr(PRUDENT, part), name) == value


# --- in words


def leaves(values: dict[str, Any], prefix: str = "") -> list[str]:
    """The paths of all figures of a protocol; the windows of a week are one."""
    found = []
    for name, value in values.items():
        part = isinstance(value, dict) and "monday" not in value
        found += leaves(value, f"{prefix}{name}.") if part else [f"{prefix}{name}"]
    return found


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS.keys())
def test_every_figure_is_explained_in_a_sentence(preset: Protocol) -> None:
    told = [figure for chapter in chapters(preset) for figure in chapter.figures]
    assert sorted(figure.path for figure in told) == sorted(leaves(preset.model_dump()))
    for figure in told:
        assert figure.said in figure.sentence
        assert figure.sentence.endswith(".")
        assert "{}" not in figure.sentence


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("caps.attempts_per_day", "Un foyer est appelé au plus 2 fois par jour."),
        ("delays.no_answer_minutes", "Après un appel sans réponse, le foyer n’est pas rappelé avant 3 h."),
        ("delays.no_answer_again_minutes", "Ne répond pas, encore : comme la première fois."),
        ("caps.attempts_per_30_days", "En trente jours : pas de plafond."),
        (
            "holding.suspended_hours",
            "Un entretien suspendu sans rendez-vous rend sa place de quota après 2 jours.",
        ),
        (
            "windows",
            "Un foyer s’appelle, à son heure à lui : du lundi au vendredi 10 h – 13 h et 14 h – 20 h 30 ; "
            "samedi 10 h – 18 h ; jamais le dimanche.",
        ),
    ],
)
def test_a_figure_reads_as_a_chief_would_say_it(path: str, sentence: str) -> None:
    told = {figure.path: figure.sentence for chapter in chapters(STANDARD) for figure in chapter.figures}
    assert told[path].replace("\u00a0", " ") == sentence


def test_what_differs_between_two_versions_is_told_figure_by_figure() -> None:
    other = with_values(STANDARD, {"caps.attempts": "8", "windows.saturday": ""})
    assert isinstance(other, Protocol)
    assert [(each.path, each.before, each.after) for each in differences(STANDARD, other)][1] == (
        "caps.attempts", "10\u00a0fois", "8\u00a0fois",
    )  # fmt: skip
    preset, changes = nearest(other)
    assert (preset.name, len(changes)) == ("études standard", 2)


# --- as somebody writes it


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS.keys())
def test_a_form_sent_back_untouched_changes_nothing(preset: Protocol) -> None:
    assert with_values(preset, texts_of(preset)) == preset


def test_a_file_changes_what_it_names_and_no_more() -> None:
    read = read_protocol({"preset": "prudent D.223-9", "caps": {"attempts": 6}}, STANDARD)
    assert isinstance(read, Protocol)
    assert [each.path for each in differences(PRUDENT, read)] == ["caps.attempts"]


@pytest.mark.parametrize(
    ("given", "path", "sentence"),
    [
        ({"caps": {"atempts": 6}}, "caps.atempts", "Clé inconnue : « atempts ». Vouliez-vous « attempts » ?"),
        ({"caps": {"attempts": 0}}, "caps.attempts", "Au moins 1."),
        ({"caps": {"conversions": 2}}, "caps.conversions", "Au plus 1."),
        ({"delays": {"busy_minutes": "bientôt"}}, "delays.busy_minutes", "Un nombre entier est attendu."),
        ({"rest": {"after": "refus"}}, "rest.after", "Une de ces valeurs : interview, contact."),
        ({"preset": "charte"}, "preset", "Préréglage inconnu."),
        ({"windows": {"sunday": []}}, "windows", "Au moins une plage d’appel dans la semaine."),
        (
            {"caps": {"attempts_with_appointment": 9}},
            "caps.attempts_with_appointment",
            "moins souvent que sans",
        ),
        ({"caps": {"attempts_per_week": 1}}, "caps.attempts_per_week", "sous celui d’un jour"),
        ({"caps": {"attempts_per_30_days": 3}}, "caps.attempts_per_30_days", "sous celui d’une semaine"),
        ({"holding": {"heartbeat_seconds": 100}}, "holding.heartbeat_seconds", "signe de vie deux fois"),
        ({"holding": {"missed_minutes": 10}}, "holding.missed_minutes", "tant qu’il est réservé"),
        (["caps"], "", "une suite de clés et de valeurs"),
    ],
)
def test_what_cannot_be_is_said_in_french_at_its_place(given: object, path: str, sentence: str) -> None:
    refused = read_protocol(given, STANDARD)
    assert isinstance(refused, tuple)
    assert [each.path for each in refused] == [path]
    assert sentence in refused[0].sentence


@pytest.mark.parametrize(
    ("path", "typed", "problem"),
    [
        ("windows.monday", "de dix à treize", "Une plage s’écrit"),
        ("windows.monday", "13:00-10:00", "commence avant de finir"),
        ("windows.monday", "10:00-13:00, 12:00-14:00", "sans se chevaucher"),
        ("first_attempt_until", "tard", "Une heure est attendue"),
        ("caps.gap_minutes", "", "Un nombre entier est attendu"),
        ("always_open", "peut-être", "« oui » ou « non »"),
    ],
)
def test_what_was_typed_wrong_is_said_beside_it(path: str, typed: str, problem: str) -> None:
    refused = with_values(STANDARD, {path: typed})
    assert isinstance(refused, tuple)
    assert problem in refused[0].sentence


@pytest.mark.parametrize(
    "typed", ["10:00-13:00, 14:00-20:30", "10h-13h et 14h-20h30", "10 h – 13 h ; 14 h – 20 h 30"]
)
def test_hours_may_be_typed_as_they_are_said(typed: str) -> None:
    read = with_values(PRUDENT, {"windows.monday": typed})
    assert isinstance(read, Protocol)
    assert read.windows.monday == STANDARD.windows.monday
