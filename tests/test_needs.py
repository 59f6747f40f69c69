"""A test that needs a system package is never lost in silence."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ASKING = 'import pytest\n\n@pytest.mark.needs("pspp")\ndef test_it(): pass\n'


@pytest.mark.parametrize(
    ("ci", "told"),
    [
        ("", "SKIPPED"),  # on somebody's machine: told by name
        ("true", "ERROR"),  # where everything must have been installed
    ],
)
def test_without_the_package_it_is_skipped_by_name_or_fails_in_ci(tmp_path: Path, ci: str, told: str) -> None:
    (tmp_path / "test_asking.py").write_text(ASKING)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "tests.conftest",
        "-c",
        str(ROOT / "pyproject.toml"),
        str(tmp_path),
    ]
    environment = os.environ | {"CI": ci, "PATH": str(tmp_path)}
    ran = subprocess.run(
        command, check=False, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
    )
    (verdict,) = [line for line in ran.stdout.splitlines() if line.startswith(told)]
    assert "pspp" in ran.stdout.split("missing system packages: ")[1].splitlines()[0]
    assert ran.returncode == (1 if ci else 0)
    assert verdict
