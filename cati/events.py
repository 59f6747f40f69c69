"""Names of what happens in an interview (its paradata)."""

from enum import StrEnum


class EventKind(StrEnum):
    """Kinds of `answer_events`. Those that change the answers make an older screen stale."""

    SHOWN = "shown"
    ANSWERED = "answered"
    CLEARED = "cleared"
    CONFIRMED = "confirmed"
    REMARK = "remark"
    ORDER_DRAWN = "order_drawn"
    LANGUAGE = "language"
    LOOP_REMOVED = "loop_removed"
    MIGRATED = "migrated"
    SUSPENDED = "suspended"
    RESUMED = "resumed"


#: After one of these, a screen shown before is stale: its answer is refused with the current screen.
CHANGES_ANSWERS = frozenset({EventKind.ANSWERED, EventKind.CLEARED, EventKind.CONFIRMED, EventKind.MIGRATED})
