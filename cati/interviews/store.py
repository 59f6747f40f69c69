"""SQL that opens, loads and saves interviews: answers, their events and the interview's own row in one statement."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, Row, Select, case, insert, literal, select, update
from sqlalchemy.dialects.postgresql import JSONB

from cati.cases.rules import InterviewState
from cati.cases.tables import cases
from cati.errors import CaseTaken, NotFound
from cati.events import CHANGES_ANSWERS, EventKind
from cati.interviews import listening
from cati.interviews.listening import Listening
from cati.interviews.loading import FOR_ANSWER, INTERVIEW
from cati.interviews.rules import ListeningEnd
from cati.interviews.statements import SAVE, SAVE_IN_HAND
from cati.interviews.tables import interviews
from cati.questionnaire.model import Answer, State
from cati.sample.tables import households


@dataclass(frozen=True, slots=True, kw_only=True)
class Interview:
    """An interview as it stands, with all that its route is computed from."""

    id: int
    case_id: int
    household_id: int
    wave_id: int
    bailleur_id: int
    questionnaire_id: int
    state: InterviewState
    seq: int
    changed_seq: int
    facts: Mapping[str, Any]
    call_no: int
    interviewer_id: int
    started_at: datetime | None
    first_eligible_at: datetime | None
    eligible_at: datetime | None
    eligible_call: int | None
    completed_at: datetime | None
    surplus: bool
    institute: str
    bailleur: str
    dpo_contact: str
    sample: Mapping[str, Any]  #: the household's columns, `qpv` among them
    answers: Mapping[tuple[str, str], Answer]
    confirmed: frozenset[str]  #: keys of the soft checks the interviewer confirmed
    first_call: (
        int | None
    )  #: of the attempt under way: its introduction holds after a redial by the same interviewer
    visit: int | None = None  #: the visit whose observer this call's introduction announces now
    language: str | None = None  #: of the script as it is read; None: the questionnaire's own


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of the paradata, before it has its number."""

    kind: EventKind
    question: str | None = None
    iteration: str | None = None
    answer: Answer | None = None
    text_sha256: str | None = None
    visit_id: int | None = None  #: that the screen announced, or whose observers see the answer
    screen: str | None = None
    elapsed_ms: int | None = None

    @property
    def key(self) -> tuple[str, str]:
        """The item it is of; empty for what is of no question."""
        return self.question or "", self.iteration or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What an interview begins with."""

    case_id: int
    questionnaire_id: int
    facts: Mapping[str, Any]  #: `year` and `date`, frozen from now on
    interviewer_id: int
    call_no: int


def open_interview(db: Connection, opening: Opening, now: datetime) -> int:
    """The row of an interview whose first introduction screen is about to be shown; returns its id."""
    first = {
        "case_id": cases.c.id,
        "wave_id": cases.c.wave_id,
        "bailleur_id": households.c.bailleur_id,
        "export_id": literal(uuid4()),
        "questionnaire_id": literal(opening.questionnaire_id),
        "state": literal(InterviewState.INTRO.value),
        "facts": literal(dict(opening.facts), JSONB),
        "call_no": literal(opening.call_no),
        "interviewer_id": literal(opening.interviewer_id),
        "opened_at": literal(now),
        **dict.fromkeys(("seq", "changed_seq"), literal(0)),
        **dict.fromkeys(("surplus", "observed"), literal(False)),
    }
    case = select(*first.values()).join(households, households.c.id == cases.c.household_id)
    made = insert(interviews).from_select(list(first), case.where(cases.c.id == opening.case_id))
    opened: int = db.execute(made.returning(interviews.c.id)).scalar_one()
    return opened


def load(db: Connection, interview_id: int, *, lock: bool = False) -> Interview:
    """The interview with its answers and its household's sample columns, in one statement."""
    row = _read(db, INTERVIEW.where(interviews.c.id == interview_id), lock=lock)
    if row is None:
        raise NotFound(interview=interview_id)
    return _interview(row)


def of_case(db: Connection, case_id: int, *, lock: bool = False) -> Interview | None:
    """The case's interview, or None while it has none."""
    row = _read(db, INTERVIEW.where(interviews.c.case_id == case_id), lock=lock)
    return None if row is None else _interview(row)


def of_wave(db: Connection, wave_id: int, states: Collection[InterviewState]) -> list[Interview]:
    """The wave's interviews in these states, each as it stands, by id: one statement."""
    wanted = (interviews.c.wave_id == wave_id, interviews.c.state.in_(sorted(states)))
    query: Select[Any] = INTERVIEW.where(*wanted).order_by(interviews.c.id)
    return [_interview(row) for row in db.execute(query)]


def awaits_place(db: Connection, case_id: int) -> int | None:
    """The case's interview, if it was found eligible and is suspended: it goes on only with a quota place."""
    waits = select(interviews.c.id).where(
        interviews.c.case_id == case_id,
        interviews.c.state == InterviewState.SUSPENDED,
        interviews.c.eligible_at.is_not(None),
        ~interviews.c.surplus,
    )
    return db.execute(waits).scalar_one_or_none()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What an interviewer who sends an answer has in hand."""

    repeated: bool  #: this request already had its effect
    may_go_on: bool  #: the case is his, or may be his again
    holds_place: bool
    cell_id: int | None
    listening: Listening | None  #: while somebody listens


def load_for(
    db: Connection, interview_id: int, user_id: int, request: UUID, now: datetime
) -> tuple[Interview, Standing]:
    """The interview, locked, and how this interviewer and this request stand to it: one statement."""
    wanted = {"wanted": interview_id, "request": request, "me": user_id, "now": now}
    row = db.execute(FOR_ANSWER, wanted).one_or_none()
    if row is None:
        raise NotFound(interview=interview_id)
    if not row.of_one_time:  # waited for the lock: what stands beside the row is older than the row
        row = db.execute(FOR_ANSWER, wanted).one()
    standing = Standing(
        repeated=row.already,
        may_go_on=row.may_go_on,
        holds_place=row.holds_place,
        cell_id=row.cell_id,
        listening=None if row.listening is None else Listening.of(row.listening),
    )
    return _interview(row, visit=row.visit), standing


_CHANGING = (
    "state",
    "call_no",
    "started_at",
    "first_eligible_at",
    "eligible_at",
    "eligible_call",
    "completed_at",
    "surplus",
)


def save(
    db: Connection,
    interview: Interview,
    events: Sequence[Event],
    *,
    request: UUID,
    by: int,
    now: datetime,
    **changes: Any,
) -> int:
    """Append the events (part 0 first), their answers and the interview's changed columns; returns the new seq."""
    row = _row(interview, events, changes)
    db.execute(SAVE, {**row, "request": request, "me": by, "now": now})
    return int(row["seq"])


def save_in_hand(
    db: Connection,
    interview: Interview,
    events: Sequence[Event],
    *,
    request: UUID,
    by: int,
    now: datetime,
    until: datetime,
    **changes: Any,
) -> int:
    """The same for the interviewer who has the case in hand, whose lease is prolonged `until` then.

    Raises CaseTaken, and writes nothing, when he has it no more.
    """
    row = _row(interview, events, changes)
    hand = {"request": request, "me": by, "now": now, "until": until, "case": interview.case_id}
    if not db.execute(SAVE_IN_HAND, {**row, **hand}).rowcount:
        raise CaseTaken(case=interview.case_id)
    return int(row["seq"])


def set_state(db: Connection, interview_id: int, state: InterviewState, now: datetime) -> None:
    """Move the interview to a state that no answer brings about (suspended, and the ends of a closed case).

    An interview that is suspended already stays so since it was: what keeps its place is counted from then. Nobody
    listens any more.
    """
    since = case((interviews.c.state == state, interviews.c.suspended_at), else_=now)
    suspended = {"suspended_at": since} if state is InterviewState.SUSPENDED else {}
    db.execute(update(interviews).where(interviews.c.id == interview_id).values(state=state, **suspended))
    listening.end(db, interview_id, ListeningEnd.FINISHED, now)


def set_surplus(db: Connection, interview_id: int, surplus: bool) -> None:
    """Write whether the interview goes on outside of the quota."""
    db.execute(update(interviews).where(interviews.c.id == interview_id).values(surplus=surplus))


def set_language(db: Connection, interview_id: int, language: str | None) -> None:
    """Write in which language the script is read from now on, in every call; None: the questionnaire's own."""
    db.execute(update(interviews).where(interviews.c.id == interview_id).values(language=language))


def undo_eligibility(db: Connection, interview_id: int) -> None:
    """Somebody refused: should he agree later, he is asked again, and a place is taken again."""
    db.execute(
        update(interviews).where(interviews.c.id == interview_id).values(eligible_at=None, eligible_call=None)
    )


def in_call(interview: Interview, call_no: int) -> Interview:
    """The interview as it reads in this call: its introduction is the one of the call."""
    return replace(interview, call_no=call_no, first_call=interview.first_call or call_no)


def _read(db: Connection, query: Select[Any], *, lock: bool) -> Row[Any] | None:
    """The interview's row, locked if asked.

    Who waits for the lock gets the row as it is then, but what stands beside it as it was before: it is read again.
    """
    if not lock:
        return db.execute(query).one_or_none()
    row = db.execute(query.with_for_update(of=interviews)).one_or_none()
    if row is not None and not row.of_one_time:
        row = db.execute(query).one_or_none()
    return row


def _row(interview: Interview, events: Sequence[Event], changes: Mapping[str, Any]) -> dict[str, Any]:
    numbered = [_event(event, interview.seq + part + 1, part) for part, event in enumerate(events)]
    return {
        "interview": interview.id,
        "questionnaire": interview.questionnaire_id,
        "events": json.dumps(numbered, ensure_ascii=False),
        "seq": interview.seq + len(numbered),
        "changed_seq": changes.get("changed_seq", _changed_seq(interview, numbered)),
        **{column: changes.get(column, getattr(interview, column)) for column in _CHANGING},
    }


def _changed_seq(interview: Interview, numbered: Sequence[Mapping[str, Any]]) -> int:
    return max(
        (row["seq"] for row in numbered if row["kind"] in CHANGES_ANSWERS), default=interview.changed_seq
    )


def _event(event: Event, seq: int, part: int) -> dict[str, Any]:
    answer = event.answer
    return {
        "seq": seq,
        "part": part,
        "kind": event.kind,
        "question": event.question,
        "iteration": event.iteration,
        "state": answer.state if answer else None,
        "value": answer.value if answer else None,
        "text_sha256": event.text_sha256,
        "visit_id": event.visit_id,
        "screen": event.screen,
        "elapsed_ms": event.elapsed_ms,
    }


def _interview(row: Row[Any], *, visit: int | None = None) -> Interview:
    return Interview(
        id=row.id,
        case_id=row.case_id,
        household_id=row.household_id,
        wave_id=row.wave_id,
        bailleur_id=row.bailleur_id,
        questionnaire_id=row.questionnaire_id,
        state=InterviewState(row.state),
        seq=row.seq,
        changed_seq=row.changed_seq,
        facts=row.facts,
        call_no=row.call_no,
        interviewer_id=row.interviewer_id,
        started_at=row.started_at,
        first_eligible_at=row.first_eligible_at,
        eligible_at=row.eligible_at,
        eligible_call=row.eligible_call,
        completed_at=row.completed_at,
        surplus=row.surplus,
        institute=row.institute,
        bailleur=row.bailleur,
        dpo_contact=row.dpo_contact,
        sample={**row.sample, "qpv": row.qpv},
        answers={(q, it): Answer(State(state), value) for q, it, state, value in row.answers},
        confirmed=frozenset(row.confirmed),
        first_call=row.first_call,
        visit=visit,
        language=row.language,
    )
