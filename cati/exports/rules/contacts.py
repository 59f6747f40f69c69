"""No contact leaves: whatever is named like one is refused, wherever it comes from."""

import re
from collections.abc import Iterable

from cati.errors import QuestionnaireRefused
from cati.people.rules import folded

#: The columns of contacts and phones, and what files and questionnaires call them.
_WORDS = frozenset(
    """nom noms prenom prenoms civilite civility titulaire cotitulaire holder surname
    tel tels telephone telephones phone phones mobile portable gsm e164 hmac
    email mail mel courriel adresse adresses address street rue postcode postal cp commune ville city
    residence naissance birthdate iban""".split()  # noqa: SIM905  (a list of words is read as one)
)
_WHOLE = frozenset({"last_name", "first_name", "co_holder", "language", "raw", "household_id", "external_id"})
_PARTS = re.compile(r"[^a-z0-9]+")


def is_contact(name: str) -> bool:
    """Whether a column of this name says, or could say, who a person is or how to reach him."""
    plain = folded(name)
    words = {word.rstrip("0123456789") if word != "e164" else word for word in _PARTS.split(plain)}
    return plain in _WHOLE or bool(words & _WORDS)


def refuse_contacts(names: Iterable[str]) -> None:
    """Raises QuestionnaireRefused when one of these columns is named like a contact."""
    found = sorted({name for name in names if is_contact(name)})
    if found:
        listed = ", ".join(f"« {name} »" for name in found)
        raise QuestionnaireRefused(
            f"Aucune coordonnée ne sort d’un export : renommez ou retirez {listed} du questionnaire."
        )
