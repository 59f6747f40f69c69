"""Who may sign in and for how long: roles, throttling of wrong passwords, life of a session. Pure."""

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Role(StrEnum):
    """What an account is for. One account has one role."""

    INTERVIEWER = "interviewer"  # télé-enquêteur: calls, reads, types
    SUPERVISOR = "supervisor"  # the floor, the quotas, the cases
    OBSERVER = "observer"  # a bailleur on a visit
    ANALYST = "analyst"  # questionnaires, samples, exports; never an identity
    ADMIN = "admin"  # accounts and settings; no case, no answer
    DPO = "dpo"  # rights of the persons, audit


class StationState(StrEnum):
    """What an interviewer's desk is doing."""

    PRESENT = "present"  # signed in, no case
    ON_CASE = "on_case"  # reads a case card, nothing dialled
    IN_CALL = "in_call"  # dialling, talking, interviewing
    CLOSING = "closing"  # the call is over, its disposition not yet given
    PAUSED = "paused"
    AWAY = "away"


class SessionEnd(StrEnum):
    """Why a session ended."""

    SIGNED_OUT = "signed_out"
    SIGNED_OUT_EVERYWHERE = "signed_out_everywhere"
    CREDENTIALS_CHANGED = "credentials_changed"
    BY_SUPERVISOR = "by_supervisor"
    ACCOUNT_CLOSED = "account_closed"


#: a desk in one of these states has somebody on the line, or a case in hand: its session is never cut
ENGAGED = frozenset({StationState.ON_CASE, StationState.IN_CALL, StationState.CLOSING})

SESSION_LASTS = timedelta(hours=13)  # a long day with its breaks
SESSION_IDLE = timedelta(hours=2)  # an open desk speaks every 20 s, so only an abandoned one reaches it
SESSION_KEPT = timedelta(
    days=30
)  # once it is over: long enough to ask who was signed in, and then it is gone
SESSION_SEEN_EVERY = timedelta(minutes=1)  # how often the time of the last request is written

THROTTLE_WINDOW = timedelta(minutes=15)
ACCOUNT_FAILURES = 5
ADDRESS_FAILURES = 60  # a floor of 50 signs in behind one address, and some mistype: only failures count
PASSWORD_MIN_LENGTH = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLife:
    """The facts that decide whether a session still opens a page."""

    seen_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    station: StationState | None


def is_live(life: SessionLife, now: datetime) -> bool:
    """Whether the session is still good at `now`.

    The limits of time wait for the end of the call: whoever holds a case is not signed out before.
    """
    if life.ended_at is not None:
        return False
    if life.station in ENGAGED:
        return True
    return now < life.expires_at and now < life.seen_at + SESSION_IDLE


def account_wait(failures: Collection[datetime], now: datetime) -> datetime | None:
    """Until when an account refuses to be tried; None when it may be tried now.

    From the fifth failure within the window one must wait a minute after the last one, then two, four, eight…
    """
    recent = [at for at in failures if at > now - THROTTLE_WINDOW]
    if len(recent) < ACCOUNT_FAILURES:
        return None
    delay = min(timedelta(minutes=2 ** min(len(recent) - ACCOUNT_FAILURES, 10)), THROTTLE_WINDOW)
    until = max(recent) + delay
    return until if until > now else None


def address_wait(failures: Collection[datetime], now: datetime) -> datetime | None:
    """Until when an address refuses to be tried: as long as it made too many failures within the window."""
    recent = sorted(at for at in failures if at > now - THROTTLE_WINDOW)
    if len(recent) < ADDRESS_FAILURES:
        return None
    return recent[-ADDRESS_FAILURES] + THROTTLE_WINDOW


def folded(text: str) -> str:
    """`text` without accents or capitals, one space between words: « Éloïse  LE » is « eloise le »."""
    plain = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("Œ", "oe"))
    return " ".join("".join(sign for sign in plain if not unicodedata.combining(sign)).casefold().split())
