"""Writes a bailleur's extract as he would send it: his columns, his format, his oddities."""

import csv
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from random import Random

import xlsxwriter

from cati.sample.columns import folded
from cati.sample.generator.bailleurs import Bailleur, Quirk
from cati.sample.generator.households import Household

Value = str | int | date
_Row = list[Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: its name in each vocabulary of headers, and what stands in it."""

    snake: str
    accents: str
    capitals: str
    value: Callable[[Household], Value]

    def named(self, headers: str) -> str:
        """Its name in one vocabulary."""
        name: str = getattr(self, headers)
        return name


def _column(names: str, value: Callable[[Household], Value]) -> Column:
    snake, accents, capitals = names.split("|")
    return Column(snake=snake, accents=accents, capitals=capitals, value=value)


_COLUMNS = (
    _column("id_externe|N° contrat|REF_LOCATAIRE", lambda h: h.external_id),
    _column("civilite|Civilité|CIV", lambda h: "Mme" if h.woman else "M."),
    _column("nom|Nom|NOM_TITULAIRE", lambda h: h.last_name),
    _column("prenom|Prénom|PRENOM_TITULAIRE", lambda h: h.first_name),
    _column("nom_cotitulaire|Cotitulaire|NOM_CONJOINT", lambda h: h.co_holder),
    _column("tel_fixe|Tél. domicile|FIXE", lambda h: h.landline),
    _column("tel_mobile1|Tél. portable|GSM", lambda h: h.mobile),
    _column("tel_mobile2|Mobile 2|PORT.", lambda h: h.mobile2),
    _column("email|Courriel|E-MAIL", lambda h: ""),
    _column("adresse1|Adresse|ADRESSE_1", lambda h: f"{h.number_in_street} {h.residence.street}"),
    _column("porte|Bâtiment / porte|PORTE", lambda h: f"porte {h.number_in_street % 40}"),
    _column("code_postal|CP|CODE POSTAL", lambda h: h.residence.postcode),
    _column("commune|Ville|COMMUNE", lambda h: h.residence.commune),
    _column("code_residence|Programme|CODE_GROUPE", lambda h: h.residence.code),
    _column("libelle_residence|Nom résidence|LIB_RESIDENCE", lambda h: h.residence.name),
    _column("agence|Secteur|AGENCE", lambda h: h.residence.agency),
    _column(
        "type|Type de construction|TYPE_LOGEMENT",
        lambda h: "Individuel" if h.residence.house else "Collectif",
    ),
    _column("typologie|Typologie|TYPOLOGIE", lambda h: h.typology),
    _column("chauffage|Mode de chauffage|CHAUFFAGE", lambda h: h.residence.heating),
    _column("ascenseur|Ascenseur|ASCENSEUR", lambda h: "O" if h.residence.lift else "N"),
    _column("qpv|QPV (O/N)|EN_QPV", lambda h: "O" if h.residence.qpv_code else "N"),
    _column("code_qp|Code QP|CODE_QPV", lambda h: h.residence.qpv_code),
    _column("date_entree|Date d'entrée|DATE_BAIL", lambda h: h.entered_on),
    _column("tutelle|Mandataire|TUTELLE", lambda h: h.guardian),
    _column("opposition|Refus antérieur|OPPOSITION", lambda h: "O" if h.opposed else ""),
)
_DISPUTES = _column("contentieux|Contentieux|CONTENTIEUX", lambda h: "N")
_PHONES, _QPV, _ENTERED = slice(5, 8), 20, 22  # places in _COLUMNS


def write_extract(folder: Path, bailleur: Bailleur, leases: list[Household], random: Random) -> Path:
    """Write the file and return its path: « 01_habitat-des-trois-beffrois.csv »."""
    slug = folded(bailleur.name).replace(" ", "-")
    path = folder / f"{bailleur.code}_{slug}{bailleur.format.suffix}"
    columns = (*_COLUMNS, _DISPUTES) if Quirk.DISPUTES in bailleur.quirks else _COLUMNS
    rows: list[_Row] = [[column.value(lease) for column in columns] for lease in leases]
    _damage(rows, bailleur.quirks, random)
    _add_rows(rows, bailleur.quirks, random)
    title: list[_Row] = [[f"{bailleur.name} : extraction des locataires (données fictives)"], [""]]
    header: list[_Row] = [[column.named(bailleur.format.headers) for column in columns]]
    whole = [*(title if Quirk.TITLE in bailleur.quirks else []), *header, *rows]
    if bailleur.format.delimiter:
        _write_text(path, bailleur, whole)
    else:
        _write_workbook(path, bailleur.quirks, whole)
    return path


def _damage(rows: list[_Row], quirks: frozenset[Quirk], random: Random) -> None:
    """What happens to cells between the bailleur's software and his file."""
    for row in rows:
        if Quirk.NC in quirks:
            row[:] = ["N/C" if value == "" and random.random() < 0.3 else value for value in row]
        if Quirk.FLOATS in quirks:
            row[_PHONES] = [_as_float(value) if random.random() < 0.6 else value for value in row[_PHONES]]
        if Quirk.SCIENTIFIC in quirks and random.random() < 0.02:
            row[_PHONES] = [_as_scientific(value) for value in row[_PHONES]]
        if Quirk.BLANK_QPV in quirks and random.random() < 0.1:
            row[_QPV] = ""
        if Quirk.DATES not in quirks:
            row[_ENTERED] = f"{row[_ENTERED]:%d/%m/%Y}"


def _add_rows(rows: list[_Row], quirks: frozenset[Quirk], random: Random) -> None:
    """Rows that are no household, or one that stands above already."""
    households = len(rows)
    if Quirk.REPEATED in quirks:
        rows.extend(list(random.choice(rows[:households])) for _ in range(3))
    if Quirk.NO_ID in quirks:
        rows.append(["", *rows[0][1:]])
    if Quirk.EMPTY in quirks:
        for place in (households // 3, households // 2):
            rows.insert(place, [""] * len(rows[0]))
    if Quirk.TOTAL in quirks:
        rows.append([f"TOTAL : {households} baux", *([""] * (len(rows[0]) - 1))])


def _digits(value: Value) -> str:
    """The nine digits after the zero, where the cell holds one French number and nothing else; else ''."""
    digits = re.sub(r"[ .\-]", "", str(value))
    return digits[-9:] if re.fullmatch(r"0?[1-9]\d{8}", digits) else ""


def _as_float(value: Value) -> Value:
    return int(digits) if (digits := _digits(value)) else value


def _as_scientific(value: Value) -> Value:
    digits = _digits(value)
    return f"{digits[0]},{digits[1:6]}E+08" if digits else value


def _write_text(path: Path, bailleur: Bailleur, rows: list[_Row]) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=bailleur.format.delimiter, lineterminator="\r\n").writerows(rows)
    path.write_bytes(text.getvalue().encode(bailleur.format.encoding))


def _write_workbook(path: Path, quirks: frozenset[Quirk], rows: list[_Row]) -> None:
    # A fixed creation date: the same seed gives the same bytes.
    workbook = xlsxwriter.Workbook(path, {"constant_memory": True})
    workbook.set_properties({"created": datetime(2026, 1, 1), "title": "Données fictives"})  # noqa: DTZ001
    day = workbook.add_format({"num_format": "dd/mm/yyyy"})
    sheet = workbook.add_worksheet("Locataires")
    if Quirk.TITLE in quirks:
        sheet.merge_range(0, 0, 0, 9, rows[0][0])
    for line, row in enumerate(rows):
        for place, value in enumerate(row):
            _write_cell(sheet, line, place, value, day)
    workbook.close()


def _write_cell(
    sheet: "xlsxwriter.worksheet.Worksheet", line: int, place: int, value: Value, day: object
) -> None:
    match value:
        case date():
            sheet.write_datetime(line, place, value, day)
        case int():
            sheet.write_number(line, place, value)
        case str() if value:
            sheet.write_string(line, place, value)
