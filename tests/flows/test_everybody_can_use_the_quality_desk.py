"""The pages of quality control, checked by axe-core in a real browser, in both themes and at both sizes."""

import pytest
from sqlalchemy import select, update

from cati import clock
from cati.calling.actions import endangered
from cati.cases.rules import Disposition
from cati.cases.tables import cases
from cati.database import transaction
from cati.interviews.tables import backchecks, interviews
from cati.people.rules import Role
from cati.people.views import user_id_of
from cati.supervision.actions import backchecking
from tests.flows.conftest import Floor
from tests.flows.test_everybody_can_use_every_page import SIZES, faults, signed_in, somebody
from tests.store.calls import Desk

pytestmark = pytest.mark.needs("chromium")


def a_full_evening(floor: Floor) -> dict[str, str]:
    """Something on every page; returns the addresses."""
    now = clock.now()
    with transaction(floor.database.engine) as db:
        user_id = user_id_of(db, "te1")
        assert user_id is not None
        desk = Desk(db=db, keys=floor.keys, user_id=user_id, now=now)
        for note in (3, 1):
            tenant = desk.reaches(desk.takes())
            tenant.agrees()
            tenant.answers_on(A1=note, A2=4 if note == 3 else 8)
            desk.closes(Disposition.COMPLETE)
        backchecking.draw_backchecks(db, now)
        desk.reaches(desk.takes())
        desk.closes(Disposition.OPPOSITION)
        desk.reaches(desk.takes()).agrees()
        endangered.raise_danger(db, user_id, now)
        db.execute(update(cases).where(cases.c.state == "closed").values(address_to_correct=True))
        export_id = db.scalars(select(interviews.c.export_id).where(interviews.c.state == "complete")).first()
        backcheck_id = db.scalars(select(backchecks.c.id)).one()
    return {
        "list": "/suivi/qualite",
        "interview": f"/suivi/qualite/entretiens/{export_id}",
        "backchecks": "/suivi/qualite/contre-appels",
        "backcheck": f"/suivi/qualite/contre-appels/{backcheck_id}",
        "dangers": "/suivi/qualite/dangers",
        "addresses": "/suivi/qualite/adresses",
        "oppositions": "/suivi/qualite/oppositions",
    }


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES, ids=["1280", "1920"])
def test_every_page_of_quality_control_is_accessible(
    evening: Floor, theme: str, size: dict[str, int]
) -> None:
    login, addresses = somebody(evening, Role.SUPERVISOR), a_full_evening(evening)
    page = signed_in(evening, login, theme, size)
    found: dict[str, list[str]] = {}
    for name, address in addresses.items():
        page.goto(evening.url + address)
        found[name] = faults(page)
    page.goto(evening.url + addresses["interview"])
    page.get_by_role("button", name="Lire le script").click()
    page.wait_for_selector("table.script")
    found["script"] = faults(page)
    page.goto(evening.url + addresses["backcheck"])
    page.get_by_role("button", name="Afficher le nom").click()
    page.wait_for_selector(".phone")
    found["contact"] = faults(page)
    assert {name: said for name, said in found.items() if said} == {}


def test_an_interview_is_invalidated_by_keyboard_alone(evening: Floor) -> None:
    login, addresses = somebody(evening, Role.SUPERVISOR), a_full_evening(evening)
    page = signed_in(evening, login, "light", SIZES[0])
    page.goto(evening.url + addresses["interview"])
    page.locator("input[name=verdict]").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type("Questions non lues")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=■ invalidé")
    counted = evening.counted("select state, count(*) from quota_places group by state")
    assert counted["released"] == 1
