"""What an import did, or would do: what the person who imports reads, and what the layer above acts on."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from cati.phone import PhoneRefusal
from cati.sample.rules import REJECT_LABELS, Misread, NotCallable, Reject, RejectReason

FIRST_REJECTS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A household whose callability this import changed. `before` and `after` are None when it may be called."""

    household_id: int
    before: NotCallable | None
    after: NotCallable | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedChange:
    """A household that the file changes but whose interview has begun: left as it was, for the supervisor."""

    household_id: int
    external_id: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """One file for one (wave, bailleur). After a dry run the ids of new households are of no household."""

    import_id: int
    wave_id: int
    bailleur_id: int
    file_name: str
    sha256: str
    dry_run: bool
    described: str  #: how the file was read: encoding and separator, or the sheet
    mapped_columns: Mapping[str, str]  #: column of the file → field, or column of the questionnaire
    questionnaire_columns: Mapping[str, str]  #: of those, the questionnaire's: its column → that of the file
    absent_columns: tuple[str, ...]  #: columns of the questionnaire that the file does not have
    dropped_columns: tuple[str, ...]
    refused_columns: tuple[str, ...]  #: disputes and debts: never read
    rejects: tuple[Reject, ...]
    misread: tuple[Misread, ...]  #: cells of households kept, left unknown
    phones: int  #: numbers kept, of the rows accepted
    phone_refusals: Mapping[PhoneRefusal, int]
    not_callable: Mapping[NotCallable, int] = field(
        default_factory=dict
    )  #: of the households of this file, as they stand after it
    new_ids: tuple[int, ...] = ()
    changed_ids: tuple[int, ...] = ()
    unchanged: int = 0
    gone: tuple[tuple[int, str], ...] = ()  #: (household, external id) known before and not in this file
    locked_changes: tuple[LockedChange, ...] = ()
    qpv_changed_ids: tuple[int, ...] = ()
    reopened_ids: tuple[int, ...] = ()  #: had no usable number, has one now, and may be called
    moved: tuple[Moved, ...] = ()  #: households known before, of any bailleur of the wave

    @property
    def accepted(self) -> int:
        """Rows of the file that are households."""
        return len(self.new_ids) + len(self.changed_ids) + self.unchanged + len(self.locked_changes)

    @property
    def callable(self) -> int:
        """Households of the file that may be called."""
        return self.accepted - sum(self.not_callable.values())

    @property
    def first_rejects(self) -> tuple[Reject, ...]:
        """The rejected rows that the screen shows."""
        return self.rejects[:FIRST_REJECTS]

    def rejected(self) -> dict[RejectReason, int]:
        """Rows that are no household, by reason."""
        return {
            reason: count
            for reason in RejectReason
            if (count := sum(reject.reason == reason for reject in self.rejects))
        }

    def misread_by_column(self) -> dict[str, int]:
        """Cells left unknown, by column of the questionnaire."""
        return dict(Counter(cell.column for cell in self.misread))

    def counts(self) -> dict[str, object]:
        """The figures kept in the log of imports."""
        return {
            "accepted": self.accepted,
            "new": len(self.new_ids),
            "changed": len(self.changed_ids),
            "unchanged": self.unchanged,
            "gone": len(self.gone),
            "locked": len(self.locked_changes),
            "callable": self.callable,
            "phones": self.phones,
            "rejected": self.rejected(),
            "misread": self.misread_by_column(),
            "not_callable": dict(self.not_callable),
            "refused_numbers": dict(self.phone_refusals),
        }


def told(reject: Reject) -> str:
    """Why a row is rejected and, where there is something to correct, what to do."""
    if reject.cell is None:
        return REJECT_LABELS[reject.reason]
    return (
        f"colonne « {reject.cell.heading} » : le questionnaire demande {reject.cell.expected} ;"
        " corrigez la cellule et redonnez le fichier"
    )


def left_unknown(cell: Misread) -> str:
    """What is wrong with a cell of a household that is kept, and what to do."""
    return (
        f"colonne « {cell.heading} » : la cellule devrait dire {cell.expected} ;"
        f" « {cell.column} » reste inconnu pour ce ménage, corrigez-la ou videz-la"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameReport:
    """The frame as imported: cells (bailleur × QPV) and the leases they stand for."""

    cells: int
    households: int
