"""`cati sample` as whoever imports types it: generate, try, import, correct, frame."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import func, select
from typer.testing import CliRunner

from cati import sealing
from cati.cli.sample import app
from cati.database import transaction
from cati.errors import NotFound, SampleFileRefused
from cati.sample.generator.words import COMMUNES, LAST_NAMES
from cati.sample.tables import frame_cells, households, sample_imports
from cati.surveys import actions as surveys
from cati.surveys.rules import LegalBasis, LineDriver

NOW = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
Cati = Callable[..., Result]


@pytest.fixture
def cati(database: Any, keys: Path) -> Cati:
    """The command on an own database with a demo wave « t26 » of two bailleurs, 25 and 26."""
    sealing.create(keys)
    with transaction(database.engine) as db:
        wave = surveys.NewWave(
            survey_id=surveys.create_survey(db, "triennale", "Enquête triennale"),
            code="t26",
            name="2026",
            institute="Institut",
            line=LineDriver.SIMULATED,
            is_demo=True,
        )
        wave_id = surveys.create_wave(db, wave, NOW)
        for code in ("25", "26"):
            part = surveys.Participation(
                opens_on=date(2026, 11, 2),
                closes_on=date(2027, 2, 1),
                objective=10,
                legal_basis=LegalBasis.PUBLIC_INTEREST,
                information_text="Données fictives",
                dpo_contact="dpo@example.org",
            )
            surveys.join_wave(db, wave_id, surveys.create_bailleur(db, code, f"Bailleur {code}"), part)
    addresses = {
        "DATABASE_URL": database.app_url,
        "CATI_OWNER_URL": database.owner_url,
        "CATI_OBSERVER_URL": database.observer_url,
        "CATI_KEYS": str(keys),
    }
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words], env=addresses)


@pytest.fixture
def extracts(cati: Cati, tmp_path: Path) -> list[Path]:
    """The extracts of bailleurs 25 and 26."""
    folder = tmp_path / "extracts"
    assert cati("generate", folder, "--households", "1000").exit_code == 0
    return sorted([*folder.glob("25_*"), *folder.glob("26_*")])


def count(database: Any, table: Any) -> int:
    with transaction(database.engine) as db:
        return db.scalar(select(func.count()).select_from(table)) or 0


def test_a_dry_run_tells_and_writes_nothing(cati: Cati, database: Any, extracts: list[Path]) -> None:
    told = cati("import", *extracts, "--wave", "t26", "--dry-run")
    assert told.exit_code == 0, told.output
    assert "essai, rien n’est écrit" in told.stdout
    assert "ligne" in told.stdout
    assert (count(database, households), count(database, sample_imports)) == (0, 0)


def test_files_are_imported_each_for_the_bailleur_of_its_name(
    cati: Cati, database: Any, extracts: list[Path], tmp_path: Path
) -> None:
    rejects = tmp_path / "rejets.csv"
    told = cati("import", *extracts, "--wave", "t26", "--json", "--rejects", rejects)
    reports = [json.loads(line) for line in told.stdout.splitlines()]
    assert sum(report["new"] for report in reports) == count(database, households) > 0
    lines = rejects.read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 1 + sum(sum(report["rejected"].values()) for report in reports)
    again = cati("import", *extracts, "--wave", "t26", "--json")
    assert {json.loads(line)["new"] for line in again.stdout.splitlines()} == {0}


def test_no_word_of_a_household_is_printed(cati: Cati, extracts: list[Path]) -> None:
    printed = cati("import", *extracts, "--wave", "t26").stdout
    communes = [commune for places in COMMUNES.values() for commune, _ in places]
    assert [word for word in (*LAST_NAMES, *communes, "06 39 98", "25-10") if word in printed] == []


def test_a_refused_file_leaves_those_before_it(
    cati: Cati, database: Any, extracts: list[Path], tmp_path: Path
) -> None:
    broken = tmp_path / "26_vide.csv"
    broken.write_text("")
    refused = cati("import", extracts[0], broken, "--wave", "t26")
    assert isinstance(refused.exception, SampleFileRefused)
    assert count(database, sample_imports) == 1


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("--wave", "nulle-part"), NotFound),
        (("--wave", "t26", "--bailleur", "77"), NotFound),
    ],
)
def test_an_unknown_wave_or_bailleur_is_told(
    cati: Cati, extracts: list[Path], words: tuple[str, ...], error: type[Exception]
) -> None:
    assert isinstance(cati("import", extracts[0], *words).exception, error)


def test_a_file_whose_name_tells_no_bailleur_asks_for_one(cati: Cati, tmp_path: Path) -> None:
    file = tmp_path / "extrait.csv"
    file.write_text("id;tel\nA;0639980001\n")
    assert isinstance(cati("import", file, "--wave", "t26").exception, SampleFileRefused)
    assert cati("import", file, "--wave", "t26", "--bailleur", "25").exit_code == 0


def test_the_encoding_of_a_file_can_be_said(cati: Cati, tmp_path: Path) -> None:
    file = tmp_path / "25_extrait.csv"
    file.write_bytes("id;téléphone\r\nA;0639980001\r\n".encode("mac-roman"))
    assert "mac-roman" in cati("import", file, "--wave", "t26", "--encoding", "mac-roman").stdout
    for wrong in ("ascii", "klingon"):
        refused = cati("import", file, "--wave", "t26", "--encoding", wrong)
        assert isinstance(refused.exception, SampleFileRefused)


def test_the_frame_is_imported(cati: Cati, database: Any, tmp_path: Path) -> None:
    file = tmp_path / "base.csv"
    file.write_text("bailleur;qpv;menages\n25;O;256\n25;N;2944\n")
    assert cati("frame", file, "--wave", "t26").stdout == "2 cellules, 3200 baux\n"
    assert count(database, frame_cells) == 2
