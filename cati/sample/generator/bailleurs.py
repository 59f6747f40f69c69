"""The 26 fictional bailleurs: stock, sample drawn, what their homes are like, and how they write a file."""

from dataclasses import dataclass
from enum import StrEnum


class Quirk(StrEnum):
    """What is odd in a bailleur's file, beyond its format."""

    TITLE = "title"  #: a merged title above the header
    TOTAL = "total"  #: a totals row at the end
    EMPTY = "empty"  #: empty rows in the middle
    REPEATED = "repeated"  #: a few leases twice
    NO_ID = "no_id"  #: a row without its identifier
    NC = "nc"  #: « N/C » where nothing is known
    FLOATS = "floats"  #: telephone numbers stored as numbers: the leading zero is lost
    SCIENTIFIC = "scientific"  #: some numbers saved as 6,39981E+08
    DATES = "dates"  #: dates as Excel's dates, not texts
    DISPUTES = "disputes"  #: a column that a study has no right to
    BLANK_QPV = "blank_qpv"  #: QPV left blank, often with the code beside it


@dataclass(frozen=True, slots=True)
class Format:
    """How a file is written. `delimiter` '' is a workbook; `headers` names a vocabulary of columns."""

    headers: str
    delimiter: str
    encoding: str = "utf-8"

    @property
    def suffix(self) -> str:
        """The extension of the file."""
        return {"": ".xlsx", "\t": ".txt"}.get(self.delimiter, ".csv")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bailleur:
    """A fictional bailleur. Shares are percentages of the households drawn."""

    code: str
    name: str
    kind: str
    stock: int
    drawn: int
    qpv: int
    houses: int
    departments: tuple[str, ...]  #: drawn from evenly
    format: Format
    quirks: frozenset[Quirk]

    @property
    def objective(self) -> int:
        """Completes wanted: 28 % of the households drawn."""
        return round(self.drawn * 0.28)


_WINDOWS = Format("snake", ";", "cp1252")
_ACCENTS = Format("accents", ";", "cp1252")
_WEB = Format("accents", ",", "utf-8-sig")
_UNIX = Format("snake", ";", "utf-8")
_TABS = Format("capitals", "\t", "latin-1")
_PIPES = Format("capitals", "|", "utf-8")
_EXCEL = Format("accents", "")
_OLD_EXCEL = Format("capitals", "")

_ROWS: tuple[tuple[str, str, int, int, int, int, str, Format, str], ...] = (
    ("Habitat des Trois Beffrois", "OPH", 48000, 2410, 44, 22, "59", _WINDOWS, "nc total"),
    ("Terrils & Jardins", "ESH", 45000, 2333, 28, 82, "62", _EXCEL, "floats title dates"),
    ("Logis du Grand-Canal", "ESH", 42000, 2254, 46, 20, "59", _WEB, "repeated"),
    ("Office Artois-Collines", "OPH", 39000, 2172, 34, 48, "62", _ACCENTS, "blank_qpv total"),
    ("Les Courées Réunies", "ESH", 35000, 2057, 48, 28, "59", _TABS, "nc empty"),
    ("Métropole Lys Habitat", "OPH", 33000, 1997, 52, 12, "59", _EXCEL, "title total dates"),
    ("Sambre-Hainaut Logement", "ESH", 29000, 1872, 38, 46, "59", _UNIX, "disputes"),
    ("Toit des Flandres", "ESH", 27000, 1806, 22, 52, "59", _WINDOWS, "no_id repeated"),
    ("Office de l’Oise-Aval", "OPH", 26000, 1772, 45, 18, "60", _ACCENTS, "scientific"),
    ("Vallées Picardes Habitat", "ESH", 24000, 1704, 34, 40, "80", _OLD_EXCEL, "empty total"),
    ("Littoral Deux-Caps", "ESH", 21000, 1593, 42, 30, "62", _WEB, "nc"),
    ("Amiénois Logement", "OPH", 19000, 1515, 50, 16, "80", _PIPES, "blank_qpv"),
    ("Scarpe-Escaut Habitat", "ESH", 18000, 1475, 33, 58, "59", _WINDOWS, "title disputes"),
    ("Office du Soissonnais-Laonnois", "OPH", 16500, 1412, 40, 34, "02 02 60", _UNIX, "total"),
    ("Foyer du Beffroi Blanc", "ESH", 14500, 1323, 30, 36, "62", _TABS, "repeated total"),
    ("Marais & Villages", "COOP", 12500, 1232, 10, 74, "60", _EXCEL, "dates nc"),
    ("Dunes Habitat", "OPH", 12000, 1208, 44, 20, "59", _ACCENTS, "no_id"),
    ("Coopérative des Tilleuls", "COOP", 10500, 1130, 18, 56, "62", _WEB, "title"),
    ("Saint-Quentinois Habitat", "OPH", 10000, 1102, 49, 14, "02", _WINDOWS, "scientific nc"),
    ("Cité Filature", "ESH", 8500, 1016, 55, 10, "59", _OLD_EXCEL, "repeated"),
    ("Beauvaisis Logis", "OPH", 8000, 986, 47, 16, "60", _PIPES, "total"),
    ("Haute-Deûle Habitat", "SEM", 6500, 889, 36, 22, "59", _UNIX, "blank_qpv"),
    ("Thiérache Foyer", "ESH", 5200, 795, 20, 62, "02", _ACCENTS, "title total"),
    ("Canche-Authie Logement", "COOP", 4300, 723, 12, 70, "62", _TABS, "disputes nc"),
    ("Logis des Monts", "ESH", 3200, 624, 8, 66, "59", _WINDOWS, "empty no_id"),
    ("Régie du Vieux-Port", "SEM", 2300, 600, 52, 5, "62", _EXCEL, "title empty total"),
)

BAILLEURS: tuple[Bailleur, ...] = tuple(
    Bailleur(
        code=f"{number:02}",
        name=name,
        kind=kind,
        stock=stock,
        drawn=drawn,
        qpv=qpv,
        houses=houses,
        departments=tuple(departments.split()),
        format=form,
        quirks=frozenset(Quirk(quirk) for quirk in quirks.split()),
    )
    for number, (name, kind, stock, drawn, qpv, houses, departments, form, quirks) in enumerate(_ROWS, 1)
)


def allocate(households: int) -> dict[str, int]:
    """Households of each bailleur when so many are drawn in all: the table's shares, largest remainders."""
    whole = sum(one.drawn for one in BAILLEURS)
    exact = {one.code: one.drawn * households / whole for one in BAILLEURS}
    given = {code: int(share) for code, share in exact.items()}
    rest = sorted(exact, key=lambda code: (given[code] - exact[code], code))
    for code in rest[: households - sum(given.values())]:
        given[code] += 1
    return given
