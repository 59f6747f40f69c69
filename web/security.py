"""What protects every page: response headers, and the refusal of forms that another site sends."""

from fastapi import Depends, Request
from starlette.datastructures import MutableHeaders
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
    """A change was asked from another site, or without the session's token."""


class SecurityHeaders:
    """Adds the headers to every answer; pages are never stored, unless they say otherwise (static files do)."""

    def __init__(self, app: ASGIApp, *, is_secure: bool) -> None:
        self.app = app
        self.headers = dict(HEADERS)
        if is_secure:
            self.headers["Strict-Transport-Security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request through, completing the headers of its answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self.app(scope, receive, send_with_headers)


async def _from_this_site(request: Request) -> None:
    if request.method in SAFE_METHODS:
        return
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if site is not None and site not in {"same-origin", "none"}:
        raise ForeignForm
    if origin is not None and origin.partition("://")[2] != request.headers.get("Host"):
        raise ForeignForm


async def submitted_token(request: Request) -> str:
    """The session's token as the request carries it, in a header or in its form; empty when it needs none."""
    header = request.headers.get("X-CSRF-Token")
    if header is not None or request.method in SAFE_METHODS:
        return header or ""
    given = (await request.form()).get("csrf")
    return given if isinstance(given, str) else ""


FromThisSite = Depends(_from_this_site)
