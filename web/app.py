"""Assembles the web application: routers, pages for errors, static files, protections."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from threading import Event, Thread

import anyio.to_thread
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from cati import clock, housekeeping, sealing, settings
from cati.calling import lines
from cati.database import connect
from cati.people.passwords import Passwords
from cati.settings import Settings
from web import account, errors, health
from web.assets import Assets
from web.deps import POOL_SIZE, THREADS
from web.interviewer import answers, call, closing, desk
from web.office import exports
from web.security import Protection
from web.supervisor import cases, cells, floor

#: every router of the application, the busiest first (they are tried in turn); a test walks their routes, role by role
ROUTERS: tuple[APIRouter, ...] = (
    answers.router,
    call.router,
    desk.router,
    closing.router,
    health.router,
    account.router,
    floor.router,
    cells.router,
    cases.router,
    exports.router,
)


def create_app(given: Settings | None = None) -> FastAPI:
    """The application on the settings given, or on those of the environment (what `cati serve` asks for)."""
    installation = given or settings.load()
    app = FastAPI(
        title="cati",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=_lifespan,
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
    if installation.demo and installation.clock_offset_file:
        clock.use_offset_file(installation.clock_offset_file)
    if installation.demo:
        lines.use_simulated(installation.simulated_line)
    # As many threads as connections of pages: a request that holds one always finds a thread to go on with.
    anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
    app.state.keys = sealing.load(installation.keys)
    app.state.engine = connect(installation.database_url, pool_size=POOL_SIZE)
    stop = Event()
    sweeper = Thread(target=housekeeping.run, args=(app.state.engine, stop), name="housekeeping", daemon=True)
    sweeper.start()
    try:
        yield
    finally:
        stop.set()
        sweeper.join()
        app.state.engine.dispose()
