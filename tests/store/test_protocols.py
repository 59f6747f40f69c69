"""A protocol in force on a real queue: who is called when, before and after it changes, and on which days nobody is."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Connection, insert, select, update

from cati.audit.tables import audit_log
from cati.calling.actions import protocols, sweeping, waves
from cati.calling.actions.protocols import ProtocolOrder
from cati.calling.actions.taking import NothingDue, take_next_case
from cati.calling.views.slots import slots
from cati.cases.rules import Disposition, WaitReason
from cati.cases.tables import case_queue, cases
from cati.errors import Conflict, Invalid, NotFound
from cati.people.tables import assignments
from cati.sample.tables import households
from cati.scheduling import store as scheduling
from cati.scheduling.rules import DEMONSTRATION, PRUDENT, STANDARD, Protocol, with_values
from cati.sealing import Keys
from cati.supervision.views import protocol_words
from cati.supervision.views import protocols as views
from cati.surveys.rules import LineDriver
from cati.surveys.tables import calendars
from cati.telephony.rules import Key
from tests.store.calls import DAY, MINUTE, PLAIN, Desk, case_of
from tests.stories import Household, Wave, a_wave, an_interviewer

HOUR = timedelta(hours=1)
WHY = "le bailleur le demande"
WEDNESDAY = date(2026, 11, 25)
WORKING_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")


def people(count: int, series: int = 50) -> list[Household]:
    return [
        Household(id=f"P{series}{rank}", mobile=f"06 39 98 {series} {rank:02}")
        for rank in range(1, count + 1)
    ]


@pytest.fixture
def wave(db: Connection, sealed: Keys, now: datetime) -> Wave:
    return a_wave(db, sealed, now, households=[people(4)], protocol=PLAIN, objective=4)


@pytest.fixture
def desk(db: Connection, sealed: Keys, wave: Wave, now: datetime) -> Desk:
    return Desk(db=db, keys=sealed, user_id=an_interviewer(db, now, waves=[wave]), now=now)


def changed(protocol: Protocol = PLAIN, **values: str) -> Protocol:
    """The protocol with other figures, by path (`caps__attempts`)."""
    read = with_values(protocol, {path.replace("__", "."): value for path, value in values.items()})
    assert isinstance(read, Protocol)
    return read


def put_in_force(db: Connection, wave: Wave, protocol: Protocol, now: datetime) -> int:
    return protocols.change_protocol(
        db, wave.id, ProtocolOrder(protocol=protocol, reason=WHY), by=None, now=now
    )


def unanswered(desk: Desk) -> int:
    """A call that nobody answers; returns its case."""
    held = desk.takes()
    desk.hears(desk.dials(held), Key.NO_ANSWER)
    return held.case_id


def only(db: Connection, *case_ids: int) -> None:
    """Let the other cases sleep."""
    db.execute(update(case_queue).where(case_queue.c.case_id.not_in(case_ids)).values(ready=False))


class TestANewVersion:
    def test_is_an_act_with_a_reason_and_a_trace(self, db: Connection, wave: Wave, now: datetime) -> None:
        boss = an_interviewer(db, now, login="chef")
        order = ProtocolOrder(protocol=PRUDENT, reason=f"  {WHY} ", seen=1)
        assert protocols.change_protocol(db, wave.id, order, by=boss, now=now) == 2
        assert scheduling.protocol(db, wave.id) == PRUDENT
        line = db.execute(select(audit_log).where(audit_log.c.action == "wave.protocol")).one()
        assert (line.user_id, line.object_id, line.purpose) == (boss, str(wave.id), WHY)
        assert line.details["version"] == 2
        assert "caps.attempts_per_30_days" in line.details["changed"]
        assert [(each.number, each.reason) for each in views.versions(db, wave.id)] == [
            (2, WHY),
            (1, "ouverture"),
        ]

    @pytest.mark.parametrize(
        ("order", "sentence"),
        [
            (ProtocolOrder(protocol=PLAIN, reason=WHY), "rien ne change"),
            (ProtocolOrder(protocol=PRUDENT, reason=WHY, seen=7), "entre-temps"),
            (ProtocolOrder(protocol=DEMONSTRATION, reason=WHY), "démonstration"),
            (
                ProtocolOrder(
                    protocol=PRUDENT.model_copy(
                        update={"caps": PRUDENT.caps.model_copy(update={"attempts_per_week": 9})}
                    ),
                    reason=WHY,
                ),
                "trente jours",
            ),
        ],
    )
    def test_is_refused_with_a_sentence(
        self, db: Connection, sealed: Keys, now: datetime, order: ProtocolOrder, sentence: str
    ) -> None:
        wave = a_wave(
            db, sealed, now, households=[people(1)], protocol=PLAIN, is_demo=False, line=LineDriver.MANUAL
        )
        with pytest.raises(Conflict, match=sentence):
            protocols.change_protocol(db, wave.id, order, by=None, now=now)
        assert scheduling.version_in_force(db, wave.id) == 1

    def test_needs_a_reason(self, db: Connection, wave: Wave, now: datetime) -> None:
        with pytest.raises(Invalid, match="motif"):
            protocols.change_protocol(
                db, wave.id, ProtocolOrder(protocol=PRUDENT, reason=" "), by=None, now=now
            )

    def test_is_not_for_a_field_that_is_over(self, db: Connection, wave: Wave, now: datetime) -> None:
        waves.close_wave(db, wave.id, now)
        with pytest.raises(Conflict, match="terminé"):
            put_in_force(db, wave, PRUDENT, now)

    def test_lets_what_waits_keep_its_hour_until_its_next_call(
        self, db: Connection, wave: Wave, desk: Desk, now: datetime
    ) -> None:
        case_id = unanswered(desk)
        due = case_of(db, case_id).due_at
        slower = changed(delays__no_answer_minutes="2880", delays__no_answer_again_minutes="4320")
        put_in_force(db, wave, slower, now + MINUTE)
        assert case_of(db, case_id).due_at == due
        only(db, case_id)
        again = desk.at(due)
        assert unanswered(again) == case_id
        assert case_of(db, case_id).due_at == due + 3 * DAY  # as a repetition says now

    def test_changes_the_hours_at_once(self, db: Connection, wave: Wave, desk: Desk, now: datetime) -> None:
        assert not desk.finds_nothing()
        db.execute(update(case_queue).values(lease_by=None, lease_until=None, lease_token=None))
        mornings = changed(**{f"windows__{day}": "10:00-12:00" for day in WORKING_DAYS})
        put_in_force(db, wave, mornings, now)
        found = take_next_case(db, desk.user_id, now)
        assert found == NothingDue(assigned=True, next_at=datetime(2026, 11, 25, 9, 0, tzinfo=UTC))

    def test_closes_at_its_next_call_what_a_lower_cap_has_had_enough(
        self, db: Connection, wave: Wave, desk: Desk, now: datetime
    ) -> None:
        case_id = unanswered(desk)
        only(db, case_id)
        once = changed(caps__attempts="2", caps__attempts_with_appointment="2")
        put_in_force(db, wave, once, now)
        assert unanswered(desk.at(case_of(db, case_id).due_at)) == case_id
        assert case_of(db, case_id).close_reason == "unreachable"


class TestWhatItWouldChange:
    def test_is_counted_before(self, db: Connection, wave: Wave, desk: Desk, now: datetime) -> None:
        called = unanswered(desk)
        held = desk.takes()
        desk.reaches(held).says("INT1", 1)
        desk.closes(Disposition.APPOINTMENT_FIRM, at=now + DAY + 2 * HOUR)  # 20:00 in Lille
        after = changed(
            PRUDENT, caps__attempts="1", caps__attempts_per_day="1", caps__attempts_per_week="1",
            appointment_windows__wednesday="10:00-13:00", windows__tuesday="",
        )  # fmt: skip
        found = views.effects(db, wave.id, PLAIN, after, now + HOUR)
        assert found.waiting == {WaitReason.FRESH: 2, WaitReason.RETRY: 1, WaitReason.FIRM: 1}
        assert (found.due, found.open_before, found.open_after) == (2, 2, 0)
        assert (found.appointments, found.appointments_outside) == (1, 1)
        assert found.beyond_caps == 1, f"case {called} was called once already"
        told = " ".join(protocol_words.sentences(PLAIN, after, found, []))
        assert "1 rendez-vous sur 1" in told
        assert "2 maintenant, 0 avec ce protocole" in told
        assert (
            "4 (2 jamais appelés, 1 à rappeler après un appel sans réponse, 1 en rendez-vous ferme)" in told
        )
        assert scheduling.version_in_force(db, wave.id) == 1

    def test_says_that_nobody_could_take_up_a_refusal(
        self, db: Connection, wave: Wave, now: datetime
    ) -> None:
        before = PLAIN.model_copy(update={"conversion_needs_skill": False})
        found = views.effects(db, wave.id, before, PLAIN, now)
        assert "Personne n’a la compétence" in " ".join(protocol_words.sentences(before, PLAIN, found, []))
        an_interviewer(db, now, waves=[wave], login="sacha", first_name="Sacha", skill="conversion")
        trained = views.skilled(db, wave.id, now)
        assert [(each.name, each.skills) for each in trained] == [("Sacha sacha", ["conversion"])]
        assert "Sacha sacha" in " ".join(protocol_words.sentences(before, PLAIN, found, trained))


class TestClosedDays:
    def test_nobody_is_called_and_nothing_is_offered(
        self, db: Connection, wave: Wave, desk: Desk, now: datetime
    ) -> None:
        protocols.close_day(db, WEDNESDAY, wave_id=wave.id, reason="grève", by=None, now=now)
        noon = datetime(2026, 11, 25, 11, 0, tzinfo=UTC)
        assert take_next_case(db, desk.user_id, noon) == NothingDue(
            assigned=True, next_at=datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
        )
        desk.takes()
        assert WEDNESDAY not in {day.on for day in slots(db, desk.user_id, now).days}

    def test_a_call_back_waits_for_the_day_after(
        self, db: Connection, wave: Wave, desk: Desk, now: datetime
    ) -> None:
        protocols.close_day(db, WEDNESDAY, wave_id=None, reason="pont", by=None, now=now)
        assert case_of(db, unanswered(desk)).due_at == datetime(2026, 11, 26, 9, 0, tzinfo=UTC)

    def test_a_day_is_closed_for_one_wave_or_for_all(
        self, db: Connection, sealed: Keys, wave: Wave, now: datetime
    ) -> None:
        other = a_wave(db, sealed, now, households=[people(1, series=51)], protocol=PLAIN, code="autre")
        protocols.close_day(db, WEDNESDAY, wave_id=wave.id, reason="grève", by=None, now=now)
        protocols.close_day(db, WEDNESDAY + DAY, wave_id=None, reason="pont", by=None, now=now)
        days = {
            one.id: {each.day for each in scheduling.closures_of(db, one.id, WEDNESDAY)}
            for one in (wave, other)
        }
        assert days == {wave.id: {WEDNESDAY, WEDNESDAY + DAY}, other.id: {WEDNESDAY + DAY}}
        calendar_id = db.scalars(select(case_queue.c.calendar_id)).first()
        assert calendar_id is not None
        assert scheduling.calendar(db, calendar_id, other.id).closures == {WEDNESDAY + DAY}

    def test_what_cannot_be_is_refused(self, db: Connection, wave: Wave, now: datetime) -> None:
        closure = protocols.close_day(db, WEDNESDAY, wave_id=None, reason="pont", by=None, now=now)
        with pytest.raises(Conflict, match="déjà fermé"):
            protocols.close_day(db, WEDNESDAY, wave_id=None, reason="pont", by=None, now=now)
        with pytest.raises(Invalid, match="passé"):
            protocols.close_day(db, date(2026, 11, 23), wave_id=None, reason="pont", by=None, now=now)
        with pytest.raises(Invalid, match="motif"):
            protocols.close_day(db, date(2026, 12, 24), wave_id=None, reason="", by=None, now=now)
        protocols.reopen_day(db, closure, reason="finalement", by=None, now=now)
        with pytest.raises(NotFound):
            protocols.reopen_day(db, closure, reason="finalement", by=None, now=now)
        said = db.execute(
            select(audit_log.c.action, audit_log.c.purpose).where(audit_log.c.object_type == "closure")
        )
        assert [tuple(line) for line in said] == [
            ("calendar.closed", "pont"),
            ("calendar.reopened", "finalement"),
        ]

    def test_a_promise_of_that_day_is_moved_and_keeps_its_place(
        self, db: Connection, wave: Wave, desk: Desk, now: datetime
    ) -> None:
        held = desk.takes()
        desk.reaches(held).agrees()
        desk.closes(Disposition.APPOINTMENT_FIRM, at=now + DAY)
        protocols.close_day(db, WEDNESDAY, wave_id=None, reason="grève", by=None, now=now)
        assert desk.at(now + DAY).finds_nothing()
        for _ in range(3):
            sweeping.sweep_appointments(db, wave.id, now + DAY + HOUR)
        planned = scheduling.planned(db, held.case_id)
        assert planned is not None
        assert (planned.appointment.at, planned.appointment.missed) == (now + 2 * DAY, 0)
        row = case_of(db, held.case_id)
        assert (row.wait_reason, row.due_at, row.holds_place) == ("firm", now + 2 * DAY - 2 * MINUTE, True)

    def test_appointments_of_the_day_are_counted(
        self, db: Connection, wave: Wave, desk: Desk, now: datetime
    ) -> None:
        desk.reaches(desk.takes()).says("INT1", 1)
        desk.closes(Disposition.APPOINTMENT_FIRM, at=now + DAY)
        assert views.appointments_on(db, WEDNESDAY, None, now) == 1
        assert views.appointments_on(db, WEDNESDAY, wave.id, now) == 1
        assert views.appointments_on(db, WEDNESDAY + DAY, wave.id, now) == 0


class TestWhereTheHouseholdLives:
    @pytest.fixture
    def overseas(self, db: Connection, wave: Wave) -> int:
        """One of the households lives in La Réunion; returns its case."""
        there = {"zone": "Indian/Reunion", "holidays": "974"}
        found = select(calendars.c.id).filter_by(**there)
        calendar_id = db.scalar(found) or db.scalar(insert(calendars).values(there).returning(calendars.c.id))
        case_id = db.scalars(select(case_queue.c.case_id).where(case_queue.c.wave_id == wave.id)).first()
        assert case_id is not None
        home = select(cases.c.household_id).where(cases.c.id == case_id).scalar_subquery()
        db.execute(update(households).where(households.c.id == home).values(calendar_id=calendar_id))
        db.execute(update(case_queue).where(case_queue.c.case_id == case_id).values(calendar_id=calendar_id))
        return case_id

    @pytest.mark.parametrize(
        ("moment", "overseas_served", "lille_served"),
        [
            (datetime(2026, 11, 25, 7, 0, tzinfo=UTC), True, False),  # 11:00 there, 8:00 in Lille
            (datetime(2026, 11, 25, 10, 30, tzinfo=UTC), True, True),  # 14:30 and 11:30
            (datetime(2026, 11, 25, 15, 30, tzinfo=UTC), True, True),  # 19:30 and 16:30
            (datetime(2026, 11, 25, 17, 0, tzinfo=UTC), False, True),  # 21:00 and 18:00
            (datetime(2026, 12, 20, 8, 0, tzinfo=UTC), False, False),  # a Sunday
            (datetime(2027, 1, 1, 10, 30, tzinfo=UTC), False, False),  # New Year's Day everywhere
        ],
    )
    def test_its_own_clock_decides(  # the take itself, not the rule alone
        self,
        db: Connection,
        wave: Wave,
        desk: Desk,
        overseas: int,
        moment: datetime,
        overseas_served: bool,
        lille_served: bool,
    ) -> None:
        for served, others in ((overseas_served, False), (lille_served, True)):
            mine = case_queue.c.case_id != overseas if others else case_queue.c.case_id == overseas
            db.execute(update(case_queue).values(ready=mine))
            found = take_next_case(db, desk.user_id, moment)
            assert isinstance(found, NothingDue) is not served
            db.execute(update(case_queue).values(lease_by=None, lease_until=None, lease_token=None))


class TestAPreferenceIdlesNobody:
    @pytest.fixture
    def wave(self, db: Connection, sealed: Keys, now: datetime) -> Wave:
        return a_wave(db, sealed, now, households=[people(4)], protocol=STANDARD, objective=4)

    def test_the_queue_keeps_both_hours(self, db: Connection, wave: Wave, desk: Desk, now: datetime) -> None:
        case_id = unanswered(desk.at(now + 17 * HOUR))  # 11:00 on Wednesday
        only(db, case_id)
        assert unanswered(desk.at(now + 21 * HOUR)) == case_id  # 15:00
        row = case_of(db, case_id)
        assert row.earliest_at == datetime(2026, 11, 26, 9, 0, tzinfo=UTC)  # what the cap of the day lets
        assert row.due_at == datetime(2026, 11, 26, 17, 0, tzinfo=UTC)  # the evening, not tried yet

    def test_an_idle_interviewer_gets_it_sooner_and_a_busy_one_what_is_due(
        self, db: Connection, wave: Wave, desk: Desk, now: datetime
    ) -> None:
        case_id = unanswered(desk)
        sooner, preferred = now + DAY, now + 2 * DAY
        db.execute(
            update(case_queue)
            .where(case_queue.c.case_id == case_id)
            .values(earliest_at=sooner, due_at=preferred)
        )
        other = replace(desk, user_id=an_interviewer(db, now, waves=[wave], login="autre"))
        assert other.at(sooner).takes().case_id != case_id  # others are due
        only(db, case_id)
        assert desk.at(sooner - MINUTE).finds_nothing()
        assert desk.at(sooner).takes().case_id == case_id

    def test_who_finds_nothing_is_told_when_it_may_be_called(
        self, db: Connection, wave: Wave, desk: Desk, now: datetime
    ) -> None:
        case_id = unanswered(desk)
        only(db, case_id)
        db.execute(
            update(case_queue)
            .where(case_queue.c.case_id == case_id)
            .values(earliest_at=now + HOUR, due_at=now + 2 * DAY)
        )
        assert take_next_case(db, desk.user_id, now + MINUTE) == NothingDue(assigned=True, next_at=now + HOUR)


def test_nobody_waits_for_an_interviewer_who_has_left(
    db: Connection, wave: Wave, desk: Desk, now: datetime
) -> None:
    gone = an_interviewer(db, now, waves=[wave], login="ines", skill="language")
    db.execute(update(assignments).where(assignments.c.user_id == gone).values(ends_at=now))
    held = desk.takes()
    desk.reaches(held).says("INT1", 8)
    desk.closes(Disposition.LANGUAGE)
    assert case_of(db, held.case_id).close_reason == "language"


def test_a_household_that_speaks_another_language_goes_to_who_speaks_it_then_is_closed(
    db: Connection, wave: Wave, desk: Desk, now: datetime
) -> None:
    polyglot = replace(desk, user_id=an_interviewer(db, now, waves=[wave], login="ines", skill="language"))
    held = desk.takes()
    only(db, held.case_id)
    desk.reaches(held).says("INT1", 8)
    desk.closes(Disposition.LANGUAGE)
    due = case_of(db, held.case_id).due_at
    assert desk.at(due).finds_nothing()
    again = polyglot.at(due)
    again.reaches(again.takes()).says("INT1", 8)
    again.closes(Disposition.LANGUAGE)
    assert case_of(db, held.case_id).close_reason == "language"
