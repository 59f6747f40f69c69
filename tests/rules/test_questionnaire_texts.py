"""What is said: fills with elision and civility, spacing, keys, order of choices, filters as French sentences."""

import subprocess
import sys

import pytest

from cati.questionnaire import french, loader, rotation, routing, sample, sentences, wording
from cati.questionnaire.model import Choice, State, answered
from cati.questionnaire.route import Route, Situation, Spoken
from cati.questionnaire.routing import Compiled


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        ("les locataires de {x}", "Opale Habitat", "les locataires d’Opale Habitat"),
        ("les locataires de {x}", "Habitat 62", "les locataires d’Habitat 62"),  # mute h
        ("les locataires de {x}", "Hauts-de-France Habitat", "les locataires de Hauts-de-France Habitat"),
        ("les locataires de {x}", "Partenord", "les locataires de Partenord"),
        ("les deux que {x} devrait", "Artois Logement", "les deux qu’Artois Logement devrait"),
        ("De {x}", "Érilia", "D’Érilia"),
        ("à propos de {x}", "les travaux", "à propos des travaux"),
        ("à propos de {x}", "l'humidité", "à propos de l’humidité"),
        ("penser à {x}", "le bruit", "penser au bruit"),
        ("locataire de {x}", "Le Foyer", "locataire de Le Foyer"),  # the article of a name is the name's
        ("le {x}", "onzième", "le onzième"),
        ("monde {x}", "Opale", "monde Opale"),  # « de » only as a word
        ("reste {inconnu}", "Opale", "reste {inconnu}"),
    ],
)
def test_names_are_put_in_as_french_wants(text: str, name: str, said: str) -> None:
    assert french.fill(text, {"x": name}) == said


def test_a_fill_may_hold_another_once() -> None:
    assert french.fill("{a}", {"a": "chez {b}, de {b}", "b": "Opale"}) == "chez Opale, d’Opale"


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("M.", "Monsieur"),
        ("MME", "Madame"),
        ("Mlle", "Madame"),
        ("M. et Mme", "Monsieur ou Madame"),
        ("MR MME", "Monsieur ou Madame"),
        ("Indivision", ""),
        ("", ""),
    ],
)
def test_civilities_are_said_in_full(raw: str, said: str) -> None:
    assert french.civility(raw) == said


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("Content ?", "Content\u202f?"),
        ("oui ; non", "oui\u202f; non"),
        ("le choix : un", "le choix\u00a0: un"),
        ("« oui »", "«\u00a0oui\u00a0»"),
        ("Bonjour  Madame , merci .", "Bonjour Madame, merci."),
        ("18:40", "18:40"),
        ("est-il… ?", "est-il…\u202f?"),
    ],
)
def test_spacing_is_french(typed: str, printed: str) -> None:
    assert french.typography(typed) == printed


@pytest.mark.parametrize(
    ("codes", "keys"),
    [
        ([1, 2, 3], ["1", "2", "3"]),
        ([1, 2, 3, 4, 5, 94], ["1", "2", "3", "4", "5", "6"]),
        ([1, 2, 3, 4, 5, 6, 7, 8, 9, 94], ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0"]),
        ([3, 4, 94], ["3", "4", "5"]),
        ([0, 1, 94, 95], ["0", "1", "2", "3"]),
        (
            [*range(1, 10), 93, 94],
            [*"123456789", "0", None],
        ),  # no digit is left: the mouse, or the code typed
    ],
)
def test_digit_keys_are_the_code_or_the_next_free_digit(codes: list[int], keys: list[str | None]) -> None:
    choices = tuple(Choice(code=code, label=str(code)) for code in codes)
    assert [wording.digit_keys(choices)[code] for code in codes] == keys


def test_rotation_is_the_same_in_every_process() -> None:
    here = [rotation.order(case, "K1", "2026.1", range(8)) for case in (1, 2, 38000)]
    program = """
from cati.questionnaire.rotation import order
print([order(case, 'K1', '2026.1', range(8)) for case in (1, 2, 38000)])
"""
    there = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert there.strip() == str(here)
    assert len(set(here)) == 3


def test_every_place_comes_first_about_as_often() -> None:
    firsts = [rotation.order(case, "K1", "1", range(4))[0] for case in range(2000)]
    assert all(400 < firsts.count(place) < 600 for place in range(4))


def test_other_and_nothing_stay_last() -> None:
    choices = tuple(Choice(code=code, label=str(code), fixed=code == 2) for code in (1, 2, 3, 4, 94, 95))
    for case in range(50):
        turned = rotation.turn_choices(choices, case_id=case, question_id="K1", version="1")
        codes = [choice.code for choice in turned]
        assert codes[4:] == [94, 95]
        assert codes[1] == 2
        assert sorted(codes) == [1, 2, 3, 4, 94, 95]


SOURCE = """
questionnaire: essai
version: "1"
sample: {qpv: boolean, chauffage: integer?, type: [collectif, individuel]}
fills:
  bailleur: call.bailleur
  nom: contact.nom
  objet: 'if H2 in {1..2} then label(H2) else "votre demande"'
  lieu: 'if sample.type == "collectif" then "immeuble" else "résidence"'
  observateur: 'if call.visit then "Une personne de {bailleur} écoute." else ""'
blocks:
  - id: INT
    each_call: true
    special: []
    questions:
      - {id: I1, ask: "Bonjour {nom}. {observateur}", type: note}
  - id: A
    questions:
      - id: H2
        ask: Quoi ?
        type: single
        choices: {1: "Plomberie, fuite", 2: CAF, 94: {label: Autre, specify: true}}
      - id: H8
        ask: Content du traitement ({objet}) dans votre {lieu} ?
        type: single
        choices: {1: Oui, 2: Non}
        when: "H2 in {1, 2} or sample.qpv"
      - id: C3
        ask: Chauffage ?
        type: single
        preset: sample.chauffage
        choices: {1: Gaz, 2: Fioul}
        when: "not (H2 == 94) and (H8 is dk or H8 != 1)"
      - id: K
        ask: Lesquels ?
        type: multiple
        rotate: true
        choices: {1: a, 2: b, 3: c, 95: {label: "rien chez {bailleur}", exclusive: true}}
        when: "2026 - facts.year >= 3 or count(H2 == 1, H8 == 2) > 1"
"""


def script() -> Compiled:
    return routing.compile(loader.load(SOURCE))


def said(question: str, answers: dict[str, int], known: dict[str, object], **call: object) -> wording.Wording:
    compiled = script()
    situation = Situation(sample=known, case_id=5, version="1", facts={"year": 2020})
    route: Route = compiled.route(situation, {(name, ""): answered(code) for name, code in answers.items()})
    spoken = Spoken(situation=situation, call={"bailleur": "Opale", **call}, contact={"nom": "Madame MARTIN"})
    return wording.question_texts(compiled, compiled.questionnaire.questions[question], route, spoken)


def test_texts_say_what_was_answered_before() -> None:
    known: dict[str, object] = {"type": "collectif"}
    assert (
        said("H8", {"H2": 1}, known).text
        == "Content du traitement (plomberie, fuite) dans votre immeuble\u202f?"
    )
    assert "(CAF)" in said("H8", {"H2": 2}, known).text  # initials keep their capitals
    assert "(votre demande) dans votre résidence" in said("H8", {"H2": 94}, {}).text


def test_the_observer_is_announced_only_when_there_is_one() -> None:
    assert said("I1", {}, {}, visit=False).text == "Bonjour Madame MARTIN."
    assert said("I1", {}, {}, visit=True).text == "Bonjour Madame MARTIN. Une personne d’Opale écoute."


def test_the_fingerprint_changes_with_what_was_said() -> None:
    announced, alone = said("I1", {}, {}, visit=True), said("I1", {}, {}, visit=False)
    assert wording.text_sha256(announced.text) != wording.text_sha256(alone.text)


def test_what_the_file_knows_is_shown_chosen() -> None:
    assert said("C3", {}, {"chauffage": 2}).preset == 2
    assert said("C3", {}, {"chauffage": 7}).preset is None  # no such choice
    assert said("C3", {}, {}).preset is None


def test_keys_follow_their_choice_under_rotation() -> None:
    shown = said("K", {}, {})
    assert {choice.code: choice.key for choice in shown.choices} == {1: "1", 2: "2", 3: "3", 95: "4"}
    assert shown.choices[-1].label == "rien chez Opale"
    assert [(special.state, special.key) for special in shown.specials] == [
        (State.DK, "N"),
        (State.REFUSED, "R"),
    ]


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("H2", "posée à tous"),
        ("H2_other", "posée si H2 = « Autre »"),
        ("H8", "posée si H2 parmi « Plomberie, fuite », « CAF » ou qpv (fichier) = oui"),
        ("C3", "posée si non (H2 = « Autre ») et (H8 est « ne sait pas » ou H8 ≠ « Oui »)"),
        (
            "K",
            "posée si 2026 − l’année de l’enquête ≥ 3 ou le nombre de (H2 = « Plomberie, fuite », H8 = « Non ») > 1",
        ),
    ],
)
def test_a_filter_is_told_in_french(question: str, sentence: str) -> None:
    questionnaire = script().questionnaire
    told = sentences.asked_if(questionnaire, questionnaire.questions[question])
    assert told.replace("\u00a0", " ").replace("\u202f", " ") == sentence


@pytest.mark.parametrize(
    ("household", "problem"),
    [
        ({"qpv": True, "type": "collectif"}, None),
        ({"qpv": True, "type": "collectif", "chauffage": 2}, None),
        ({"type": "collectif"}, "« qpv » manque"),
        ({"qpv": "O", "type": "collectif"}, "« qpv » doit être oui ou non"),
        ({"qpv": True, "type": "maison"}, "« type » doit être parmi : collectif, individuel"),
        ({"qpv": True, "type": "collectif", "chauffage": True}, "« chauffage » doit être un nombre entier"),
        ({"qpv": True, "type": "collectif", "nom": "MARTIN"}, "colonne « nom » inconnue du questionnaire"),
    ],
)
def test_a_sample_that_does_not_fit_is_told_at_import(
    household: dict[str, object], problem: str | None
) -> None:
    assert sample.problems(script().questionnaire, household) == ((problem,) if problem else ())
