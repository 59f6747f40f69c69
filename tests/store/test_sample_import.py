"""A bailleur's file imported: what is kept, what is refused, what a corrected file changes."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, insert, select

from cati import sealing
from cati.errors import NotFound, SampleFileRefused
from cati.phone import PhoneRefusal
from cati.sample.actions import Begun, SampleFile, import_file, import_frame
from cati.sample.report import ImportReport
from cati.sample.rules import NotCallable, NumberStatus, RejectReason
from cati.sample.tables import contacts, households, oppositions, phones, sample_imports, sample_rejects
from cati.sample.views import contact_of, numbers_of
from cati.sealing import Keys
from cati.surveys import actions as surveys
from cati.surveys.rules import LegalBasis, LineDriver
from cati.surveys.tables import waves

NOW = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
HEADER = "id_externe;nom;adresse;code_postal;tel_mobile1;tel_fixe;qpv;date_entree;opposition;tutelle"


class Office:
    """A demo wave with bailleurs, and files given to it as lines of text."""

    def __init__(self, db: Connection, keys: Keys) -> None:
        self.db = db
        self.keys = keys
        survey = surveys.create_survey(db, "triennale", "Enquête triennale")
        wave = surveys.NewWave(
            survey_id=survey,
            code="t26",
            name="2026",
            institute="Institut",
            line=LineDriver.SIMULATED,
            is_demo=True,
        )
        self.wave_id = surveys.create_wave(db, wave, NOW)
        self.bailleurs = {code: self.bailleur(code) for code in ("01", "02", "03")}

    def bailleur(self, code: str) -> int:
        bailleur_id = surveys.create_bailleur(self.db, code, f"Bailleur {code}")
        part = surveys.Participation(
            opens_on=date(2026, 11, 2),
            closes_on=date(2027, 2, 1),
            objective=10,
            legal_basis=LegalBasis.PUBLIC_INTEREST,
            information_text="Texte",
            dpo_contact="dpo@exemple.fr",
        )
        surveys.join_wave(self.db, self.wave_id, bailleur_id, part)
        return bailleur_id

    def give(
        self, *rows: str, bailleur: str = "01", dry_run: bool = False, begun: Begun | None = None
    ) -> ImportReport:
        content = "\r\n".join((HEADER, *rows)).encode("cp1252")
        return import_file(
            self.db,
            wave_id=self.wave_id,
            bailleur_id=self.bailleurs[bailleur],
            file=SampleFile(name="extrait.csv", content=content),
            keys=self.keys,
            now=NOW,
            begun=begun or Begun(),
            dry_run=dry_run,
        )

    def standing(self) -> dict[str, str | None]:
        """External id → why the household may not be called."""
        rows = self.db.execute(select(households.c.external_id, households.c.not_callable))
        return {row.external_id: row.not_callable for row in rows}

    def id_of(self, external_id: str) -> int:
        return self.db.scalars(select(households.c.id).where(households.c.external_id == external_id)).one()


@pytest.fixture
def office(db: Connection, keys: Path) -> Office:
    return Office(db, sealing.create(keys))


def a_row(
    id_: str,
    mobile: str = "",
    *,
    name: str = "",
    fixed: str = "",
    qpv: str = "O",
    opposed: str = "",
    ward: str = "",
) -> str:
    return f"{id_};{name or 'NOM ' + id_};{id_} rue des Lilas;59000;{mobile};{fixed};{qpv};15/03/2019;{opposed};{ward}"


def test_every_household_has_a_row_callable_or_not_and_why(office: Office) -> None:
    report = office.give(
        a_row("A", "06 39 98 00 01"),
        a_row("B"),
        a_row("C", "06 39 98 00 03", opposed="oui"),
        a_row("D", "06 39 98 00 04", ward="UDAF"),
        a_row("E", "06 39 98 00 05", qpv=""),
        a_row("F", "6,3998E+08"),
    )
    assert office.standing() == {
        "A": None, "B": "no_phone", "C": "opposition", "D": "guardianship", "E": "qpv_unknown", "F": "no_phone",
    }  # fmt: skip
    assert (report.accepted, report.callable) == (6, 1)
    assert report.phone_refusals == {PhoneRefusal.TRUNCATED: 1}


def test_a_row_that_is_no_household_is_rejected_with_its_line(office: Office) -> None:
    report = office.give(
        a_row("A", "0639980001"), ";;;;;;;;;", a_row("A", "0639980002"), a_row("", "0639980003"), "TOTAL;2"
    )
    assert [(one.line, one.reason) for one in report.rejects] == [
        (3, RejectReason.EMPTY), (4, RejectReason.REPEATED), (5, RejectReason.NO_ID), (6, RejectReason.TOTAL),
    ]  # fmt: skip
    assert office.db.scalar(select(func.count()).select_from(sample_rejects)) == 4


def test_contacts_are_sealed_and_open_with_the_keys_alone(office: Office) -> None:
    office.give(a_row("A", "0639980001", name="ÉLISE LENGLET"))
    household = office.id_of("A")
    sealed = office.db.execute(select(contacts)).one()
    assert b"LENGLET" not in sealed.last_name
    assert contact_of(office.db, office.keys, household).last_name == "ÉLISE LENGLET"
    assert [one.e164 for one in numbers_of(office.db, office.keys, household)] == ["+33639980001"]


def test_mobiles_are_dialled_before_landlines(office: Office) -> None:
    office.give(a_row("A", "0199000001 / 0639980001", fixed="0261910001"))
    numbers = numbers_of(office.db, office.keys, office.id_of("A"))
    assert [(one.rank, one.e164) for one in numbers] == [
        (1, "+33639980001"), (2, "+33199000001"), (3, "+33261910001"),
    ]  # fmt: skip


def test_the_same_file_twice_changes_nothing(office: Office) -> None:
    rows = [a_row("A", "0639980001"), a_row("B", "0639980002")]
    office.give(*rows)
    again = office.give(*rows)
    assert (len(again.new_ids), len(again.changed_ids), again.unchanged, again.moved) == (0, 0, 2, ())
    assert office.db.scalar(select(func.count()).select_from(sample_imports)) == 2


def test_a_dry_run_says_what_the_import_does_and_writes_nothing(office: Office) -> None:
    office.give(a_row("A", "0639980001"), a_row("B", "0639980002"), a_row("C", "0639980003"))
    corrected = [a_row("A", "0639980001"), a_row("B", "0639980009"), a_row("D", "0639980004")]
    tried = office.give(*corrected, dry_run=True)
    assert set(office.standing()) == {"A", "B", "C"}
    done = office.give(*corrected)
    for report in (tried, done):
        figures = (
            len(report.new_ids),
            len(report.changed_ids),
            report.unchanged,
            [name for _, name in report.gone],
        )
        assert figures == (1, 1, 1, ["C"])
    assert set(office.standing()) == {"A", "B", "C", "D"}  # a gone row is listed, never deleted


def test_a_usable_number_reopens_a_household_without_one(office: Office) -> None:
    office.give(a_row("A"))
    report = office.give(a_row("A", "0639980001"))
    assert report.reopened_ids == (office.id_of("A"),)
    assert office.standing() == {"A": None}
    assert [(one.before, one.after) for one in report.moved] == [(NotCallable.NO_PHONE, None)]


def test_a_dead_number_stays_dead_in_a_corrected_file(office: Office) -> None:
    office.give(a_row("A", "0639980001"))
    office.db.execute(phones.update().values(status=NumberStatus.DEAD))
    report = office.give(a_row("A", "0639980001", fixed="0199000001"))
    statuses = [(one.e164, one.status) for one in numbers_of(office.db, office.keys, office.id_of("A"))]
    assert statuses == [("+33639980001", NumberStatus.DEAD), ("+33199000001", NumberStatus.USABLE)]
    assert report.reopened_ids == (office.id_of("A"),)


def test_a_withdrawn_number_goes_unless_its_household_was_called(office: Office) -> None:
    office.give(a_row("A", "0639980001"), a_row("B", "0639980002"))
    called = Begun(attempted=frozenset({office.id_of("B")}))
    office.give(a_row("A", "0639980003"), a_row("B", "0639980004"), begun=called)
    statuses = [
        [(one.e164, one.status.value) for one in numbers_of(office.db, office.keys, office.id_of(id_))]
        for id_ in "AB"
    ]
    assert statuses == [
        [("+33639980003", "usable")],
        [("+33639980004", "usable"), ("+33639980002", "dead")],
    ]


def test_a_household_with_an_open_interview_is_listed_and_left_alone(office: Office) -> None:
    office.give(a_row("A", "0639980001"))
    locked = Begun(locked=frozenset({office.id_of("A")}))
    report = office.give(a_row("A", "0639980002", qpv="N"), begun=locked)
    assert [(one.external_id, one.line) for one in report.locked_changes] == [("A", 2)]
    assert report.qpv_changed_ids == ()
    assert [one.e164 for one in numbers_of(office.db, office.keys, office.id_of("A"))] == ["+33639980001"]


def test_a_changed_qpv_is_told(office: Office) -> None:
    office.give(a_row("A", "0639980001"))
    assert office.give(a_row("A", "0639980001", qpv="N")).qpv_changed_ids == (office.id_of("A"),)


def test_of_two_households_on_one_number_the_lowest_is_called(office: Office) -> None:
    office.give(a_row("Z", "0639980001"), bailleur="02")
    report = office.give(a_row("M", "0639980001"), bailleur="01")
    assert office.standing() == {"Z": "duplicate", "M": None}
    instead = office.db.scalars(
        select(households.c.duplicate_of).where(households.c.external_id == "Z")
    ).one()
    assert instead == office.id_of("M")
    assert [(one.household_id, one.after) for one in report.moved] == [
        (office.id_of("Z"), NotCallable.DUPLICATE)
    ]


def test_of_two_households_on_one_number_the_one_called_already_stays(office: Office) -> None:
    office.give(a_row("Z", "0639980001"), bailleur="02")
    office.give(a_row("M", "0639980001"), begun=Begun(attempted=frozenset({office.id_of("Z")})))
    assert office.standing() == {"Z": None, "M": "duplicate"}


def test_three_households_on_one_number_are_left_in_peace(office: Office) -> None:
    office.give(a_row("A", "0639980001"), a_row("B", "0639980001"))
    assert office.standing() == {"A": None, "B": "duplicate"}
    office.give(a_row("C", "0639980001"), bailleur="03")
    assert set(office.standing().values()) == {"shared_phone"}


def test_a_number_no_longer_shared_frees_the_duplicate(office: Office) -> None:
    office.give(a_row("A", "0639980001"), a_row("B", "0639980001"))
    report = office.give(a_row("A", "0639980002"), a_row("B", "0639980001"))
    assert office.standing() == {"A": None, "B": None}
    assert [one.after for one in report.moved] == [None]


def test_one_name_at_one_address_with_two_bailleurs_is_called_once(office: Office) -> None:
    line = "{};Lenglet;12, rue des Lilas;59000;{};;N;;;"
    office.give(line.format("A", "0639980001"))
    office.give(line.format("B", "0639980002").replace("Lenglet", "LENGLET"), bailleur="02")
    assert office.standing() == {"A": None, "B": "duplicate"}


def test_an_opposed_number_is_not_called_whatever_file_it_comes_in(office: Office) -> None:
    hashed = office.keys.phone_hmac("+33639980001")
    office.db.execute(insert(oppositions).values(phone_hmac=hashed, said_at=NOW))
    office.give(a_row("A", "06.39.98.00.01"), a_row("B", "0639980002"))
    assert office.standing() == {"A": "opposition", "B": None}


@pytest.mark.parametrize("order", [("01", "02"), ("02", "01")])
def test_an_opposition_holds_for_every_household_of_the_number(
    office: Office, order: tuple[str, str]
) -> None:
    rows = {"01": a_row("A", "0639980001", opposed="oui"), "02": a_row("B", "0639980001")}
    for code in order:
        office.give(rows[code], bailleur=code)
    assert office.standing() == {"A": "opposition", "B": "opposition"}


def test_a_corrected_file_never_undoes_an_opposition(office: Office) -> None:
    office.give(a_row("A", "0639980001", opposed="oui"))
    office.give(a_row("A", "0639980009"))
    assert office.standing() == {"A": "opposition"}


def test_numbers_of_fiction_are_no_numbers_in_a_real_wave(office: Office) -> None:
    office.db.execute(waves.update().values(is_demo=False, line=LineDriver.MANUAL))
    report = office.give(a_row("A", "06 39 98 00 01"))
    assert report.phone_refusals == {PhoneRefusal.FICTIONAL: 1}
    assert office.standing() == {"A": "no_phone"}


def test_a_file_without_any_household_is_refused(office: Office) -> None:
    with pytest.raises(SampleFileRefused, match="aucun ménage"):
        office.give("TOTAL;0")


def test_a_bailleur_outside_the_wave_is_refused(office: Office) -> None:
    office.bailleurs["99"] = surveys.create_bailleur(office.db, "99", "Autre")
    with pytest.raises(NotFound, match="ne prend pas part"):
        office.give(a_row("A", "0639980001"), bailleur="99")


def test_the_frame_gives_the_leases_of_each_cell(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "base.csv"
    path.write_text("bailleur;qpv;menages\n01;O;1200\n01;N;3000\n02;O;10\nTotal;;4210\n")
    report = import_frame(office.db, office.wave_id, path)
    assert (report.cells, report.households) == (3, 4210)
    assert import_frame(office.db, office.wave_id, path).cells == 3


def test_a_frame_with_an_unknown_bailleur_is_refused(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "base.csv"
    path.write_text("bailleur;qpv;menages\n77;O;1200\n")
    with pytest.raises(SampleFileRefused, match="77"):
        import_frame(office.db, office.wave_id, path)
