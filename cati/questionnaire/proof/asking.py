"""The questions put to the solver about each block and each question, in the order of the interview."""

from cati.questionnaire import sentences
from cati.questionnaire.model import Block, Check, Choice, Loop
from cati.questionnaire.proof import arithmetic, stuck
from cati.questionnaire.proof.defects import Flaw, Reason
from cati.questionnaire.proof.gaps import is_certain
from cati.questionnaire.proof.inquiry import Inquiry, Place
from cati.questionnaire.proof.interview import Step
from cati.questionnaire.proof.logic import TRUE, Formula, all_of, no
from cati.questionnaire.proof.solver import Premise
from cati.questionnaire.proof.values import number


def block(inquiry: Inquiry, asked: Block, condition: Formula) -> bool:
    """Whether some interview enters the block; a condition that says nothing is noted too."""
    if asked.when is None:
        return True
    interview = inquiry.interview
    told = sentences.french(asked.when, interview.questionnaire)
    wanted = Premise(no(interview.ended)), Premise(condition)
    place = Place(asked.line, asked.id)
    message = f"bloc jamais posé\u00a0: {told} n’arrive jamais"
    if inquiry.never(Flaw.BLOCK_UNREACHABLE, place, message, *wanted):
        return False
    place = Place(asked.when.line, f"{asked.id}.when")
    message, says = f"condition toujours vraie\u00a0: {told}", f"n’est pas posé si non ({told})"
    running = _running(asked, interview.ended)
    wanted = Premise(running), Premise(no(condition), Reason(asked.id, says))
    inquiry.never(Flaw.FILTER_ALWAYS_TRUE, place, message, *wanted)
    return True


def question(inquiry: Inquiry, step: Step) -> bool:
    """All that is asked about one question; whether anybody gets past it."""
    if not _reached(inquiry, step):
        return True
    inquiry.witness("question", step.question.id, lambda: inquiry.waiting(step))
    _filter_says_something(inquiry, step)
    if stuck.for_all(inquiry, step):
        return False
    _choices(inquiry, step)
    always = [check for check, fault in step.faults if _check(inquiry, step, check, fault)]
    if not any(check.hard for check in always):
        stuck.no_value(inquiry, step)
    stuck.for_some(inquiry, step)
    return not _ends_all(inquiry, step)


def turns(inquiry: Inquiry, loop: Loop, around: Formula) -> None:
    """Notes a number that may go beyond the turns that there are: nobody would be asked about the rest."""
    if loop.count is None:
        return
    interview, place = inquiry.interview, Place(loop.count.line, f"{loop.id}.count")
    inside = interview.condition(loop.when, f"{loop.id}.when") if loop.when else TRUE
    interview.gaps.at(place.line, place.key)
    beyond = arithmetic.compare(">=", interview.meaning.number(loop.count.tree), number(loop.most + 1))
    wanted = no(interview.ended), around, inside, beyond
    if not inquiry.ask(place, *wanted).possible:
        return
    shown = inquiry.example(*wanted, confirms=lambda route: not route.ended)
    if shown is None or not is_certain(all_of(*wanted)):
        interview.gaps.note("un nombre de tours peut-être trop grand", place.line, place.key)
        return
    told = sentences.amount(loop.count, interview.questionnaire)
    message = (
        f"des tours manquent\u00a0: {told} peut dépasser {loop.most}, et la suite n’est demandée à personne"
    )
    inquiry.note(Flaw.TURNS_CUT, place, message, example=shown)


def _reached(inquiry: Inquiry, step: Step) -> bool:
    asked, questionnaire = step.question, inquiry.interview.questionnaire
    if asked.specifies or asked.per_alert:
        # Written by the engine from a choice: what is wrong, if anything, is said of the choice.
        return not inquiry.ask(_at(step), step.reached).impossible
    told = sentences.asked_if(questionnaire, asked)
    message = f"jamais posée\u00a0: aucune personne interrogée n’arrive à {asked.id} ({told})"
    wanted = Premise(no(step.ended)), Premise(step.item.asked)
    return not inquiry.never(Flaw.QUESTION_UNREACHABLE, _at(step), message, *wanted)


def _filter_says_something(inquiry: Inquiry, step: Step) -> None:
    asked, interview = step.question, inquiry.interview
    if asked.when is None or asked.specifies or asked.per_alert:
        return
    told = sentences.french(asked.when, interview.questionnaire)
    message, says = f"filtre toujours vrai\u00a0: {told}", f"n’est pas posée si non ({told})"
    running = _running(step.block, step.ended)
    wanted = Premise(running), Premise(step.in_block), Premise(no(step.own_filter), Reason(asked.id, says))
    place = Place(asked.when.line, f"{asked.id}.when")
    inquiry.never(Flaw.FILTER_ALWAYS_TRUE, place, message, *wanted)


def _choices(inquiry: Inquiry, step: Step) -> None:
    hard = any(check.hard for check, _ in step.faults)
    offers = dict(step.offers)
    for choice in step.question.choices:
        if choice.code in offers:
            _offered(inquiry, step, choice, offers[choice.code])
        elif hard:
            _selectable(inquiry, step, choice)


def _offered(inquiry: Inquiry, step: Step, choice: Choice, offered: Formula) -> None:
    if step.question.from_alerts or choice.when is None:
        return  # one choice for each alert, offered when it is raised: what is wrong is said of the alert
    if not _selectable(inquiry, step, choice):
        return
    told = sentences.french(choice.when, inquiry.interview.questionnaire)
    message = f"« {choice.label} » est proposée à tous\u00a0: {told} est toujours vrai"
    place = Place(choice.when.line, f"{step.question.id}.choices.{choice.code}")
    says = f"« {choice.label} » n’est pas proposée si non ({told})"
    wanted = Premise(step.reached), Premise(no(offered), Reason(step.question.id, says))
    inquiry.never(Flaw.CHOICE_FILTER_ALWAYS_TRUE, place, message, *wanted)


def _selectable(inquiry: Inquiry, step: Step, choice: Choice) -> bool:
    chosen = all_of(step.item.answered, step.item.codes[choice.code])
    line = choice.when.line if choice.when else step.question.line
    place = Place(line, f"{step.question.id}.choices.{choice.code}")
    message = f"« {choice.label} » ne peut jamais être choisie"
    if choice.ends:
        message += f"\u00a0: la fin « {choice.ends} » n’arrive jamais par cette question"
    flaw = Flaw.END_NEVER if choice.ends else Flaw.CHOICE_NEVER
    wanted = Premise(step.reached), Premise(chosen), *stuck.refusals(inquiry, step)
    if inquiry.never(flaw, place, message, *wanted):
        return False
    inquiry.witness("choice", place.key, lambda: inquiry.giving(step, chosen))
    return True


def _check(inquiry: Inquiry, step: Step, check: Check, fault: Formula) -> bool:
    """Whether the check trips at every answer; one that never trips is noted too."""
    told = sentences.french(check.fault, inquiry.interview.questionnaire)
    place = Place(check.fault.line, f"{step.question.id}.checks.{check.id}")
    reached = Premise(step.reached)
    says = Reason(f"{step.question.id}, contrôle {check.id}", f"signale si {told}")
    message = f"ce contrôle ne se déclenche jamais\u00a0: {told} n’arrive pas"
    if inquiry.never(
        Flaw.CHECK_NEVER, place, message, reached, Premise(step.item.seen), Premise(fault, says)
    ):
        return False
    inquiry.witness("check", place.key, lambda: inquiry.failing(step, check, fault))
    if not inquiry.ask(place, step.reached, step.item.answered).possible:
        return False  # no value at all is taken, which is said of the question
    if inquiry.ask(place, step.reached, step.item.answered, no(fault)).impossible:
        message = f"ce contrôle se déclenche à chaque réponse\u00a0: {told}"
        wanted = reached, Premise(step.item.answered), Premise(no(fault), says)
        because = inquiry.interview.solver.because(*wanted)
        shown = inquiry.waiting(step)
        if check.hard:
            inquiry.in_turns.refusing.add(place.key)
        inquiry.note(Flaw.CHECK_ALWAYS, place, message, because=because, example=shown)
        return True
    return False


def _ends_all(inquiry: Inquiry, step: Step) -> bool:
    """Whether every answer ends the interview: what follows is then asked of nobody."""
    if not any(choice.ends for choice in step.question.choices):
        return False
    if not inquiry.ask(_at(step), step.reached, step.item.seen, no(step.ending), no(step.stuck)).impossible:
        return False
    if not inquiry.ask(_at(step), no(step.ended), no(step.item.asked)).impossible:
        return False
    message = f"toute réponse à {step.question.id} met fin à l’entretien\u00a0: la suite n’est jamais posée"
    inquiry.note(Flaw.ALWAYS_ENDS, _at(step), message, example=inquiry.waiting(step))
    return True


def _running(block: Block, ended: Formula) -> Formula:
    """Where a filter counts. In the introduction a call may have ended: it is the filters that then keep the rest of it
    off the route. Elsewhere nobody is left to be asked."""
    return TRUE if block.each_call else no(ended)


def _at(step: Step) -> Place:
    return Place(step.question.line, step.question.id)
