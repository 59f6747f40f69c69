"""An interview that only a preview knows: begun, answered, taken up elsewhere. Values from values; nothing is stored.

The desk's own decisions (`answering.weigh`, `scripts`, the screen) run on it as on an interview of the field.
"""

import random
from dataclasses import dataclass, replace

from cati.calling import scripts
from cati.calling.actions.answering import Weighed
from cati.calling.views.help import HelpShown, help_of
from cati.calling.views.screen import Screen, screen
from cati.cases.rules import InterviewState
from cati.cli.play import CALL, CONTACT
from cati.interviews.store import Interview
from cati.questionnaire.model import Answer, Questionnaire, answered
from cati.questionnaire.rehearsing import imagined_answer
from cati.questionnaire.route import AnswerKey, Route, Spoken
from cati.questionnaire.routing import Compiled
from web.author.fictitious import Tenant

_NOBODY = 0  # stands where an interview of the field names a row of the database
_TRIES, _MOST_STEPS = 60, 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """A questionnaire and the interview that tries it."""

    compiled: Compiled
    tenant: Tenant
    interview: Interview

    @property
    def route(self) -> Route:
        """Where it stands."""
        return scripts.route(self.interview, self.compiled)

    @property
    def spoken(self) -> Spoken:
        """What its texts say."""
        return scripts.spoken(self.interview, self.compiled, interviewer=CALL["interviewer"], contact=CONTACT)

    def screen(self, at: AnswerKey | None = None) -> Screen:
        """The interviewer's screen, at the position or at a question gone back to."""
        route = self.route
        state = InterviewState.COMPLETE if route.complete else InterviewState.OPEN
        interview = replace(self.interview, state=state)
        return screen(
            interview, self.compiled, route, interviewer=CALL["interviewer"], contact=CONTACT, at=at
        )

    def help(self) -> tuple[HelpShown, ...]:
        """What the interviewer has at hand."""
        return help_of(self.interview, self.compiled, self.route, interviewer=CALL["interviewer"])


def begin(compiled: Compiled, tenant: Tenant) -> Play:
    """A first call that somebody answers."""
    interview = Interview(
        id=1,
        case_id=tenant.case_id,
        household_id=_NOBODY,
        wave_id=_NOBODY,
        bailleur_id=_NOBODY,
        questionnaire_id=_NOBODY,
        state=InterviewState.OPEN,
        seq=1,
        changed_seq=1,
        facts=_facts(tenant),
        call_no=1,
        interviewer_id=_NOBODY,
        started_at=None,
        first_eligible_at=None,
        eligible_at=None,
        eligible_call=None,
        completed_at=None,
        surplus=False,
        institute=CALL["institute"],
        bailleur=CALL["bailleur"],
        dpo_contact=CALL["dpo"],
        sample=tenant.sample,
        answers={},
        confirmed=frozenset(),
        first_call=1,
    )
    return Play(compiled=compiled, tenant=tenant, interview=interview)


def keep(play: Play, weighed: Weighed) -> Play:
    """With an answer that the desk would have kept."""
    return _moved(play, weighed.interview)


def restart(play: Play) -> Play:
    """The same tenant, nothing answered."""
    return _moved(play, replace(play.interview, answers={}, confirmed=frozenset()))


def suppose(play: Play, tenant: Tenant) -> Play:
    """Another tenant gives the same answers."""
    changed = replace(play.interview, sample=tenant.sample, facts=_facts(tenant), case_id=tenant.case_id)
    return _moved(replace(play, tenant=tenant), changed)


def speak(play: Play, language: str) -> Play:
    """In another language of the questionnaire."""
    known = language if language in play.compiled.questionnaire.languages else None
    return _moved(play, replace(play.interview, language=known))


def renewed(play: Play, compiled: Compiled, tenant: Tenant) -> Play:
    """The same answers to a questionnaire saved again: those that it does not know any more are dropped."""
    known = compiled.questionnaire.questions
    answers = {key: answer for key, answer in play.interview.answers.items() if key[0] in known}
    changed = replace(
        play.interview, answers=answers, sample=tenant.sample, language=_language(play, compiled)
    )
    return _moved(Play(compiled=compiled, tenant=tenant, interview=play.interview), changed)


def note_signal(play: Play, text: str) -> Play:
    """What the tenant asks to have passed on: the next answer to the hidden question, if it takes one more."""
    hidden = next((each for each in play.compiled.questionnaire.questions.values() if each.hidden), None)
    rank = 1 + sum(hidden is not None and name == hidden.id for name, _ in play.interview.answers)
    if hidden is None or rank > hidden.repeat:
        return play
    key = (hidden.id, "" if rank == 1 else str(rank))
    return _with_answers(play, {**play.interview.answers, key: answered(text)})


def go_to(play: Play, question: str, iteration: str) -> Play | None:
    """The interview as it comes to a question: what stands before is kept, the rest dropped, what is missing imagined.

    None when none of the imagined interviews comes there.
    """
    target = (question, iteration)
    before = _before(play, question, iteration)
    kept = _with_answers(play, before)
    if kept.route.position == target:
        return kept
    for attempt in range(_TRIES):
        found = _imagined(kept, question, iteration, attempt)
        if found is not None:
            return found
    return None


def reachable(questionnaire: Questionnaire, question: str) -> bool:
    """Whether an interview may come to the question at all: it exists, and is not noted by a key."""
    found = questionnaire.questions.get(question)
    return found is not None and not found.hidden


def _imagined(play: Play, question: str, iteration: str, seed: int) -> Play | None:
    """One imagined way to the question; in a loop without a turn named, to its first."""
    draw = random.Random(seed)  # noqa: S311  (imagined answers, no secret)
    questions = play.compiled.questionnaire.questions
    for _ in range(_MOST_STEPS):
        at = play.route.position
        if at is None:
            return None
        if at[0] == question and iteration in ("", at[1]):
            return play
        situation = scripts.situation(play.interview, play.compiled)
        limits = play.compiled.limits(questions[at[0]], situation, play.route, at[1])
        answer = imagined_answer(questions[at[0]], limits, draw)
        play = _confirmed(_with_answers(play, {**play.interview.answers, at: answer}))
    return None


def _before(play: Play, question: str, iteration: str) -> dict[AnswerKey, Answer]:
    """The answers that stand before a question: on the route in the order of this case, off it as written."""
    route, questions = play.route, [*play.compiled.questionnaire.questions]
    ranks = {key: rank for rank, key in enumerate(route.items)}
    places = {name: place for place, name in enumerate(questions)}
    here = ranks.get((question, iteration))

    def stands(key: AnswerKey) -> bool:
        if here is not None and key in ranks:
            return ranks[key] < here
        hidden = play.compiled.questionnaire.questions[key[0]].hidden
        return hidden or places[key[0]] < places[question]

    return {key: answer for key, answer in play.interview.answers.items() if stands(key)}


def _confirmed(play: Play) -> Play:
    """Its soft checks confirmed, as somebody who insists would."""
    keys = frozenset(fault.key for fault in play.route.faults if not fault.hard)
    if not keys:
        return play
    return _moved(play, replace(play.interview, confirmed=play.interview.confirmed | keys))


def _with_answers(play: Play, answers: dict[AnswerKey, Answer]) -> Play:
    return _moved(play, replace(play.interview, answers=answers))


def _moved(play: Play, interview: Interview) -> Play:
    """Every change makes older screens stale, as at the desk."""
    seq = play.interview.seq + 1
    return replace(play, interview=replace(interview, seq=seq, changed_seq=seq))


def _language(play: Play, compiled: Compiled) -> str | None:
    language = play.interview.language
    return language if language in compiled.questionnaire.languages else None


def _facts(tenant: Tenant) -> dict[str, object]:
    return {"year": tenant.on.year, "date": tenant.on.isoformat()}
