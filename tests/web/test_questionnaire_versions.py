"""The supervisor's pages of a wave's questionnaire: what would change, what is refused, without JavaScript."""

import re
from datetime import datetime
from html import unescape

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from cati import sealing
from cati.cases.rules import Disposition
from cati.database import transaction
from cati.settings import Settings
from cati.surveys import actions as surveys
from cati.surveys.proving import Defective, prove
from tests.conftest import Database
from tests.store.calls import Desk
from tests.stories import Wave, an_interviewer
from tests.versioned import FIRST, SECOND, a_wave_at_the_first_version, published


@pytest.fixture
def wave(database: Database, settings: Settings, now: datetime) -> Wave:
    """Open at the first version, with two interviews suspended: one of them would be asked something again."""
    with transaction(database.engine) as db:
        keys = sealing.load(settings.keys)
        wave = a_wave_at_the_first_version(db, keys, now)
        desk = Desk(db=db, keys=keys, user_id=an_interviewer(db, now, waves=[wave], login="te1"), now=now)
        for said in ((("A1", 1),), (("A1", 2), ("A2", 1), ("A3", 7))):
            tenant = desk.reaches(desk.takes())
            for question, value in (("INT1", 1), *said):
                tenant.says(question, value)
            desk.closes(Disposition.BREAK_OFF)
        return wave


@pytest.fixture
def second(database: Database, wave: Wave, now: datetime) -> int:
    with transaction(database.engine) as db:
        return published(db, SECOND, now)


def words(html: str) -> str:
    plain = unescape(re.sub(r"<[^>]+>", " ", html.split("<main", 1)[1]))
    return " ".join(plain.replace("\u00a0", " ").replace("\u202f", " ").split())


def sent(database: Database, **changed: str) -> dict[str, str]:
    """The form as somebody fills it who read the page."""
    form = {"whom": "all", "reason": "Demandé par les bailleurs", "confirm": "true"}
    with transaction(database.engine) as db:
        form["seen"] = str(db.scalar(text("select questionnaire_id from waves")))
    return form | changed


def test_every_version_is_listed_with_its_proof_and_its_interviews(
    supervisor: TestClient, database: Database, wave: Wave, second: int, now: datetime
) -> None:
    stuck = prove(
        SECOND.replace('version: "2"', 'version: "3"').replace("when: A1 == 3", "when: A1 == 3 and A1 == 1")
    )
    assert isinstance(stuck, Defective)
    with transaction(database.engine) as db:
        by = an_interviewer(db, now, login="chef", first_name="Alix")
        surveys.publish_questionnaire(db, stuck.waive("A4 servira au printemps", by), now=now)
    shown = words(supervisor.get("/suivi/questionnaire").text)
    assert "dérogation A4 servira au printemps (Alix chef) 0 0 voir ce qui changerait" in shown
    assert "prouvée 0 0 voir ce qui changerait" in shown
    assert "prouvée 2 0 en usage" in shown


def test_what_would_change_is_told_in_words_and_counts_and_never_an_answer(
    supervisor: TestClient, wave: Wave, second: int
) -> None:
    answer = supervisor.get(f"/suivi/questionnaire/{wave.id}/{second}")
    shown = words(answer.text)
    assert "A25 est nouvelle" in shown
    assert "A1 : la modalité 2, « Plutôt », n’est plus proposée" in shown
    assert "A1 Content ? 1 1" in shown
    assert "A25 Et l'entrée ? 0 1" in shown
    assert "Continueraient sans rien revoir 1 Reviendraient sur une question passée 1" in shown


def test_the_wave_moves_once_the_supervisor_confirmed_and_said_why(
    supervisor: TestClient, database: Database, wave: Wave, second: int
) -> None:
    path = f"/suivi/questionnaire/{wave.id}/{second}"
    for missing, sentence in (("whom", "À remplir"), ("reason", "À remplir"), ("confirm", "À cocher")):
        form = {name: value for name, value in sent(database).items() if name != missing}
        answer = supervisor.post(path, data=form)
        assert (answer.status_code, sentence in answer.text) == (422, True), missing
    assert in_use(database) != second
    answer = supervisor.post(path, data=sent(database, whom="untouched"))
    assert answer.status_code == 303
    shown = words(supervisor.get(answer.headers["Location"]).text)
    assert "1 en cours y passe. 1 garde la sienne." in shown
    assert "en usage , faire passer l’entretien qui en a une autre" in shown
    assert in_use(database) == second
    assert 'value="nobody"' not in supervisor.get(path).text, "the wave is there already"
    later = supervisor.post(path, data=sent(database))
    assert "1 en cours y passe." in words(supervisor.get(later.headers["Location"]).text)
    assert "L’édition est en entier à cette version." in words(supervisor.get(path).text)


def in_use(database: Database) -> int:
    with transaction(database.engine) as db:
        return int(db.scalar(text("select questionnaire_id from waves")))


def test_a_move_that_somebody_overtook_or_that_would_twist_answers_is_refused_in_words(
    supervisor: TestClient, database: Database, wave: Wave, second: int, now: datetime
) -> None:
    path = f"/suivi/questionnaire/{wave.id}/{second}"
    stale = supervisor.post(path, data=sent(database, seen=str(second)))
    assert (stale.status_code, "entre-temps" in stale.text) == (409, True)
    with transaction(database.engine) as db:
        for rank, label in ((3, "Plutôt bien"), (4, "Plus bien")):
            last = published(
                db, FIRST.replace('version: "1"', f'version: "{rank}"').replace("Plutôt", label), now
            )
    twisted = f"/suivi/questionnaire/{wave.id}/{last}"
    shown = supervisor.get(twisted).text
    assert "changeraient de sens" in shown
    assert 'name="reason"' not in shown
    refused = supervisor.post(twisted, data=sent(database))
    assert (refused.status_code, "il faut un autre code" in refused.text) == (409, True)
    assert supervisor.get(f"/suivi/questionnaire/{wave.id}/999999").status_code == 404
