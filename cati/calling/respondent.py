"""Who is on the line: the person who began the interview, or somebody else of the household."""

from dataclasses import replace

from cati.calling import scripts
from cati.interviews.store import Interview
from cati.questionnaire.model import Answer
from cati.questionnaire.route import Fault, Route
from cati.questionnaire.routing import Compiled

_SAY = (
    "Ce n’est pas la personne qui a commencé l’entretien. "
    "Les réponses déjà données sont les siennes\u00a0: continuer avec la personne en ligne\u202f?"
)


def another(interview: Interview, compiled: Compiled, route: Route, question: str) -> Fault | None:
    """The doubt to confirm when `question` has just named a leaseholder who is not the one who began; else None.

    Until it is confirmed nothing is stored, and no earlier answer is shown to the call.
    """
    who = _naming(compiled)
    if question != who or interview.started_at is None or not route.marks.get("leaseholder"):
        return None
    began = _who_began(interview, compiled, who)
    if began is None or began == route.visible.get(who):
        return None
    call = f"c{interview.call_no}"
    return Fault(check="person", hard=False, say=_SAY, question=who, iteration=call, key=f"person:{call}")


def _naming(compiled: Compiled) -> str | None:
    """The question that says who is on the line: the first of the introduction."""
    return next((block.questions[0].id for block in compiled.questionnaire.blocks if block.each_call), None)


def _who_began(interview: Interview, compiled: Compiled, who: str) -> Answer | None:
    """Who was named in the latest earlier call in which the interview was consented to."""
    for call_no in range(interview.call_no - 1, 0, -1):
        earlier = scripts.route(replace(interview, call_no=call_no, first_call=call_no), compiled)
        if earlier.marks.get("interview"):
            return earlier.visible.get(who)
    return None
