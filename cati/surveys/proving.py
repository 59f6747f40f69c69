"""What may be published: a questionnaire whose proof is clean, or one whose defects somebody took upon himself.

Neither can be made by saying so: `prove` is the only door, and what it found goes with the waiver.
"""

from dataclasses import InitVar, dataclass

from cati.errors import Invalid
from cati.questionnaire import including, loader
from cati.questionnaire.including import Reader
from cati.questionnaire.loader import no_parts
from cati.questionnaire.model import Questionnaire
from cati.questionnaire.source import place

_SHOWN = 5
_SHORTEST_REASON = 10  # signs: « ok » is no reason
_DOOR = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Proved:
    """A whole questionnaire in which the proof found no defect."""

    questionnaire: Questionnaire
    text: str  #: needs no other file
    gaps: tuple[str, ...] = ()  #: what the proof could not look into, a sentence each
    door: InitVar[object]

    def __post_init__(self, door: object) -> None:
        _check_door(door)


@dataclass(frozen=True, slots=True, kw_only=True)
class Defective:
    """A whole questionnaire with what its proof found."""

    questionnaire: Questionnaire
    text: str
    defects: tuple[str, ...]  #: a sentence each, with its line

    @property
    def sentence(self) -> str:
        """Why it is not published."""
        shown = " ; ".join(self.defects[:_SHOWN])
        more = len(self.defects) - _SHOWN
        return (
            f"« {self.questionnaire.id} » {self.questionnaire.version} n’est pas publié : sa preuve trouve "
            f"{len(self.defects)} défaut(s). {shown}{f' ; et {more} autre(s)' if more > 0 else ''}"
        )

    def waive(self, reason: str, by: int) -> "Waived":
        """The same, for a person (his account) to publish it all the same. Invalid without a reason that says one."""
        if len(reason.strip()) < _SHORTEST_REASON:
            raise Invalid("Une dérogation demande un motif écrit, en une phrase.", field="waiver")
        return Waived(found=self, reason=reason.strip(), by=by, door=_DOOR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waived:
    """A questionnaire that somebody publishes in spite of what its proof found."""

    found: Defective
    reason: str
    by: int
    door: InitVar[object]

    def __post_init__(self, door: object) -> None:
        _check_door(door)

    @property
    def questionnaire(self) -> Questionnaire:
        return self.found.questionnaire

    @property
    def text(self) -> str:
        return self.found.text


def prove(text: str, name: str = "questionnaire", part: Reader = no_parts) -> Proved | Defective:
    """Read a questionnaire with its parts and prove it. Raises QuestionnaireRefused when it cannot be read."""
    # z3 is heavy: it comes with the proof, and not with whoever reads what is published.
    from cati.questionnaire.proof.proving import prove as look_for_defects  # noqa: PLC0415

    questionnaire = loader.load(text, name, part)
    whole = including.whole_text(text, part)
    proof = look_for_defects(questionnaire)
    if proof.clean:
        gaps = tuple(f"{place(gap.line)}, {gap.key} : {gap.message}" for gap in proof.not_analysed)
        return Proved(questionnaire=questionnaire, text=whole, gaps=gaps, door=_DOOR)
    return Defective(
        questionnaire=questionnaire, text=whole, defects=tuple(str(each) for each in proof.defects)
    )


def _check_door(door: object) -> None:
    if door is not _DOOR:
        raise TypeError("a questionnaire is proved, or its defects waived, by `prove` alone")
