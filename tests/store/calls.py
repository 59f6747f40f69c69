"""Small builders of these tests: a call that reaches somebody, one that reaches nobody, what is read afterwards."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import Connection, Row, select

from cati.calling.actions import closing, dialling, taking
from cati.calling.actions.closing import Verdict
from cati.cases.rules import Disposition
from cati.cases.store import attempts
from cati.cases.store.queue import Held
from cati.cases.tables import case_queue, cases
from cati.interviews.tables import interviews
from cati.quotas.tables import quota_cells, quota_places
from cati.scheduling.rules import STANDARD, Protocol
from cati.sealing import Keys
from cati.telephony.rules import Key
from cati.telephony.simulated import Fate
from tests.stories import Tenant, a_case_in_hand, a_dial_that, an_interview

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)

#: Windows and delays of a real study, without the search for another part of the day: due times can be told exactly.
PLAIN: Protocol = STANDARD.model_copy(update={"other_day_part": False})


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """An interviewer at his desk."""

    db: Connection
    keys: Keys
    user_id: int
    now: datetime

    def at(self, now: datetime) -> "Desk":
        return Desk(db=self.db, keys=self.keys, user_id=self.user_id, now=now)

    def takes(self) -> Held:
        return a_case_in_hand(self.db, self.user_id, self.now)

    def finds_nothing(self) -> bool:
        return not isinstance(taking.take_next_case(self.db, self.user_id, self.now), Held)

    def reaches(self, held: Held) -> Tenant:
        """A person answers at the first number; the introduction is on screen."""
        number = attempts.usable_numbers(self.db, held.household_id)[0]
        interview_id = an_interview(self.db, self.keys, self.user_id, number, self.now)
        return Tenant(
            db=self.db, user_id=self.user_id, interview_id=interview_id, now=self.now + timedelta(seconds=30)
        )

    def dials(self, held: Held, fate: Fate = Fate.NO_ANSWER, number: int = 0) -> UUID:
        phone_id = attempts.usable_numbers(self.db, held.household_id)[number]
        dial_id = a_dial_that(fate)
        dialling.dial(self.db, self.user_id, phone_id, dial_id=dial_id, keys=self.keys, now=self.now)
        return dial_id

    def hears(self, dial_id: UUID, key: Key) -> object:
        return dialling.hear(self.db, self.user_id, dial_id, key, self.now + timedelta(seconds=30))

    def closes(self, disposition: Disposition, **said: object) -> object:
        verdict = Verdict(disposition=disposition, **said)  # type: ignore[arg-type]  # what a form says
        return closing.close(self.db, self.user_id, verdict, self.now + MINUTE)

    def redials(self, held: Held) -> None:
        """The line dropped: the same number again, and somebody answers."""
        live = attempts.dials_of(self.db, attempts.open_attempt_of(self.db, held.case_id) or 0)[-1]
        dialling.hang_up(self.db, self.user_id, live.id, self.now)
        dial_id = a_dial_that(Fate.PERSON)
        number = attempts.usable_numbers(self.db, held.household_id)[0]
        later = self.now + MINUTE
        dialling.dial(self.db, self.user_id, number, dial_id=dial_id, keys=self.keys, now=later)
        dialling.answer(self.db, self.user_id, dial_id, request=uuid4(), now=later + timedelta(seconds=20))


def case_of(db: Connection, case_id: int) -> Row[tuple[object, ...]]:
    """The case and its place in the queue."""
    query = select(cases, *[each for each in case_queue.c if each.name not in {"case_id", "wave_id"}])
    return db.execute(
        query.join(case_queue, case_queue.c.case_id == cases.c.id).where(cases.c.id == case_id)
    ).one()


def interview_of(db: Connection, case_id: int) -> Row[tuple[object, ...]] | None:
    return db.execute(select(interviews).where(interviews.c.case_id == case_id)).one_or_none()


def place_of(db: Connection, case_id: int) -> str | None:
    """The state of the quota place of the case's interview."""
    query = select(quota_places.c.state).join(interviews, interviews.c.id == quota_places.c.interview_id)
    return db.execute(query.where(interviews.c.case_id == case_id)).scalar_one_or_none()


def counts(db: Connection, cell_id: int | None) -> tuple[int, int, int]:
    """done, reserved, promised of a cell."""
    row = db.execute(select(quota_cells).where(quota_cells.c.id == cell_id)).one()
    return row.done, row.reserved, row.promised
