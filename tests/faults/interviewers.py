"""Interviewers who work by themselves, whatever becomes of the server: each reads what his screen says, and goes on.

When nothing answers, or « La base de données ne répond pas » is answered, the same form is sent again, as somebody does
who presses the same key again.
"""

import random
from collections import Counter
from threading import Event, Thread

import httpx

from tests.flows.driving import Page, Seat, signed_in

BREATH = 0.03  # seconds between two keys
AGAIN = 0.2  # before the same form is sent again
PATIENCE = 5.0  # before a request is given up for lost
REFUSES = 0.2  # of the households, at the first words


class ShiftOverError(Exception):
    """The shift ended while a form was being sent again."""


class Stubborn(httpx.BaseTransport):
    """Sends the same request again until it is answered by something else than an absence."""

    def __init__(self, over: Event) -> None:
        self.refusals: Counter[str] = Counter()  #: what was answered instead of what was asked, and how often
        self._over = over
        self._line = httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, whole."""
        request.read()
        while True:
            answer = self._once(request)
            if answer is not None:
                return answer
            if self._over.wait(AGAIN):
                raise ShiftOverError

    def close(self) -> None:
        """Close the connections."""
        self._line.close()

    def _once(self, request: httpx.Request) -> httpx.Response | None:
        try:
            answer = self._line.handle_request(request)
            answer.read()
        except httpx.TransportError as lost:
            self.refusals[type(lost).__name__] += 1
            return None
        if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            self.refusals[Page(answer.text).words] += 1
            return None
        return answer


class Interviewer(Thread):
    """Somebody at a desk, from the first key of the shift to the last; what went wrong is in `failure`."""

    def __init__(self, url: str, login: str, *, breath: float = BREATH) -> None:
        super().__init__(name=login, daemon=True)
        self.login = login
        self.breath = breath
        self.over = Event()
        self.failure: Exception | None = None
        self.closed = 0  #: calls that the screen said were over and kept
        self.line = Stubborn(self.over)
        self.seat: Seat | None = None
        self._url = url
        self._draw = random.Random(login)

    def __str__(self) -> str:
        page = self.seat.page if self.seat else Page("")
        did = f"{self.answers} answers, {self.closed} calls, {dict(self.line.refusals)}"
        return f"{self.login}: {did}, {page.state} {page.question}: {page.words[:300]}"

    @property
    def answers(self) -> int:
        """How many answers the screen said were kept."""
        return len(self.seat.kept) if self.seat else 0

    def run(self) -> None:
        """Work until the shift is over."""
        with httpx.Client(
            base_url=self._url, follow_redirects=True, timeout=PATIENCE, transport=self.line
        ) as client:
            try:
                self.seat = signed_in(client, self.login)
                while not self.over.wait(self.breath):
                    self._goes_on(self.seat)
            except ShiftOverError:
                return
            except Exception as failure:  # noqa: BLE001  (raised by whoever waits for him)
                self.failure = failure

    def _goes_on(self, seat: Seat) -> None:
        """Do what the screen offers."""
        match seat.page.state:
            case "idle":
                self._press(seat, "ready")
            case "paused":
                self._press(seat, "resume")
            case "case":
                self._press(seat, "dial")
            case "dialing":
                seat.look()
            case "talking":
                self._press(seat, "answered")
            case "interview":
                refuses = seat.page.question == "INT1" and self._draw.random() < REFUSES
                seat.tries(**({"value": "7"} if refuses else {}))
            case "closing":
                self._close(seat)
            case _:
                raise AssertionError(f"{self.login}: no desk on the screen: {seat.page.words}")

    def _press(self, seat: Seat, action: str) -> None:
        answer = seat.press(action)
        assert answer.status_code in {httpx.codes.OK, httpx.codes.CONFLICT}, (action, seat.page.words)

    def _close(self, seat: Seat) -> None:
        form = next(form for form in seat.page.forms if form.action == "/poste/issue")
        chosen = {} if seat.page.outcome == "complete" else {"disposition": "refusal_household"}
        answer = seat.send(form, **chosen)
        assert answer.status_code in {httpx.codes.OK, httpx.codes.CONFLICT}, seat.page.words
        self.closed += answer.status_code == httpx.codes.OK
