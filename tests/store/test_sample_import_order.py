"""The 26 files of a demonstration: the same counts in whatever order they come."""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select

from cati import sealing
from cati.sample.actions import SampleFile, import_file, import_frame
from cati.sample.generate import Generated, generate
from cati.sample.generator.bailleurs import BAILLEURS
from cati.sample.tables import households, sample_rejects
from cati.sealing import Keys
from cati.surveys import actions as surveys
from cati.surveys.rules import LegalBasis, LineDriver

NOW = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
HOUSEHOLDS = 1_300


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Generated:
    return generate(tmp_path_factory.mktemp("extracts"), households=HOUSEHOLDS)


@pytest.fixture
def sealed(keys: Path) -> Iterator[Keys]:
    return sealing.create(keys)


def a_wave(db: Connection, code: str) -> tuple[int, dict[str, int]]:
    survey_id = surveys.create_survey(db, "triennale", "Enquête triennale")
    wave = surveys.NewWave(
        survey_id=survey_id,
        code=code,
        name=code,
        institute="Institut",
        line=LineDriver.SIMULATED,
        is_demo=True,
    )
    wave_id = surveys.create_wave(db, wave, NOW)
    ids = {one.code: surveys.create_bailleur(db, one.code, one.name) for one in BAILLEURS}
    for one in BAILLEURS:
        part = surveys.Participation(
            opens_on=date(2026, 11, 2),
            closes_on=date(2027, 2, 1),
            objective=one.objective,
            legal_basis=LegalBasis.PUBLIC_INTEREST,
            information_text="Données fictives",
            dpo_contact="dpo@example.org",
        )
        surveys.join_wave(db, wave_id, ids[one.code], part)
    return wave_id, ids


def imported(
    db: Connection, keys: Keys, generated: Generated, order: list[str], wave: tuple[int, dict[str, int]]
) -> dict[str, str | None]:
    """External id → why not callable, after all files in this order."""
    wave_id, ids = wave
    for code in order:
        file = SampleFile.at(generated.extracts[code])
        import_file(db, wave_id=wave_id, bailleur_id=ids[code], file=file, keys=keys, now=NOW)
    rows = db.execute(
        select(households.c.external_id, households.c.not_callable).where(households.c.wave_id == wave_id)
    )
    return {row.external_id: row.not_callable for row in rows}


def test_26_files_in_any_order_give_the_same_households(
    db: Connection, sealed: Keys, generated: Generated
) -> None:
    order = sorted(generated.extracts)
    shuffled = order[:]
    random.Random(7).shuffle(shuffled)
    found = [
        imported(db, sealed, generated, codes, a_wave(db, name))
        for name, codes in (("straight", order), ("reversed", order[::-1]), ("shuffled", shuffled))
    ]
    assert len(found[0]) == HOUSEHOLDS
    assert found[0] == found[1] == found[2]
    assert {"duplicate", "shared_phone", "no_phone", "guardianship", "qpv_unknown"} <= set(found[0].values())


def test_all_files_twice_change_nothing(db: Connection, sealed: Keys, generated: Generated) -> None:
    wave = a_wave(db, "twice")
    first = imported(db, sealed, generated, sorted(generated.extracts), wave)
    rejected = db.scalar(select(func.count()).select_from(sample_rejects))
    assert imported(db, sealed, generated, sorted(generated.extracts), wave) == first
    assert db.scalar(select(func.count()).select_from(sample_rejects)) == 2 * (rejected or 0)


def test_the_frame_of_the_demonstration_is_imported(db: Connection, generated: Generated) -> None:
    wave_id, _ = a_wave(db, "frame")
    report = import_frame(db, wave_id, generated.frame)
    assert (report.cells, report.households) == (52, sum(one.stock for one in BAILLEURS))


def test_reports_add_up(db: Connection, sealed: Keys, generated: Generated) -> None:
    wave_id, ids = a_wave(db, "reports")
    totals: Counter[str] = Counter()
    for code, path in generated.extracts.items():
        report = import_file(
            db, wave_id=wave_id, bailleur_id=ids[code], file=SampleFile.at(path), keys=sealed, now=NOW
        )
        totals["accepted"] += report.accepted
        totals["rejected"] += len(report.rejects)
        assert report.accepted == report.callable + sum(report.not_callable.values())
        assert sum(report.rejected().values()) == len(report.rejects)
    assert totals["accepted"] == HOUSEHOLDS
    assert totals["rejected"] == db.scalar(select(func.count()).select_from(sample_rejects))
