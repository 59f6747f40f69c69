"""A call: dialled once, within the hours and the caps; what is heard of it; the next number in the same attempt."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from sqlalchemy import Connection, func, select, update

from cati.calling.actions import dialling, sweeping
from cati.calling.actions.dialling import NextNumber
from cati.cases.rules import Disposition, LineOutcome
from cati.cases.store import attempts
from cati.cases.tables import attempts as attempt_rows
from cati.cases.tables import dials
from cati.errors import CaseTaken, DispositionRefused, LineUnavailable, NotFound, NumberBusyElsewhere
from cati.sample.tables import phones
from cati.scheduling.rules import STANDARD
from cati.sealing import Keys
from cati.surveys.rules import LineDriver
from cati.surveys.tables import waves
from cati.telephony.rules import Key
from cati.telephony.simulated import Fate
from tests.conftest import Database
from tests.store.calls import DAY, MINUTE, PLAIN, Desk, case_of, interview_of
from tests.stories import Household, Wave, a_dial_that, a_wave, an_interviewer

HOUR = timedelta(hours=1)


def double(count: int, series: int = 70) -> list[Household]:
    """Households with two numbers each."""
    return [
        Household(id=f"D{n}", mobile=f"06 39 98 {series} {n:02}", fixed=f"03 53 01 {series} {n:02}")
        for n in range(1, count + 1)
    ]


@pytest.fixture
def wave(db: Connection, sealed: Keys, now: datetime) -> Wave:
    return a_wave(db, sealed, now, households=[double(3)], protocol=PLAIN)


@pytest.fixture
def desk(db: Connection, sealed: Keys, wave: Wave, now: datetime) -> Desk:
    return Desk(db=db, keys=sealed, user_id=an_interviewer(db, now, waves=[wave]), now=now)


class TestDialling:
    def test_the_same_request_twice_is_one_dial_even_once_the_case_is_gone(
        self, db: Connection, desk: Desk
    ) -> None:
        held = desk.takes()
        dial_id = desk.dials(held)
        number = attempts.usable_numbers(db, held.household_id)[0]
        again = dialling.dial(db, desk.user_id, number, dial_id=dial_id, keys=desk.keys, now=desk.now)
        desk.closes(Disposition.NO_ANSWER)
        after = dialling.dial(db, desk.user_id, number, dial_id=dial_id, keys=desk.keys, now=desk.now)
        assert {again.id, after.id} == {dial_id}
        assert db.scalar(select(func.count()).select_from(dials)) == 1

    def test_nothing_is_counted_before_the_first_dial(self, db: Connection, desk: Desk) -> None:
        held = desk.takes()
        assert db.scalar(select(func.count()).select_from(attempt_rows)) == 0
        desk.dials(held)
        assert db.scalar(select(func.count()).select_from(attempt_rows)) == 1

    def test_one_call_at_a_time(self, desk: Desk) -> None:
        held = desk.takes()
        desk.dials(held)
        with pytest.raises(LineUnavailable):
            desk.dials(held, number=1)

    def test_a_number_being_dialled_elsewhere_is_not_dialled(
        self, db: Connection, sealed: Keys, now: datetime
    ) -> None:
        two = [
            a_wave(db, sealed, now, households=[double(1, 71)], protocol=PLAIN, code=code)
            for code in ("une", "deux")
        ]
        first, second = (
            Desk(
                db=db,
                keys=sealed,
                now=now,
                user_id=an_interviewer(db, now, waves=[wave], login=f"w{wave.id}"),
            )
            for wave in two
        )
        held = first.takes()
        live = first.dials(held)
        mine = second.takes()
        with pytest.raises(NumberBusyElsewhere), db.begin_nested():
            second.dials(mine)
        first.hears(live, Key.NO_ANSWER)
        second.dials(mine)

    def test_a_number_that_is_not_the_households_is_not_dialled(self, db: Connection, desk: Desk) -> None:
        held = desk.takes()
        strange = db.scalars(select(phones.c.id).where(phones.c.household_id != held.household_id)).first()
        with pytest.raises(NotFound):
            dialling.dial(db, desk.user_id, strange or 0, dial_id=uuid4(), keys=desk.keys, now=desk.now)

    def test_numbers_of_fiction_are_dialled_in_demonstrations_only(
        self, db: Connection, sealed: Keys, now: datetime
    ) -> None:
        wave = a_wave(db, sealed, now, households=[double(1, 72)], line=LineDriver.MANUAL, code="vraie")
        desk = Desk(db=db, keys=sealed, now=now, user_id=an_interviewer(db, now, waves=[wave], login="vrai"))
        held = desk.takes()
        db.execute(update(waves).where(waves.c.id == wave.id).values(is_demo=False))
        with pytest.raises(LineUnavailable):
            desk.dials(held)


class TestHours:
    def test_a_first_call_ends_at_eight_in_the_evening_whenever_the_case_was_taken(self, desk: Desk) -> None:
        held = desk.at(desk.now + HOUR + 59 * MINUTE).takes()
        with pytest.raises(LineUnavailable):
            desk.at(desk.now + 2 * HOUR).dials(held)

    def test_a_retry_ends_with_the_ordinary_hours(self, desk: Desk) -> None:
        held = desk.takes()
        desk.hears(desk.dials(held), Key.NO_ANSWER)
        desk.closes(Disposition.NO_ANSWER)
        evening = desk.at(desk.now + DAY + 2 * HOUR + 29 * MINUTE)
        again = evening.takes()
        while again.case_id != held.case_id:
            again = evening.takes()
        with pytest.raises(LineUnavailable):
            evening.at(evening.now + MINUTE).dials(again)

    def test_an_interview_cut_off_may_be_finished_at_any_hour(self, desk: Desk) -> None:
        evening = desk.at(desk.now + HOUR + 50 * MINUTE)
        held = evening.takes()
        tenant = evening.reaches(held)
        tenant.agrees()
        late = evening.at(evening.now + 3 * HOUR)
        late.redials(held)
        assert len(attempts.dials_of(desk.db, attempts.open_attempt_of(desk.db, held.case_id) or 0)) == 2


class TestCaps:
    def test_a_number_is_not_dialled_beyond_its_cap(
        self, db: Connection, sealed: Keys, now: datetime
    ) -> None:
        caps = STANDARD.caps.model_copy(update={"dials_per_number": 2, "busy_dials_per_attempt": 3})
        protocol = PLAIN.model_copy(update={"caps": caps})
        wave = a_wave(db, sealed, now, households=[double(1, 73)], protocol=protocol, code="plafond")
        desk = Desk(db=db, keys=sealed, now=now, user_id=an_interviewer(db, now, waves=[wave], login="p"))
        held = desk.takes()
        for minute in (0, 1):
            later = desk.at(now + minute * MINUTE)
            dialling.hang_up(db, desk.user_id, later.dials(held), later.now)
        with pytest.raises(LineUnavailable):
            desk.at(now + 2 * MINUTE).dials(held)
        desk.at(now + 2 * MINUTE).dials(held, number=1)

    @pytest.mark.parametrize(
        ("fate", "key", "counts"),
        [
            (Fate.NO_ANSWER, Key.NO_ANSWER, True),
            (Fate.BUSY, Key.BUSY, True),
            (Fate.LINE_FAULT, Key.NO_ANSWER, False),  # nobody's telephone rang
            (Fate.DEAD_NUMBER, Key.DEAD_NUMBER, False),  # nobody has this number
        ],
    )
    def test_what_never_reached_the_network_counts_nothing(
        self, db: Connection, desk: Desk, fate: Fate, key: Key, counts: bool
    ) -> None:
        held = desk.takes()
        desk.hears(desk.dials(held, fate), key)
        if case_of(db, held.case_id).lease_by is not None:
            desk.at(desk.now + MINUTE).hears(
                desk.at(desk.now + MINUTE).dials(held, fate, _left(db, held)), key
            )
        history = attempts.history(db, held.case_id)
        assert [each.counts for each in history] == [counts]

    def test_a_dial_lost_before_an_answer_counts_nothing(self, db: Connection, desk: Desk) -> None:
        held = desk.takes()
        desk.dials(held)
        assert sweeping.sweep_dials(db, desk.now + MINUTE) == 0
        assert sweeping.sweep_dials(db, desk.now + 2 * MINUTE) == 1
        desk.at(desk.now + 2 * MINUTE).closes(Disposition.NOT_PLACED)
        history = attempts.history(db, held.case_id)
        assert (history[0].dials[0].line_outcome, history[0].counts) == (LineOutcome.LOST, False)

    def test_a_call_lost_after_three_hours_counts(self, db: Connection, desk: Desk) -> None:
        held = desk.takes()
        desk.reaches(held)
        assert sweeping.sweep_dials(db, desk.now + 3 * HOUR) == 0
        assert sweeping.sweep_dials(db, desk.now + 3 * HOUR + MINUTE) == 1
        desk.closes(Disposition.CALLBACK)
        assert attempts.history(db, held.case_id)[0].counts


def _left(db: Connection, held: object) -> int:
    """The rank, among the usable numbers, of one not dialled yet."""
    household = getattr(held, "household_id", 0)
    usable = attempts.usable_numbers(db, household)
    dialled = set(db.scalars(select(dials.c.phone_id)))
    return next(rank for rank, phone in enumerate(usable) if phone not in dialled)


class TestWhatIsHeard:
    def test_a_wrong_number_is_dead_and_the_next_one_is_dialled_in_the_same_attempt(
        self, db: Connection, desk: Desk
    ) -> None:
        held = desk.takes()
        first, second = attempts.usable_numbers(db, held.household_id)
        assert desk.hears(desk.dials(held, Fate.STRANGER), Key.WRONG_NUMBER) == NextNumber(second)
        assert attempts.usable_numbers(db, held.household_id) == [second]
        later = desk.at(desk.now + MINUTE)
        later.hears(later.dials(held), Key.NO_ANSWER)
        history = attempts.history(db, held.case_id)
        assert [each.disposition for each in history] == [Disposition.NO_ANSWER]
        assert [dial.phone_id for dial in history[0].dials] == [first, second]
        assert case_of(db, held.case_id).wait_reason == "retry"

    def test_every_number_wrong_closes_the_case(self, db: Connection, desk: Desk) -> None:
        held = desk.takes()
        for minute in range(2):
            later = desk.at(desk.now + minute * MINUTE)
            later.hears(later.dials(held, Fate.STRANGER), Key.WRONG_NUMBER)
        assert case_of(db, held.case_id).close_reason == "no_number"

    def test_a_person_who_answered_questions_is_no_wrong_number(self, desk: Desk) -> None:
        held = desk.takes()
        tenant = desk.reaches(held)
        tenant.agrees()
        live = attempts.dials_of(desk.db, attempts.open_attempt_of(desk.db, held.case_id) or 0)[0]
        for key in (Key.WRONG_NUMBER, Key.NO_ANSWER, Key.BUSY):
            with pytest.raises(DispositionRefused):
                desk.hears(live.id, key)

    def test_answered_twice_is_one_call(self, db: Connection, desk: Desk) -> None:
        held = desk.takes()
        dial_id = desk.dials(held, Fate.PERSON)
        at = desk.now + timedelta(seconds=20)
        found = {dialling.answer(db, desk.user_id, dial_id, request=uuid4(), now=at) for _ in range(2)}
        assert len(found) == 1
        assert db.scalar(select(func.count()).where(dials.c.call_no.is_not(None))) == 1

    def test_calls_that_a_person_answered_are_numbered_within_the_case(
        self, db: Connection, desk: Desk
    ) -> None:
        held = desk.takes()
        desk.hears(desk.dials(held), Key.NO_ANSWER)  # not one of them
        later = desk.at(desk.now + MINUTE)
        later.reaches(held)
        later.redials(held)
        interview = interview_of(db, held.case_id)
        assert interview is not None
        assert interview.call_no == 2

    def test_a_line_that_is_over_is_not_answered(self, db: Connection, desk: Desk) -> None:
        dial_id = desk.dials(desk.takes(), Fate.NO_ANSWER)
        with pytest.raises(LineUnavailable):
            dialling.answer(db, desk.user_id, dial_id, request=uuid4(), now=desk.now + 30 * MINUTE)

    def test_hanging_up_twice_is_hanging_up(self, db: Connection, desk: Desk) -> None:
        dial_id = desk.dials(desk.takes(), Fate.PERSON)
        for seconds in (30, 60):
            dialling.hang_up(db, desk.user_id, dial_id, desk.now + timedelta(seconds=seconds))
        assert db.scalar(select(dials.c.ended_at)) == desk.now + timedelta(seconds=30)

    def test_nobody_ends_the_call_of_somebody_else(
        self, db: Connection, desk: Desk, wave: Wave, now: datetime
    ) -> None:
        dial_id = desk.dials(desk.takes(), Fate.PERSON)
        other = replace(desk, user_id=an_interviewer(db, now, waves=[wave], login="autre"))
        with pytest.raises(CaseTaken):
            dialling.hang_up(db, other.user_id, dial_id, now)
        other.takes()
        for act in (
            lambda: dialling.hang_up(db, other.user_id, dial_id, now),
            lambda: dialling.hear(db, other.user_id, dial_id, Key.BUSY, now),
            lambda: dialling.answer(db, other.user_id, dial_id, request=uuid4(), now=now),
        ):
            with pytest.raises(NotFound):
                act()
        assert db.scalar(select(dials.c.ended_at)) is None


def test_ten_tabs_that_dial_at_once_place_one_call(database: Database, sealed: Keys, now: datetime) -> None:
    with database.engine.begin() as db:
        wave = a_wave(db, sealed, now, households=[double(2, 74)])
        desk = Desk(db=db, keys=sealed, user_id=an_interviewer(db, now, waves=[wave]), now=now)
        held = desk.takes()
        number = attempts.usable_numbers(db, held.household_id)[0]
    start, one_key = Barrier(10), a_dial_that(Fate.PERSON)

    def dials_once(rank: int) -> str:
        key = one_key if rank < 5 else uuid4()
        try:
            with database.engine.begin() as db:
                start.wait(timeout=30)
                return str(dialling.dial(db, desk.user_id, number, dial_id=key, keys=sealed, now=now).id)
        except LineUnavailable:
            return "refused"

    with ThreadPoolExecutor(10) as pool:
        found = list(pool.map(dials_once, range(10)))
    with database.engine.begin() as db:
        placed = db.scalars(select(dials.c.id)).all()
        assert len(placed) == 1
        assert set(found) <= {str(placed[0]), "refused"}
        assert db.scalar(select(func.count()).select_from(attempt_rows)) == 1
        db.execute(update(dials).values(ended_at=now))
