"""The network between the workstations and the server, which can be cut, held, or made to lose every answer."""

import asyncio
import threading
from contextlib import suppress
from enum import StrEnum
from typing import Self

from tests.flows.driving import free_port

_CHUNK = 65536


class Network(StrEnum):
    """What becomes of what is sent."""

    WHOLE = "whole"
    LOSES_ANSWERS = (
        "loses answers"  # what is sent to the server arrives; the connection dies before the answer
    )
    HELD = "held"  # nothing passes, and nobody is told
    CUT = "cut"  # no connection lives, none can be made


class Line:
    """A port of its own that passes everything on to the server's, for as long as the network is whole."""

    def __init__(self, server_port: int) -> None:
        self.port = free_port()
        self.lost_answers = 0
        self._server_port = server_port
        self._network = Network.WHOLE
        self._moves = asyncio.Event()
        self._open: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="line", daemon=True)

    @property
    def url(self) -> str:
        """What workstations call the server."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._moves.set()
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        return self

    def __exit__(self, *_: object) -> None:
        self.becomes(Network.CUT)
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def becomes(self, network: Network) -> None:
        """From here on this is what the network does, to connections that live too."""
        asyncio.run_coroutine_threadsafe(self._becomes(network), self._loop).result(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    async def _listen(self) -> None:
        self._listener = await asyncio.start_server(self._pass_on, "127.0.0.1", self.port)

    async def _close(self) -> None:
        self._listener.close()
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            for task in others:
                task.cancel()
            await asyncio.wait(others)

    async def _becomes(self, network: Network) -> None:
        self._network = network
        if network is Network.HELD:
            self._moves.clear()
            return
        self._moves.set()
        if network is Network.CUT:
            for writer in list(self._open):
                writer.transport.abort()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._network is Network.CUT:
            writer.transport.abort()
            return
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._server_port)
        except OSError:  # the server is away: so is this connection
            writer.transport.abort()
            return
        self._open |= {writer, back}
        try:
            ways = (self._pump(reader, back, answers=False), self._pump(there, writer, answers=True))
            await asyncio.wait([asyncio.ensure_future(way) for way in ways], return_when="FIRST_COMPLETED")
        finally:
            self._open -= {writer, back}
            writer.transport.abort()
            back.transport.abort()

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, answers: bool
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(_CHUNK):
                await self._moves.wait()
                if answers and self._network is Network.LOSES_ANSWERS:
                    self.lost_answers += 1
                    return
                writer.write(data)
                await writer.drain()
