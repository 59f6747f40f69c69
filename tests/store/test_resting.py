"""A household interviewed for one study is left in peace by the others of its bailleur, and comes back by itself."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from alembic import command
from sqlalchemy import Connection, select, text

from cati.calling.actions import protocols
from cati.calling.actions.protocols import ProtocolOrder
from cati.cases.rules import Disposition
from cati.cases.tables import cases
from cati.database import transaction
from cati.sample.tables import contact_log, households
from cati.scheduling.rules import Protocol, Rest, RestAfter
from cati.sealing import Keys
from cati.supervision.views import explaining
from cati.telephony.rules import Key
from tests.conftest import Database
from tests.store.calls import DAY, MINUTE, PLAIN, Desk, case_of
from tests.store.test_migration_0002 import alembic
from tests.stories import Household, Wave, a_bailleur, a_wave, an_interviewer

HOME = Household(id="7", mobile="06 39 98 55 01", name="Delattre")
NEXT_DOOR = Household(id="9", mobile="06 39 98 55 02", name="Caron")
MOVED_NUMBER = Household(id="7", mobile="06 39 98 55 77", name="Delattre")  # the same name and address
BY_CONTACT = PLAIN.model_copy(update={"rest": Rest(after=RestAfter.CONTACT)})
OF_ANYBODY = PLAIN.model_copy(update={"rest": Rest(same_bailleur=False)})


def a_study(
    db: Connection,
    keys: Keys,
    now: datetime,
    code: str,
    *rows: Household,
    protocol: Protocol = PLAIN,
    second: bool = False,
) -> Wave:
    """A wave of the first bailleur's, or of the second's with the first's left empty."""
    lists = [[NEXT_DOOR], list(rows)] if second else [list(rows)]
    return a_wave(db, keys, now, households=lists, protocol=protocol, code=code, objective=4)


@pytest.fixture
def first(db: Connection, sealed: Keys, now: datetime) -> Wave:
    return a_study(db, sealed, now, "premiere", HOME)


@pytest.fixture
def desk(db: Connection, sealed: Keys, first: Wave, now: datetime) -> Desk:
    return Desk(db=db, keys=sealed, user_id=an_interviewer(db, now, waves=[first]), now=now)


def interviews(desk: Desk) -> None:
    tenant = desk.reaches(desk.takes())
    tenant.agrees()
    tenant.answers_on()
    desk.closes(Disposition.COMPLETE)


def is_spoken_to(desk: Desk) -> None:
    desk.reaches(desk.takes()).says("INT1", 1)
    desk.closes(Disposition.REFUSAL_PERSON)


def is_rung(desk: Desk) -> None:
    held = desk.takes()
    desk.hears(desk.dials(held), Key.NO_ANSWER)


def case_in(db: Connection, wave: Wave, household_id: str = "7") -> int:
    query = select(cases.c.id).join(households, households.c.id == cases.c.household_id)
    return db.scalars(query.where(cases.c.wave_id == wave.id, households.c.external_id == household_id)).one()


def rest_of(db: Connection, wave: Wave, household_id: str = "7") -> datetime | None:
    row = case_of(db, case_in(db, wave, household_id))
    assert row.rests_until is None or row.due_at >= row.rests_until
    found: datetime | None = row.rests_until
    return found


@pytest.mark.parametrize("row", [HOME, MOVED_NUMBER], ids=["by its number", "by its name and address"])
@pytest.mark.parametrize("opened", ["before", "after"])
def test_an_interview_lets_the_household_rest_in_the_other_study(
    db: Connection, sealed: Keys, desk: Desk, now: datetime, row: Household, opened: str
) -> None:
    if opened == "after":
        interviews(desk)
    other = a_study(db, sealed, now + MINUTE, "seconde", row, NEXT_DOOR)
    if opened == "before":
        interviews(desk)
    until = rest_of(db, other)
    assert until is not None
    assert timedelta(days=90) <= until - now <= timedelta(days=90, minutes=1)
    assert rest_of(db, other, "9") is None
    there = replace(desk, user_id=an_interviewer(db, now, waves=[other], login="autre"))
    assert there.at(now + MINUTE).takes().household_id != case_of(db, case_in(db, other)).household_id


def test_it_is_told_why_and_ends_by_itself(db: Connection, sealed: Keys, desk: Desk, now: datetime) -> None:
    interviews(desk)
    other = a_study(db, sealed, now + MINUTE, "seconde", HOME)
    case_id = case_in(db, other)
    failed = {
        each.name: each.why
        for each in explaining.explain(db, case_id, now + MINUTE).filters
        if not each.passed
    }
    assert "au repos jusqu’au 22/02/2027" in failed["Repos entre deux études"]
    there = replace(desk, user_id=an_interviewer(db, now, waves=[other], login="autre"))
    assert there.at(now + 89 * DAY).finds_nothing()
    later = now + 91 * DAY
    passed = {each.name: each.passed for each in explaining.explain(db, case_id, later).filters}
    assert passed["Repos entre deux études"]


@pytest.mark.parametrize(
    ("happens", "protocol", "second", "rests"),
    [
        (is_rung, BY_CONTACT, False, False),  # nobody answered
        (is_spoken_to, PLAIN, False, False),  # spoken to: not an interview
        (is_spoken_to, BY_CONTACT, False, True),
        (interviews, BY_CONTACT, False, True),
        (interviews, PLAIN, True, False),  # another bailleur's study
        (interviews, OF_ANYBODY, True, True),
        (interviews, PLAIN.model_copy(update={"rest": Rest(days=0)}), False, False),
    ],
)
@pytest.mark.parametrize("opened", ["before", "after"])
def test_what_counts_is_the_protocols_to_say(
    db: Connection,
    sealed: Keys,
    desk: Desk,
    now: datetime,
    happens: object,
    protocol: Protocol,
    second: bool,
    rests: bool,
    opened: str,
) -> None:
    assert callable(happens)
    if opened == "after":
        happens(desk)
    other = a_study(db, sealed, now + MINUTE, "seconde", HOME, protocol=protocol, second=second)
    if opened == "before":
        happens(desk)
    assert (rest_of(db, other) is not None) is rests


def test_an_appointment_is_not_put_off_by_another_study(
    db: Connection, sealed: Keys, desk: Desk, now: datetime
) -> None:
    other = a_study(db, sealed, now, "seconde", HOME)
    there = replace(desk, user_id=an_interviewer(db, now, waves=[other], login="autre"))
    there.reaches(there.takes()).says("INT1", 1)
    there.closes(Disposition.APPOINTMENT_FIRM, at=now + 2 * DAY)
    interviews(desk.at(now + 5 * MINUTE))
    row = case_of(db, case_in(db, other))
    assert (row.wait_reason, row.rests_until, row.due_at) == ("firm", None, now + 2 * DAY - 2 * MINUTE)


def test_a_call_in_hand_meanwhile_rests_at_its_own_closing(
    db: Connection, sealed: Keys, desk: Desk, now: datetime
) -> None:
    other = a_study(db, sealed, now, "seconde", MOVED_NUMBER)
    there = replace(desk, user_id=an_interviewer(db, now, waves=[other], login="autre"))
    held = there.takes()
    dialled = there.dials(held)
    interviews(desk)
    there.hears(dialled, Key.NO_ANSWER)
    until = rest_of(db, other)
    assert until is not None
    assert until > now + 89 * DAY


def test_another_protocol_changes_the_rest_of_those_never_called(
    db: Connection, sealed: Keys, desk: Desk, now: datetime
) -> None:
    interviews(desk)
    other = a_study(db, sealed, now, "seconde", HOME)
    shorter = PLAIN.model_copy(update={"rest": Rest(days=30)})
    order = ProtocolOrder(protocol=shorter, reason="étude courte")
    protocols.change_protocol(db, other.id, order, by=None, now=now + MINUTE)
    until = rest_of(db, other)
    assert until is not None
    assert until < now + 31 * DAY
    none = ProtocolOrder(protocol=PLAIN.model_copy(update={"rest": Rest(days=0)}), reason="étude courte")
    protocols.change_protocol(db, other.id, none, by=None, now=now + 2 * MINUTE)
    row = case_of(db, case_in(db, other))
    assert (row.rests_until, row.due_at) == (None, now + 2 * MINUTE)


def test_what_is_kept_of_a_call_is_hashes_and_hours(db: Connection, desk: Desk, now: datetime) -> None:
    is_rung(desk)
    rows = db.execute(select(contact_log)).all()
    assert {(row.contacted_at, row.interviewed_at) for row in rows} == {(None, None)}
    interviews(desk.at(now + DAY))
    rows = db.execute(select(contact_log)).all()
    assert len(rows) == 2, "one number, and the name with the address"
    assert all(row.called_at >= now + DAY and row.interviewed_at is not None for row in rows)
    assert all(isinstance(row.hmac, bytes | memoryview) for row in rows)


def test_the_log_is_drawn_from_the_calls_when_the_database_is_migrated(
    database: Database, sealed: Keys, now: datetime
) -> None:
    with transaction(database.engine) as db:
        wave = a_study(db, sealed, now, "premiere", HOME)
        desk = Desk(db=db, keys=sealed, user_id=an_interviewer(db, now, waves=[wave]), now=now)
        is_rung(desk)
        interviews(desk.at(now + DAY))
        before = sorted(db.execute(select(contact_log)).all())
    command.downgrade(alembic(database), "0002")
    with database.engine.connect() as db:
        numbers = db.execute(text("select phone_hmac, last_at from contact_log")).all()
        assert [(row.phone_hmac, row.last_at) for row in numbers] == [
            (row.hmac, row.called_at) for row in before if row.hmac == numbers[0].phone_hmac
        ]
    command.upgrade(alembic(database), "head")
    with database.engine.connect() as db:
        assert sorted(db.execute(select(contact_log)).all()) == before


def test_a_household_that_a_later_file_brings_rests_too(
    db: Connection, sealed: Keys, desk: Desk, now: datetime
) -> None:
    interviews(desk)
    other = a_study(db, sealed, now + MINUTE, "seconde", NEXT_DOOR)
    a_bailleur(db, sealed, other.id, 1, [NEXT_DOOR, HOME], now + 2 * MINUTE)
    assert rest_of(db, other) is not None
    assert rest_of(db, other, "9") is None
