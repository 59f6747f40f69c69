"""What an expression may read, and under which Python name the compiled route keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from cati.questionnaire.compiling import Rows, Type, Variable, type_of
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


def of_turn(loop_id: str) -> Variable:
    """`PERSONNES.rank`: the number, or the code, of the turn under way."""
    return Variable(f"i_{loop_id}", "number", certain=True)


@dataclass(frozen=True, slots=True)
class Standing:
    """In which loops a name stands, the outer one first, and the variables a turn's row keeps of it."""

    loops: tuple[str, ...]
    columns: tuple[str, ...]


def loops_of(questionnaire: Questionnaire) -> dict[str, Standing]:
    """Where each question, computed value and rank of a turn stands; those in no loop are left out."""
    found: dict[str, Standing] = {}
    for loop in questionnaire.loops.values():
        loops = (loop.inside, loop.id) if loop.inside else (loop.id,)
        found[f"{loop.id}.rank"] = Standing(loops, (f"i_{loop.id}",))
    for question in questionnaire.questions.values():
        if question.loops:
            found[question.id] = Standing(question.loops, (f"v_{question.id}", f"s_{question.id}"))
            for computed in question.computes:
                found[computed.name] = Standing(question.loops, (f"c_{computed.name}",))
    return found


def seen_from(
    names: Mapping[str, Variable], here: tuple[str, ...], standing: Mapping[str, Standing]
) -> Mapping[str, Variable]:
    """The names as an expression inside the loops `here` reads them.

    Of the loops a name stands in, those that `here` is in too are under way: their turn is given. Another one is seen
    as a whole.
    """
    if not standing:
        return names
    return {
        name: replace(each, rows=rows(standing, standing[name].loops, here)) if name in standing else each
        for name, each in names.items()
    }


def rows(standing: Mapping[str, Standing], loops: tuple[str, ...], here: tuple[str, ...]) -> Rows | None:
    """The turns of the innermost of `loops`, all of them or those of the turn under way; None when it is under way."""
    if loops == here[: len(loops)]:
        return None
    if here and here[0] == loops[0]:  # what stands around is under way, and read as it is now
        return Rows(f"h_{loops[-1]}", loops, own_columns(standing, loops))
    return Rows(f"r_{loops[-1]}", loops, columns(standing, loops))


def columns(standing: Mapping[str, Standing], loops: tuple[str, ...]) -> tuple[str, ...]:
    """What the row of one turn holds: of those around the loop, then of the loop itself."""
    around = own_columns(standing, loops[:-1]) if loops[1:] else ()
    return (*around, *own_columns(standing, loops))


def own_columns(standing: Mapping[str, Standing], loops: tuple[str, ...]) -> tuple[str, ...]:
    """What stands in the innermost of these loops and in no other."""
    return tuple(code for each in standing.values() if each.loops == loops for code in each.columns)


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
    """Every name that answers make known, as if all questions stood before and every loop were under way."""
    names = given(questionnaire.sample)
    names |= {f"alert.{alert.id}": of_alert(alert) for alert in questionnaire.alerts}
    names["alerts"] = of_alerts()
    names |= {f"{loop_id}.rank": of_turn(loop_id) for loop_id in questionnaire.loops}
    for question in questionnaire.questions.values():
        names[question.id] = of_question(question)
        for computed in question.computes:
            names[computed.name] = of_computed(computed.name, type_of(computed.value.tree, names))
    return names
