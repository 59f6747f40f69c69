"""The five surveys beside the triennale: what their files hold, and what any respondent lives through."""

import random
import statistics

import pytest

from cati.exports.rules.codebook import codebook
from cati.exports.rules.contacts import is_contact
from cati.questionnaire import including, loader, sentences, wording
from cati.questionnaire.model import Answer, Kind, Value
from cati.questionnaire.route import Spoken
from tests.other_surveys import (
    CALL,
    DK,
    ELDERLY,
    NEW_TENANTS,
    REFUSED,
    REQUEST,
    UPKEEP,
    WORKS,
    a_sample,
    begun,
    every_survey,
    people,
    route_of,
    script,
    situation,
    text_of,
)

#: Every question of each survey, in the order asked: a name never changes its meaning.
IDS = {
    NEW_TENANTS: """
        INT1 INT2 INT3 INT4 A1 A1_other A2 A3 A4 B1_1 B1_2 B2 B3 B4 C1 C2 C3_1 C3_2 C3_3 C4 C4S C5 D1 D2 D3 D4
        L1 L1T L2 L4 SIGNAL M1 M2_travaux_promis M2_signalement M3 M4 FIN""",
    UPKEEP: """
        INT1 INT2 INT3 INT4 A1 A2 B1 B2 B3 B4 B5_1 B5_2 B5_3 C1 C2 C3 C4 C5 D1_1 D1_2 D1_3 D1_4 D1_5 D2 D3 D4 D4_other
        SIGNAL M1 M2_pannes_repetees M2_astreinte M2_signalement M3 M4 FIN""",
    WORKS: """
        INT1 INT2 INT3 INT4 A1 A2 A2_other A3 A4 B1 B2 B3_1 B3_2 B4 B5 B6 C1_1 C1_2 C1_3 C1_4 C1_5 C1_6 C2 C3 D1_1 D1_2
        D2 D3 E1 E2 E3 L1 L1T L2 L4 SIGNAL M1 M2_reserves M2_signalement M3 M4 FIN""",
    REQUEST: """
        INT1 INT2 INT3 INT4 A1 A2 A2_other A3 B1_1 B1_2 B1_3 B1_4 B1_5 C1 C2 C3
        SIGNAL M1 M2_non_regle M2_signalement M3 M4 FIN""",
    ELDERLY: """
        INT1 INT2 INT3 V1 V2 V3 V4 V5 V6 W1 W2 W3 W4 W5 X1 X2 X3 X4 X5 SIGNAL M1 M2_urgence M2_isolement
        M2_besoin_courses M2_besoin_repas M2_besoin_technique M2_besoin_admin M2_besoin_adaptation M2_signalement
        FIN""",
}


@every_survey
def test_a_survey_loads_without_a_finding(survey: str) -> None:
    questionnaire, findings = loader.review(text_of(f"{survey}.yaml"), text_of)
    assert questionnaire is not None
    assert findings == ()
    assert questionnaire.id == survey


@every_survey
def test_the_whole_text_stands_alone_and_is_the_same_questionnaire(survey: str) -> None:
    whole = including.whole_text(text_of(f"{survey}.yaml"), text_of)
    assert "include:" not in whole
    alone = loader.load(whole)
    assert alone.sha256 == script(survey).questionnaire.sha256
    assert list(alone.questions) == list(script(survey).questionnaire.questions)


@every_survey
def test_names_are_those_of_always_and_fit_every_export(survey: str) -> None:
    questionnaire = script(survey).questionnaire
    assert list(questionnaire.questions) == IDS[survey].split()
    names = [*questionnaire.questions, *questionnaire.computes, *questionnaire.sample]
    assert [name for name in names if len(name) > 32 or is_contact(name)] == []
    variables = [variable.name for variable in codebook(questionnaire)]
    assert len({name.lower() for name in variables}) == len(variables)


@every_survey
def test_nobody_outside_sees_what_is_said_of_the_person_or_in_open_text(survey: str) -> None:
    questionnaire = script(survey).questionnaire
    private = {block.id for block in questionnaire.blocks if block.private or block.each_call}
    for question in questionnaire.questions.values():
        if question.block in private or question.kind in (Kind.TEXT, Kind.PHONE):
            assert not question.observable, question.id


@every_survey
def test_what_is_asked_is_asked_under_the_names_of_the_triennale(survey: str) -> None:
    """Where a survey shares a list or a question with the triennale, codes and labels are the same."""
    triennale = loader.load(text_of("triennale.yaml"))
    questionnaire = script(survey).questionnaire
    for name in ("sat4", "oui_non", "foyer"):
        assert questionnaire.lists[name] == triennale.lists[name]
    for name in {"INT1", "INT2", "L1T", "L4"} & set(questionnaire.questions):
        here, there = questionnaire.questions[name].choices, triennale.questions[name].choices
        assert set(here) <= set(there), name
    assert questionnaire.danger == triennale.danger
    assert set(questionnaire.themes) <= set(triennale.themes)


@every_survey
@pytest.mark.parametrize("known", [True, False])
def test_every_text_can_be_said_whatever_the_file_lacks(survey: str, known: bool) -> None:
    questionnaire = script(survey).questionnaire
    draw = random.Random(1)
    sample = a_sample(questionnaire.sample, draw, known=lambda: known)
    where = situation(survey, **sample)
    spoken = Spoken(situation=where, call=CALL)
    route = script(survey).route(where, begun(survey, {}))
    for question in questionnaire.questions.values():
        words = wording.question_texts(script(survey), question, route, spoken)
        texts = [
            words.text,
            words.instruction or "",
            words.stem or "",
            *(each.label for each in words.choices),
        ]
        assert not [text for text in texts if "{" in text or "None" in text or " ," in text], question.id
        assert sentences.asked_if(questionnaire, question)
    for text in (questionnaire.quota_full or "", *questionnaire.danger):
        assert "{" not in wording.sentence(script(survey), text, route, spoken)


@every_survey
def test_every_respondent_reaches_the_end(survey: str) -> None:
    for person in people(survey):
        assert (person.route.complete, person.route.partial, person.route.position) == (True, True, None)
        assert person.route.items[-1] == ("FIN", "")
        assert person.route.eligible
    counts = [len(person.route.items) for person in people(survey)]
    minutes = statistics.median(person.seconds for person in people(survey)) / 60
    print(
        f"{survey}: {statistics.median(counts):.0f} questions ({min(counts)}-{max(counts)}), about {minutes:.1f} min"
    )


@every_survey
def test_every_question_and_every_choice_is_met_by_somebody(survey: str) -> None:
    questions = script(survey).questionnaire.questions
    met = set().union(*(person.asked for person in people(survey)))
    assert {name for name, question in questions.items() if not question.hidden} - met == set()
    given = {
        (name, code)
        for person in people(survey)
        for name, answer in person.route.visible.items()
        for code in (answer.value if isinstance(answer.value, list) else [answer.value])
    }
    closed = [q for q in questions.values() if q.choices and q.block != "INT" and not q.per_alert]
    assert [
        (q.id, choice.code) for q in closed for choice in q.choices if (q.id, choice.code) not in given
    ] == []


@every_survey
def test_every_alert_is_raised_by_somebody_and_offered_to_be_passed_on(survey: str) -> None:
    questionnaire = script(survey).questionnaire
    codes = {alert.id: alert.code for alert in questionnaire.alerts}
    assert set().union(*(person.route.alerts for person in people(survey))) == set(codes)
    for person in people(survey):
        offered = script(survey).limits(questionnaire.questions["M1"], person.where, person.route).codes
        assert set(offered) == {codes[alert] for alert in person.route.alerts} | {95}
        assert ("M1" in person.asked) == bool(person.route.alerts)


@every_survey
def test_only_what_the_tenant_ticks_is_passed_on(survey: str) -> None:
    codes = {alert.id: alert.code for alert in script(survey).questionnaire.alerts}
    refusals = 0
    for person in people(survey):
        consent = person.route.visible.get("M1")
        ticked = consent.value if consent and isinstance(consent.value, list) else []
        passed = {name.removeprefix("M2_") for name in person.asked if name.startswith("M2_")}
        assert passed == {alert for alert in person.route.alerts if codes[alert] in ticked}
        refusals += "M1" in person.asked and not passed
    assert refusals > 0


@every_survey
@pytest.mark.parametrize("refusal", [[95], DK, REFUSED])
def test_a_refused_consent_passes_nothing_on(survey: str, refusal: Value | Answer) -> None:
    route = route_of(survey, {"SIGNAL": "le portail", "M1": refusal})
    assert "signalement" in route.alerts
    assert not [name for name, _ in route.items if name.startswith("M2_")]
