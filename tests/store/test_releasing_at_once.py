"""A case taken back in the very instant in which a call is answered: one waits for the other, nothing is lost."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from cati.calling.actions import dialling
from cati.calling.holding import hold
from cati.calling.store.checks import quota_differences
from cati.cases.store import attempts
from cati.database import transaction
from cati.errors import CaseTaken
from cati.interviews import store as interviews
from cati.sealing import Keys
from cati.supervision.actions import releasing
from cati.supervision.actions.releasing import Released
from cati.telephony.simulated import Fate
from tests.flows.driving import wait_until
from tests.stories import a_case_in_hand, a_dial_that, a_wave, an_interviewer

if TYPE_CHECKING:
    from tests.conftest import Database


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as threads:
        yield threads


def test_an_interview_opened_while_its_case_is_taken_back_is_suspended_with_it(
    database: "Database", sealed: Keys, now: datetime, pool: ThreadPoolExecutor
) -> None:
    te, case_id, dial_id = ringing(database, sealed, now)
    later = now + timedelta(seconds=20)

    def takes_back() -> object:
        with transaction(database.engine) as db:
            return releasing.release_case(db, case_id, by=te, now=later, reason="relève", force=True)

    with transaction(database.engine) as db:
        interview_id = dialling.answer(db, te, dial_id, request=uuid4(), now=later)
        taken_back = pool.submit(takes_back)
        wait_until(lambda: waiting(database) == 1)
    assert taken_back.result() == Released(case_id)
    with transaction(database.engine) as db:
        assert interviews.load(db, interview_id).state == "suspended"
        assert db.scalar(text("select state from cases where id = :id"), {"id": case_id}) == "interrupted"
        assert quota_differences(db) == []


def test_another_tab_that_waited_too_stands_in_nobody_s_way(
    database: "Database", sealed: Keys, now: datetime, pool: ThreadPoolExecutor
) -> None:
    te, case_id, dial_id = ringing(database, sealed, now)
    later = now + timedelta(seconds=20)

    def takes_back() -> object:
        with transaction(database.engine) as db:
            return releasing.release_case(db, case_id, by=te, now=later, reason="relève", force=True)

    def another_tab() -> bool:
        with transaction(database.engine) as db:
            return hold(db, te)[1] is not None

    with transaction(database.engine) as first:
        with transaction(database.engine) as opening:
            dialling.answer(opening, te, dial_id, request=uuid4(), now=later)
            waits = pool.submit(
                first.execute, text("select from case_queue where case_id = :id for update"), {"id": case_id}
            )
            wait_until(lambda: waiting(database) == 1)
            tab = pool.submit(another_tab)  # it saw no interview, and waits for the case
            wait_until(lambda: waiting(database) == 2)
        waits.result()
        taken_back = pool.submit(takes_back)  # it sees the interview, locks it, and waits for the case
        wait_until(lambda: waiting(database) == 2)
    assert taken_back.result() == Released(case_id)
    with pytest.raises(
        CaseTaken
    ):  # it let the case go rather than wait for the interview with the case in hand
        tab.result()


def ringing(database: "Database", keys: Keys, now: datetime) -> tuple[int, int, UUID]:
    """An interviewer, his case, and a dial that somebody is about to answer."""
    with transaction(database.engine) as db:
        te = an_interviewer(db, now, waves=[a_wave(db, keys, now)])
        held = a_case_in_hand(db, te, now)
        dial_id = a_dial_that(Fate.PERSON)
        number = attempts.usable_numbers(db, held.household_id)[0]
        dialling.dial(db, te, number, dial_id=dial_id, keys=keys, now=now)
    return te, held.case_id, dial_id


def waiting(database: "Database") -> int:
    """How many transactions of this database wait for a lock."""
    sql = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
    with transaction(database.engine) as db:
        return int(db.execute(text(sql)).scalar_one())
