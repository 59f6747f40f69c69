"""What to say and do when somebody may be in danger."""

from collections.abc import Sequence

from sqlalchemy import Connection

from cati.calling import scripts
from cati.calling.holding import must_hold
from cati.calling.store import facts
from cati.interviews import store as interviews
from cati.questionnaire.wording import sentence


def danger_script(db: Connection, user_id: int) -> Sequence[str]:
    """The lines that the questionnaire of the case in hand gives its interviewer, in the language he speaks to it."""
    held = must_hold(db, user_id)
    interview = interviews.of_case(db, held.case_id)
    if interview is None:
        return scripts.script(db, facts.questionnaire_of(db, held.wave_id)).questionnaire.danger
    compiled = scripts.script(db, interview.questionnaire_id)
    said, route = scripts.spoken(interview, compiled), scripts.route(interview, compiled)
    lines = compiled.questionnaire.said_in(said.language).danger
    return [sentence(compiled, line, route, said) for line in lines]
