"""What comes next: the order of the floor's rules, whom a case is kept for, at which hours, and fifty at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import Connection, Update, select, text, update

from cati.calling.actions import taking
from cati.calling.actions.taking import NothingDue
from cati.cases.store import queue
from cati.cases.store.queue import Held
from cati.cases.tables import case_queue, cases
from cati.people import actions as people
from cati.people import store as seats
from cati.people.actions import NewAssignment
from cati.people.rules import StationState
from cati.quotas.tables import quota_cells
from cati.scheduling import store as scheduling
from cati.scheduling.rules import Appointment
from cati.sealing import Keys
from cati.surveys.tables import wave_bailleurs, waves
from tests.conftest import Database
from tests.store.calls import DAY, MINUTE, PLAIN
from tests.stories import Household, Wave, a_wave, an_interviewer

HOUR = timedelta(hours=1)


def single(count: int, prefix: str = "T", series: int = 50) -> list[Household]:
    return [
        Household(id=f"{prefix}{rank}", mobile=f"06 39 98 {series} {rank:02}") for rank in range(1, count + 1)
    ]


@pytest.fixture
def wave(db: Connection, sealed: Keys, now: datetime) -> Wave:
    return a_wave(db, sealed, now, households=[single(9)], protocol=PLAIN, objective=9)


@pytest.fixture
def me(db: Connection, wave: Wave, now: datetime) -> int:
    return an_interviewer(db, now, waves=[wave], login="moi")


@pytest.fixture
def other(db: Connection, wave: Wave, now: datetime) -> int:
    return an_interviewer(db, now, waves=[wave], login="autre")


def a_case(db: Connection, wave: Wave, rank: int) -> int:
    query = select(cases.c.id).where(cases.c.wave_id == wave.id).order_by(cases.c.id)
    return db.scalars(query.offset(rank).limit(1)).one()


def waits(case_id: int, **columns: object) -> Update:
    return update(case_queue).where(case_queue.c.case_id == case_id).values(**columns)


def says(db: Connection, case_id: int, reason: str) -> None:
    db.execute(update(cases).where(cases.c.id == case_id).values(wait_reason=reason))


def promised(db: Connection, case_id: int, at: datetime, owner: int, now: datetime) -> None:
    """A firm appointment as booking leaves it."""
    scheduling.plan(
        db,
        case_id,
        Appointment(at=at, firm=True, owner_id=owner),
        phone_id=None,
        note=None,
        made_by=owner,
        now=now,
    )
    says(db, case_id, "firm")
    due, opens = at - 2 * MINUTE, at + 10 * MINUTE
    db.execute(waits(case_id, step=2, due_at=due, owner_id=owner, open_to_all_at=opens, fresh=False))


def here(db: Connection, user_id: int, now: datetime, state: StationState = StationState.PRESENT) -> None:
    seats.set_station(db, user_id, state, now)


def taken(db: Connection, user_id: int, now: datetime) -> int | None:
    """The case given, handed back at once."""
    held = taking.take_next_case(db, user_id, now)
    if not isinstance(held, Held):
        return None
    queue.end_lease(db, held.case_id)
    return held.case_id


def test_the_order_is_that_of_the_rules(
    db: Connection, wave: Wave, me: int, other: int, now: datetime
) -> None:
    ids = [a_case(db, wave, rank) for rank in range(7)]
    interrupted, mine, anybodys, given, soft, callback, rest = ids
    db.execute(waits(interrupted, step=1, owner_id=me, open_to_all_at=now + HOUR, due_at=now - MINUTE))
    promised(db, mine, now, me, now)
    promised(db, anybodys, now - 10 * MINUTE, other, now)
    db.execute(waits(given, step=4, owner_id=me, due_at=now))
    db.execute(waits(soft, step=5, due_at=now))
    says(db, soft, "soft")
    db.execute(waits(callback, step=5, due_at=now - HOUR))  # due before the soft one, and yet after it
    says(db, callback, "callback")
    db.execute(update(case_queue).where(case_queue.c.case_id.not_in(ids)).values(ready=False))
    db.execute(waits(rest, step=6, rank=0.1))
    here(db, other, now)
    order = []
    while (found := taken(db, me, now)) is not None:
        order.append(found)
        db.execute(waits(found, ready=False))
    assert order == [interrupted, mine, anybodys, given, soft, callback, rest]


def test_what_comes_first_does_so_over_all_waves(
    db: Connection, sealed: Keys, wave: Wave, me: int, other: int, now: datetime
) -> None:
    second = a_wave(db, sealed, now, households=[single(2, "U", 51)], protocol=PLAIN, code="seconde")
    people.assign(db, NewAssignment(user_id=me, wave_id=second.id, starts_at=now, skill=""), now)
    soft, firm = a_case(db, wave, 0), a_case(db, second, 0)
    db.execute(waits(soft, step=5, due_at=now - HOUR))
    promised(db, firm, now, me, now)
    assert taken(db, me, now) == firm


def test_the_rest_comes_by_rank(db: Connection, wave: Wave, me: int, now: datetime) -> None:
    third = a_case(db, wave, 3)
    db.execute(waits(third, rank=-1.0))
    assert taken(db, me, now) == third


class TestAFirmAppointment:
    @pytest.mark.parametrize(
        ("state", "minutes", "served"),
        [
            (StationState.PRESENT, -3, False),  # not due yet, even for him
            (StationState.PRESENT, -2, False),  # his
            (StationState.PRESENT, 9, False),  # his still
            (StationState.PRESENT, 10, True),
            (StationState.PAUSED, -1, False),  # from its time, not before
            (StationState.PAUSED, 0, True),
            (StationState.AWAY, 0, True),
        ],
    )
    def test_it_is_anybodys_from_its_time_if_its_owner_is_not_there_else_ten_minutes_later(
        self, db: Connection, wave: Wave, me: int, other: int, now: datetime,
        state: StationState, minutes: int, served: bool,
    ) -> None:  # fmt: skip
        firm, at = a_case(db, wave, 0), now + HOUR
        promised(db, firm, at, other, now)
        moment = at + minutes * MINUTE
        here(db, other, moment, state)
        assert (taken(db, me, moment) == firm) is served

    def test_its_owner_is_served_two_minutes_before(
        self, db: Connection, wave: Wave, me: int, now: datetime
    ) -> None:
        firm = a_case(db, wave, 0)
        promised(db, firm, now + 2 * MINUTE, me, now)
        assert taken(db, me, now) == firm

    def test_at_the_opening_of_the_day_an_absent_owners_is_served_at_once(
        self, db: Connection, wave: Wave, me: int, other: int, now: datetime
    ) -> None:
        firm, at = a_case(db, wave, 0), now + 16 * HOUR  # tomorrow at 10:00
        promised(db, firm, at, other, now)
        db.execute(waits(firm, due_at=at))  # never before the window
        assert taken(db, me, at) == firm

    def test_an_owner_on_another_call_is_there(
        self, db: Connection, wave: Wave, me: int, other: int, now: datetime
    ) -> None:
        at = now + HOUR
        here(db, other, now)
        busy = taking.take_next_case(db, other, at - 6 * MINUTE)
        assert isinstance(busy, Held)
        firm = next(id_ for rank in range(9) if (id_ := a_case(db, wave, rank)) != busy.case_id)
        promised(db, firm, at, other, now)
        assert taken(db, me, at) != firm

    @pytest.mark.parametrize(("minutes", "fresh"), [(6, True), (5, False), (3, False)])
    def test_its_owner_gets_no_fresh_case_just_before(
        self, db: Connection, wave: Wave, me: int, now: datetime, minutes: int, fresh: bool
    ) -> None:
        promised(db, a_case(db, wave, 0), now + minutes * MINUTE, me, now)
        assert (taken(db, me, now) is not None) is fresh

    def test_another_ones_retries_go_on_just_before(
        self, db: Connection, wave: Wave, me: int, now: datetime
    ) -> None:
        promised(db, a_case(db, wave, 0), now + 4 * MINUTE, me, now)
        retry = a_case(db, wave, 1)
        says(db, retry, "retry")
        db.execute(waits(retry, fresh=False))
        assert taken(db, me, now) == retry


class TestWhoseACaseIs:
    def test_an_interrupted_case_is_its_owners_for_ten_minutes(
        self, db: Connection, wave: Wave, me: int, other: int, now: datetime
    ) -> None:
        left = a_case(db, wave, 0)
        db.execute(waits(left, step=1, owner_id=other, due_at=now, open_to_all_at=now + 10 * MINUTE))
        assert taken(db, me, now + 9 * MINUTE) != left
        assert taken(db, other, now) == left
        assert taken(db, me, now + 10 * MINUTE) == left

    def test_a_case_for_a_skill_waits_for_who_has_it(
        self, db: Connection, wave: Wave, me: int, now: datetime
    ) -> None:
        polyglot = an_interviewer(db, now, waves=[wave], login="polyglotte", skill="language")
        only = a_case(db, wave, 0)
        db.execute(update(case_queue).where(case_queue.c.case_id != only).values(ready=False))
        db.execute(waits(only, skill="language"))
        assert taken(db, me, now) is None
        assert taken(db, polyglot, now) == only

    def test_only_waves_he_is_assigned_to_and_that_are_open(
        self, db: Connection, wave: Wave, me: int, now: datetime
    ) -> None:
        stranger = an_interviewer(db, now, login="ailleurs")
        found = taking.take_next_case(db, stranger, now)
        assert found == NothingDue(assigned=False)
        db.execute(update(waves).where(waves.c.id == wave.id).values(state="closed"))
        assert taken(db, me, now) is None

    def test_a_bailleur_whose_field_is_over_is_called_no_more(
        self, db: Connection, wave: Wave, me: int, now: datetime
    ) -> None:
        last = update(wave_bailleurs).where(wave_bailleurs.c.wave_id == wave.id)
        db.execute(last.values(closes_on=now.date(), opens_on=now.date()))
        assert taken(db, me, now) is not None
        assert taken(db, me, now + DAY) is None

    def test_two_tabs_hold_one_case(self, db: Connection, wave: Wave, me: int, now: datetime) -> None:
        first = taking.take_next_case(db, me, now)
        assert taking.take_next_case(db, me, now) == first


class TestHours:
    @pytest.mark.parametrize(
        ("hour", "minute", "fresh", "retry", "soft", "firm"),
        [
            (9, 59, False, False, False, False),
            (10, 0, True, True, True, True),
            (13, 30, False, False, False, False),
            (19, 59, True, True, True, True),
            (20, 0, False, True, True, True),  # first calls end at 20 h
            (20, 30, False, False, True, True),  # then appointments alone
            (21, 0, False, False, False, False),
        ],
    )
    def test_each_kind_of_call_has_its_hours(
        self, db: Connection, wave: Wave, me: int, now: datetime,
        hour: int, minute: int, fresh: bool, retry: bool, soft: bool, firm: bool,
    ) -> None:  # fmt: skip
        moment = (now + DAY).replace(hour=hour - 1, minute=minute)  # Lille is an hour ahead
        of_each = [a_case(db, wave, rank) for rank in range(4)]
        for case_id, reason, step in zip(
            of_each, ("fresh", "retry", "soft", "firm"), (6, 6, 5, 2), strict=True
        ):
            says(db, case_id, reason)
            db.execute(waits(case_id, step=step, fresh=reason == "fresh", due_at=now))
        served = []
        for case_id in of_each:
            db.execute(update(case_queue).values(ready=False))
            db.execute(waits(case_id, ready=True))
            served.append(taken(db, me, moment) == case_id)
        assert served == [fresh, retry, soft, firm]

    def test_the_clock_is_the_households(self, db: Connection, wave: Wave, me: int, now: datetime) -> None:
        island = db.execute(
            text("insert into calendars (zone, holidays) values ('Indian/Reunion', '974') returning id")
        ).scalar_one()
        db.execute(update(case_queue).values(calendar_id=island))
        assert taken(db, me, now) is None  # 21 h there
        assert taken(db, me, now.replace(hour=6) + DAY) is not None  # 10 h there, 7 h in Lille


class TestFullCells:
    def test_the_counters_are_believed_not_the_flag(
        self, db: Connection, wave: Wave, me: int, now: datetime
    ) -> None:
        db.execute(update(quota_cells).values(done=quota_cells.c.target))
        assert taken(db, me, now) is None  # `cell_open` still says true

    def test_a_full_cell_is_passed_over_for_one_that_is_not(
        self, db: Connection, sealed: Keys, now: datetime
    ) -> None:
        rows = [*single(3, "V", 52), Household(id="V9", qpv=True, mobile="06 39 98 52 99")]
        wave = a_wave(db, sealed, now, households=[rows], protocol=PLAIN, objective=4, code="deux-cases")
        me = an_interviewer(db, now, waves=[wave], login="vous")
        db.execute(update(quota_cells).where(~quota_cells.c.qpv).values(done=quota_cells.c.target))
        found = taken(db, me, now)
        assert found == a_case(db, wave, 3)

    def test_no_more_than_three_fresh_cases_in_hand_for_a_place_left(
        self, db: Connection, wave: Wave, now: datetime
    ) -> None:
        db.execute(update(quota_cells).where(~quota_cells.c.qpv).values(target=1))
        people_ = [an_interviewer(db, now, waves=[wave], login=f"te{rank}") for rank in range(4)]
        found = [taking.take_next_case(db, user_id, now) for user_id in people_]
        assert [isinstance(each, Held) for each in found] == [True, True, True, False]

    def test_who_held_a_place_is_not_counted_among_them(
        self, db: Connection, wave: Wave, now: datetime
    ) -> None:
        db.execute(update(quota_cells).where(~quota_cells.c.qpv).values(target=2, reserved=1))
        db.execute(waits(a_case(db, wave, 0), holds_place=True, rank=-1.0))
        people_ = [an_interviewer(db, now, waves=[wave], login=f"te{rank}") for rank in range(5)]
        found = [taking.take_next_case(db, user_id, now) for user_id in people_]
        assert [isinstance(each, Held) for each in found] == [True, True, True, True, False]


def test_nothing_due_says_when_something_will_be(db: Connection, wave: Wave, me: int, now: datetime) -> None:
    db.execute(update(case_queue).values(due_at=now + HOUR))
    assert taking.take_next_case(db, me, now) == NothingDue(assigned=True, next_at=now + HOUR)


def test_at_night_it_says_when_the_households_may_be_called_again(
    db: Connection, wave: Wave, me: int, now: datetime
) -> None:
    found = taking.take_next_case(db, me, now + 5 * HOUR)
    assert found == NothingDue(assigned=True, next_at=now + 16 * HOUR)  # tomorrow at ten


def test_fifty_at_once_get_fifty_cases(database: Database, sealed: Keys, now: datetime) -> None:
    with database.engine.begin() as db:
        wave = a_wave(db, sealed, now, households=[single(60, "W", 53)], objective=60)
        people_ = [an_interviewer(db, now, waves=[wave], login=f"te{rank}") for rank in range(50)]
    start = Barrier(50)

    def ready(user_id: int) -> int | None:
        with database.engine.begin() as db:
            start.wait(timeout=30)
            held = taking.take_next_case(db, user_id, now)
        return held.case_id if isinstance(held, Held) else None

    with ThreadPoolExecutor(50) as pool:
        found = list(pool.map(ready, people_))
    assert None not in found
    assert len(set(found)) == 50


def test_two_tabs_at_the_same_moment_hold_one_case(database: Database, sealed: Keys, now: datetime) -> None:
    with database.engine.begin() as db:
        wave = a_wave(db, sealed, now, households=[single(30, "X", 54)], objective=30)
        people_ = [an_interviewer(db, now, waves=[wave], login=f"te{rank}") for rank in range(10)]
    start = Barrier(20)

    def ready(user_id: int) -> int | None:
        with database.engine.begin() as db:
            start.wait(timeout=30)
            held = taking.take_next_case(db, user_id, now)
        return held.case_id if isinstance(held, Held) else None

    with ThreadPoolExecutor(20) as pool:
        found = list(pool.map(ready, people_ * 2))
    assert found[:10] == found[10:]
    assert len(set(found)) == 10
