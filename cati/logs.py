"""What the system writes of itself: one line of JSON an event, without anything that tells of a person."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

#: A telephone number however it is written: nine digits or more, with the signs people put between them.
_NUMBER = re.compile(r"\+?\d(?:[ .\-\u00a0\u202f]?\d){8,}")

#: Keys under which only a person's identity would stand.
_PERSONAL = frozenset(
    {"name", "last_name", "first_name", "phone", "number", "email", "address", "contact", "login"}
)


def configure(*, readable: bool | None = None) -> None:
    """Log as JSON, or for people when the output is a terminal (unless told)."""
    for_people = sys.stderr.isatty() if readable is None else readable
    renderer = (
        structlog.dev.ConsoleRenderer()
        if for_people
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            without_persons,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def without_persons(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Take out what may tell of a person: values of personal keys, and telephone numbers inside any text."""
    return {
        key: "[…]" if key in _PERSONAL else _NUMBER.sub("[…]", value) if isinstance(value, str) else value
        for key, value in event.items()
    }
