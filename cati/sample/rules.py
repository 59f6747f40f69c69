"""Rules of the sample: what a row of a bailleur's file is, and which households may be called."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class NotCallable(StrEnum):
    """Why a household has a case that is never offered, as its file says it."""

    NO_PHONE = "no_phone"
    OPPOSITION = "opposition"
    GUARDIANSHIP = "guardianship"
    DUPLICATE = "duplicate"
    SHARED_PHONE = "shared_phone"
    QPV_UNKNOWN = "qpv_unknown"


class NumberStatus(StrEnum):
    """What is known of a number: a dead number stays dead whatever a later file says."""

    USABLE = "usable"
    DEAD = "dead"
    OPPOSED = "opposed"


class RejectReason(StrEnum):
    """Why a row of the file makes no household; `incomplete`: it is one, of whom the questionnaire could not speak."""

    EMPTY = "empty"
    TITLE = "title"
    TOTAL = "total"
    NO_ID = "no_id"
    REPEATED = "repeated"
    INCOMPLETE = "incomplete"


NOT_CALLABLE_LABELS: dict[NotCallable, str] = {
    NotCallable.NO_PHONE: "aucun numéro appelable",
    NotCallable.OPPOSITION: "opposition",
    NotCallable.GUARDIANSHIP: "tutelle, mandataire ou titulaire mineur",
    NotCallable.DUPLICATE: "doublon d’un ménage appelé",
    NotCallable.SHARED_PHONE: "numéro commun à trois ménages ou plus",
    NotCallable.QPV_UNKNOWN: "QPV inconnu",
}

REJECT_LABELS: dict[RejectReason, str] = {
    RejectReason.EMPTY: "ligne vide",
    RejectReason.TITLE: "titre ou en-tête répété",
    RejectReason.TOTAL: "ligne de total",
    RejectReason.NO_ID: "identifiant externe absent",
    RejectReason.REPEATED: "identifiant déjà vu dans ce fichier",
    RejectReason.INCOMPLETE: "une colonne obligatoire du questionnaire manque ou ne se lit pas",
}

#: Reasons that a household has from the others of the wave; the rest it has by itself.
OF_THE_WAVE = frozenset({NotCallable.DUPLICATE, NotCallable.SHARED_PHONE})

_QUARANTINE_FROM = 3  # households on one number: a guardian, an association, an agency


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """A row that makes no household. Its content is not kept: the bailleur has his own file."""

    line: int
    reason: RejectReason
    cell: "Misread | None" = None  #: of an incomplete row, what is missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Misread:
    """A cell of a declared column that is empty although needed, or says something else than what is declared.

    What it says is not kept: it may be a ticket's text.
    """

    line: int
    heading: str  #: as the file writes it
    column: str  #: of the questionnaire
    expected: str  #: what the cell must say, in French


@dataclass(frozen=True, slots=True)
class Calendar:
    """When an address may be called: its time zone and holiday set (a subdivision of `holidays.France`, or '')."""

    zone: str
    holidays: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A household as the wave's duplicates are settled."""

    household_id: int
    bailleur_code: str
    external_id: str
    own: NotCallable | None  #: what keeps it from being called whatever the others are
    attempted: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a household may be called; `duplicate_of` is called in its place."""

    not_callable: NotCallable | None
    duplicate_of: int | None = None


def settle(
    households: Iterable[Standing],
    on_one_number: Iterable[Collection[int]],
    in_one_dwelling: Iterable[Collection[int]],
) -> dict[int, Verdict]:
    """Who is called among households that share a number or a name and address.

    The outcome depends on the set alone, never on the order of the files: of duplicates the one with attempts
    is called, else the lowest (bailleur, external id). Three or more on one number are all left in peace.
    """
    numbers = [frozenset(group) for group in on_one_number]
    shared = frozenset().union(*(group for group in numbers if len(group) >= _QUARANTINE_FROM))
    pairs = [group for group in numbers if len(group) < _QUARANTINE_FROM]
    neighbours = _neighbours([*pairs, *map(frozenset, in_one_dwelling)])
    called: dict[int, int] = {}
    verdicts: dict[int, Verdict] = {}
    for one in sorted(households, key=_precedence):
        own = one.own or (NotCallable.SHARED_PHONE if one.household_id in shared else None)
        verdicts[one.household_id] = _verdict(own, called, neighbours.get(one.household_id, frozenset()))
        if verdicts[one.household_id].not_callable is None:
            called[one.household_id] = len(called)
    return verdicts


def own_reason(
    *, opposed: bool, under_guardianship: bool, has_number: bool, qpv: bool | None
) -> NotCallable | None:
    """Why a household may not be called by what its own row says: the gravest reason, None if it may."""
    if opposed:
        return NotCallable.OPPOSITION
    if under_guardianship:
        return NotCallable.GUARDIANSHIP
    if not has_number:
        return NotCallable.NO_PHONE
    return NotCallable.QPV_UNKNOWN if qpv is None else None


def department_of(postcode: str) -> str | None:
    """The department of a postcode or Insee code: « 59 », « 2A », « 974 »; None if it is neither."""
    if len(postcode) != 5:
        return None
    if postcode.startswith(("97", "98")):
        return postcode[:3]
    if postcode.startswith("20"):
        return "2A" if postcode[2] in "01" else "2B"
    return postcode[:2]


def calendar_of(department: str | None) -> Calendar:
    """The calendar of an address; the mainland's where the department is not known."""
    return _CALENDARS.get(department or "", _MAINLAND)


_MAINLAND = Calendar("Europe/Paris", "")
_CALENDARS: Mapping[str, Calendar] = {
    "57": Calendar("Europe/Paris", "57"),
    "67": Calendar("Europe/Paris", "6AE"),
    "68": Calendar("Europe/Paris", "6AE"),
    "971": Calendar("America/Guadeloupe", "971"),
    "972": Calendar("America/Martinique", "972"),
    "973": Calendar("America/Cayenne", "973"),
    "974": Calendar("Indian/Reunion", "974"),
    "975": Calendar("America/Miquelon", "PM"),
    "976": Calendar("Indian/Mayotte", "976"),
    "977": Calendar("America/St_Barthelemy", "BL"),
    "978": Calendar("America/Marigot", "MF"),
    "986": Calendar("Pacific/Wallis", "WF"),
    "987": Calendar("Pacific/Tahiti", "PF"),
    "988": Calendar("Pacific/Noumea", "NC"),
}


def _precedence(one: Standing) -> tuple[bool, str, str]:
    return (not one.attempted, one.bailleur_code, one.external_id)


def _neighbours(groups: Iterable[frozenset[int]]) -> dict[int, set[int]]:
    neighbours: dict[int, set[int]] = {}
    for group in groups:
        for household in group:
            neighbours.setdefault(household, set()).update(group - {household})
    return neighbours


def _verdict(own: NotCallable | None, called: Mapping[int, int], near: Collection[int]) -> Verdict:
    if own is not None:
        return Verdict(own)
    instead = min((other for other in near if other in called), key=called.__getitem__, default=None)
    return Verdict(NotCallable.DUPLICATE, instead) if instead is not None else Verdict(None)
