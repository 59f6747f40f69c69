"""What is watched, and who watches it: the state behind `web/live.py`, touched by the event loop alone."""

import asyncio
import json
from collections.abc import Callable, Hashable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

import anyio
from sqlalchemy import Connection, Engine
from sse_starlette import ServerSentEvent

from cati import clock
from cati.database import transaction
from cati.people.store import Session

BEAT_EVERY = 3.0
_STALE_AFTER = 5.0  # seconds a board may be late


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """Something that is watched. `key` names what it shows: who may not see the same must not share it."""

    key: Hashable  #: same key, same bytes: rendered once for all who watch it
    #: in a thread, in a short transaction of its own that reads only; HTML, with `<hx-partial>`s
    render: Callable[[Connection, datetime], str]
    every: float = 1.0  #: seconds between renderings
    topics: frozenset[str] = frozenset()  #: of `cati.database.notify`: rendered at once
    engine: str = "engine"  #: of `app.state`: as whom it reads


@dataclass(slots=True, eq=False)
class Watcher:
    """A browser that looks."""

    session: Session
    feeds: list["Feed"] = field(default_factory=list)
    pending: dict[Hashable, bytes] = field(default_factory=dict)  #: the newest of each board, not sent yet
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    beat_at: float = field(default_factory=lambda: loop_time() + BEAT_EVERY)
    ended: bool = False
    session_over: bool = False

    def send(self, key: Hashable, payload: bytes) -> None:
        """The newest of a board takes the place of what was not sent yet."""
        self.pending[key] = payload
        self.wake.set()

    def beat_now(self) -> None:
        """At the beginning, not before every board was rendered once."""
        if all(feed.fresh is not None for feed in self.feeds):
            self.beat_at = 0.0
            self.wake.set()

    def end(self, *, session_over: bool = False) -> None:
        """Nothing more is sent, but that the session is over if it is."""
        self.ended, self.session_over = True, session_over
        self.wake.set()

    async def end_when(self, stopping: anyio.Event) -> None:
        """End with the server."""
        await stopping.wait()
        self.end()


@dataclass(slots=True, eq=False)
class Feed:
    """A board while it is watched."""

    board: Board
    watchers: set[Watcher] = field(default_factory=set)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    payload: bytes = b""  #: as last rendered
    rendered_at: datetime | None = None
    rendered: float = 0.0  #: the same, by the loop's clock, which never jumps
    fresh: bool | None = None  #: None before the first rendering
    task: asyncio.Task[None] | None = None

    def is_fresh(self, now: float) -> bool:
        """Whether it was rendered lately, without a fault."""
        return self.fresh is True and now - self.rendered < self.board.every + _STALE_AFTER

    def judge(self, fresh: bool) -> None:
        """Who watches is told at once when the figures stop, and when they go on."""
        if fresh is not self.fresh:
            self.fresh = fresh
            for watcher in self.watchers:
                watcher.beat_now()


@dataclass(frozen=True, slots=True)
class Reading:
    """One rendering of a board."""

    engine: Engine
    board: Board
    now: datetime

    def html(self) -> str:
        """The board as it now is."""
        with transaction(self.engine.execution_options(postgresql_readonly=True)) as db:
            return self.board.render(db, self.now)


def beat(feeds: list[Feed]) -> bytes:
    """Whether the figures are fresh, of when the oldest are (null before there are any), and the server's time."""
    times = [feed.rendered_at for feed in feeds if feed.rendered_at]
    told = {
        "state": "fresh" if all(feed.is_fresh(loop_time()) for feed in feeds) else "stale",
        "at": min(times).isoformat() if times else None,
        "now": clock.now().isoformat(),
    }
    return ServerSentEvent(json.dumps(told), event="beat").encode()


def loop_time() -> float:
    """Seconds that never jump, whatever is done to the clock."""
    return asyncio.get_running_loop().time()


async def woken(event: asyncio.Event, seconds: float) -> None:
    """Wait until it is set, or so long."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
