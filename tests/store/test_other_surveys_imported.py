"""The file of another survey, from the bailleur's software to what the interviewer reads: imported, called, said."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache

import pytest
from sqlalchemy import Connection, select

from cati.calling import scripts
from cati.calling.actions import waves
from cati.errors import SampleFileRefused
from cati.interviews import store as interviews
from cati.interviews.store import Interview
from cati.questionnaire import sample as samples
from cati.questionnaire import wording
from cati.questionnaire.route import Route
from cati.questionnaire.routing import Compiled
from cati.sample.actions import SampleFile
from cati.sample.report import ImportReport
from cati.sample.rules import RejectReason
from cati.sample.tables import households, sample_imports
from cati.scheduling.rules import DEMONSTRATION
from cati.sealing import Keys
from cati.surveys import actions as surveys
from cati.surveys.actions import NewWave, Participation
from cati.surveys.proving import Proved, prove
from cati.surveys.rules import LegalBasis, LineDriver
from tests.other_surveys import NEW_TENANTS, REQUEST, script, text_of
from tests.rules.test_sample_columns_declared import NEEDED, a_text, a_workbook
from tests.store.calls import Desk
from tests.stories import Wave, an_interviewer

NOW = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)

TICKETS = a_text(
    "Extraction GIS – réclamations closes;;;;;;;",
    "Réf. locataire;Civ.;Nom;GSM;Situé en QPV;Motif de la réclamation;Créé le;Impayés",
    "R-1;Mme;Bécue;06 39 98 00 01;O;PARTIES COMMUNES;19/11/26;",
    "R-2;M.;Noël;06 39 98 00 02;N;bruit chez Mme Obin;19/11/26;",
)
ENTRIES = a_workbook(
    ("Nouveaux entrants", "", "", "", ""),
    ("N° contrat", "Nom", "Tél. portable", "QPV", "Date d'entrée dans les lieux"),
    (4401, "Macrez", 639980003, "N", date(2026, 11, 10)),
    (4402, "Wiart", "", "O", "fin octobre"),
)


@dataclass(frozen=True, slots=True)
class Office:
    """A wave of one of the surveys, with one bailleur."""

    db: Connection
    keys: Keys
    wave_id: int
    bailleur_id: int

    def give(self, content: bytes, name: str, *, dry_run: bool = False) -> ImportReport:
        return waves.import_sample(
            self.db,
            wave_id=self.wave_id,
            bailleur_id=self.bailleur_id,
            file=SampleFile(name=name, content=content),
            keys=self.keys,
            now=NOW,
            dry_run=dry_run,
        )

    def samples(self) -> dict[str, dict[str, object]]:
        return {row.external_id: row.sample for row in self.db.execute(select(households))}


@cache
def proved(survey: str) -> Proved:
    """The survey, fit to be published."""
    found = prove(text_of(f"{survey}.yaml"), survey, text_of)
    assert isinstance(found, Proved)
    return found


def an_office(db: Connection, keys: Keys, survey: str, found: Proved | None = None) -> Office:
    survey_id = surveys.create_survey(db, survey, survey)
    made = NewWave(
        survey_id=survey_id,
        code=f"{survey}-2026",
        name=survey,
        institute="Enquêtes du Nord",
        line=LineDriver.SIMULATED,
        is_demo=True,
    )
    wave_id = surveys.create_wave(db, made, NOW)
    published = surveys.publish_questionnaire(db, found or proved(survey), now=NOW)
    surveys.set_questionnaire(db, wave_id, published.id)
    waves.set_protocol(db, wave_id, DEMONSTRATION, reason="ouverture", by=None, now=NOW)
    bailleur_id = surveys.create_bailleur(db, "07", "Opale Habitat")
    part = Participation(
        opens_on=NOW.date(),
        closes_on=NOW.date() + timedelta(days=30),
        objective=10,
        legal_basis=LegalBasis.PUBLIC_INTEREST,
        information_text="Texte",
        dpo_contact="dpo@exemple.fr",
    )
    surveys.join_wave(db, wave_id, bailleur_id, part)
    return Office(db, keys, wave_id, bailleur_id)


def an_interview_of(office: Office) -> tuple[Interview, Compiled, Route]:
    """The first household served, who agrees to the interview."""
    waves.open_wave(office.db, office.wave_id, NOW)
    wave = Wave(id=office.wave_id, bailleurs=(office.bailleur_id,), questionnaire_id=0)
    user_id = an_interviewer(office.db, NOW, waves=[wave])
    desk = Desk(db=office.db, keys=office.keys, user_id=user_id, now=NOW)
    tenant = desk.reaches(desk.takes())
    tenant.agrees()
    interview = interviews.load(office.db, tenant.interview_id)
    compiled = scripts.script(office.db, interview.questionnaire_id)
    return interview, compiled, scripts.route(interview, compiled)


def test_a_complaint_is_read_back_as_its_ticket_says_it(db: Connection, sealed: Keys) -> None:
    office = an_office(db, sealed, REQUEST)
    report = office.give(TICKETS.split(b"\r\nR-2")[0], "07_tickets.csv")
    assert office.samples() == {"R-1": {"objet": "communs", "date_demande": "2026-11-19"}}
    assert report.questionnaire_columns == {
        "objet": "Motif de la réclamation", "date_demande": "Créé le",
    }  # fmt: skip
    assert report.refused_columns == ("Impayés",)
    interview, compiled, route = an_interview_of(office)
    asked = compiled.questionnaire.questions["A1"]
    said = wording.question_texts(compiled, asked, route, scripts.spoken(interview, compiled)).text
    assert "il y a quelques jours, pour l’ascenseur, l’interphone ou les parties communes" in said


def test_what_a_ticket_says_in_its_own_words_is_told_and_never_kept(db: Connection, sealed: Keys) -> None:
    office = an_office(db, sealed, REQUEST)
    report = office.give(TICKETS, "07_tickets.csv")
    assert (report.accepted, report.misread_by_column()) == (2, {"objet": 1})
    assert office.samples()["R-2"] == {"date_demande": "2026-11-19"}
    (kept,) = db.execute(select(sample_imports)).all()
    assert kept.counts["misread"] == {"objet": 1}
    assert "Obin" not in str(kept)
    corrected = TICKETS.replace(b"bruit chez Mme Obin", b"Troubles de voisinage")
    assert len(office.give(corrected, "07_tickets.csv").changed_ids) == 1
    assert office.samples()["R-2"]["objet"] == "voisinage"


def test_a_new_tenant_is_asked_what_depends_on_his_day_of_entry(db: Connection, sealed: Keys) -> None:
    office = an_office(db, sealed, NEW_TENANTS)
    report = office.give(ENTRIES, "07_entrants.xlsx")
    assert office.samples() == {"4401": {"date_entree": "2026-11-10"}, "4402": {}}
    assert [(cell.line, cell.column) for cell in report.misread] == [(4, "date_entree")]
    questionnaire = script(NEW_TENANTS).questionnaire
    assert samples.problems(questionnaire, {"qpv": False} | office.samples()["4401"]) == ()
    _, _, route = an_interview_of(office)
    assert route.computed["jours_entree"] == 14
    # Asked from thirty days on, or when nobody knows: a visit since the entry would be too soon to ask about.
    assert "D1" not in {name for name, _ in route.items}


def test_what_the_file_lacks_is_said_and_a_trial_writes_nothing(db: Connection, sealed: Keys) -> None:
    office = an_office(db, sealed, REQUEST)
    report = office.give(a_text("id;tel;qpv;Motif", "A;0639980001;O;loyer"), "07.csv", dry_run=True)
    assert report.absent_columns == ("date_demande",)
    assert office.samples() == {}
    with pytest.raises(SampleFileRefused, match="téléphone"):
        office.give(a_text("id;Motif", "A;loyer"), "07.csv")


def test_an_incomplete_household_waits_for_the_corrected_file(db: Connection, sealed: Keys) -> None:
    found = prove(NEEDED)
    assert isinstance(found, Proved)
    office = an_office(db, sealed, "essai", found)
    header = "id;tel;qpv;lot"
    with pytest.raises(SampleFileRefused, match="ligne 2, colonne"):
        office.give(a_text(header, "A;0639980001;O;?"), "07.csv")
    report = office.give(a_text(header, "A;0639980001;O;?", "B;0639980002;O;b"), "07.csv")
    assert report.rejected() == {RejectReason.INCOMPLETE: 1}
    assert office.samples() == {"B": {"lot": "b"}}
    office.give(a_text(header, "A;0639980001;O;a", "B;0639980002;O;b"), "07.csv")
    assert office.samples() == {"A": {"lot": "a"}, "B": {"lot": "b"}}
