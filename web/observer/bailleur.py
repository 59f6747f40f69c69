"""The bailleur’s own page, between visits: how his field gets on. No opinion, and nobody can be told from it."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from cati.errors import NotFound
from cati.supervision.views import bailleur
from cati.supervision.views.bailleur import WaveChoice
from web.deps import Now, ObserverDb, ObserverScope
from web.pages import page

router = APIRouter()


@router.get("/bailleur")
def show(request: Request, scope: ObserverScope, db: ObserverDb, now: Now, edition: str = "") -> Response:
    """The newest wave, or the one that `edition` names: the bailleur's own figures, and the region as one."""
    of_region = scope is not None and scope.bailleur_id is None
    waves = bailleur.all_waves(db) if of_region else bailleur.own_waves(db)
    wave = _chosen(waves, edition)
    return page(
        request,
        "observer/bailleur.html",
        scope=scope,
        waves=waves,
        wave=wave,
        own=bailleur.own_page(db, wave.id, now) if wave else None,
        region=bailleur.region(db, wave.id) if wave else None,
        now=now,
    )


def _chosen(waves: list[WaveChoice], code: str) -> WaveChoice | None:
    named = next((wave for wave in waves if wave.code == code), None)
    if code and named is None:
        raise NotFound(wave=code)
    return named or (waves[0] if waves else None)
