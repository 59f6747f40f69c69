"""A wave opens its field: targets freeze, cases enter the queue; a corrected file undoes nothing that was said."""

from collections.abc import Sequence
from datetime import datetime

import pytest
from sqlalchemy import Connection, func, select, update

from cati.calling.actions import waves
from cati.cases.rules import Disposition
from cati.cases.tables import case_queue, cases
from cati.errors import Conflict
from cati.quotas.tables import quota_cells
from cati.sample.actions import SampleFile
from cati.sample.tables import households
from cati.sealing import Keys
from cati.surveys.tables import wave_bailleurs
from cati.surveys.tables import waves as wave_rows
from cati.telephony.rules import Key
from cati.telephony.simulated import Fate
from tests.store.calls import DAY, MINUTE, PLAIN, Desk, case_of, interview_of
from tests.stories import Household, Wave, a_bailleur, a_wave, an_interviewer

HEADER = (
    "id_externe;civilite;nom;prenom;residence;adresse;code_postal;commune;tel_mobile;tel_fixe;qpv;type_logement;"
    "date_entree"
)


def some(count: int, in_qpv: int = 0, series: int = 90) -> list[Household]:
    return [
        Household(id=f"K{rank}", qpv=rank <= in_qpv, mobile=f"06 39 98 {series} {rank:02}")
        for rank in range(1, count + 1)
    ]


def corrected(
    db: Connection, keys: Keys, wave: Wave, rows: Sequence[str], now: datetime, bailleur: int = 0
) -> None:
    """The bailleur's file again."""
    content = "\r\n".join((HEADER, *rows)).encode("cp1252")
    file = SampleFile(name="extrait-corrige.csv", content=content)
    waves.import_sample(
        db, wave_id=wave.id, bailleur_id=wave.bailleurs[bailleur], file=file, keys=keys, now=now
    )


def targets(db: Connection, wave: Wave) -> list[tuple[bool, int]]:
    """(qpv, target) of each cell, bailleur by bailleur."""
    query = select(quota_cells.c.qpv, quota_cells.c.target).where(quota_cells.c.wave_id == wave.id)
    ordered = query.order_by(quota_cells.c.bailleur_id, quota_cells.c.qpv)
    return [(row.qpv, row.target) for row in db.execute(ordered)]


def of_household(db: Connection, external_id: str) -> int:
    query = select(cases.c.id).join(households, households.c.id == cases.c.household_id)
    return db.scalars(query.where(households.c.external_id == external_id)).one()


def states(db: Connection, wave: Wave) -> dict[str, int]:
    query = select(cases.c.state, func.count()).where(cases.c.wave_id == wave.id).group_by(cases.c.state)
    return {row[0]: row[1] for row in db.execute(query)}


class TestTargets:
    @pytest.mark.parametrize(
        ("count", "in_qpv", "objective", "outside", "inside"),
        [
            (8, 2, 4, 3, 1),  # the shares fall even
            (9, 3, 4, 3, 1),  # 2.67 and 1.33: the larger remainder has it
            (8, 4, 5, 3, 2),  # 2.5 and 2.5: hors QPV first
            (4, 0, 3, 3, 0),
            (3, 1, 9, 6, 3),  # more wanted than drawn: the split is the same
        ],
    )
    def test_the_objective_is_split_by_largest_remainder_on_the_drawn_share(
        self, db: Connection, sealed: Keys, now: datetime,
        count: int, in_qpv: int, objective: int, outside: int, inside: int,
    ) -> None:  # fmt: skip
        wave = a_wave(db, sealed, now, households=[some(count, in_qpv)], objective=objective)
        assert targets(db, wave) == [(False, outside), (True, inside)]

    def test_households_without_a_number_were_drawn_too(
        self, db: Connection, sealed: Keys, now: datetime
    ) -> None:
        rows = [*some(3), Household(id="K9", qpv=True)]
        assert targets(db, a_wave(db, sealed, now, households=[rows], objective=4)) == [(False, 3), (True, 1)]

    def test_they_are_frozen_whatever_the_file_says_later(
        self, db: Connection, sealed: Keys, now: datetime
    ) -> None:
        wave = a_wave(db, sealed, now, households=[some(8, 2)], objective=4)
        corrected(db, sealed, wave, [each.row for each in some(8, 6)], now)
        assert targets(db, wave) == [(False, 3), (True, 1)]


class TestOpening:
    def test_every_callable_case_is_released_and_the_others_say_why_not(
        self, db: Connection, sealed: Keys, now: datetime
    ) -> None:
        wave = a_wave(db, sealed, now, households=[[*some(5), Household(id="K9")]])
        assert states(db, wave) == {"waiting": 5, "closed": 1}
        assert db.scalar(select(func.count()).select_from(case_queue)) == 5
        fresh = select(func.count()).where(case_queue.c.fresh, case_queue.c.callable, case_queue.c.step == 6)
        assert db.scalar(fresh) == 5

    def test_opening_twice_opens_only_who_joined_since(
        self, db: Connection, sealed: Keys, now: datetime
    ) -> None:
        wave = a_wave(db, sealed, now, households=[some(4)])
        assert waves.open_wave(db, wave.id, now) == waves.Opened(bailleurs=0, released=0, target=0)
        late = [Household(id=f"L{rank}", mobile=f"06 39 98 91 {rank:02}") for rank in range(1, 4)]
        a_bailleur(db, sealed, wave.id, 7, late, now, objective=2)
        assert waves.open_wave(db, wave.id, now) == waves.Opened(bailleurs=1, released=3, target=2)

    def test_it_needs_a_protocol_and_never_opens_again(
        self, db: Connection, sealed: Keys, now: datetime
    ) -> None:
        wave = a_wave(db, sealed, now, households=[some(2)])
        db.execute(update(wave_rows).where(wave_rows.c.id == wave.id).values(state="closed"))
        with pytest.raises(Conflict):
            waves.open_wave(db, wave.id, now)


class TestTheCorrectedFile:
    @pytest.fixture
    def wave(self, db: Connection, sealed: Keys, now: datetime) -> Wave:
        return a_wave(db, sealed, now, households=[[*some(4), Household(id="K9")]], protocol=PLAIN)

    @pytest.fixture
    def desk(self, db: Connection, sealed: Keys, wave: Wave, now: datetime) -> Desk:
        return Desk(db=db, keys=sealed, user_id=an_interviewer(db, now, waves=[wave]), now=now)

    def test_a_new_household_of_an_open_field_may_be_called(
        self, db: Connection, sealed: Keys, wave: Wave, now: datetime
    ) -> None:
        corrected(db, sealed, wave, [each.row for each in some(6)], now)
        assert states(db, wave) == {"waiting": 6, "closed": 1}

    def test_a_number_found_at_last_lets_the_case_in(
        self, db: Connection, sealed: Keys, wave: Wave, now: datetime
    ) -> None:
        found = Household(id="K9", mobile="06 39 98 92 09")
        corrected(db, sealed, wave, [each.row for each in (*some(4), found)], now)
        case = case_of(db, of_household(db, "K9"))
        assert (case.state, case.wait_reason, case.fresh) == ("waiting", "fresh", True)

    def test_a_new_number_reopens_a_case_whose_numbers_were_all_wrong_and_its_interview(
        self, db: Connection, sealed: Keys, wave: Wave, desk: Desk, now: datetime
    ) -> None:
        held = desk.takes()
        desk.reaches(held).says("INT1", 4)
        desk.closes(Disposition.WRONG_NUMBER)
        assert case_of(db, held.case_id).close_reason == "no_number"
        of_case = select(households.c.external_id).where(households.c.id == held.household_id)
        external_id = db.scalars(of_case).one()
        rows = [
            Household(id=each.id, mobile="06 39 98 92 10") if each.id == external_id else each
            for each in some(4)
        ]
        corrected(db, sealed, wave, [each.row for each in rows], now + MINUTE)
        case = case_of(db, held.case_id)
        assert (case.state, case.wait_reason, case.ready) == ("waiting", "retry", True)
        db.execute(update(case_queue).where(case_queue.c.case_id != held.case_id).values(ready=False))
        again = desk.at(now + DAY)
        tenant = again.reaches(again.takes())
        tenant.agrees()
        interview = interview_of(db, held.case_id)
        assert interview is not None
        assert interview.state == "open"

    @pytest.mark.parametrize(
        ("said", "closed"),
        [
            (Disposition.OPPOSITION, "opposition"),
            (Disposition.DUPLICATE, "duplicate"),
            (Disposition.MOVED, "moved"),
        ],
    )
    def test_what_a_tenant_said_is_not_undone(
        self, db: Connection, sealed: Keys, wave: Wave, desk: Desk, now: datetime,
        said: Disposition, closed: str,
    ) -> None:  # fmt: skip
        held = desk.takes()
        desk.reaches(held).says("INT1", 1)
        desk.closes(said)
        rows = [Household(id=each.id, mobile=f"06 39 98 93 {rank:02}") for rank, each in enumerate(some(4))]
        corrected(db, sealed, wave, [each.row for each in rows], now)
        assert (case_of(db, held.case_id).state, case_of(db, held.case_id).close_reason) == ("closed", closed)

    def test_a_dead_number_stays_dead(
        self, db: Connection, sealed: Keys, wave: Wave, desk: Desk, now: datetime
    ) -> None:
        held = desk.takes()
        desk.hears(desk.dials(held, Fate.DEAD_NUMBER), Key.DEAD_NUMBER)
        rows = [Household(id=each.id, mobile=each.mobile, name="Delattre") for each in some(4)]
        corrected(db, sealed, wave, [each.row for each in rows], now)
        assert case_of(db, held.case_id).close_reason == "no_number"

    def test_a_changed_qpv_moves_an_untouched_case_only(
        self, db: Connection, sealed: Keys, wave: Wave, desk: Desk, now: datetime
    ) -> None:
        held = desk.takes()
        desk.dials(held)
        desk.closes(Disposition.NO_ANSWER)
        corrected(db, sealed, wave, [each.row for each in some(4, in_qpv=4)], now)
        cells = {
            row.case_id: row.qpv
            for row in db.execute(
                select(case_queue.c.case_id, quota_cells.c.qpv).join(
                    quota_cells, quota_cells.c.id == case_queue.c.cell_id
                )
            )
        }
        assert cells.pop(held.case_id) is False
        assert list(cells.values()) == [True, True, True]

    def test_a_corrected_address_moves_the_calling_hours(
        self, db: Connection, sealed: Keys, wave: Wave, now: datetime
    ) -> None:
        rows = [each.row.replace("59000;Lille", "97400;Saint-Denis") for each in some(4)]
        corrected(db, sealed, wave, rows, now)
        ours = select(case_queue.c.calendar_id, households.c.calendar_id).join_from(
            case_queue, cases, cases.c.id == case_queue.c.case_id
        )
        found = db.execute(ours.join(households, households.c.id == cases.c.household_id)).all()
        assert all(queue == household for queue, household in found)
        assert len({queue for queue, _ in found}) == 1

    def test_a_dry_run_changes_nothing(self, db: Connection, sealed: Keys, wave: Wave, now: datetime) -> None:
        before = states(db, wave)
        content = "\r\n".join((HEADER, *(each.row for each in some(9)))).encode("cp1252")
        report = waves.import_sample(
            db,
            wave_id=wave.id,
            bailleur_id=wave.bailleurs[0],
            file=SampleFile(name="extrait.csv", content=content),
            keys=sealed,
            now=now,
            dry_run=True,
        )
        assert len(report.new_ids) == 4  # and a number for the fifth
        assert states(db, wave) == before


def test_the_field_of_each_bailleur_is_marked_open(db: Connection, sealed: Keys, now: datetime) -> None:
    wave = a_wave(db, sealed, now, households=[some(2), some(2, series=94)])
    opened = select(wave_bailleurs.c.opened_at).where(wave_bailleurs.c.wave_id == wave.id)
    assert db.scalars(opened).all() == [now, now]
