"""The manifest: what the export holds, with which questionnaire, and the sha256 of every file."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenFile:
    """A file of the export."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A questionnaire that interviews of the export have; `sha256` is of its published text."""

    code: str
    version: str
    sha256: str
    interviews: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What an export holds. `made_at` is the only time in it that a second export of the same answers changes."""

    wave: str
    name: str
    made_at: datetime
    with_partials: bool
    validated_only: bool  #: only interviews whose last verdict of quality control is `validated`
    interviews: Mapping[str, int]  #: by state
    surplus: int  #: among the complete ones, those beyond their quota
    bailleurs: Mapping[str, int]  #: interviews by code of bailleur
    variables: int
    questionnaires: tuple[Version, ...]
    files: tuple[WrittenFile, ...]

    @property
    def n(self) -> int:
        """How many interviews."""
        return sum(self.interviews.values())

    @property
    def sha256(self) -> str:
        """The fingerprint of the content: of the files' own, whatever the hour."""
        told = "\n".join(f"{file.sha256}  {file.name}" for file in self.files)
        return hashlib.sha256(told.encode()).hexdigest()


def written(path: Path) -> WrittenFile:
    """The facts of a file just written."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return WrittenFile(name=path.name, bytes=path.stat().st_size, sha256=digest)


def write_manifest(manifest: Manifest, folder: Path) -> None:
    """Write the manifest beside the files it describes."""
    fields = {**asdict(manifest), "made_at": manifest.made_at.isoformat(), "sha256": manifest.sha256}
    text = json.dumps(fields, ensure_ascii=False, indent=2)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8", newline="\n")
