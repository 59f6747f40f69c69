"""What a screen says of an answer that is not kept: why it is refused, or what the interviewer confirms first."""

from collections.abc import Mapping

from cati.calling.actions.answering import Given, Refused, ToConfirm
from cati.questionnaire.evaluation import Place
from cati.questionnaire.french import typography
from cati.questionnaire.model import Question
from cati.questionnaire.route import Route, Spoken
from cati.questionnaire.routing import Compiled
from cati.questionnaire.wording import said_fault, sentence
from web.question import Doubt, confirmations


def problem_of(compiled: Compiled, outcome: Refused, said: Spoken) -> str:
    """Why the answer is not possible here, in the language of the interview where the questionnaire says it."""
    if outcome.fault is None:
        return typography(outcome.message)
    return said_fault(compiled, outcome.fault, outcome.route, said)


def doubt_of(compiled: Compiled, outcome: ToConfirm, said: Spoken, given: Given) -> Doubt:
    """What is confirmed by a new request, or taken back."""
    questions = compiled.questionnaire.said_in(said.language).questions
    checks = {check.id for question in questions.values() for check in question.checks}
    return Doubt(
        sentences=[
            said_fault(compiled, fault, outcome.route, said)
            for fault in outcome.faults
            if fault.check in checks
        ],
        asides=[fault.say for fault in outcome.faults if fault.check not in checks],
        leaving={name: _ask(compiled, outcome.route, said, questions, name) for name in outcome.leaving},
        confirm=confirmations([fault.key for fault in outcome.faults], outcome.leaving, given),
        given=given,
    )


def _ask(compiled: Compiled, route: Route, said: Spoken, questions: Mapping[str, Question], name: str) -> str:
    question_id, _, turn = name.partition("#")
    question = questions[question_id]
    return sentence(compiled, question.ask, route, said, Place(question.loops, turn))
