"""Which column of a bailleur's file is what. What is not recognised is dropped: not needed, so not kept."""

import re
import unicodedata
from collections.abc import Mapping as Mapping_
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from cati.errors import SampleFileRefused

Headings = Mapping_[str, str]
NONE_DECLARED: Headings = {}


class Field(StrEnum):
    """What the sample needs of a household."""

    EXTERNAL_ID = "external_id"
    CIVILITY = "civility"
    LAST_NAME = "last_name"
    FIRST_NAME = "first_name"
    CO_HOLDER = "co_holder"
    PHONE = "phone"
    EMAIL = "email"
    ADDRESS = "address"
    POSTCODE = "postcode"
    COMMUNE = "commune"
    INSEE = "insee"
    RESIDENCE_CODE = "residence_code"
    RESIDENCE = "residence"
    AGENCY = "agency"
    TYPE = "type"
    HEATING = "heating"
    LIFT = "lift"
    QPV = "qpv"
    QPV_CODE = "qpv_code"
    ENTERED_ON = "entered_on"
    GUARDIANSHIP = "guardianship"
    LANGUAGE = "language"
    OPPOSITION = "opposition"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """Where each field stands in a row, and the columns left out."""

    fields: dict[Field, tuple[int, ...]]
    declared: dict[str, int]  #: of the columns that the questionnaire declares, by name
    headers: tuple[str, ...]
    dropped: tuple[str, ...]
    refused: tuple[str, ...]  #: columns that a study has no right to hold (disputes, debts): never read


def folded(text: str) -> str:
    """Without accent, case, underscore or punctuation: « Tél._Portable » and « tel portable » are one."""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("Œ", "oe"))
        text = text.encode("ascii", "ignore").decode()
    return " ".join(_WORD.findall(text.lower()))


def bare(heading: str) -> str:
    """A heading folded, without its little words: « Date de la demande » and « date_demande » are one."""
    return " ".join(word for word in folded(heading).split() if word not in _LITTLE_WORDS)


def recognised(cells: Sequence[str]) -> int:
    """How many of these cells read as the name of a column."""
    return sum(_field_of(folded(cell)) is not None for cell in cells if cell)


def map_columns(headers: Sequence[str], declared: Headings = NONE_DECLARED) -> Mapping:
    """The mapping of a header row; SampleFileRefused when households could not be told apart or called.

    `declared`: what a heading may read, `bare` → the column of the questionnaire's `sample:`. Fields come first.
    """
    fields: dict[Field, tuple[int, ...]] = {}
    found: dict[str, int] = {}
    dropped: list[str] = []
    refused: list[str] = []
    for index, header in enumerate(headers):
        name = folded(header)
        field = _field_of(name)
        if _REFUSED.search(name):
            refused.append(header)
        elif field is not None and (field not in fields or field in _SEVERAL):
            fields[field] = (*fields.get(field, ()), index)
        elif field is None and (column := declared.get(bare(header))) and column not in found:
            found[column] = index
        elif name:
            dropped.append(header)
    _require(fields, headers)
    return Mapping(
        fields=fields,
        declared=found,
        headers=tuple(headers),
        dropped=tuple(dropped),
        refused=tuple(refused),
    )


_LITTLE_WORDS = frozenset(("de", "du", "des", "d", "la", "le", "les", "l", "en", "au", "aux", "un", "une"))
_SEVERAL = frozenset({Field.PHONE, Field.ADDRESS})
_REFUSED = re.compile(r"contentieux|impaye|dette|huissier|expulsion|solde|recouvrement")
_PHONE = re.compile(
    r"\b(tel|tels|telephone|telephones|gsm|mobile|portable|port|fixe|phone)(\b|\d|fixe|mobile|port)"
)
_NOT_THE_TENANTS = re.compile(
    r"agence|gardien|bailleur|tuteur|mandataire|fax|urgence|type|date|operateur|parking"
)
_WORD = re.compile(r"[a-z0-9]+")
_TRAILING_NUMBER = re.compile(r" ?\d$")

_SYNONYMS: dict[Field, str] = {
    Field.EXTERNAL_ID: (
        "id externe, identifiant, id, identifiant locataire, id locataire, n locataire, no locataire, "
        "num locataire, numero locataire, n contrat, no contrat, num contrat, numero contrat, numero "
        "de contrat, n de contrat, contrat, ref contrat, reference contrat, n bail, numero bail, "
        "numero de bail, ref locataire, reference locataire, code locataire, code client, n client, "
        "numero client, ref client, matricule"
    ),
    Field.CIVILITY: "civilite, civ, titre, titre de civilite",
    Field.LAST_NAME: (
        "nom, nom locataire, nom du locataire, nom titulaire, nom du titulaire, nom de famille, nom usuel"
    ),
    Field.FIRST_NAME: (
        "prenom, prenom locataire, prenom du locataire, prenom titulaire, prenom du titulaire"
    ),
    Field.CO_HOLDER: (
        "nom cotitulaire, cotitulaire, co titulaire, nom co titulaire, nom du cotitulaire, conjoint, "
        "nom conjoint, nom du conjoint"
    ),
    Field.EMAIL: (
        "email, e mail, mail, courriel, adresse mail, adresse email, adresse e mail, adresse electronique"
    ),
    Field.ADDRESS: (
        "adresse, adr, adresse postale, rue, voie, n et voie, adresse ligne, ligne adresse, adresse "
        "du logement, adresse logement, complement adresse, complement d adresse"
    ),
    Field.POSTCODE: "code postal, cp, codepostal, code post, c postal, cp logement",
    Field.COMMUNE: ("commune, ville, localite, libelle commune, nom commune, commune du logement"),
    Field.INSEE: "code insee, insee, code commune, code insee commune, commune insee",
    Field.RESIDENCE_CODE: (
        "code residence, code groupe, groupe, programme, code programme, residence code, n programme, "
        "n groupe, ensemble, code ensemble, code residence groupe"
    ),
    Field.RESIDENCE: (
        "libelle residence, residence, nom residence, nom de la residence, libelle groupe, libelle "
        "programme, nom programme, lib residence"
    ),
    Field.AGENCY: (
        "agence, territoire, secteur, antenne, code agence, libelle agence, direction territoriale, "
        "agence territoire"
    ),
    Field.TYPE: (
        "type, type logement, type de logement, type construction, type de construction, collectif "
        "individuel, coll ind, nature logement, type habitat, type d habitat"
    ),
    Field.HEATING: ("chauffage, type chauffage, type de chauffage, mode chauffage, mode de chauffage"),
    Field.LIFT: "ascenseur, presence ascenseur, asc",
    Field.QPV: (
        "qpv, en qpv, qpv o n, logement qpv, quartier prioritaire, zone qpv, qpv oui non, situe en qpv"
    ),
    Field.QPV_CODE: "code qp, code qpv, n qpv, qp, code quartier prioritaire, id qpv",
    Field.ENTERED_ON: (
        "date entree, date d entree, date bail, date du bail, date d entree dans les lieux, date "
        "signature bail, date debut bail, date de debut de bail, date effet bail, date entree bail"
    ),
    Field.GUARDIANSHIP: (
        "tutelle, mandataire, curatelle, tutelle mandataire, sous tutelle, protection juridique, "
        "tutelle curatelle, mesure de protection, mineur, titulaire mineur, locataire mineur"
    ),
    Field.LANGUAGE: "langue, langue parlee",
    Field.OPPOSITION: (
        "opposition, refus anterieur, opposition enquete, refus enquete, ne pas appeler, opposition "
        "refus anterieur, opposition refus, refus, opposition telephone"
    ),
}
_BY_NAME = {name.strip(): field for field, names in _SYNONYMS.items() for name in names.split(",")}


def _field_of(name: str) -> Field | None:
    exact = _BY_NAME.get(name) or _BY_NAME.get(_TRAILING_NUMBER.sub("", name))
    if exact is not None:
        return exact
    return Field.PHONE if _PHONE.search(name) and not _NOT_THE_TENANTS.search(name) else None


def _require(fields: dict[Field, tuple[int, ...]], headers: Sequence[str]) -> None:
    seen = ", ".join(f"« {header} »" for header in headers if header)
    if Field.EXTERNAL_ID not in fields:
        raise SampleFileRefused(
            "Aucune colonne ne donne l’identifiant du ménage (n° de contrat ou de locataire)."
            f" Colonnes lues : {seen}. Nommez-la « id_externe » dans le fichier."
        )
    if Field.PHONE not in fields:
        raise SampleFileRefused(
            f"Aucune colonne de téléphone n’est reconnue. Colonnes lues : {seen}."
            " Nommez-la « tel_mobile » ou « tel_fixe » dans le fichier."
        )
