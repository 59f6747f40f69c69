"""`cati serve`: the web server, and the embedded PostgreSQL for as long as it runs."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Annotated

import typer
import uvicorn

from cati import embedded, settings
from cati.cli.connection import prepare
from cati.errors import SettingsRefused
from cati.settings import Settings

_CREATE_APP = "web.app:create_app"  # a name, not an import: cati does not know its faces
_GRACE = 3  # seconds left to open streams when the server stops
_LOOKS_EVERY = 0.1  # seconds, until it listens


def serve(
    host: Annotated[str | None, typer.Option(help="Adresse d’écoute (CATI_HOST).")] = None,
    port: Annotated[int | None, typer.Option(help="Port d’écoute (PORT).")] = None,
    workers: Annotated[int | None, typer.Option(help="Nombre de processus (CATI_WORKERS).")] = None,
) -> None:
    """Sert l’application web ; Ctrl-C arrête tout proprement."""
    asked = {"host": host, "port": port, "workers": workers}
    given = settings.load().model_copy(
        update={name: said for name, said in asked.items() if said is not None}
    )
    refuse_if_taken(given.host, given.port)
    with embedded.database(given) as found:
        if given.is_embedded:
            prepare(found)
        run(found)


def run(found: Settings) -> None:
    """Serve until interrupted. `found` holds the addresses of a database that can be reached."""
    os.environ |= _environment(found)
    with inviting(found.host, found.port):
        uvicorn.run(
            _CREATE_APP,
            factory=True,
            host=found.host,
            port=found.port,
            workers=found.workers,
            timeout_graceful_shutdown=_GRACE,
            proxy_headers=found.trusted_proxy is not None,
            forwarded_allow_ips=found.trusted_proxy,
            server_header=False,
            access_log=False,  # addresses of pages tell who was called when
            log_level="warning",
        )


def refuse_if_taken(host: str, port: int) -> None:
    """SettingsRefused when somebody else listens there: told before the long steps, not after."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as refused:
            raise SettingsRefused(
                f"impossible d’écouter sur {host}:{port} ({refused.strerror}). Un autre port : PORT=8123."
            ) from None


@contextmanager
def inviting(host: str, port: int) -> Iterator[None]:
    """Print the address as soon as a browser finds somebody there: a worker listens when it is ready, not before."""
    stopped = Event()

    def invite() -> None:
        while not stopped.wait(_LOOKS_EVERY):
            if _listens(host, port):
                typer.echo(f"Ouvrez http://{host}:{port} ; Ctrl-C arrête tout.")
                return

    Thread(target=invite, name="invite", daemon=True).start()
    try:
        yield
    finally:
        stopped.set()


def _listens(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


def _environment(found: Settings) -> dict[str, str]:
    """What workers, and the application itself, read their settings from."""
    told = {
        "DATABASE_URL": found.database_url,
        "CATI_OWNER_URL": found.owner_url,
        "CATI_OBSERVER_URL": found.observer_url,
        "CATI_VAR": str(found.var),
        "CATI_KEYS": str(found.keys),
        "CATI_DEMO": str(found.demo).lower(),
    }
    return {name: value for name, value in told.items() if value}
