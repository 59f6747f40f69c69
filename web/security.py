"""What protects every page: response headers, and the refusal of forms that another site sends."""

from collections.abc import Callable

from fastapi import Request
from fastapi.responses import Response
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not `no-referrer`: browsers then send `Origin: null` with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(self), payment=()",
}


class ForeignForm(Exception):  # noqa: N818  (named as those of cati.errors)
    """A change was asked without the session's token."""


class Protection:
    """Around every request: what another site sends is refused, and each answer carries the headers.

    Pages are never stored, unless they say otherwise (static files do). `refuse` makes the page of a foreign form.
    """

    def __init__(self, app: ASGIApp, *, refuse: Callable[[Request], Response], is_secure: bool) -> None:
        self.app = app
        self.refuse = refuse
        headers = HEADERS | ({"Strict-Transport-Security": "max-age=31536000"} if is_secure else {})
        self.headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request through, completing the headers of its answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name for name, _ in message["headers"]}
                missing = [each for each in (*self.headers, _NOT_STORED) if each[0] not in present]
                message["headers"] = [*message["headers"], *missing]
            await send(message)

        app = self.app
        if scope["method"] not in SAFE_METHODS and is_foreign(Headers(scope=scope)):
            app = self.refuse(Request(scope))
        await app(scope, receive, send_with_headers)


_NOT_STORED = (b"cache-control", b"no-store")


def is_foreign(headers: Headers) -> bool:
    """Whether a browser says that the change it sends was asked for by a page of another site."""
    site, origin = headers.get("Sec-Fetch-Site"), headers.get("Origin")
    if site is not None and site not in {"same-origin", "none"}:
        return True
    return origin is not None and origin.partition("://")[2] != headers.get("Host")


async def submitted_token(request: Request) -> str:
    """The session's token as the request carries it, in a header or in its form; empty when it needs none."""
    header = request.headers.get("X-CSRF-Token")
    if header is not None or request.method in SAFE_METHODS:
        return header or ""
    given = (await request.form()).get("csrf")
    return given if isinstance(given, str) else ""
