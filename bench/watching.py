"""Many browsers that watch, in a process of their own; and the barest server that could tell them anything."""

import asyncio
import multiprocessing
import os
import re
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from pathlib import Path

from sse_starlette import EventSourceResponse
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route

from web.deps import COOKIE
from web.listening import listen

PATIENCE = 60.0
_LONGEST_MARK = 32
_AT_ONCE = 20  # connections being opened

#: By mark: when each browser had it first, by the clock that all processes of the machine share.
Times = dict[bytes, list[float]]


@contextmanager
def watching(port: int, path: str, cookies: Sequence[str], marks: str) -> Iterator[Callable[[], Times]]:
    """A browser for each cookie follows the stream; what is given tells, at the end, when they had each mark."""
    spawned = multiprocessing.get_context("spawn")
    begun, over, results = spawned.Event(), spawned.Event(), spawned.Queue()
    arguments = (port, path, tuple(cookies), marks, begun, over, results)
    process = spawned.Process(target=_browsers, args=arguments, daemon=True)
    process.start()
    if not begun.wait(PATIENCE):
        raise SystemExit("the browsers saw nothing")

    def stop() -> Times:
        over.set()
        found: Times = results.get(timeout=PATIENCE)
        return found

    try:
        yield stop
    finally:
        over.set()
        process.join(PATIENCE)


def bare() -> Starlette:
    """The floor: every topic that PostgreSQL tells is put into the same message, and the message sent to all."""
    message = Path(os.environ["BENCH_MESSAGE"]).read_bytes()
    screens: set[asyncio.Queue[bytes]] = set()

    def hear(topic: str) -> None:
        told = message.replace(b"m0000", topic.encode())
        for screen in screens:
            screen.put_nowait(told)

    async def stream(request: Request) -> EventSourceResponse:
        return EventSourceResponse(_sent(screens), ping=0)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        listening = asyncio.create_task(listen(os.environ["BENCH_DATABASE"], hear, lambda: None))
        yield
        listening.cancel()

    return Starlette(routes=[Route("/stream", stream)], lifespan=lifespan)


async def _sent(screens: set[asyncio.Queue[bytes]]) -> AsyncIterator[bytes]:
    mine: asyncio.Queue[bytes] = asyncio.Queue()
    screens.add(mine)
    yield b": begun\r\n\r\n"
    try:
        while True:
            yield await mine.get()
    finally:
        screens.discard(mine)


def _browsers(
    port: int,
    path: str,
    cookies: Sequence[str],
    marks: str,
    begun: Event,
    over: Event,
    results: "Queue[Times]",
) -> None:
    results.put(asyncio.run(_all(port, path, cookies, re.compile(marks.encode()), begun, over)))


async def _all(
    port: int, path: str, cookies: Sequence[str], marks: re.Pattern[bytes], begun: Event, over: Event
) -> Times:
    times: Times = defaultdict(list)
    turns = asyncio.Semaphore(_AT_ONCE)
    first = [asyncio.Event() for _ in cookies]
    tasks = [
        asyncio.create_task(_one(port, path, cookie, marks, times, saw, turns))
        for cookie, saw in zip(cookies, first, strict=True)
    ]
    for saw in first:
        await saw.wait()
    begun.set()
    await asyncio.to_thread(over.wait)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return dict(times)


async def _one(
    port: int,
    path: str,
    cookie: str,
    marks: re.Pattern[bytes],
    times: Times,
    saw: asyncio.Event,
    turns: asyncio.Semaphore,
) -> None:
    """One browser: each mark once, however often it is sent again."""
    async with turns:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {COOKIE}={cookie}\r\n\r\n"
        writer.write(head.encode())
        status = await reader.readline()
        if b" 200 " not in status:
            raise SystemExit(f"{path}: {status.decode()}")
        tail = await reader.readuntil(b"\r\n\r\n")
    mine: set[bytes] = set()
    while data := await reader.read(1 << 16):
        now = time.monotonic()
        saw.set()
        for mark in marks.findall(tail + data):
            if mark not in mine:
                mine.add(mark)
                times[mark].append(now)
        tail = (tail + data)[-_LONGEST_MARK:]
