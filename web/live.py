"""Server-sent events: boards that are rendered once for all who watch them, and sent when they changed.

    @router.get("/suivi/direct")
    def live(request: Request, me: Supervisor, session: CurrentSession) -> EventSourceResponse:
        return stream(request, session, Board(key="floor", render=render_floor))

A board works only while somebody watches it. A slow browser misses what was replaced meanwhile, never the newest.
What is to be swapped is sent without a name; `beat` says every few seconds, as JSON, whether the figures are fresh, and
`ended` that the session is over.
"""

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager

import anyio
import structlog
from anyio import to_thread
from fastapi import Request
from sqlalchemy import Engine
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.datastructures import State

from cati import clock
from cati.database import connect, transaction
from cati.people import actions as people
from cati.people.store import Session
from web.feeds import BEAT_EVERY, Board, Feed, Reading, Watcher, beat, loop_time, woken
from web.listening import KEEPALIVE, listen

__all__ = ["BEAT_EVERY", "Board", "Live", "stream", "watched"]

THREADS = 3  # of the boards of one worker, each with a connection: pages never wait for them
SESSIONS_EVERY = 3.0
_AGAIN_AFTER = 1.0  # seconds before a board that failed is tried again
_GOODBYE = 1.0  # seconds a stream has to end by itself when the server stops
_FROZEN_AFTER = 30.0  # seconds a browser may take for one message
_log = structlog.get_logger("cati.live")


def stream(request: Request, session: Session, *boards: Board) -> EventSourceResponse:
    """The boards, for as long as the session lasts and the browser looks. Everything is sent at the beginning."""
    live: Live = request.app.state.live
    stopping = anyio.Event()
    return EventSourceResponse(
        live.events(session, boards, stopping),
        ping=0,
        send_timeout=_FROZEN_AFTER,
        shutdown_event=stopping,
        shutdown_grace_period=_GOODBYE,
    )


@asynccontextmanager
async def watched(state: State, url: str) -> AsyncIterator[None]:
    """While the application runs: `state.live`, listening on the database at `url`."""
    state.live = Live(state, url)
    state.live.start()
    try:
        yield
    finally:
        await state.live.stop()


class Live:
    """All that is watched in this worker (`app.state.live`)."""

    def __init__(self, state: State, url: str) -> None:
        self._state = state
        self._url = url
        self._engines: dict[str, Engine] = {}
        self._threads = anyio.CapacityLimiter(THREADS)
        self._feeds: dict[Hashable, Feed] = {}
        self._watchers: set[Watcher] = set()
        self._check_sessions = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._is_open = True

    @property
    def watchers(self) -> int:
        """How many streams are open."""
        return len(self._watchers)

    def start(self) -> None:
        """Begin to listen; called once the loop runs."""
        self._tasks = [
            asyncio.create_task(listen(self._url, self._hear, self._refresh)),
            asyncio.create_task(self._guard()),
        ]

    def close(self) -> None:
        """No stream lasts any more: those that are open end, those that are asked for end at once."""
        self._is_open = False
        for watcher in self._watchers:
            watcher.end()

    async def stop(self) -> None:
        """End every stream, and give the connections back."""
        self.close()
        tasks = self._tasks + [feed.task for feed in self._feeds.values() if feed.task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for engine in self._engines.values():
            engine.dispose()

    async def events(
        self, session: Session, boards: tuple[Board, ...], stopping: anyio.Event
    ) -> AsyncIterator[bytes]:
        """What one browser is sent."""
        if not self._is_open:
            return
        watcher = Watcher(session=session)
        self._watchers.add(watcher)
        watcher.feeds = [self._join(board, watcher) for board in boards]
        goodbye = asyncio.create_task(watcher.end_when(stopping))
        try:
            while not watcher.ended:
                watcher.wake.clear()
                for key in list(watcher.pending):
                    yield watcher.pending.pop(key)
                if loop_time() >= watcher.beat_at:
                    watcher.beat_at = loop_time() + BEAT_EVERY
                    yield beat(watcher.feeds)
                await woken(watcher.wake, watcher.beat_at - loop_time())
            if watcher.session_over:
                yield ServerSentEvent("", event="ended").encode()
        finally:
            goodbye.cancel()
            self._leave(watcher)

    def _join(self, board: Board, watcher: Watcher) -> Feed:
        feed = self._feeds.get(board.key)
        if feed is None:
            feed = self._feeds[board.key] = Feed(board=board)
            feed.task = asyncio.create_task(self._run(feed))
        feed.watchers.add(watcher)
        if feed.payload:
            watcher.send(board.key, feed.payload)
        return feed

    def _leave(self, watcher: Watcher) -> None:
        self._watchers.discard(watcher)
        for feed in watcher.feeds:
            feed.watchers.discard(watcher)
            if not feed.watchers and self._feeds.get(feed.board.key) is feed:
                del self._feeds[feed.board.key]
                if feed.task:
                    feed.task.cancel()

    async def _run(self, feed: Feed) -> None:
        while True:
            feed.wake.clear()
            await self._render(feed)
            await woken(feed.wake, feed.board.every if feed.fresh else max(feed.board.every, _AGAIN_AFTER))

    async def _render(self, feed: Feed) -> None:
        """Send the board if it changed. A board that fails says nothing: the beat tells that it is stale."""
        now = clock.now()
        try:
            reading = Reading(self._engine(feed.board.engine), feed.board, now)
            html = await to_thread.run_sync(reading.html, limiter=self._threads, abandon_on_cancel=True)
        except Exception as error:  # noqa: BLE001  (one board's bug, or the database away: the others go on)
            # Never the error's text: it may hold values of the statement.
            if feed.fresh is not False:
                _log.warning("board failed", board=str(feed.board.key), error=type(error).__name__)
            feed.judge(False)
            return
        feed.rendered_at, feed.rendered = now, loop_time()
        payload = ServerSentEvent(html).encode()
        if payload != feed.payload:
            feed.payload = payload
            for watcher in feed.watchers:
                watcher.send(feed.board.key, payload)
        feed.judge(True)

    def _engine(self, name: str) -> Engine:
        """A small pool of its own, as the role that the pages of `app.state.<name>` have."""
        if name not in self._engines:
            pages: Engine = getattr(self._state, name)
            url = pages.url.update_query_dict(KEEPALIVE).render_as_string(hide_password=False)
            self._engines[name] = connect(url, pool_size=THREADS, application="cati live")
        return self._engines[name]

    def _hear(self, topic: str) -> None:
        if topic.startswith("session:"):
            self._check_sessions.set()
        for feed in self._feeds.values():
            if topic in feed.board.topics:
                feed.wake.set()

    def _refresh(self) -> None:
        """What was told while nobody listened is lost: everything is rendered and sent again."""
        self._check_sessions.set()
        for feed in self._feeds.values():
            feed.payload = b""
            feed.wake.set()

    async def _guard(self) -> None:
        """End the streams whose session ended: at once when it is told, else within seconds."""
        while True:
            await woken(self._check_sessions, SESSIONS_EVERY)
            self._check_sessions.clear()
            if not self._watchers:
                continue
            watched = list(self._watchers)
            tokens = frozenset(watcher.session.token_sha256 for watcher in watched)
            try:
                engine = self._engine("engine")
                live = await to_thread.run_sync(_still_live, engine, tokens, limiter=self._threads)
            except Exception as error:  # noqa: BLE001  (the database away: the boards show nothing new either)
                _log.warning("sessions not checked", error=type(error).__name__)
                continue
            for watcher in watched:
                if watcher.session.token_sha256 not in live:
                    watcher.end(session_over=True)


def _still_live(engine: Engine, tokens: frozenset[str]) -> frozenset[str]:
    with transaction(engine) as db:
        return people.watching_sessions(db, tokens, clock.now())
