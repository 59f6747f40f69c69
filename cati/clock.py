"""The only reader of the wall clock. Everything else takes `now` as an argument."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

_offset_file: Path | None = None


def use_offset_file(path: Path | None) -> None:
    """Read an offset in seconds from `path` at each reading, so that a real server's appointment can come due.

    Only demo waves and tests call this (`CATI_CLOCK_OFFSET_FILE`); None returns to the true time.
    """
    global _offset_file  # noqa: PLW0603  (one clock a process: that is the point)
    _offset_file = path


def now() -> datetime:
    """The time now, in UTC."""
    return datetime.now(UTC) + _offset()


def _offset() -> timedelta:
    if _offset_file is None or not _offset_file.exists():
        return timedelta(0)
    return timedelta(seconds=float(_offset_file.read_text().strip() or 0))
