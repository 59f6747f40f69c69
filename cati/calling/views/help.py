"""The help of the questionnaire as the interviewer opens it: objections and information, filled in."""

from dataclasses import dataclass

from cati.calling import scripts
from cati.interviews.store import Interview
from cati.questionnaire.model import Help, HelpKind
from cati.questionnaire.route import Route
from cati.questionnaire.routing import Compiled
from cati.questionnaire.wording import sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpShown:
    """What to say to one objection or question."""

    id: str
    kind: HelpKind
    title: str
    say: tuple[str, ...]  #: read aloud
    instruction: str | None  #: not read aloud


def help_of(
    interview: Interview, compiled: Compiled, route: Route, *, interviewer: str
) -> tuple[HelpShown, ...]:
    """Every entry, objections first, in the language of the interview."""
    said = scripts.spoken(interview, compiled, interviewer=interviewer)
    entries = compiled.questionnaire.said_in(said.language).help.values()

    def filled(text: str) -> str:
        return sentence(compiled, text, route, said)

    def shown(entry: Help) -> HelpShown:
        return HelpShown(
            id=entry.id,
            kind=entry.kind,
            title=filled(entry.title),
            say=tuple(map(filled, entry.say)),
            instruction=filled(entry.instruction) if entry.instruction else None,
        )

    return tuple(shown(entry) for entry in sorted(entries, key=lambda one: list(HelpKind).index(one.kind)))
