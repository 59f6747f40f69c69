"""Copies the pinned browser libraries into web/static/vendor: `make vendor`, only when a version changes.

Each package is fetched by npm's own client, which checks it against the registry's digest, and must then have the
SHA-256 written here for each file we ship. The licence goes beside the file; MANIFEST.json lists what is there.
"""

import hashlib
import json
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

VENDOR = Path(__file__).parents[1] / "web" / "static" / "vendor"


@dataclass(frozen=True, slots=True)
class Pinned:
    """A package at one version, its licence file, and the files we ship with their SHA-256."""

    package: str
    licence: str
    files: dict[str, str]


PINNED = (
    Pinned(
        "htmx.org@4.0.1",
        "LICENSE",
        {
            "dist/htmx.min.js": "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130",
            "dist/ext/hx-sse.min.js": "18ef2761356ec1fe0bb6d92612315b37517a7c1e9856b661c5ae81fef239d103",
        },
    ),
    Pinned(
        "uplot@1.6.32",
        "LICENSE",
        {
            "dist/uPlot.iife.min.js": "19c8d4c6ad88929a79f4ae49d6f7161566dfd0ba3d15cc495e974f787eb78f1f",
            "dist/uPlot.min.css": "df630c6a8d6f8eeaff264b50f73ce5b114f646ffd9a0bb74f049b0a00135fa04",
        },
    ),
)


def main() -> None:
    """Fetch, check, copy, and write the manifest."""
    VENDOR.mkdir(parents=True, exist_ok=True)
    manifest = [entry for pinned in PINNED for entry in vendor(pinned)]
    (VENDOR / "MANIFEST.json").write_text(json.dumps(manifest, indent=2) + "\n")
    for entry in manifest:
        print(entry["path"], entry["bytes"], entry["sha256"])


def vendor(pinned: Pinned) -> list[dict[str, str | int]]:
    """The manifest's entries of one package, its files copied."""
    name = pinned.package.rpartition("@")[0]
    with tempfile.TemporaryDirectory() as folder:
        fetched = subprocess.run(
            ["npm", "pack", "--json", "--silent", pinned.package],
            cwd=folder,
            check=True,
            capture_output=True,
            text=True,
        )
        with tarfile.open(Path(folder) / json.loads(fetched.stdout)[0]["filename"]) as archive:
            (VENDOR / f"{name}.LICENSE").write_bytes(read(archive, pinned.licence))
            return [copy(archive, pinned.package, path, sha256) for path, sha256 in pinned.files.items()]


def copy(archive: tarfile.TarFile, package: str, path: str, sha256: str) -> dict[str, str | int]:
    """One file, copied if it is the one that was pinned."""
    content = read(archive, path)
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise SystemExit(f"{package} {path}: expected {sha256}, got {found}. Nothing was replaced.")
    (VENDOR / Path(path).name).write_bytes(content)
    return {"package": package, "path": Path(path).name, "bytes": len(content), "sha256": found}


def read(archive: tarfile.TarFile, path: str) -> bytes:
    """One file of an npm archive, whose files all lie under `package/`."""
    member = archive.extractfile(f"package/{path}")
    if member is None:
        raise SystemExit(f"{path} is not in the archive.")
    return member.read()


if __name__ == "__main__":
    main()
