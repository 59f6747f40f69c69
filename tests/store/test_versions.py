"""A wave goes on with another version of its questionnaire while interviews are open."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from threading import Barrier
from uuid import uuid4

import pytest
from sqlalchemy import Connection, func, select, text, update

from cati.audit.tables import audit_log
from cati.calling import scripts
from cati.calling.actions.answering import Given, Recorded, record_answer
from cati.calling.store.checks import quota_differences
from cati.cases.rules import Disposition, InterviewState
from cati.database import transaction
from cati.errors import Conflict, Invalid, NotFound, StaleScreen
from cati.exports.actions import write_export
from cati.exports.gathering import Order
from cati.interviews import store as interviews
from cati.interviews.store import Interview
from cati.interviews.tables import answer_events, answers
from cati.interviews.tables import interviews as interview_rows
from cati.observation.actions import Joined, next_interview
from cati.people.rules import Role
from cati.people.store import insert_user
from cati.people.tables import messages
from cati.questionnaire.model import State, answered
from cati.questionnaire.wording import question_texts
from cati.sealing import Keys
from cati.supervision.actions import moving
from cati.supervision.actions.moving import Moved, MoveOrder
from cati.supervision.rules import Whom
from cati.supervision.store import versions
from tests.conftest import Database
from tests.store.calls import Desk, counts
from tests.store.test_visits import an_afternoon
from tests.stories import TRIENNALE, Tenant, Wave, a_published_triennale, an_interviewer
from tests.versioned import FIRST, SECOND, SHORTER, a_wave_at_the_first_version, published


@pytest.fixture
def wave(db: Connection, sealed: Keys, now: datetime) -> Wave:
    return a_wave_at_the_first_version(db, sealed, now)


@pytest.fixture
def desk(db: Connection, sealed: Keys, wave: Wave, now: datetime) -> Desk:
    return Desk(db=db, keys=sealed, user_id=an_interviewer(db, now, waves=[wave]), now=now)


def a_supervisor(db: Connection, now: datetime) -> int:
    made = insert_user(
        db,
        login="chef",
        first_name="Alix",
        display_name="Alix Fictif",
        sort_key="alix fictif",
        number=None,
        role=Role.SUPERVISOR,
        password_hash="x",
        created_at=now,
    )
    assert made is not None
    return made


def move(db: Connection, wave: Wave, to: int, now: datetime, whom: Whom = Whom.ALL) -> Moved:
    """Move the wave, having seen it as it is."""
    seen = versions.wave(db, wave.id).questionnaire_id
    by = db.scalar(text("select id from users where login = 'chef'")) or a_supervisor(db, now)
    return moving.move_wave(db, wave.id, to, MoveOrder(whom=whom, reason="essai", seen=seen), by=by, now=now)


def as_it_stands(tenant: Tenant) -> Interview:
    return interviews.load(tenant.db, tenant.interview_id)


def position(tenant: Tenant) -> tuple[str, str] | None:
    now_is = as_it_stands(tenant)
    return scripts.route(now_is, scripts.script(tenant.db, now_is.questionnaire_id)).position


def kinds(tenant: Tenant) -> list[tuple[str, int]]:
    """The kind and the version of every event, in order."""
    columns = answer_events.c
    mine = select(columns.kind, columns.questionnaire_id).where(columns.interview_id == tenant.interview_id)
    return [tuple(row) for row in tenant.db.execute(mine.order_by(columns.seq))]


def up_to_a5(desk: Desk) -> Tenant:
    """Somebody on the line who said « Plutôt », and stands at the last question."""
    tenant = desk.reaches(desk.takes())
    for question, *said in (("INT1", 1), ("A1", 2), ("A2", 2, 1), ("A3", 4)):
        assert isinstance(tenant.says(question, *said), Recorded)
    return tenant


def finished(desk: Desk) -> Tenant:
    tenant = up_to_a5(desk)
    tenant.says("A5", 1)
    desk.closes(Disposition.COMPLETE)
    return tenant


def suspended(desk: Desk, *said: tuple[str, int]) -> Tenant:
    """Somebody who began, and broke off."""
    tenant = desk.reaches(desk.takes())
    for question, code in (("INT1", 1), *said):
        tenant.says(question, code)
    desk.closes(Disposition.BREAK_OFF)
    return tenant


def test_an_interview_on_the_line_goes_on_with_the_new_version(
    db: Connection, wave: Wave, desk: Desk
) -> None:
    tenant, first = up_to_a5(desk), wave_version(db, wave)
    second = published(db, SECOND, desk.now)
    before = as_it_stands(tenant)
    assert move(db, wave, second, desk.now) == Moved(moved=1, kept=0, calling=1)
    after = as_it_stands(tenant)
    assert (after.questionnaire_id, after.changed_seq) == (second, before.seq + 1)
    assert after.answers == before.answers, "what was said is kept, whether it counts or not"
    assert kinds(tenant)[-1] == ("migrated", second)
    assert {version for kind, version in kinds(tenant) if kind == "answered"} == {first}
    assert position(tenant) == ("A1", ""), "« Plutôt » is offered no more"
    for question, said in (("A1", 3), ("A25", "la porte"), ("A4", "le bruit"), ("A5", 1)):
        assert isinstance(tenant.says(question, said), Recorded), question
    assert as_it_stands(tenant).state is InterviewState.COMPLETE
    assert [version for kind, version in kinds(tenant) if kind == "answered"][-4:] == [second] * 4


def wave_version(db: Connection, wave: Wave) -> int:
    return versions.wave(db, wave.id).questionnaire_id


def test_the_screen_that_the_interviewer_still_has_is_stale_and_he_is_told(
    db: Connection, wave: Wave, desk: Desk
) -> None:
    tenant = up_to_a5(desk)
    seen = as_it_stands(tenant).seq
    move(db, wave, published(db, SECOND, desk.now), desk.now)
    old = Given(question="A5", values=("1",), key=uuid4(), seen=seen)
    with pytest.raises(StaleScreen):
        record_answer(db, tenant.user_id, tenant.interview_id, old, desk.now)
    told = db.execute(select(messages)).one()
    assert (told.to_user_id, "version 2" in told.text) == (tenant.user_id, True)


def test_what_is_finished_never_changes_and_what_begins_begins_with_the_new_one(
    db: Connection, wave: Wave, desk: Desk
) -> None:
    done, first = finished(desk), wave_version(db, wave)
    waiting = suspended(desk)
    second = published(db, SECOND, desk.now)
    assert move(db, wave, second, desk.now) == Moved(moved=1, kept=0, calling=0)
    assert as_it_stands(done).questionnaire_id == first
    assert as_it_stands(waiting).questionnaire_id == second
    assert "migrated" not in [kind for kind, _ in kinds(done)]
    assert db.execute(select(messages)).all() == [], "nobody was in a call"
    fresh = desk.reaches(desk.takes())
    assert as_it_stands(fresh).questionnaire_id == second


@pytest.mark.parametrize(
    ("whom", "gone"),
    [
        (Whom.NOBODY, [False, False]),
        (Whom.UNTOUCHED, [True, False]),  # who said « Plutôt » would be asked again
        (Whom.ALL, [True, True]),
    ],
)
def test_a_supervisor_chooses_who_goes_on_with_it(
    whom: Whom, gone: list[bool], db: Connection, wave: Wave, desk: Desk
) -> None:
    open_now = [suspended(desk, ("A1", 1)), suspended(desk, ("A1", 2))]
    second = published(db, SECOND, desk.now)
    moved = move(db, wave, second, desk.now, whom)
    assert (moved.moved, moved.kept) == (sum(gone), 2 - sum(gone))
    assert [as_it_stands(each).questionnaire_id == second for each in open_now] == gone
    assert wave_version(db, wave) == second
    line = db.execute(select(audit_log).where(audit_log.c.action == "wave.questionnaire")).one()
    assert line.purpose == "essai"
    assert line.details == {"version": ["1", "2"], "moved": moved.moved, "kept": moved.kept, "calling": 0}


def test_the_others_may_follow_later(db: Connection, wave: Wave, desk: Desk) -> None:
    suspended(desk, ("A1", 2))
    second = published(db, SECOND, desk.now)
    move(db, wave, second, desk.now, Whom.NOBODY)
    assert move(db, wave, second, desk.now) == Moved(moved=1, kept=0, calling=0)
    assert move(db, wave, second, desk.now) == Moved(moved=0, kept=0, calling=0)


def test_what_would_change_is_counted_and_no_answer_is_shown(db: Connection, wave: Wave, desk: Desk) -> None:
    for said in ([("A1", 1)], [("A1", 2)], [("A1", 2), ("A2", 1), ("A3", 4)]):
        suspended(desk, *said)
    up_to_a5(desk)
    plan = versions.plan(db, versions.wave(db, wave.id), published(db, SECOND, desk.now))
    assert [(each.question, each.lost, each.asked) for each in plan.questions] == [
        ("A1", 3, 2),
        ("A25", 0, 2),
    ]
    assert (len(plan.planned), plan.calling, plan.going_back, plan.finishing) == (4, 1, 3, 0)
    assert [change.question for change in plan.changes] == ["A1", "A2", "A25"]


def test_only_an_answer_completes_an_interview(db: Connection, wave: Wave, desk: Desk) -> None:
    tenant, first = up_to_a5(desk), wave_version(db, wave)
    assert move(db, wave, published(db, SHORTER, desk.now), desk.now) == Moved(moved=0, kept=1, calling=0)
    assert as_it_stands(tenant).questionnaire_id == first
    assert as_it_stands(tenant).state is InterviewState.OPEN
    tenant.says("A5", 1)
    assert as_it_stands(tenant).state is InterviewState.COMPLETE


def test_places_stay_counted_as_they_were(db: Connection, wave: Wave, desk: Desk) -> None:
    tenant = up_to_a5(desk)
    cell = db.scalar(text("select cell_id from quota_places"))
    move(db, wave, published(db, SECOND, desk.now), desk.now)
    assert counts(db, cell) == (0, 1, 0)
    assert quota_differences(db) == []
    for question, said in (("A1", 1), ("A25", "x"), ("A5", 1)):
        tenant.says(question, said)
    assert counts(db, cell) == (1, 0, 0)
    assert quota_differences(db) == []


def test_the_order_that_a_respondent_saw_stays(db: Connection, wave: Wave, desk: Desk) -> None:
    tenant = suspended(desk)
    asked = shown_codes(tenant)
    move(db, wave, published(db, SECOND, desk.now), desk.now)
    third = published(db, SECOND.replace('version: "2"', 'version: "3"'), desk.now)
    move(db, wave, third, desk.now)
    assert [code for code in shown_codes(tenant) if code != 5] == asked
    assert as_it_stands(tenant).facts["drawn"] == "1"


def shown_codes(tenant: Tenant) -> list[int]:
    """The choices of A2 as this interview has them on screen."""
    now_is = as_it_stands(tenant)
    compiled = scripts.script(tenant.db, now_is.questionnaire_id)
    route, said = scripts.route(now_is, compiled), scripts.spoken(now_is, compiled)
    wording = question_texts(compiled, compiled.questionnaire.questions["A2"], route, said)
    return [choice.code for choice in wording.choices]


def test_a_wave_is_not_moved_to_where_a_code_means_something_else(
    db: Connection, wave: Wave, desk: Desk
) -> None:
    finished(desk)
    labels = (
        "Plutôt bien",
        "Plus bien",
    )  # each like the one before it; the last is the contrary of the first
    for rank, label in enumerate(labels, start=2):
        last = published(
            db, FIRST.replace('version: "1"', f'version: "{rank}"').replace("Plutôt", label), desk.now
        )
    with pytest.raises(Conflict, match="il faut un autre code"):
        move(db, wave, last, desk.now)
    with pytest.raises(Conflict, match="il faut un autre code"):
        moving.begin_with(db, wave.id, last, by=None, now=desk.now)


def test_moving_asks_for_a_reason_an_open_field_and_a_fresh_look(
    db: Connection, wave: Wave, desk: Desk
) -> None:
    first, second = wave_version(db, wave), published(db, SECOND, desk.now)
    by = a_supervisor(db, desk.now)
    with pytest.raises(Invalid):
        moving.move_wave(
            db, wave.id, second, MoveOrder(whom=Whom.ALL, reason=" ", seen=first), by=by, now=desk.now
        )
    with pytest.raises(StaleScreen):
        moving.move_wave(
            db, wave.id, second, MoveOrder(whom=Whom.ALL, reason="x", seen=second), by=by, now=desk.now
        )
    with pytest.raises(NotFound):  # another questionnaire
        move(db, wave, a_published_triennale(db, desk.now), desk.now)
    db.execute(text("update waves set state = 'closed'"))
    with pytest.raises(Conflict, match="fermé"):
        move(db, wave, second, desk.now)


def test_publishing_for_a_wave_leaves_open_interviews_pinned(db: Connection, wave: Wave, desk: Desk) -> None:
    tenant, first = suspended(desk), wave_version(db, wave)
    second = published(db, SECOND, desk.now)
    assert moving.begin_with(db, wave.id, second, by=None, now=desk.now) == 1
    assert (wave_version(db, wave), as_it_stands(tenant).questionnaire_id) == (second, first)


def test_replaying_the_events_of_a_moved_interview_gives_the_same_file(
    db: Connection, wave: Wave, desk: Desk, sealed: Keys, tmp_path: Path
) -> None:
    tenant = up_to_a5(desk)
    move(db, wave, published(db, SECOND, desk.now), desk.now)
    for question, said in (("A1", 1), ("A25", "la porte"), ("A5", 2)):
        tenant.says(question, said)
    desk.closes(Disposition.COMPLETE)
    kept = exported(db, sealed, wave, tmp_path / "kept", desk.now)
    assert b"2;1;" in kept.replace(b",", b";"), "the version of the interview, and the one it began with"
    assert b"la porte" in kept
    _forget(db, tenant)
    assert exported(db, sealed, wave, tmp_path / "forgotten", desk.now) != kept
    _replay(db, tenant)
    assert exported(db, sealed, wave, tmp_path / "replayed", desk.now) == kept


def exported(db: Connection, keys: Keys, wave: Wave, to: Path, now: datetime) -> bytes:
    write_export(db, keys, Order(wave_id=wave.id), to, now)
    return (to / "triennale-2026.csv").read_bytes()


def _forget(db: Connection, tenant: Tenant) -> None:
    """Nothing of what was made of the events is left."""
    mine = answers.c.interview_id == tenant.interview_id
    db.execute(update(answers).where(mine).values(state=State.REFUSED, value=None))
    first = select(func.min(answer_events.c.questionnaire_id)).scalar_subquery()
    row = interview_rows.c.id == tenant.interview_id
    db.execute(update(interview_rows).where(row).values(questionnaire_id=first, facts={}))


def _replay(db: Connection, tenant: Tenant) -> None:
    """The answers, and the versions the interview began and ended with, from its events alone."""
    events = db.execute(
        select(answer_events)
        .where(answer_events.c.interview_id == tenant.interview_id)
        .order_by(answer_events.c.seq)
    ).all()
    for event in events:
        if event.kind == "answered":
            its = (answers.c.question == event.question) & (answers.c.iteration == event.iteration)
            mine = (answers.c.interview_id == tenant.interview_id) & its
            db.execute(update(answers).where(mine).values(state=event.state, value=event.value))
    began = db.scalar(
        text("select version from questionnaires where id = :id"), {"id": events[0].questionnaire_id}
    )
    row = update(interview_rows).where(interview_rows.c.id == tenant.interview_id)
    facts = {"drawn": began} if "migrated" in [event.kind for event in events] else {}
    db.execute(row.values(questionnaire_id=events[-1].questionnaire_id, facts=facts))


def test_an_answer_kept_at_that_very_moment_is_kept_before_or_refused_after(
    database: Database, sealed: Keys, now: datetime
) -> None:
    with transaction(database.engine) as db:
        wave = a_wave_at_the_first_version(db, sealed, now, households=4)
        desks = [
            Desk(db=db, keys=sealed, user_id=an_interviewer(db, now, waves=[wave], login=f"te{n}"), now=now)
            for n in range(4)
        ]
        tenants = [up_to_a5(each) for each in desks]
        seen = [as_it_stands(each).seq for each in tenants]
        second = published(db, SECOND, now)
        by = a_supervisor(db, now)
    ready = Barrier(5)

    def answer(rank: int) -> bool:
        given = Given(question="A3", values=("7",), key=uuid4(), seen=seen[rank])
        ready.wait()
        try:
            with transaction(database.engine) as own:
                record_answer(own, tenants[rank].user_id, tenants[rank].interview_id, given, now)
        except StaleScreen:
            return False
        return True

    def moved() -> Moved:
        order = MoveOrder(whom=Whom.ALL, reason="essai", seen=seen_version)
        ready.wait()
        with transaction(database.engine) as own:
            return moving.move_wave(own, wave.id, second, order, by=by, now=now)

    with transaction(database.engine) as db:
        seen_version = versions.wave(db, wave.id).questionnaire_id
    with ThreadPoolExecutor(5) as pool:
        answering = [pool.submit(answer, rank) for rank in range(4)]
        outcome = pool.submit(moved).result()
        kept = [each.result() for each in answering]
    assert outcome == Moved(moved=4, kept=0, calling=4)
    with transaction(database.engine) as db:
        for tenant, was_kept in zip(tenants, kept, strict=True):
            after = interviews.load(db, tenant.interview_id)
            assert after.questionnaire_id == second
            assert after.answers["A3", ""] == answered(7 if was_kept else 4)
            last = db.scalars(_VERSIONS_OF_ANSWERS, {"id": tenant.interview_id}).all()
            assert set(last) == {seen_version}, "what was said before is of the first version"


_VERSIONS_OF_ANSWERS = text(
    "select questionnaire_id from answer_events where interview_id = :id and kind = 'answered'"
)


NEW_QUESTION = "      - {id: A0, ask: Bonsoir ?, type: single, choices: sat4}\n      - id: A1\n"


@pytest.mark.parametrize(
    ("before", "after", "ends", "asked"),
    [
        ("      - id: A1\n", NEW_QUESTION, [None], "A0"),  # the guest sees what is asked now
        (
            "de contrôle qualité et de formation",
            "de formation",
            ["consent_withdrawn"],
            None,
        ),  # not what he agreed to
    ],
)
def test_who_listens_follows_the_new_version_if_the_tenant_agreed_to_its_words(
    before: str,
    after: str,
    ends: list[str | None],
    asked: str | None,
    db: Connection,
    keys: Path,
    now: datetime,
) -> None:
    afternoon = an_afternoon(db, keys, now).opened()
    me = afternoon.guest(afternoon.wave.bailleurs[0])
    afternoon.called().agrees()
    assert isinstance(next_interview(db, me, now), Joined)
    newer = TRIENNALE.read_text().replace('version: "2026.1"', 'version: "2026.2"').replace(before, after)
    move(db, afternoon.wave, published(db, newer, now), now)
    assert afternoon.ends() == ends
    shown = afternoon.shown()
    assert (shown["asked"]["question"] if shown else None) == asked
