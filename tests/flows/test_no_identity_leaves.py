"""A shift watched from outside: no byte that observers, the wallboard or a live stream are sent says who a tenant is.

Every contact of the database is opened, and looked for, in every writing a page could give it, in all that was sent
while interviewers called, typed names into remarks and open answers, and a guest read along.
"""

import html
import itertools
import re
import threading
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import Connection, text

from cati import clock, sealing
from cati.calling import lines
from cati.database import transaction
from cati.observation import actions as observation
from cati.observation.actions import NewGuest, NewVisit
from cati.observation.rules import Scope as VisitScope
from cati.people import actions as people
from cati.people.actions import NewUser
from cati.people.passwords import Passwords
from cati.people.rules import Role
from cati.people.store import Scope
from cati.sample import views as sample
from cati.sealing import Keys
from cati.settings import Settings
from tests import stories
from tests.conftest import Database
from tests.flows.conftest import serving
from tests.flows.driving import PATIENCE, Form, Page, Seat, signed_in, wait_until

#: Words of an address that are also words of everybody.
COMMON = {
    *("allee", "appartement", "avenue", "batiment", "boulevard", "chemin", "etage", "place", "residence"),
    *("madame", "monsieur"),
}
SHORTEST = 4  # letters: « Les », « rue » and « des » name nobody


@dataclass(slots=True)
class Ears:
    """All that was sent to those who look from outside, by the place that sent it."""

    heard: dict[str, bytearray] = field(default_factory=lambda: defaultdict(bytearray))

    def answer(self, response: httpx.Response) -> None:
        """A whole answer, its headers too."""
        response.read()
        told = "\n".join(f"{name}: {value}" for name, value in response.headers.items())
        self.heard[response.url.path] += told.encode() + b"\n" + response.content + b"\n"


@dataclass(slots=True)
class Shift:
    """A call centre at work, and who looks at it."""

    url: str
    ears: Ears
    keys: Keys
    database: Database
    exits: ExitStack

    def browser(self, *, overheard: bool) -> httpx.Client:
        hooks = {"response": [self.ears.answer]} if overheard else {}
        client = httpx.Client(base_url=self.url, follow_redirects=True, timeout=PATIENCE, event_hooks=hooks)
        return self.exits.enter_context(client)

    def seat(self, login: str, *, overheard: bool = True) -> Seat:
        return signed_in(self.browser(overheard=overheard), login)

    def follows(self, browser: httpx.Client, path: str) -> None:
        """Keep a stream open until the shift is over; whatever it sends is overheard."""

        def listen() -> None:
            try:
                with other.stream("GET", path) as answer:
                    for part in answer.iter_bytes():
                        self.ears.heard[path] += part
            except httpx.TransportError:
                return  # the shift is over

        other = httpx.Client(
            base_url=self.url, cookies=browser.cookies, timeout=httpx.Timeout(PATIENCE, read=None)
        )
        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        self.exits.callback(other.close)


@pytest.fixture
def shift(database: Database, keys: Path, tmp_path: Path) -> Iterator[Shift]:
    sealed = sealing.create(keys)
    settings = Settings(
        database_url=database.app_url,
        owner_url=database.owner_url,
        observer_url=database.observer_url,
        keys=keys,
        var=tmp_path,
        demo=True,
        clock_offset_file=tmp_path / "offset",
        simulated_line="answered",
    )
    with serving(settings) as url, ExitStack() as exits:
        yield Shift(url, Ears(), sealed, database, exits)
    clock.use_offset_file(None)
    lines.use_simulated("usual")


def an_account(db: Connection, login: str, role: Role, scope: Scope | None = None) -> int:
    new = NewUser(
        login=login,
        first_name="Alix",
        display_name=f"Alix {login}",
        role=role,
        password=stories.PASSWORD,
        scope=scope,
    )
    made = people.create_user(db, Passwords(least_cost=True), new, clock.now())
    assert isinstance(made, int)
    return made


def a_visit(db: Connection, wave: stories.Wave, by: int) -> str:
    """A visit of the first bailleur, open now; the address of its guest's personal link."""
    now = clock.now()
    new = NewVisit(
        wave_id=wave.id,
        scope=VisitScope.BAILLEURS,
        title="Visite",
        starts_at=now - timedelta(minutes=1),
        ends_at=now + timedelta(hours=2),
        bailleurs=frozenset({wave.bailleurs[0]}),
    )
    visit_id = observation.open_visit(db, new, now, by=by)
    guest = NewGuest(name="Ines Fictif", organisation="Office du Nord", bailleur_id=wave.bailleurs[0])
    return f"/visite/entree/{observation.invite(db, visit_id, guest, now, by=by)}"


def everything_known(db: Connection, keys: Keys) -> tuple[set[str], set[str]]:
    """Words and numbers of every contact of the database, folded: what nobody outside may read."""
    words, numbers = set(), set()
    for household_id in db.scalars(text("select id from households")).all():
        contact = sample.contact_of(db, keys, household_id)
        written = " ".join(str(getattr(contact, name)) for name in contact.__slots__)
        words |= {one for one in re.findall(r"[^\W_]+", folded(written)) if len(one) >= SHORTEST}
        numbers |= {one.e164.removeprefix("+33") for one in sample.numbers_of(db, keys, household_id)}
    return words - COMMON, numbers


def folded(written: str) -> str:
    """Small letters, without accents."""
    plain = unicodedata.normalize("NFKD", written)
    return "".join(sign for sign in plain if not unicodedata.combining(sign)).casefold()


def read(said: bytes) -> str:
    """What bytes say, however they are written: HTML's and JSON's ways, percent signs, accents, capitals."""
    plain = said.decode("utf-8", "replace")
    plain = re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), plain)
    return folded(unquote(html.unescape(plain)))


def named_in(said: bytes, words: set[str], numbers: set[str]) -> set[str]:
    """Which of the words and numbers stand in it; numbers also cut by spaces, points and dashes."""
    plain = read(said)
    digits = re.sub(r"(?<=\d)[\s.\u00a0\u202f-]+(?=\d)", "", plain)
    found = words.intersection(re.findall(r"[^\W_]+", plain))
    return found | {number for number in numbers if number in digits}


@dataclass(frozen=True, slots=True)
class Known:
    """What is to be kept from those outside, and the personal link of one of them."""

    words: set[str]
    numbers: set[str]
    link: str


@pytest.fixture
def known(shift: Shift) -> Known:
    """Three bailleurs in the field; two interviewers, a supervisor, a bailleur, the region, a guest of a visit."""
    lists = [
        [
            stories.Household(id=f"{prefix}{n}", name="Quenneville", mobile=f"06 39 98 {rank:02} {n:02}")
            for n in range(1, 7)
        ]
        for rank, prefix in enumerate("ABC")
    ]
    with transaction(shift.database.engine) as db:
        now = clock.now()
        wave = stories.a_wave(db, shift.keys, now, households=lists)
        for login in ("te1", "te2"):
            stories.an_interviewer(db, now, waves=[wave], login=login)
        db.execute(_FIRST, {"bailleur": wave.bailleurs[0]})
        chief = an_account(db, "chef", Role.SUPERVISOR)
        an_account(db, "bailleur", Role.OBSERVER, Scope(organisation="Office", bailleur_id=wave.bailleurs[0]))
        an_account(db, "region", Role.OBSERVER, Scope(organisation="Union"))
        words, numbers = everything_known(db, shift.keys)
        return Known(words, numbers, a_visit(db, wave, chief))


def a_guest(shift: Shift, link: str) -> Seat:
    """A guest who came by his personal link and signed."""
    guest = Seat(shift.browser(overheard=True), Page(""))
    guest.client.get(link)
    guest.page = Page(guest.client.post(link).text)
    guest.send(form(guest, "/visite/signature"), name="Ines F.", agreed="true")
    return guest


def form(seat: Seat, action: str) -> Form:
    return next(one for one in seat.page.forms if one.action == action)


def introduced(seat: Seat) -> None:
    """Somebody answers, agrees to be interviewed and to be listened to."""
    seat.call()
    for question in ("INT1", "INT2", "INT3", "INT4"):
        assert seat.page.question == question
        seat.answer()


def interviewed(seat: Seat, *also: Callable[[], object]) -> None:
    """The rest of an interview; names and numbers are typed wherever something can be typed. `also`: now and then."""
    slip = "Mme Quenneville, 06 39 98 00 01, aux Acacias"
    seat.client.post("/poste/remarque", data=seat.page.asked.fields | {"text": slip, "key": str(uuid4())})
    for count in itertools.count():
        if seat.page.state != "interview":
            return
        seat.answer(**({"value": slip} if seat.page.asked.kind == "text" else {}))
        if count % 5 == 0:
            for look in also:
                look()


def test_no_byte_sent_outside_names_a_tenant(shift: Shift, known: Known) -> None:
    supervisor = shift.seat("chef", overheard=False).client
    wall = shift.browser(overheard=True)
    wall.cookies.update(supervisor.cookies)
    bailleur, region, guest = shift.seat("bailleur"), shift.seat("region"), a_guest(shift, known.link)
    camille, sacha = shift.seat("te1", overheard=False), shift.seat("te2", overheard=False)
    for browser, path in (
        (supervisor, "/suivi/direct"),
        (wall, "/suivi/mur/direct"),
        (camille.client, "/poste/flux"),
    ):
        shift.follows(browser, path)

    introduced(camille)
    introduced(sacha)
    guest.look("/visite")
    guest.send(form(guest, "/visite/prochain"))
    guest.look("/visite")
    assert guest.page.seen, "the guest reads along"
    shift.follows(guest.client, "/visite/direct")
    wait_until(lambda: len(shift.ears.heard["/visite/direct"]) > 100)

    looks = (
        lambda: guest.look("/visite"),
        lambda: wall.get("/suivi/mur"),
        lambda: bailleur.look("/bailleur"),
        lambda: region.look("/bailleur"),
    )
    interviewed(camille, *looks)
    interviewed(sacha, *looks)
    guest.look("/compte")

    with transaction(shift.database.engine) as db:
        typed = {row.kind: row.times for row in db.execute(_SLIPS)}
    assert typed["remark"] == 2
    assert typed["answered"] >= 2, "open answers with a name and a number in them"
    leaks = {
        path: named_in(bytes(said), known.words, known.numbers) for path, said in shift.ears.heard.items()
    }
    assert {path: found for path, found in leaks.items() if found} == {}
    assert set(leaks) >= {
        *("/visite", "/visite/direct", "/bailleur", "/compte", known.link),
        *("/suivi/mur", "/suivi/mur/direct", "/suivi/direct", "/poste/flux"),
    }
    assert all(len(said) > 100 for said in shift.ears.heard.values())


def test_the_same_search_finds_them_where_they_belong(shift: Shift, known: Known) -> None:
    """At the desk, which calls them by their names: so the search can find, and what was typed is kept."""
    desk = shift.seat("te1")
    desk.press("ready")
    card = bytes(shift.ears.heard["/poste/pret"])
    assert {"quenneville", "acacias", "lille"} <= named_in(card, known.words, known.numbers)
    assert named_in(card, set(), known.numbers)
    assert {"claude", "lilas", "59000"} <= known.words


_SLIPS = text(
    "select kind, count(*) as times from answer_events where value::text like '%Quenneville%' group by 1"
)

_FIRST = text(
    """
    update case_queue set rank = (select (h.bailleur_id <> :bailleur)::int
      from cases c join households h on h.id = c.household_id where c.id = case_id)
    """
)


@pytest.mark.parametrize(
    "written",
    [
        "Mme QUENNEVILLE",
        "Qu&eacute;nneville",  # as HTML writes it
        '{"nom": "Qu\\u00e9nneville"}',
        "/dossiers?q=Qu%C3%A9nneville",
        "appeler le 06 39 98 00 01",
        "appeler le 06\u202f39\u00a098.00-01",
        "+33639980001",
        "tel:0639980001",
        "Résidence Les Acacias",
    ],
)
def test_the_search_finds_a_contact_however_it_is_written(written: str) -> None:
    assert named_in(written.encode(), {"quenneville", "acacias"}, {"639980001"})


@pytest.mark.parametrize(
    "written", ["Bonjour, une enquête de satisfaction", "38 000 foyers", "639 entretiens"]
)
def test_and_nothing_where_there_is_none(written: str) -> None:
    assert named_in(written.encode(), {"quenneville", "acacias"}, {"639980001"}) == set()
