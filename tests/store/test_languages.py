"""The language of an interview, with real SQL: what those who listen or look see, what an export says of it."""

from datetime import datetime
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Connection, text

from cati.calling.actions import switching
from cati.calling.views.danger import danger_script
from cati.calling.views.mirror import mirror
from cati.observation import actions
from cati.observation.actions import Joined
from cati.surveys import actions as surveys
from tests import stories
from tests.store.test_visits import Afternoon, an_afternoon

SCRIPT = """
questionnaire: deux-langues
version: "1"
eligible: "INT3 in {1, 2}"
consents: {quality: INT3 == 1, client: INT3 == 1}
marks: {interview: "INT3 in {1, 2}", leaseholder: "INT3 in {1, 2}"}
fills: {observateur: 'if call.visit then "Quelqu''un de {bailleur} peut écouter." else ""', bailleur: call.bailleur}
danger: Garder son calme.
blocks:
  - id: INT
    each_call: true
    special: []
    questions:
      - id: INT3
        ask: "Cet appel peut être écouté. {observateur}"
        type: single
        choices: {1: Entendu, 2: Refuse toute écoute, 3: {label: Refus, ends: refusal}}
  - id: A
    observable: true
    questions:
      - {id: A1, ask: "Êtes-vous content de {bailleur} ?", type: single, choices: {1: Oui, 2: Non}}
      - {id: A2, ask: Et du hall ?, type: single, choices: {1: Oui, 2: Non}}
translations:
  en:
    fills: {observateur: 'if call.visit then "Somebody of {bailleur} may listen." else ""'}
    danger: Keep calm.
    INT3: {ask: "This call may be listened to. {observateur}", choices: {1: Fine, 2: No}}
    A1: {ask: "Are you happy with {bailleur}?", choices: {1: Yes, 2: No}}
    A2: {ask: And with the hall?, choices: {1: Yes, 2: No}}
"""


@pytest.fixture
def called(db: Connection, keys: Path, now: datetime) -> tuple[Afternoon, stories.Tenant]:
    """A tenant on the line while a visit is on, with a script in two languages."""
    afternoon = an_afternoon(db, keys, now)
    published = surveys.publish_questionnaire(db, stories.proved(SCRIPT), now=now).id
    surveys.set_questionnaire(db, afternoon.wave.id, published)
    afternoon.opened()
    return afternoon, afternoon.called()


def switch(afternoon: Afternoon, language: str) -> None:
    switching.change_language(
        afternoon.db, afternoon.te, afternoon.interview_id, language, key=uuid4(), now=afternoon.now
    )


def test_a_guest_reads_what_is_read_to_the_tenant_and_stays_when_the_language_changes(
    called: tuple[Afternoon, stories.Tenant],
) -> None:
    afternoon, tenant = called
    guest = afternoon.guest(afternoon.wave.bailleurs[0])
    switch(afternoon, "en")
    tenant.says("INT3", 1)  # announced in English
    assert isinstance(actions.next_interview(afternoon.db, guest, afternoon.now), Joined)
    shown = afternoon.shown()
    assert shown is not None
    assert shown["asked"]["text"] == "Are you happy with Habitat des Flandres 1?"
    switch(afternoon, "fr")
    shown = afternoon.shown()
    assert shown is not None
    assert shown["asked"]["text"].startswith("Êtes-vous content")
    tenant.says("A1", 1)
    assert afternoon.ends() == [None], "what was announced in English holds in French"
    assert [choice[1] for choice in (afternoon.shown() or {})["asked"]["choices"]] == ["Oui", "Non"]


def test_a_supervisor_who_looks_sees_the_language_that_is_read(
    called: tuple[Afternoon, stories.Tenant],
) -> None:
    afternoon, tenant = called
    tenant.says("INT3", 1)
    switch(afternoon, "en")
    seen = mirror(afternoon.db, afternoon.te, afternoon.now).screen
    assert seen is not None
    assert seen.wording is not None
    assert (seen.language, seen.wording.text) == ("en", "Are you happy with Habitat des Flandres 1?")
    assert danger_script(afternoon.db, afternoon.te) == ["Keep calm."]
    events = text("select kind, screen from answer_events where kind in ('language', 'shown') order by seq")
    assert [tuple(row) for row in afternoon.db.execute(events)][-2:] == [("language", "en"), ("shown", None)]
