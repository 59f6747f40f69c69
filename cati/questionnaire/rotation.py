"""The order in which choices, items and blocks are shown: drawn per case, the same on every workstation, for ever."""

import hashlib
from collections.abc import Sequence

from cati.questionnaire.model import Choice

#: « Autre » and « Rien » stay last, whatever is drawn.
LAST_CODES = frozenset({94, 95})


def order(case_id: int, what: str, version: str, n: int) -> tuple[int, ...]:
    """A permutation of 0..n-1 that depends on the case, on what turns and on the version only."""
    return tuple(sorted(range(n), key=lambda place: _draw(case_id, what, version, place)))


def turn_choices(
    choices: Sequence[Choice], *, case_id: int, question_id: str, version: str
) -> tuple[Choice, ...]:
    """The choices in this case's order; fixed ones and codes 94 and 95 keep their places."""
    places = [place for place, choice in enumerate(choices) if not _stays(choice)]
    drawn = order(case_id, question_id, version, len(places))
    turned = list(choices)
    for place, rank in zip(places, drawn, strict=True):
        turned[place] = choices[places[rank]]
    return tuple(turned)


def _stays(choice: Choice) -> bool:
    return choice.fixed or choice.code in LAST_CODES


def _draw(case_id: int, what: str, version: str, place: int) -> bytes:
    # Not hash(): it differs from one process to the next.
    return hashlib.sha256(f"{case_id}|{what}|{version}|{place}".encode()).digest()
