"""The preview's application: one file, one author, this machine alone. No database, no session, nothing kept."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

from fastapi import FastAPI
from starlette.middleware.trustedhost import TrustedHostMiddleware

from cati import clock, logs
from web import errors
from web.assets import Assets
from web.author import routes
from web.author.stage import Stage
from web.security import Protection

#: Nobody else's name may lead here: a page of another site could have its own name resolved to this machine.
_HOSTS = ["127.0.0.1", "localhost"]


@dataclass(frozen=True, slots=True)
class _NoInstallation:
    """What the layout asks of the settings: the preview has none."""

    demo: bool = False


def create_app(file: Path | None = None) -> FastAPI:
    """The preview of a file: the one given, or the one that `cati questionnaire preview` names in the environment."""
    logs.configure()
    app = FastAPI(title="cati", docs_url=None, redoc_url=None, openapi_url=None, lifespan=_lifespan)
    app.state.settings, app.state.paths = _NoInstallation(), frozenset()
    app.state.stage = Stage(file or Path(os.environ["CATI_PREVIEW"]), clock.now())
    app.include_router(routes.router)
    app.mount("/static", Assets(), name="static")
    errors.install(app)
    app.add_middleware(Protection, refuse=errors.foreign_form, is_secure=False)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=_HOSTS)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    stop = Event()
    follower = Thread(target=app.state.stage.follow, args=(stop,), name="follower", daemon=True)
    follower.start()
    try:
        yield
    finally:
        stop.set()
        follower.join()
