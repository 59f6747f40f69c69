"""A folder as one zip, the same for the same files: fixed order, dates and rights."""

import zipfile
from pathlib import Path

_DATED = (1980, 1, 1, 0, 0, 0)  # the oldest a zip can tell
_RIGHTS = 0o644 << 16


def write_zip(folder: Path, to: Path) -> None:
    """Pack the files of the folder."""
    with zipfile.ZipFile(to, "w") as packed:
        for path in sorted(folder.iterdir()):
            entry = zipfile.ZipInfo(path.name, _DATED)
            entry.external_attr = _RIGHTS
            packed.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)
