"""What somebody lives held against a proof: nobody may meet what it excludes."""

from cati.questionnaire.model import Questionnaire
from cati.questionnaire.proof import examples
from cati.questionnaire.proof.defects import Flaw, Proof
from cati.questionnaire.route import AnswerKey, Fault, Route
from cati.questionnaire.routing import Compiled
from tests.wandering import Moment


def chosen(questionnaire: Questionnaire, visible: object) -> list[str]:
    assert isinstance(visible, dict)
    given = [(name.partition("#")[0], answer.value) for name, answer in visible.items()]
    return [
        f"{name}.choices.{code}"
        for name, value in given
        if questionnaire.questions[name].choices
        for code in (value if isinstance(value, list) else [value])
    ]


def contradictions(proof: Proof, moment: Moment, script: Compiled) -> list[str]:
    """What somebody meets of what the proof says that nobody meets."""
    never = {(defect.flaw, defect.key) for defect in proof.defects}
    grid = moment.question.grid
    met = {(Flaw.QUESTION_UNREACHABLE, moment.question.id), (Flaw.BLOCK_UNREACHABLE, moment.question.block)}
    if grid and (Flaw.QUESTION_UNREACHABLE, grid.id) in never:
        met.add((Flaw.QUESTION_UNREACHABLE, grid.id))
    held = any(fault.hard and fault.question == moment.question.id for fault in moment.after.faults)
    if not held:
        visible = {moment.question.id: moment.answer}
        codes = chosen(script.questionnaire, visible)
        met |= {(flaw, code) for code in codes for flaw in (Flaw.CHOICE_NEVER, Flaw.END_NEVER)}
        if moment.key in walls(proof, script):
            met.add((Flaw.DEAD_END, moment.question.id))
        if moment.answer.value is not None and moment.key in _where(proof, script, Flaw.NO_VALUE):
            met.add((Flaw.NO_VALUE, moment.question.id))
    met |= {(Flaw.CHECK_NEVER, f"{fault.question}.checks.{fault.check}") for fault in _behind(moment.after)}
    if moment.after.position is None:  # before, an alert may be raised by what is not answered yet
        met |= {(Flaw.ALERT_NEVER, f"alerts.{alert}") for alert in moment.after.alerts}
    met |= {(Flaw.ELIGIBLE_NEVER, "eligible")} if moment.after.eligible and not moment.after.ended else set()
    met |= {
        (Flaw.DECISION_NEVER, f"consents.{name}") for name, given in moment.after.consents.items() if given
    }
    return [f"{flaw} {key}" for flaw, key in met & never]


def _behind(route: Route) -> list[Fault]:
    """The faults up to where the interview stands: beyond, somebody who went back may have left anything."""
    now = route.rank(route.position) if route.position else route.total
    return [fault for fault in route.faults if route.rank((fault.question, fault.iteration)) <= now]


def walls(proof: Proof, script: Compiled) -> set[AnswerKey]:
    """The questions that nobody is said to get past."""
    return _where(proof, script, Flaw.DEAD_END, Flaw.ALWAYS_ENDS)


def _where(proof: Proof, script: Compiled, *flaws: Flaw) -> set[AnswerKey]:
    """The questions that have one of these defects; of a loop, in the turn that the example shows."""
    found: set[AnswerKey] = set()
    for defect in proof.defects:
        if defect.flaw in flaws and defect.example:
            turn = (examples.played(script, defect.example).position or ("", ""))[1]
            found.add((defect.key, turn))
    return found
