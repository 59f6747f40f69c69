"""A visit, and the guests invited to it: each follows one interview after the other, by what his page says."""

import time
from datetime import datetime, timedelta
from threading import Event, Thread

import httpx
from sqlalchemy import Connection

from cati.observation import actions as observation
from cati.observation.actions import NewGuest, NewVisit
from cati.observation.rules import Scope
from tests.faults.interviewers import PATIENCE, ShiftOverError, Stubborn
from tests.faults.watchers import SILENCE, STREAM
from tests.flows.driving import Page
from tests.stories import Wave

WAITS = 0.3  # seconds before he asks again for an interview to follow


def links(db: Connection, wave: Wave, now: datetime, count: int, *, by: int) -> list[str]:
    """The personal links of so many guests of a visit of the region, to which every bailleur agreed."""
    new = NewVisit(
        wave_id=wave.id,
        scope=Scope.REGION,
        title="Visite de mars",
        starts_at=now - timedelta(minutes=10),
        ends_at=now + timedelta(hours=6),
        bailleurs=frozenset(wave.bailleurs),
    )
    visit_id = observation.open_visit(db, new, now, by=by)
    observation.agree(db, visit_id, wave.bailleurs, now, by=by)
    guests = [NewGuest(name=f"Ines Fictif {rank}", organisation="La région") for rank in range(1, count + 1)]
    tokens = [observation.invite(db, visit_id, guest, now, by=by) for guest in guests]
    return [f"/visite/entree/{token}" for token in tokens]


def enter(client: httpx.Client, link: str) -> None:
    """Come in by the link, and sign the commitment."""
    assert client.post(link).status_code == httpx.codes.OK
    form = next(form for form in Page(client.get("/visite").text).forms if form.action.endswith("/signature"))
    signed = form.fields | {"name": ["Ines Fictif"], "agreed": ["true"]}
    answer = client.post(form.action, data=signed)
    assert answer.status_code == httpx.codes.OK, answer.text


def follow_next(client: httpx.Client) -> bool:
    """Ask for the next interview; False when there is none to follow yet, or the last one is just ending."""
    page = Page(client.get("/visite").text)
    if page.seen:
        return True
    form = next((form for form in page.forms if form.action.endswith("/prochain")), None)
    if form is None:
        return False
    return bool(Page(client.post(form.action, data=form.fields).text).seen)


class Guest(Thread):
    """Somebody on a visit, from his link to the end; what went wrong is in `failure`."""

    def __init__(self, url: str, link: str) -> None:
        super().__init__(name="guest", daemon=True)
        self.over = Event()
        self.failure: Exception | None = None
        self.followed = 0  #: interviews
        self.seen_at = 0.0  #: when a question last came before his eyes, by the monotonic clock
        self._url, self._link = url, link

    def __str__(self) -> str:
        return (
            f"guest: {self.followed} interviews, a question seen {time.monotonic() - self.seen_at:.0f} s ago"
        )

    def run(self) -> None:
        """Sign, wait, follow, and wait again."""
        line = Stubborn(self.over)
        with (
            httpx.Client(
                base_url=self._url, follow_redirects=True, timeout=PATIENCE, transport=line
            ) as pages,
            httpx.Client(base_url=self._url, timeout=SILENCE) as stream,
        ):
            try:
                enter(pages, self._link)
                stream.cookies = pages.cookies
                while not self.over.wait(WAITS):
                    if follow_next(pages):
                        self._follow(stream, pages.get("/visite").text)
            except ShiftOverError:
                return
            except Exception as failure:  # noqa: BLE001  (raised by whoever waits for him)
                self.failure = failure

    def _follow(self, client: httpx.Client, page: str) -> None:
        """Look until no question is shown any more, or the stream breaks."""
        found = STREAM.search(page)
        if found is None:  # it ended while the page was asked for
            return
        try:
            with client.stream("GET", found[1]) as answer:
                assert answer.status_code in _STREAMS, answer.status_code
                self.followed += answer.status_code == httpx.codes.OK
                for line in answer.iter_lines():
                    if self.over.is_set() or 'data-seen=""' in line:
                        return
                    self.seen_at = time.monotonic() if "data-seen=" in line else self.seen_at
        except httpx.TransportError:
            return


#: It follows; it ended in the meantime; the database is away.
_STREAMS = {httpx.codes.OK, httpx.codes.NO_CONTENT, httpx.codes.SERVICE_UNAVAILABLE}
