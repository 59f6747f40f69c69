"""From the field to the statistician's own tool: `cati export`, opened in PSPP, which shares no code with us."""

import csv
import json
import os
import random
import subprocess
import sys
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cati import sealing
from cati.cases.rules import InterviewState
from cati.database import transaction
from tests.respondents import a_field, a_sample, add_interview

if TYPE_CHECKING:
    from tests.conftest import Database

COMPLETE, PARTIAL = 40, 3


@pytest.fixture
def delivery(database: "Database", keys: Path, tmp_path: Path, now: datetime) -> Path:
    """The folder that `cati export` wrote: forty complete interviews, three partial ones left out."""
    sealing.create(keys)
    draw = random.Random(2026)
    with transaction(database.engine) as db:
        field = a_field(db, now)
        for rank in range(COMPLETE):
            add_interview(db, field, now, sample=a_sample(draw), draw=draw, bailleur=rank % 2)
        for _ in range(PARTIAL):
            add_interview(db, field, now, sample=a_sample(draw), draw=draw, state=InterviewState.PARTIAL)
    to = tmp_path / "livraison"
    done = export(database, keys, "--wave", "T26", "--to", str(to), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["interviews"] == {"complete": COMPLETE}
    return to


def export(database: "Database", keys: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    set_up = {
        "DATABASE_URL": database.app_url,
        "CATI_OWNER_URL": database.owner_url,
        "CATI_OBSERVER_URL": database.observer_url,
        "CATI_KEYS": str(keys),
    }
    return subprocess.run(
        [str(Path(sys.executable).with_name("cati")), "export", *arguments],
        env={**os.environ, **set_up},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def pspp(folder: Path, *commands: str) -> str:
    """What PSPP prints of the file, tables as CSV."""
    syntax, told = folder / "lecture.sps", folder / "lecture.csv"
    syntax.write_text("\n".join([f"GET FILE='{folder / 'T26.sav'}'.", *commands]), encoding="utf-8")
    run = subprocess.run(
        ["pspp", "-O", "format=csv", "-o", str(told), str(syntax)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return told.read_text(encoding="utf-8")


def rows_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "T26.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.needs("pspp")
def test_pspp_finds_labels_and_missing_codes(delivery: Path) -> None:
    told = pspp(delivery, "DISPLAY DICTIONARY /VARIABLES=A1 A4 L1 BAILLEUR K1_R1 A3.")
    assert "warning" not in told.lower()
    assert "Très satisfait(e)" in told
    assert "Locataire depuis moins de 3 ans" in told
    assert "Bailleur fictif n° 01, é" in told
    missing = {line.split(",")[0]: line for line in told.partition("Missing")[2].splitlines()}
    assert "98; 99" in missing["A1"]
    assert "97; 98; 99" in missing["A4"]
    assert "998; 999" in missing["L1"]


@pytest.mark.needs("pspp")
def test_pspp_sets_the_missing_codes_apart(delivery: Path) -> None:
    rows = rows_of(delivery)
    for name, missing in (("A1", {98, 99}), ("C4", {97, 98, 99}), ("F5_94", {98, 99}), ("L1", {998, 999})):
        valid = [int(row[name]) for row in rows if row[name] and int(row[name]) not in missing]
        told = pspp(delivery, f"FREQUENCIES /VARIABLES={name} /FORMAT=NOTABLE /STATISTICS=SUM.")
        figures = dict(line.split(",")[-2:] for line in told.splitlines() if line.count(",") == 2)
        assert figures["Valid"] == str(len(valid)), name
        assert figures["Missing"] == str(COMPLETE - len(valid)), name
        assert told.splitlines()[-1] == f"Sum,,{sum(valid)}.00", name


@pytest.mark.needs("pspp")
def test_pspp_reads_every_cell_as_the_csv_has_it(delivery: Path) -> None:
    copy = delivery / "pspp.csv"
    pspp(delivery, f"SAVE TRANSLATE /OUTFILE='{copy}' /TYPE=CSV /REPLACE /FIELDNAMES /CELLS=VALUES.")
    with copy.open(encoding="utf-8", newline="") as file:
        copied = list(csv.DictReader(file))
    assert [without_guard(row) for row in rows_of(delivery)] == [in_iso(row) for row in copied]
    assert "é" * 3000 in {cell for row in copied for cell in row.values()}, "texts of any length"


def without_guard(row: dict[str, str]) -> dict[str, str]:
    """The row without the apostrophes that keep spreadsheets from running a text."""
    return {name: cell[1:] if cell[:2] in {"'=", "'+", "'-", "'@"} else cell for name, cell in row.items()}


def in_iso(row: dict[str, str]) -> dict[str, str]:
    """PSPP's row: its dates in ISO, its system-missing blank as an empty cell."""
    month, day, year = row["DATE_ENT"].split("/")
    return {name: cell.strip(" ") for name, cell in row.items()} | {"DATE_ENT": f"{year}-{month}-{day}"}


def test_the_manifest_vouches_for_every_file(delivery: Path) -> None:
    manifest = json.loads((delivery / "manifest.json").read_text(encoding="utf-8"))
    listed = {file["name"]: file for file in manifest["files"]}
    assert set(listed) == {path.name for path in delivery.iterdir()} - {"manifest.json"}
    for name, file in listed.items():
        content = (delivery / name).read_bytes()
        assert (file["bytes"], file["sha256"]) == (len(content), sha256(content).hexdigest())
    (questionnaire,) = manifest["questionnaires"]
    assert (questionnaire["code"], questionnaire["version"]) == ("triennale", "2026.1")
    assert sum(manifest["bailleurs"].values()) == COMPLETE


def test_a_wave_that_does_not_exist_is_refused_in_words(
    database: "Database", keys: Path, tmp_path: Path
) -> None:
    sealing.create(keys)
    done = export(database, keys, "--wave", "inconnue", "--to", str(tmp_path / "rien"))
    assert done.returncode == 1
    assert "Il n’y a pas d’édition «\u00a0inconnue\u00a0»" in done.stderr
    assert not (tmp_path / "rien").exists()
