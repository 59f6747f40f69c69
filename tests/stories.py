"""What tests begin with, in the field's words: a wave that is open, its households, who calls them, who answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy import Connection

from cati.calling import scripts
from cati.calling.actions import dialling, taking, waves
from cati.calling.actions.answering import Given, Recorded, Refused, ToConfirm, record_answer
from cati.cases.store.queue import Held
from cati.interviews import listening
from cati.interviews import store as interviews
from cati.people import actions as people
from cati.people.actions import NewAssignment, NewUser
from cati.people.passwords import Passwords
from cati.people.rules import Role
from cati.questionnaire.model import Kind, Question, Questionnaire
from cati.questionnaire.route import Route
from cati.sample.actions import SampleFile
from cati.scheduling.rules import DEMONSTRATION, Protocol
from cati.sealing import Keys
from cati.surveys import actions as surveys
from cati.surveys.actions import NewWave, Participation
from cati.surveys.proving import Proved, prove
from cati.surveys.rules import LegalBasis, LineDriver
from cati.telephony.rules import DialFacts
from cati.telephony.simulated import Fate, SimulatedLine

Outcome = Recorded | ToConfirm | Refused

PASSWORD = "une phrase de test"
TRIENNALE = Path(__file__).parents[1] / "questionnaires" / "triennale.yaml"

_HEADER = (
    "id_externe;civilite;nom;prenom;residence;adresse;code_postal;commune;tel_mobile;tel_fixe;qpv;type_logement;"
    "date_entree"
)
_NAMES = ("Lemaire", "Delattre", "Carpentier", "Wattrelos", "Duhamel", "Leclercq", "Verhaeghe", "Caron")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wave:
    """A wave whose field is open."""

    id: int
    bailleurs: tuple[int, ...]
    questionnaire_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Household:
    """A row of a bailleur's file."""

    id: str
    qpv: bool = False
    mobile: str = ""
    fixed: str = ""
    name: str = "Lemaire"

    @property
    def row(self) -> str:
        """The row as the file writes it."""
        return (
            f"{self.id};Mme;{self.name};Claude;Les Acacias;{self.id} rue des Lilas;59000;Lille;{self.mobile};"
            f"{self.fixed};{'O' if self.qpv else 'N'};collectif;15/03/2019"
        )


def some_households(count: int, *, prefix: str = "A", first: int = 1, qpv_every: int = 4) -> list[Household]:
    """Households with a mobile number each, every fourth with a second one; `first` keeps their numbers apart."""
    return [
        Household(
            id=f"{prefix}{rank}",
            qpv=rank % qpv_every == 0,
            mobile=f"06 39 98 {rank // 100:02} {rank % 100:02}",
            fixed=f"03 53 01 {rank // 100:02} {rank % 100:02}" if rank % 4 == 1 else "",
            name=_NAMES[rank % len(_NAMES)],
        )
        for rank in range(first, first + count)
    ]


@cache
def the_triennale() -> Questionnaire:
    """The questionnaire that interviews of these waves follow."""
    return proved(TRIENNALE.read_text()).questionnaire


@cache
def proved(text: str) -> Proved:
    """A questionnaire that may be published; proved once a run."""
    found = prove(text)
    assert isinstance(found, Proved), found.sentence
    return found


def a_wave(
    db: Connection,
    keys: Keys,
    now: datetime,
    *,
    households: Sequence[Sequence[Household]] | None = None,
    objective: int = 10,
    protocol: Protocol = DEMONSTRATION,
    line: LineDriver = LineDriver.SIMULATED,
    code: str = "triennale-2026",
    is_demo: bool = True,
) -> Wave:
    """An open wave of the triennale: one bailleur for each list of `households` (by default one, of twelve)."""
    survey_id = surveys.create_survey(db, "triennale", "Enquête triennale")
    made = NewWave(
        survey_id=survey_id,
        code=code,
        name="Enquête triennale 2026",
        institute="Enquêtes du Nord",
        line=line,
        is_demo=is_demo,
    )
    wave_id = surveys.create_wave(db, made, now)
    questionnaire_id = a_published_triennale(db, now)
    surveys.set_questionnaire(db, wave_id, questionnaire_id)
    waves.set_protocol(db, wave_id, protocol, reason="ouverture", by=None, now=now)
    lists = [some_households(12)] if households is None else households
    bailleurs = tuple(
        a_bailleur(db, keys, wave_id, rank, rows, now, objective=objective)
        for rank, rows in enumerate(lists, start=1)
    )
    waves.open_wave(db, wave_id, now)
    return Wave(id=wave_id, bailleurs=bailleurs, questionnaire_id=questionnaire_id)


def a_published_triennale(db: Connection, now: datetime) -> int:
    """The triennale, published; found again when it is already."""
    return surveys.publish_questionnaire(db, proved(TRIENNALE.read_text()), now=now).id


def a_bailleur(
    db: Connection,
    keys: Keys,
    wave_id: int,
    rank: int,
    households: Sequence[Household],
    now: datetime,
    *,
    objective: int = 10,
) -> int:
    """A bailleur of the wave, with his file imported; his field is not open yet."""
    bailleur_id = surveys.create_bailleur(db, f"{rank:02}", f"Habitat des Flandres {rank}")
    today = now.date()
    part = Participation(
        opens_on=today,
        closes_on=today + timedelta(days=90),
        objective=objective,
        legal_basis=LegalBasis.PUBLIC_INTEREST,
        information_text="Votre bailleur nous a confié vos coordonnées pour cette enquête.",
        dpo_contact="dpo@exemple.fr",
    )
    surveys.join_wave(db, wave_id, bailleur_id, part)
    content = "\r\n".join((_HEADER, *(household.row for household in households))).encode("cp1252")
    file = SampleFile(name=f"extrait-{rank:02}.csv", content=content)
    waves.import_sample(db, wave_id=wave_id, bailleur_id=bailleur_id, file=file, keys=keys, now=now)
    return bailleur_id


def an_interviewer(
    db: Connection,
    now: datetime,
    *,
    waves: Sequence[Wave] = (),
    login: str = "interviewer",
    first_name: str = "Camille",
    skill: str = "",
) -> int:
    """An interviewer who calls for these waves; the password is PASSWORD."""
    new = NewUser(
        login=login,
        first_name=first_name,
        display_name=f"{first_name} {login}",
        role=Role.INTERVIEWER,
        password=PASSWORD,
    )
    user_id = people.create_user(db, Passwords(least_cost=True), new, now)
    assert isinstance(user_id, int)
    for wave in waves:
        people.assign(db, NewAssignment(user_id=user_id, wave_id=wave.id, starts_at=now, skill=skill), now)
    return user_id


def a_case_in_hand(db: Connection, user_id: int, now: datetime) -> Held:
    """The next case, taken by this interviewer."""
    held = taking.take_next_case(db, user_id, now)
    assert isinstance(held, Held)
    taking.open_card(db, user_id, held, now)
    return held


def a_dial_that(fate: Fate, line: SimulatedLine | None = None) -> UUID:
    """The key of a dial that meets this fate on the simulated line."""
    drawn = line or SimulatedLine()
    at = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
    while True:
        dial_id = uuid4()
        if drawn.fate(DialFacts(dial_id=dial_id, placed_at=at)) is fate:
            return dial_id


def an_interview(db: Connection, keys: Keys, user_id: int, phone_id: int, now: datetime) -> int:
    """A call that a person answers, of the case in hand; returns the interview, at its first question."""
    dial_id = a_dial_that(Fate.PERSON)
    dialling.dial(db, user_id, phone_id, dial_id=dial_id, keys=keys, now=now)
    return dialling.answer(db, user_id, dial_id, request=uuid4(), now=now + timedelta(seconds=20))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """Somebody on the line, whose answers an interviewer types."""

    db: Connection
    user_id: int
    interview_id: int
    now: datetime

    def says(
        self, question: str, *values: object, special: str | None = None, confirm: Sequence[str] = ()
    ) -> Outcome:
        """One answer, in the call under way."""
        interview = interviews.load(self.db, self.interview_id)
        read = scripts.script(self.db, interview.questionnaire_id).questionnaire
        each_call = read.block(read.questions[question].block).each_call
        given = Given(
            question=question,
            iteration=f"c{interview.call_no}" if each_call else "",
            values=tuple(map(str, values)),
            special=special,
            confirm=frozenset(confirm),
            key=uuid4(),
            seen=interview.seq,
            visit=listening.visit_on(
                self.db, interview.wave_id, interview.bailleur_id, self.user_id, self.now
            ),
        )
        return record_answer(self.db, self.user_id, self.interview_id, given, self.now)

    def agrees(self) -> Outcome:
        """The whole introduction, said yes to."""
        for question in ("INT1", "INT2", "INT3"):
            self.says(question, 1)
        return self.says("INT4", 1)

    def answers_on(self, until: str | None = None, **told: object) -> Route:
        """What is asked from here on, up to the question `until` or the end: `told`, else a plain answer."""
        interview = interviews.load(self.db, self.interview_id)
        compiled = scripts.script(self.db, interview.questionnaire_id)
        route = scripts.route(interview, compiled)
        while route.position is not None and route.position[0] != until:
            question = compiled.questionnaire.questions[route.position[0]]
            said = told.get(question.id, plain_answer(question))
            outcome = self.says(question.id, *([] if said is None else [said]))
            assert isinstance(outcome, Recorded), (question.id, outcome)
            route = outcome.route
        return route


def plain_answer(question: Question) -> object:
    """What somebody content answers to a question; None where a note is only passed."""
    if question.id == "B1":
        return 2019  # as the file says
    match question.kind:
        case Kind.TEXT:
            return "Rien à signaler"
        case Kind.INTEGER:
            return 45 if question.id == "L1" else 1
        case Kind.SCALE:
            return 8
        case Kind.NOTE:
            return None
    return question.choices[0].code if question.choices else 1
