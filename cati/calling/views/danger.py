"""What to say and do when somebody may be in danger."""

from collections.abc import Sequence

from sqlalchemy import Connection

from cati.calling import scripts
from cati.calling.holding import must_hold
from cati.calling.store import facts


def danger_script(db: Connection, user_id: int) -> Sequence[str]:
    """The lines that the questionnaire of the case in hand gives its interviewer."""
    held = must_hold(db, user_id)
    return scripts.script(db, facts.questionnaire_of(db, held.wave_id)).questionnaire.danger
