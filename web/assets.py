"""Static files under addresses that change with their content, so that browsers keep them for ever."""

import hashlib
from functools import cache
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

STATIC = Path(__file__).parent / "static"


@cache
def asset(path: str) -> str:
    """`css/base.css` -> `/static/css/base.css?v=1a2b3c4d`; FileNotFoundError for a file that does not exist."""
    return f"/static/{path}?v={_version(path)}"


class Assets(StaticFiles):
    """Serves the files; only the address of the present content may be kept, any other is asked again."""

    def __init__(self) -> None:
        super().__init__(directory=STATIC)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, with how long it may be kept."""
        response = await super().get_response(path, scope)
        if response.status_code in {200, 304}:
            current = scope["query_string"].decode() == f"v={_version(path)}"
            kept = "public, max-age=31536000, immutable" if current else "no-cache"
            response.headers["Cache-Control"] = kept
        return response


@cache
def _version(path: str) -> str:
    return hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:8]
