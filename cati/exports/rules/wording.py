"""The questionnaire's texts as a reader of results needs them: nobody's, so fills stand as [bailleur]."""

import re

from cati.questionnaire.french import fill, typography
from cati.questionnaire.model import Question, Questionnaire
from cati.questionnaire.texts import ALERT_FILL

_FILL = re.compile(r"\{(\w+)\}")


def plain(text: str) -> str:
    """The text with its fills between square brackets."""
    return typography(_FILL.sub(r"[\1]", text))


def asked(questionnaire: Questionnaire, question: Question) -> str:
    """What was read aloud, the stem of its grid first."""
    text = question.ask
    alert = next((alert for alert in questionnaire.alerts if alert.id == question.per_alert), None)
    if alert:
        text = fill(text, {ALERT_FILL: alert.label})
    if question.specifies:
        parent = questionnaire.questions[question.specifies[0]]
        text = f"{parent.ask} {text}"
    return plain(f"{question.grid.stem} {text}" if question.grid else text)


def short(questionnaire: Questionnaire, question: Question) -> str:
    """The same as a label: a row of a grid without its stem nor its leading dots."""
    text = question.ask.lstrip("… ") if question.grid else asked(questionnaire, question)
    return plain(text[:1].upper() + text[1:])
