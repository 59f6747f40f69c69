"""The columns that a questionnaire declares, in files that bailleurs send: headings, dates and words of every kind."""

import io
from datetime import date, datetime

import pytest
import xlsxwriter

from cati.errors import QuestionnaireRefused, SampleFileRefused
from cati.questionnaire import loader
from cati.questionnaire import sample as samples
from cati.questionnaire.model import Questionnaire, SampleColumn, SampleType
from cati.sample.columns import map_columns
from cati.sample.declared import by_heading
from cati.sample.files import read_sheet
from cati.sample.reading import Reading, read_households
from cati.sample.report import left_unknown, told
from cati.sample.rules import RejectReason
from tests.other_surveys import NEW_TENANTS, REQUEST, SURVEYS, UPKEEP, WORKS, every_survey, script

OPENS = date(2026, 11, 2)
NBSP = "\u00a0"


def the(survey: str) -> Questionnaire:
    return script(survey).questionnaire


def read(content: bytes, declared: Questionnaire, name: str = "extrait.csv") -> Reading:
    sheet = read_sheet(name, content)
    return read_households(sheet, opens_on=OPENS, demo=True, declared=declared.sample)


def a_text(*rows: str) -> bytes:
    """Lines as a bailleur's software writes them for Windows."""
    return "\r\n".join(rows).encode("cp1252")


def a_workbook(*rows: tuple[object, ...]) -> bytes:
    content = io.BytesIO()
    workbook = xlsxwriter.Workbook(content, {"default_date_format": "dd/mm/yyyy"})
    sheet = workbook.add_worksheet("Export")
    for line, row in enumerate(rows):
        for place, cell in enumerate(row):
            sheet.write(line, place, cell)
    workbook.close()
    return content.getvalue()


def test_the_tickets_of_a_bailleur_say_the_object_of_the_request_in_the_words_of_the_questionnaire() -> None:
    reading = read(
        a_text(
            "Réclamations du mois;;;;;",
            "N° contrat;GSM;QPV;NATURE_DE_LA_DEMANDE;Date de création;Commentaire ticket",
            "A1;06 39 98 00 01;O;Électricité;18/11/2026;fuite chez le voisin M. Obin",
            "A2;06 39 98 00 02;N;SERRURERIE;18-nov-26;",
            "A3;06 39 98 00 03;N;Fuite d'eau ;2026-11-18 09:40;",
            "A4;06 39 98 00 04;N;N/C;;",
        ),
        the(REQUEST),
    )
    assert {row.external_id: row.sample for row in reading.rows} == {
        "A1": {"objet": "electricite", "date_demande": "2026-11-18"},
        "A2": {"objet": "menuiserie", "date_demande": "2026-11-18"},
        "A3": {"objet": "plomberie", "date_demande": "2026-11-18"},
        "A4": {},
    }
    assert (reading.misread, reading.mapping.dropped) == ((), ("Commentaire ticket",))


def test_a_workbook_of_works_gives_days_and_yes_or_no_however_they_are_written() -> None:
    header = (
        "Matricule",
        "Tél. portable",
        "En QPV",
        "Type logement",
        "Date de réception des travaux",
        "Logement témoin",
    )
    rows = (
        (101, 639980001, "N", "Coll", date(2026, 3, 16), "O"),
        (102, 639980002, "N", "Pavillon", 46097, 1),
        (103, 639980003, "N", "", datetime.fromisoformat("2026-03-16 08:30"), "Non"),
        (104, 639980004, "N", "", "16 mars 2026", 0),
        (105, 639980005, "N", "", 20260316, "x"),
    )
    reading = read(a_workbook(header, *rows), the(WORKS), "travaux.xlsx")
    assert [row.sample["fin_travaux"] for row in reading.rows] == ["2026-03-16"] * 5
    assert [row.sample["temoin"] for row in reading.rows] == [True, True, False, False, True]
    assert [row.sample.get("type_logement") for row in reading.rows][:3] == ["collectif", "individuel", None]


def test_the_day_of_entry_of_new_tenants_is_a_day_there_and_a_year_in_the_triennale() -> None:
    content = a_text("id;tel;qpv;DATE_ENTREE", "A1;0639980001;O;15/09/2026")
    assert read(content, the(NEW_TENANTS)).rows[0].sample == {"date_entree": "2026-09-15"}
    usual = read_households(read_sheet("e.csv", content), opens_on=OPENS, demo=True)
    assert usual.rows[0].sample == {"annee_entree": 2026, "anciennete_ans": 0}


def test_a_cell_that_says_something_else_leaves_its_household_with_that_unknown_and_is_told() -> None:
    reading = read(
        a_text(
            "id;tel;qpv;Motif;Date du ticket",
            "A1;0639980001;O;bruit de Mme Delattre au 2e;31/02/2026",
            "A2;0639980002;O;Loyer;12/11/2026",
        ),
        the(REQUEST),
    )
    assert [row.sample for row in reading.rows] == [{}, {"objet": "loyer", "date_demande": "2026-11-12"}]
    assert [(cell.line, cell.heading, cell.column) for cell in reading.misread] == [
        (2, "Motif", "objet"), (2, "Date du ticket", "date_demande"),
    ]  # fmt: skip
    said = [left_unknown(cell) for cell in reading.misread]
    assert f"«{NBSP}Motif{NBSP}»" in said[0]
    assert "un de ces mots (plomberie, chauffage" in said[0]
    assert "une date" in said[1]
    assert "Delattre" not in said[0]  # a ticket may name a neighbour


def test_a_text_too_long_to_be_a_name_is_not_kept() -> None:
    told_to = (
        "Chauffage Service, voir avec M. Obin au 3e étage gauche qui se plaint depuis le mois de septembre"
    )
    content = a_text(
        "id;tel;qpv;Entreprise", "A1;0639980001;O;Chauffage Service", f"A2;0639980002;O;{told_to}"
    )
    reading = read(content, the(UPKEEP))
    assert [row.sample for row in reading.rows] == [{"prestataire": "Chauffage Service"}, {}]
    assert len(reading.misread) == 1


NEEDED = """
questionnaire: essai
version: "1"
sample:
  lot: {type: [a, b], headings: corps d'état}
  montant: decimal?
  étages: integer?
blocks:
  - {id: A, questions: [{id: A1, ask: "?", type: integer, when: 'sample.lot == "a"'}]}
"""


def test_a_file_without_a_column_that_the_questionnaire_needs_is_refused_and_says_which() -> None:
    with pytest.raises(SampleFileRefused, match=rf"«{NBSP}lot{NBSP}» \(un de ces mots \(a, b\)\)"):
        read(a_text("id;tel;qpv", "A1;0639980001;O"), loader.load(NEEDED))


def test_a_row_without_what_the_questionnaire_needs_is_rejected_with_its_column() -> None:
    rows = (
        "A1;0639980001;O;A;1 250,50;3",
        "A2;0639980002;O;;;",
        "A3;0639980003;O;c;12,5 €;2,0",
        "Total;3;;;;",
    )
    reading = read(a_text("id;tel;qpv;Corps d'état;Montant;Etages", *rows), loader.load(NEEDED))
    assert [row.sample for row in reading.rows] == [{"lot": "a", "montant": "1250.50", "étages": 3}]
    assert [(one.line, one.reason) for one in reading.rejects] == [
        (3, RejectReason.INCOMPLETE), (4, RejectReason.INCOMPLETE), (5, RejectReason.TOTAL),
    ]  # fmt: skip
    assert f"«{NBSP}Corps d'état{NBSP}»" in told(reading.rejects[0])
    assert "corrigez" in told(reading.rejects[0])


def test_a_contact_never_gets_among_the_columns_of_a_questionnaire() -> None:
    greedy = {
        "qui": SampleColumn(name="qui", type=SampleType.TEXT, headings=("nom", "tel", "adresse", "dette"))
    }
    mapping = map_columns(["id", "tel", "Nom", "Adresse", "Dette"], by_heading(greedy))
    assert (mapping.declared, mapping.refused) == ({}, ("Dette",))


@every_survey
def test_no_heading_that_a_survey_names_is_taken_by_what_every_file_has(survey: str) -> None:
    headings = [heading for column in the(survey).sample.values() for heading in column.headings]
    mapping = map_columns(["id", "tel", *headings], by_heading(the(survey).sample))
    assert sum(map(len, mapping.fields.values())) == 2
    assert mapping.refused == ()


def test_what_is_read_fits_what_is_declared() -> None:
    said = {"objet": "chauffage / ECS", "date_demande": "1er sept. 2026", "prestataire": "Gaz & Co", "lot": " VMC",
            "date_visite": "02/09/26", "fin_travaux": "46000", "temoin": "faux", "date_entree": "2026-10-01",
            "type_logement": "appartement", "chauffage": "individuel gaz"}  # fmt: skip
    content = a_text("id;tel;" + ";".join(said), "A1;0639980001;" + ";".join(said.values()))
    for survey in SURVEYS:
        (row,) = read(content, the(survey)).rows
        assert samples.problems(the(survey), {"qpv": False} | row.sample) == ()
        assert set(row.sample) == set(the(survey).sample) - {"qpv"}


@pytest.mark.parametrize(
    ("sample", "told_of"),
    [
        ("{objet: {headings: motif}}", "type"),
        ("{objet: {type: [a, b], values: {c: x}}}", "clé inconnue"),
        ("{objet: {type: text, heading: motif}}", "headings"),
        ("{objet: text, motif: {type: text, headings: [Objet]}}", "désigne déjà la colonne « objet »"),
    ],
)
def test_a_column_declared_wrongly_is_told_with_its_line(sample: str, told_of: str) -> None:
    text = f'questionnaire: essai\nversion: "1"\nsample: {sample}\nblocks: []\n'
    with pytest.raises(QuestionnaireRefused, match=told_of):
        loader.load(text)
