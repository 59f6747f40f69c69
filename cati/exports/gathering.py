"""Gathers what the files of an export are written from: each interview's route recomputed, and its row."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row

from cati.calling import scripts
from cati.cases.rules import InterviewState
from cati.errors import Conflict
from cati.exports import store
from cati.exports.rules import facts
from cati.exports.rules.codebook import codebook
from cati.exports.rules.merging import merged
from cati.exports.rules.naming import well_named
from cati.exports.rules.rows import Respondent, column, consent_questions, consent_variables, consents_of
from cati.exports.rules.sheet import Sheet
from cati.exports.rules.variables import Variable
from cati.exports.store import Kept
from cati.questionnaire.model import Questionnaire
from cati.questionnaire.rotation import drawn_with
from cati.questionnaire.route import Route, Situation
from cati.questionnaire.routing import Compiled
from cati.sealing import Keys

_COMPLETE = frozenset({InterviewState.COMPLETE})
_WITH_PARTIALS = _COMPLETE | {InterviewState.PARTIAL}


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An export that somebody asks for; `by` is None on the command line."""

    wave_id: int
    with_partials: bool = False
    validated_only: bool = False  #: those quality control found valid, and no others
    with_surplus: bool = False  #: also tenants who called by themselves when their quota was full
    by: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """All that the files are written from."""

    wave: Row[Any]
    versions: Sequence[Row[Any]]
    questionnaires: tuple[Questionnaire, ...]
    sheet: Sheet
    surplus: int
    by_state: Counter[str]
    by_bailleur: Counter[str]
    by_version: Counter[str]


def gather(db: Connection, keys: Keys, order: Order) -> Gathered:
    """The sheet of an export and the counts of its manifest; Conflict for a wave without a questionnaire."""
    wave = store.wave(db, order.wave_id)
    respondents, begun_with = _respondents(db, keys, order)
    versions = store.versions(db, wave.questionnaire_id, begun_with)
    if not versions:
        raise Conflict(f"L’édition « {wave.code} » n’a pas encore de questionnaire.")
    questionnaires = tuple(scripts.script(db, version.id).questionnaire for version in versions)
    variables = _variables(store.bailleur_names(db, order.wave_id), questionnaires, respondents)
    return Gathered(
        wave=wave,
        versions=versions,
        questionnaires=questionnaires,
        sheet=Sheet(variables, tuple(column(variable, respondents) for variable in variables)),
        surplus=sum(one.facts.surplus for one in respondents),
        by_state=Counter("complete" if one.facts.state == 1 else "partial" for one in respondents),
        by_bailleur=Counter(one.facts.bailleur for one in respondents),
        by_version=Counter(one.facts.version for one in respondents),
    )


def _respondents(db: Connection, keys: Keys, order: Order) -> tuple[list[Respondent], set[int]]:
    """The interviews of the export, and the questionnaires they began with."""
    interviewers = _Interviewers(keys, order.wave_id)
    scripted: dict[int, _Script] = {}
    found = []
    states = _WITH_PARTIALS if order.with_partials else _COMPLETE
    wanted = store.kept(
        db, order.wave_id, states, validated_only=order.validated_only, with_surplus=order.with_surplus
    )
    for each in wanted:
        if each.questionnaire_id not in scripted:
            compiled = scripts.script(db, each.questionnaire_id)
            scripted[each.questionnaire_id] = _Script(compiled, consent_questions(compiled.questionnaire))
        found.append(_respondent(each, scripted[each.questionnaire_id], interviewers))
    return found, set(scripted)


def _variables(
    bailleurs: dict[int | str, str],
    questionnaires: Sequence[Questionnaire],
    respondents: Iterable[Respondent],
) -> tuple[Variable, ...]:
    books = [(questionnaire.version, codebook(questionnaire)) for questionnaire in questionnaires]
    names = list(dict.fromkeys(name for one in questionnaires for name in one.consents))
    given = {key for respondent in respondents for key in respondent.consents}
    first = (*facts.technical(bailleurs), *consent_variables(given, names))
    return tuple(well_named([*first, *merged(books)]))


class _Interviewers:
    """Each interviewer's mark in the exports of one wave: a keyed hash, worked out once."""

    def __init__(self, keys: Keys, wave_id: int) -> None:
        self._keys, self._wave_id = keys, wave_id
        self._marks: dict[int, str] = {}

    def mark(self, user_id: int) -> str:
        """Eight signs that tell two interviewers apart and name neither; another wave has others."""
        if user_id not in self._marks:
            digest = self._keys.fingerprint("export interviewer", f"{self._wave_id}\0{user_id}")
            self._marks[user_id] = digest[:4].hex()
        return self._marks[user_id]


@dataclass(frozen=True, slots=True)
class _Script:
    """A version that interviews have, and the questions its consents are given by."""

    compiled: Compiled
    given_by: Mapping[str, Sequence[str]]


def _respondent(each: Kept, script: _Script, interviewers: _Interviewers) -> Respondent:
    compiled = script.compiled
    route = _route(each, compiled, each.call_no)
    asked_in = sorted({int(time[1:]) for _, time in each.answers if time.startswith("c")})
    consents: dict[tuple[str, int], bool] = {}
    for call_no in asked_in:
        of_call = route if call_no == each.call_no else _route(each, compiled, call_no)
        consents |= consents_of(script.given_by, call_no, of_call)
    mark = interviewers.mark(each.interviewer_id)
    return Respondent(
        facts=_facts(each, compiled.questionnaire, mark),
        visible=route.visible,
        computed=route.computed,
        consents=consents,
    )


def _route(each: Kept, compiled: Compiled, call_no: int) -> Route:
    """The route as this call's introduction has it."""
    first = facts.first_call(each.calls, call_no)
    situation = Situation(
        sample=each.sample,
        facts=each.facts,
        case_id=each.case_id,
        call_no=call_no,
        intro_call=first if first < call_no else None,
        version=drawn_with(each.facts, compiled.questionnaire.version),
    )
    return compiled.route(situation, each.answers)


def _facts(each: Kept, questionnaire: Questionnaire, interviewer: str) -> facts.Facts:
    version = questionnaire.version
    return facts.Facts(
        export_id=str(each.export_id),
        state=facts.state_code(each.state),
        surplus=int(each.surplus),
        bailleur=each.bailleur,
        qpv=None if each.qpv is None else int(each.qpv),
        dwelling=facts.dwelling_code(each.sample),
        seniority=facts.seniority_class(each.sample),
        day=facts.day_of(each.ended_at or each.started_at),
        seconds=facts.seconds_of(each.calls, each.started_at, each.ended_at),
        version=version,
        began_with=drawn_with(each.facts, version),
        interviewer=interviewer,
        attempts=each.attempts,
        observed=int(each.observed),
        language=questionnaire.said_in(each.language or "").language,
    )
