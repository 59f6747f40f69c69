"""Who is never called by what the bailleur's file says of him: under guardianship, or a leaseholder under age."""

import pytest

from cati.sample.columns import Field, map_columns
from cati.sample.rules import NOT_CALLABLE_LABELS, NotCallable, own_reason


@pytest.mark.parametrize(
    "heading", ["Tutelle", "Sous tutelle", "Curatelle", "Mandataire", "Titulaire mineur", "MINEUR"]
)
def test_a_column_that_says_it_is_found_whatever_its_name(heading: str) -> None:
    mapping = map_columns(["id_externe", "tel_mobile", heading])
    assert mapping.fields[Field.GUARDIANSHIP] == (2,)


@pytest.mark.parametrize("heading", ["tel gardien", "tel agence", "tel mandataire"])
def test_the_numbers_of_the_staff_or_of_a_guardian_are_never_the_tenants(heading: str) -> None:
    mapping = map_columns(["id_externe", "tel_mobile", heading])
    assert mapping.fields[Field.PHONE] == (1,)


def test_only_an_opposition_is_graver() -> None:
    reason = own_reason(opposed=False, under_guardianship=True, has_number=True, qpv=True)
    assert reason is NotCallable.GUARDIANSHIP
    assert NOT_CALLABLE_LABELS[reason] == "tutelle, mandataire ou titulaire mineur"
