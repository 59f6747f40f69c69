"""Bailleurs' files, whatever wrote them, and what their columns are called."""

import io
from contextlib import suppress
from datetime import date

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from cati.errors import SampleFileRefused
from cati.sample.columns import Field, map_columns
from cati.sample.files import Sheet, read_sheet
from cati.sample.frame import read_frame
from cati.sample.reading import Reading, read_households
from cati.sample.rules import RejectReason

TABLE = (
    ("N° contrat", "Nom", "Tél. portable"),
    ("A1", "Bécue", "06 39 98 00 01"),
    ("A2", "Noël", "03 53 01 00 02"),
)


def a_text(delimiter: str = ";", rows: tuple[tuple[str, ...], ...] = TABLE) -> str:
    return "\r\n".join(delimiter.join(row) for row in rows) + "\r\n"


def a_workbook(*rows: tuple[object, ...], merged: bool = False, first_sheet: str = "") -> bytes:
    content = io.BytesIO()
    workbook = xlsxwriter.Workbook(content, {"default_date_format": "dd/mm/yyyy"})
    if first_sheet:
        workbook.add_worksheet(first_sheet).write(0, 0, "Merci de ne pas modifier")
    sheet = workbook.add_worksheet("Locataires")
    for line, row in enumerate(rows):
        for place, cell in enumerate(row):
            sheet.write(line, place, cell)
    if merged:
        sheet.merge_range(0, 0, 0, 2, rows[0][0])
    workbook.close()
    return content.getvalue()


def households(sheet: Sheet) -> Reading:
    return read_households(sheet, opens_on=date(2026, 11, 2), demo=True)


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "latin-1", "utf-16"])
def test_a_text_is_read_in_any_encoding_with_any_separator(encoding: str, delimiter: str) -> None:
    sheet = read_sheet("extrait.csv", a_text(delimiter).encode(encoding))
    assert sheet.header == TABLE[0]
    assert [line.cells for line in sheet.below] == [TABLE[1], TABLE[2]]


def test_windows_punctuation_is_read() -> None:
    sheet = read_sheet("e.csv", a_text().replace("Noël", "N’Œil…€").encode("cp1252"))
    assert sheet.below[1].cells[1] == "N’Œil…€"
    assert "cp1252" in sheet.described


def test_a_quoted_cell_may_hold_the_separator_and_a_line_break() -> None:
    rows = a_text() + '"A3";"De ""la""\r\nTour; Marie";0639980003\r\nA4;Wiart;0639980004\r\n'
    sheet = read_sheet("e.csv", rows.encode())
    assert [line.number for line in sheet.below] == [2, 3, 4, 6]
    assert sheet.below[2].cells[1] == 'De "la"\r\nTour; Marie'


def test_a_workbook_with_telephones_as_numbers_restores_their_zero() -> None:
    reading = households(
        read_sheet("e.xlsx", a_workbook(TABLE[0], ("A1", "Obin", 639980001), ("A2", "Evrard", 353010002.0)))
    )
    assert [row.numbers[0].phone.e164 for row in reading.rows] == ["+33639980001", "+33353010002"]


def test_a_merged_title_above_the_header_is_a_rejected_row() -> None:
    content = a_workbook(("Extraction du 2 novembre", "", ""), ("",), *TABLE, merged=True)
    reading = households(read_sheet("e.xlsx", content))
    assert [row.line for row in reading.rows] == [4, 5]
    assert [(one.line, one.reason) for one in reading.rejects] == [(1, RejectReason.TITLE)]


def test_the_households_are_found_on_whatever_sheet_they_are() -> None:
    sheet = read_sheet("e.xlsx", a_workbook(*TABLE, first_sheet="Lisez-moi"))
    assert (len(sheet.below), "Locataires" in sheet.described) == (2, True)


def test_dates_of_excel_and_of_people_are_one_date() -> None:
    header = ("id", "tel", "date entrée")
    rows = [
        ("A", "", date(2019, 3, 15)),
        ("B", "", 43539),
        ("C", "", "15/03/2019"),
        ("D", "", "2019-03-15"),
    ]
    reading = households(read_sheet("e.xlsx", a_workbook(header, *rows)))
    assert [row.sample for row in reading.rows] == [{"annee_entree": 2019, "anciennete_ans": 7}] * 4


def test_rows_that_are_no_household_are_rejected_with_their_line() -> None:
    rows = (
        *TABLE,
        ("", "", ""),  # 4: empty
        ("A1", "Bécue", ""),  # 5: repeated
        ("", "Macrez", "0639980003"),  # 6: no identifier
        TABLE[0],  # 7: the header of another sheet
        ("Total", "", "4"),  # 8
        ("Nombre de baux : 4", "", ""),  # 9
    )
    reading = households(read_sheet("e.csv", a_text(rows=rows).encode()))
    assert len(reading.rows) == 2
    assert {one.line: one.reason.value for one in reading.rejects} == {
        4: "empty", 5: "repeated", 6: "no_id", 7: "title", 8: "total", 9: "total",
    }  # fmt: skip


def test_blank_rows_at_the_end_are_nothing() -> None:
    assert households(read_sheet("e.csv", (a_text() + ";;\r\n" * 500).encode())).rejects == ()


def test_an_identifier_stored_as_a_number_keeps_no_decimals() -> None:
    reading = households(read_sheet("e.xlsx", a_workbook(TABLE[0], (10042.0, "Obin", "0639980001"))))
    assert reading.rows[0].external_id == "10042"


def test_not_communicated_is_nothing() -> None:
    rows = (TABLE[0], ("A1", "N/C", "N/C"))
    (row,) = households(read_sheet("e.csv", a_text(rows=rows).encode())).rows
    assert (row.contact.last_name, row.numbers, row.refusals) == ("", (), ())


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "vide"),
        (b"\r\n \r\n", "vide"),
        (b"PK\x03\x04 broken", "mot de passe"),
        (b"\xd0\xcf\x11\xe0 broken", "mot de passe"),
        (b"bonjour\r\nvoici le fichier\r\n", "en-tête"),
        ("Nom;Prénom;Tél. portable\r\nObin;Léa;0639980001\r\n".encode(), "identifiant"),
        ("N° contrat;Nom;Prénom\r\n1;Obin;Léa\r\n".encode(), "téléphone"),
        (b"\x00\x01\x02\x03" * 500, "en-tête"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_plain_french(content: bytes, told: str) -> None:
    with pytest.raises(SampleFileRefused, match=told):
        households(read_sheet("extrait", content))


@given(st.binary(max_size=400))
def test_no_file_stops_the_importer_but_by_a_refusal(content: bytes) -> None:
    with suppress(SampleFileRefused):
        households(read_sheet("extrait", content))


@pytest.mark.parametrize(
    "header",
    [
        "Tél. portable",
        "GSM",
        "Mobile 1",
        "Port.",
        "TEL_MOBILE_2",
        "téléphone fixe",
        "Tel",
        "N° de téléphone",
        "telmobile1",
    ],
)
def test_a_column_of_numbers_is_known_by_any_of_its_names(header: str) -> None:
    assert map_columns(["id", header]).fields[Field.PHONE] == (1,)


@pytest.mark.parametrize(
    "header", ["Tél. agence", "Fax", "Porte", "Téléphone du tuteur", "Type de téléphone", "Rapport"]
)
def test_numbers_of_others_than_the_tenant_are_not_read(header: str) -> None:
    mapping = map_columns(["id", "tel", header])
    assert (mapping.fields[Field.PHONE], mapping.dropped) == ((1,), (header,))


def test_a_column_not_needed_is_dropped_and_listed() -> None:
    mapping = map_columns(["id", "tel", "Typologie", "Date de naissance", "Nom", "nom"])
    assert mapping.dropped == ("Typologie", "Date de naissance", "nom")


@pytest.mark.parametrize("header", ["Contentieux", "Impayés", "SOLDE_COMPTE", "Procédure d'expulsion"])
def test_a_column_that_a_study_has_no_right_to_is_refused(header: str) -> None:
    mapping = map_columns(["id", "tel", header])
    assert (mapping.refused, mapping.dropped) == ((header,), ())


def test_the_frame_is_read_and_its_mistakes_are_told_by_line() -> None:
    good = "Bailleur;Nom;QPV;Ménages\n01;X;O;1 200\n01;X;N;3000\nTotal;;;4200\n"
    assert read_frame("base.csv", good.encode()) == {("01", True): 1200, ("01", False): 3000}
    with pytest.raises(SampleFileRefused, match="ligne 3"):
        read_frame("base.csv", good.replace("N;3000", "?;3000").encode())
    with pytest.raises(SampleFileRefused, match="déjà"):
        read_frame("base.csv", good.replace("N;3000", "O;3000").encode())
    with pytest.raises(SampleFileRefused, match="menages"):
        read_frame("base.csv", b"bailleur;qpv\n01;O\n")
