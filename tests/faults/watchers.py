"""Browsers that watch: each opens a page, follows the stream that the page names, and comes back when it breaks."""

import json
import re
import time
from threading import Event, Thread

import httpx

from tests.flows.driving import signed_in

AGAIN = 0.3  # seconds before a stream that broke is opened again
SILENCE = 10.0  # seconds without a word after which it is taken for dead: a beat comes every few
STREAM = re.compile(r'(?:hx-sse:connect|data-stream)="([^"]+)"')
_PLACE = re.compile(r'<hx-partial hx-target="#([\w-]+)"[^>]*>(.*?)</hx-partial>', re.DOTALL)


class Watcher(Thread):
    """Somebody before a page that lives by itself; what went wrong is in `failure`."""

    def __init__(self, url: str, login: str, page: str) -> None:
        super().__init__(name=f"{login} before {page}", daemon=True)
        self.over = Event()
        self.failure: Exception | None = None
        self.connections = 0
        self.places: dict[str, str] = {}  #: what this connection filled, by the place of the page
        self.is_stale = False
        self.ended = False  #: the server said that the session is over
        self.told_at = 0.0  #: when a beat last said that the figures are fresh, by the monotonic clock
        self.page = page
        self._url, self._login = url, login

    def __str__(self) -> str:
        fresh = f"told {time.monotonic() - self.told_at:.0f} s ago" + " that it is stale" * self.is_stale
        return f"{self.name}: {self.connections} connections, {fresh}, {sorted(self.places)}"

    def is_whole(self, since: float, places: frozenset[str]) -> bool:
        """Whether this connection filled every place, and said since then that the figures are fresh."""
        return self.told_at > since and not self.is_stale and self.places.keys() >= places

    def run(self) -> None:
        """Watch until told that it is over."""
        timeout = httpx.Timeout(SILENCE)
        with httpx.Client(base_url=self._url, follow_redirects=True, timeout=timeout) as client:
            try:
                signed_in(client, self._login)
                del client.headers["HX-Request"]
                found = STREAM.search(client.get(self.page).text)
                assert found, f"{self.page} names no stream"
                address = found[1].replace("&amp;", "&")
                while not self.over.is_set():
                    self._follow(client, address)
                    self.over.wait(AGAIN)
            except Exception as failure:  # noqa: BLE001  (raised by whoever waits for him)
                self.failure = failure

    def _follow(self, client: httpx.Client, address: str) -> None:
        try:
            with client.stream("GET", address, headers={"Accept": "text/event-stream"}) as answer:
                if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
                    return
                assert answer.status_code == httpx.codes.OK, (self.name, answer.status_code)
                self.connections += 1
                self.places = {}
                self._read(answer)
        except httpx.TransportError:
            return

    def _read(self, answer: httpx.Response) -> None:
        event, told = "message", list[str]()
        for line in answer.iter_lines():
            if self.over.is_set():
                return
            name, _, text = line.partition(":")
            if not line:
                self._hear(event, "\n".join(told))
                event, told = "message", []
            elif name == "event":
                event = text.strip()
            elif name == "data":
                told.append(text.removeprefix(" "))

    def _hear(self, event: str, told: str) -> None:
        if event == "message":
            self.places |= dict(_PLACE.findall(told))
        elif event == "ended":
            self.ended = True
        elif event == "beat":
            self.is_stale = json.loads(told)["state"] != "fresh"
            self.told_at = self.told_at if self.is_stale else time.monotonic()
