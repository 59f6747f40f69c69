"""What an expression may read, and under which Python name the compiled route keeps it."""

from collections.abc import Mapping

from cati.questionnaire.compiling import Type, Variable, type_of
from cati.questionnaire.model import Alert, Kind, Question, Questionnaire, SampleColumn, SampleType

#: Frozen in the interview at its opening.
FACTS: dict[str, Type] = {"year": "number", "date": "date"}
#: Of the call under way; texts only, never conditions.
CALL: dict[str, Type] = {
    "interviewer": "text",
    "institute": "text",
    "bailleur": "text",
    "caller_id": "text",
    "dpo": "text",
    "observed": "boolean",
    "visit": "boolean",
}
#: Of the household; texts of the blocks of each call only, never conditions.
CONTACT: dict[str, Type] = {"civilite": "text", "nom": "text", "residence": "text", "commune": "text"}

_KIND_TYPE: dict[Kind, Type] = {
    Kind.SINGLE: "number",
    Kind.MULTIPLE: "codes",
    Kind.INTEGER: "number",
    Kind.DECIMAL: "number",
    Kind.TEXT: "text",
    Kind.DATE: "date",
    Kind.TIME: "time",
    Kind.DURATION: "number",
    Kind.PHONE: "text",
    Kind.SCALE: "number",
    Kind.RANKING: "codes",
    Kind.GRID_ITEM: "number",
    Kind.NOTE: "nothing",
}
_SAMPLE_TYPE: dict[SampleType, Type] = {
    SampleType.BOOLEAN: "boolean",
    SampleType.INTEGER: "number",
    SampleType.DECIMAL: "number",
    SampleType.TEXT: "text",
    SampleType.DATE: "date",
}


def of_question(question: Question) -> Variable:
    return Variable(f"v_{question.id}", _KIND_TYPE[question.kind], state=f"s_{question.id}")


def of_computed(name: str, value_type: Type) -> Variable:
    return Variable(f"c_{name}", value_type)


def of_alert(alert: Alert) -> Variable:
    return Variable(f"w_{alert.id}", "boolean", certain=True)


def of_alerts() -> Variable:
    """`alerts`: the codes of those raised, in order."""
    return Variable("raised", "codes", certain=True)


def given(sample: Mapping[str, SampleColumn]) -> dict[str, Variable]:
    """What is there before the first question: the sample and the facts."""
    names = {
        f"sample.{name}": Variable(f"x_{name}", _SAMPLE_TYPE[column.type]) for name, column in sample.items()
    }
    names |= {f"facts.{name}": Variable(f"f_{name}", kind) for name, kind in FACTS.items()}
    return names


def spoken() -> dict[str, Variable]:
    """What only texts may say: the call and the household."""
    names = {f"call.{name}": Variable(f"k_{name}", kind) for name, kind in CALL.items()}
    return names | {f"contact.{name}": Variable(f"h_{name}", kind) for name, kind in CONTACT.items()}


def everything(questionnaire: Questionnaire) -> dict[str, Variable]:
    """Every name that answers make known, as if all questions stood before."""
    names = given(questionnaire.sample)
    names |= {f"alert.{alert.id}": of_alert(alert) for alert in questionnaire.alerts}
    names["alerts"] = of_alerts()
    for question in questionnaire.questions.values():
        names[question.id] = of_question(question)
        for computed in question.computes:
            names[computed.name] = of_computed(computed.name, type_of(computed.value.tree, names))
    return names
