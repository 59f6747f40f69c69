"""Whether this process lives, and whether it can serve."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from cati.database import is_reachable
from cati.schema import at_head

router = APIRouter()


@router.get("/healthz")
async def alive() -> JSONResponse:
    """The process answers."""
    return JSONResponse({"status": "ok"})


@router.get("/readyz")
def ready(request: Request) -> JSONResponse:
    """The database answers and carries exactly this code's migrations."""
    engine = request.app.state.engine
    if not is_reachable(engine):
        return JSONResponse({"status": "database unreachable"}, status_code=503)
    if not at_head(engine):
        return JSONResponse({"status": "migrations missing"}, status_code=503)
    return JSONResponse({"status": "ok"})
