"""Take the results of a wave out: data, dictionary, manifest, in a folder or as one zip."""

import re
import tempfile
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from cati.audit import store as audit
from cati.exports.gathering import Gathered, Order, gather
from cati.exports.rules.entries import entries
from cati.exports.writers.archive import write_zip
from cati.exports.writers.dictionary import write_dictionary
from cati.exports.writers.frame import frame_of
from cati.exports.writers.manifest import Manifest, Version, WrittenFile, write_manifest, written
from cati.exports.writers.sav import write_sav
from cati.exports.writers.technical_csv import write_csv
from cati.sealing import Keys

_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]+")


def write_export(db: Connection, keys: Keys, order: Order, to: Path, now: datetime) -> Manifest:
    """Write the files of the wave into the folder `to`, made if absent, and note it in the audit log.

    Complete interviews, and partial ones if asked, all or those found valid; withdrawn and invalidated ones never.
    They are read in batches: on a connection in autocommit each is a transaction of its own, so that a long export
    holds nothing back. The files appear when all are whole. `keys` hash the interviewers' numbers.
    """
    gathered = gather(db, keys, order)
    to.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".export-", dir=to) as made:
        manifest = _write(gathered, order, Path(made), now)
        audit.write(
            db,
            now=now,
            user_id=order.by,
            action="export.written",
            object_type="wave",
            object_id=order.wave_id,
            purpose="statistiques",
            details=_audited(manifest),
        )
        for path in sorted(Path(made).iterdir()):
            path.replace(to / path.name)
    return manifest


def write_archive(db: Connection, keys: Keys, order: Order, to: Path, now: datetime) -> Manifest:
    """The same as one zip, at `to`."""
    with tempfile.TemporaryDirectory(prefix=".export-", dir=to.parent) as made:
        manifest = write_export(db, keys, order, Path(made), now)
        write_zip(Path(made), to)
    return manifest


def archive_name(wave_code: str) -> str:
    """`triennale-2026.zip`: the wave's code, without what a file's name cannot hold."""
    return f"{_stem(wave_code)}.zip"


def _write(gathered: Gathered, order: Order, folder: Path, now: datetime) -> Manifest:
    wave, sheet = gathered.wave, gathered.sheet
    stem, frame = _stem(wave.code), frame_of(sheet)
    title = f"{wave.name} ({wave.code})"
    versions = ", ".join(f"{version.code} {version.version}" for version in gathered.versions)
    write_csv(frame, folder / f"{stem}.csv")
    write_sav(sheet, frame, folder / f"{stem}.sav", wave.name)
    write_dictionary(
        entries(sheet, gathered.questionnaires),
        folder / f"{stem}-dictionnaire.html",
        f"Dictionnaire : {title}",
        f"{sheet.n} entretiens, {len(sheet.variables)} variables. Questionnaire : {versions}.",
    )
    files = tuple(written(path) for path in sorted(folder.iterdir()))
    manifest = _manifest(gathered, order, files, now)
    write_manifest(manifest, folder)
    return manifest


def _manifest(gathered: Gathered, order: Order, files: tuple[WrittenFile, ...], now: datetime) -> Manifest:
    return Manifest(
        wave=gathered.wave.code,
        name=gathered.wave.name,
        made_at=now,
        with_partials=order.with_partials,
        validated_only=order.validated_only,
        interviews=dict(sorted(gathered.by_state.items())),
        surplus=gathered.surplus,
        bailleurs=dict(sorted(gathered.by_bailleur.items())),
        variables=len(gathered.sheet.variables),
        questionnaires=tuple(
            Version(
                code=one.code,
                version=one.version,
                sha256=one.sha256,
                interviews=gathered.by_version[one.version],
            )
            for one in gathered.versions
        ),
        files=files,
    )


def _audited(manifest: Manifest) -> dict[str, object]:
    return {
        "interviews": dict(manifest.interviews),
        "with_partials": manifest.with_partials,
        "validated_only": manifest.validated_only,
        "sha256": manifest.sha256,
    }


def _stem(wave_code: str) -> str:
    return _UNSAFE.sub("-", wave_code).strip("-.") or "export"
