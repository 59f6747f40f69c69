"""The browser libraries we ship are exactly those that were pinned, each with its licence."""

import hashlib
import json

from tools.vendor import PINNED, VENDOR

MANIFEST = json.loads((VENDOR / "MANIFEST.json").read_text())


def test_every_file_is_the_one_that_was_pinned() -> None:
    pinned = {
        (one.package, path.rpartition("/")[2], sha) for one in PINNED for path, sha in one.files.items()
    }
    shipped = {
        (entry["package"], entry["path"], hashlib.sha256((VENDOR / entry["path"]).read_bytes()).hexdigest())
        for entry in MANIFEST
    }
    assert shipped == pinned


def test_the_manifest_tells_the_truth() -> None:
    for entry in MANIFEST:
        content = (VENDOR / entry["path"]).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (entry["bytes"], entry["sha256"])


def test_nothing_else_is_shipped_and_each_package_has_its_licence() -> None:
    licences = {one.package.rpartition("@")[0] + ".LICENSE" for one in PINNED}
    expected = {"MANIFEST.json", *licences, *(entry["path"] for entry in MANIFEST)}
    assert {path.name for path in VENDOR.iterdir()} == expected
    assert all((VENDOR / name).read_text().strip() for name in licences)
