"""Logs tell of the system, never of a person."""

import pytest

from cati.logs import without_persons


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("appel du 06 39 98 12 34 refusé", "appel du […] refusé"),
        ("+33639981234", "[…]"),
        ("03.53.01.00.01 et 0199001234", "[…] et […]"),
        ("dossier 38000, entretien 12345678", "dossier 38000, entretien 12345678"),  # ids stay
        ("2026-11-24", "2026-11-24"),
    ],
)
def test_a_number_never_reaches_the_log(said: str, kept: str) -> None:
    assert without_persons(None, "info", {"event": said})["event"] == kept


def test_a_name_under_its_own_key_never_reaches_the_log() -> None:
    told = without_persons(None, "info", {"event": "case", "last_name": "Lemaire", "case_id": 7})
    assert told == {"event": "case", "last_name": "[…]", "case_id": 7}
