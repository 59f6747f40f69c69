"""The supervisor's pages of the protocol: what is in force, what another would change, the days that are closed."""

import re
from datetime import datetime
from html import unescape

import pytest
from fastapi.testclient import TestClient

from cati import sealing
from cati.database import transaction
from cati.scheduling import store as scheduling
from cati.scheduling.rules import PRUDENT, STANDARD, texts_of
from cati.settings import Settings
from tests.conftest import Database
from tests.store.calls import PLAIN
from tests.stories import Wave, a_wave, an_interviewer


@pytest.fixture
def wave(database: Database, settings: Settings, now: datetime) -> Wave:
    with transaction(database.engine) as db:
        wave = a_wave(db, sealing.load(settings.keys), now, protocol=PLAIN)
        an_interviewer(db, now, waves=[wave], login="sacha", first_name="Sacha", skill="conversion")
        return wave


def words(html: str) -> str:
    plain = unescape(re.sub(r"<[^>]+>", " ", html.split("<main", 1)[1]))
    return " ".join(plain.replace("\u00a0", " ").replace("\u202f", " ").split())


def sent(wave: Wave, **changed: str) -> dict[str, str]:
    """The form as somebody fills it who read what changes."""
    act = {"reason": "Demandé par les bailleurs", "confirm": "true", "seen": "1"}
    return texts_of(PLAIN) | act | {name.replace("__", "."): value for name, value in changed.items()}


def test_the_protocol_in_force_reads_as_sentences(supervisor: TestClient, wave: Wave) -> None:
    shown = words(supervisor.get("/suivi/protocole").text)
    assert "D’après « études standard », changé : Autre partie de la journée : oui → non." in shown
    assert "Un foyer est appelé au plus 2 fois par jour." in shown
    assert (
        "du lundi au vendredi 10 h – 13 h et 14 h – 20 h 30 ; samedi 10 h – 18 h ; jamais le dimanche."
        in shown
    )
    assert "1 mardi 24 novembre, 18 h une commande ouverture première version" in shown
    assert "Article D.223-9 du code de la consommation" in shown
    assert "Sacha sacha conversion" in shown
    assert "Une édition dont la ligne est simulée" not in shown, (
        "a real study is not offered to call at night"
    )


def test_a_preset_tells_what_it_would_change_before_anything_changes(
    supervisor: TestClient, database: Database, wave: Wave
) -> None:
    shown = words(supervisor.get(f"/suivi/protocole/{wave.id}/changer?preset=prudent D.223-9").text)
    assert "En trente jours pas de plafond 4 fois" in shown
    assert (
        "Dossiers à l’échéance en ce moment : 12. Appelables à cette heure : 12 maintenant, 12 avec ce protocole."
        in shown
    )
    assert "Dossiers en attente : 12 (12 jamais appelés)." in shown
    assert "ceux qui attendent gardent l’heure qu’ils ont" in shown
    with transaction(database.engine) as db:
        assert scheduling.protocol(db, wave.id) == PLAIN
    assert supervisor.get(f"/suivi/protocole/{wave.id}/changer?preset=démonstration").status_code == 404


def test_single_values_are_tried_corrected_and_put_in_force_with_a_reason(
    supervisor: TestClient, database: Database, wave: Wave
) -> None:
    path = f"/suivi/protocole/{wave.id}"
    wrong = supervisor.post(
        f"{path}/essai", data=sent(wave, caps__attempts="mille", windows__monday="le matin")
    )
    shown = words(wrong.text)
    assert wrong.status_code == 422
    assert "2 valeurs sont à corriger." in shown or "Une valeur est à corriger." in shown
    assert "Une plage s’écrit « 10:00-13:00 », plusieurs avec une virgule." in shown
    tried = supervisor.post(f"{path}/essai", data=sent(wave, caps__attempts="8"))
    assert "Dans l’étude 10 fois 8 fois" in words(tried.text)
    for missing, sentence in (("reason", "À remplir"), ("confirm", "À cocher")):
        form = {name: value for name, value in sent(wave, caps__attempts="8").items() if name != missing}
        answer = supervisor.post(f"{path}/changer", data=form)
        assert (answer.status_code, sentence in answer.text) == (422, True), missing
    assert supervisor.post(f"{path}/changer", data=sent(wave)).status_code == 409, "nothing changes"
    assert (
        supervisor.post(f"{path}/changer", data=sent(wave, caps__attempts="8", seen="7")).status_code == 409
    )
    done = supervisor.post(f"{path}/changer", data=sent(wave, caps__attempts="8"))
    assert done.status_code == 303
    shown = words(supervisor.get(done.headers["Location"]).text)
    assert "C’est fait : ce protocole est en vigueur." in shown
    assert "Demandé par les bailleurs Dans l’étude : 10 fois → 8 fois" in shown
    with transaction(database.engine) as db:
        assert scheduling.protocol(db, wave.id).caps.attempts == 8
        assert (STANDARD.caps.attempts, PRUDENT.caps.attempts) == (10, 8)


def test_a_day_is_closed_and_opened_again(supervisor: TestClient, wave: Wave) -> None:
    path = f"/suivi/protocole/{wave.id}/jours"
    assert supervisor.post(path, data={"day": "2026-12-24"}).status_code == 422
    past = supervisor.post(path, data={"day": "2026-11-23", "day_reason": "pont"})
    assert (past.status_code, "Ce jour est passé." in past.text) == (409, True)
    closed = supervisor.post(
        path, data={"day": "2026-12-24", "day_reason": "réveillon", "everywhere": "true"}
    )
    shown = supervisor.get(closed.headers["Location"]).text
    assert "jeudi 24 décembre (toutes les éditions) : réveillon" in words(shown)
    again = re.search(r'action="(/suivi/protocole/\d+/jours/\d+/rouvrir)"', shown)
    assert again is not None
    assert supervisor.post(again[1], data={}).status_code == 422
    assert supervisor.post(again[1], data={"reopen_reason": "finalement"}).status_code == 303
    assert "Aucun jour fermé à venir." in words(supervisor.get("/suivi/protocole").text)
    assert supervisor.post(again[1], data={"reopen_reason": "finalement"}).status_code == 404
