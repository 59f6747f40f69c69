"""Sealing keys that are open: who tests calls needs numbers."""

from pathlib import Path

import pytest

from cati import sealing
from cati.sealing import Keys


@pytest.fixture
def sealed(keys: Path) -> Keys:
    """The keys under which contacts and numbers are written and read."""
    sealing.create(keys)
    return sealing.load(keys)
