"""The order in which choices, items and blocks are shown: drawn per case, the same on every workstation, for ever.

Each thing is drawn by its own name or code, not by its place: what a later version adds or takes out leaves the order
of all the others as the respondent knows it.
"""

import hashlib
from collections.abc import Hashable, Mapping, Sequence

from cati.questionnaire.model import Choice

#: « Autre » and « Rien » stay last, whatever is drawn.
LAST_CODES = frozenset({94, 95})

#: Among the facts of an interview that moved to another version: the one its orders are drawn with.
DRAWN = "drawn"


def drawn_with(facts: Mapping[str, object], version: str) -> str:
    """The version that an interview's orders are drawn with: the one it began with, whatever `version` it is at now."""
    return str(facts.get(DRAWN, version))


def order(case_id: int, what: str, version: str, names: Sequence[Hashable]) -> tuple[int, ...]:
    """The places of these names, in an order that depends on the case, on what turns and on the version only.

    Two names stand to each other as they do whatever other names there are.
    """
    return tuple(sorted(range(len(names)), key=lambda place: _draw(case_id, what, version, names[place])))


def turn_choices(
    choices: Sequence[Choice], *, case_id: int, question_id: str, version: str
) -> tuple[Choice, ...]:
    """The choices in this case's order; fixed ones and codes 94 and 95 keep their places."""
    places = [place for place, choice in enumerate(choices) if not _stays(choice)]
    drawn = order(case_id, question_id, version, [choices[place].code for place in places])
    turned = list(choices)
    for place, rank in zip(places, drawn, strict=True):
        turned[place] = choices[places[rank]]
    return tuple(turned)


def _stays(choice: Choice) -> bool:
    return choice.fixed or choice.code in LAST_CODES


def _draw(case_id: int, what: str, version: str, name: Hashable) -> bytes:
    # Not hash(): it differs from one process to the next.
    return hashlib.sha256(f"{case_id}|{what}|{version}|{name}".encode()).digest()
