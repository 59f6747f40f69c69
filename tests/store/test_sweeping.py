"""What time alone brings about: leases that ran out, appointments missed, places given back."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, func, select, update

from cati.calling.actions import presence, sweeping
from cati.calling.store.checks import quota_differences
from cati.cases.rules import Disposition
from cati.cases.store import attempts
from cati.cases.tables import attempts as attempt_rows
from cati.cases.tables import case_queue, dials
from cati.people import store as seats
from cati.people.rules import StationState
from cati.quotas.tables import quota_cells
from cati.scheduling.tables import appointments
from cati.sealing import Keys
from cati.telephony.rules import Key
from cati.telephony.simulated import Fate
from tests.store.calls import DAY, MINUTE, PLAIN, Desk, case_of, counts, interview_of, place_of
from tests.stories import Household, Wave, a_wave, an_interviewer

HOUR = timedelta(hours=1)
THREE = 3 * MINUTE  #: a lease of two minutes has run out


def single(count: int) -> list[Household]:
    return [Household(id=f"Y{rank}", mobile=f"06 39 98 80 {rank:02}") for rank in range(1, count + 1)]


@pytest.fixture
def wave(db: Connection, sealed: Keys, now: datetime) -> Wave:
    return a_wave(db, sealed, now, households=[single(3)], protocol=PLAIN)


@pytest.fixture
def desk(db: Connection, sealed: Keys, wave: Wave, now: datetime) -> Desk:
    return Desk(db=db, keys=sealed, user_id=an_interviewer(db, now, waves=[wave]), now=now)


def only(db: Connection, case_id: int) -> None:
    db.execute(update(case_queue).where(case_queue.c.case_id != case_id).values(ready=False))


class TestLeases:
    def test_a_desk_that_gives_signs_of_life_keeps_its_case(self, db: Connection, desk: Desk) -> None:
        held = desk.takes()
        for beat in range(1, 12):
            assert presence.beat(db, desk.user_id, desk.now + beat * timedelta(seconds=20))
        assert sweeping.sweep_leases(db, desk.now + 5 * MINUTE) == 0
        assert sweeping.sweep_leases(db, desk.now + 6 * MINUTE) == 1
        assert not presence.beat(db, desk.user_id, desk.now + 6 * MINUTE)
        assert case_of(db, held.case_id).lease_by is None

    def test_nothing_dialled_it_waits_as_it_did(self, db: Connection, desk: Desk) -> None:
        held = desk.takes()
        sweeping.sweep_leases(db, desk.now + THREE)
        case = case_of(db, held.case_id)
        assert (case.state, case.wait_reason, case.fresh, case.step) == ("waiting", "fresh", True, 6)
        assert db.scalar(select(func.count()).select_from(attempt_rows)) == 0
        assert seats.station(db, desk.user_id) is StationState.AWAY

    def test_with_a_call_up_it_is_interrupted_first_to_the_same_one(
        self, db: Connection, desk: Desk, wave: Wave, now: datetime
    ) -> None:
        held = desk.takes()
        tenant = desk.reaches(held)
        tenant.agrees()
        only(db, held.case_id)
        swept_at = now + THREE
        sweeping.sweep_leases(db, swept_at)
        case = case_of(db, held.case_id)
        assert (case.state, case.wait_reason, case.fresh) == ("interrupted", None, False)
        interview = interview_of(db, held.case_id)
        assert interview is not None
        assert (interview.state, interview.suspended_at) == ("suspended", swept_at)
        assert place_of(db, held.case_id) == "reserved"
        other = replace(desk, user_id=an_interviewer(db, now, waves=[wave], login="autre"))
        assert other.at(swept_at + 9 * MINUTE).finds_nothing()
        assert desk.at(swept_at + MINUTE).takes().case_id == held.case_id

    def test_ten_minutes_later_another_takes_it_with_an_attempt_of_his_own(
        self, db: Connection, desk: Desk, wave: Wave, now: datetime
    ) -> None:
        held = desk.takes()
        desk.reaches(held).agrees()
        only(db, held.case_id)
        sweeping.sweep_leases(db, now + THREE)
        other = replace(
            desk, user_id=an_interviewer(db, now, waves=[wave], login="autre"), now=now + 14 * MINUTE
        )
        again = other.takes()
        assert attempts.open_attempt_of(db, held.case_id) is None  # his: the other's is not shown to him
        other.reaches(again)
        first, second = attempts.history(db, held.case_id), attempts.open_attempt_of(db, held.case_id)
        assert [(each.interviewer_id, each.disposition) for each in first] == [
            (desk.user_id, Disposition.BREAK_OFF)
        ]
        assert second is not None
        lost = select(dials.c.line_outcome).where(dials.c.attempt_id == first[0].attempt_id)
        assert db.scalar(lost) == "lost"
        assert place_of(db, held.case_id) == "reserved"  # nobody coded a break-off

    def test_an_attempt_lost_before_anybody_answered_costs_nothing(
        self, db: Connection, desk: Desk, wave: Wave, now: datetime
    ) -> None:
        held = desk.takes()
        desk.dials(held)
        only(db, held.case_id)
        sweeping.sweep_leases(db, now + THREE)
        other = replace(
            desk, user_id=an_interviewer(db, now, waves=[wave], login="autre"), now=now + 14 * MINUTE
        )
        other.dials(other.takes())
        history = attempts.history(db, held.case_id)
        assert [(each.disposition, each.counts) for each in history] == [(Disposition.NO_ANSWER, False)]

    def test_the_lease_of_who_took_it_over_and_dialled_nothing_just_ends(
        self, db: Connection, desk: Desk, wave: Wave, now: datetime
    ) -> None:
        held = desk.takes()
        desk.reaches(held).agrees()
        only(db, held.case_id)
        sweeping.sweep_leases(db, now + THREE)
        other = replace(
            desk, user_id=an_interviewer(db, now, waves=[wave], login="autre"), now=now + 14 * MINUTE
        )
        other.takes()
        sweeping.sweep_leases(db, now + 17 * MINUTE)
        case = case_of(db, held.case_id)
        assert (case.state, case.owner_id) == ("interrupted", desk.user_id)

    def test_every_number_already_heard_of_it_is_closed_with_what_was_heard(
        self, db: Connection, sealed: Keys, now: datetime
    ) -> None:
        two = Household(id="Y9", mobile="06 39 98 81 09", fixed="03 53 01 81 09")
        wave = a_wave(db, sealed, now, households=[[two]], protocol=PLAIN, code="deux")
        desk = Desk(db=db, keys=sealed, now=now, user_id=an_interviewer(db, now, waves=[wave], login="y"))
        held = desk.takes()
        desk.hears(desk.dials(held, Fate.MACHINE), Key.MACHINE)
        sweeping.sweep_leases(db, now + THREE)
        assert attempts.history(db, held.case_id)[0].disposition is Disposition.ANSWERING_MACHINE
        assert case_of(db, held.case_id).wait_reason == "retry"

    @pytest.mark.parametrize(("full", "reason"), [(False, "complete"), (True, "quota_full")])
    def test_an_interview_that_is_over_is_closed_nobody_is_called_again(
        self, db: Connection, desk: Desk, full: bool, reason: str
    ) -> None:
        held = desk.takes()
        tenant = desk.reaches(held)
        if full:
            cell = update(quota_cells).where(quota_cells.c.id == held.cell_id)
            db.execute(cell.values(done=quota_cells.c.target))
        tenant.agrees()
        if not full:
            tenant.answers_on()
        sweeping.sweep_leases(db, desk.now + THREE)
        case = case_of(db, held.case_id)
        assert (case.state, case.close_reason, case.ready) == ("closed", reason, False)

    def test_a_lease_renewed_meanwhile_is_left_alone(self, db: Connection, desk: Desk) -> None:
        held = desk.takes()
        desk.reaches(held).says("INT1", 1)  # half a minute later
        assert sweeping.sweep_leases(db, desk.now + 2 * MINUTE) == 0
        assert case_of(db, held.case_id).lease_by == desk.user_id


class TestAppointments:
    def booked(self, db: Connection, desk: Desk, at: datetime) -> int:
        held = desk.takes()
        only(db, held.case_id)
        tenant = desk.reaches(held)
        tenant.says("INT1", 1)
        tenant.says("INT2", 2)
        desk.closes(Disposition.APPOINTMENT_FIRM, at=at)
        return held.case_id

    def test_missed_half_an_hour_later_it_stands_at_the_same_half_hour_of_the_next_day(
        self, db: Connection, desk: Desk, wave: Wave, now: datetime
    ) -> None:
        at = now + DAY + 40 * MINUTE
        case_id = self.booked(db, desk, at)
        assert sweeping.sweep_appointments(db, wave.id, at + 29 * MINUTE) == 0
        assert sweeping.sweep_appointments(db, wave.id, at + 30 * MINUTE) == 1
        row = db.execute(select(appointments)).one()
        assert (row.state, row.missed, row.at) == ("planned", 1, now + 2 * DAY + 30 * MINUTE)
        case = case_of(db, case_id)
        assert (case.wait_reason, case.due_at) == ("firm", row.at - 2 * MINUTE)
        assert place_of(db, case_id) == "promised"
        assert sweeping.sweep_appointments(db, wave.id, at + 31 * MINUTE) == 0

    def test_missed_twice_the_promise_is_given_back(
        self, db: Connection, desk: Desk, wave: Wave, now: datetime
    ) -> None:
        at = now + DAY
        case_id = self.booked(db, desk, at)
        for missed in (at + HOUR, at + DAY + HOUR):
            assert sweeping.sweep_appointments(db, wave.id, missed) == 1
        assert case_of(db, case_id).wait_reason == "retry"
        assert place_of(db, case_id) == "released"
        assert db.scalar(select(appointments.c.state)) == "missed"
        assert quota_differences(db) == []

    def test_one_being_kept_or_interrupted_in_mid_call_is_not_missed(
        self, db: Connection, desk: Desk, wave: Wave, now: datetime
    ) -> None:
        at = now + DAY
        case_id = self.booked(db, desk, at)
        kept = desk.at(at)
        kept.reaches(kept.takes())
        assert sweeping.sweep_appointments(db, wave.id, at + HOUR) == 0
        sweeping.sweep_leases(db, at + HOUR)
        assert sweeping.sweep_appointments(db, wave.id, at + HOUR) == 0
        assert case_of(db, case_id).state == "interrupted"

    def test_who_was_refused_is_still_kept_away_after_a_miss(
        self, db: Connection, desk: Desk, wave: Wave, now: datetime
    ) -> None:
        held = desk.takes()
        only(db, held.case_id)
        desk.reaches(held).says("INT1", 1)
        desk.closes(Disposition.REFUSAL_PERSON)
        trained = an_interviewer(db, now, waves=[wave], login="autre", skill="conversion")
        other = replace(desk, user_id=trained, now=now + 10 * DAY + MINUTE)
        tenant = other.reaches(other.takes())
        tenant.says("INT1", 1)
        at = now + 13 * DAY
        other.closes(Disposition.APPOINTMENT_FIRM, at=at)
        sweeping.sweep_appointments(db, wave.id, at + HOUR)
        assert case_of(db, held.case_id).not_user_id == desk.user_id


class TestPlaces:
    def hours(self, db: Connection, wave: Wave, case_id: int, at: Sequence[datetime]) -> list[str | None]:
        found = []
        for moment in at:
            sweeping.sweep_places(db, wave.id, moment)
            found.append(place_of(db, case_id))
        return found

    def test_a_place_is_kept_for_two_days_of_suspension(
        self, db: Connection, desk: Desk, wave: Wave, now: datetime
    ) -> None:
        held = desk.takes()
        desk.reaches(held).agrees()
        left = now + THREE
        sweeping.sweep_leases(db, left)
        moments = [left + 48 * HOUR - MINUTE, left + 48 * HOUR]
        assert self.hours(db, wave, held.case_id, moments) == ["reserved", "released"]
        assert counts(db, held.cell_id) == (0, 0, 0)
        assert not case_of(db, held.case_id).holds_place
        assert quota_differences(db) == []

    def test_calls_that_reach_nobody_do_not_make_it_last(
        self, db: Connection, desk: Desk, wave: Wave, now: datetime
    ) -> None:
        held = desk.takes()
        only(db, held.case_id)
        desk.reaches(held).agrees()
        desk.closes(Disposition.CALLBACK)
        again = desk.at(now + DAY)
        again.hears(again.dials(again.takes()), Key.NO_ANSWER)
        assert self.hours(db, wave, held.case_id, [now + 2 * DAY + 2 * MINUTE]) == ["released"]

    def test_an_appointment_keeps_it(self, db: Connection, desk: Desk, wave: Wave, now: datetime) -> None:
        held = desk.takes()
        desk.reaches(held).agrees()
        desk.closes(Disposition.APPOINTMENT_SOFT, at=now + 7 * DAY)
        assert self.hours(db, wave, held.case_id, [now + 4 * DAY]) == ["reserved"]

    def test_a_case_in_hand_keeps_it(self, db: Connection, desk: Desk, wave: Wave, now: datetime) -> None:
        held = desk.takes()
        only(db, held.case_id)
        desk.reaches(held).agrees()
        desk.closes(Disposition.CALLBACK)
        desk.at(now + 3 * DAY).takes()
        assert self.hours(db, wave, held.case_id, [now + 3 * DAY]) == ["reserved"]
