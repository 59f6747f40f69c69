"""The analysts' page: choose one of one's waves, download its results as one zip."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Annotated

import anyio.to_thread
from anyio import CapacityLimiter
from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse, Response
from pydantic import BaseModel, Field
from starlette.types import Receive, Scope, Send

from cati.exports import actions, views
from cati.exports.gathering import Order
from cati.exports.reading import reading
from web.deps import Analyst, Db, InstallationSettings, Now, SealingKeys
from web.pages import page

router = APIRouter()

#: one export at a time in a worker: the desks share its processor
_turn = Lock()


@router.get("/exports")
def exports(request: Request, me: Analyst, db: Db, now: Now) -> Response:
    """The waves of the analyst, and what was exported from them."""
    waves = views.waves_of(db, me.id, now)
    ready = next((wave.id for wave in waves if wave.questionnaire), None)
    past = views.past_exports(db, waves)
    return page(request, "office/exports.html", waves=waves, chosen=ready, past=past)


class Wanted(BaseModel):
    """Which results are taken out."""

    wave: int = Field(ge=1, lt=2**63)
    partiels: bool = False
    valides: bool = False
    horsquota: bool = False


@router.get("/exports/paquet")
def package(
    wanted: Annotated[Wanted, Query()],
    me: Analyst,
    db: Db,
    keys: SealingKeys,
    installation: InstallationSettings,
    now: Now,
) -> Response:
    """The results of a wave as one zip."""
    chosen = views.assigned_wave(db, me.id, wanted.wave, now)
    order = Order(
        wave_id=chosen.id,
        with_partials=wanted.partiels,
        validated_only=wanted.valides,
        with_surplus=wanted.horsquota,
        by=me.id,
    )
    url = installation.database_url
    assert url is not None, "the application started with a database"

    def write(path: Path) -> None:
        with _turn, reading(url) as own:
            actions.write_archive(own, keys, order, path, now)

    return Package(actions.archive_name(chosen.code), write)


class Package(Response):
    """A file made when the request's own transaction is over, in a thread that no other request waits for."""

    def __init__(self, name: str, write: Callable[[Path], None]) -> None:
        super().__init__(media_type="application/zip")
        self.name = name
        self.write = write

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Make the file, send it, forget it. What goes wrong before the first byte still has its page."""
        with TemporaryDirectory(prefix="cati-export-") as folder:
            path = Path(folder) / self.name
            await anyio.to_thread.run_sync(self.write, path, limiter=CapacityLimiter(1))
            await FileResponse(path, media_type=self.media_type, filename=self.name)(scope, receive, send)
