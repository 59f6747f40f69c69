"""Hears what PostgreSQL tells (`cati.database.notify`): one connection of its own for each worker."""

import asyncio
from collections.abc import Callable

import psycopg
import structlog
from psycopg.conninfo import make_conninfo

from cati.database import CHANNEL

#: A network that drops without a word is noticed within seconds, not after the system's two hours.
KEEPALIVE = {
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
}
_CHECK_EVERY = 5.0  # seconds of silence after which the connection is tried: a dead one says nothing either
_TRY_AGAIN = 1.0
_log = structlog.get_logger("cati.live")


async def listen(url: str, hear: Callable[[str], None], begin: Callable[[], None]) -> None:
    """Call `hear` with each topic until cancelled, connecting again whenever the connection is lost.

    `begin` is called each time it begins to hear: what was told before is lost, so everything may have changed.
    """
    told = False

    def hears() -> None:
        nonlocal told
        told = False
        begin()

    while True:
        try:
            await _hear_out(url, hear, hears)
        except psycopg.OperationalError as error:
            if not told:
                _log.warning("not listening", error=type(error).__name__)
            told = True
        await asyncio.sleep(_TRY_AGAIN)


async def _hear_out(url: str, hear: Callable[[str], None], begin: Callable[[], None]) -> None:
    address = make_conninfo(
        url.replace("postgresql+psycopg://", "postgresql://", 1),
        connect_timeout=5,
        application_name="cati listen",
        **KEEPALIVE,
    )
    connection = await psycopg.AsyncConnection.connect(address, autocommit=True)
    async with connection:
        await connection.execute(f"listen {CHANNEL}")
        begin()
        while True:
            async for told in connection.notifies(timeout=_CHECK_EVERY):
                hear(told.payload)
            await asyncio.wait_for(connection.execute("select 1"), _CHECK_EVERY)
