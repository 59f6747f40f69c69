"""Playing a questionnaire without a database: question by question in the terminal, or from answers given at once."""

from collections.abc import Mapping
from typing import Any

from cati.questionnaire import changes, checks, wording
from cati.questionnaire.model import SEVERAL, Answer, Kind, Question, Questionnaire, State
from cati.questionnaire.route import AnswerKey, Route, Situation, Spoken, instance
from cati.questionnaire.routing import Compiled, off_route

_KEYS = {"n": State.DK, "r": State.REFUSED, "c": State.NA}
#: What the fictional call of a rehearsal says.
CALL = {
    "interviewer": "Camille",
    "institute": "Présence",
    "bailleur": "Opale Habitat",
    "dpo": "dpo@opale-habitat.example",
}
CONTACT = {"civilite": "Mme", "nom": "MARTIN", "residence": "Résidence des Tilleuls", "commune": "Lens"}


def scripted(compiled: Compiled, situation: Situation, given: Mapping[str, Any]) -> dict[str, Any]:
    """Route, position, failed checks and computed values of answers given by question id."""
    answers, problems = _answers(compiled, situation, given)
    route = compiled.route(situation, answers)
    for key in answers:
        if key in route.items and instance(*key) not in route.visible:
            problems[instance(*key)] = "hors des bornes ou des modalités proposées dans cette situation"
    return _told(route, answers, problems)


def _answers(
    compiled: Compiled, situation: Situation, given: Mapping[str, Any]
) -> tuple[dict[AnswerKey, Answer], dict[str, str]]:
    """The answers, and what cannot be one."""
    questionnaire = compiled.questionnaire
    answers: dict[AnswerKey, Answer] = {}
    problems: dict[str, str] = {}
    for name, content in given.items():
        question_id, _, turn = name.partition("#")
        question = questionnaire.questions.get(question_id)
        if question is None:
            problems[name] = "question inconnue"
            continue
        answer = checks.read_content(question, content)
        if isinstance(answer, Answer):
            answers[question_id, turn or _iteration(questionnaire, question, situation)] = answer
        else:
            problems[name] = answer.message
    return answers, problems


def migrated(
    old: Compiled, new: Compiled, sample: Mapping[str, Any], given: Mapping[str, Any]
) -> dict[str, Any]:
    """What an interview of these answers would keep, lose and be asked with the new version."""
    situation = Situation(sample=sample, version=old.questionnaire.version)
    found = changes.migrate(old, new, situation, _answers(old, situation, given)[0])
    return {"kept": found.kept, "lost": found.lost, "asked": found.asked, "position": found.position}


def migration_in_words(told: Mapping[str, Any]) -> str:
    """The same, for somebody who reads it."""
    return "\n".join(
        [
            f"L’entretien garderait {len(told['kept'])} réponse(s).",
            f"Il en perdrait {len(told['lost'])} : {', '.join(told['lost']) or 'aucune'}.",
            f"Il faudrait d’abord poser : {', '.join(told['asked']) or 'rien'}.",
            f"Il reprendrait en {told['position'] or 'fin de questionnaire'}.",
        ]
    )


def in_words(told: Mapping[str, Any]) -> str:
    """The same, for somebody who reads it."""
    lines = [
        f"Parcours ({len(told['route'])}) : {' '.join(told['route'])}",
        f"Position : {told['position'] or 'terminé'}",
        *(
            f"Contrôle {fault['check']} en {fault['question']} : {fault['say']}"
            for fault in told["failed_checks"]
        ),
        *(f"{name} = {value}" for name, value in told["computed"].items()),
        *(f"Réponse refusée, {question} : {message}" for question, message in told["problems"].items()),
    ]
    return "\n".join(lines)


def interview(compiled: Compiled, situation: Situation) -> None:
    """One interview at the keyboard: codes, N (ne sait pas), R (refus), C (non concerné), « < » to go back, « * » to
    leave."""
    answers: dict[AnswerKey, Answer] = {}
    route = compiled.route(situation, answers)
    while route.position:
        question = compiled.questionnaire.questions[route.position[0]]
        typed = _ask(compiled, question, situation, route)
        if typed == "*":
            break
        before = route
        if typed == "<":
            _step_back(route, answers)
        else:
            situation = _take(compiled, question, typed, situation, route, answers)
        route = compiled.route(situation, answers)
        gone = off_route(before, route)
        if gone:
            print(f"   ({len(gone)} réponse(s) sortent du parcours : {', '.join(gone)})")
    print(_farewell(route))


def _iteration(questionnaire: Questionnaire, question: Question, situation: Situation) -> str:
    return f"c{situation.call_no}" if questionnaire.block(question.block).each_call else ""


def _told(route: Route, answers: Mapping[AnswerKey, Answer], problems: Mapping[str, str]) -> dict[str, Any]:
    return {
        "route": [instance(*key) for key in route.items],
        "position": instance(*route.position) if route.position else None,
        "failed_checks": [
            {"check": fault.check, "question": fault.question, "hard": fault.hard, "say": fault.say}
            for fault in route.faults
        ],
        "computed": {
            name: value if isinstance(value, bool | int | None) else str(value)
            for name, value in route.computed.items()
        },
        "eligible": route.eligible,
        "complete": route.complete,
        "partial": route.partial,
        "ended": route.ended,
        "alerts": list(route.alerts),
        "consents": dict(route.consents),
        "marks": dict(route.marks),
        "off_route": [instance(*key) for key in answers if instance(*key) not in route.visible],
        "problems": dict(problems),
    }


def _spoken(situation: Situation) -> Spoken:
    return Spoken(situation=situation, call=CALL, contact=CONTACT)


def _ask(compiled: Compiled, question: Question, situation: Situation, route: Route) -> str:
    turn = route.position[1] if route.position else ""
    said = wording.question_texts(compiled, question, route, _spoken(situation), turn)
    print(f"\n[{instance(question.id, turn)}] {route.rank(route.position or ('', ''))}/{route.total}")
    for line in (said.stem, said.text):
        if line:
            print(line)
    if said.instruction:
        print(f"   ({said.instruction})")
    if question.kind is not Kind.SCALE:
        for choice in said.choices:
            print(f"  {choice.code:>3}  {choice.label}")
    print("  ".join(f"{special.key} {special.label}" for special in said.specials))
    try:
        return input("> ").strip()
    except EOFError:
        return "*"


def _take(
    compiled: Compiled,
    question: Question,
    typed: str,
    situation: Situation,
    route: Route,
    answers: dict[AnswerKey, Answer],
) -> Situation:
    """Stores the answer; a soft fault met on the way is confirmed by typing the same answer again."""
    key = route.position
    special = _KEYS.get(typed.lower()) if question.kind is not Kind.TEXT or len(typed) == 1 else None
    values = typed.replace(",", " ").split() if question.kind in SEVERAL else [typed]
    answer = checks.read(
        question,
        values=[] if special else values,
        special=special.value if special else None,
        limits=compiled.limits(question, situation, route, key[1] if key else ""),
    )
    if not isinstance(answer, Answer) or key is None:
        print(f"!! {answer.message if not isinstance(answer, Answer) else ''}")
        return situation
    again = answers.get(key) == answer
    answers[key] = answer
    return _warn(compiled, situation, answers, key, confirm=again)


def _warn(
    compiled: Compiled,
    situation: Situation,
    answers: Mapping[AnswerKey, Answer],
    key: AnswerKey,
    *,
    confirm: bool,
) -> Situation:
    route = compiled.route(situation, answers)
    for fault in route.faults:
        if (fault.question, fault.iteration) != key:
            continue
        if confirm and not fault.hard:
            situation = _with(situation, fault.key)
        else:
            said = wording.sentence(compiled, fault.say, route, _spoken(situation))
            print(f"!! {said}" + ("" if fault.hard else " (retaper la même réponse pour confirmer)"))
    return situation


def _with(situation: Situation, confirmed: str) -> Situation:
    return Situation(
        sample=situation.sample,
        facts=situation.facts,
        case_id=situation.case_id,
        version=situation.version,
        confirmed=situation.confirmed | {confirmed},
    )


def _step_back(route: Route, answers: dict[AnswerKey, Answer]) -> None:
    before = [key for key in route.items if key in answers]
    if before:
        del answers[before[-1]]


def _farewell(route: Route) -> str:
    if route.ended:
        return f"Fin de l'appel : {route.ended} ({route.ended_by})."
    return "Entretien complet." if route.complete else "Entretien interrompu."
