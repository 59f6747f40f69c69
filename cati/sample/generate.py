"""Writes the sample of a demonstration: 26 extracts and the frame, the same for the same seed."""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random

from cati.sample.generator.bailleurs import BAILLEURS, allocate
from cati.sample.generator.files import write_extract
from cati.sample.generator.households import Household, draw
from cati.sample.generator.numbers import Numbers

HOUSEHOLDS = 38_000
FRAME_NAME = "base_de_sondage.csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """What was written: bailleur's code → his extract, and the frame."""

    extracts: dict[str, Path]
    frame: Path
    households: int


def generate(
    folder: Path,
    *,
    seed: int = 1,
    households: int = HOUSEHOLDS,
    extract_on: date = date(2026, 11, 1),
    progress: Callable[[str], None] = lambda _name: None,
) -> Generated:
    """Write the files of 26 fictional bailleurs into `folder`. `progress` is told each bailleur once written.

    `extract_on` is the day the bailleurs drew their leases: nobody moved in later than six months before.
    """
    folder.mkdir(parents=True, exist_ok=True)
    counts, numbers = allocate(households), Numbers()
    others: list[Household] = []
    extracts: dict[str, Path] = {}
    for bailleur in BAILLEURS:
        random = Random(f"{seed}/{bailleur.code}")  # noqa: S311  (a demonstration, no secret)
        leases = draw(bailleur, counts[bailleur.code], random, numbers, extract_on=extract_on, others=others)
        extracts[bailleur.code] = write_extract(folder, bailleur, leases, random)
        others.extend(lease for lease in leases if lease.digits)
        progress(bailleur.name)
    return Generated(extracts=extracts, frame=_write_frame(folder), households=households)


def _write_frame(folder: Path) -> Path:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerow(("bailleur", "nom", "qpv", "menages"))
    for bailleur in BAILLEURS:
        in_qpv = round(bailleur.stock * bailleur.qpv / 100)
        writer.writerow((bailleur.code, bailleur.name, "O", in_qpv))
        writer.writerow((bailleur.code, bailleur.name, "N", bailleur.stock - in_qpv))
    path = folder / FRAME_NAME
    path.write_text(text.getvalue(), encoding="utf-8")
    return path
