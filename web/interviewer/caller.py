"""What the desk shows of a tenant who calls and whose case is not in hand: who to pass him to, what to tell him."""

from collections.abc import Sequence
from dataclasses import dataclass

from cati.calling.actions.inbound import Answer, Elsewhere, NotBegun, NotHeard, Several
from cati.cases.rules import OwnCall


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of the cases that a number belongs to, told apart without anybody's name."""

    case_id: int
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerPage:
    """`kind` names what is said; before a number was typed in, it is asked for."""

    kind: str = "ask"
    number: str = ""  #: as typed, for the form that follows; never in an address
    holder: str = ""
    choices: Sequence[Choice] = ()

    @property
    def may_oppose(self) -> bool:
        """Whether he may still want never to be called: everybody but who said so already."""
        return self.kind in {"unknown", "thanked", "erased", "apart", "not_begun"}


def page_of(number: str, answer: Answer) -> CallerPage:
    """What the desk shows after this answer to the number typed in."""
    match answer:
        case Several():
            return CallerPage(kind="several", number=number, choices=_choices(answer))
        case Elsewhere(holder):
            return CallerPage(kind="elsewhere", number=number, holder=holder)
        case NotHeard(why):
            return CallerPage(kind="apart" if why is OwnCall.HEARD else why.value, number=number)
        case NotBegun():
            return CallerPage(kind="not_begun", number=number)
    return CallerPage(kind="unknown", number=number)


def _choices(found: Several) -> list[Choice]:
    """By bailleur, and by wave and rank where the bailleur is the same."""
    callers = found.callers
    names = [each.bailleur for each in callers]
    if len(set(names)) < len(names):
        names = [f"{each.bailleur} ({each.wave})" for each in callers]
    return [
        Choice(
            case_id=each.case_id,
            label=name if names.count(name) == 1 else f"{name}, dossier {names[: rank + 1].count(name)}",
        )
        for rank, (each, name) in enumerate(zip(callers, names, strict=True))
    ]
