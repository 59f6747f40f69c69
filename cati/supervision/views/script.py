"""An interview's script with what was answered, for a supervisor who checks how it was done. No identity stands there.

The introduction's texts are filled without the household's name, and what tenants ask to have passed on, with their
name, is not shown: nor is any text of a part about the person.
"""

from dataclasses import dataclass

from sqlalchemy import Connection

from cati.calling import scripts
from cati.interviews import store as interviews
from cati.interviews.rules.quality import Timed
from cati.questionnaire.evaluation import OUTSIDE, Place
from cati.questionnaire.model import Answer, Kind, Question, State
from cati.questionnaire.route import Route, Spoken, instance
from cati.questionnaire.routing import Compiled
from cati.questionnaire.wording import sentence
from cati.supervision.views.finished import times_of

_HIDDEN = "texte non montré"
#: What stands in the introduction where the household was named.
_NOBODY = {"civilite": "", "nom": "[nom]", "residence": "[résidence]", "commune": "[commune]"}
_SPECIALS = {State.DK: "Ne sait pas", State.REFUSED: "Refus", State.NA: "Non concerné"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A question as it was read and what was answered."""

    question: str
    text: str
    answer: str  #: "" while nothing was
    special: bool
    milliseconds: float | None
    unread: bool  #: answered in less time than reading takes


@dataclass(frozen=True, slots=True)
class Part:
    """A block of the script."""

    title: str
    said: list[Said]


def script_of(db: Connection, interview_id: int) -> list[Part]:
    """The route of the interview, part by part. Whoever shows it writes the audit."""
    interview = interviews.load(db, interview_id)
    compiled = scripts.script(db, interview.questionnaire_id)
    route = scripts.route(interview, compiled)
    times = dict(times_of(db, [interview_id])[interview_id])
    said = scripts.spoken(interview, compiled, interviewer="[prénom]", contact=_NOBODY)
    reader = _Reader(compiled, route, said, times)
    parts: dict[str, Part] = {}
    for question_id, iteration in route.items:
        question = compiled.questionnaire.questions[question_id]
        block = compiled.questionnaire.block(question.block)
        part = parts.setdefault(block.id, Part(f"{block.id}. {block.title}", []))
        answer = route.visible.get(instance(question_id, iteration))
        part.said.append(reader.said(question, iteration, answer, private=block.private))
    return list(parts.values())


class _Reader:
    """Reads questions and answers of one interview."""

    def __init__(self, compiled: Compiled, route: Route, spoken: Spoken, times: dict[str, float]) -> None:
        self._compiled, self._route, self._spoken, self._times = compiled, route, spoken, times

    def said(self, question: Question, iteration: str, answer: Answer | None, *, private: bool) -> Said:
        name = instance(question.id, iteration)
        spent = self._times.get(name)
        return Said(
            question=name,
            text=self._text(question.ask, Place(question.loops, iteration)),
            answer=self._answer(question, answer, private) if answer else "",
            special=answer is not None and answer.state is not State.ANSWERED,
            milliseconds=spent,
            unread=spent is not None and Timed(len(question.ask), spent).unread,
        )

    def _answer(self, question: Question, answer: Answer, private: bool) -> str:
        if answer.state is not State.ANSWERED:
            return self._text(question.specials.get(answer.state) or _SPECIALS.get(answer.state, ""))
        match question.kind:
            case Kind.NOTE:
                return "lu"
            case Kind.PHONE:
                return _HIDDEN
            case Kind.TEXT:
                return _HIDDEN if private else f"«\u00a0{answer.value}\u00a0»"
            case _:
                codes = answer.value if isinstance(answer.value, list) else [answer.value]
                return ", ".join(self._label(question, code) for code in codes)

    def _label(self, question: Question, code: object) -> str:
        choice = question.choice(code)
        return str(code) if choice is None else f"{code}. {self._text(choice.label)}"

    def _text(self, text: str, here: Place = OUTSIDE) -> str:
        return sentence(self._compiled, text, self._route, self._spoken, here)
