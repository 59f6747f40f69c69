"""Random respondents of a questionnaire, and a wave to keep their interviews in: what exports are tested on."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy import Connection, insert, select, update

from cati.cases.rules import CaseState, InterviewState, Outcome
from cati.cases.tables import cases
from cati.events import EventKind
from cati.interviews import store as interviews
from cati.interviews.store import Event, Opening
from cati.interviews.tables import interviews as interview_rows
from cati.people.rules import Role
from cati.people.store import insert_user
from cati.questionnaire import routing
from cati.questionnaire.model import Answer, Kind, Question, State, Value, answered
from cati.questionnaire.route import AnswerKey, Limits, Route, Situation
from cati.questionnaire.routing import Compiled
from cati.sample.tables import households, sample_imports
from cati.surveys import actions as surveys
from cati.surveys.rules import LegalBasis, LineDriver
from cati.surveys.tables import calendars
from tests.stories import proved

TRIENNALE = Path(__file__).parents[1] / "questionnaires/triennale.yaml"

TEXTS = (
    "L’ascenseur est tombé en panne, « encore » ; déçu",
    "=SOMME(A1:A9)",
    "+33 n’est pas un montant",
    "-",
    "@rappel",
    'dit "rien", puis\nraccroche',
    "é" * 3000,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A wave with its questionnaire, its bailleurs and one interviewer."""

    wave_id: int
    questionnaire_id: int
    compiled: Compiled
    bailleurs: Sequence[int]
    imports: Sequence[int]
    calendar_id: int
    interviewer_id: int


def a_field(
    db: Connection, now: datetime, *, text: str | None = None, code: str = "T26", bailleurs: int = 2
) -> Field:
    """A demo wave of the triennale, or of the questionnaire given as text."""
    wave_id = _wave(db, code, now)
    questionnaire_id, compiled = publish(db, text or TRIENNALE.read_text(encoding="utf-8"), now)
    surveys.set_questionnaire(db, wave_id, questionnaire_id)
    ids = [_bailleur(db, wave_id, f"{rank:02}") for rank in range(1, bailleurs + 1)]
    interviewer_id = insert_user(
        db,
        login=f"te-{code.lower()}",
        first_name="Camille",
        display_name="Camille T.",
        sort_key="camille t.",
        number=None,
        role=Role.INTERVIEWER,
        password_hash="x",
        created_at=now,
    )
    assert interviewer_id is not None
    return Field(
        wave_id=wave_id,
        questionnaire_id=questionnaire_id,
        compiled=compiled,
        bailleurs=ids,
        imports=[_import(db, wave_id, each, now) for each in ids],
        calendar_id=_calendar(db),
        interviewer_id=interviewer_id,
    )


def publish(db: Connection, text: str, now: datetime) -> tuple[int, Compiled]:
    """A published questionnaire, ready to run."""
    found = proved(text)
    return surveys.publish_questionnaire(db, found, now=now).id, routing.compile(found.questionnaire)


def a_sample(draw: random.Random) -> dict[str, object]:
    """The columns of a household in the triennale."""
    years = draw.choice([None, 0, 2, 4, 8, 15, 30])
    return {
        "qpv": draw.random() < 0.4,
        "type_logement": draw.choice(["collectif", "individuel"]),
        "anciennete_ans": years,
        "annee_entree": None if years is None else 2026 - years,
        "ascenseur": draw.choice([True, False, None]),
        "chauffage": draw.choice([1, 2, 3, None]),
    }


def respond(
    compiled: Compiled,
    situation: Situation,
    draw: random.Random,
    *,
    until: str | None = None,
    begun: Mapping[AnswerKey, Answer] | None = None,
) -> dict[AnswerKey, Answer]:
    """The answers of somebody who goes to the end, or up to the block `until`, which is not begun; those of `begun`
    are given already."""
    answers: dict[AnswerKey, Answer] = dict(begun or {})
    route = compiled.route(situation, answers)
    while route.position and compiled.questionnaire.questions[route.position[0]].block != until:
        question = compiled.questionnaire.questions[route.position[0]]
        entered = situation.sample.get("annee_entree")
        if question.id == "B1" and isinstance(entered, int) and draw.random() < 0.8:  # as the file says
            answers[route.position] = answered(entered)
        else:
            answers[route.position] = _given(
                question, compiled.limits(question, situation, route, route.position[1]), route, draw
            )
        route = compiled.route(situation, answers)
        if route.faults:  # soft ones: he confirms
            keys = {fault.key for fault in route.faults}
            situation = replace(situation, confirmed=situation.confirmed | keys)
            route = compiled.route(situation, answers)
    return answers


def add_interview(
    db: Connection,
    field: Field,
    now: datetime,
    *,
    sample: Mapping[str, object],
    answers: Mapping[AnswerKey, Answer] | None = None,
    draw: random.Random | None = None,
    state: InterviewState = InterviewState.COMPLETE,
    bailleur: int = 0,
    export_id: UUID | None = None,
    questionnaire_id: int | None = None,
) -> int:
    """An interview with the answers given, or drawn: opened and saved as the desk does. Returns its id."""
    case_id = add_case(db, field, sample, now, bailleur=bailleur, state=state)
    facts = {"year": 2026, "date": "2026-11-24"}
    situation = Situation(
        sample=sample, facts=facts, case_id=case_id, version=field.compiled.questionnaire.version
    )
    given = answers if answers is not None else respond(field.compiled, situation, draw or random.Random(1))
    opening = Opening(
        case_id=case_id,
        questionnaire_id=questionnaire_id or field.questionnaire_id,
        facts=facts,
        interviewer_id=field.interviewer_id,
        call_no=1,
    )
    interview_id = interviews.open_interview(db, opening, now)
    events = [
        Event(kind=EventKind.ANSWERED, question=question, iteration=iteration, answer=answer)
        for (question, iteration), answer in given.items()
    ]
    begun = replace(interviews.load(db, interview_id), first_call=None)
    interviews.save(
        db,
        begun,
        events,
        request=uuid4(),
        by=field.interviewer_id,
        now=now,
        state=InterviewState.COMPLETE,
        started_at=now,
        first_eligible_at=now,
        eligible_at=now,
        eligible_call=1,
        completed_at=now + timedelta(seconds=741),
    )
    columns = {"export_id": export_id} if export_id else {}
    chosen = update(interview_rows).where(interview_rows.c.id == interview_id)
    db.execute(chosen.values(state=state, **columns))
    return interview_id


def add_case(
    db: Connection,
    field: Field,
    sample: Mapping[str, object],
    now: datetime,
    *,
    bailleur: int = 0,
    state: InterviewState = InterviewState.COMPLETE,
) -> int:
    """A closed case of a household with these columns."""
    household_id = db.execute(
        insert(households)
        .values(
            wave_id=field.wave_id,
            bailleur_id=field.bailleurs[bailleur],
            external_id=uuid4().hex,
            qpv=bool(sample.get("qpv")),
            calendar_id=field.calendar_id,
            sample={name: value for name, value in sample.items() if name != "qpv"},
            import_id=field.imports[bailleur],
            line=1,
            row_sha256=b"",
            created_at=now,
            changed_at=now,
        )
        .returning(households.c.id)
    ).scalar_one()
    case_id: int = db.execute(
        insert(cases)
        .values(
            wave_id=field.wave_id,
            household_id=household_id,
            state=CaseState.CLOSED,
            close_reason=Outcome.COMPLETE if state is InterviewState.COMPLETE else Outcome.PARTIAL,
            since=now,
        )
        .returning(cases.c.id)
    ).scalar_one()
    return case_id


def _given(question: Question, limits: Limits, route: Route, draw: random.Random) -> Answer:
    if question.block == "INT":
        return answered(1)
    if question.specials and draw.random() < 0.12:
        return Answer(draw.choice(sorted(question.specials)))
    if not question.required and draw.random() < 0.5:
        return Answer(State.NA)
    return answered(_value(question, limits, route, draw))


def _value(question: Question, limits: Limits, route: Route, draw: random.Random) -> Value:  # noqa: C901, PLR0911, PLR0912  (one case for each type)
    match question.kind:
        case Kind.MULTIPLE:
            return _mentions(question, limits, draw)
        case Kind.RANKING:
            return draw.sample(
                limits.codes, min(question.max_choices or len(limits.codes), len(limits.codes))
            )
        case Kind.DATE:
            return str(limits.high or limits.low or "2024-03-12")
        case Kind.TIME:
            return str(limits.high or limits.low or "18:40")
        case Kind.PHONE:
            return "+33639981234"
        case Kind.INTEGER | Kind.SCALE | Kind.DURATION:
            return _number(question, limits, route, draw)
        case Kind.DECIMAL:
            return f"{draw.randint(0, 99)}.50"
        case Kind.TEXT:
            return draw.choice(TEXTS)
        case Kind.NOTE:
            return True
    return draw.choice(limits.codes)


def _mentions(question: Question, limits: Limits, draw: random.Random) -> list[int]:
    exclusive = {choice.code for choice in question.choices if choice.exclusive}
    code = draw.choice(limits.codes)
    others = [each for each in limits.codes if each not in exclusive]
    if code in exclusive or not others:
        return [code]
    return draw.sample(others, draw.randint(1, min(question.max_choices or 3, len(others))))


def _number(question: Question, limits: Limits, route: Route, draw: random.Random) -> int:
    low, high = int(limits.low or 0), int(limits.high or 10)
    household = route.visible.get("L2")
    if question.id == "L3" and household and isinstance(household.value, int):
        high = min(high, household.value - 1)  # fewer children than people
    return draw.randint(low, high)


def _wave(db: Connection, code: str, now: datetime) -> int:
    wave = surveys.NewWave(
        survey_id=surveys.create_survey(db, "triennale", "Enquête triennale"),
        code=code,
        name="Enquête triennale 2026",
        institute="Institut fictif",
        line=LineDriver.SIMULATED,
        is_demo=True,
    )
    return surveys.create_wave(db, wave, now)


def _bailleur(db: Connection, wave_id: int, code: str) -> int:
    bailleur_id = surveys.create_bailleur(db, code, f"Bailleur fictif n° {code}, é")
    part = surveys.Participation(
        opens_on=date(2026, 11, 2),
        closes_on=date(2027, 2, 1),
        objective=100,
        legal_basis=LegalBasis.LEGITIMATE_INTEREST,
        information_text="Données fictives",
        dpo_contact="dpo@example.org",
    )
    surveys.join_wave(db, wave_id, bailleur_id, part)
    return bailleur_id


def _import(db: Connection, wave_id: int, bailleur_id: int, now: datetime) -> int:
    imported: int = db.execute(
        insert(sample_imports)
        .values(
            wave_id=wave_id,
            bailleur_id=bailleur_id,
            file_name="extrait.csv",
            sha256="0" * 64,
            counts={},
            dropped_columns=[],
            imported_at=now,
        )
        .returning(sample_imports.c.id)
    ).scalar_one()
    return imported


def _calendar(db: Connection) -> int:
    found = db.execute(select(calendars.c.id).limit(1)).scalar_one_or_none()
    if found is not None:
        return int(found)
    added = insert(calendars).values(zone="Europe/Paris", holidays="FR").returning(calendars.c.id)
    return int(db.execute(added).scalar_one())
