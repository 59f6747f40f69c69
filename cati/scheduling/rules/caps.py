"""How often a household has been called, and when it may be called again at the earliest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from cati.cases.rules import AttemptFact, Disposition
from cati.scheduling.rules.protocol import Protocol
from cati.scheduling.rules.windows import Calendar, local, local_midnight


class Cap(StrEnum):
    """Which limit stands in the way."""

    GAP = "gap"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"  # thirty days
    TOTAL = "total"


@dataclass(frozen=True, slots=True)
class CapsVerdict:
    """Whether the household may be called now: `cap` is None, or says why not, until when (None: never again)."""

    cap: Cap | None = None
    until: datetime | None = None

    @property
    def exhausted(self) -> bool:
        """Whether the household may never be called again in this wave."""
        return self.cap == Cap.TOTAL


def caps_reached(
    protocol: Protocol, calendar: Calendar, history: Sequence[AttemptFact], now: datetime
) -> CapsVerdict:
    """The cap that forbids one more attempt at `now`, the longest-lasting first."""
    counted = counted_attempts(protocol, calendar, history)
    if len(counted) >= attempts_allowed(protocol, history):
        return CapsVerdict(Cap.TOTAL)
    if busy_again(protocol, calendar, history, now):
        return CapsVerdict()  # the redial belongs to the attempt that found the line busy
    limits = [
        (_until(counted, protocol.caps.attempts_per_30_days, _MONTH), Cap.MONTH),
        (_until(counted, protocol.caps.attempts_per_week, _WEEK), Cap.WEEK),
        (_day_until(protocol, calendar, counted, now), Cap.DAY),
        (_gap_until(protocol, history), Cap.GAP),
    ]
    standing = [(until, cap) for until, cap in limits if until is not None and until > now]
    if not standing:
        return CapsVerdict()
    until, cap = max(standing)
    return CapsVerdict(cap, until)


def counted_attempts(
    protocol: Protocol, calendar: Calendar, history: Sequence[AttemptFact]
) -> list[datetime]:
    """When each attempt that counts was made, oldest first.

    Busy dials of one day make one attempt by threes, together with the call that ends the series.
    """
    return [series[0].called_at for series in _series(protocol, calendar, history)]


def attempts_allowed(protocol: Protocol, history: Sequence[AttemptFact]) -> int:
    """How many attempts the household may receive in all: more once it has made an appointment."""
    made = any(attempt.disposition in _APPOINTMENTS for attempt in history)
    return protocol.caps.attempts_with_appointment if made else protocol.caps.attempts


def busy_again(protocol: Protocol, calendar: Calendar, history: Sequence[AttemptFact], now: datetime) -> bool:
    """Whether the line was busy and a dial at `now` would still belong to the same attempt."""
    series = _series(protocol, calendar, history)
    return bool(series) and _goes_on(protocol, calendar, series[-1], now)


def may_dial(protocol: Protocol, history: Sequence[AttemptFact], phone_id: int) -> bool:
    """Whether the number's own cap leaves room for one more dial."""
    dials = [dial for attempt in history for dial in attempt.rung if dial.phone_id == phone_id]
    return sum(dial.reached_network for dial in dials) < protocol.caps.dials_per_number


_APPOINTMENTS = {Disposition.APPOINTMENT_FIRM, Disposition.APPOINTMENT_SOFT}
_WEEK, _MONTH = timedelta(days=7), timedelta(days=30)


def _series(
    protocol: Protocol, calendar: Calendar, history: Sequence[AttemptFact]
) -> list[list[AttemptFact]]:
    """The attempts that were rung, those of one busy series together."""
    series: list[list[AttemptFact]] = []
    for attempt in _rung(history):
        if series and _goes_on(protocol, calendar, series[-1], attempt.called_at):
            series[-1].append(attempt)
        else:
            series.append([attempt])
    return series


def _goes_on(protocol: Protocol, calendar: Calendar, series: Sequence[AttemptFact], at: datetime) -> bool:
    """Whether a dial at `at` belongs to a series that was busy so far, on the same day of the household."""
    last = series[-1]
    if (
        last.disposition != Disposition.BUSY
        or local(calendar, last.called_at).date() != local(calendar, at).date()
    ):
        return False
    dials = sum(dial.reached_network for attempt in series for dial in attempt.rung)
    return dials < protocol.caps.busy_dials_per_attempt


def _rung(history: Sequence[AttemptFact]) -> list[AttemptFact]:
    return sorted((attempt for attempt in history if attempt.counts), key=lambda each: each.called_at)


def _until(counted: Sequence[datetime], cap: int | None, span: timedelta) -> datetime | None:
    """When the attempt that fills the cap is further back than the span; None while the cap is not reached."""
    return counted[-cap] + span if cap is not None and len(counted) >= cap else None


def _day_until(
    protocol: Protocol, calendar: Calendar, counted: Sequence[datetime], now: datetime
) -> datetime | None:
    today = local(calendar, now).date()
    made = sum(local(calendar, at).date() == today for at in counted)
    if made < protocol.caps.attempts_per_day:
        return None
    return local_midnight(calendar, today + timedelta(days=1))


def _gap_until(protocol: Protocol, history: Sequence[AttemptFact]) -> datetime | None:
    rung = _rung(history)
    return rung[-1].called_at + timedelta(minutes=protocol.caps.gap_minutes) if rung else None
