"""The fictional extracts: their marginals, their oddities, and that no number of theirs can ring."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from cati.phone import is_fictional
from cati.sample.files import read_sheet
from cati.sample.frame import read_frame
from cati.sample.generate import Generated, generate
from cati.sample.generator.bailleurs import BAILLEURS, Quirk, allocate
from cati.sample.reading import Reading, read_households
from cati.sample.rules import RejectReason

HOUSEHOLDS = 2_600


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Generated:
    return generate(tmp_path_factory.mktemp("extracts"), households=HOUSEHOLDS)


@pytest.fixture(scope="module")
def readings(generated: Generated) -> dict[str, Reading]:
    return {
        code: read_households(read_sheet(path.name, path.read_bytes()), opens_on=date(2026, 11, 2), demo=True)
        for code, path in generated.extracts.items()
    }


def test_the_table_of_bailleurs_adds_up_to_38_000() -> None:
    assert (len(BAILLEURS), sum(one.drawn for one in BAILLEURS)) == (26, 38_000)
    assert allocate(38_000) == {one.code: one.drawn for one in BAILLEURS}


def test_the_importer_accepts_exactly_the_households_asked_for(readings: dict[str, Reading]) -> None:
    assert {code: len(reading.rows) for code, reading in readings.items()} == allocate(HOUSEHOLDS)


def test_the_rejected_rows_stand_on_top_of_them(readings: dict[str, Reading]) -> None:
    reasons = Counter(reject.reason for reading in readings.values() for reject in reading.rejects)
    # The triennale needs no column that a household could lack: none is incomplete.
    assert set(reasons) == set(RejectReason) - {RejectReason.INCOMPLETE}


def test_no_number_can_ring(readings: dict[str, Reading]) -> None:
    numbers = [
        number.phone.e164 for reading in readings.values() for row in reading.rows for number in row.numbers
    ]
    assert len(numbers) > HOUSEHOLDS
    assert [number for number in numbers if not is_fictional(number)] == []


@pytest.mark.parametrize(
    ("what", "share"),
    [("reached", 0.92), ("mobile", 0.80), ("several", 0.36), ("qpv", 0.374), ("houses", 0.368)],
)
def test_marginals_are_those_of_the_region(readings: dict[str, Reading], what: str, share: float) -> None:
    rows = [row for reading in readings.values() for row in reading.rows]
    counts = {
        "reached": sum(bool(row.numbers) for row in rows),
        "mobile": sum(any(number.phone.kind == "mobile" for number in row.numbers) for row in rows),
        "several": sum(len(row.numbers) >= 2 for row in rows),
        "qpv": sum(bool(row.qpv) for row in rows),
        "houses": sum(row.sample.get("type_logement") == "individuel" for row in rows),
    }
    assert counts[what] / len(rows) == pytest.approx(share, abs=0.03)


def test_the_same_seed_gives_the_same_bytes(generated: Generated, tmp_path: Path) -> None:
    again = generate(tmp_path, households=HOUSEHOLDS)
    for code, path in generated.extracts.items():
        assert again.extracts[code].read_bytes() == path.read_bytes()
    other = generate(tmp_path / "other", seed=2, households=HOUSEHOLDS)
    assert other.extracts["01"].read_bytes() != generated.extracts["01"].read_bytes()


def test_every_oddity_of_the_files_is_there(generated: Generated) -> None:
    assert {quirk for one in BAILLEURS for quirk in one.quirks} == set(Quirk)
    assert {(one.format.delimiter, one.format.encoding) for one in BAILLEURS} >= {
        (";", "cp1252"), (",", "utf-8-sig"), ("\t", "latin-1"), ("|", "utf-8"), ("", "utf-8"),
    }  # fmt: skip
    assert {path.suffix for path in generated.extracts.values()} == {".csv", ".txt", ".xlsx"}


def test_the_frame_stands_for_the_whole_stock(generated: Generated) -> None:
    frame = read_frame(generated.frame.name, generated.frame.read_bytes())
    assert len(frame) == 52
    assert sum(frame.values()) == sum(one.stock for one in BAILLEURS)
