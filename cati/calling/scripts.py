"""Published questionnaires ready to run, and the situation an interview's route is computed in."""

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import Connection, select

from cati.events import EventKind
from cati.interviews.store import Event, Interview
from cati.questionnaire import loader, routing
from cati.questionnaire.evaluation import Place
from cati.questionnaire.rotation import drawn_with
from cati.questionnaire.route import AnswerKey, Route, Situation, Spoken
from cati.questionnaire.routing import Compiled
from cati.questionnaire.wording import sentence, text_sha256
from cati.surveys.tables import questionnaires

#: Published texts never change, so each is compiled once per process, whatever the databases it is published in.
_compiled: dict[tuple[str | None, int], Compiled] = {}
_by_sha256: dict[str, Compiled] = {}


def script(db: Connection, questionnaire_id: int) -> Compiled:
    """The compiled questionnaire of an interview."""
    key = (db.engine.url.database, questionnaire_id)
    if key not in _compiled:
        row = db.execute(select(questionnaires).where(questionnaires.c.id == questionnaire_id)).one()
        if row.sha256 not in _by_sha256:
            _by_sha256[row.sha256] = routing.compile(loader.load(row.text, f"{row.code} {row.version}"))
        _compiled[key] = _by_sha256[row.sha256]
    return _compiled[key]


def situation(interview: Interview, compiled: Compiled) -> Situation:
    """What the interview's route depends on besides its answers."""
    redialled = interview.first_call is not None and interview.first_call < interview.call_no
    return Situation(
        sample=interview.sample,
        facts=interview.facts,
        case_id=interview.case_id,
        call_no=interview.call_no,
        intro_call=interview.first_call if redialled else None,
        version=drawn_with(interview.facts, compiled.questionnaire.version),
        confirmed=interview.confirmed,
    )


def spoken(
    interview: Interview,
    compiled: Compiled,
    *,
    interviewer: str = "",
    contact: Mapping[str, str] | None = None,
) -> Spoken:
    """What the texts of this interview may say. `contact` is given for the introduction only."""
    call = {
        "interviewer": interviewer,
        "institute": interview.institute,
        "bailleur": interview.bailleur,
        "dpo": interview.dpo_contact,
        "observed": False,
        "visit": interview.visit is not None,
    }
    return Spoken(
        situation=situation(interview, compiled),
        call=call,
        contact=contact or {},
        language=interview.language or "",
    )


def shown(interview: Interview, compiled: Compiled, route: Route, kind: EventKind = EventKind.SHOWN) -> Event:
    """The event of the screen that comes next, with the visit that an introduction announces."""
    if route.position is None:
        return Event(kind=kind, screen=route.ended or "end")
    question, iteration = route.position
    return Event(
        kind=kind,
        question=question,
        iteration=iteration,
        text_sha256=said_sha256(interview, compiled, route, (question, iteration)),
        visit_id=interview.visit if introduces(compiled, question) else None,
    )


def said_sha256(interview: Interview, compiled: Compiled, route: Route, key: AnswerKey) -> str:
    """The fingerprint of what is read aloud of a question in the language of the interview, without names."""
    asked = compiled.questionnaire.said_in(interview.language or "").questions[key[0]]
    before = asked.grid.stem if asked.grid else asked.group.ask if asked.group else None
    aloud = f"{before}\n{asked.ask}" if before else asked.ask
    here = Place(asked.loops, key[1])
    return text_sha256(sentence(compiled, aloud, route, spoken(interview, compiled), here))


def read_in(interview: Interview, language: str | None) -> Interview:
    """The interview as a screen in this language reads it out; as it is, where the screen named none."""
    return replace(interview, language=language) if language else interview


def introduces(compiled: Compiled, question: str) -> bool:
    """Whether the question is of the introduction, which each call has anew."""
    asked = compiled.questionnaire.questions[question]
    return compiled.questionnaire.block(asked.block).each_call


def route(interview: Interview, compiled: Compiled) -> Route:
    """Where the interview stands."""
    return compiled.route(situation(interview, compiled), interview.answers)
