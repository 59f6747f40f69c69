"""The five surveys beside the triennale, respondent by respondent, as the field tells them."""

import pytest

from cati.questionnaire.model import Answer, Kind, Value
from tests.other_surveys import (
    DK,
    ELDERLY,
    FOLDER,
    NA,
    NEW_TENANTS,
    REFUSED,
    REQUEST,
    UPKEEP,
    WORKS,
    route_of,
    said,
    script,
)


@pytest.mark.parametrize(
    ("survey", "sample", "answers", "asked", "not_asked", "alerts"),
    [
        pytest.param(survey, sample, answers, asked, not_asked, alerts, id=sentence)
        for survey, sentence, sample, answers, asked, not_asked, alerts in [
            (NEW_TENANTS, "promis et non fait : l'alerte est levée", {}, {"C5": 3}, "M1", "", "travaux_promis"),
            (NEW_TENANTS, "fait en partie : pas d'alerte", {}, {"C5": 2}, "", "M1", ""),
            (NEW_TENANTS, "équipements expliqués : l'explication est jugée", {}, {"C4": 1}, "C4S", "", ""),
            (NEW_TENANTS, "équipements non expliqués : rien à juger", {}, {"C4": 2}, "C5", "C4S", ""),
            (
                NEW_TENANTS, "entré depuis deux semaines : trop tôt pour l'appel de courtoisie",
                {"date_entree": "2026-11-10"}, {}, "D2", "D1", "",
            ),
            (NEW_TENANTS, "entré depuis un mois", {"date_entree": "2026-10-25"}, {}, "D1", "", ""),
            (NEW_TENANTS, "date d'entrée inconnue : on demande", {}, {}, "D1", "", ""),
            (NEW_TENANTS, "âge refusé : une tranche", {}, {"L1": REFUSED, "L2": 1}, "L1T", "L4", ""),
            (UPKEEP, "pas de visite : rien à en dire", {}, {"B1": 2}, "C1", "B2 B3 B4 B5_1", ""),
            (UPKEEP, "une visite, jugée", {}, {"B1": 1}, "B2 B3 B4 B5_1 B5_3", "", ""),
            (UPKEEP, "ne sait plus s'il y a eu une visite", {}, {"B1": DK}, "C1", "B2", ""),
            (UPKEEP, "sans dépannage", {}, {"C1": 2}, "D1_1", "C2 C3 C4 C5", ""),
            (
                UPKEEP, "la panne qui revient sans cesse lève l'alerte",
                {}, {"C1": 1, "C5": 3}, "C2 C4 M1", "", "pannes_repetees",
            ),
            (UPKEEP, "revenue une fois : pas d'alerte", {}, {"C1": 1, "C5": 2}, "", "M1", ""),
            (
                UPKEEP, "l'astreinte qui ne répond pas lève l'alerte",
                {}, {"C1": 1, "C4": 2}, "M1", "", "astreinte",
            ),
            (UPKEEP, "chauffage collectif : pas de chaudière", {"chauffage": 1}, {}, "D1_1 D1_3", "D1_2", ""),
            (UPKEEP, "chauffage inconnu : on demande", {}, {}, "D1_2", "", ""),
            (UPKEEP, "jamais vu le prestataire : pas de note", {}, {"D2": NA}, "D4", "D3", ""),
            (
                WORKS, "une réserve non levée lève l'alerte",
                {}, {"A1": 1, "C2": 3}, "B1 M1", "", "reserves",
            ),
            (WORKS, "levée en partie : pas d'alerte", {}, {"A1": 1, "C2": 2}, "", "M1", ""),
            (
                WORKS, "arrivé après les travaux : rien sur le chantier, la réserve compte",
                {}, {"A1": 3, "C2": 3}, "C1_1 C2 D3 E1 M1", "A2 A3 A4 B1 B3_1 B6 D1_1 D2", "reserves",
            ),
            (WORKS, "maison : pas de parties communes", {"type_logement": "individuel"}, {}, "C1_5", "C1_6", ""),
            (WORKS, "aucun témoin : pas demandé", {"temoin": False}, {"A1": 1}, "A3", "A4", ""),
            (WORKS, "sans avis d'ensemble : pas de pourquoi", {}, {"E1": DK, "E2": DK}, "E2", "E3", ""),
            (REQUEST, "réglé : rien à transmettre", {"objet": "plomberie"}, {"A1": 1, "A3": 1}, "B1_1 C3", "A2 M1", ""),
            (
                REQUEST, "non réglé : l'alerte est levée",
                {"objet": "plomberie"}, {"A1": 1, "A3": 3}, "M1", "A2", "non_regle",
            ),
            (REQUEST, "réglé en partie : pas d'alerte", {}, {"A1": 1, "A3": 2}, "A2", "M1", ""),
            (REQUEST, "pour autre chose : on demande quoi", {"objet": "loyer"}, {"A1": 2}, "A2 A3 B1_5", "", ""),
            (
                REQUEST, "aucune demande : la fin, tout de suite",
                {"objet": "loyer"}, {"A1": 3, "A3": 3}, "M3 M4 FIN", "A2 A3 B1_1 C1 C2 C3 M1", "",
            ),
            (
                ELDERLY, "tout va bien",
                {}, {"V1": 1, "V2": 2, "V3": [1], "V5": 1, "V6": 2, "W1": 1, "W2": 1}, "X1 X5", "M1", "",
            ),
            (ELDERLY, "seule, et personne ne passe", {}, {"V2": 1, "V3": [95]}, "M1", "", "isolement"),
            (ELDERLY, "à deux, et personne ne passe", {}, {"V2": 2, "V3": [95]}, "", "M1", ""),
            (ELDERLY, "seule, la famille appelle", {}, {"V2": 1, "V3": [1]}, "", "M1", ""),
            (ELDERLY, "des courses difficiles", {}, {"V5": 3}, "M1", "", "besoin_courses"),
            (ELDERLY, "des courses aidées : pas un besoin", {}, {"V5": 2}, "", "M1", ""),
            (ELDERLY, "des repas à livrer", {}, {"V6": 1}, "M1", "", "besoin_repas"),
            (ELDERLY, "froid, sans eau chaude : un besoin", {}, {"W1": 2, "W2": 3}, "M1", "", "besoin_technique"),
            (ELDERLY, "l'ascenseur en panne", {}, {"W3": 2}, "M1", "", "besoin_technique"),
            (ELDERLY, "l'étage trop haut", {}, {"W3": 3}, "M1", "", "besoin_adaptation"),
            (ELDERLY, "une maison : pas d'ascenseur", {"type_logement": "individuel"}, {"W3": 2}, "W4", "W3 M1", ""),
            (ELDERLY, "des papiers à remplir", {}, {"W4": 1}, "M1", "", "besoin_admin"),
            (ELDERLY, "des barres d'appui", {}, {"W5": [3]}, "M1", "", "besoin_adaptation"),
            (ELDERLY, "une urgence", {}, {"V1": 4}, "M1 V2", "", "urgence"),
            (ELDERLY, "personne à joindre : rien à demander", {}, {"X1": 2}, "X5", "X2 X3 X4", ""),
            (ELDERLY, "un fils à joindre, qui le saura", {}, {"X1": 1, "X3": "+33639981234"}, "X2 X3 X4", "", ""),
            (ELDERLY, "un fils, mais pas son numéro", {}, {"X1": 1, "X3": REFUSED}, "X2 X3", "X4", ""),
            (
                ELDERLY, "les démarches oui, les courses non",
                {}, {"V5": 3, "W4": 1, "M1": [6]},
                "M2_besoin_admin", "M2_besoin_courses", "besoin_courses besoin_admin",
            ),
        ]
    ],
)  # fmt: skip
def test_respondents_as_the_field_tells_them(
    survey: str,
    sample: dict[str, object],
    answers: dict[str, Value | Answer],
    asked: str,
    not_asked: str,
    alerts: str,
) -> None:
    route = route_of(survey, answers, **sample)
    on_route = {question for question, _ in route.items}
    assert set(asked.split()) <= on_route
    assert not set(not_asked.split()) & on_route
    assert route.alerts == tuple(alerts.split())


@pytest.mark.parametrize(
    ("survey", "sample", "answers", "failing"),
    [
        (NEW_TENANTS, {}, {"A3": 1, "A4": 3}, ["A3_A4_haut"]),
        (NEW_TENANTS, {}, {"A3": 4, "A4": 8}, ["A3_A4_bas"]),
        (NEW_TENANTS, {}, {"A3": 3, "A4": 8}, []),
        (NEW_TENANTS, {}, {"A3": DK, "A4": 0}, []),
        (NEW_TENANTS, {}, {"L2": 4, "L4": 2}, ["L4_couple"]),
        (NEW_TENANTS, {}, {"L2": 2, "L4": 2}, []),
        (UPKEEP, {"date_visite": "2026-06-01"}, {"B1": 2}, ["B1_fichier"]),
        (UPKEEP, {"date_visite": "2025-06-01"}, {"B1": 2}, []),
        (UPKEEP, {}, {"B1": 2}, []),
        (UPKEEP, {}, {"D2": 2, "D3": 0}, ["D2_D3_haut"]),
        (WORKS, {}, {"E1": 4, "E2": 10}, ["E1_E2_bas"]),
        (REQUEST, {}, {"A1": 1, "A2": 1, "A3": 3, "C1": 1}, ["C1_A3"]),
        (REQUEST, {}, {"A1": 1, "A2": 1, "A3": 3, "C1": 3}, []),
        (ELDERLY, {}, {"V4": 2, "V5": 1}, ["V4_V5"]),
        (ELDERLY, {}, {"V4": 2, "V5": 2}, []),
    ],
)
def test_inconsistent_answers_are_met_on_the_spot_and_may_be_confirmed(
    survey: str, sample: dict[str, object], answers: dict[str, Value | Answer], failing: list[str]
) -> None:
    faults = route_of(survey, answers, **sample).faults
    assert [fault.check for fault in faults] == failing
    assert not any(fault.hard for fault in faults)


@pytest.mark.parametrize(
    ("survey", "question", "sample", "answers", "words"),
    [
        (UPKEEP, "A2", {"prestataire": "Chauffage Service"}, {}, "connaissiez-vous Chauffage Service ?"),
        (UPKEEP, "A2", {}, {}, "connaissiez-vous l'entreprise chargée de cet entretien ?"),
        (UPKEEP, "A1", {"lot": "chaudiere"}, {}, "un contrat d'entretien pour la chaudière ?"),
        (UPKEEP, "D2", {"prestataire": "Alto"}, {}, "satisfait(e) des services d'Alto ?"),
        (WORKS, "A1", {"fin_travaux": "2026-03-12"}, {}, "de réhabilitation, terminés le 12 mars 2026 ?"),
        (WORKS, "A1", {}, {}, "de réhabilitation, terminés ces derniers mois ?"),
        (
            REQUEST, "A1", {"objet": "chauffage", "date_demande": "2026-11-15"}, {},
            "Vous avez bien contacté Opale Habitat, il y a une semaine environ, pour le chauffage ou l'eau chaude ?",
        ),
        (
            REQUEST, "A1", {}, {},
            "Vous avez bien contacté Opale Habitat, récemment, pour une demande ou une réclamation ?",
        ),
        (REQUEST, "C1", {"objet": "loyer"}, {"A1": 1}, "cette demande (le loyer, les charges ou une attestation) ?"),
        (REQUEST, "C1", {"objet": "loyer"}, {"A1": 2, "A2": 6}, "cette demande (propreté) ?"),
        (REQUEST, "C1", {}, {"A1": 1, "A2": 94}, "cette demande (votre demande) ?"),
        (REQUEST, "M2_non_regle", {}, {"A1": 1, "A3": 3}, "Pour votre demande qui n'est pas réglée :"),
        (ELDERLY, "M1", {}, {"V5": 3, "W4": 1}, "Vous m'avez parlé de ceci : les courses et les démarches."),
        (ELDERLY, "M2_besoin_courses", {}, {"V5": 3, "M1": [3]}, "Pour les courses : à qui puis-je le transmettre ?"),
        (NEW_TENANTS, "INT2", {}, {}, "Opale Habitat souhaite avoir votre avis sur votre emménagement"),
    ],
)  # fmt: skip
def test_what_is_read_aloud_says_what_the_file_knows(
    survey: str, question: str, sample: dict[str, object], answers: dict[str, Value | Answer], words: str
) -> None:
    assert words in said(survey, question, answers, **sample)


def test_computed_values_are_there_for_the_tables() -> None:
    new = route_of(NEW_TENANTS, {"C3_1": 4, "C3_2": 1, "C3_3": DK, "C5": 3}, date_entree="2026-09-25")
    assert (new.computed["jours_entree"], new.computed["points_a_reprendre"]) == (60, 2)
    assert route_of(NEW_TENANTS, {}).computed["jours_entree"] is None
    works = route_of(WORKS, {"C1_1": 3, "C1_2": 4, "C1_3": NA})
    assert works.computed["postes_insatisfaits"] == 2
    assert route_of(UPKEEP, {"D1_1": 3}).computed["equipements_insatisfaits"] == 1
    assert route_of(REQUEST, {"A1": 1}, date_demande="2026-11-17").computed["jours_demande"] == 7
    assert route_of(ELDERLY, {"V5": 3, "W4": 1}).computed["besoins"] == 2


def test_the_call_to_the_elderly_keeps_codes_only_and_is_heard_by_nobody_outside() -> None:
    questionnaire = script(ELDERLY).questionnaire
    texts = [question.id for question in questionnaire.questions.values() if question.kind is Kind.TEXT]
    assert texts == ["SIGNAL"]
    assert all(block.private or block.each_call for block in questionnaire.blocks)
    assert set(questionnaire.consents) == {"quality"}
    recipients = {choice.code for choice in questionnaire.questions["M2_isolement"].choices}
    assert recipients == {1, 2, 3, 95}


@pytest.mark.parametrize("alert", [alert.id for alert in script(ELDERLY).questionnaire.alerts])
def test_every_alert_of_the_call_to_the_elderly_has_its_delay_in_the_documentation(alert: str) -> None:
    page = (FOLDER.parent / "docs" / "questionnaire" / "surveys.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("|") and f"`{alert}`" in line]
    assert len(rows) == 1
    assert len([cell for cell in rows[0].strip("|").split("|") if cell.strip()]) >= 4
