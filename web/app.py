"""Assembles the web application: routers, pages for errors, static files, protections."""

import multiprocessing
import os
import signal
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from threading import Event, Thread

import anyio.to_thread
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from fastapi.telemetry import TelemetryConfig
from sqlalchemy import Engine

from cati import clock, housekeeping, logs, sealing, settings
from cati.calling import lines
from cati.database import connect
from cati.people.passwords import Passwords
from cati.settings import Settings
from web import account, errors, health
from web.assets import Assets
from web.deps import OBSERVER_POOL_SIZE, POOL_SIZE, THREADS
from web.interviewer import answers, call, closing, desk, inbound, language, listening, told
from web.live import watched
from web.observer import bailleur, entering, visit
from web.office import audit, exports
from web.security import Protection
from web.supervisor import (
    acts,
    cases,
    cells,
    floor,
    people,
    protocol,
    quality,
    quality_backchecks,
    quality_dangers,
    quality_rights,
    questionnaire,
    rates,
    search,
    visits,
    wall,
    watching,
)

#: every router of the application, the busiest first (they are tried in turn); a test walks their routes, role by role
ROUTERS: tuple[APIRouter, ...] = (
    answers.router,
    call.router,
    desk.router,
    closing.router,
    inbound.router,
    told.router,
    listening.router,
    language.router,
    health.router,
    account.router,
    floor.router,
    wall.router,
    cells.router,
    cases.router,
    acts.router,
    search.router,
    quality.router,
    quality_backchecks.router,
    quality_rights.router,
    quality_dangers.router,
    questionnaire.router,
    protocol.router,
    rates.router,
    people.router,
    watching.router,
    visits.router,
    exports.router,
    bailleur.router,
    audit.router,
    visit.router,
    entering.router,
)


#: What forms hold is personal: no library tells it to whoever collects traces on this machine.
_NO_TELEMETRY: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "auto_configure": False,
}


def create_app(given: Settings | None = None) -> FastAPI:
    """The application on the settings given, or on those of the environment (what `cati serve` asks for)."""
    installation = given or settings.load()
    logs.configure()  # a worker is a process of its own; the output is for what the command prints
    app = FastAPI(
        title="cati",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=_lifespan,
        telemetry=_NO_TELEMETRY,
    )
    app.state.settings = installation
    app.state.passwords = Passwords.of(installation)
    app.state.paths = frozenset(route.path for route in routes(ROUTERS))
    for router in ROUTERS:
        app.include_router(router)
    app.mount("/static", Assets(), name="static")
    errors.install(app)
    app.add_middleware(Protection, refuse=errors.foreign_form, is_secure=installation.secure_cookies)
    return app


def routes(routers: Iterable[APIRouter]) -> list[APIRoute]:
    """Every route of the routers."""
    return [route for router in routers for route in router.routes if isinstance(route, APIRoute)]


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    installation: Settings = app.state.settings
    assert installation.database_url is not None, (
        "cati serve starts the embedded server before the application"
    )
    _leave_with_the_parent()
    if installation.demo and installation.clock_offset_file:
        clock.use_offset_file(installation.clock_offset_file)
    if installation.demo:
        lines.use_simulated(installation.simulated_line)
    # As many threads as connections of pages: a request that holds one always finds a thread to go on with.
    anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
    app.state.keys = sealing.load(installation.keys)
    app.state.engine = connect(installation.database_url, pool_size=POOL_SIZE)
    app.state.observer_engine = _for_observers(installation)
    try:
        async with watched(app.state, installation.database_url):
            with _house_kept(app):
                yield
    finally:
        app.state.engine.dispose()
        app.state.observer_engine.dispose()


@contextmanager
def _house_kept(app: FastAPI) -> Iterator[None]:
    stop = Event()
    sweeper = Thread(
        target=housekeeping.run,
        args=(app.state.engine, stop),
        kwargs={"keys": app.state.keys},
        name="housekeeping",
        daemon=True,
    )
    sweeper.start()
    try:
        yield
    finally:
        stop.set()
        sweeper.join()


def _leave_with_the_parent() -> None:
    """A worker whose `cati serve` was killed with -9 would go on alone, and keep the port from the next one."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def leave() -> None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)

    Thread(target=leave, name="parent", daemon=True).start()


def _for_observers(installation: Settings) -> Engine:
    """A pool of its own, as the role that finds the rows of one bailleur; its transactions write nothing."""
    url = installation.observer_url
    assert url is not None, "settings that name a database name its three roles"
    engine = connect(url, pool_size=OBSERVER_POOL_SIZE, application="cati observer")
    return engine.execution_options(postgresql_readonly=True)
