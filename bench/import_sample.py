"""The import of 38,000 households from 26 files, beside a bare phonenumbers loop over every number cell.

    .venv/bin/python bench/import_sample.py [--json] [--households 38000]

Bar: the whole import (reading, checking, sealing, writing, duplicates, 26 transactions) ≤ 10 × the loop. Both are
seconds of CPU, of the client and of the server's processes: a neighbour on the machine slows both, and counts in none.
"""

import argparse
import json
import os
import shutil
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path

import phonenumbers
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.pool import NullPool

from cati import embedded, schema, sealing
from cati.database import connect
from cati.sample.actions import SampleFile, import_file, import_frame
from cati.sample.columns import Field, map_columns
from cati.sample.files import read_sheet
from cati.sample.generate import Generated, generate
from cati.sample.generator.bailleurs import BAILLEURS
from cati.sealing import Keys
from cati.surveys import actions as surveys
from cati.surveys.proving import Proved, prove
from cati.surveys.rules import LegalBasis, LineDriver

NOW = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
ROOT = Path(__file__).parents[1]
BAR = 10.0


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--json", action="store_true")
    options.add_argument("--households", type=int, default=38_000)
    asked = options.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="cati-bench-import-"))
    folder.chmod(0o755)
    try:
        files = generate(folder / "extracts", households=asked.households)
        floor = bare_loop(files)
        with embedded.running(folder / "var") as server:
            engine = a_database(server)
            with engine.begin() as db:
                wave = a_wave(db)
            before, start = processor_seconds(server), time.perf_counter()
            accepted = whole_import(engine, files, sealing.create(folder / "keys"), *wave)
            figure, wall = processor_seconds(server) - before, time.perf_counter() - start
            engine.dispose()
        embedded.destroy(folder / "var")
    finally:
        shutil.rmtree(folder)
    ratio = figure / floor
    line = {
        "name": "import",
        "figure": round(figure, 2),
        "unit": "s of CPU",
        "floor": round(floor, 2),
        "ratio": round(ratio, 2),
        "bar": BAR,
        "ok": ratio <= BAR and accepted == asked.households,
        "households": accepted,
        "wall_s": round(wall, 2),
    }
    told = f"{accepted} households: {figure:.1f} s of CPU, {ratio:.1f} × the loop (bar {BAR:.0f}), {wall:.1f} s in all"
    print(json.dumps(line) if asked.json else told)


def processor_seconds(server: embedded.Server) -> float:
    """Seconds of CPU that this process and the server's have used, those that ended included."""
    postmaster = (server.directory / "postmaster.pid").read_text().split()[0]
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it ended while we looked: its parent counts it from now on
            continue
        if stat.parent.name == postmaster:
            ticks += sum(int(field) for field in fields[11:15])
        elif fields[1] == postmaster:
            ticks += int(fields[11]) + int(fields[12])
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


def bare_loop(files: Generated) -> float:
    """Seconds of CPU to parse and validate every number cell, reading of the files not counted."""
    numbers = []
    for path in files.extracts.values():
        sheet = read_sheet(path.name, path.read_bytes())
        places = map_columns(sheet.header).fields[Field.PHONE]
        cells = (line.cells[place] for line in sheet.below for place in places if place < len(line.cells))
        numbers += [str(int(cell)) if isinstance(cell, float) else str(cell) for cell in cells if cell != ""]
    start = time.process_time()
    for number in numbers:
        try:
            phonenumbers.is_valid_number(phonenumbers.parse(number, "FR"))
        except phonenumbers.NumberParseException:
            continue
    return time.process_time() - start


def whole_import(
    engine: Engine, files: Generated, keys: Keys, wave_id: int, bailleurs: dict[str, int]
) -> int:
    """Import the frame and the 26 files, typed by the wave's questionnaire; the households they gave."""
    with engine.begin() as db:
        import_frame(db, wave_id, files.frame)
    accepted = 0
    for code, path in files.extracts.items():
        with engine.begin() as db:
            report = import_file(
                db,
                wave_id=wave_id,
                bailleur_id=bailleurs[code],
                file=SampleFile.at(path),
                keys=keys,
                now=NOW,
            )
        accepted += report.accepted
    return accepted


def a_wave(db: Connection) -> tuple[int, dict[str, int]]:
    """A demo wave of the triennale in which the 26 bailleurs take part: its id, and theirs by code."""
    wave = surveys.NewWave(
        survey_id=surveys.create_survey(db, "triennale", "Enquête triennale"),
        code="bench",
        name="Banc",
        institute="Institut",
        line=LineDriver.SIMULATED,
        is_demo=True,
    )
    wave_id = surveys.create_wave(db, wave, NOW)
    proved = prove((ROOT / "questionnaires" / "triennale.yaml").read_text(encoding="utf-8"))
    if not isinstance(proved, Proved):
        raise SystemExit(proved.sentence)
    surveys.set_questionnaire(db, wave_id, surveys.publish_questionnaire(db, proved, now=NOW).id)
    bailleurs = {one.code: surveys.create_bailleur(db, one.code, one.name) for one in BAILLEURS}
    for one in BAILLEURS:
        part = surveys.Participation(
            opens_on=date(2026, 11, 2),
            closes_on=date(2027, 2, 1),
            objective=one.objective,
            legal_basis=LegalBasis.LEGITIMATE_INTEREST,
            information_text="Données fictives",
            dpo_contact="dpo@example.org",
        )
        surveys.join_wave(db, wave_id, bailleurs[one.code], part)
    return wave_id, bailleurs


def a_database(server: embedded.Server) -> Engine:
    """A migrated database, used as cati_app."""
    admin = create_engine(
        server.url(embedded.SUPERUSER, "postgres"), isolation_level="AUTOCOMMIT", poolclass=NullPool
    )
    with admin.connect() as db:
        for role in embedded.ROLES:
            db.execute(text(f"create role {role} login password '{server.passwords[role]}'"))
        schema.make_database(db, "bench")
    schema.migrate(server.url("cati_owner", "bench"))
    return connect(server.url("cati_app", "bench"))


if __name__ == "__main__":
    main()
