"""In mid-interview, the language of the script: what was answered stays, the question is read again in other words."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from cati.calling import observed, scripts
from cati.errors import CaseTaken, Invalid
from cati.events import EventKind
from cati.interviews import store as interviews
from cati.interviews.store import Event
from cati.scheduling import store as scheduling


def change_language(
    db: Connection, user_id: int, interview_id: int, language: str, *, key: UUID, now: datetime
) -> None:
    """Read the script in this language from now on, on whatever workstation it is resumed.

    Raises Invalid for a language that the questionnaire is not said in, CaseTaken when somebody else holds the case.
    """
    interview, standing = interviews.load_for(db, interview_id, user_id, key, now)
    compiled = scripts.script(db, interview.questionnaire_id)
    if language not in compiled.questionnaire.languages:
        raise Invalid(field="language")
    if standing.repeated:
        return
    if not standing.may_go_on:
        raise CaseTaken(case=interview.case_id)
    own = compiled.questionnaire.language
    moved = replace(interview, language=None if language == own else language)
    events = [
        Event(kind=EventKind.LANGUAGE, screen=language),
        scripts.shown(moved, compiled, scripts.route(moved, compiled)),
    ]
    until = now + scheduling.protocol_now(db, interview.wave_id, now).lease
    interviews.save_in_hand(db, interview, events, request=key, by=user_id, now=now, until=until)
    interviews.set_language(db, interview.id, moved.language)
    if standing.listening is not None:
        observed.follow_language(db, interview.id, standing.listening, now)
