"""The chain of the audit log: each seal is the keyed hash of the seal before, its rank and one line. Pure.

Whoever changes a line, takes one out or slips one in cannot make the seals that follow fit, for want of the key. What
the chain alone cannot show is that its last links were taken away: a head noted elsewhere shows it.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

#: Before the first line there is no seal.
GENESIS = b""
#: How long a line may wait to be written after its time: a transaction that lasts, two clocks that differ a little.
SLACK = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the log, as it is sealed; `details` is the text of its JSON as the database writes it."""

    id: int
    at: datetime
    user_id: int | None
    action: str
    object_type: str
    object_id: str
    purpose: str | None
    details: str


@dataclass(frozen=True, slots=True)
class Link:
    """A seal with the line it seals: no line, if it is gone; no seal, while the line waits for its own."""

    line: Line | None
    seq: int | None = None
    key: int | None = None
    seal: bytes | None = None


class Break(StrEnum):
    """How the chain came not to fit."""

    CHANGED = "changed"  #: the line is not the one that was sealed, or its seal is not ours
    REMOVED = "removed"
    SLIPPED_IN = "slipped_in"  #: written after lines that are much younger
    CUT = "cut"  #: a head that was noted is not in the chain any more


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """The first place where the chain does not fit; `line_id` None when the line is gone."""

    how: Break
    seq: int | None
    line_id: int | None
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a reading of the whole chain found. `head`: the last seal, to be noted elsewhere."""

    sealed: int
    waiting: int
    head: str
    broken: Broken | None

    @property
    def intact(self) -> bool:
        """Whether every line is the one that was written, in its place."""
        return self.broken is None


#: The key of the chain made from one of the installation's sealing keys, by its number.
KeyOf = Callable[[int], bytes]


def seal(key: bytes, previous: bytes, seq: int, line: Line) -> bytes:
    """The seal of the line at this rank of the chain, 1 being the first."""
    return hmac.digest(key, previous + seq.to_bytes(8) + _canonical(line), hashlib.sha256)


def verify(links: Iterable[Link], key_of: KeyOf, *, noted: str | None = None) -> Report:
    """Read the chain from its first line to its last, then the lines that wait. `noted`: a head written down before."""
    reading = _Reading(key_of, noted)
    for link in links:
        if link.seq is None:
            reading.waits(link)
        else:
            reading.follows(link, link.seq)
    if noted and not reading.met and reading.broken is None:
        reading.broken = Broken(how=Break.CUT, seq=None, line_id=None, at=None)
    return Report(
        sealed=reading.seq, waiting=reading.waiting, head=reading.previous.hex(), broken=reading.broken
    )


class _Reading:
    """Where a reading of the chain stands."""

    def __init__(self, key_of: KeyOf, noted: str | None) -> None:
        self.key_of = key_of
        self.noted = noted
        self.previous, self.seq, self.waiting = GENESIS, 0, 0
        self.latest: datetime | None = None
        self.broken: Broken | None = None
        self.met = False

    def follows(self, link: Link, seq: int) -> None:
        """The next sealed line."""
        fits = self._fits(link, seq)
        if fits is not None:
            self._breaks(fits, link)
        elif link.line is not None:
            self._dates(link)
        self.previous, self.seq = link.seal or GENESIS, seq
        self.met = self.met or self.previous.hex() == self.noted

    def waits(self, link: Link) -> None:
        """A line that is not sealed yet."""
        self.waiting += 1
        self._dates(link)

    def _fits(self, link: Link, seq: int) -> Break | None:
        if link.line is None or seq != self.seq + 1:
            return Break.REMOVED
        expected = seal(self.key_of(link.key or 0), self.previous, seq, link.line)
        return None if hmac.compare_digest(expected, link.seal or GENESIS) else Break.CHANGED

    def _dates(self, link: Link) -> None:
        assert link.line is not None, "a link without a line was told before"
        if self.latest is not None and link.line.at < self.latest - SLACK:
            self._breaks(Break.SLIPPED_IN, link)
        self.latest = max(self.latest or link.line.at, link.line.at)

    def _breaks(self, how: Break, link: Link) -> None:
        if self.broken is None:
            line = link.line
            self.broken = Broken(
                how=how, seq=link.seq, line_id=line.id if line else None, at=line.at if line else None
            )


def _canonical(line: Line) -> bytes:
    parts = (
        *(line.id, line.at.isoformat(), line.user_id, line.action, line.object_type),
        *(line.object_id, line.purpose, line.details),
    )
    return json.dumps(parts, ensure_ascii=False, separators=(",", ":")).encode()
