"""A little questionnaire in several versions, and an open wave that runs the first one: what versions are tested on."""

from datetime import datetime

from sqlalchemy import Connection

from cati.sealing import Keys
from cati.surveys import actions as surveys
from tests.stories import Household, Wave, a_wave, proved

FIRST = """
questionnaire: essai
version: "1"
eligible: "INT1 == 1"
marks: {interview: "INT1 == 1", leaseholder: "INT1 == 1"}
blocks:
  - id: INT
    each_call: true
    special: []
    questions:
      - {id: INT1, ask: Bonjour., type: single, choices: {1: Oui, 2: {label: Non, ends: refusal}}}
  - id: A
    title: Le logement
    questions:
      - {id: A1, ask: Content ?, type: single, choices: {1: Oui, 2: Plutôt, 3: Non}}
      - {id: A2, ask: Quoi ?, type: multiple, rotate: true, choices: {1: Loyer, 2: Calme, 3: Charges, 4: Voisins}}
      - {id: A3, ask: Combien de pièces ?, type: integer, min: 0, max: 9}
      - {id: A4, ask: Pourquoi ?, type: text, when: A1 == 3}
      - {id: A5, ask: Et demain ?, type: single, choices: {1: Mieux, 2: Pareil}}
"""
_A3 = "      - {id: A3, ask: Combien de pièces ?, type: integer, min: 0, max: 9}\n"

#: One code less, one question more before the end of the first version, a choice slipped in where the order turns.
SECOND = (
    FIRST.replace('version: "1"', 'version: "2"')
    .replace(", 2: Plutôt, 3: Non", ", 3: Non")
    .replace("{1: Loyer, 2:", "{5: Ascenseur, 1: Loyer, 2:")
    .replace(_A3, "      - {id: A25, ask: Et l'entrée ?, type: text}\n" + _A3)
)
#: A code that was taken out comes back and says something else.
REUSED = SECOND.replace('version: "2"', 'version: "3"').replace(", 3: Non", ", 2: Jamais, 3: Non")
#: The last question is not asked any more.
SHORTER = FIRST.replace('version: "1"', 'version: "1b"').replace(
    "      - {id: A5, ask: Et demain ?, type: single, choices: {1: Mieux, 2: Pareil}}\n", ""
)


def published(db: Connection, text: str, now: datetime) -> int:
    """The questionnaire, published; it has no defect."""
    return surveys.publish_questionnaire(db, proved(text), now=now).id


def a_wave_at_the_first_version(db: Connection, keys: Keys, now: datetime, households: int = 6) -> Wave:
    """An open wave whose interviews begin with FIRST: one bailleur, a place for every household."""
    rows = [Household(id=f"R{rank}", mobile=f"06 39 98 60 {rank:02}") for rank in range(1, households + 1)]
    wave = a_wave(db, keys, now, households=[rows], objective=households)
    surveys.set_questionnaire(db, wave.id, published(db, FIRST, now))
    return wave
