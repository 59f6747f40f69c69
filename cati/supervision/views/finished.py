"""Finished interviews for quality control: named by their random id and their case, with what looks doubtful in each.

Never who the tenant is, and no answer either: those are read apart, each with its audit.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from cati.calling import scripts
from cati.cases.rules import InterviewState
from cati.interviews import store as interviews
from cati.interviews.rules import BackcheckResult, Verdict
from cati.interviews.rules.quality import Doubts, Timed, doubts

PER_PAGE = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the list is narrowed to; None: all of them."""

    wave_id: int | None = None
    bailleur_id: int | None = None
    interviewer_id: int | None = None
    verdict: str | None = None  #: `none`, `validated`, `invalidated`


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedInterview:
    """One interview of the list."""

    id: int
    export_id: UUID
    case_id: int
    state: InterviewState
    wave: str
    bailleur: str
    interviewer: str
    number: int | None
    ended_at: datetime
    seconds: float | None  #: on the line, from consent to the last answer
    surplus: bool
    observed: bool
    verdict: Verdict | None
    last_verdict: int  #: 0: none
    backcheck: BackcheckResult | None
    called_back: bool  #: drawn to be
    doubts: Doubts


_ROWS = """
    select i.id, i.export_id, i.case_id, i.state, i.surplus, i.observed, w.code as wave, b.name as bailleur,
      u.display_name as interviewer, u.number, coalesce(i.completed_at, i.suspended_at, c.since) as ended_at,
      v.verdict, coalesce(v.id, 0) as last_verdict, k.result as backcheck, k.id is not null as called_back,
      coalesce(
        (select extract(epoch from sum(least(coalesce(d.ended_at, i.completed_at), i.completed_at)
                                       - greatest(d.answered_at, i.started_at)))
         from attempts a join dials d on d.attempt_id = a.id
         where a.case_id = i.case_id and d.call_no is not null and d.answered_at < i.completed_at
           and coalesce(d.ended_at, i.completed_at) > i.started_at),
        extract(epoch from i.completed_at - i.started_at)) as seconds
    from interviews i
    join cases c on c.id = i.case_id and c.state = 'closed'
    join waves w on w.id = i.wave_id
    join bailleurs b on b.id = i.bailleur_id
    join users u on u.id = i.interviewer_id
    left join backchecks k on k.interview_id = i.id
    left join lateral (
      select id, verdict from validations where interview_id = i.id order by id desc limit 1
    ) v on true
    where i.state in ('complete', 'partial', 'invalidated')
"""

_PAGE = text(
    f"""
    {_ROWS}
      and (cast(:wave as bigint) is null or i.wave_id = :wave)
      and (cast(:bailleur as bigint) is null or i.bailleur_id = :bailleur)
      and (cast(:interviewer as bigint) is null or i.interviewer_id = :interviewer)
      and (cast(:verdict as text) is null or coalesce(v.verdict, 'none') = :verdict)
    order by v.id is not null, ended_at desc, i.id desc
    limit :most offset :skipped
    """
)

_ONE = text(f"{_ROWS} and i.export_id = :export_id")


def finished(db: Connection, choice: Choice, page: int = 1) -> tuple[list[FinishedInterview], bool]:
    """The interviews of a page, those nobody pronounced upon first, then the newest; and whether there are more."""
    wanted = {
        "wave": choice.wave_id,
        "bailleur": choice.bailleur_id,
        "interviewer": choice.interviewer_id,
        "verdict": choice.verdict,
        "most": PER_PAGE + 1,
        "skipped": PER_PAGE * (page - 1),
    }
    rows = db.execute(_PAGE, wanted).all()
    return _with_doubts(db, rows[:PER_PAGE]), len(rows) > PER_PAGE


def one_finished(db: Connection, export_id: UUID) -> FinishedInterview | None:
    """One of them; None when it is not finished, or was erased, or never was."""
    found = _with_doubts(db, db.execute(_ONE, {"export_id": export_id}).all())
    return found[0] if found else None


#: The time until an answer: what the screen measured, else since what was done before it.
_TIMES = text(
    """
    select interview_id, question || case iteration when '' then '' else '#' || iteration end as question, milliseconds
    from (
      select interview_id, question, kind, iteration,
        coalesce(elapsed_ms, extract(epoch from at - lag(at) over (partition by interview_id order by seq)) * 1000)
          as milliseconds
      from answer_events where interview_id = any(:interviews) and part = 0
    ) timed
    where kind = 'answered' and iteration not like 'c%' and milliseconds is not null
    """
)


def times_of(db: Connection, interview_ids: Sequence[int]) -> dict[int, list[tuple[str, float]]]:
    """For each interview, its answers' questions and the milliseconds each took, the introduction apart."""
    found: dict[int, list[tuple[str, float]]] = {one: [] for one in interview_ids}
    for row in db.execute(_TIMES, {"interviews": list(interview_ids)}):
        found[row.interview_id].append((row.question, float(row.milliseconds)))
    return found


def _with_doubts(db: Connection, rows: Sequence[Row[Any]]) -> list[FinishedInterview]:
    times = times_of(db, [row.id for row in rows])
    return [_line(row, _doubts(db, row.id, times[row.id])) for row in rows]


def _doubts(db: Connection, interview_id: int, times: Iterable[tuple[str, float]]) -> Doubts:
    interview = interviews.load(db, interview_id)
    compiled = scripts.script(db, interview.questionnaire_id)
    asked = compiled.questionnaire.questions
    timed = [
        Timed(len(asked[question].ask), spent)
        for name, spent in times
        for question in [name.partition("#")[0]]
        if question in asked and not asked[question].hidden
    ]
    route = scripts.route(interview, compiled)
    return doubts(compiled.questionnaire, route, timed, len(interview.confirmed))


def _line(row: Row[Any], found: Doubts) -> FinishedInterview:
    return FinishedInterview(
        **{
            **row._mapping,
            "state": InterviewState(row.state),
            "verdict": Verdict(row.verdict) if row.verdict else None,
            "backcheck": BackcheckResult(row.backcheck) if row.backcheck else None,
            "seconds": None if row.seconds is None else float(row.seconds),
        },
        doubts=found,
    )


@dataclass(frozen=True, slots=True)
class PastVerdict:
    """A verdict that somebody gave."""

    verdict: Verdict
    reason: str
    by: str
    at: datetime


_VERDICTS = text(
    """
    select v.verdict, v.reason, u.display_name as by, v.decided_at as at
    from validations v join users u on u.id = v.decided_by
    where v.interview_id = :interview order by v.id desc
    """
)


def verdicts(db: Connection, interview_id: int) -> list[PastVerdict]:
    """What was said of the interview, the last first: the one that counts."""
    rows = db.execute(_VERDICTS, {"interview": interview_id})
    return [PastVerdict(Verdict(row.verdict), row.reason, row.by, row.at) for row in rows]


@dataclass(frozen=True, slots=True)
class Option:
    """Something the list may be narrowed to."""

    id: int
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """All that the list may be narrowed to."""

    waves: list[Option]
    bailleurs: list[Option]
    interviewers: list[Option]


_OPTIONS = {
    "waves": "select id, name as label from waves where state <> 'draft' order by created_at desc, id desc",
    "bailleurs": "select id, name as label from bailleurs order by sort_key, id",
    "interviewers": "select id, display_name as label from users where role = 'interviewer' order by sort_key, id",
}


def options(db: Connection) -> Options:
    """The waves, bailleurs and interviewers to choose from."""
    return Options(
        **{
            name: [Option(row.id, row.label) for row in db.execute(text(query))]
            for name, query in _OPTIONS.items()
        }
    )
