"""The preview of a questionnaire: the interviewer's screens, the route with its reasons, the file followed."""

import re
import time
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from web.assets import STATIC
from web.author.app import create_app

SCRIPT = """
questionnaire: essai
version: "1"
title: Un essai
include: [listes.yaml]
sample: {qpv: boolean, etage: integer?, type: [collectif, individuel]}
fills: {bailleur: call.bailleur}
help: {qui: {title: Qui vous envoie ?, say: "Nous appelons pour {bailleur}."}}
blocks:
  - id: INT
    each_call: true
    special: []
    questions:
      - {id: INT1, ask: "Bonjour {nom}.", type: single, choices: {1: Oui, 2: {label: Refus, ends: refusal}}}
  - id: A
    title: Le logement
    questions:
      - {id: A1, ask: "Satisfait(e) de {bailleur} ?", type: single, choices: oui_non}
      - {id: A2, ask: Pourquoi ?, type: text, when: "A1 == 2 and sample.qpv"}
      - id: A3
        ask: Combien de pièces ?
        type: integer
        min: 1
        checks: [{id: grand, fault: A3 > 9, say: "Tant de pièces ?"}, {id: trop, fault: A3 > 90, hard: true, say: Non.}]
      - {id: SIGNAL, ask: À transmettre, type: text, hidden: true, repeat: 3}
      - {id: A4, ask: À quel étage ?, type: integer, when: sample.etage is not answered}
      - {id: A5, ask: Merci., type: note}
"""
LISTS = "lists: {oui_non: {1: Oui, 2: Non}}\nfills: {nom: contact.nom}\n"


class Author:
    """An author before the preview, in a browser without JavaScript."""

    def __init__(self, client: TestClient, folder: Path) -> None:
        self.client = client
        self.folder = folder
        self.page = client.get("/poste")

    @property
    def text(self) -> str:
        """What the page says, without its tags."""
        return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", self.page.text)))

    @property
    def question(self) -> str:
        found = re.search(r'data-question="([^"]+)"', self.page.text)
        return found[1] if found else ""

    def say(self, value: object, **more: str) -> None:
        """Answer the question on screen."""
        hidden = dict(
            re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', self._form("/poste/reponse"))
        )
        self.page = self.client.post("/poste/reponse", data={**hidden, "value": str(value), **more})

    def send(self, path: str, **fields: str) -> None:
        self.page = self.client.post(path, data=fields)

    def entry(self, question: str) -> str:
        """What the route says of one question."""
        item = next(
            one
            for one in self.page.text.split("<li ")
            if f'<button class="button" name="question" value="{question}"' in one
        )
        return re.sub(
            r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", "<li " + item.partition("</li>")[0]))
        ).strip()

    def save(self, text: str, name: str = "essai.yaml") -> None:
        """Save a file, and wait until the preview has read it."""
        seen = self._version()
        (self.folder / name).write_text(text, encoding="utf-8")
        until = time.monotonic() + 10
        while self.client.get(f"/apercu/etat?seen={seen}").status_code == 204:
            assert time.monotonic() < until, "the preview did not follow the file"
            time.sleep(0.05)
        self.page = self.client.get("/poste")

    def _version(self) -> str:
        return re.search(r"/apercu/etat\?seen=(\d+)", self.page.text)[1]  # type: ignore[index]  # every page has it

    def _form(self, action: str) -> str:
        return self.page.text.partition(f'action="{action}"')[2].partition("</form>")[0]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "essai.yaml").write_text(SCRIPT, encoding="utf-8")
    (tmp_path / "listes.yaml").write_text(LISTS, encoding="utf-8")
    return tmp_path


@pytest.fixture
def author(folder: Path) -> Iterator[Author]:
    with TestClient(create_app(folder / "essai.yaml"), base_url="http://127.0.0.1") as client:
        yield Author(client, folder)


def test_the_screen_is_the_interviewers_for_a_fictitious_tenant(author: Author) -> None:
    assert "Données fictives" in author.text
    assert (author.question, 'name="value" value="2" data-key="2"' in author.page.text) == ("INT1", True)
    assert "Bonjour MARTIN." in author.text
    author.say(1)
    assert (author.question, "Satisfait(e) d’Opale Habitat" in author.text) == ("A1", True)
    assert "Qui vous envoie" in author.text
    assert "default-src 'self'" in author.page.headers["Content-Security-Policy"]


def test_the_route_tells_every_question_with_its_filter_and_the_values_that_decide(author: Author) -> None:
    author.say(1)
    assert "posée si A1 = « Non » et qpv (fichier) = oui or A1 : sans réponse" in author.entry("A2")
    author.say(2)
    assert author.question == "A2"
    assert author.entry("A1").endswith("« Non » (2) · posée à tous")
    assert author.entry("A2").endswith("car A1 : « Non » (2), qpv (fichier) : oui")
    assert "etage (fichier) : 1" in author.entry("A4")
    assert "SIGNAL" not in author.page.text.partition('id="route"')[2].partition("</aside>")[0]


def test_another_tenant_takes_another_route_with_the_same_answers(author: Author) -> None:
    author.say(1)
    author.say(2)
    form = {"sample.qpv": "0", "sample.etage": "", "sample.type": "individuel", "case": "7", "on": "2/3/2026"}
    author.send("/apercu/fichier", **form)
    assert author.question == "A3"
    assert author.entry("A2").endswith("or qpv (fichier) : non")
    assert author.entry("A4").endswith("car etage (fichier) : sans valeur")
    assert "lundi 2 mars 2026" in author.text.replace("\u00a0", " ")
    author.send("/apercu/fichier", **{**form, "sample.etage": "haut", "on": "hier"})
    assert author.page.status_code == 422
    assert "« etage » doit être un nombre entier" in author.text
    assert "est une date" in author.text
    assert author.question == "A3"


def test_checks_are_confirmed_or_refused_as_at_the_desk(author: Author) -> None:
    for value in (1, 1, 12):
        author.say(value)
    assert (author.question, "Tant de pièces" in author.text) == ("A3", True)
    confirm = re.search(r'name="confirm" value="([^"]+)"', author.page.text)
    assert confirm is not None
    author.say(12, confirm=unescape(confirm[1]))
    assert author.question == "A5"
    author.page = author.client.get("/poste?question=A3")
    author.say(95)
    assert (author.page.status_code, "Non." in author.text) == (422, True)


def test_an_answer_that_takes_others_off_the_route_says_so(author: Author) -> None:
    for value in (1, 2, "Le bruit"):
        author.say(value)
    author.page = author.client.get("/poste?question=A1")
    author.say(1)
    assert "1 réponse ne comptera plus" in author.text


def test_taking_up_at_a_question_keeps_what_stands_before_and_drops_the_rest(author: Author) -> None:
    for value in (1, 2, "Le bruit", 3):
        author.say(value)
    assert author.question == "A5"
    author.send("/apercu/aller", question="a2")
    assert author.question == "A2"
    assert ("Le bruit" in author.text, "« Non » (2)" in author.text) == (False, True)
    author.send("/apercu/aller", question="A5")
    assert author.question == "A5"
    assert re.search(r"A3 , répondue", author.text)  # imagined on the way
    author.send("/apercu/recommencer")
    assert (author.question, "0 répondue sur" in author.text) == ("INT1", True)


@pytest.mark.parametrize("wanted", ["A4", "ZZ", "SIGNAL", ""])
def test_where_nobody_comes_is_said(author: Author, wanted: str) -> None:
    author.send("/apercu/aller", question=wanted)  # A4 is for those whose floor the file does not know
    assert author.page.status_code == 422
    assert ("Aucun des répondants imaginés" if wanted == "A4" else "Pas de question") in author.text
    assert author.question == "INT1"


def test_the_end_says_what_the_desk_would_ask(author: Author) -> None:
    author.say(2)
    assert "Fin de l’appel : refus." in author.text.replace("\u00a0", " ")
    assert 'data-outcome="refusal"' in author.page.text
    author.page = author.client.get("/poste?question=INT1&iteration=c1")
    author.say(1)
    for value in (1, 3):
        author.say(value)
    author.say("")
    assert "Entretien complet." in author.text


def test_what_is_signalled_is_kept_for_the_closing(author: Author) -> None:
    author.save(
        SCRIPT.replace(
            "blocks:", "alerts: [{id: note, label: le point noté, when: SIGNAL is answered}]\nblocks:", 1
        )
        + "      - {id: M1, ask: Que transmettre ?, type: multiple, choices: alerts, none: Rien, "
        + "when: count(alerts) > 0}\n"
    )
    assert "les alertes levées : 0" in author.entry("M1")
    author.send("/poste/signaler", text="La cave est inondée")
    assert "les alertes levées : 1" in author.entry("M1")


def test_a_saved_file_is_played_with_the_answers_that_still_stand(author: Author) -> None:
    for value in (1, 1, 4):
        author.say(value)
    author.save(SCRIPT.replace("Satisfait(e) de", "Content(e) de").replace("min: 1", "min: 5"))
    assert author.question == "A3"  # 4 is no answer any more
    assert "Content(e) de" in author.text
    assert author.entry("A1").endswith("« Oui » (1) · posée à tous")


def test_a_part_is_followed_like_the_file(author: Author) -> None:
    author.save(LISTS.replace("1: Oui", "1: Tout à fait"), "listes.yaml")
    author.say(1)
    assert "Tout à fait" in author.text


def test_errors_are_told_with_their_lines_and_the_last_good_version_goes_on(author: Author) -> None:
    author.say(1)
    author.save(SCRIPT.replace("A1 == 2", "AA == 2"))
    line = 1 + SCRIPT.splitlines().index(
        '      - {id: A2, ask: Pourquoi ?, type: text, when: "A1 == 2 and sample.qpv"}'
    )
    assert f"ligne {line}, A2.when : erreur" in author.text
    assert "dernière version sans erreur" in author.text
    assert author.question == "A1"
    author.say(2)
    assert author.question == "A2"
    author.save(SCRIPT)
    assert ("erreur" in author.text, author.question) == (False, "A2")


def test_a_file_that_never_was_right_is_waited_for(folder: Path) -> None:
    (folder / "essai.yaml").write_text(SCRIPT.replace("type: note", "type: notte"), encoding="utf-8")
    with TestClient(create_app(folder / "essai.yaml"), base_url="http://127.0.0.1") as client:
        author = Author(client, folder)
        assert "type inconnu : « notte »" in author.text
        assert (author.question, client.get("/apercu/imprimable").status_code) == ("", 422)
        author.save(SCRIPT)
        assert author.question == "INT1"


def test_an_answer_from_an_older_screen_changes_nothing(author: Author) -> None:
    old = author.page
    author.say(1)
    author.page = old
    author.say(2)
    assert (author.page.status_code, author.question) == (409, "A1")


def test_the_language_is_changed_in_the_middle(author: Author) -> None:
    author.save(SCRIPT + "translations:\n  en:\n" + ENGLISH)
    author.say(1)
    hidden = dict(re.findall(r'name="(\w+)" value="([^"]*)"', author._form("/poste/reponse")))
    author.send("/poste/langue", **{**hidden, "language": "en"})
    assert (author.question, "Satisfied with Opale Habitat?" in author.text) == ("A1", True)
    author.send("/apercu/recommencer")
    assert "Good morning MARTIN." in author.text


def test_only_this_machine_and_this_page_may_speak_to_it(author: Author) -> None:
    assert author.client.get("/poste", headers={"Host": "evil.example"}).status_code == 400
    foreign = author.client.post("/apercu/recommencer", headers={"Origin": "http://evil.example"})
    assert foreign.status_code == 403


def test_the_printed_questionnaire_is_one_key_away(author: Author) -> None:
    page = author.client.get("/apercu/imprimable")
    assert "posée si A1 = « Non » et qpv (fichier) = oui" in page.text.replace("\u00a0", " ")
    assert "<style" not in page.text


def test_its_sheets_keep_to_the_colours_of_the_house() -> None:
    sheets = [*(STATIC / "author").glob("*.css")]
    assert len(sheets) == 2
    for sheet in sheets:
        assert not re.search(r"!important|#[0-9a-f]{3,8}\b|rgb\(", sheet.read_text(encoding="utf-8"))


ENGLISH = """
    lists: {oui_non: {1: "Yes", 2: "No"}}
    special: {dk: Does not know, refused: Refusal}
    help: {qui: {title: Who sends you?, say: "We call for {bailleur}."}}
    blocks: {INT: Introduction, A: The dwelling}
    INT1: {ask: "Good morning {nom}.", choices: {1: "Yes", 2: Refusal}}
    A1: {ask: "Satisfied with {bailleur}?"}
    A2: {ask: Why?}
    A3: {ask: How many rooms?, say: {grand: So many rooms?, trop: "No."}}
    A4: {ask: On which floor?}
    A5: {ask: Thank you.}
"""
