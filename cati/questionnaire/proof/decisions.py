"""The questions about what an interview decides beside its own course: alerts, eligibility, consents, marks, quotas.

Each is put as soon as all that it reads is behind, on interviews that go on and on calls that ended alike.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from cati.questionnaire import ast, sentences
from cati.questionnaire.model import Expression, Kind, Questionnaire
from cati.questionnaire.proof.defects import Flaw, Reason
from cati.questionnaire.proof.inquiry import Inquiry, Place
from cati.questionnaire.proof.logic import TRUE, Formula, all_of, no
from cati.questionnaire.proof.solver import Premise
from cati.questionnaire.proof.values import Codes, Number, Truth, Words

_MOST_CELLS = 300


@dataclass(frozen=True, slots=True)
class Decision:
    """Something decided from answers, and what to do once they are there."""

    reads: frozenset[str]
    key: str
    expression: Expression | None = None


@dataclass(frozen=True, slots=True)
class _Share:
    """One value of what quotas are set on: « sexe = Femme »."""

    told: str
    formula: Formula


def pending(questionnaire: Questionnaire) -> list[Decision]:
    """Everything an interview decides, each with the names that it reads."""
    found = [_decision(f"alerts.{alert.id}", alert.when) for alert in questionnaire.alerts]
    for kind, named in (("consents", questionnaire.consents), ("marks", questionnaire.marks)):
        found += [_decision(f"{kind}.{name}", expression) for name, expression in named.items()]
    if questionnaire.eligible:
        found.append(_decision("eligible", questionnaire.eligible))
    quotas = {name for name in questionnaire.quotas if name != "bailleur"}
    if quotas:
        read = ast.names(questionnaire.eligible.tree) if questionnaire.eligible else ()
        found.append(Decision(frozenset({*quotas, *read}), "quotas"))
    return found


def look(inquiry: Inquiry, decision: Decision) -> None:
    """Puts the questions about one decision."""
    if decision.key == "quotas":
        _quotas(inquiry)
    elif decision.key == "eligible":
        _eligible(inquiry)
    else:
        _ever(inquiry, decision)


def _decision(key: str, expression: Expression) -> Decision:
    return Decision(frozenset(ast.names(expression.tree)), key, expression)


def _ever(inquiry: Inquiry, decision: Decision) -> None:
    assert decision.expression is not None
    told = sentences.french(decision.expression, inquiry.interview.questionnaire)
    holds = inquiry.interview.condition(decision.expression, decision.key)
    kind, _, name = decision.key.partition(".")
    words = {
        "alerts": (Flaw.ALERT_NEVER, f"l’alerte « {name} » n’est jamais levée"),
        "consents": (Flaw.DECISION_NEVER, f"le consentement « {name} » n’est jamais donné"),
        "marks": (Flaw.DECISION_NEVER, f"la marque « {name} » n’est jamais posée"),
    }
    flaw, message = words[kind]
    place = Place(decision.expression.line, decision.key)
    wanted = Premise(holds, Reason(decision.key, told))
    if not inquiry.never(flaw, place, f"{message}\u00a0: {told} n’arrive pas", wanted) and kind == "alerts":
        inquiry.witness(
            "alert", name, lambda: inquiry.example(holds, confirms=lambda route: name in route.alerts)
        )


def _eligible(inquiry: Inquiry) -> None:
    interview = inquiry.interview
    eligible = interview.questionnaire.eligible
    assert eligible is not None
    told = sentences.french(eligible, interview.questionnaire)
    holds, place = interview.condition(eligible, "eligible"), Place(eligible.line, "eligible")
    message = f"personne n’est jamais éligible\u00a0: {told} n’arrive pas"
    # Somebody eligible whose call has ended meanwhile answers nothing more.
    wanted = Premise(no(interview.ended)), Premise(holds, Reason("eligible", told))
    if inquiry.never(Flaw.ELIGIBLE_NEVER, place, message, *wanted):
        return
    message = f"tout le monde est éligible\u00a0: {told} est toujours vrai"
    inquiry.never(Flaw.ELIGIBLE_ALWAYS, place, message, Premise(no(holds), Reason("eligible", told)))
    inquiry.witness(
        "eligible", "eligible", lambda: inquiry.example(holds, confirms=lambda route: route.eligible)
    )


def _quotas(inquiry: Inquiry) -> None:
    """Every cell must be reachable by somebody eligible; a value that nobody has is said once."""
    interview = inquiry.interview
    eligible = interview.questionnaire.eligible
    base = no(interview.ended), interview.condition(eligible, "quotas") if eligible else TRUE
    place = Place(eligible.line if eligible else 1, "quotas")
    if inquiry.ask(place, *base).impossible:
        return  # nobody is eligible, which is said of `eligible`
    names = [name for name in interview.questionnaire.quotas if name != "bailleur"]
    axes = [axis for name in names if (axis := _axis(inquiry, name, place))]
    kept = [[share for share in axis if _filled(inquiry, place, base, (share,))] for axis in axes]
    if len(kept) < 2:
        return
    cells = list(product(*kept))
    if len(cells) > _MOST_CELLS:
        interview.gaps.note(
            f"{len(cells)} cellules de quota, trop pour les voir une à une", place.line, "quotas"
        )
        return
    for cell in cells:
        _filled(inquiry, place, base, cell)


def _filled(inquiry: Inquiry, place: Place, base: tuple[Formula, ...], cell: tuple[_Share, ...]) -> bool:
    told = " et ".join(share.told for share in cell)
    eligible = inquiry.interview.questionnaire.eligible
    says = sentences.french(eligible, inquiry.interview.questionnaire) if eligible else ""
    ended, qualifies = base
    wanted = Premise(ended), Premise(qualifies, Reason("eligible", says) if says else None)
    shares = [Premise(share.formula, Reason("quotas", share.told)) for share in cell]
    message = f"cellule de quota que personne ne remplit\u00a0: {told}"
    return not inquiry.never(Flaw.QUOTA_UNREACHABLE, place, message, *wanted, *shares)


def _axis(inquiry: Inquiry, name: str, place: Place) -> list[_Share]:
    """The values of a column or question that quotas are set on; none when they cannot be listed."""
    found = list(_shares(inquiry, name))
    if not found:
        message = f"les quotas sur {name}, dont les valeurs ne se listent pas"
        inquiry.interview.gaps.note(message, place.line, place.key)
    return found


def _shares(inquiry: Inquiry, name: str) -> Iterator[_Share]:
    value = inquiry.interview.names[name].value
    asked = inquiry.interview.questionnaire.questions.get(name)
    short = f"{name.partition('.')[2]} (fichier)" if name.startswith("sample.") else name
    match value:
        case Truth(holds, present):
            yield _Share(f"{short} = oui", holds)
            yield _Share(f"{short} = non", all_of(present, no(holds)))
        case Words(present, cases, _):
            yield from (_Share(f"{short} = « {text} »", all_of(present, when)) for text, when in cases)
        case Number(present, cases, None) | Codes(present, cases):
            for code, when in cases:
                choice = asked.choice(int(code)) if asked and asked.kind is not Kind.SCALE else None
                told = f"« {choice.label} »" if choice else str(code)
                yield _Share(f"{short} = {told}", all_of(present, when))
