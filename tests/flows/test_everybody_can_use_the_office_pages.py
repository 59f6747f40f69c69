"""The bailleur's page and the audit's, checked by axe-core in a real browser, in both themes and at both sizes."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from cati import clock
from cati.audit import store as audit
from cati.cases.rules import Disposition, RefusalBy, RefusalKind
from cati.database import transaction
from cati.people import actions as people
from cati.people.actions import NewUser
from cati.people.passwords import Passwords
from cati.people.rules import Role
from cati.people.store import Scope
from tests import stories
from tests.flows.conftest import Floor
from tests.flows.test_everybody_can_use_every_page import SIZES, faults, signed_in
from tests.store.calls import Desk
from tests.stories import some_households

pytestmark = pytest.mark.needs("chromium")

#: where pictures of the pages are left, if they are wanted
PICTURES = os.environ.get("PICTURES")


def in_the_field(floor: Floor) -> None:
    """Three bailleurs, some calls for the first; a bailleur's account, the region's, the dpo's."""
    now = clock.now()
    lists = [some_households(12, prefix=prefix, first=1 + 40 * rank) for rank, prefix in enumerate("ABC")]
    with transaction(floor.database.engine) as db:
        wave = stories.a_wave(db, floor.keys, now, households=lists)
        db.execute(_HIS_FIRST, {"bailleur": wave.bailleurs[0]})
        te = stories.an_interviewer(db, now, waves=[wave], login="te1")
        desk = Desk(db=db, keys=floor.keys, user_id=te, now=now)
        for _ in range(4):
            tenant = desk.reaches(desk.takes())
            tenant.agrees()
            tenant.answers_on()
            desk.closes(Disposition.COMPLETE)
        desk.reaches(desk.takes())
        desk.closes(Disposition.REFUSAL_PERSON, refusal_by=RefusalBy.PERSON, refusal_kind=RefusalKind.HARD)
        db.execute(
            text("insert into sample_rejects values (1, 3, 'empty'), (1, 9, 'total'), (1, 12, 'no_id')")
        )
        bailleur = Scope(organisation="Office du Nord", bailleur_id=wave.bailleurs[0])
        accounts = (
            ("bailleur", Role.OBSERVER, bailleur),
            ("region", Role.OBSERVER, Scope(organisation="Union régionale")),
            ("dpo", Role.DPO, None),
        )
        for login, role, scope in accounts:
            new = NewUser(
                login=login,
                first_name="Alix",
                display_name=f"Alix {login}",
                role=role,
                password=stories.PASSWORD,
                scope=scope,
            )
            people.create_user(db, Passwords(least_cost=True), new, now)
        audit.write(
            db,
            now=now + timedelta(minutes=1),
            user_id=te,
            action="quota.limits",
            object_type="quota_cell",
            object_id=1,
            purpose="Le bailleur demande douze entretiens de plus",
            details={"target": [30, 42], "margin": [0, 2]},
        )


_HIS_FIRST = text(
    """
    update case_queue set rank = (select (h.bailleur_id <> :bailleur)::int
      from cases c join households h on h.id = c.household_id where c.id = case_id)
    """
)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES, ids=["1280", "1920"])
def test_the_pages_of_observers_and_of_the_dpo_are_accessible(
    floor: Floor, theme: str, size: dict[str, int]
) -> None:
    in_the_field(floor)
    pages = {
        "bailleur": ("/bailleur",),
        "region": ("/bailleur",),
        "dpo": ("/audit", "/audit?jour=hier", "/audit/chaine"),
    }
    found: dict[str, list[str]] = {}
    for login, paths in pages.items():
        page = signed_in(floor, login, theme, size)
        for path in paths:
            page.goto(floor.url + path)
            found[f"{login} {path}"] = faults(page)
            if PICTURES:
                name = f"{login}{path.replace('/', '-').partition('?')[0]}-{theme}-{size['width']}.png"
                page.screenshot(path=Path(PICTURES) / name)
    assert {page: said for page, said in found.items() if said} == {}
