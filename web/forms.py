"""A submitted form becomes a typed value, or sentences to print beside its fields."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, TypeVar

from fastapi import Depends, Request
from pydantic import BaseModel, ValidationError

Form = TypeVar("Form", bound=BaseModel)

_SENTENCES = {
    "missing": "À remplir.",
    "string_too_short": "À remplir.",
    "string_too_long": "Trop long.",
    "int_parsing": "Un nombre entier est attendu.",
    "int_from_float": "Un nombre entier est attendu.",
    "decimal_parsing": "Un nombre est attendu.",
    "float_parsing": "Un nombre est attendu.",
    "greater_than_equal": "Trop petit.",
    "greater_than": "Trop petit.",
    "less_than_equal": "Trop grand.",
    "less_than": "Trop grand.",
    "enum": "Ce choix n’existe pas.",
    "literal_error": "Ce choix n’existe pas.",
}
_OTHERWISE = "Cette saisie n’est pas comprise."


@dataclass(frozen=True, slots=True)
class Refused:
    """The form as it was typed, with a sentence for each field that cannot be taken."""

    errors: Mapping[str, str]
    values: Mapping[str, str] = field(default_factory=dict)


def read(model: type[Form], fields: Mapping[str, str]) -> Form | Refused:
    """The form as `model`, or why not. A blank field is one that was not given."""
    given = {name: value.strip() for name, value in fields.items() if value.strip()}
    try:
        return model.model_validate(given)
    except ValidationError as refused:
        reasons = {
            str(error["loc"][0]): _sentence(error["type"]) for error in refused.errors() if error["loc"]
        }
        return Refused(reasons, given)


async def _fields(request: Request) -> dict[str, str]:
    form = await request.form()
    return {name: value for name, value in form.items() if isinstance(value, str)}


#: the texts of the form posted; of a repeated field, the last
Fields = Annotated[dict[str, str], Depends(_fields)]


def _sentence(kind: str) -> str:
    return _SENTENCES.get(kind, _OTHERWISE)
